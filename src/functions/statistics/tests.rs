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

/// Calls of every aggregate over the columns x, y and w.
const CALLS: &str = "nps(x) as a, nps(x, w) as b, weighted_mean(x, w) as c, cronbach_alpha([x, y, w]) as d,
    cronbach_alpha_standardised([x, y, w]) as e, spearman(x, y) as f, kendall(x, y) as g,
    cohen_kappa(cast(x as varchar), cast(y as varchar)) as h, quantile7(x, 0.3) as i,
    driver_importance(y, [x, w], 20, 7) as j, relative_weights(y, [x, w]) as k, shapley_shares(y, [x, w]) as l,
    standardised_regression(y, [x, w]) as m,
    path_model([x, y, w], ['l', 'k', 'l'], ['A', 'B', 'A'], ['l -> k'], 'path', 'listwise', 20, 3) as n";

#[tokio::test]
async fn results_do_not_depend_on_the_number_of_partitions() {
    let table = "(select i % 3 as part, i * 37 % 101 as x, i * i % 53 + i * 37 % 101 as y, i % 7 + 1 as w
        from (select unnest(range(0, 300)) as i))";
    let sql = format!("select part, {CALLS} from {table} group by part order by part");
    let one = rows(&sql, 1).await;
    assert_eq!(one.lines().count(), 7);
    assert!(!one.contains("reason: too") && one.contains("is_converged: true"), "{one}");
    for partitions in [2, 5] {
        assert_eq!(rows(&sql, partitions).await, one);
    }
}

#[tokio::test]
async fn whatever_the_values_the_answer_is_a_number_or_null() {
    let (nan, inf) = ("cast('nan' as double)", "cast('inf' as double)");
    let tables = [
        "(1e0, 2e0, 1e0)".to_owned(),
        "(1e0, 2e0, 1e0), (2e0, 1e0, 3e0)".to_owned(),
        "(1e0, 1e0, 1e0), (1e0, 1e0, 1e0), (1e0, 1e0, 1e0), (1e0, 1e0, 1e0), (1e0, 1e0, 1e0)".to_owned(),
        "(cast(null as double), cast(null as double), cast(null as double))".to_owned(),
        "(1e300, 2e0, 0e0), (-1e300, 3e0, -1e0), (1e-300, 4e0, 2e0), (0e0, 5e0, 1e0), (3e299, 1e0, 2e0)".to_owned(),
        "(1e-300, 2e0, 1e300), (3e-300, 3e0, 2e300), (2e-300, 1e0, 5e300), (7e-300, 5e0, 1e300)".to_owned(),
        "(1e0, 2e0, 2e0), (2e0, 1e0, 4e0), (3e0, 5e0, 6e0), (4e0, 4e0, 8e0), (5e0, 9e0, 1e1)".to_owned(),
        format!("({nan}, 2e0, 1e0), (2e0, 1e0, 3e0), (3e0, 4e0, 1e0), (4e0, 4e0, 1e0)"),
        format!("({inf}, 2e0, 1e0), (2e0, 1e0, 3e0), (3e0, -{inf}, 1e0), (4e0, 4e0, 1e0)"),
    ];
    for table in tables {
        for where_clause in ["", " where x > 1e301 and x < 1e300"] {
            let found = rows(&format!("select {CALLS} from (values {table}) as t (x, y, w){where_clause}"), 2).await;
            let low = found.to_lowercase();
            assert!(!low.contains("nan") && !low.contains(": inf") && !low.contains("-inf"), "{table}: {found}");
        }
    }
}

#[tokio::test]
async fn wrong_arguments_are_refused_in_words() {
    for (sql, expected) in [
        ("select wilson_low(1)", "`wilson_low` takes 2 to 3 arguments, not 1: `wilson_low(successes, n [, z])`"),
        ("select quantile7('a', 0.5)", "the argument `x` of `quantile7(x, p)` must be a number, not Utf8"),
        ("select quantile7(x, x) from (values (1), (2)) as t (x)", "`p` must be the same in all rows of a group"),
        ("select relative_weights(1, x) from (values ([1, 2]), ([1])) as t (x)", "the same length in all rows"),
        ("select path_model([x], ['l'], ['C'], ['l -> l']) from (values (1)) as t (x)", "A or B, not `C`"),
        ("select phi(x, x) from (values (2)) as t (x)", "1 and 0, not 2"),
    ] {
        let context = SessionContext::new();
        super::super::register(&context);
        let error = match context.sql(sql).await {
            Ok(frame) => frame.collect().await.unwrap_err(),
            Err(error) => error,
        };
        assert!(error.to_string().contains(expected), "{sql}: {error}");
    }
}

#[tokio::test]
async fn collected_rows_count_in_the_memory_of_the_run() {
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    let runtime = RuntimeEnvBuilder::new().with_memory_limit(1 << 20, 1.0).build_arc().unwrap();
    let context = SessionContext::new_with_config_rt(SessionConfig::new().with_target_partitions(1), runtime);
    super::super::register(&context);
    let sql = "select spearman(a.i, b.i) from (select unnest(range(0, 1000)) as i) as a
        cross join (select unnest(range(0, 1000)) as i) as b";
    let error = context.sql(sql).await.unwrap().collect().await.unwrap_err();
    assert!(error.to_string().contains("Resources exhausted"), "{error}");
}
