//! Every rule on real plans, and the engine's whole list of functions against the rules.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};

use super::nature::{Nature, ResolvedFunction};
use super::*;
use crate::config::query_files::QueryFile;
use crate::engine::Engine;

/// Tables whose columns are all integers; the grain is named by [`grain`].
const TABLES: [(&str, &[&str]); 3] = [
    ("orders", &["order_id", "customer", "day", "x"]),
    ("lines", &["order_id", "line", "customer", "day", "x"]),
    ("open", &["a", "b", "c", "day", "x"]),
];

fn grain(table: &str) -> Option<Vec<String>> {
    let columns: &[&str] = match table {
        "orders" => &["order_id"],
        "lines" => &["order_id", "line"],
        _ => return None,
    };
    Some(columns.iter().map(ToString::to_string).collect())
}

fn engine() -> Engine {
    let engine = Engine::for_planning().unwrap();
    for (table, columns) in TABLES {
        let fields: Vec<Field> = columns.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
        engine.register_empty(table, Arc::new(Schema::new(fields))).unwrap();
    }
    engine
}

/// What is said about a query that can be planned.
async fn complaints(sql: &str) -> Vec<String> {
    let engine = engine();
    let query = query(sql);
    let plan = engine.plan(&query).await.unwrap_or_else(|problem| panic!("{sql}: {problem}"));
    told(of_query(&query, Some(&plan), &grain, &engine.context.state()))
}

/// What is said about a query that is not planned.
fn complaints_about_text(sql: &str) -> Vec<String> {
    told(of_query(&query(sql), None, &grain, &engine().context.state()))
}

fn query(sql: &str) -> QueryPlan {
    let text = PipelineText { path: PathBuf::from("q.sql"), text: Arc::from(sql) };
    QueryPlan::parse(&QueryFile { name: "q".into(), sql: text, sidecar: None }, &[]).unwrap()
}

fn told(problems: Vec<Problem>) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

async fn is_fine(sql: &str) -> bool {
    let complaints = complaints(sql).await;
    assert!(complaints.is_empty(), "{sql}: {complaints:?}");
    true
}

async fn is_refused(sql: &str, words: &str) {
    let complaints = complaints(sql).await;
    assert!(complaints.iter().any(|complaint| complaint.contains(words)), "{sql}: {complaints:?}");
}

/// The ways to write a call of a function called `name`.
fn spellings(name: &str) -> Vec<String> {
    let upper = name.to_uppercase();
    vec![format!("{name}()"), format!("{upper}()"), format!("\"{name}\"()"), format!("{{fn {name}()}}")]
}

#[tokio::test]
async fn every_volatile_function_of_the_engine_is_refused_in_every_spelling() {
    let engine = engine();
    let state = engine.context.state();
    let mut refused = Vec::new();
    for name in state.scalar_functions().keys() {
        let known = ResolvedFunction::named(name, false, &state).unwrap();
        if known.nature == Nature::Deterministic {
            continue;
        }
        refused.push(name.clone());
        for call in spellings(name) {
            for sql in [
                format!("select {call} as v from open"),
                format!("select a from open where a in (select x from orders where {call} is null)"),
                format!("with t as (select a, {call} as v from open) select a from t order by v"),
                format!("select a from open order by {call}"),
                format!("select a, row_number() over (order by {call}) as n from open"),
                format!("select max(a) filter (where {call} is null) as n from open group by b having {call} is null"),
                format!("select a from open union all (select (select {call} is null)::bigint)"),
            ] {
                let complaints = complaints_about_text(&sql);
                assert!(
                    complaints.iter().any(|told| told.contains(&format!("`{name}` returns a different result"))),
                    "{sql}: {complaints:?}"
                );
            }
        }
    }
    refused.sort();
    for known in ["current_date", "current_time", "current_timestamp", "now", "random", "today", "uuid"] {
        assert!(refused.iter().any(|name| name == known), "{known} is not among {refused:?}");
    }
}

#[tokio::test]
async fn every_aggregate_and_window_function_of_the_engine_has_been_looked_at() {
    let engine = engine();
    let state = engine.context.state();
    let names = |has_window: bool| {
        let aggregates = state.aggregate_functions().keys();
        aggregates.chain(state.window_functions().keys().filter(move |_| has_window)).cloned().collect::<Vec<_>>()
    };
    for has_window in [false, true] {
        for name in names(has_window) {
            let known = ResolvedFunction::named(&name, has_window, &state).unwrap();
            assert_ne!(known.nature, Nature::Unknown, "`{name}` is in no list of nature.rs");
            assert_ne!(known.nature, Nature::Volatile, "`{name}` is volatile, and no rule looks at such aggregates");
        }
    }
}

#[tokio::test]
async fn the_plan_refuses_what_the_text_does_not_tell() {
    let engine = engine();
    for sql in ["select now() as a", "select random() as a", "select uuid() as a"] {
        let query = query(sql);
        let plan = engine.plan(&query).await.unwrap();
        assert_eq!(planned::findings(&plan).unwrap().len(), 1, "{sql}");
    }
    is_refused(
        "select row_number() over w as n from open window w as (partition by a)",
        "q.sql:1:8: `row_number` without",
    )
    .await;
    is_refused("select a from open order by null limit 3", "`limit` without `order by`").await;
}

#[tokio::test]
async fn the_clock_and_chance_are_refused() {
    assert_eq!(complaints("select now() as a, random() as b").await.len(), 2);
    let today = complaints("select a, \"current_date\"() as d from open").await;
    assert_eq!(
        today,
        ["q.sql:1:11: `current_date` returns a different result on every run \
          (hint: use the parameter `$as_of_date`, the only clock a query can see)"]
    );
    is_refused("select current_timestamp", "`current_timestamp` returns a different result").await;
    is_refused("select RAND() as r", "`rand` returns a different result").await;
    is_refused("select t.d from open, lateral (select now() as d) as t", "`now` returns a different result").await;
}

#[tokio::test]
async fn what_depends_on_the_order_of_rows_needs_one() {
    for call in [
        "row_number() over (partition by a)",
        "\"row_number\"() over (partition by a)",
        "Rank() over ()",
        "\"lag\"(x) over (partition by a)",
        "row_number() over (order by 1)",
        "row_number() over (order by 'a', null)",
        "first_value(x) over (partition by a range between unbounded preceding and current row)",
        "first_value(x)",
        "\"array_agg\"(x)",
        "array_agg(distinct x)",
        "any_value(x)",
        "string_agg(x::varchar, ',')",
        "nth_value(x, 2)",
        "sum(x) over (partition by a rows 3 preceding)",
        "suppress(x, 5) over (partition by a)",
    ] {
        is_refused(&format!("select {call} as v from open"), "depends on the order in which rows arrive").await;
    }
    is_refused("select a from open qualify row_number() over (partition by a) = 1", "`row_number` without").await;
    for call in [
        "row_number() over (partition by a order by c)",
        "first_value(x order by c)",
        "string_agg(x::varchar, ',' order by x)",
        "array_agg(distinct x order by x)",
        "sum(x) over (partition by c)",
        "sum(x) over (partition by a rows between unbounded preceding and unbounded following)",
        "sum(x) over (partition by a order by c rows 3 preceding)",
        "median(x)",
        "percentile_cont(0.5) within group (order by c)",
        "quantile_cont(x, 0.5)",
        "count(distinct x)",
        "mean(x)",
        "STDDEV_SAMP(x)",
        "\"var_population\"(x)",
        "covar(x, a)",
        "regr_slope(x, a)",
        "stddev(x) over (partition by a)",
        "spearman(x, a)",
    ] {
        is_fine(&format!("select {call} as v from open")).await;
    }
    is_fine("select row_number() over w as n from open window w as (partition by a order by c)").await;
}

#[tokio::test]
async fn sketches_are_refused() {
    is_refused("select approx_median(a) as m from open", "use `median`, `percentile_cont` or `quantile7`").await;
    is_refused("select approx_percentile_cont(0.5) within group (order by a) as m from open", "which are exact").await;
}

#[tokio::test]
async fn what_keeps_any_rows_is_refused() {
    is_refused("select distinct on (a) a, c from open union all select a, c from open", "`distinct on` keeps").await;
    assert!(
        complaints_about_text("select a from open tablesample (10)")[0].contains("`tablesample` picks different rows")
    );
    assert_eq!(complaints_about_text("select a from (select a from open) tablesample (10)").len(), 1);
    for sql in [
        "select a from open limit 3",
        "select a from open offset 3",
        "select a from (select a from open order by a) as t limit 3",
        "select a from open where a in (select x from orders limit 1)",
        "with t as (select a from open limit 3) select a from t",
        "(select a from open limit 1) union all select a from open",
    ] {
        is_refused(sql, "`limit` without `order by`").await;
    }
    is_fine("select a from open order by a limit 3").await;
    is_fine("select distinct a from open order by a limit 3").await;
    is_fine("select a from open order by b, c limit 3").await;
}

#[tokio::test]
async fn a_window_must_not_leave_rows_of_a_table_tied() {
    assert_eq!(
        complaints("select row_number() over (partition by customer order by day) as n from orders").await,
        ["q.sql:1:8: the order of `row_number` leaves rows tied that differ in `order_id` \
          (hint: end its order with `order_id`)"]
    );
    let tied = |call: &str, from: &str| format!("select {call} as v from {from}");
    for (call, from) in [
        ("\"row_number\"() over (partition by customer order by day)", "orders"),
        ("row_number() over (order by day)", "orders as o (order_id, customer, day, x)"),
        ("day - lag(day) over (order by order_id)", "lines"),
        ("sum(x) over (order by day rows 3 preceding)", "orders"),
    ] {
        is_refused(&tied(call, from), "leaves rows tied").await;
    }
    is_refused("select lag(day) over w as gap from orders window w as (order by day)", "q.sql:1:8: the order of `lag`")
        .await;
    is_refused("select x from orders qualify row_number() over (order by day) = 1", "leaves rows tied").await;
    for (call, from) in [
        ("row_number() over (partition by customer order by day, order_id)", "orders"),
        ("row_number() over (partition by customer order by day, ORDER_ID)", "orders"),
        ("row_number() over (partition by o.order_id order by day)", "orders as o"),
        ("rank() over (order by day)", "orders"),
        ("sum(x) over (order by day)", "orders"),
        ("count(*) over (partition by day)", "orders"),
    ] {
        is_fine(&tied(call, from)).await;
    }
}

#[tokio::test]
async fn of_two_calls_of_a_function_the_one_that_ties_is_pointed_at() {
    let sql = "select
        row_number() over (order by day, order_id) as one,
        row_number() over (order by day) as two
        from orders";
    let complaints = complaints(sql).await;
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].starts_with("q.sql:3:9: "), "{complaints:?}");
}

#[tokio::test]
async fn keys_are_followed_through_ctes_filters_and_groups() {
    let with =
        |cte: &str, order: &str| format!("with x as ({cte}) select row_number() over (order by {order}) as n from x");
    for (cte, tied, unique) in [
        ("select * from orders where day > 1", "day", "order_id"),
        ("select order_id as id, day from orders", "day", "id"),
        ("select customer, max(day) as day from lines group by 1", "day", "day, customer"),
        ("select o.* from orders as o left anti join lines as l on o.day = l.day", "day", "order_id"),
        ("select * from orders where exists (select 1 from lines where lines.day = orders.day)", "day", "order_id"),
    ] {
        is_refused(&with(cte, tied), "leaves rows tied").await;
        is_fine(&with(cte, unique)).await;
    }
}

#[tokio::test]
async fn what_has_no_known_key_is_not_judged() {
    for from in [
        "open",
        "orders cross join (select a from open) as o",
        "(select day from orders)",
        "(select * from orders union all select * from orders)",
        "(select customer, day from lines group by customer, day)",
    ] {
        is_fine(&format!("select row_number() over (order by day) as n from {from}")).await;
    }
    is_fine("with orders as (select 1 as day) select row_number() over (order by day) as n from orders").await;
}

#[tokio::test]
async fn ordered_aggregates_and_limits_are_judged_too() {
    is_refused("select first_value(x order by day) as a from orders", "the order of `first_value` leaves rows tied")
        .await;
    is_fine("select first_value(x order by day, order_id) as a from orders").await;
    is_fine("select order_id, array_agg(x order by line) as a from lines group by order_id").await;
    is_fine("select array_agg(day order by day) as a from orders").await;
    is_refused("select order_id, day from orders order by day limit 3", "`limit` leaves rows tied").await;
    is_fine("select day from orders order by day limit 3").await;
    is_fine("select order_id, day from orders order by day, order_id limit 3").await;
}

#[tokio::test]
async fn a_window_inside_an_inner_query_is_judged_by_its_own_rows() {
    is_refused(
        "select (select max(n) from (select row_number() over (order by line) as n from lines)) as n from orders",
        "differ in `order_id`",
    )
    .await;
    is_fine("select (select max(n) from (select row_number() over (order by line, order_id) as n from lines)) as n from orders").await;
}
