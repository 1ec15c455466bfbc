//! How the objects of an input are written: the settings of the pipeline file, judged, in the types that readers need.

use std::sync::Arc;

use chrono::format::{Item, StrftimeItems};
use encoding_rs::Encoding;

use crate::config::schema::{CsvFormat, Format};
use crate::error::{Place, Problem};

/// How the objects of an input are written.
#[derive(Clone, Debug)]
pub enum FileFormat {
    /// Apache Parquet.
    Parquet,
    /// CSV and its relatives.
    DelimitedText(TextFormat),
    /// One JSON object a line.
    JsonLines,
    /// Arrow IPC file or stream.
    Arrow,
}

/// How delimited text is written.
#[derive(Clone, Debug)]
pub struct TextFormat {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields; `None` when no field is quoted.
    pub quote: Option<u8>,
    /// Character encoding.
    pub encoding: &'static Encoding,
    /// Names of the columns in file order when the files have no header.
    pub column_names: Option<Arc<[String]>>,
    /// Texts that stand for no value.
    pub null_values: Arc<[String]>,
}

/// How dates and times are written in text.
#[derive(Clone, Debug)]
pub struct TimeFormat {
    /// The format in `strftime` terms, for messages.
    pub written: String,
    /// The format, parsed.
    pub items: Arc<[Item<'static>]>,
}

impl FileFormat {
    /// Judges the settings written at `place`.
    ///
    /// # Errors
    /// Every setting that is impossible.
    pub fn resolve(format: &Format, place: &Place) -> Result<Self, Vec<Problem>> {
        Ok(match format {
            Format::Parquet(_) => Self::Parquet,
            Format::Csv(csv) => Self::DelimitedText(TextFormat::resolve(csv, place)?),
            Format::JsonLines(_) => Self::JsonLines,
            Format::Arrow(_) => Self::Arrow,
        })
    }
}

impl TextFormat {
    /// Judges the settings written at `place`.
    ///
    /// # Errors
    /// Every setting that is impossible.
    pub fn resolve(csv: &CsvFormat, place: &Place) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |message: String, hint: &str| problems.push(Problem::new(message).at(place.clone()).hint(hint));
        let delimiter = one_ascii(&csv.delimiter);
        if delimiter.is_none() {
            wrong(
                format!("the delimiter `{}` is not one ASCII character", csv.delimiter.escape_debug()),
                "use one character such as `,` or `;`, or \"\\t\" for a tab",
            );
        }
        let quote = one_ascii(&csv.quote);
        if quote.is_none() && !csv.quote.is_empty() {
            wrong(
                format!("the quote `{}` is not one ASCII character", csv.quote.escape_debug()),
                "use one character, or an empty text when no field is quoted",
            );
        }
        let encoding = Encoding::for_label(csv.encoding.as_bytes());
        if encoding.is_none() {
            wrong(
                format!("unknown encoding `{}`", csv.encoding),
                "use a label such as `utf-8`, `windows-1252`, `gbk`, `shift_jis` or `utf-16le`",
            );
        }
        if csv.header && !csv.column_names.is_empty() {
            wrong(
                "`column_names` are for files without a header".to_owned(),
                "add `header: false`, or remove `column_names`",
            );
        }
        if !csv.header && csv.column_names.is_empty() {
            wrong(
                "files without a header need `column_names`".to_owned(),
                "list the names of the columns in file order under `column_names`",
            );
        }
        match (delimiter, encoding) {
            (Some(delimiter), Some(encoding)) if problems.is_empty() => Ok(Self {
                delimiter,
                quote,
                encoding,
                column_names: (!csv.header).then(|| csv.column_names.clone().into()),
                null_values: csv.null_values.clone().into(),
            }),
            _ => Err(problems),
        }
    }
}

impl TimeFormat {
    /// Parses a format in `strftime` terms; `None` when it is malformed.
    pub fn parse(written: &str) -> Option<Self> {
        let items = StrftimeItems::new(written).parse_to_owned().ok()?;
        Some(Self { written: written.to_owned(), items: items.into() })
    }
}

fn one_ascii(text: &str) -> Option<u8> {
    match *text.as_bytes() {
        [byte] if byte.is_ascii() => Some(byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(csv: CsvFormat) -> Result<TextFormat, Vec<String>> {
        let messages = |problems: Vec<Problem>| problems.into_iter().map(|problem| problem.message).collect();
        TextFormat::resolve(&csv, &Place::file("p.yml")).map_err(messages)
    }

    #[test]
    fn usual_settings_need_no_words() {
        let usual = resolved(CsvFormat::default()).unwrap();
        assert_eq!((usual.delimiter, usual.quote, usual.encoding.name()), (b',', Some(b'"'), "UTF-8"));
        assert!(usual.column_names.is_none());
        assert_eq!(*usual.null_values, [String::new()]);
    }

    #[test]
    fn every_impossible_setting_is_reported_at_once() {
        let csv = CsvFormat {
            delimiter: "||".into(),
            quote: "“".into(),
            encoding: "klingon".into(),
            header: false,
            ..CsvFormat::default()
        };
        assert_eq!(
            resolved(csv).unwrap_err(),
            [
                "the delimiter `||` is not one ASCII character",
                "the quote `“` is not one ASCII character",
                "unknown encoding `klingon`",
                "files without a header need `column_names`",
            ]
        );
        let named = CsvFormat { column_names: vec!["id".into()], ..CsvFormat::default() };
        assert_eq!(resolved(named).unwrap_err(), ["`column_names` are for files without a header"]);
    }

    #[test]
    fn a_malformed_time_format_is_none() {
        assert!(TimeFormat::parse("%d.%m.%Y").is_some());
        assert!(TimeFormat::parse("%Q").is_none());
    }
}
