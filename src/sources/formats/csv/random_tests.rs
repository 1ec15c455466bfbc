//! Random and mutated text through the record reader.

use std::io::Read;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::*;
use crate::config::sources::CsvFormat;
use crate::error::Place;

/// What a reader makes of bytes: fields of records, or the lines of broken ones.
fn read(bytes: &[u8], settings: &CsvFormat, chunk_bytes: usize) -> Result<Vec<Result<Vec<String>, u64>>> {
    let format = TextFormat::resolve(settings, &Place::file("p.yml")).unwrap();
    let name: Arc<str> = "a.csv".into();
    let mut source = std::io::BufReader::with_capacity(chunk_bytes, bytes);
    let text = Guarded::foreign(Utf8Reader::new(&mut source, format.encoding, &name), &name);
    let dialect = Dialect::of(&format);
    let mut records = Records::new(text, &name, dialect.clone());
    let mut found = Vec::new();
    loop {
        match records.next()? {
            Next::Record(_, text) => {
                let mut fields = Vec::new();
                dialect.fields(&text, &mut fields);
                found.push(Ok(fields.into_iter().map(Cow::into_owned).collect()));
            }
            Next::Broken(broken) => found.push(Err(broken.line)),
            Next::End => return Ok(found),
        }
    }
}

/// Fields with all that is special in delimited text.
fn field() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![
            Just('"'),
            Just(','),
            Just('\n'),
            Just('\r'),
            Just('é'),
            Just('顾'),
            Just('a'),
            Just(' '),
            Just('\\')
        ],
        0..6,
    )
    .prop_map(|characters| characters.into_iter().collect())
}

fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    (2..4_usize).prop_flat_map(|width| proptest::collection::vec(proptest::collection::vec(field(), width), 0..5))
}

/// The rows as another implementation writes them.
fn written(rows: &[Vec<String>], style: csv::QuoteStyle) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

/// Files of the cases, which are real exports.
static REAL_FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let paths = glob::glob(&root.join("**/*.csv").to_string_lossy()).unwrap();
    let start = |path: std::path::PathBuf| {
        let mut bytes = Vec::new();
        std::fs::File::open(path).unwrap().take(400).read_to_end(&mut bytes).unwrap();
        bytes
    };
    paths.map(|path| start(path.unwrap())).collect()
});

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_another_program_writes_is_read_as_it_was_meant(rows in rows(), chunk_bytes in 1..40_usize, always in any::<bool>()) {
        let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let found = read(&written(&rows, style), &CsvFormat::default(), chunk_bytes).unwrap();
        let found: Vec<Vec<String>> = found.into_iter().map(Result::unwrap).collect();
        prop_assert_eq!(found, rows);
    }

    #[test]
    fn any_bytes_are_read_to_their_end(bytes in proptest::collection::vec(any::<u8>(), 0..80), chunk_bytes in 1..40_usize) {
        let escaped = CsvFormat { escape: "\\".into(), delimiter: "||".into(), ..CsvFormat::default() };
        for settings in [&CsvFormat::default(), &escaped] {
            let whole = read(&bytes, settings, 1024).unwrap();
            // How the bytes arrive makes no difference.
            prop_assert_eq!(&read(&bytes, settings, chunk_bytes).unwrap(), &whole);
        }
    }

    #[test]
    fn a_changed_byte_of_a_real_file_costs_its_neighbourhood_only(
        file in any::<proptest::sample::Index>(), place in any::<proptest::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = file.get(&REAL_FILES).clone();
        let records = read(&bytes, &CsvFormat::default(), 64).unwrap().len();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        let changed = read(&bytes, &CsvFormat::default(), 64).unwrap();
        // At most: a record is split in two, or lines that a quote had joined come apart.
        let line_breaks = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        prop_assert!(changed.len() <= line_breaks + 1 && changed.len() + line_breaks + 2 > records);
    }
}
