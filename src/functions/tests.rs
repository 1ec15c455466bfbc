//! Through SQL, against the values of Python's `math.fsum` and `fractions`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch, StringArray, UInt64Array};
use datafusion::arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::datasource::MemTable;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SessionConfig, SessionContext};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::register;

/// Doubles of both signs over 120 binary orders of magnitude. The same generator in Python made the oracles.
fn values(count: usize) -> Vec<f64> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state
    };
    let mut value = || {
        let unit = (next() >> 11) as f64 * 2.0_f64.powi(-53) - 0.5;
        unit * 2.0_f64.powi((next() >> 40) as i32 % 120 - 60)
    };
    (0..count).map(|_| value()).collect()
}

fn session(partitions: usize) -> SessionContext {
    session_with(SessionConfig::new().with_target_partitions(partitions).with_batch_size(100), RuntimeEnv::default())
}

fn session_with(config: SessionConfig, runtime: RuntimeEnv) -> SessionContext {
    let context = SessionContext::new_with_config_rt(config, Arc::new(runtime));
    register(&context);
    context
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

/// Registers `rows` as table `t`, dealt out to `partitions` in small batches.
fn register_table(context: &SessionContext, rows: &RecordBatch, partitions: usize) {
    let mut dealt = vec![Vec::new(); partitions];
    for (number, start) in (0..rows.num_rows()).step_by(64).enumerate() {
        dealt[number % partitions].push(rows.slice(start, 64.min(rows.num_rows() - start)));
    }
    let table = MemTable::try_new(rows.schema(), dealt).unwrap();
    context.deregister_table("t").unwrap();
    context.register_table("t", Arc::new(table)).unwrap();
}

async fn rows(context: &SessionContext, sql: &str) -> RecordBatch {
    let frame = context.sql(sql).await.unwrap();
    let schema = Arc::clone(frame.schema().inner());
    let batches = frame.collect().await.unwrap();
    concat_batches(&batches.first().map_or(schema, RecordBatch::schema), &batches).unwrap()
}

fn doubles(rows: &RecordBatch, column: usize) -> Vec<Option<f64>> {
    rows.column(column).as_primitive::<Float64Type>().iter().collect()
}

/// The one row of doubles that `sql` returns.
async fn one_row(context: &SessionContext, sql: &str) -> Vec<Option<f64>> {
    let rows = rows(context, sql).await;
    assert_eq!(rows.num_rows(), 1, "{sql}");
    (0..rows.num_columns()).map(|column| doubles(&rows, column)[0]).collect()
}

async fn failure(context: &SessionContext, sql: &str) -> String {
    match context.sql(sql).await {
        Ok(frame) => frame.collect().await.unwrap_err().to_string(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn sums_and_means_have_the_same_exact_bits_in_every_order_and_partitioning() {
    // math.fsum, and float(sum(map(Fraction, values)) / len(values)), of rows where number % 5 == group.
    const BY_GROUP: [(u64, u64); 5] = [
        (0x4372_e525_1610_5dce, 0x42d0_1fb2_6b93_1605),
        (0xc386_41c9_343f_8ed3, 0xc2e2_fe1c_558b_91c5),
        (0xc3a2_d50a_8c94_2b12, 0xc300_11f4_859d_282b),
        (0xc3a2_ed64_aa20_432d, 0xc300_26bc_4ce8_54a1),
        (0xc39e_0579_9d18_565a, 0xc2f9_9e45_a4c6_42dd),
    ];
    const OF_ALL: (u64, u64) = (0xc3bb_fc7c_d7c7_38b4, 0xc2f3_1af4_f856_d991);
    let x = values(6000);
    let mut order: Vec<u64> = (0..x.len() as u64).collect();
    let groups = Int64Array::from_iter_values(order.iter().map(|number| (number % 5) as i64));
    let ordered = batch(vec![("g", Arc::new(groups)), ("x", Arc::new(Float64Array::from(x)))]);
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for partitions in [1, 2, 8] {
        for _ in 0..3 {
            order.shuffle(&mut random);
            let shuffled = take_record_batch(&ordered, &UInt64Array::from(order.clone())).unwrap();
            let context = session(partitions);
            register_table(&context, &shuffled, partitions);
            let all = one_row(&context, "select sum(x), avg(x), mean(x) from t").await;
            let bits: Vec<u64> = all.iter().map(|value| value.unwrap().to_bits()).collect();
            assert_eq!(bits, [OF_ALL.0, OF_ALL.1, OF_ALL.1]);
            let grouped = rows(&context, "select sum(x), avg(x) from t group by g order by g").await;
            let bits = |column| doubles(&grouped, column).into_iter().map(|value| value.unwrap().to_bits());
            assert_eq!(bits(0).zip(bits(1)).collect::<Vec<_>>(), BY_GROUP);
        }
    }
}

#[tokio::test]
async fn nulls_and_filtered_rows_do_not_count_and_nothing_sums_to_null() {
    let context = session(2);
    let t = "(values (1, 0.1), (1, 0.2), (1, 0.3), (1, null), (2, null), (3, 5.0)) as t(g, x)";
    // math.fsum([0.1, 0.2, 0.3]) == 0.6, where 0.1 + 0.2 + 0.3 == 0.6000000000000001.
    let all = rows(&context, &format!("select sum(x), avg(x) from {t} group by g order by g")).await;
    assert_eq!(doubles(&all, 0), [Some(0.6), None, Some(5.0)]);
    assert_eq!(doubles(&all, 1), [Some(0.2), None, Some(5.0)]);
    let sql = format!("select sum(x) filter (where x < 0.25), avg(x) filter (where x < 0.25) from {t}");
    assert_eq!(one_row(&context, &sql).await, [Some(0.300_000_000_000_000_04), Some(0.150_000_000_000_000_02)]);
    let filtered = rows(&context, &format!("{sql} group by g order by g")).await;
    assert_eq!(doubles(&filtered, 0), [Some(0.300_000_000_000_000_04), None, None]);
    let empty = format!("select sum(x), avg(x), sum(distinct x), avg(distinct x), avg(g), avg(distinct g) from {t}");
    assert_eq!(one_row(&context, &format!("{empty} where x > 9")).await, [None; 6]);
    assert_eq!(rows(&context, &format!("{empty} where x > 9 group by g")).await.num_rows(), 0);
}

#[tokio::test]
async fn infinities_and_nan_propagate_as_in_ieee_754() {
    let context = session(2);
    let sql = "select sum(x), avg(x) from (values (1.0, 'a'), (cast('inf' as double), 'a'), (1.0, 'b'), \
               (cast('-inf' as double), 'b'), (cast('inf' as double), 'c'), (cast('-inf' as double), 'c'), \
               (cast('nan' as double), 'd'), (1.0, 'd')) as t(x, g) group by g order by g";
    let result = rows(&context, sql).await;
    for column in 0..2 {
        let values: Vec<f64> = doubles(&result, column).into_iter().flatten().collect();
        assert_eq!(values[..2], [f64::INFINITY, f64::NEG_INFINITY]);
        assert_eq!([values[2].to_bits(), values[3].to_bits()], [f64::NAN.to_bits(); 2]);
    }
}

#[tokio::test]
async fn sums_that_leave_the_range_of_doubles_on_the_way_come_back() {
    for partitions in [1, 2] {
        let context = session(partitions);
        let t = "(values (1.7e308, 1), (1.7e308, 2), (-1.7e308, 3), (1e-300, 4)) as t(x, n)";
        assert_eq!(one_row(&context, &format!("select sum(x) from {t}")).await, [Some(1.7e308)]);
        let t = "(values (1.7e308, 1), (1.7e308, 2)) as t(x, n)";
        let result = one_row(&context, &format!("select sum(x), avg(x), sum(-x) from {t}")).await;
        assert_eq!(result, [Some(f64::INFINITY), Some(1.7e308), Some(f64::NEG_INFINITY)]);
        // The largest double and half its last digit: a tie, which what is far below decides.
        let t = "(values (1.7976931348623157e308, 1), (9.9792015476736e291, 2), (-1e-300, 3)) as t(x, n)";
        assert_eq!(one_row(&context, &format!("select sum(x) from {t}")).await, [Some(f64::MAX)]);
        assert_eq!(one_row(&context, &format!("select sum(x) from {t} where n < 3")).await, [Some(f64::INFINITY)]);
    }
}

#[tokio::test]
async fn sliding_windows_forget_exactly() {
    let context = session(2);
    let t = "(values (1, 1e16), (2, 1.0), (3, -1e16), (4, 1.0), (5, 1e-16), (6, 3.0), (7, 2.5), (8, -1e16)) as t(n, x)";
    let sql = format!(
        "select sum(x) over w, avg(x) over w, sum(x) over (order by n) from {t} \
         window w as (order by n rows between 2 preceding and current row) order by n"
    );
    let result = rows(&context, &sql).await;
    let sums =
        [1e16, 1e16, 1.0, -9_999_999_999_999_998.0, -9_999_999_999_999_998.0, 4.0, 5.5, -9_999_999_999_999_994.0];
    assert_eq!(doubles(&result, 0), sums.map(Some));
    let means = [
        1e16,
        5e15,
        0.333_333_333_333_333_3,
        -3_333_333_333_333_332.5,
        -3_333_333_333_333_333.0,
        1.333_333_333_333_333_3,
        1.833_333_333_333_333_3,
        -3_333_333_333_333_331.5,
    ];
    assert_eq!(doubles(&result, 1), means.map(Some));
    assert_eq!(doubles(&result, 2)[..5], [1e16, 1e16, 1.0, 2.0, 2.0].map(Some));

    let t = "(values (1, cast('inf' as double)), (2, 1.0), (3, null), (4, null), (5, 1.7e308)) as t(n, x)";
    let sql = format!("select sum(x) over (order by n rows between 1 preceding and current row) from {t} order by n");
    let result = rows(&context, &sql).await;
    assert_eq!(doubles(&result, 0), [Some(f64::INFINITY), Some(f64::INFINITY), Some(1.0), None, Some(1.7e308)]);
}

#[tokio::test]
async fn a_sum_of_integers_that_does_not_fit_is_an_error_and_one_that_fits_in_the_end_is_not() {
    let context = session(2);
    let big = "(values (9223372036854775807, 1), (1, 2), (-1, 3)) as t(x, n)";
    let sum = rows(&context, &format!("select sum(x) from {big}")).await;
    assert_eq!(sum.column(0).as_primitive::<Int64Type>().value(0), i64::MAX);
    let message = "the sum of integers does not fit into 64 bits";
    let statements = [
        format!("select sum(x) from {big} where n < 3"),
        format!("select sum(x) from {big} where n < 3 group by n > 5"),
        format!("select sum(distinct x) from {big} where n < 3"),
        format!("select sum(x) over (order by n) from {big}"),
        format!("select sum(x) over (order by n rows between 1 preceding and current row) from {big}"),
        format!("select sum(distinct x) over (order by n rows between 1 preceding and current row) from {big}"),
        format!("select sum(x), count(distinct n) from {big} where n < 3"),
        "select sum(x) from (values (arrow_cast(18446744073709551615, 'UInt64')), (arrow_cast(1, 'UInt64'))) as t(x)"
            .to_owned(),
    ];
    for sql in statements {
        let failure = failure(&context, &sql).await;
        assert!(failure.contains(message), "{sql}: {failure}");
    }
}

#[tokio::test]
async fn a_sum_of_durations_that_does_not_fit_is_an_error_and_their_mean_is_right() {
    let context = session(2);
    for unit in ["Second", "Millisecond", "Microsecond", "Nanosecond"] {
        let t = format!(
            "(select arrow_cast(x, 'Duration({unit})') as d, n from (values (9223372036854775807, 1), (9223372036854775805, 2), (-3, 3)) as t(x, n)) as t"
        );
        let message = "the sum of durations does not fit into 64 bits";
        for sql in [
            format!("select sum(d) from {t} where n < 3"),
            format!("select sum(d) from {t} group by n > 5"),
            format!("select sum(d) over (order by n rows between 1 preceding and current row) from {t}"),
        ] {
            let failure = failure(&context, &sql).await;
            assert!(failure.contains(message), "{sql}: {failure}");
        }
        // (2^63 - 1 + 2^63 - 3) / 2, and (2^64 - 4 - 3) / 3, without the fraction.
        let mean = async |condition: &str| {
            let sql = format!("select arrow_cast(avg(d), 'Int64') as m from {t} where {condition}");
            rows(&context, &sql).await.column(0).as_primitive::<Int64Type>().value(0)
        };
        assert_eq!(mean("n < 3").await, 9_223_372_036_854_775_806);
        assert_eq!(mean("true").await, 6_148_914_691_236_517_203);
        assert_eq!(mean("n = 3").await, -3);
    }
}

#[tokio::test]
async fn a_sum_of_decimals_that_does_not_fit_is_an_error() {
    let context = session(2);
    let nines = "9".repeat(38);
    let t = format!("(values (cast('{nines}' as decimal(38, 0)), 1), (cast(1 as decimal(38, 0)), 2)) as t(x, n)");
    for sql in [format!("select sum(x) from {t}"), format!("select sum(x) from {t} group by n > 5")] {
        let failure = failure(&context, &sql).await;
        assert!(failure.contains("the sum of decimals does not fit into `Decimal128(38, 0)`"), "{failure}");
    }
    let sql = format!("select cast(sum(x) as varchar) as s from (select x from {t} union all select -1) as u");
    assert_eq!(rows(&context, &sql).await.column(0).as_string_view().value(0), nines);
}

#[tokio::test]
async fn means_of_integers_add_as_integers() {
    let context = session(2);
    // As doubles the first value is 2^53, and the mean 2^52.
    let t = "(values (9007199254740993, 1), (1, 1), (cast(null as bigint), 1)) as t(x, g)";
    let exact = Some(4_503_599_627_370_497.0);
    let means = "select avg(x), avg(distinct x), avg(arrow_cast(x, 'UInt64')), avg(cast(g as smallint))";
    assert_eq!(one_row(&context, &format!("{means} from {t}")).await, [exact, exact, exact, Some(1.0)]);
    assert_eq!(one_row(&context, &format!("{means} from {t} group by g")).await, [exact, exact, exact, Some(1.0)]);
}

#[tokio::test]
async fn a_distinct_count_beside_a_sum_does_not_change_the_sum() {
    let x = values(6000);
    let k = StringArray::from_iter_values((0..x.len()).map(|number| format!("k{}", number % 17)));
    let all = batch(vec![("k", Arc::new(k)), ("x", Arc::new(Float64Array::from(x)))]);
    for partitions in [1, 2, 8] {
        let context = session(partitions);
        register_table(&context, &all, partitions);
        let result = rows(&context, "select sum(x), count(distinct k), sum(cast(1 as decimal(18, 2))) from t").await;
        assert_eq!(doubles(&result, 0)[0].unwrap().to_bits(), 0xc3bb_fc7c_d7c7_38b4);
        assert_eq!(result.column(1).as_primitive::<Int64Type>().value(0), 17);
        assert_eq!(result.column(2).data_type(), &DataType::Decimal128(28, 2));
        let names: Vec<_> = result.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names[..2], ["sum(t.x)", "count(DISTINCT t.k)"]);
        // Each value once: the sum of all.
        let distinct = one_row(
            &context,
            "select sum(distinct x), avg(distinct x) from (select x from t, (values (1), (2)) as twice)",
        )
        .await;
        assert_eq!(distinct[0].unwrap().to_bits(), 0xc3bb_fc7c_d7c7_38b4);
        assert_eq!(distinct[1].unwrap().to_bits(), 0xc2f3_1af4_f856_d991);
        // Of integers the optimizer still makes two plain groupings.
        let plan = context.sql("select sum(length(k)), count(distinct k) from t").await.unwrap();
        let plan = plan.into_optimized_plan().unwrap().display_indent().to_string();
        assert!(plan.contains("alias1") && !plan.contains("DISTINCT t.k)]]"), "{plan}");
    }
}

#[tokio::test]
async fn a_sum_of_shifted_doubles_is_not_rewritten() {
    let context = session(2);
    // math.fsum([1e16 + 1.5, -1e16 + 1.5]) == 4.0; the built-in's sum(x) + 1.5 * count(x) is 3.
    let t = "(values (1e16), (-1e16)) as t(x)";
    assert_eq!(one_row(&context, &format!("select sum(x + 1.5), sum(x + 2.5) from {t}")).await, [Some(4.0), Some(4.0)]);
}

#[tokio::test]
async fn names_types_and_other_results_are_the_built_ins() {
    let built_in = SessionContext::new();
    let ours = session(2);
    let t = "(values (1, 1.5, 'a'), (2, 2.25, 'b'), (3, null, 'b')) as t(i, x, k)";
    let statements = [
        format!("select sum(i), avg(i), sum(x), avg(x), mean(x), sum(distinct i), avg(distinct i) from {t}"),
        format!(
            "select k, sum(cast(i as decimal(18, 2))), avg(cast(x as decimal(18, 2))) from {t} group by k order by k"
        ),
        format!("select sum(arrow_cast(i, 'Decimal32(5, 1)')), sum(arrow_cast(i, 'Decimal64(12, 1)')) from {t}"),
        format!("select sum(arrow_cast(i, 'Decimal256(50, 1)')), sum(arrow_cast(i, 'Decimal128(35, 1)')) from {t}"),
        format!("select sum(distinct cast(i as decimal(18, 2))), avg(distinct cast(i as decimal(9, 2))) from {t}"),
        format!("select sum(arrow_cast(i, 'Duration(Second)')), avg(arrow_cast(i, 'Duration(Second)')) from {t}"),
        format!(
            "select sum(arrow_cast(i, 'UInt8')), avg(arrow_cast(i, 'UInt16')), sum(arrow_cast(x, 'Float32')) from {t}"
        ),
        format!(
            "select sum(i) over (order by i), avg(cast(i as decimal(9, 2))) over (order by i rows 1 preceding) from {t}"
        ),
        format!("select sum(x) filter (where k = 'b'), sum(i + 1), sum(i + 2) from {t} having sum(x) > 0"),
        format!(
            "select (select sum(u.x) from {t2} where u.k = t.k) from {t} order by i",
            t2 = t.replace("as t(", "as u(")
        ),
        format!("select k, sum(x) from {t} group by rollup (k) order by k, 2"),
        format!("select sum(i) from {t} where false"),
    ];
    for sql in statements {
        let (expected, actual) = (rows(&built_in, &sql).await, rows(&ours, &sql).await);
        assert_eq!(expected, actual, "{sql}");
    }
    for sql in ["select sum('a')", "select avg(true)", "select sum(null)"] {
        assert!(ours.sql(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn groups_that_spill_to_disk_and_rows_that_skip_partial_aggregation_give_the_same_bits() {
    const GROUPS: i64 = 20_000;
    let x = values(60_000);
    let g = Int64Array::from_iter_values((0..x.len() as i64).map(|number| number * 7919 % GROUPS));
    let all = batch(vec![("g", Arc::new(g)), ("x", Arc::new(Float64Array::from(x)))]);
    let sql = "select g, sum(x), avg(x), sum(g), avg(g), sum(x) filter (where x > 0) from t group by g order by g";
    let config = || SessionConfig::new().with_target_partitions(2).with_batch_size(1000);

    let context = session_with(config(), RuntimeEnv::default());
    register_table(&context, &all, 2);
    let expected = rows(&context, sql).await;
    assert_eq!(expected.num_rows(), GROUPS as usize);

    let skipping = config()
        .set_usize("datafusion.execution.skip_partial_aggregation_probe_rows_threshold", 1)
        .set("datafusion.execution.skip_partial_aggregation_probe_ratio_threshold", &0.01.into());
    let context = session_with(skipping, RuntimeEnv::default());
    register_table(&context, &all, 2);
    assert_eq!(rows(&context, sql).await, expected);

    // One partition and no `order by`: several operators would race for the memory.
    let memory = RuntimeEnvBuilder::new().with_memory_limit(2_000_000, 1.0).build().unwrap();
    let one = config().with_target_partitions(1).with_sort_spill_reservation_bytes(500_000);
    let context = session_with(one, memory);
    register_table(&context, &all, 1);
    let unordered = sql.trim_end_matches(" order by g");
    let plan = context.sql(unordered).await.unwrap().create_physical_plan().await.unwrap();
    let batches = collect(Arc::clone(&plan), context.task_ctx()).await.unwrap();
    let actual = concat_batches(&expected.schema(), &batches).unwrap();
    let order = sort_to_indices(actual.column(0), None, None).unwrap();
    assert_eq!(take_record_batch(&actual, &order).unwrap(), expected);
    assert!(aggregate_spills(&plan) > 0, "nothing was spilled");
}

fn aggregate_spills(plan: &Arc<dyn ExecutionPlan>) -> usize {
    let own =
        if plan.name() == "AggregateExec" { plan.metrics().and_then(|metrics| metrics.spill_count()) } else { None };
    own.unwrap_or(0) + plan.children().into_iter().map(aggregate_spills).sum::<usize>()
}
