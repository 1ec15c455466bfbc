//! What killed, failed and suspended runs leave is completed or removed by the next one.

use std::process::{Command, Stdio};

use crate::publish::debris::Probe;
use crate::publish::process::ProcessIdentity;
use crate::publish::refresh::copy;
use crate::publish::testing::{Fault, LEASE, Place, description, manifest, number_rows, places};
use crate::publish::{Clock, RunId};

/// A process that has ended.
fn ended() -> ProcessIdentity {
    let mut child = Command::new("sleep").arg("1000").stdout(Stdio::null()).spawn().unwrap();
    let identity = ProcessIdentity::of(child.id()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    identity
}

async fn history(place: &Place, table: &str) -> Vec<String> {
    let names = place.names(&format!("history/{table}/")).await;
    names.iter().filter_map(|name| Some(name.split("as_of_date=").nth(1)?[..10].to_owned())).collect()
}

#[tokio::test]
async fn what_a_run_that_was_killed_after_its_commit_did_not_show_the_next_one_shows() {
    for place in places() {
        place.location.show(&place.commit("2026-11-27", &["customers"], &[1]).await).await.unwrap();
        // Killed after their commits: two nights, and one for an older day.
        for day in ["2026-11-28", "2026-11-29", "2026-11-10"] {
            place.commit(day, &["customers", "segments"], &[1, 2]).await;
        }
        assert_eq!(history(&place, "customers").await, ["2026-11-27"]);
        assert_eq!(place.location.tidy().await, [""; 0]);
        assert_eq!(history(&place, "customers").await, ["2026-11-10", "2026-11-27", "2026-11-28", "2026-11-29"]);
        assert_eq!(history(&place, "segments").await, ["2026-11-10", "2026-11-28", "2026-11-29"]);
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-29\n");
        // Once it is complete, nothing is copied again.
        place.location.folder.replace("latest/loyalty.en.md", "mine".into()).await.unwrap();
        assert_eq!(place.location.tidy().await, [""; 0]);
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "mine");
    }
}

#[tokio::test]
async fn showing_a_run_is_tried_again_and_its_failure_is_told() {
    for place in places() {
        let first = place.commit("2026-11-28", &["customers"], &[1]).await;
        let shown = place.through(Fault::Unavailable, "history/", 3).show(&first).await.unwrap();
        assert_eq!(shown.latest, ["latest/customers.parquet", "latest/loyalty.en.md"]);
        let second = place.commit("2026-11-29", &["customers"], &[1, 2]).await;
        let denied = place.through(Fault::Denied, "latest/", usize::MAX);
        assert_eq!(denied.show(&second).await.unwrap_err().exit_code(), 1);
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-28\n");
        // The next night shows it first, and warns as long as it cannot.
        assert!(denied.tidy().await[0].contains("2026-11-29"));
        assert_eq!(place.location.tidy().await, [""; 0]);
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-29\n");
    }
}

#[tokio::test]
async fn a_run_whose_files_are_lost_is_told_once_and_stops_no_later_night() {
    for place in places() {
        place.location.show(&place.commit("2026-11-27", &["customers"], &[1]).await).await.unwrap();
        let lost = place.commit("2026-11-28", &["customers"], &[1]).await;
        place.location.folder.delete(&lost.tables[0].path).await.unwrap();
        let next = place.commit("2026-11-29", &["customers"], &[1, 2]).await;
        let warnings = place.location.show(&next).await.unwrap().warnings;
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].contains("2026-11-28") && warnings[0].contains("is missing"), "{warnings:?}");
        assert_eq!(place.location.tidy().await, [""; 0]);
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-29\n");
    }
}

#[tokio::test]
async fn a_run_that_wakes_after_a_newer_one_does_not_put_its_files_back() {
    for place in places() {
        let asleep = place.commit("2026-11-28", &["customers", "segments"], &[1]).await;
        // The log as the run saw it before it was suspended.
        let before = place.location.log().await.unwrap();
        let newer = place.commit("2026-11-29", &["customers", "segments"], &[1, 2]).await;
        place.location.show(&newer).await.unwrap();
        let shown = place.objects().await;
        assert_eq!(copy(&place.location.folder, &before, &asleep).await.unwrap(), None);
        assert_eq!(place.location.show(&asleep).await.unwrap().latest, [""; 0]);
        let copied = "history/customers/as_of_date=2026-11-28/customers.parquet";
        assert!(place.names("history/").await.contains(&copied.to_owned()));
        for (name, bytes) in shown {
            assert_eq!(place.bytes(&name).await, bytes, "{name}");
        }
    }
}

#[tokio::test]
async fn debris_of_ended_processes_goes_and_that_of_running_ones_stays() {
    for place in places() {
        let probe = |process: Option<ProcessIdentity>| {
            let probe = Probe { attempt: "first".into(), process };
            crate::publish::to_json("a probe", &probe).unwrap()
        };
        let folder = &place.location.folder;
        folder.replace("_staunch/probe-1.json", probe(Some(ended()))).await.unwrap();
        folder.replace("_staunch/probe-2.json", probe(ProcessIdentity::own())).await.unwrap();
        folder.replace("_staunch/probe-3.json", probe(None)).await.unwrap();
        let lock = place.location.lock(&RunId::new(place.clock.now()), "a test".into(), LEASE).await.unwrap();
        place.location.tidy().await;
        lock.release().await.unwrap();
        assert_eq!(place.names("_staunch/").await, ["_staunch/probe-2.json", "_staunch/probe-3.json"]);
    }
}

#[tokio::test]
async fn unfinished_files_of_killed_runs_vanish_from_the_disk() {
    let place = places().pop().unwrap();
    let out = place.disk.as_ref().unwrap().path().join("out/loyalty");
    place.publish("2026-11-28", &["customers"], &[1]).await;
    for debris in ["latest/customers.parquet#1", "history/customers/as_of_date=2026-11-28/customers.parquet#12"] {
        std::fs::write(out.join(debris), "half").unwrap();
    }
    std::fs::write(out.join("_staunch/staging/killed"), "half").unwrap();
    let in_use = std::fs::File::create(out.join("_staunch/staging/in-use")).unwrap();
    in_use.lock().unwrap();
    place.location.tidy().await;
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(out.join(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names("latest"), ["customers.parquet", "loyalty.en.md"]);
    assert_eq!(names("history/customers/as_of_date=2026-11-28"), ["customers.parquet"]);
    assert_eq!(names("_staunch/staging"), ["in-use"]);
}

#[tokio::test]
async fn folders_of_dead_runs_go_with_the_next_commit_and_those_that_the_log_names_stay() {
    for place in places() {
        let first = place.commit("2026-11-27", &["customers"], &[1]).await;
        place.clock.pass(1);
        let dead = RunId::new(place.clock.now());
        let folder = place.location.run_folder(&dead);
        folder.write_table(&description("customers"), number_rows(&[1], 1)).await.unwrap();
        place.clock.pass(1);
        let next = place.commit("2026-11-28", &["customers"], &[1]).await;
        place.clock.pass(1);
        let running = RunId::new(place.clock.now());
        let other = place.location.run_folder(&running);
        other.write_table(&description("customers"), number_rows(&[1], 1)).await.unwrap();
        place.location.show(&next).await.unwrap();
        let mut runs: Vec<String> = place.location.folder.list_folders("_staunch/runs").await.unwrap();
        runs.sort();
        assert_eq!(runs, [first.run_id.to_string(), next.run_id.to_string(), running.to_string()]);
    }
}

#[tokio::test]
async fn a_run_that_was_suspended_before_its_commit_cannot_publish_files_that_were_removed() {
    for place in places() {
        place.commit("2026-11-27", &["customers"], &[1]).await;
        let asleep_id = RunId::new(place.clock.now());
        let asleep = place.location.lock(&asleep_id, "asleep".into(), LEASE).await.unwrap();
        let folder = place.location.run_folder(&asleep_id);
        let table = folder.write_table(&description("customers"), number_rows(&[1], 1)).await.unwrap();
        place.clock.pass(301);
        let next = place.commit("2026-11-28", &["customers"], &[1]).await;
        place.location.show(&next).await.unwrap();
        let error =
            folder.commit(manifest(&asleep_id, "2026-11-29", vec![table], Vec::new()), &asleep).await.unwrap_err();
        assert!([1, 5].contains(&error.exit_code()), "{error}");
        assert_eq!(place.location.latest_commit().await.unwrap(), Some(next));
    }
}

#[tokio::test]
async fn the_lock_of_a_process_that_has_ended_is_taken_over_at_once() {
    for place in places() {
        drop(place.location.lock(&RunId::new(place.clock.now()), "killed".into(), LEASE).await.unwrap());
        let text = String::from_utf8(place.bytes("_staunch/lock.json").await.to_vec()).unwrap();
        let mut lock: serde_json::Value = serde_json::from_str(&text).unwrap();
        lock["process"] = serde_json::to_value(ended()).unwrap();
        let killed = serde_json::to_vec(&lock).unwrap();
        place.location.folder.replace("_staunch/lock.json", killed.into()).await.unwrap();
        let next = place.location.lock(&RunId::new(place.clock.now()), "the next".into(), LEASE).await.unwrap();
        next.verify().await.unwrap();
        next.release().await.unwrap();
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn a_lease_that_ends_later_than_possible_counts_from_the_change_of_the_file() {
    for place in places() {
        // Written by a clock that was a year ahead. The clock of this test is ahead of the store's, which is the real one.
        place.clock.pass(365 * 86_400);
        drop(place.location.lock(&RunId::new(place.clock.now()), "a wrong clock".into(), LEASE).await.unwrap());
        place.clock.pass(-364 * 86_400);
        let next = place.location.lock(&RunId::new(place.clock.now()), "the next".into(), LEASE).await.unwrap();
        next.release().await.unwrap();
    }
}

#[tokio::test]
async fn the_holder_of_a_lock_is_told_until_the_lock_is_removed() {
    for place in places() {
        assert_eq!(place.location.lock_holder(LEASE).await.unwrap(), None);
        let run_id = RunId::new(place.clock.now());
        drop(place.location.lock(&run_id, "nightly@host-1".into(), LEASE).await.unwrap());
        let holder = async || place.location.lock_holder(LEASE).await.unwrap().unwrap();
        let found = holder().await;
        assert_eq!((found.run_id, found.holder), (Some(run_id.to_string()), Some("nightly@host-1".to_owned())));
        assert!(!found.is_expired);
        place.clock.pass(301);
        assert!(holder().await.is_expired);
        place.location.remove_lock().await.unwrap();
        assert_eq!(place.location.lock_holder(LEASE).await.unwrap(), None);
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn a_lock_that_vanishes_between_two_answers_is_asked_for_again() {
    for place in places() {
        // "Already exists", then nothing there: its owner has just released it.
        let location = place.through(Fault::FalselyExists, "lock.json", 3);
        let lock = location.lock(&RunId::new(place.clock.now()), "a test".into(), LEASE).await.unwrap();
        lock.release().await.unwrap();
        assert_eq!(place.objects().await, []);
    }
}
