//! What is too long is refused before it is built, and everything else is what the engine computes.

use datafusion::prelude::SessionContext;

/// The first value of a statement, or its error.
async fn first(sql: &str) -> Result<String, String> {
    let context = SessionContext::new();
    crate::functions::register(&context);
    let rows = async { context.sql(sql).await?.collect().await };
    let rows = rows.await.map_err(|error| error.to_string())?;
    Ok(arrow::util::display::array_value_to_string(rows[0].column(0), 0).unwrap())
}

#[tokio::test]
async fn a_value_that_is_too_long_is_refused() {
    // Rows that the optimizer does not see, so that nothing is computed before the query runs.
    let of = |call: &str| format!("select {call} from unnest([1]) as t(n)");
    for (call, bytes) in [
        ("repeat('abc', n * 2000000000)", "5.6 GiB"),
        ("lpad('a', n * 100000000, 'b')", "95.4 MiB"),
        ("rpad('a', n * 100000000)", "95.4 MiB"),
        ("array_repeat(n, 400000000)", "3.0 GiB"),
        ("list_repeat(n, 400000000)", "3.0 GiB"),
        ("array_resize([n], 400000000, 1)", "3.0 GiB"),
        ("range(n * 3000000)", "22.9 MiB"),
        ("range(n, 9000000, 3)", "22.9 MiB"),
        ("generate_series(n * 3000000, 1, -1)", "22.9 MiB"),
        // 3652 days of 24 hours in steps of a second, 8 bytes each.
        ("generate_series(timestamp '2020-01-01', timestamp '2029-12-31', interval '1 second')", "2.4 GiB"),
    ] {
        let refused = first(&of(call)).await.expect_err(call);
        let name = call.split('(').next().unwrap().replace("list_", "array_");
        let told = format!("`{name}` would build a value of {bytes}; a value may have at most 16.0 MiB");
        assert!(refused.contains(&told), "{call}: {refused}");
    }
}

#[tokio::test]
async fn many_values_are_refused_together() {
    let refused =
        first("select repeat('x', 1000000 + value % 2) from unnest(range(1000)) as t(value)").await.unwrap_err();
    let told = "`repeat` would build values of 953.7 MiB for 1000 rows; at most 128.0 MiB are built at once";
    assert!(refused.contains(told), "{refused}");
}

#[tokio::test]
async fn other_values_are_those_of_the_engine() {
    for (call, expected) in [
        ("repeat('ab', 3)", "ababab"),
        ("repeat('ab', -1)", ""),
        ("length(repeat('x', 16000000))", "16000000"),
        ("repeat(cast(null as varchar), 2000000000)", ""),
        ("lpad('7', 3, '0')", "007"),
        ("rpad('7', 3)", "7  "),
        ("array_repeat('a', 2)", "[a, a]"),
        ("list_resize([1], 3, 0)", "[1, 0, 0]"),
        ("range(5, 1)", "[]"),
        ("range(5, 0, -2)", "[5, 3, 1]"),
        ("generate_series(1, 3)", "[1, 2, 3]"),
        ("range(date '2026-01-31', date '2026-04-01', interval '1 month')", "[2026-01-31, 2026-02-28]"),
    ] {
        assert_eq!(first(&format!("select {call}")).await.as_deref(), Ok(expected), "{call}");
    }
}
