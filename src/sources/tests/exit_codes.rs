//! Situations in which inputs cannot be read, and the exit codes they mean: 2 when a path is wrong, 1 when the storage failed
//! or the files changed under the run, 3 when the data is bad.

use ::parquet::arrow::ArrowWriter;
use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::ipc::writer::FileWriter;
use object_store::ObjectStoreExt;
use tempfile::tempdir;

use super::*;
use crate::storage::testing::{Fault, FaultyStore, breakable_store};

const ROWS: i64 = 20_000;

fn batch() -> RecordBatch {
    let names = (0..ROWS).map(|id| format!("name {}", id.wrapping_mul(0x9E37_79B9) % 100_003));
    RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from_iter_values(0..ROWS)) as ArrayRef),
        ("name", Arc::new(StringArray::from_iter_values(names)) as ArrayRef),
    ])
    .unwrap()
}

fn csv_bytes() -> Vec<u8> {
    let lines: String = (0..ROWS).map(|id| format!("{id},name {}\n", id * 7919 % 100_003)).collect();
    format!("id,name\n{lines}").into_bytes()
}

fn json_bytes() -> Vec<u8> {
    (0..ROWS).map(|id| format!("{{\"id\":{id},\"name\":\"name {id}\"}}\n")).collect::<String>().into_bytes()
}

fn arrow_bytes() -> Vec<u8> {
    let batch = batch();
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    (0..20).for_each(|part| writer.write(&batch.slice(part * 1000, 1000)).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn parquet_bytes() -> Vec<u8> {
    let mut writer = ArrowWriter::try_new(Vec::new(), batch().schema(), None).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

/// A good file of every format.
fn good_files() -> [(&'static str, FileFormat, Vec<u8>); 5] {
    [
        ("a.csv", csv(), csv_bytes()),
        ("a.csv.gz", csv(), gzipped(&csv_bytes())),
        ("a.jsonl", FileFormat::JsonLines, json_bytes()),
        ("a.arrow", FileFormat::Arrow, arrow_bytes()),
        ("a.parquet", FileFormat::Parquet, parquet_bytes()),
    ]
}

fn declared(mut source: SourcePlan, format: FileFormat) -> SourcePlan {
    source.format = format;
    source.columns = columns(&[("id", DataType::Integer), ("name", DataType::String)]);
    source
}

/// Reads every row; `between` happens when the source is open and its rows are not yet read.
async fn read(source: &SourcePlan, between: impl AsyncFnOnce()) -> Result<usize> {
    let context = SessionContext::new();
    let opened = open(source, &context).await?;
    between().await;
    let batches = match opened.table {
        SourceTable::Scan(table) => context.read_table(table).unwrap().collect().await.map_err(own)?,
        SourceTable::Streams(streams) => {
            let mut batches = Vec::new();
            for stream in streams {
                batches.extend(stream.try_collect::<Vec<_>>().await.map_err(own)?);
            }
            batches
        }
    };
    Ok(batches.iter().map(RecordBatch::num_rows).sum())
}

#[tokio::test]
async fn a_store_that_fails_under_the_run_is_exit_code_1() {
    for (fault, what) in [
        (Fault::GoneWhenRead, "it was removed after it was listed"),
        (Fault::ReadDenied, "permission denied: 403"),
        (Fault::ReadUnavailable, "connection reset"),
        (Fault::ReadBreaksOff, "connection reset"),
        (Fault::ReadIsShort, "the store sent "),
    ] {
        for (name, format, bytes) in good_files() {
            for is_open_before in [false, true] {
                let case = format!("{fault:?}-{name}-{is_open_before}").to_lowercase();
                let root = format!("memory://exit-code-1-{case}");
                let store = breakable_store(&root, fault);
                store.put(&name.into(), bytes.clone().into()).await.unwrap();
                let source = declared(source(format!("{root}/{name}")), format.clone());
                assert_eq!(read(&source, async || ()).await.unwrap(), 20_000, "{case}");
                let wake = |store: &FaultyStore| store.activate();
                if !is_open_before {
                    wake(&store);
                }
                let error = read(&source, async || wake(&store)).await.unwrap_err();
                assert_eq!(error.exit_code(), 1, "{case}: {error}");
                let message = error.to_string();
                assert!(message.contains(what) && message.contains(&format!("{root}/{name}")), "{case}: {message}");
                assert!(std::error::Error::source(&error).is_some(), "{case}: the cause is lost");
            }
        }
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_listed_is_exit_code_1() {
    for (fault, what) in [(Fault::ListDenied, "permission denied: 403"), (Fault::ListUnavailable, "connection reset")] {
        let root = format!("memory://exit-code-listing-{fault:?}").to_lowercase();
        let store = breakable_store(&root, fault);
        store.put(&"in/a.csv".into(), csv_bytes().into()).await.unwrap();
        store.activate();
        for location in ["in/", "in/*.csv", "in/a.csv"] {
            let (code, message) = failure(&declared(source(format!("{root}/{location}")), csv())).await;
            assert_eq!(code, 1, "{message}");
            assert!(message.contains(&format!("cannot read `{root}/{location}`: {what}")), "{message}");
        }
    }
}

#[tokio::test]
async fn files_that_change_on_disk_after_they_were_listed_are_exit_code_1() {
    for (name, format, bytes) in good_files() {
        let folder = tempdir().unwrap();
        let path = folder.path().join(name);
        let source = declared(source_at(&path), format);
        let removed = async || std::fs::remove_file(&path).unwrap();
        let cut = async || write(&path, &bytes[..bytes.len() / 2]);
        let longer = async || write(&path, [&bytes[..], b"\n\n"].concat());
        write(&path, &bytes);
        let gone = read(&source, removed).await.unwrap_err();
        write(&path, &bytes);
        let shorter = read(&source, cut).await.unwrap_err();
        write(&path, &bytes);
        let longer = read(&source, longer).await.unwrap_err();
        for (error, what) in [
            (gone, "it was removed after it was listed"),
            (shorter, "it was replaced while it was read"),
            (longer, "it was replaced while it was read"),
        ] {
            assert_eq!(error.exit_code(), 1, "{error}");
            assert!(error.to_string().contains(what) && error.to_string().contains(name), "{error}");
        }
    }
}

#[tokio::test]
async fn a_path_where_nothing_is_is_exit_code_2() {
    let folder = tempdir().unwrap();
    write(&folder.path().join("full/a.csv"), csv_bytes());
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let root = folder.path().to_str().unwrap();
    memory_store("memory://exit-code-2").put(&"in/a.csv".into(), "id,name\n".into()).await.unwrap();
    for location in [
        format!("{root}/none/"),
        format!("{root}/none/a.csv"),
        format!("{root}/none/*.csv"),
        format!("{root}/full/a.csv/"),
        format!("{root}/full/a.csv/b.csv"),
        "memory://exit-code-2/none/".into(),
        "memory://exit-code-2/none/a.csv".into(),
        "memory://exit-code-2/none/*.csv".into(),
        "memory://exit-code-2/in".into(),
        "memory://exit-code-2/in/**x.csv".into(),
        "memory://exit-code-2/in//a.csv".into(),
        "https://example.org/folder/".into(),
        "ftp://example.org/a.csv".into(),
        "s3://me:secret@bucket/a.csv".into(),
    ] {
        let error = rows(&declared(source(&location), csv())).await.unwrap_err();
        assert_eq!(error.exit_code(), 2, "{location}: {error}");
    }
}

#[tokio::test]
async fn a_file_that_is_missing_where_others_were_is_exit_code_4() {
    let folder = tempdir().unwrap();
    write(&folder.path().join("full/a.csv"), csv_bytes());
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    let root = folder.path().to_str().unwrap();
    memory_store("memory://exit-code-4").put(&"in/a.csv".into(), "id,name\n".into()).await.unwrap();
    for location in [
        format!("{root}/none.csv"),
        format!("{root}/empty/"),
        format!("{root}/full/*.json"),
        "memory://exit-code-4/in/none.csv".into(),
        "memory://exit-code-4/in/2026-*.csv".into(),
    ] {
        let late = declared(source(&location), csv());
        let error = rows(&late).await.unwrap_err();
        assert_eq!(error.exit_code(), 4, "{location}: {error}");
        assert!(error.to_string().contains("run again once it is there"), "{error}");
    }
    for location in [format!("{root}/gone/a.csv"), "memory://exit-code-4/gone/".into()] {
        let mut read = declared(source(&location), csv());
        read.was_read = true;
        assert_eq!(rows(&read).await.unwrap_err().exit_code(), 4, "{location}");
        let mut awaited = declared(source(&location), csv());
        awaited.wait = Some(std::time::Duration::from_secs(1));
        assert_eq!(rows(&awaited).await.unwrap_err().exit_code(), 4, "{location}");
    }
}

#[tokio::test]
async fn bad_data_is_exit_code_3() {
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let broken = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle - 200..middle].fill(0xAA);
        bytes
    };
    let other_columns = RecordBatch::try_from_iter([("x", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let mut parquet_of_others = ArrowWriter::try_new(Vec::new(), other_columns.schema(), None).unwrap();
    parquet_of_others.write(&other_columns).unwrap();
    let situations: Vec<(&str, &str, FileFormat, Vec<u8>)> = vec![
        ("an empty file", "a.csv", csv(), Vec::new()),
        ("an empty file", "a.parquet", FileFormat::Parquet, Vec::new()),
        ("cut short", "a.csv.gz", csv(), cut(gzipped(&csv_bytes()))),
        ("cut short", "a.csv", csv(), b"id,name\n1,\"ann".to_vec()),
        ("cut short", "a.jsonl", FileFormat::JsonLines, b"{\"id\":1,\"name\":\"a\"}\n{\"id\":2,".to_vec()),
        ("cut short", "a.arrow", FileFormat::Arrow, cut(arrow_bytes())),
        ("cut short", "a.parquet", FileFormat::Parquet, cut(parquet_bytes())),
        ("corrupt", "a.csv.gz", csv(), broken(gzipped(&csv_bytes()))),
        ("corrupt", "a.csv", csv(), b"id,name\n1,\0\n".to_vec()),
        ("corrupt", "a.csv", csv(), b"id,name\n1,caf\xE9\n".to_vec()),
        ("corrupt", "a.jsonl", FileFormat::JsonLines, b"{\"id\":1 \"name\"}\n".to_vec()),
        ("corrupt", "a.parquet", FileFormat::Parquet, broken(parquet_bytes())),
        ("another format", "a.csv", csv(), parquet_bytes()),
        ("another format", "a.jsonl", FileFormat::JsonLines, csv_bytes()),
        ("another format", "a.arrow", FileFormat::Arrow, csv_bytes()),
        ("another format", "a.parquet", FileFormat::Parquet, csv_bytes()),
        ("a column is missing", "a.csv", csv(), b"id\n1\n".to_vec()),
        ("a column is missing", "a.parquet", FileFormat::Parquet, parquet_of_others.into_inner().unwrap()),
        ("a value of another type", "a.csv", csv(), b"id,name\nx,ann\n".to_vec()),
        ("a value of another type", "a.jsonl", FileFormat::JsonLines, b"{\"id\":\"x\",\"name\":\"a\"}\n".to_vec()),
        ("a line of another length", "a.csv", csv(), b"id,name\n1\n".to_vec()),
    ];
    for (what, name, format, bytes) in situations {
        let folder = tempdir().unwrap();
        write(&folder.path().join(name), bytes);
        let error = rows(&declared(source_at(folder.path()), format)).await.unwrap_err();
        assert_eq!(error.exit_code(), 3, "{what}, {name}: {error}");
        assert!(error.to_string().contains(name), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_missing_value_in_a_required_column_is_exit_code_3() {
    let folder = tempdir().unwrap();
    write(&folder.path().join("a.csv"), "id,name\n,ann\n");
    write(&folder.path().join("a.jsonl"), "{\"name\":\"ann\"}\n");
    for (name, format) in [("a.csv", csv()), ("a.jsonl", FileFormat::JsonLines)] {
        let mut required = declared(source_at(&folder.path().join(name)), format);
        required.columns[0].required = true;
        assert_eq!(failure(&required).await.0, 3);
    }
}
