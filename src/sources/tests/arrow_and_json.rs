//! JSON lines and Arrow.

use arrow::array::{ArrayRef, Int32Array, StringArray};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use tempfile::tempdir;

use super::*;

async fn json(text: &str, declared: Vec<SourceColumn>) -> Result<Vec<String>> {
    let folder = tempdir().unwrap();
    write(&folder.path().join("a.jsonl"), text);
    let mut lines = source_at(folder.path());
    lines.format = FileFormat::JsonLines;
    lines.columns = declared;
    rows(&lines).await
}

#[tokio::test]
async fn declared_json_keys_are_typed_and_others_ignored() {
    let declared = columns(&[
        ("id", DataType::Id),
        ("amount", DataType::Decimal(38, 20)),
        ("score", DataType::Double),
        ("ok", DataType::Boolean),
        ("day", DataType::Date),
    ]);
    let text = r#"
{"id": 7, "amount": 1.00500000000000000001, "score": 3, "ok": true, "day": "2026-11-30", "nested": {"a": [1]}}
{"id": "x", "amount": "2.5", "day": null}
{"id": 8.0, "score": "4.5", "ok": "yes"}
{"id": "08", "ok": 0}
"#;
    let expected =
        ["08|||false|", "7|1.00500000000000000001|3.0|true|2026-11-30", "8||4.5|true|", "x|2.50000000000000000000|||"];
    assert_eq!(json(text, declared.clone()).await.unwrap(), expected);
    for (value, what) in [
        (r#"{"id": 1.5}"#, "line 1, column `id`: `1.5` is not text or a whole number"),
        (r#"{"score": "three"}"#, "is not a finite number"),
        (r#"{"score": true}"#, "is not double, it is"),
        (r#"{"ok": 2}"#, "is not one of true, false, t, f, yes, no, 1, 0"),
        (r#"{"day": "30.11.2026"}"#, "is not a date such as"),
        (r#"{"id": [1]}"#, "it is an object or a list"),
        ("\n{\"id\": 1} {}", "line 2 is not a JSON object"),
    ] {
        let error = json(value, declared.clone()).await.unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert!(error.to_string().contains(what), "{error}");
    }
    let mut required = columns(&[("id", DataType::Integer)]);
    required[0].required = true;
    let error = json("{\"id\":1}\n{}\n", required).await.unwrap_err();
    assert!(error.to_string().contains("line 2, column `id`: a required value is missing"), "{error}");
}

#[tokio::test]
async fn json_columns_are_inferred_from_the_first_thousand_lines() {
    let text = "{\"b\":1,\"a\":null}\n{\"a\":\"x\",\"b\":1.5,\"c\":true}\n";
    assert_eq!(json(text, vec![]).await.unwrap(), ["1.0||", "1.5|x|true"]);
    let mixed = json("{\"a\":1}\n{\"a\":\"x\"}\n", vec![]).await.unwrap_err();
    assert!(mixed.to_string().contains("line 2: key `a` is a string, in `"), "{mixed}");
    let mut long = "{\"a\":1}\n".repeat(1000);
    let late = |line: &str| json_text(&long, line);
    let error = json(&late("{\"a\":1,\"b\":2}\n"), vec![]).await.unwrap_err();
    assert!(error.to_string().contains("line 1001 has the key `b`"), "{error}");
    let error = json(&late("{\"a\":1.5}\n"), vec![]).await.unwrap_err();
    assert!(error.to_string().contains("line 1001, column `a`: `1.5` is not an integer"), "{error}");
    long.push_str("{\"a\":{}}");
    assert_eq!(json("{\"a\":{\"b\":[1]}}", vec![]).await.unwrap(), ["{b: [1]}"]);
}

fn json_text(before: &str, line: &str) -> String {
    format!("{before}{line}")
}

fn batch(ids: Vec<Option<i32>>) -> RecordBatch {
    let names: ArrayRef =
        Arc::new(StringArray::from(ids.iter().map(|id| id.map(|id| format!("n{id}"))).collect::<Vec<_>>()));
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(Int32Array::from(ids)) as ArrayRef, true),
        ("name", names, true),
    ])
    .unwrap()
}

fn ipc_file(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

fn ipc_stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    writer.into_inner().unwrap()
}

#[tokio::test]
async fn arrow_files_and_streams_are_read_and_cut_ones_refused() {
    let batches = [batch(vec![Some(1), None]), batch(vec![Some(2)])];
    for bytes in [ipc_file(&batches), ipc_stream(&batches)] {
        let folder = tempdir().unwrap();
        let path = folder.path().join("day=2026-11-30/a.arrow");
        write(&path, &bytes);
        let mut arrow = source_at(folder.path());
        arrow.format = FileFormat::Arrow;
        arrow.partitions = vec![("day".into(), DataType::Date)];
        assert_eq!(rows(&arrow).await.unwrap(), ["1|n1|2026-11-30", "2|n2|2026-11-30", "||2026-11-30"]);
        arrow.columns = columns(&[("id", DataType::Integer)]);
        assert_eq!(rows(&arrow).await.unwrap(), ["1|2026-11-30", "2|2026-11-30", "|2026-11-30"]);
        arrow.columns[0].required = true;
        assert!(failure(&arrow).await.1.contains("row 2, column `id`: a required value is missing"));
        arrow.columns = columns(&[("id", DataType::Date)]);
        assert!(failure(&arrow).await.1.contains("column `id` is integer in `"));
        arrow.columns.clear();
        for cut in 1..bytes.len() {
            write(&path, &bytes[..cut]);
            assert_eq!(failure(&arrow).await.0, 3, "cut at {cut} of {}", bytes.len());
        }
    }
}
