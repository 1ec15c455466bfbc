//! Checked arithmetic against arithmetic in wider types, and against the engine's own where nothing overflows.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array, Int8Array, Int32Array, Int64Array, RecordBatch, UInt64Array};
use arrow::compute::concat_batches;
use arrow::datatypes::Int64Type;
use arrow::util::pretty::pretty_format_batches;
use datafusion::common::Result;
use datafusion::prelude::SessionContext;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// One row of the largest and smallest values of their types, one of small values and one of NULL.
fn values() -> RecordBatch {
    let largest_decimal = 10_i128.pow(38) - 1;
    let decimal = |values: Vec<Option<i128>>, precision| -> ArrayRef {
        Arc::new(Decimal128Array::from(values).with_precision_and_scale(precision, 2).unwrap())
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("row", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ("largest", Arc::new(Int64Array::from(vec![Some(i64::MAX), Some(7), None]))),
        ("smallest", Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(-7), None]))),
        ("tiny", Arc::new(Int8Array::from(vec![Some(i8::MIN), Some(3), None]))),
        ("whole", Arc::new(Int32Array::from(vec![Some(i32::MAX), Some(3), None]))),
        ("unsigned", Arc::new(UInt64Array::from(vec![Some(0), Some(3), None]))),
        ("money", decimal(vec![Some(99_999), Some(100), None], 18)),
        ("fortune", decimal(vec![Some(largest_decimal), Some(100), None], 38)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

fn context(is_checked: bool) -> SessionContext {
    let context = SessionContext::new();
    if is_checked {
        crate::functions::register(&context);
    }
    context.register_batch("v", values()).unwrap();
    context
}

async fn rows(context: &SessionContext, sql: &str) -> Result<RecordBatch> {
    let batches = context.sql(sql).await?.collect().await?;
    Ok(concat_batches(&batches[0].schema(), &batches)?)
}

/// The message of the error that `expression` gives on the first row of the values, or its result there.
async fn on_first_row(expression: &str) -> String {
    let sql = format!("select {expression} as x from v where row = 1");
    match rows(&context(true), &sql).await {
        Ok(rows) => pretty_format_batches(&[rows]).unwrap().to_string(),
        Err(error) => error.find_root().strip_backtrace(),
    }
}

#[tokio::test]
async fn what_does_not_fit_is_an_error_that_shows_the_expression() {
    let mut others = Vec::new();
    for (expression, message) in [
        ("largest + 1", "`largest + 1` does not fit into bigint (9223372036854775807 + 1)"),
        ("1 + largest", "`1 + largest` does not fit into bigint (1 + 9223372036854775807)"),
        ("smallest - 1", "`smallest - 1` does not fit into bigint (-9223372036854775808 - 1)"),
        ("largest * 2", "`largest * 2` does not fit into bigint (9223372036854775807 * 2)"),
        ("largest + largest", "`largest + largest` does not fit into bigint"),
        ("-smallest", "`-smallest` does not fit into bigint (-(-9223372036854775808))"),
        ("-tiny", "`-tiny` does not fit into tinyint"),
        ("whole * whole", "`whole * whole` does not fit into integer (2147483647 * 2147483647)"),
        ("unsigned - unsigned - cast(1 as bigint unsigned)", "does not fit into bigint unsigned (0 - 1)"),
        ("2 * (largest - 1) + 5", "`2 * (largest - 1)` does not fit into bigint"),
        ("fortune + fortune", "`fortune + fortune` does not fit into decimal(38, 2)"),
        ("fortune + cast(0.01 as decimal(38, 2))", "does not fit into decimal(38, 2)"),
        ("-fortune - fortune", "does not fit into decimal(38, 2)"),
        ("fortune * cast(1.10 as decimal(3, 2))", "does not fit into decimal(38, 4)"),
        ("fortune / cast(0.10 as decimal(3, 2))", "does not fit into decimal(38, "),
        ("abs(smallest)", "overflow"),
        ("smallest / -1", "Overflow"),
        ("cast(largest as integer)", "Can't cast value 9223372036854775807 to type Int32"),
        ("cast(whole as tinyint)", "Can't cast value 2147483647 to type Int8"),
        ("cast(smallest as bigint unsigned)", "Can't cast value -9223372036854775808 to type UInt64"),
        ("cast(cast(1e19 as double) + row as bigint)", "Can't cast value 1e19 to type Int64"),
        ("cast(money as decimal(4, 2))", "too large to store in a Decimal128 of precision 4"),
        ("cast(largest as decimal(18, 2))", "too large"),
        ("factorial(row + 20)", "Overflow happened on FACTORIAL(21)"),
        ("lcm(largest, largest - 1)", "overflow"),
        ("gcd(smallest, smallest)", "overflow"),
        ("date '2026-01-01' + interval '300000 years'", "overflow"),
        ("sum(largest) over (order by row rows between 1 preceding and 1 following) + largest", "does not fit"),
    ] {
        let found = on_first_row(expression).await;
        if !found.to_lowercase().contains(&message.to_lowercase()) {
            others.push(format!("{expression}: {found}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[tokio::test]
async fn constants_that_are_computed_while_planning_are_checked() {
    let mut others = Vec::new();
    for expression in [
        "9223372036854775807 + 1",
        "-9223372036854775807 - 2",
        "4611686018427387904 * 2",
        "row + (9223372036854775807 + 1)",
        "cast(127 as tinyint) + cast(1 as tinyint)",
        "-(cast(-128 as tinyint))",
        "case when 9223372036854775807 + row > 0 then 1 end",
        "cast('99999999999999999999999999999999999999' as decimal(38, 0)) + cast(1 as decimal(38, 0))",
    ] {
        let found = on_first_row(expression).await;
        if !found.contains("does not fit into") {
            others.push(format!("{expression}: {found}"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[tokio::test]
async fn the_smallest_integer_and_branches_that_are_not_taken_are_no_overflow() {
    let sql = "select -9223372036854775808 as smallest,
        case when largest < 100 then largest * largest else 0 end as guarded,
        coalesce(largest, 9223372036854775807 + row) as known,
        largest % smallest as rest
        from v where row < 3 order by row";
    let rows = rows(&context(true), sql).await.unwrap();
    let column = |name: &str| rows.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec();
    assert_eq!(column("smallest"), [i64::MIN; 2]);
    assert_eq!(column("guarded"), [0, 49]);
    assert_eq!(column("known"), [i64::MAX, 7]);
    assert_eq!(column("rest"), [i64::MAX, 0]);
}

#[tokio::test]
async fn names_types_and_values_are_those_of_the_engine_where_nothing_overflows() {
    let mut others = Vec::new();
    for sql in [
        "select row + 1, -row, row * 2 - 3, row + tiny, whole - row, unsigned + 1, money * 3, money + fortune from v where row <> 1 order by 1",
        "select row % 2 + 1, max(row * 2) - min(-row), count(*) * 2 from v group by row % 2 + 1 order by row % 2 + 1",
        "select row - 1 as r, max(row + 1) over (partition by row * 2 order by -row) from v order by row * -1",
        "select a.row, b.row from v as a inner join v as b on a.row + 1 = b.row and a.row * 2 > b.row - 1 order by 1",
        "select row from v where row + 1 in (select row - 1 from v) or row * 2 = (select max(row) - 1 from v) order by row",
        "select row from v as o where exists (select 1 from v as i where i.row = o.row + 1) order by row",
        "select row + 1 from v union all select -whole from v where row > 1 order by 1",
        "with recursive n as (select 1 as k union all select k + 1 from n where k < 5) select k * k from n order by k",
        "select date '2026-01-31' + interval '1' month, date '2026-03-01' - date '2026-02-01', 1.5 + row, -1.5 * row from v order by row limit 1 + 1",
    ] {
        match (rows(&context(true), sql).await, rows(&context(false), sql).await) {
            (Ok(found), Ok(own)) if found == own => {}
            (found, own) => others.push(format!("{sql}:\n{found:?}\n{own:?}")),
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[tokio::test]
async fn random_integers_are_as_in_a_wider_type() {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut integer = || random.random::<i64>() >> random.random_range(0..63);
    let pairs: Vec<(i64, i64)> = (0..400).map(|_| (integer(), integer())).collect();
    let context = context(true);
    let column = |values: Vec<i64>| -> ArrayRef { Arc::new(Int64Array::from(values)) };
    let mut overflows = 0;
    for (index, (left, right)) in pairs.into_iter().enumerate() {
        let name = format!("p{index}");
        let batch = RecordBatch::try_from_iter([("a", column(vec![left])), ("b", column(vec![right]))]).unwrap();
        context.register_batch(&name, batch).unwrap();
        let (wide_left, wide_right) = (i128::from(left), i128::from(right));
        let (operator, wide) = match index % 3 {
            0 => ("+", wide_left + wide_right),
            1 => ("-", wide_left - wide_right),
            _ => ("*", wide_left * wide_right),
        };
        let found = rows(&context, &format!("select a {operator} b as c from {name}")).await;
        match i64::try_from(wide) {
            Ok(expected) => assert_eq!(found.unwrap().column(0).as_primitive::<Int64Type>().value(0), expected),
            Err(_) => {
                overflows += 1;
                assert!(found.is_err(), "{left} {operator} {right}");
            }
        }
    }
    assert!((20..380).contains(&overflows), "{overflows}");
}
