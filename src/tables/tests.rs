//! Kept tables read the same wherever their rows are, and give their memory back.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;

use super::*;
use crate::engine::Engine;

const ROWS: i64 = 1000;

/// Three partitions of two batches each; together the numbers from 0 to 5999.
async fn kept(limit_bytes: usize) -> (Engine, KeptTable) {
    let engine = Engine::for_planning().unwrap();
    let schema: SchemaRef = Arc::new(Schema::new(vec![
        Field::new("number", DataType::Int64, true),
        Field::new("name", DataType::Utf8View, true),
    ]));
    let batch = |first: i64| {
        let numbers = Int64Array::from_iter_values(first..first + ROWS);
        let names = (first..first + ROWS).map(|n| format!("a name that is too long for a view, {n}"));
        let names = StringViewArray::from_iter_values(names);
        RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(numbers), Arc::new(names)]).unwrap()
    };
    let stream = |partition: i64| -> SendableRecordBatchStream {
        let batches = [batch(partition * 2 * ROWS), batch((partition * 2 + 1) * ROWS)];
        let rows = futures::stream::iter(batches.map(Ok));
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&schema), rows))
    };
    let keeper = Keeper::new(limit_bytes, None);
    let streams = (0..3).map(stream).collect();
    let kept = keeper.keep_streams("numbers", "keeping", Arc::clone(&schema), streams, 1).await.unwrap();
    (engine, kept)
}

async fn sum_and_count(engine: &Engine) -> Vec<String> {
    let sql = "select sum(number) as s, count(distinct name) as n, max(name) as m from numbers";
    let batches = engine.context.sql(sql).await.unwrap().collect().await.unwrap();
    batches[0].columns().iter().map(|column| arrow::util::display::array_value_to_string(column, 0).unwrap()).collect()
}

#[tokio::test]
async fn a_table_reads_the_same_from_memory_from_disk_and_from_both() {
    // One partition takes about 150 kB, so that the middle budget holds one or two of the three.
    for (limit_bytes, is_spilled) in [(usize::MAX, false), (250_000, true), (1, true)] {
        let (engine, kept) = kept(limit_bytes).await;
        assert_eq!(kept.is_spilled(), is_spilled, "{limit_bytes}");
        assert_eq!(kept.rows_per_partition(), [2000, 2000, 2000]);
        kept.register(&engine).unwrap();
        // 0 + 1 + ... + 5999
        let expected = ["17997000", "6000", "a name that is too long for a view, 999"];
        assert_eq!(sum_and_count(&engine).await, expected, "{limit_bytes}");
    }
}

#[tokio::test]
async fn a_query_is_planned_the_same_wherever_its_tables_are() {
    let mut figures = Vec::new();
    for limit_bytes in [usize::MAX, 250_000, 1] {
        let (engine, kept) = kept(limit_bytes).await;
        kept.register(&engine).unwrap();
        let scan = async |columns: Vec<usize>| {
            let state = engine.context.state();
            let table = engine.context.table_provider("numbers").await.unwrap();
            let rows = table.scan(&state, Some(&columns), &[], None).await.unwrap();
            let whole = StatisticsContext::new().compute(rows.as_ref(), &StatisticsArgs::new()).unwrap();
            let last = StatisticsArgs::new().with_partition(Some(2));
            (whole, StatisticsContext::new().compute(rows.as_ref(), &last).unwrap())
        };
        figures.push([scan(vec![1, 0]).await, scan(vec![0]).await, scan(Vec::new()).await]);
    }
    let (whole, last) = &figures[0][1];
    // 6000 numbers and the last 2000 of them, 8 bytes each, in one allocation per batch.
    assert_eq!((whole.num_rows, last.num_rows), (Precision::Exact(6000), Precision::Exact(2000)));
    assert!(whole.total_byte_size.get_value().is_some_and(|bytes| *bytes >= 48_000), "{whole}");
    assert_eq!(figures[1], figures[0]);
    assert_eq!(figures[2], figures[0]);
}

#[tokio::test]
async fn a_table_on_disk_gives_its_columns_in_any_order_and_again() {
    let (engine, kept) = kept(1).await;
    kept.register(&engine).unwrap();
    let sql = "select a.name, a.number, b.number, b.name from numbers as a join numbers as b on a.number + 1 = b.number
        where a.number = 4999";
    let batches = engine.context.sql(sql).await.unwrap().collect().await.unwrap();
    let batch = arrow::compute::concat_batches(&batches[0].schema(), &batches).unwrap();
    let shown = |column: usize| arrow::util::display::array_value_to_string(batch.column(column), 0).unwrap();
    let name = "a name that is too long for a view";
    assert_eq!([shown(0), shown(3)], [format!("{name}, 4999"), format!("{name}, 5000")]);
    assert_eq!([shown(1), shown(2)], ["4999", "5000"]);
    assert_eq!(batch.num_rows(), 1);
}

#[tokio::test]
async fn memory_is_given_back_when_nobody_can_read_the_table_any_more() {
    let engine = Engine::for_planning().unwrap();
    let keeper = Keeper::new(usize::MAX, None);
    let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef)]).unwrap();
    let schema = batch.schema();
    let rows = RecordBatchStreamAdapter::new(Arc::clone(&schema), futures::stream::iter([Ok(batch)]));
    let kept = keeper.keep_streams("t", "keeping", schema, vec![Box::pin(rows)], 1).await.unwrap();
    kept.register(&engine).unwrap();
    assert_eq!(keeper.budget.used_bytes(), 16);
    engine.deregister("t").unwrap();
    assert_eq!(keeper.budget.used_bytes(), 0);
}
