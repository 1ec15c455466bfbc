//! Rolling back, naming, verifying and cleaning published runs.

use crate::publish::testing::{LEASE, Place, day, places};
use crate::publish::{Clock, Copies, Lock, LogEntry, RunId, RunName, refresh};

async fn lock(place: &Place) -> Lock {
    place.location.lock(&RunId::new(place.clock.now()), "a test".into(), LEASE).await.unwrap()
}

/// Brings a run back, and refreshes.
async fn roll_back(place: &Place, to: &LogEntry) -> LogEntry {
    let lock = lock(place).await;
    let entry = place.location.roll_back(to, "anna@etl-1", &lock).await.unwrap();
    lock.release().await.unwrap();
    refresh(&place.location, &entry).await.unwrap();
    entry
}

async fn days(place: &Place) -> Vec<String> {
    let nights = place.location.log().await.unwrap().nights().await.unwrap();
    nights.iter().map(|night| format!("{} {}", night.as_of_date, night.version)).collect()
}

#[tokio::test]
async fn a_rollback_withdraws_the_later_days_from_readers_and_from_later_runs() {
    for place in places() {
        place.publish("2026-10-30", &["customers"], &[1]).await;
        let good = place.publish("2026-11-29", &["customers"], &[1, 2]).await;
        place.publish("2026-11-30", &["customers", "segments"], &[3]).await;
        place.publish("2062-11-30", &["customers"], &[4]).await;
        place.publish("2026-10-31", &["customers"], &[5]).await;
        let entry = roll_back(&place, &good).await;

        let rollback = entry.rollback.clone().unwrap();
        let withdrawn: Vec<(String, u64)> =
            rollback.withdrawn.iter().map(|night| (night.as_of_date.to_string(), night.version)).collect();
        assert_eq!(withdrawn, [("2026-11-30".to_owned(), 3), ("2062-11-30".to_owned(), 4)]);
        assert_eq!((rollback.to, rollback.by.as_str()), (2, "anna@etl-1"));
        assert_eq!(days(&place).await, ["2026-10-30 1", "2026-10-31 5", "2026-11-29 6"]);
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-29\n");
        // `segments` was only in the run that was withdrawn.
        assert_eq!(place.names("latest/").await, ["latest/customers.parquet", "latest/loyalty.en.md"]);
        let history = place.names("history/").await;
        assert_eq!(history.len(), 3, "{history:?}");
        assert!(history.iter().all(|path| !path.contains("2026-11-30") && !path.contains("2062")), "{history:?}");

        let log = place.location.log().await.unwrap();
        let before = |text| log.latest_before(day(text));
        assert_eq!(before("2026-12-01").await.unwrap().unwrap().version, 6);
        assert_eq!(before("2063-01-01").await.unwrap().unwrap().version, 6);
        assert_eq!(log.night(day("2026-11-30")).await.unwrap(), None);
        // The next night moves latest/ again.
        let next = place.publish("2026-11-30", &["customers"], &[7]).await;
        assert_eq!((next.latest.version, next.latest.as_of_date), (7, day("2026-11-30")));
        assert_eq!(place.bytes("latest/loyalty.en.md").await, "# 2026-11-30\n");
        assert_eq!(days(&place).await, ["2026-10-30 1", "2026-10-31 5", "2026-11-29 6", "2026-11-30 7"]);
    }
}

#[tokio::test]
async fn withdrawn_days_stay_withdrawn_when_the_whole_log_must_be_read() {
    for place in places() {
        place.publish("2026-11-27", &["customers"], &[1]).await;
        let good = place.publish("2026-11-28", &["customers"], &[2]).await;
        place.publish("2026-11-29", &["customers"], &[3]).await;
        place.publish("2026-11-30", &["customers"], &[4]).await;
        roll_back(&place, &good).await;
        // Without the entry that the index names, the entries themselves are read.
        place.location.folder.delete("_staunch/log/000000000001.json").await.unwrap();
        assert_eq!(days(&place).await, ["2026-11-28 5"]);
        place.publish("2026-12-01", &["customers"], &[5]).await;
        assert_eq!(days(&place).await, ["2026-11-28 5", "2026-12-01 6"]);
        let log = place.location.log().await.unwrap();
        assert_eq!(log.latest_before(day("2026-12-01")).await.unwrap().unwrap().version, 5);
    }
}

#[tokio::test]
async fn runs_are_found_by_every_name() {
    for place in places() {
        let first = place.publish("2026-11-28", &["customers"], &[1]).await;
        place.clock.pass(3600);
        place.publish("2026-11-30", &["customers"], &[2]).await;
        place.publish("2026-11-29", &["customers"], &[3]).await;
        place.publish("2026-11-30", &["customers"], &[4]).await;
        let log = place.location.log().await.unwrap();
        let version = async |name: &str| {
            let found = log.named(&name.parse::<RunName>().unwrap()).await;
            found.map(|entry| entry.version).map_err(|error| (error.exit_code(), error.to_string()))
        };
        assert_eq!(version("latest").await, Ok(4));
        assert_eq!(version("latest~1").await, Ok(3));
        assert_eq!(version("latest~2").await, Ok(1));
        assert_eq!(version("2026-11-30").await, Ok(4));
        assert_eq!(version("2").await, Ok(2));
        assert_eq!(version(first.run_id.as_str()).await, Ok(1));
        assert_eq!(version(&first.run_id.as_str()[..13]).await, Ok(1));
        for wrong in ["latest~3", "2026-11-27", "5", "ffffffff-ffff"] {
            let (code, message) = version(wrong).await.unwrap_err();
            assert_eq!(code, 2);
            assert!(message.contains(&format!("there is no run `{wrong}`")), "{message}");
        }
        // The other runs began in the same second, so that the first letters of their identifiers are the same.
        let (_, message) = version(&log.shown().await.unwrap().unwrap().run_id.as_str()[..8]).await.unwrap_err();
        assert!(message.contains("begin with"), "{message}");
    }
}

#[tokio::test]
async fn a_flipped_bit_a_cut_file_and_a_missing_one_are_found() {
    for place in places() {
        let entry = place.publish("2026-11-30", &["customers", "segments"], &[1, 2, 3]).await;
        let manifest = place.location.manifest_of(&entry).await.unwrap();
        let problems = async || {
            let copies = place.location.copies_of(&entry).await.unwrap();
            let files = place.location.verify(&entry, manifest.as_ref(), copies).await.unwrap();
            assert_eq!(files.len(), 3 * 2 + 2, "two tables three times, one report twice");
            files.into_iter().filter_map(|file| Some(format!("{} {}", file.path, file.problem?))).collect::<Vec<_>>()
        };
        assert_eq!(problems().await, Vec::<String>::new());
        let folder = &place.location.folder;
        let mut flipped = place.bytes("latest/customers.parquet").await.to_vec();
        flipped[20] ^= 4;
        folder.replace("latest/customers.parquet", flipped.into()).await.unwrap();
        folder.replace("latest/loyalty.en.md", "# 2026".into()).await.unwrap();
        folder.delete(&entry.table("segments").unwrap().path).await.unwrap();
        assert_eq!(
            problems().await,
            [
                "latest/customers.parquet has other contents (SHA-256)".to_owned(),
                format!("{} is missing", entry.table("segments").unwrap().path),
                "latest/loyalty.en.md has 6 bytes instead of 13".to_owned(),
            ]
        );
    }
}

#[tokio::test]
async fn a_cleaned_run_keeps_its_manifest_and_its_history() {
    for place in places() {
        let old = place.publish("2026-11-29", &["customers"], &[1, 2, 3]).await;
        let new = place.publish("2026-11-30", &["customers"], &[4]).await;
        let lock = lock(&place).await;
        place.location.clean_run(old.run_id.as_str(), "anna@etl-1", &lock).await.unwrap();
        lock.release().await.unwrap();
        let folders = place.location.run_folders().await.unwrap();
        let of = |entry: &LogEntry| folders[entry.run_id.as_str()].clone();
        assert_eq!((of(&old).files, of(&old).bytes, of(&old).is_cleaned), (0, 0, true));
        assert_eq!((of(&new).files, of(&new).is_cleaned), (2, false));
        assert!(place.location.manifest_of(&old).await.unwrap().is_some());
        let copies = place.location.copies_of(&old).await.unwrap();
        assert!(matches!(copies, Copies { run_folder: false, history: true, latest: false }));
        let files = place.location.verify(&old, None, copies).await.unwrap();
        assert!(files.iter().all(|file| file.problem.is_none()), "{files:?}");
        let table = old.table("customers").unwrap();
        let readable = place.location.readable_copy(&old, table).await.unwrap();
        assert_eq!(readable.path, "history/customers/as_of_date=2026-11-29/customers.parquet");
        assert_eq!(place.location.table_schema(&readable).await.unwrap().fields().len(), 3);
    }
}
