//! Parquet, sound and damaged.

use std::path::PathBuf;

use ::parquet::arrow::ArrowWriter;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, StringArray, TimestampMillisecondArray, TimestampNanosecondArray,
    UInt64Array,
};
use arrow::compute::concat_batches;
use object_store::ObjectStoreExt;
use tempfile::{TempDir, tempdir};

use super::*;
use crate::plan::contract::ColumnRule;
use crate::plan::source::FoundBy;

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

fn file_bytes(batch: &RecordBatch, statistics: EnabledStatistics) -> Vec<u8> {
    let properties =
        WriterProperties::builder().set_statistics_enabled(statistics).set_max_row_group_row_count(Some(1000)).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn bytes_of(batch: &RecordBatch) -> Vec<u8> {
    file_bytes(batch, EnabledStatistics::Page)
}

/// Purchases number `from` to `to`.
fn purchases(from: i64, to: i64) -> RecordBatch {
    let ids = || from..to;
    table(vec![
        ("customer_id", Arc::new(Int64Array::from_iter_values(ids().map(|id| id % 97)))),
        ("line_number", Arc::new(Int32Array::from_iter_values(ids().map(|id| i32::try_from(id).unwrap())))),
        ("brand", Arc::new(StringArray::from_iter_values(ids().map(|id| format!("brand number {}", id % 7))))),
        (
            "amount",
            Arc::new(Float64Array::from_iter_values(ids().map(|id| f64::from(i32::try_from(id).unwrap()) / 4.0))),
        ),
        ("at", Arc::new(TimestampNanosecondArray::from_iter_values(ids().map(|id| id * 1_000_000_000)))),
    ])
}

/// A folder of five monthly files.
fn months() -> TempDir {
    let folder = tempdir().unwrap();
    for month in 0..5_i64 {
        let path = folder.path().join(format!("month=2026-0{}/part-0.parquet", month + 1));
        write(&path, bytes_of(&purchases(month * 2500, (month + 1) * 2500)));
    }
    folder
}

fn one_file(bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    write(&path, bytes);
    (folder, path)
}

#[tokio::test]
async fn the_same_rows_come_with_any_number_of_partitions() {
    let folder = months();
    let mut parquet = source_at(folder.path());
    parquet.partitions = vec![("month".into(), DataType::String)];
    let sql = "select month, brand, count(*), sum(line_number), sum(cast(amount as decimal(18,2))), max(at) from t
        where line_number % 3 = 0 and line_number between 100 and 12000 and month <> '2026-04' group by month, brand";
    let expected = lines(&query(&parquet, sql, 1).await.unwrap());
    assert_eq!(expected.len(), 28);
    for partitions in [2, 3, 8] {
        assert_eq!(lines(&query(&parquet, sql, partitions).await.unwrap()), expected, "{partitions} partitions");
    }
    let all = |partitions| query(&parquet, "select * from t", partitions);
    let one = lines(&all(1).await.unwrap());
    assert_eq!(one.len(), 12_500);
    assert_eq!(lines(&all(8).await.unwrap()), one);
}

#[tokio::test]
async fn manifest_rows_and_counts_come_from_the_footers() {
    let folder = months();
    let opened = open(&source_at(folder.path()), &SessionContext::new()).await.unwrap();
    let rows: Vec<_> = opened.intake.counts().iter().map(RowCounts::loaded).collect();
    assert_eq!(rows, [2500; 5]);
    assert!(opened.inputs[0].etag.is_some());
    assert!(opened.inputs[0].location.ends_with("month=2026-01/part-0.parquet"));
    let counted =
        query(&source_at(folder.path()), "select count(*), min(line_number), max(line_number) from t", 2).await;
    assert_eq!(lines(&counted.unwrap()), ["12500|0|12499"]);
}

#[tokio::test]
async fn filters_skip_row_groups_of_other_files_and_values() {
    let folder = months();
    let mut parquet = source_at(folder.path());
    parquet.partitions = vec![("month".into(), DataType::String)];
    parquet.columns = columns(&[("line_number", DataType::Integer), ("brand", DataType::String)]);
    let sql = "explain analyze select brand from t where line_number = 4000 and month = '2026-02'";
    let plan = lines(&query(&parquet, sql, 1).await.unwrap()).join("\n");
    assert!(plan.contains("row_groups_pruned_statistics=15 total → 1 matched"), "{plan}");
    let found = query(&parquet, "select brand from t where line_number = 4000", 2).await.unwrap();
    assert_eq!(lines(&found), ["brand number 3"]);
}

#[tokio::test]
async fn declared_columns_are_picked_renamed_and_cast() {
    let folder = months();
    let mut parquet = source_at(folder.path());
    parquet.partitions = vec![("month".into(), DataType::String)];
    parquet.columns = columns(&[
        ("at", DataType::Timestamp),
        ("price", DataType::Decimal(18, 2)),
        ("customer_id", DataType::Id),
        ("line_number", DataType::Integer),
        ("again", DataType::Timestamp),
    ]);
    parquet.columns[1].found = FoundBy::Name(vec!["amount".into()]);
    parquet.columns[4].found = FoundBy::Name(vec!["at".into()]);
    let opened = open(&parquet, &SessionContext::new()).await.unwrap();
    let named = |schema: &Schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    assert_eq!(named(&opened.schema), named(&declared_schema(&parquet).unwrap().unwrap()));
    assert_eq!(opened.schema.field(2).data_type(), &arrow::datatypes::DataType::Int64);
    let sql = "select at, price, customer_id, line_number, again, month from t where line_number = 2501 and price > 1";
    let row = lines(&query(&parquet, sql, 2).await.unwrap());
    assert_eq!(row, ["1970-01-01T00:41:41|625.25|76|2501|1970-01-01T00:41:41|2026-02"]);
    parquet.columns[4].data_type = DataType::Date;
    let (code, message) = failure(&parquet).await;
    assert_eq!(code, 2);
    assert!(message.contains("declares column `at` with two types"), "{message}");
}

#[tokio::test]
async fn without_declared_columns_the_files_decide_and_must_agree() {
    let one = table(vec![("a", Arc::new(Int64Array::from(vec![1]))), ("b", Arc::new(StringArray::from(vec!["x"])))]);
    let swapped =
        table(vec![("b", Arc::new(StringArray::from(vec!["y"]))), ("a", Arc::new(Int64Array::from(vec![2])))]);
    let (folder, _) = one_file(bytes_of(&one));
    let second = folder.path().join("b.parquet");
    write(&second, bytes_of(&swapped));
    let parquet = source_at(folder.path());
    assert_eq!(rows(&parquet).await.unwrap(), ["1|x", "2|y"]);
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![3]));
    for (batch, what) in [
        (table(vec![("a", ids.clone())]), "column `b` is missing in `"),
        (table(vec![("A", ids.clone()), ("b", ids.clone())]), "column `A` is in `"),
        (table(vec![("a", ids.clone()), ("b", ids.clone())]), "column `b` is integer in `"),
        (table(vec![("a", ids.clone()), ("b", ids.clone()), ("c", ids.clone())]), "column `c` is in `"),
    ] {
        write(&second, bytes_of(&batch));
        let (code, message) = failure(&parquet).await;
        assert_eq!(code, 3);
        assert!(message.contains(what) && message.contains("b.parquet"), "{message}");
    }
}

#[tokio::test]
async fn a_declared_column_that_one_file_lacks_or_has_otherwise_is_an_error() {
    let (folder, _) = one_file(bytes_of(&table(vec![("a", Arc::new(Int64Array::from(vec![1])))])));
    let mut parquet = source_at(folder.path());
    parquet.columns = columns(&[("a", DataType::Decimal(18, 2))]);
    assert_eq!(rows(&parquet).await.unwrap(), ["1.00"]);
    let second = folder.path().join("b.parquet");
    write(&second, bytes_of(&table(vec![("a", Arc::new(StringArray::from(vec!["1.5"])))])));
    let (code, message) = failure(&parquet).await;
    assert_eq!(code, 3);
    assert!(message.contains("column `a` is text in `") && message.contains("declared decimal(18,2)"), "{message}");
    write(&second, bytes_of(&table(vec![("A", Arc::new(Int64Array::from(vec![1])))])));
    let message = failure(&parquet).await.1;
    assert!(message.contains("column `a` is missing in `") && message.contains("did you mean `A`?"), "{message}");
}

#[tokio::test]
async fn files_may_have_different_widths_of_a_declared_column() {
    let (folder, _) = one_file(bytes_of(&table(vec![("a", Arc::new(Int32Array::from(vec![1, 5])))])));
    write(&folder.path().join("b.parquet"), bytes_of(&table(vec![("a", Arc::new(UInt64Array::from(vec![2])))])));
    let mut parquet = source_at(folder.path());
    assert_eq!(failure(&parquet).await.0, 3);
    parquet.columns = columns(&[("a", DataType::Id)]);
    assert_eq!(rows(&parquet).await.unwrap(), ["1", "2", "5"]);
    let counted = query(&parquet, "select min(a), max(a), count(a) from t where a > 1", 2).await.unwrap();
    assert_eq!(lines(&counted), ["2|5|2"]);
    write(&folder.path().join("b.parquet"), bytes_of(&table(vec![("a", Arc::new(UInt64Array::from(vec![u64::MAX])))])));
    let (code, message) = failure(&parquet).await;
    assert_eq!(code, 3);
    assert!(
        message.contains("b.parquet` row 1, column `a`: `18446744073709551615` is not a whole number"),
        "{message}"
    );
    write(&folder.path().join("b.parquet"), bytes_of(&table(vec![("a", Arc::new(StringArray::from(vec!["x"])))])));
    assert!(failure(&parquet).await.1.contains("column `a` is text in `"));
}

#[tokio::test]
async fn required_columns_are_checked_with_and_without_statistics() {
    for statistics in [EnabledStatistics::Chunk, EnabledStatistics::None] {
        for (values, is_fine) in [(vec![Some(1), Some(2)], true), (vec![Some(1), None], false)] {
            let batch = table(vec![
                ("x", Arc::new(Int64Array::from(vec![None, Some(0)]))),
                ("a", Arc::new(Int64Array::from(values))),
            ]);
            let (folder, _) = one_file(file_bytes(&batch, statistics));
            let mut parquet = source_at(folder.path());
            parquet.columns = columns(&[("a", DataType::Integer)]);
            parquet.columns[0].required = true;
            match is_fine {
                true => assert_eq!(rows(&parquet).await.unwrap(), ["1", "2"]),
                false => assert!(failure(&parquet).await.1.contains("row 2, column `a`: a required value is missing")),
            }
        }
    }
}

/// A text column of 2,500 rows in row groups of 1,000, stored with a dictionary for each or without.
fn brands(brand: impl Fn(usize) -> Option<&'static str>, has_dictionary: bool) -> (TempDir, PathBuf) {
    let texts: StringArray = (0..2500).map(brand).collect();
    let batch = table(vec![("brand", Arc::new(texts))]);
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(has_dictionary)
        .set_max_row_group_row_count(Some(1000))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    one_file(bytes)
}

#[tokio::test]
async fn rules_for_texts_hold_with_and_without_dictionaries() {
    let good = |row: usize| [Some("tea"), Some("mug"), None][row % 3];
    for has_dictionary in [true, false] {
        let with = |brand: &dyn Fn(usize) -> Option<&'static str>, required: bool| {
            let (folder, _) = brands(brand, has_dictionary);
            let mut parquet = source_at(folder.path());
            parquet.columns = columns(&[("brand", DataType::String)]);
            parquet.columns[0].required = required;
            let accepted = ["tea", "mug"].map(String::from).into_iter().collect();
            parquet.columns[0].rules = vec![ColumnRule::Values(std::sync::Arc::new(accepted))];
            (folder, parquet)
        };
        let (_folder, kept) = with(&good, false);
        assert_eq!(rows(&kept).await.unwrap().len(), 2500);
        let (_folder, missing) = with(&good, true);
        assert!(failure(&missing).await.1.contains("row 3, column `brand`: a required value is missing"));
        let other = |row: usize| if row == 2222 { Some("rum") } else { good(row) };
        let (_folder, broken) = with(&other, false);
        let (_, told) = failure(&broken).await;
        assert!(told.contains("row 2223, column `brand`: `rum` is not one of"), "{told}");
    }
}

#[tokio::test]
async fn a_column_that_the_folder_names_too_is_an_error() {
    let folder = tempdir().unwrap();
    write(&folder.path().join("a=1/x.parquet"), bytes_of(&table(vec![("a", Arc::new(Int64Array::from(vec![1])))])));
    let mut parquet = source_at(folder.path());
    parquet.partitions = vec![("a".into(), DataType::Integer)];
    assert!(failure(&parquet).await.1.contains("column `a` is in `"));
}

#[tokio::test]
async fn damaged_footers_are_errors_that_name_the_file() {
    let sound = bytes_of(&purchases(0, 50));
    let size = sound.len();
    let changed = |index: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[index] = byte;
        bytes
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("cut at the end", sound[..size - 1].to_vec()),
        ("cut in the middle", sound[..size / 2].to_vec()),
        ("nothing but the magic", b"PAR1".to_vec()),
        ("text", b"id,name\n1,a\n2,b\n3,c\n".to_vec()),
        ("huge footer length", changed(size - 5, 0x7F)),
        ("footer length of all ones", [&sound[..size - 8], &[0xFF; 4], b"PAR1"].concat()),
        ("footer length of zero", [&sound[..size - 8], &[0; 4], b"PAR1"].concat()),
        ("encrypted", changed(size - 1, b'E')),
        ("front cut off", sound[100..].to_vec()),
    ];
    for (what, bytes) in cases {
        let (_folder, path) = one_file(bytes);
        let (code, message) = failure(&source_at(&path)).await;
        assert_eq!(code, 3, "{what}: {message}");
        assert!(message.contains("a.parquet` is not a valid Parquet file"), "{what}: {message}");
    }
}

#[tokio::test]
async fn no_flipped_bit_in_a_footer_panics_or_fails_without_the_files_name() {
    let batch = purchases(0, 20);
    let sound = bytes_of(&batch);
    let size = sound.len();
    let length = usize::try_from(u32::from_le_bytes(sound[size - 8..size - 4].try_into().unwrap())).unwrap();
    let mut refused = 0;
    for index in (size - 8 - length..size).step_by(3) {
        for bit in [0, 6] {
            let mut bytes = sound.clone();
            bytes[index] ^= 1 << bit;
            let (_folder, path) = one_file(bytes);
            if let Err(error) = rows(&source_at(&path)).await {
                refused += 1;
                assert_eq!(error.exit_code(), 3, "{error}");
                assert!(error.to_string().contains("a.parquet"), "{error}");
            }
        }
    }
    assert!(refused > 50, "{refused}");
}

#[tokio::test]
async fn damaged_pages_are_errors_that_name_the_file() {
    let sound = bytes_of(&purchases(0, 900));
    let mut bytes = sound.clone();
    bytes[4..400].fill(0xAA);
    let (folder, _) = one_file(bytes);
    write(&folder.path().join("b.parquet"), &sound);
    let (code, message) = failure(&source_at(folder.path())).await;
    assert_eq!(code, 3);
    assert!(message.contains("a.parquet` is not a valid Parquet file"), "{message}");
}

#[tokio::test]
async fn a_file_that_is_replaced_while_it_is_read_is_not_mixed() {
    let objects = memory_store("memory://replaced");
    let put = async |batch: &RecordBatch| {
        objects.put(&"a.parquet".into(), bytes_of(batch).into()).await.unwrap();
    };
    put(&purchases(0, 50)).await;
    let context = SessionContext::new();
    let SourceTable::Scan(table) = open(&source("memory://replaced/a.parquet"), &context).await.unwrap().table else {
        panic!("Parquet is scanned")
    };
    put(&purchases(50, 100)).await;
    let read = context.read_table(table).unwrap().collect().await;
    let error = own(read.unwrap_err());
    assert_eq!(error.exit_code(), 1);
    assert!(
        error.to_string().contains("cannot read `memory://replaced/a.parquet`: it was replaced while it was read"),
        "{error}"
    );
}

#[tokio::test]
async fn empty_files_with_a_schema_are_empty_tables() {
    let (folder, _) = one_file(bytes_of(&purchases(0, 0)));
    assert!(rows(&source_at(folder.path())).await.unwrap().is_empty());
    let mut parquet = source_at(folder.path());
    parquet.columns = columns(&[("brand", DataType::String)]);
    parquet.columns[0].required = true;
    assert!(rows(&parquet).await.unwrap().is_empty());
    let all = concat_batches(&purchases(0, 1).schema(), &[purchases(0, 1)]).unwrap();
    write(&folder.path().join("b.parquet"), bytes_of(&all));
    assert_eq!(rows(&parquet).await.unwrap(), ["brand number 0"]);
}

/// Moments of UTC by number, around Berlin's midnight and both changes of its clocks, twice: with and without a zone.
fn moments() -> [RecordBatch; 2] {
    let texts = [
        "2024-06-30T21:59:59",
        "2024-06-30T22:00:00",
        "2024-03-31T00:59:59",
        "2024-03-31T01:00:00",
        "2024-10-27T00:30:00",
        "2024-10-27T01:30:00",
    ];
    let millis = texts.map(|text| text.parse::<chrono::NaiveDateTime>().unwrap().and_utc().timestamp_millis());
    let plain = TimestampMillisecondArray::from_iter_values(millis).with_timezone_opt(None::<Arc<str>>);
    let zoned = plain.clone().with_timezone("America/New_York");
    let ids = || Arc::new(Int64Array::from_iter_values(0..6)) as ArrayRef;
    [table(vec![("id", ids()), ("at", Arc::new(zoned))]), table(vec![("at", Arc::new(plain)), ("id", ids())])]
}

#[tokio::test]
async fn declared_times_with_a_zone_become_local_and_others_stay() {
    let [zoned, plain] = moments();
    let local = [
        "0|2024-06-30T23:59:59",
        "1|2024-07-01T00:00:00",
        "2|2024-03-31T01:59:59",
        "3|2024-03-31T03:00:00",
        "4|2024-10-27T02:30:00",
        "5|2024-10-27T02:30:00",
    ];
    let (folder, path) = one_file(bytes_of(&zoned));
    let mut parquet = source_at(&path);
    parquet.columns = columns(&[("id", DataType::Integer), ("at", DataType::Timestamp)]);
    parquet.time_zone = Tz::Europe__Berlin;
    assert_eq!(rows(&parquet).await.unwrap(), local);
    let opened = open(&parquet, &SessionContext::new()).await.unwrap();
    assert_eq!(Some(opened.schema), declared_schema(&parquet).unwrap());

    let july = "select id, at from t where at >= timestamp '2024-07-01' and at < timestamp '2024-07-02'";
    assert_eq!(lines(&query(&parquet, july, 2).await.unwrap()), [local[1]]);
    let june = "select id from t where at < timestamp '2024-07-01T00:00:00' and at >= timestamp '2024-06-30T00:00:00'";
    assert_eq!(lines(&query(&parquet, june, 2).await.unwrap()), ["0"]);
    let latest = lines(&query(&parquet, "select max(at), count(at) from t", 2).await.unwrap());
    assert_eq!(latest, ["2024-10-27T02:30:00|6"]);

    // Row groups of one day in UTC, asked for by the local day: their statistics must not rule them out.
    write(&path, bytes_of(&zoned.slice(1, 1)));
    assert_eq!(lines(&query(&parquet, july, 2).await.unwrap()), [local[1]]);
    parquet.columns[1].data_type = DataType::Date;
    let first = query(&parquet, "select id from t where at = date '2024-07-01'", 1).await.unwrap();
    assert_eq!(lines(&first), ["1"]);
    write(&path, bytes_of(&zoned));
    let days = query(&parquet, "select at from t where id < 2 and at is not null", 1).await.unwrap();
    assert_eq!(lines(&days), ["2024-06-30", "2024-07-01"]);
    let first = query(&parquet, "select id from t where at = date '2024-07-01'", 1).await.unwrap();
    assert_eq!(lines(&first), ["1"]);

    parquet.time_zone = Tz::UTC;
    let days = query(&parquet, "select at from t where id < 2", 1).await.unwrap();
    assert_eq!(lines(&days), ["2024-06-30", "2024-06-30"]);
    parquet.columns[1].data_type = DataType::Timestamp;
    assert!(query(&parquet, july, 2).await.unwrap().iter().all(|batch| batch.num_rows() == 0));
    let autumn = query(&parquet, "select id, at from t where at > timestamp '2024-07-01'", 2).await.unwrap();
    assert_eq!(lines(&autumn), ["4|2024-10-27T00:30:00", "5|2024-10-27T01:30:00"]);

    write(&folder.path().join("b.parquet"), bytes_of(&plain));
    let mut both = source_at(folder.path());
    both.columns = parquet.columns.clone();
    both.columns[1].name = "wall".into();
    both.time_zone = Tz::Europe__Berlin;
    let first_two = query(&both, "select id, wall from t where id < 2", 2).await.unwrap();
    let expected = ["0|2024-06-30T21:59:59", local[0], "1|2024-06-30T22:00:00", local[1]];
    assert_eq!(lines(&first_two), expected);
}
