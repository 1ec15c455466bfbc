//! A power failure at any moment leaves the night before or the new one, whole.

use std::sync::Arc;

use object_store::path::Path;
use tempfile::TempDir;

use crate::publish::testing::{disk_store, place, places};
use crate::publish::{Manifest, refresh};
use crate::storage::recorded_disk::{Names, RecordedDisk};

#[tokio::test]
async fn what_was_committed_survives_a_power_failure_at_any_moment() {
    let folder = TempDir::new().unwrap();
    let disk = Arc::new(RecordedDisk::default());
    let root = folder.path().join("out");
    let store = disk.store(root.join("_staunch/staging"));
    let written = place(Arc::new(store), Path::from_absolute_path(&root).unwrap(), None);
    let many: Vec<i64> = (0..40_000).collect();

    let mut ends = Vec::new();
    for (day, numbers) in [("2026-11-29", &many[..2]), ("2026-11-30", &many[..])] {
        written.commit(day, &["customers", "segments"], numbers).await;
        ends.push(disk.changes());
        let entry = written.location.latest_commit().await.unwrap().unwrap();
        refresh(&written.location, &entry).await.unwrap();
    }

    for cut in 0..=disk.changes() {
        for names in [Names::Lost, Names::Kept] {
            let copy = TempDir::new().unwrap();
            disk.fail_after(cut, names, folder.path(), copy.path());
            let root = copy.path().join("out");
            let left = place(disk_store(&root), Path::from_absolute_path(&root).unwrap(), None);
            let entry = left.location.latest_commit().await.unwrap();
            let version = entry.as_ref().map_or(0, |entry| entry.version);
            let promised = ends.iter().filter(|end| **end <= cut).count() as u64;
            assert!(version >= promised, "after {cut} changes, names {names:?}: entry {version} of {promised}");
            let Some(entry) = entry else { continue };
            // Copies every file, and fails unless its bytes are those that were committed.
            refresh(&left.location, &entry).await.unwrap();
            let manifest: Manifest = serde_json::from_slice(&left.bytes(&entry.manifest).await).unwrap();
            assert_eq!(manifest.run_id, entry.run_id);
        }
    }
}

#[tokio::test]
async fn an_entry_that_was_cut_short_is_no_committed_run_and_its_number_stays_free() {
    for place in places() {
        place.publish("2026-11-29", &["customers"], &[1]).await;
        for (version, rest) in [(2, ""), (3, "{\"version\": 3,")] {
            let path = format!("_staunch/log/{version:012}.json");
            place.location.folder.replace(&path, rest.into()).await.unwrap();
        }
        let log = place.location.log().await.unwrap();
        assert_eq!(log.highest().unwrap().version, 1);
        let damaged: Vec<&str> = log.damaged().iter().map(String::as_str).collect();
        assert_eq!(
            damaged,
            ["out/loyalty/_staunch/log/000000000003.json", "out/loyalty/_staunch/log/000000000002.json"]
        );
        let next = place.publish("2026-11-30", &["customers"], &[1, 2]).await;
        assert_eq!(next.version, 4);
        // They are no part of the log, now and in later nights.
        for day in ["2026-12-01", "2026-12-02"] {
            let log = place.location.log().await.unwrap();
            assert_eq!(log.damaged(), [""; 0]);
            let before = log.latest_before(crate::publish::testing::day(day)).await.unwrap().unwrap();
            assert!(before.version >= 4);
            let nights = log.nights_before(crate::publish::testing::day(day), 400).await.unwrap();
            assert_eq!(nights.entries.len() as u64, before.version - 2);
            assert_eq!(nights.damaged, [""; 0]);
            place.publish(day, &["customers"], &[1, 2]).await;
        }
    }
}

#[tokio::test]
async fn a_damaged_entry_of_an_earlier_night_is_left_out_of_a_trend_and_told() {
    for place in places() {
        for day in ["2026-11-28", "2026-11-29", "2026-11-30"] {
            place.publish(day, &["customers"], &[1]).await;
        }
        place.location.folder.replace("_staunch/log/000000000002.json", "flipped".into()).await.unwrap();
        let log = place.location.log().await.unwrap();
        let nights = log.nights_before("2026-12-01".parse().unwrap(), 400).await.unwrap();
        let versions: Vec<u64> = nights.entries.iter().map(|entry| entry.version).collect();
        assert_eq!(versions, [1, 3]);
        assert_eq!(nights.damaged, ["out/loyalty/_staunch/log/000000000002.json"]);
    }
}
