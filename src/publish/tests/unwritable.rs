//! Locations that cannot be published to.

use object_store::path::Path;

use crate::publish::testing::{Fault, disk_store, place, places};

#[tokio::test]
async fn a_good_location_passes_and_keeps_nothing() {
    for place in places() {
        place.location.check_writable().await.unwrap();
        assert_eq!(place.objects().await, []);
        place.publish("2026-11-30", &["customers"], &[1]).await;
        let before = place.objects().await;
        place.location.check_writable().await.unwrap();
        assert_eq!(place.objects().await, before);
    }
}

#[tokio::test]
async fn a_file_in_the_way_of_the_folder_is_said_so() {
    let disk = tempfile::TempDir::new().unwrap();
    std::fs::write(disk.path().join("out"), "not a folder").unwrap();
    let root = Path::from_absolute_path(disk.path()).unwrap();
    for folder in [root.clone().join("out"), root.join("out").join("loyalty")] {
        let store = disk_store(&std::path::Path::new("/").join(folder.as_ref()));
        let place = place(store, folder, None);
        let error = place.location.check_writable().await.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert_eq!(
            error.to_string(),
            "cannot write to publish location `out/loyalty`: a file exists where a folder is expected (hint: move the \
             conflicting file or folder, or set `publish.location` to another folder)"
        );
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_created_is_said_so() {
    let place = place(disk_store(std::path::Path::new("/proc/loyalty")), Path::from("proc/loyalty"), None);
    let error = place.location.check_writable().await.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("the folder does not exist and cannot be created"), "{error}");
}

#[tokio::test]
async fn missing_rights_are_said_so() {
    for place in places() {
        let error = place.through(Fault::Denied, "", usize::MAX).check_writable().await.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("permission denied"), "{error}");
    }
}

#[tokio::test]
async fn a_connection_that_is_reset_while_probing_does_not_end_the_night() {
    for place in places() {
        for fault in [Fault::Unavailable, Fault::AnswerLost] {
            place.through(fault, "_staunch/probe-", 3).check_writable().await.unwrap();
            assert_eq!(place.objects().await, []);
        }
    }
}

#[tokio::test]
async fn a_store_that_does_not_answer_may_answer_later() {
    for place in places() {
        let error = place.through(Fault::Unavailable, "", usize::MAX).check_writable().await.unwrap_err();
        assert_eq!(error.exit_code(), 1, "{error}");
    }
}

#[tokio::test]
async fn a_store_that_ignores_the_condition_of_a_write_is_refused_in_plain_words() {
    for place in places() {
        let location = place.through(Fault::ConditionIgnored, "", usize::MAX);
        let error = location.check_writable().await.unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.to_string().contains("does not support conditional writes"), "{error}");
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn a_store_where_two_of_a_race_win_is_refused_before_the_first_publish() {
    for place in places() {
        let location = place.through(Fault::ConditionIgnored, "-race", usize::MAX);
        let error = location.check_writable().await.unwrap_err();
        assert!(error.to_string().contains("does not support conditional writes"), "{error}");
    }
}
