//! CSV and its relatives.

use tempfile::tempdir;

use super::*;
use crate::plan::source::FoundBy;

/// A declared table of one CSV text.
async fn read(text: impl AsRef<[u8]>, declared: &[(&str, DataType)], format: CsvFormat) -> Result<Vec<String>> {
    read_as("a.csv", text, columns(declared), format).await
}

async fn read_as(
    name: &str,
    text: impl AsRef<[u8]>,
    declared: Vec<SourceColumn>,
    format: CsvFormat,
) -> Result<Vec<String>> {
    let folder = tempdir().unwrap();
    let path = folder.path().join(name);
    write(&path, text);
    let mut texts = source_at(&path);
    texts.format = delimited(&format);
    texts.columns = declared;
    rows(&texts).await
}

async fn refused(text: impl AsRef<[u8]>, declared: &[(&str, DataType)]) -> String {
    let error = read(text, declared, CsvFormat::default()).await.unwrap_err();
    assert_eq!(error.exit_code(), 3, "{error}");
    error.to_string()
}

const BOTH: &[(&str, DataType)] = &[("id", DataType::Integer), ("name", DataType::String)];

#[tokio::test]
async fn columns_are_found_by_name_in_any_order() {
    let expected = ["1|ann", "2|bob"];
    for text in ["id,name\n1,ann\n2,bob\n", "name,other,id\nann,,1\nbob,x,2\n", "\u{feff}id,name\r\n1,ann\r\n2,bob"] {
        assert_eq!(read(text, BOTH, CsvFormat::default()).await.unwrap(), expected, "{text}");
    }
}

#[tokio::test]
async fn missing_renamed_and_doubled_headers_are_errors() {
    let message = refused("ID,name\n1,ann\n", BOTH).await;
    assert!(message.contains("column `id` is missing in `") && message.contains("did you mean `ID`?"), "{message}");
    assert!(refused("id,id,name\n1,2,ann\n", BOTH).await.contains("column `id` appears more than once"));
    assert_eq!(read("id,name,x,x\n1,ann,,\n", BOTH, CsvFormat::default()).await.unwrap(), ["1|ann"]);
}

#[tokio::test]
async fn ragged_lines_name_their_line() {
    let message = refused("id,name\n1,ann\n\n2,bob,x\n", BOTH).await;
    assert!(message.contains("a.csv` line 4 has 3 fields where the header has 2"), "{message}");
    assert!(refused("id,name\n1\n", BOTH).await.contains("line 2 has 1 field where"));
}

#[tokio::test]
async fn unclosed_and_broken_quotes_are_errors_not_missing_rows() {
    let message = refused("id,name\n1,ann\n2,\"bob\n3,cy\n", BOTH).await;
    assert!(message.contains("line 3 opens a quote that is never closed"), "{message}");
    let message = refused("id,name\n1,\"ann\n2,\"bob\"\n3,cy\n", BOTH).await;
    assert!(message.contains("line 2 opens a quoted field that is followed by text"), "{message}");
    let mut endless = "id,name\n1,\"".to_owned();
    endless.extend(std::iter::repeat_n("2,bob\n", 4_000_000));
    assert!(refused(endless, BOTH).await.contains("line 2 opens a quote that is never closed"));
}

#[tokio::test]
async fn lines_are_counted_truly_across_quoted_line_breaks() {
    for line_break in ["\n", "\r\n"] {
        let text = ["id,name", "1,\"a", "b", "c\"", "", "x,bob", ""].join(line_break);
        let message = refused(text, BOTH).await;
        assert!(message.contains("line 6, column `id`: `x` is not an integer"), "{message}");
    }
    let text = "id,name\n1,\"a\nb \"\"c\"\"\"\n";
    let folder = tempdir().unwrap();
    write(&folder.path().join("a.csv"), text);
    let mut texts = source_at(&folder.path().join("a.csv"));
    texts.format = csv();
    texts.columns = columns(BOTH);
    let batches = query(&texts, "select length(name) as n from t where name = 'a\nb \"c\"'", 1).await.unwrap();
    assert_eq!(lines(&batches), ["7"]);
}

#[tokio::test]
async fn values_are_typed_strictly() {
    let declared = &[
        ("i", DataType::Id),
        ("d", DataType::Decimal(6, 2)),
        ("f", DataType::Double),
        ("b", DataType::Boolean),
        ("on", DataType::Date),
        ("at", DataType::Timestamp),
    ][..];
    let text = "i,d,f,b,on,at\n007, 1.5,1e3,yes,2026-11-30,2026-11-30 10:00\n,,,,,\n";
    let expected = ["007|1.50|1000.0|true|2026-11-30|2026-11-30T10:00:00", "|||||"];
    let mut expected = expected.map(str::to_owned);
    expected.sort();
    assert_eq!(read(text, declared, CsvFormat::default()).await.unwrap(), expected);
    for (column, value) in
        [("d", "1.005"), ("d", "1,5"), ("f", "NaN"), ("b", "maybe"), ("on", "30.11.2026"), ("at", "now")]
    {
        let declared = [*declared.iter().find(|known| known.0 == column).unwrap()];
        let message = refused(format!("x,{column}\n1,\"{value}\"\n"), &declared).await;
        assert!(message.contains(&format!("line 2, column `{column}`: `{value}` is not ")), "{message}");
    }
}

#[tokio::test]
async fn times_with_a_zone_are_read_as_local_times_of_the_pipelines_zone() {
    let folder = tempdir().unwrap();
    let root = folder.path().join("since=2024-06-30T22%3A30%3A00Z");
    write(&root.join("a.csv"), "at\n2024-06-30T22:30:00Z\n2024-06-30T22:30:00\n");
    write(&root.join("a.jsonl"), "{\"at\":\"2024-06-30T22:30:00Z\"}\n{\"at\":\"2024-06-30T22:30:00\"}\n");
    for format in [csv(), FileFormat::JsonLines] {
        let mut texts = source_at(folder.path());
        texts.format = format;
        texts.columns = columns(&[("at", DataType::Timestamp)]);
        texts.partitions = vec![("since".into(), DataType::Timestamp)];
        texts.time_zone = Tz::Europe__Berlin;
        let expected = ["2024-06-30T22:30:00|2024-07-01T00:30:00", "2024-07-01T00:30:00|2024-07-01T00:30:00"];
        assert_eq!(rows(&texts).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn required_values_and_null_values_are_respected() {
    let mut declared = columns(&[("id", DataType::Integer)]);
    let format = CsvFormat { null_values: vec!["".into(), "NA".into()], ..CsvFormat::default() };
    let text = "id,x\n1,\n NA ,\n";
    assert_eq!(read_as("a.csv", text, declared.clone(), format.clone()).await.unwrap(), ["", "1"]);
    declared[0].required = true;
    let error = read_as("a.csv", text, declared, format).await.unwrap_err();
    assert!(error.to_string().contains("line 3, column `id`: a required value is missing"), "{error}");
}

#[tokio::test]
async fn columns_are_renamed_and_dates_read_as_declared() {
    let mut declared = columns(&[("score", DataType::Integer), ("day", DataType::Date)]);
    declared[0].found = FoundBy::Name(vec!["NETPRO  ".into()]);
    declared[1].formats = [TimeFormat::parse("%d.%m.%Y").unwrap()].into();
    let text = "day,NETPRO  \n30.11.2026,9\n";
    assert_eq!(read_as("a.csv", text, declared, CsvFormat::default()).await.unwrap(), ["9|2026-11-30"]);
}

#[tokio::test]
async fn compression_is_told_by_the_first_bytes() {
    let text = b"id,name\n1,ann\n";
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip.write_all(text).unwrap();
    let two_members = [gzipped(b"id,name\n"), gzipped(b"1,ann\n")].concat();
    let files = [
        ("a.csv.gz", two_members),
        ("a.csv.zst", zstd::encode_all(&text[..], 1).unwrap()),
        ("a.csv.bz2", bzip.finish().unwrap()),
    ];
    for (name, bytes) in files {
        let read = |bytes| read_as(name, bytes, columns(BOTH), CsvFormat::default());
        assert_eq!(read(bytes.clone()).await.unwrap(), ["1|ann"], "{name}");
        let cut = read(bytes[..bytes.len() - 6].to_vec()).await.unwrap_err();
        assert_eq!(cut.exit_code(), 3, "{name}");
        assert!(cut.to_string().contains(name), "{cut}");
        for other in ["a.csv", "a.csv.gz", "a.csv.zst"] {
            let read = read_as(other, bytes.clone(), columns(BOTH), CsvFormat::default()).await;
            assert_eq!(read.unwrap(), ["1|ann"], "the contents of {name} as {other}");
        }
        assert_eq!(read(text.to_vec()).await.unwrap(), ["1|ann"], "plain text as {name}");
    }
}

#[tokio::test]
async fn encodings_delimiters_and_missing_headers_are_settings() {
    let format = CsvFormat {
        delimiter: ";".into(),
        header: false,
        column_names: vec!["id".into(), "name".into()],
        quote: String::new(),
        encoding: "windows-1252".into(),
        ..CsvFormat::default()
    };
    assert_eq!(read(b"1;caf\xE9 \"x\n2;b\n", BOTH, format.clone()).await.unwrap(), ["1|café \"x", "2|b"]);
    let message = refused(b"id,name\n1,ann\n2,caf\xE9\n", BOTH).await;
    assert!(message.contains("line 3 has bytes that are not UTF-8"), "{message}");
    assert!(refused("id,name\n1,a\0b\n", BOTH).await.contains("line 2 has a NUL character"));
}

#[tokio::test]
async fn without_declared_columns_every_column_is_text_and_files_agree() {
    let folder = tempdir().unwrap();
    write(&folder.path().join("a.csv"), "x,y\n1,2\n");
    write(&folder.path().join("b.csv"), "y,x\n4,03\n");
    let mut texts = source_at(folder.path());
    texts.format = csv();
    assert_eq!(rows(&texts).await.unwrap(), ["03|4", "1|2"]);
    write(&folder.path().join("c.csv"), "x,z\n1,2\n");
    let (code, message) = failure(&texts).await;
    assert_eq!(code, 3);
    assert!(message.contains("column `z` is in `") && message.contains("c.csv"), "{message}");
    write(&folder.path().join("c.csv"), "x\n1\n");
    assert!(failure(&texts).await.1.contains("column `y` is missing in `"));
}

#[tokio::test]
async fn a_header_alone_is_an_empty_table_and_no_header_is_an_error() {
    assert!(read("id,name\n", BOTH, CsvFormat::default()).await.unwrap().is_empty());
    assert!(refused("\n\n", BOTH).await.contains("has no header line"));
    let empty = read_as("a.csv.gz", gzipped(b""), columns(BOTH), CsvFormat::default()).await.unwrap_err();
    assert!(empty.to_string().contains("has no header line"), "{empty}");
}

#[tokio::test]
async fn hive_folders_become_the_last_columns() {
    let folder = tempdir().unwrap();
    write(&folder.path().join("month=2026-10/shop=1/a.csv"), "id\n1\n");
    write(&folder.path().join("month=2026-11/shop=2/a.csv"), "id\n2\n");
    let mut texts = source_at(folder.path());
    texts.format = csv();
    texts.columns = columns(&[("id", DataType::Integer)]);
    texts.partitions = vec![("month".into(), DataType::String), ("shop".into(), DataType::Integer)];
    assert_eq!(rows(&texts).await.unwrap(), ["1|2026-10|1", "2|2026-11|2"]);
    assert_eq!(Some(open(&texts, &SessionContext::new()).await.unwrap().schema), declared_schema(&texts).unwrap());
    write(&folder.path().join("month=2026-12/a.csv"), "id\n3\n");
    assert!(failure(&texts).await.1.contains("is not below a folder `shop=…`"));
}

#[tokio::test]
async fn large_files_come_in_batches_and_an_early_end_is_fine() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.csv.gz");
    let mut text = "id,name\n".to_owned();
    for id in 0..300_000 {
        text.push_str(&format!("{id},\"name of {id}\"\n"));
    }
    write(&path, gzipped(text.as_bytes()));
    let mut texts = source_at(&path);
    texts.format = csv();
    texts.columns = columns(BOTH);
    let counted = query(&texts, "select count(*), sum(id), min(name) from t", 2).await.unwrap();
    assert_eq!(lines(&counted), ["300000|44999850000|name of 0"]);
    let SourceTable::Streams(mut streams) = open(&texts, &SessionContext::new()).await.unwrap().table else { panic!() };
    let first = streams.remove(0).try_next().await.unwrap().unwrap();
    assert_eq!(first.num_rows(), 8192);
}
