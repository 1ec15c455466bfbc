//! The commit and the log.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;

use crate::error::Result;
use crate::publish::testing::{Fault, LEASE, Place, day, description, manifest, number_rows, places};
use crate::publish::{Clock, LogEntry, Manifest, PublishLocation, RunId, refresh};

/// A whole run of one table through `location`.
async fn run(place: &Place, location: &PublishLocation, as_of_date: &str) -> Result<LogEntry> {
    let run_id = RunId::new(place.clock.now());
    let lock = location.lock(&run_id, "a test".into(), LEASE).await?;
    let folder = location.run_folder(&run_id);
    let table = folder.write_table(&description("customers"), number_rows(&[1, 2], 1)).await?;
    let result = folder.commit(manifest(&run_id, as_of_date, vec![table], Vec::new()), &lock).await;
    lock.release().await?;
    result
}

#[tokio::test]
async fn a_commit_adds_one_entry_that_names_every_file() {
    for place in places() {
        assert!(place.location.latest_commit().await.unwrap().is_none());
        let first = place.commit("2026-11-29", &["customers"], &[1]).await;
        let second = place.commit("2026-11-30", &["segments", "customers"], &[1, 2]).await;
        assert_eq!((first.version, second.version), (1, 2));
        assert_eq!(place.location.latest_commit().await.unwrap(), Some(second.clone()));
        let log = place.names("_staunch/log/").await;
        assert_eq!(log, ["_staunch/log/000000000001.json", "_staunch/log/000000000002.json"]);
        let names: Vec<&str> = second.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["customers", "segments"]);
        for table in &second.tables {
            assert_eq!(place.bytes(&table.path).await.len() as u64, table.bytes);
        }
        let found: Manifest = serde_json::from_slice(&place.bytes(&second.manifest).await).unwrap();
        assert_eq!((found.run_id, found.tables.len(), found.reports.len()), (second.run_id, 2, 1));
        assert_eq!(place.names("_staunch/lock").await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn each_version_has_exactly_one_winner_and_no_run_is_lost() {
    for place in places() {
        // All of them commit under one lock: what keeps them apart here is the log alone.
        let location = place.contended();
        let lock_id = RunId::new(place.clock.now());
        let lock = Arc::new(location.lock(&lock_id, "a test".into(), LEASE).await.unwrap());
        let commits = (0..6).map(|_| {
            let (location, lock, run_id) = (location.clone(), lock.clone(), RunId::new(place.clock.now()));
            tokio::spawn(async move {
                let folder = location.run_folder(&run_id);
                let table = folder.write_table(&description("customers"), number_rows(&[1], 1)).await.unwrap();
                let manifest = manifest(&run_id, "2026-11-30", vec![table], Vec::new());
                let entry = folder.commit(manifest, &lock).await.unwrap();
                refresh(&location, &entry).await.unwrap();
                entry
            })
        });
        let joined = futures::future::join_all(commits).await;
        let entries: Vec<LogEntry> = joined.into_iter().map(|entry| entry.unwrap()).collect();
        let versions: HashSet<u64> = entries.iter().map(|entry| entry.version).collect();
        assert_eq!(versions, (1..=6).collect());
        for entry in &entries {
            let path = format!("_staunch/log/{:012}.json", entry.version);
            let found: LogEntry = serde_json::from_slice(&place.bytes(&path).await).unwrap();
            assert_eq!(&found, entry);
        }
        Arc::into_inner(lock).unwrap().release().await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_recognised() {
    for fault in [Fault::AnswerLost, Fault::AnswerLostAndRepeated] {
        for place in places() {
            place.commit("2026-11-29", &["customers"], &[1]).await;
            let entry = run(&place, &place.through(fault, "_staunch/log/", 1), "2026-11-30").await.unwrap();
            assert_eq!(entry.version, 2);
            assert_eq!(place.location.latest_commit().await.unwrap(), Some(entry));
        }
    }
}

#[tokio::test]
async fn a_commit_that_did_not_arrive_is_made_again() {
    for fault in [Fault::FalselyExists, Fault::Unavailable] {
        for place in places() {
            let entry = run(&place, &place.through(fault, "_staunch/log/", 2), "2026-11-30").await.unwrap();
            assert_eq!(place.location.latest_commit().await.unwrap(), Some(entry));
        }
    }
}

#[tokio::test]
async fn when_the_outcome_stays_unknown_the_error_says_so_and_the_files_stay() {
    for place in places() {
        let location = place.through(Fault::Unavailable, "_staunch/log/", usize::MAX);
        let error = run(&place, &location, "2026-11-30").await.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains("did not say whether run"), "{error}");
        assert_eq!(place.names("_staunch/runs/").await.len(), 2);
    }
}

#[tokio::test]
async fn a_run_that_fails_before_the_commit_leaves_what_readers_see_untouched() {
    for path_part in ["manifest.json", "_staunch/log/"] {
        for place in places() {
            place.publish("2026-11-29", &["customers"], &[1]).await;
            let before = place.objects().await;
            let location = place.through(Fault::Denied, path_part, usize::MAX);
            let error = run(&place, &location, "2026-11-30").await.unwrap_err();
            assert!(error.to_string().contains("permission denied"), "{error}");
            assert_eq!(place.objects().await, before);
        }
    }
}

#[tokio::test]
async fn a_discarded_run_leaves_nothing() {
    for place in places() {
        let folder = place.location.run_folder(&RunId::new(place.clock.now()));
        folder.write_table(&description("customers"), number_rows(&[1], 1)).await.unwrap();
        folder.write_report("loyalty.en.html", Bytes::from_static(b"<html></html>")).await.unwrap();
        assert_eq!(place.objects().await.len(), 2);
        folder.discard().await;
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn the_previous_run_is_the_latest_day_before_and_the_last_of_that_day() {
    for place in places() {
        let before = async |text: &str| place.location.log().await.unwrap().latest_before(day(text)).await.unwrap();
        assert!(before("2026-11-30").await.is_none());
        for as_of_date in ["2026-11-27", "2026-11-28", "2026-11-28", "2026-11-30", "2026-11-20"] {
            place.commit(as_of_date, &["customers"], &[1]).await;
        }
        let previous = async |day: &str| {
            let found = before(day).await;
            found.map(|entry| (entry.version, entry.as_of_date.to_string()))
        };
        assert_eq!(previous("2026-11-30").await, Some((3, "2026-11-28".into())));
        assert_eq!(previous("2026-12-01").await, Some((4, "2026-11-30".into())));
        assert_eq!(previous("2026-11-28").await, Some((1, "2026-11-27".into())));
        assert_eq!(previous("2026-11-20").await, None);
    }
}

#[tokio::test]
async fn a_log_entry_of_another_kind_is_named() {
    for place in places() {
        place.commit("2026-11-30", &["customers"], &[1]).await;
        place.location.folder.replace("_staunch/log/000000000002.json", "{\"of\": \"tomorrow\"}".into()).await.unwrap();
        let error = place.location.latest_commit().await.unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("log entry `out/loyalty/_staunch/log/000000000002.json`"), "{error}");
    }
}
