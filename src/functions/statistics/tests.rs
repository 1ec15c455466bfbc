//! Through SQL.

use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::declarations;

/// The rows of `sql`, computed by `partitions` partitions.
async fn rows(sql: &str, partitions: usize) -> String {
    let config = SessionConfig::new().with_target_partitions(partitions).with_batch_size(2);
    let context = SessionContext::new_with_config(config);
    super::super::register(&context);
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

#[tokio::test]
async fn every_example_gives_what_it_says() {
    for declaration in declarations() {
        let printed = rows(declaration.example, 1).await;
        let expected = declaration.example.split("-- ").nth(1).unwrap_or_default().trim_end_matches("...");
        assert!(printed.contains(&format!("| {expected}")), "{}: {printed}", declaration.name);
    }
}

#[test]
fn names_are_unique_and_texts_complete() {
    let declarations = declarations();
    for pair in declarations.windows(2) {
        assert_ne!(pair[0].name, pair[1].name);
    }
    for declaration in declarations {
        assert!(declaration.meaning.ends_with('.'), "{}", declaration.name);
        assert!(declaration.example.contains(declaration.name), "{}", declaration.name);
        assert!(!declaration.source.is_empty(), "{}", declaration.name);
        let optional: Vec<bool> = declaration.arguments.iter().map(|argument| argument.is_optional).collect();
        assert!(optional.is_sorted(), "{}", declaration.name);
    }
}
