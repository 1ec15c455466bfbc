//! The lock.

use std::time::Duration;

use bytes::Bytes;

use crate::error::Error;
use crate::publish::testing::{Fault, LEASE, Place, manifest, places};
use crate::publish::{Clock, Lock, RunId};

async fn locked(place: &Place, holder: &str) -> Result<Lock, Error> {
    place.location.lock(&RunId::new(place.clock.now()), holder.into(), LEASE).await
}

async fn holder(place: &Place) -> String {
    let lock: serde_json::Value = serde_json::from_slice(&place.bytes("_staunch/lock.json").await).unwrap();
    lock["holder"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_second_run_is_refused_and_told_who_holds_the_lock() {
    for place in places() {
        let lock = locked(&place, "nightly@host-1").await.unwrap();
        place.clock.pass(60);
        let error = locked(&place, "nightly@host-2").await.unwrap_err();
        assert_eq!(error.exit_code(), 5);
        let text = error.to_string();
        assert!(text.contains("another run holds the lock of `out/loyalty`"), "{text}");
        assert!(text.contains("of nightly@host-1, since 2026-12-01 02:30:00 UTC"), "{text}");
        assert!(text.contains("it expires at 2026-12-01 02:35:00 UTC"), "{text}");
        lock.release().await.unwrap();
        locked(&place, "nightly@host-2").await.unwrap().release().await.unwrap();
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn an_expired_lock_is_taken_over_by_exactly_one_run() {
    for place in places() {
        drop(locked(&place, "a dead run").await.unwrap());
        place.clock.pass(301);
        let location = place.contended();
        let attempts = (0..6).map(|number| {
            let (location, run_id) = (location.clone(), RunId::new(place.clock.now()));
            async move { location.lock(&run_id, format!("run {number}"), LEASE).await }
        });
        let results = futures::future::join_all(attempts).await;
        let winners: Vec<Lock> = results.into_iter().filter_map(Result::ok).collect();
        assert_eq!(winners.len(), 1);
        assert_ne!(holder(&place).await, "a dead run");
        winners[0].verify().await.unwrap();
        assert_eq!(place.names("_staunch/").await, ["_staunch/lock.json"], "no claim is left");
    }
}

#[tokio::test]
async fn a_run_that_died_while_taking_over_blocks_nobody_for_long() {
    for place in places() {
        let dead = RunId::new(place.clock.now());
        drop(place.location.lock(&dead, "a dead run".into(), LEASE).await.unwrap());
        // What a run leaves that claims the expired lock and dies: the claim, and nothing else.
        place.clock.pass(301);
        let claim = place.bytes("_staunch/lock.json").await;
        let claim = String::from_utf8(claim.to_vec()).unwrap().replace("02:35:00", "02:40:01");
        let path = format!("_staunch/lock-takeover-{dead}-1.json");
        place.location.folder.replace(&path, Bytes::from(claim)).await.unwrap();
        assert_eq!(locked(&place, "too early").await.unwrap_err().exit_code(), 5);
        place.clock.pass(301);
        locked(&place, "in time").await.unwrap().release().await.unwrap();
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn renewing_keeps_the_lock() {
    for place in places() {
        let lock = locked(&place, "a long run").await.unwrap();
        for _ in 0..5 {
            place.clock.pass(200);
            lock.verify().await.unwrap();
            assert_eq!(locked(&place, "an impatient run").await.unwrap_err().exit_code(), 5);
        }
        lock.release().await.unwrap();
    }
}

#[tokio::test]
async fn the_lock_is_renewed_in_the_background() {
    for place in places() {
        let lease = Duration::from_millis(30);
        let run_id = RunId::new(place.clock.now());
        let lock = place.location.lock(&run_id, "a long run".into(), lease).await.unwrap();
        let before = place.bytes("_staunch/lock.json").await;
        place.clock.pass(3_600);
        while place.bytes("_staunch/lock.json").await == before {
            tokio::task::yield_now().await;
        }
        lock.verify().await.unwrap();
        lock.release().await.unwrap();
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn a_run_that_lost_its_lock_publishes_nothing_and_leaves_the_new_lock_alone() {
    for place in places() {
        place.publish("2026-11-29", &["customers"], &[1]).await;
        let slow_id = RunId::new(place.clock.now());
        let slow = place.location.lock(&slow_id, "a slow run".into(), LEASE).await.unwrap();
        place.clock.pass(301);
        let quick = locked(&place, "a quick run").await.unwrap();
        let before = place.objects().await;

        let folder = place.location.run_folder(&slow_id);
        let error = folder.commit(manifest(&slow_id, "2026-11-30", Vec::new(), Vec::new()), &slow).await.unwrap_err();
        assert_eq!(error.exit_code(), 5);
        assert!(error.to_string().contains("taken over by run"), "{error}");
        assert!(error.to_string().contains("of a quick run"), "{error}");
        assert_eq!(slow.lost().await.exit_code(), 5);
        slow.release().await.unwrap();
        assert_eq!(place.objects().await, before);
        quick.verify().await.unwrap();
    }
}

#[tokio::test]
async fn an_expired_lock_that_nobody_took_is_taken_again_by_its_own_run() {
    for place in places() {
        let lock = locked(&place, "a machine that slept").await.unwrap();
        place.clock.pass(3_600);
        lock.verify().await.unwrap();
        assert_eq!(locked(&place, "another run").await.unwrap_err().exit_code(), 5);
        lock.release().await.unwrap();
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn a_lock_that_was_deleted_is_noticed() {
    for place in places() {
        let lock = locked(&place, "a run").await.unwrap();
        place.location.folder.delete("_staunch/lock.json").await.unwrap();
        let error = lock.verify().await.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains("was removed while this run held it"), "{error}");
        lock.release().await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_whose_answer_was_lost_is_held() {
    for fault in [Fault::AnswerLost, Fault::AnswerLostAndRepeated] {
        for place in places() {
            let location = place.through(fault, "lock.json", 1);
            let lock = location.lock(&RunId::new(place.clock.now()), "a run".into(), LEASE).await.unwrap();
            lock.release().await.unwrap();
            assert_eq!(place.objects().await, []);
        }
    }
}

#[tokio::test]
async fn a_lock_that_cannot_be_read_expires_after_its_last_change() {
    for place in places() {
        place.location.folder.replace("_staunch/lock.json", Bytes::new()).await.unwrap();
        // The store's own clock says when it was changed, so this test's has to be far behind, then far ahead of it.
        place.clock.pass(-100 * 365 * 86_400);
        let error = locked(&place, "a run").await.unwrap_err();
        assert_eq!(error.exit_code(), 5);
        assert!(error.to_string().contains("is corrupt"), "{error}");
        place.clock.pass(200 * 365 * 86_400);
        locked(&place, "a run").await.unwrap().release().await.unwrap();
        assert_eq!(place.objects().await, []);
    }
}
