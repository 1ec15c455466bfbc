//! `latest/` and `history/`.

use crate::publish::testing::{Fault, LEASE, Place, manifest, places};
use crate::publish::{Clock, LogEntry, RunId, STATUS, refresh};

#[tokio::test]
async fn a_refresh_copies_the_run_to_latest_and_history() {
    for place in places() {
        let entry = place.publish("2026-11-30", &["customers"], &[1, 2]).await;
        assert_eq!(place.names("latest/").await, ["latest/customers.parquet", "latest/loyalty.en.md"]);
        assert_eq!(place.names("history/").await, ["history/customers/as_of_date=2026-11-30/customers.parquet"]);
        let published = place.bytes(&entry.tables[0].path).await;
        assert_eq!(place.bytes("latest/customers.parquet").await, published);
        assert_eq!(place.bytes("history/customers/as_of_date=2026-11-30/customers.parquet").await, published);
    }
}

#[tokio::test]
async fn a_run_for_an_older_day_goes_to_history_and_not_to_latest() {
    for place in places() {
        place.publish("2026-11-30", &["customers"], &[1, 2]).await;
        let latest = place.bytes("latest/customers.parquet").await;
        let older = place.commit("2026-11-10", &["customers", "segments"], &[3]).await;
        let refreshed = refresh(&place.location, &older).await.unwrap();
        assert!(refreshed.latest.is_empty());
        assert_eq!(place.bytes("latest/customers.parquet").await, latest);
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-30\n");
        assert_eq!(place.names("latest/").await.len(), 2);
        assert_eq!(place.names("history/segments").await, ["history/segments/as_of_date=2026-11-10/segments.parquet"]);
    }
}

#[tokio::test]
async fn after_an_older_day_the_next_newer_one_moves_latest_again() {
    for place in places() {
        place.publish("2026-11-29", &["customers"], &[1]).await;
        place.publish("2026-11-10", &["customers"], &[2]).await;
        place.publish("2026-11-28", &["customers"], &[3]).await;
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-29\n");
        let entry = place.publish("2026-11-30", &["customers"], &[4]).await;
        assert_eq!(place.bytes("latest/customers.parquet").await, place.bytes(&entry.tables[0].path).await);
    }
}

#[tokio::test]
async fn a_second_run_of_the_same_day_replaces_the_first() {
    for place in places() {
        place.publish("2026-11-30", &["customers"], &[1]).await;
        let again = place.publish("2026-11-30", &["customers"], &[1, 2, 3]).await;
        let bytes = place.bytes(&again.tables[0].path).await;
        assert_eq!(place.bytes("latest/customers.parquet").await, bytes);
        assert_eq!(place.bytes("history/customers/as_of_date=2026-11-30/customers.parquet").await, bytes);
    }
}

#[tokio::test]
async fn a_file_whose_output_was_removed_goes_and_files_of_others_stay() {
    for place in places() {
        place.publish("2026-11-29", &["customers", "segments"], &[1]).await;
        place.location.folder.replace("latest/notes.txt", "mine".into()).await.unwrap();
        let entry = place.commit("2026-11-30", &["customers"], &[1]).await;
        let refreshed = refresh(&place.location, &entry).await.unwrap();
        assert_eq!(refreshed.removed, ["latest/segments.parquet"]);
        assert_eq!(
            place.names("latest/").await,
            ["latest/customers.parquet", "latest/loyalty.en.md", "latest/notes.txt"]
        );
        assert_eq!(place.names("history/segments").await.len(), 1);
    }
}

#[tokio::test]
async fn what_a_refresh_that_was_cut_off_should_have_removed_goes_with_a_later_one() {
    for place in places() {
        place.publish("2026-11-28", &["customers", "segments"], &[1]).await;
        place.commit("2026-11-29", &["customers"], &[1]).await; // its refresh never came
        place.publish("2026-11-10", &["customers"], &[1]).await;
        place.publish("2026-11-30", &["customers"], &[1]).await;
        assert_eq!(place.names("latest/").await, ["latest/customers.parquet", "latest/loyalty.en.md"]);
    }
}

#[tokio::test]
async fn a_refresh_that_was_cut_off_can_be_repeated() {
    for place in places() {
        place.publish("2026-11-29", &["customers", "segments"], &[1]).await;
        let entry = place.commit("2026-11-30", &["customers", "nps"], &[1, 2]).await;
        let broken = place.through(Fault::Unavailable, "latest/nps", 1);
        assert_eq!(refresh(&broken, &entry).await.unwrap_err().exit_code(), 1);
        let first = refresh(&place.location, &entry).await.unwrap();
        let whole = place.objects().await;
        let second = refresh(&place.location, &entry).await.unwrap();
        assert_eq!(place.objects().await, whole);
        assert_eq!(first.latest, second.latest);
        let latest = place.names("latest/").await;
        assert_eq!(latest, ["latest/customers.parquet", "latest/loyalty.en.md", "latest/nps.parquet"]);
    }
}

#[tokio::test]
async fn a_file_that_was_changed_after_the_commit_is_not_copied() {
    for place in places() {
        place.publish("2026-11-29", &["customers"], &[1]).await;
        let latest = place.bytes("latest/customers.parquet").await;
        let entry = place.commit("2026-11-30", &["customers"], &[1, 2]).await;
        place.location.folder.replace(&entry.tables[0].path, "flipped".into()).await.unwrap();
        let error = refresh(&place.location, &entry).await.unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains("is damaged"), "{error}");
        assert_eq!(place.bytes("latest/customers.parquet").await, latest);
    }
}

/// A committed run with two reports and a status, each of which is the day.
async fn commit_with_status(place: &Place, as_of_date: &'static str) -> LogEntry {
    let run_id = RunId::new(place.clock.now());
    let lock = place.location.lock(&run_id, "a test".into(), LEASE).await.unwrap();
    let run = place.location.run_folder(&run_id);
    let mut reports = Vec::new();
    for name in ["a.md", STATUS, "z.md"] {
        reports.push(run.write_report(name, as_of_date.into()).await.unwrap());
    }
    let entry = run.commit(manifest(&run_id, as_of_date, Vec::new(), reports), &lock).await.unwrap();
    lock.release().await.unwrap();
    entry
}

#[tokio::test]
async fn the_status_is_new_only_when_everything_else_is() {
    for place in places() {
        let first = commit_with_status(&place, "2026-11-29").await;
        refresh(&place.location, &first).await.unwrap();
        let second = commit_with_status(&place, "2026-11-30").await;
        let broken = place.through(Fault::Unavailable, "latest/z.md", 1);
        refresh(&broken, &second).await.unwrap_err();
        assert_eq!(place.bytes("latest/a.md").await, "2026-11-30");
        assert_eq!(place.bytes("latest/status.json").await, "2026-11-29");
        let refreshed = refresh(&place.location, &second).await.unwrap();
        assert_eq!(refreshed.latest, ["latest/a.md", "latest/z.md", "latest/status.json"]);
        assert_eq!(place.bytes("latest/status.json").await, "2026-11-30");
    }
}
