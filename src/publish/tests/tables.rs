//! Tables as files.

use std::pin::pin;
use std::sync::Arc;

use arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::util::display::array_value_to_string;
use bytes::Bytes;
use datafusion::error::DataFusionError;
use futures::poll;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::engine::sql_errors::running_error;
use crate::error::{Error, Problem};
use crate::publish::testing::{Fault, Place, batch, description, number_rows, places, rows, scattered, schema};
use crate::publish::{Clock, LogEntry, PublishedTable, RunFolder, RunId};
use crate::storage::upload::PART_BYTES;

fn run_folder(place: &Place) -> RunFolder {
    place.location.run_folder(&RunId::new(place.clock.now()))
}

async fn written(place: &Place, numbers: &[i64], batch_rows: usize) -> (PublishedTable, Bytes) {
    let run = run_folder(place);
    let table = run.write_table(&description("customers"), number_rows(numbers, batch_rows)).await.unwrap();
    let bytes = place.bytes(&table.path).await;
    (table, bytes)
}

#[tokio::test]
async fn the_same_rows_give_the_same_bytes_however_they_are_cut_into_batches() {
    let numbers: Vec<i64> = (0..30_000).collect();
    for place in places() {
        let (table, bytes) = written(&place, &numbers, 30_000).await;
        for batch_rows in [1_000, 8_192, 8_193, 7] {
            let (again, same_bytes) = written(&place, &numbers, batch_rows).await;
            assert!(bytes == same_bytes, "batches of {batch_rows}");
            assert_eq!(again.sha256, table.sha256);
        }
        assert_eq!((table.rows, table.bytes), (30_000, bytes.len() as u64));
        assert_eq!(table.sha256, format!("{:x}", Sha256::digest(&bytes)));
    }
}

#[tokio::test]
async fn what_a_null_hides_does_not_change_the_bytes() {
    let place = &places()[0];
    let hidden = |value: f64| {
        let nulls = arrow::buffer::NullBuffer::from(vec![true, false]);
        let shares = Float64Array::new(vec![0.5, value].into(), Some(nulls));
        let columns: Vec<Arc<dyn Array>> = vec![
            Arc::new(Int64Array::from(vec![1, 2])),
            Arc::new(shares),
            Arc::new(StringViewArray::from(vec!["a", "b"])),
        ];
        rows(vec![Ok(RecordBatch::try_new(schema(), columns).unwrap())])
    };
    let zero = run_folder(place).write_table(&description("customers"), hidden(0.0)).await.unwrap();
    let nan = run_folder(place).write_table(&description("customers"), hidden(f64::NAN)).await.unwrap();
    assert_eq!(zero.sha256, nan.sha256);
}

#[tokio::test]
async fn a_table_larger_than_a_row_group_and_a_part_arrives_whole() {
    let numbers = scattered(40_000);
    for place in places() {
        let (table, bytes) = written(&place, &numbers, 5_000).await;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let found: Vec<i64> = reader
            .build()
            .unwrap()
            .flat_map(|batch| batch.unwrap().column(0).as_primitive::<Int64Type>().values().to_vec())
            .collect();
        assert_eq!(table.rows, 40_000);
        assert!(table.bytes > 4 * PART_BYTES as u64, "{} bytes are not several parts", table.bytes);
        assert!(found == numbers);
    }
}

#[tokio::test]
async fn an_empty_table_is_a_file_with_its_schema_and_no_rows() {
    for place in places() {
        let (table, bytes) = written(&place, &[], 10).await;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        assert_eq!(table.rows, 0);
        assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
        assert_eq!(reader.schema().fields().len(), 3);
    }
}

#[tokio::test]
async fn a_file_says_what_it_holds_and_has_plain_types() {
    for place in places() {
        let (table, bytes) = written(&place, &[1, 2, 3], 2).await;
        let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
        let share = reader.schema().field_with_name("share").unwrap().clone();
        assert_eq!(share.metadata()["unit"], "share");
        assert_eq!(share.metadata()["description"], "own part of all purchases");
        assert_eq!((share.metadata()["label_en"].as_str(), share.metadata()["label_zh"].as_str()), ("Share", "份额"));
        assert_eq!(reader.schema().metadata()["description"], "one row per customer");
        assert_eq!(reader.schema().field(2).data_type(), &DataType::Utf8);
        assert!(reader.schema().fields().iter().all(|field| field.is_nullable()));
        let types: Vec<&str> = table.columns.iter().map(|column| column.data_type.as_str()).collect();
        assert_eq!(types, ["integer", "double", "string"]);
    }
}

#[tokio::test]
async fn a_value_that_is_not_finite_is_refused_with_its_row() {
    for place in places() {
        let mut bad = batch(&[1, 2, 3]);
        let mut columns = bad.columns().to_vec();
        columns[1] = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY, f64::NAN]));
        bad = RecordBatch::try_new(schema(), columns).unwrap();
        let stream = rows(vec![Ok(batch(&[1, 2, 3, 4])), Ok(bad)]);
        let error = run_folder(&place).write_table(&description("customers"), stream).await.unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(
            error.to_string().starts_with("table `customers`, column `share`, row 6: `inf` is not a finite number"),
            "{error}"
        );
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn a_write_that_fails_in_the_middle_leaves_no_file() {
    let numbers = scattered(40_000);
    for place in places() {
        // Enough for a part to be on its way when the error comes.
        let mut batches: Vec<Result<RecordBatch, DataFusionError>> =
            numbers.chunks(5_000).map(|chunk| Ok(batch(chunk))).collect();
        batches.push(Err(DataFusionError::ResourcesExhausted("no memory is left".into())));
        let error = run_folder(&place).write_table(&description("customers"), rows(batches)).await.unwrap_err();
        assert_eq!(error.exit_code(), 1, "{error}");
        assert!(error.to_string().starts_with("cannot compute table `customers`"), "{error}");
        assert_eq!(place.objects().await, []);
        if let Some(disk) = &place.disk {
            let tables = disk.path().join("out/loyalty/_staunch/runs");
            let left: Vec<_> = std::fs::read_dir(tables).into_iter().flatten().flatten().collect();
            let files = left.iter().flat_map(|run| std::fs::read_dir(run.path().join("tables")).unwrap());
            assert_eq!(files.count(), 0, "no hidden part of an upload is left");
        }
    }
}

#[tokio::test]
async fn a_store_that_fails_is_an_execution_error_that_names_the_file() {
    let large = scattered(40_000);
    for (place, numbers) in places().into_iter().chain(places()).zip([&[1], &[1], &large[..], &large[..]]) {
        let location = place.through(Fault::Unavailable, "customers.parquet", usize::MAX);
        let run = location.run_folder(&RunId::new(place.clock.now()));
        let error = run.write_table(&description("customers"), number_rows(numbers, 5_000)).await.unwrap_err();
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains("cannot write `out/loyalty/_staunch/runs/"), "{error}");
        assert_eq!(place.objects().await, []);
    }
}

#[tokio::test]
async fn a_run_that_fails_while_it_writes_leaves_nothing_behind() {
    for place in places() {
        let location = place.through(Fault::WritesAfterCancel, "_staunch/runs/", usize::MAX);
        let mut left_unfinished = 0;
        for polls in 1..60 {
            let run = location.run_folder(&RunId::new(place.clock.now()));
            let (table, rows) = (description("customers"), number_rows(&[1, 2, 3], 2));
            {
                let mut writes = pin!(futures::future::join(
                    run.write_table(&table, rows),
                    run.write_report("loyalty.en.md", Bytes::from_static(b"# Loyalty")),
                ));
                let mut is_finished = false;
                for _ in 0..polls {
                    is_finished = is_finished || poll!(writes.as_mut()).is_ready();
                    tokio::task::yield_now().await;
                }
                left_unfinished += usize::from(!is_finished);
            }
            run.discard().await;
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert_eq!(place.objects().await, [], "given up after {polls} polls");
        }
        assert!(left_unfinished > 5, "{left_unfinished} runs were given up while they wrote");
    }
}

#[tokio::test]
async fn an_error_of_ours_inside_the_stream_comes_back_as_it_is() {
    let place = &places()[0];
    let ours = Error::data(Problem::new("division by zero in `share.sql`"));
    let stream = rows(vec![Err(DataFusionError::External(Box::new(ours)))]);
    let error = run_folder(place).write_table(&description("customers"), stream).await.unwrap_err();
    assert_eq!((error.exit_code(), error.to_string()), (3, "division by zero in `share.sql`".into()));
}

/// The published table `customers` of an entry as the table `earlier` of an engine, with the columns of `wanted`.
async fn earlier(place: &Place, entry: &LogEntry, wanted: &Schema) -> Result<Engine, Error> {
    let engine = Engine::for_planning().unwrap();
    let logged = entry.table("customers").unwrap();
    let table = place.location.scan_table(logged, Arc::new(wanted.clone()), &engine.context).await?;
    engine.register("earlier", table, Some(logged.rows)).unwrap();
    Ok(engine)
}

/// The rows of a query, in which every value is text.
async fn texts(engine: &Engine, sql: &str) -> Result<Vec<Vec<String>>, Error> {
    let failed = |error| running_error("reading", error);
    let batches = engine.context.sql(sql).await.map_err(failed)?.collect().await.map_err(failed)?;
    let row = |batch: &RecordBatch, row: usize| {
        batch.columns().iter().map(|column| array_value_to_string(column, row).unwrap()).collect()
    };
    Ok(batches.iter().flat_map(|batch| (0..batch.num_rows()).map(|number| row(batch, number))).collect())
}

#[tokio::test]
async fn a_published_table_is_read_as_the_columns_that_are_wanted() {
    for place in places() {
        let entry = place.publish("2026-11-30", &["customers"], &[4, 5, 7]).await;
        let wanted = Schema::new(vec![
            Field::new("newcomer", DataType::Utf8, true),
            Field::new("number", DataType::Float64, true),
            Field::new("customer_id", DataType::Utf8, true),
        ]);
        let engine = earlier(&place, &entry, &wanted).await.unwrap();
        let all = texts(&engine, "select * from earlier order by number").await.unwrap();
        let expected =
            [["", "4.0", "customer number 4"], ["", "5.0", "customer number 5"], ["", "7.0", ""]].map(Vec::from);
        assert_eq!(all, expected);
        let some = "select count(*), count(newcomer), sum(number) from earlier where number > 4.5";
        assert_eq!(texts(&engine, some).await.unwrap(), [["2", "0", "12.0"].map(str::to_owned)]);
        assert_eq!(texts(&engine, "select number from earlier where newcomer = 'x'").await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn the_rows_of_a_published_table_stay_in_its_file() {
    for place in places() {
        let entry = place.publish("2026-11-30", &["customers"], &scattered(50_000)).await;
        let engine = earlier(&place, &entry, &schema()).await.unwrap();
        let sql = "select max(customer_id) from earlier";
        assert_eq!(texts(&engine, sql).await.unwrap().len(), 1);
        place.location.folder.delete(&entry.tables[0].path).await.unwrap();
        let gone = texts(&engine, sql).await.unwrap_err();
        assert!(gone.to_string().contains(&entry.tables[0].path), "{gone}");
    }
}

#[tokio::test]
async fn a_published_table_that_is_missing_or_damaged_is_bad_data() {
    for place in places() {
        let entry = place.publish("2026-11-30", &["customers"], &[4, 5, 6]).await;
        let path = &entry.tables[0].path;
        let bytes = place.bytes(path).await;
        place.location.folder.replace(path, bytes.slice(..bytes.len() - 20)).await.unwrap();
        let cut = earlier(&place, &entry, &schema()).await.err().unwrap();
        assert_ne!(cut.exit_code(), 0);

        let mut overwritten = bytes.to_vec();
        overwritten[4..60].fill(0xff);
        place.location.folder.replace(path, overwritten.into()).await.unwrap();
        let damaged = earlier(&place, &entry, &schema()).await.err().unwrap();
        assert_eq!(damaged.exit_code(), 3, "{damaged}");
        assert!(damaged.to_string().contains(path), "{damaged}");

        // Parquet notices hardly any single flipped bit.
        for position in (4..bytes.len()).step_by(97) {
            let mut flipped = bytes.to_vec();
            flipped[position] ^= 1;
            place.location.folder.replace(path, flipped.into()).await.unwrap();
            assert_eq!(earlier(&place, &entry, &schema()).await.err().unwrap().exit_code(), 3, "{position}");
        }

        place.location.folder.delete(path).await.unwrap();
        let missing = earlier(&place, &entry, &schema()).await.err().unwrap();
        assert_eq!(missing.exit_code(), 3, "{missing}");
        assert!(missing.to_string().contains("is missing"), "{missing}");
    }
}

#[tokio::test]
async fn values_of_an_earlier_type_that_do_not_fit_are_bad_data_that_names_the_file() {
    for place in places() {
        let entry = place.publish("2026-11-30", &["customers"], &[4, 5]).await;
        let column = |data_type| Schema::new(vec![Field::new("customer_id", data_type, true)]);
        let engine = earlier(&place, &entry, &column(DataType::Int64)).await.unwrap();
        let text = texts(&engine, "select customer_id from earlier").await.unwrap_err();
        let fields = vec![Field::new("a", DataType::Date32, true)];
        let other = column(DataType::Struct(fields.into()));
        let impossible = earlier(&place, &entry, &other).await.err().unwrap();
        for error in [text, impossible] {
            assert_eq!(error.exit_code(), 3, "{error}");
            assert!(error.to_string().contains(&entry.tables[0].path), "{error}");
        }
    }
}

#[tokio::test]
async fn names_beyond_ascii_stay_as_they_are_written() {
    for place in places() {
        place.publish("2026-11-30", &["客户 忠诚"], &[1]).await;
        assert!(place.names("latest/").await.contains(&"latest/客户 忠诚.parquet".to_owned()));
        if let Some(disk) = &place.disk {
            assert!(disk.path().join("out/loyalty/latest/客户 忠诚.parquet").is_file());
        }
    }
}
