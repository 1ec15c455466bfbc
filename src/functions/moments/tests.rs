//! Through SQL, against Python's `fractions` and `statistics`.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::prelude::{SessionConfig, SessionContext};

async fn number(sql: &str) -> Option<f64> {
    let mut found = Vec::new();
    for partitions in [1, 3] {
        let config = SessionConfig::new().with_target_partitions(partitions).with_batch_size(2);
        let context = SessionContext::new_with_config(config);
        super::super::register(&context);
        let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
        let column = batches[0].column(0).as_primitive::<Float64Type>();
        found.push(column.iter().next().flatten());
    }
    assert_eq!(found[0].map(f64::to_bits), found[1].map(f64::to_bits), "{sql}");
    found[0]
}

/// The statistic of rows of (y, x).
async fn of(call: &str, rows: &str) -> Option<f64> {
    number(&format!("select {call} from (values {rows}) as t (y, x)")).await
}

const ROWS: &str = "(1.5, 2.0), (2.5, 1.0), (4.0, 4.0), (8.0, 5.5), (null, 1.0), (3.0, null)";

#[tokio::test]
async fn statistics_are_those_of_numpy() {
    let complete = "(1.5, 2.0), (2.5, 1.0), (4.0, 4.0), (8.0, 5.5)";
    for (call, expected) in [
        ("var(y)", EXPECTED[0]),
        ("var_pop(y)", EXPECTED[1]),
        ("stddev(y)", EXPECTED[2]),
        ("stddev_pop(y)", EXPECTED[3]),
    ] {
        let found = of(call, complete).await.unwrap();
        assert!((found - expected).abs() <= 1e-15 * expected, "{call}: {found} instead of {expected}");
    }
    for (call, expected) in [
        ("covar_samp(y, x)", EXPECTED[4]),
        ("covar_pop(y, x)", EXPECTED[5]),
        ("corr(y, x)", EXPECTED[6]),
        ("regr_slope(y, x)", EXPECTED[7]),
        ("regr_intercept(y, x)", EXPECTED[8]),
        ("regr_r2(y, x)", EXPECTED[9]),
        ("regr_avgx(y, x)", 3.125),
        ("regr_avgy(y, x)", 4.0),
        ("regr_sxx(y, x)", EXPECTED[10]),
        ("regr_syy(y, x)", EXPECTED[11]),
        ("regr_sxy(y, x)", EXPECTED[12]),
        ("cast(regr_count(y, x) as double)", 4.0),
    ] {
        let found = of(call, ROWS).await.unwrap();
        assert!((found - expected).abs() <= 3e-15 * expected, "{call}: {found} instead of {expected}");
    }
}

#[tokio::test]
async fn nothing_cancels_and_nothing_overflows() {
    // statistics.variance of the fractions.
    let far = "(1000000000.1, 0.0), (1000000000.2, 0.0), (1000000000.4, 0.0)";
    let found = of("var(y)", far).await.unwrap();
    assert!((found - EXPECTED[13]).abs() <= 1e-15 * found, "{found}");
    let huge = "(1e300, 1.0), (2e300, 2.0), (4e300, 3.0)";
    let found = of("stddev(y)", huge).await.unwrap();
    assert!((found / 1.5275252316519466e300 - 1.0).abs() < 1e-15, "{found}");
    let found = of("corr(y, x)", huge).await.unwrap();
    assert!((found - 0.9819805060619657).abs() < 1e-15, "{found}");
    let tiny = "(1e-300, 1e300), (2e-300, 2e300), (4e-300, 3e300)";
    let found = of("stddev(y)", tiny).await.unwrap();
    assert!((found / 1.5275252316519466e-300 - 1.0).abs() < 1e-15, "{found}");
    let found = of("corr(y, x)", tiny).await.unwrap();
    assert!((found - 0.9819805060619657).abs() < 1e-15, "{found}");
    // The variance of 1e300 and more is no double.
    assert_eq!(of("var(y)", huge).await, None);
}

#[tokio::test]
async fn few_rows_and_what_is_no_number_give_null() {
    let one = "(1.0, 2.0)";
    for call in ["var(y)", "stddev(y)", "covar_samp(y, x)", "corr(y, x)", "regr_slope(y, x)", "regr_r2(y, x)"] {
        assert_eq!(of(call, one).await, None, "{call}");
        assert_eq!(of(call, "(1.0, 2.0), (cast('nan' as double), 3.0), (2.0, 3.0)").await, None, "{call}");
        assert_eq!(of(call, "(1.0, 2.0), (cast('inf' as double), 3.0), (2.0, 3.0)").await, None, "{call}");
    }
    assert_eq!(of("var_pop(y)", one).await, Some(0.0));
    assert_eq!(of("stddev(y)", "(0.1, 1.0), (0.1, 2.0), (0.1, 3.0)").await, Some(0.0));
    assert_eq!(of("corr(y, x)", "(0.1, 1.0), (0.1, 2.0), (0.1, 3.0)").await, None);
    assert_eq!(number("select stddev(y) from (values (1.0)) as t (y) where y > 1").await, None);
}

/// In the order of use above, from `fractions`.
const EXPECTED: [f64; 14] = [
    8.166666666666666,
    6.125,
    2.857738033247041,
    2.4748737341529163,
    5.166666666666667,
    3.875,
    0.8969977251312476,
    1.2717948717948717,
    0.02564102564102564,
    0.8046049188906331,
    12.1875,
    24.5,
    15.5,
    0.023333324591320093,
];
