//! The unit tests of the queries that ship.

use std::path::PathBuf;

use chrono::Utc;
use staunch::query_tests;

#[tokio::test(flavor = "multi_thread")]
async fn every_query_that_ships_gives_the_expected_rows() {
    let outcomes = query_tests::run(&[PathBuf::from("tests/queries")], Utc::now()).await.unwrap();
    let failures: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.differences.is_empty())
        .map(|outcome| {
            format!("{}: {}\n    {}", outcome.file.display(), outcome.case, outcome.differences.join("\n    "))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} cases failed\n{}", failures.len(), outcomes.len(), failures.join("\n"));
    assert!(outcomes.len() > 100, "only {} cases found", outcomes.len());
}
