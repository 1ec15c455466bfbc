//! How the objects of an input are written: the settings of the pipeline file, judged, in the types that readers need.

use std::sync::Arc;

use encoding_rs::Encoding;
use regex::Regex;

use super::month_names::MonthNames;
use crate::config::scalar::Scalar;
use crate::config::sources::{CsvFormat, DropRule, ExcelFormat, Format};
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
    /// A JSON document; the keys that lead to its list of objects.
    Json(Vec<String>),
    /// A sheet of an Excel workbook.
    Excel(SheetFormat),
    /// Arrow IPC file or stream.
    Arrow,
}

/// How delimited text is written.
#[derive(Clone, Debug)]
pub struct TextFormat {
    /// Between fields, in UTF-8.
    pub delimiter: Arc<[u8]>,
    /// Around fields; `None` when no field is quoted.
    pub quote: Option<u8>,
    /// Makes the next character plain text; `None` when quotes are doubled.
    pub escape: Option<u8>,
    /// Lines that start with it are skipped.
    pub comment: Option<u8>,
    /// Whether every row ends in a delimiter.
    pub has_trailing_delimiter: bool,
    /// Character encoding, unless a byte order mark says otherwise.
    pub encoding: &'static Encoding,
    /// Names of the columns in file order when the files have no header.
    pub column_names: Option<Arc<[String]>>,
    /// Which lines are rows.
    pub layout: Layout,
    /// How values are written.
    pub values: TextValues,
}

/// A sheet of a workbook and how it is laid out.
#[derive(Clone, Debug)]
pub struct SheetFormat {
    /// Which sheet.
    pub sheet: Sheet,
    /// Which rows of the sheet are rows of the table.
    pub layout: Layout,
    /// How values are written that are text in the sheet.
    pub values: TextValues,
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// By its name.
    Named(String),
    /// By its position, from 0.
    At(usize),
    /// The first visible one.
    First,
    /// Every visible sheet whose header has one of the declared columns.
    All,
}

/// Which lines of a file are rows of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Lines above the header.
    pub skip_lines: u64,
    /// Lines of the header; the first names the columns.
    pub header_rows: u64,
    /// Rows at the end that are none.
    pub skip_last: usize,
}

/// How values are written in text.
#[derive(Clone, Debug, Default)]
pub struct TextValues {
    /// Texts that stand for no value.
    pub null_values: Arc<[String]>,
    /// How numbers are written.
    pub numbers: NumberStyle,
    /// Texts of `true` in lower case; empty for the usual ones.
    pub true_values: Arc<[String]>,
    /// Texts of `false` in lower case; empty for the usual ones.
    pub false_values: Arc<[String]>,
    /// Names of months in dates, when they are not English.
    pub month_names: Option<&'static MonthNames>,
}

/// How numbers are written in text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberStyle {
    /// Before the fraction.
    pub decimal_separator: char,
    /// Between groups of three digits.
    pub thousands_separator: Option<char>,
    /// Texts around numbers that are no part of them.
    pub strip: Arc<[String]>,
    /// Whether parentheses around a number make it negative.
    pub has_parentheses: bool,
    /// Whether a minus may follow a number.
    pub has_trailing_minus: bool,
}

impl Default for NumberStyle {
    fn default() -> Self {
        Self {
            decimal_separator: '.',
            thousands_separator: None,
            strip: Arc::default(),
            has_parentheses: false,
            has_trailing_minus: false,
        }
    }
}

/// Rows that are left out, by the text of one column.
#[derive(Clone, Debug)]
pub struct DropPlan {
    /// Name of the column in the file.
    pub column: String,
    /// Texts, without blanks around them.
    pub texts: Vec<String>,
    /// Pattern of the text.
    pub pattern: Option<Regex>,
}

impl DropPlan {
    /// Judges what is written at `place`.
    ///
    /// # Errors
    /// The pattern is malformed, or the rule says nothing.
    pub fn resolve(rule: &DropRule, place: &Place) -> Result<Self, Problem> {
        if rule.is.is_empty() == rule.matches.is_none() {
            return Err(Problem::new(format!(
                "`drop_where` of the column `{}` needs `is` or `matches`",
                rule.column.value
            ))
            .at(place.clone())
            .hint("write `{column: Date, is: [Total]}` or `{column: Date, matches: \"^Total\"}`"));
        }
        let pattern = rule.matches.as_ref().map(|pattern| parse_pattern(pattern, place)).transpose()?;
        Ok(Self { column: rule.column.value.clone(), texts: rule.is.clone(), pattern })
    }

    /// Whether a row with this text in the column is left out.
    pub fn drops(&self, text: &str) -> bool {
        let text = text.trim();
        self.texts.iter().any(|dropped| dropped == text)
            || self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
    }
}

/// What to do about a regular expression that exceeds the limit of the `regex` crate.
pub const LARGE_PATTERN_HINT: &str = "once compiled, it may have at most 10 MiB: let it repeat less";

/// A regular expression that is written at `place`.
///
/// # Errors
/// It is malformed or too large.
pub fn parse_pattern(pattern: &str, place: &Place) -> Result<Regex, Problem> {
    Regex::new(pattern).map_err(|error| {
        let (message, hint) = match error {
            regex::Error::CompiledTooBig(_) => (format!("`{pattern}` is too large"), LARGE_PATTERN_HINT.to_owned()),
            error => {
                let reason = error.to_string().lines().last().unwrap_or_default().to_owned();
                (format!("`{pattern}` is not a regular expression"), reason)
            }
        };
        Problem::new(message).at(place.clone()).hint(hint)
    })
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
            Format::Json(json) => {
                Self::Json(json.records.iter().flat_map(|path| path.split('.')).map(str::to_owned).collect())
            }
            Format::Excel(excel) => Self::Excel(SheetFormat::resolve(excel, place)?),
            Format::Arrow(_) => Self::Arrow,
        })
    }

    /// Whether files have rows of text, whose fields `drop_where` can look at.
    pub fn has_text_fields(&self) -> bool {
        !matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Whether files have lines of text, by which rows are found.
    pub fn has_lines(&self) -> bool {
        matches!(self, Self::DelimitedText(_) | Self::JsonLines | Self::Json(_))
    }

    /// Whether columns have positions rather than names alone.
    pub fn has_positions(&self) -> bool {
        matches!(self, Self::DelimitedText(_) | Self::Excel(_))
    }

    /// How values are written in text; as usual where the format has no such settings.
    pub fn text_values(&self) -> TextValues {
        match self {
            Self::DelimitedText(text) => text.values.clone(),
            Self::Excel(sheet) => sheet.values.clone(),
            Self::Parquet | Self::JsonLines | Self::Json(_) | Self::Arrow => TextValues::default(),
        }
    }
}

/// Problems with the settings of one format.
struct Judge<'a> {
    place: &'a Place,
    problems: Vec<Problem>,
}

impl Judge<'_> {
    fn wrong(&mut self, message: String, hint: &str) {
        self.problems.push(Problem::new(message).at(self.place.clone()).hint(hint));
    }

    /// An optional character that must be ASCII.
    fn ascii(&mut self, written: &str, setting: &str, hint: &str) -> Option<u8> {
        match *written.as_bytes() {
            [] => None,
            [byte] if byte.is_ascii() => Some(byte),
            _ => {
                self.wrong(format!("the {setting} `{}` is not one ASCII character", written.escape_debug()), hint);
                None
            }
        }
    }

    /// A setting of one character.
    fn character(&mut self, written: &str, setting: &str) -> Option<char> {
        let mut characters = written.chars();
        match (characters.next(), characters.next()) {
            (first, None) => first.filter(|character| !character.is_ascii_digit()),
            _ => {
                self.wrong(
                    format!("the {setting} `{}` is not one character", written.escape_debug()),
                    "use one character such as `,` or `.`",
                );
                None
            }
        }
    }

    fn numbers(&mut self, decimal: &str, thousands: &str, strip: &[String]) -> NumberStyle {
        let before = self.problems.len();
        let decimal_separator = self.character(decimal, "decimal separator");
        let thousands_separator = self.character(thousands, "thousands separator");
        if decimal_separator.is_none() && self.problems.len() == before {
            self.wrong("the decimal separator is empty or a digit".to_owned(), "use `.` or `,`");
        }
        if decimal_separator.is_some() && decimal_separator == thousands_separator {
            self.wrong(
                format!("`{decimal}` separates decimals and thousands"),
                "set `decimal_separator` and `thousands_separator` to different characters",
            );
        }
        let is_sign = |text: &&String| !matches!(text.as_str(), "()" | "-" | "");
        NumberStyle {
            decimal_separator: decimal_separator.unwrap_or('.'),
            thousands_separator,
            strip: strip.iter().filter(is_sign).cloned().collect(),
            has_parentheses: strip.iter().any(|text| text == "()"),
            has_trailing_minus: strip.iter().any(|text| text == "-"),
        }
    }

    fn skip_last(&mut self, written: u64) -> usize {
        let most = 10_000;
        match usize::try_from(written) {
            Ok(rows) if rows <= most => rows,
            _ => {
                self.wrong(format!("`skip_last: {written}` is too large"), "use 10000 at most");
                0
            }
        }
    }

    fn done<T>(self, format: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() { Ok(format) } else { Err(self.problems) }
    }
}

impl TextFormat {
    /// Judges the settings written at `place`.
    ///
    /// # Errors
    /// Every setting that is impossible.
    pub fn resolve(csv: &CsvFormat, place: &Place) -> Result<Self, Vec<Problem>> {
        let mut judge = Judge { place, problems: Vec::new() };
        if csv.delimiter.is_empty() || csv.delimiter.contains(['\n', '\r']) || !csv.delimiter.is_ascii() {
            judge.wrong(
                format!("the delimiter `{}` is not of ASCII characters", csv.delimiter.escape_debug()),
                "use a character such as `,` or `;`, or \"\\t\" for a tab",
            );
        }
        let quote = judge.ascii(&csv.quote, "quote", "use one character, or an empty text when no field is quoted");
        let escape = judge.ascii(&csv.escape, "escape", "use one character such as `\\`, or leave it out");
        let comment = judge.ascii(&csv.comment, "comment", "use one character such as `#`, or leave it out");
        if escape.is_some() && escape == quote {
            judge.wrong(
                "`escape` is the quote itself".to_owned(),
                "leave `escape` out: a quote inside a quoted field is written twice",
            );
        }
        for (setting, byte) in [("quote", quote), ("escape", escape), ("comment", comment)] {
            if byte.is_some() && byte == csv.delimiter.bytes().next() {
                judge.wrong(format!("`{setting}` is the delimiter"), "use different characters");
            }
        }
        let encoding = Encoding::for_label(csv.encoding.as_bytes());
        if encoding.is_none() {
            judge.wrong(
                format!("unknown encoding `{}`", csv.encoding),
                "use a label such as `utf-8`, `windows-1252`, `gb18030`, `shift_jis` or `utf-16le`",
            );
        }
        if csv.header && !csv.column_names.is_empty() {
            judge.wrong(
                "`column_names` are for files without a header".to_owned(),
                "add `header: false`, or remove `column_names`",
            );
        }
        if !csv.header && csv.column_names.is_empty() {
            judge.wrong(
                "files without a header need `column_names`".to_owned(),
                "list the names of the columns in file order under `column_names`",
            );
        }
        if csv.header && csv.header_rows == 0 {
            judge.wrong("`header_rows: 0` with a header".to_owned(), "add `header: false` when there is none");
        }
        let numbers = judge.numbers(&csv.decimal_separator, &csv.thousands_separator, &csv.strip);
        if csv.true_values.is_empty() != csv.false_values.is_empty() {
            judge.wrong(
                "`true_values` and `false_values` go together".to_owned(),
                "list the texts of both, such as `true_values: [ja], false_values: [nein]`",
            );
        }
        let month_names = csv.month_names.as_deref().and_then(|language| {
            let names = MonthNames::of(language);
            if names.is_none() {
                judge.wrong(
                    format!("month names of the language `{language}` are unknown"),
                    &format!("use one of {}", MonthNames::languages()),
                );
            }
            names
        });
        let skip_last = judge.skip_last(csv.skip_last);
        let lower_case = |texts: &[String]| texts.iter().map(|text| text.to_lowercase()).collect();
        let format = Self {
            delimiter: csv.delimiter.as_bytes().into(),
            quote,
            escape,
            comment,
            has_trailing_delimiter: csv.trailing_delimiter,
            encoding: encoding.unwrap_or(encoding_rs::UTF_8),
            column_names: (!csv.header).then(|| csv.column_names.clone().into()),
            layout: Layout {
                skip_lines: csv.skip_lines,
                header_rows: if csv.header { csv.header_rows } else { 0 },
                skip_last,
            },
            values: TextValues {
                null_values: csv.null_values.clone().into(),
                numbers,
                true_values: lower_case(&csv.true_values),
                false_values: lower_case(&csv.false_values),
                month_names,
            },
        };
        judge.done(format)
    }
}

impl SheetFormat {
    /// Judges the settings written at `place`.
    ///
    /// # Errors
    /// Every setting that is impossible.
    pub fn resolve(excel: &ExcelFormat, place: &Place) -> Result<Self, Vec<Problem>> {
        let mut judge = Judge { place, problems: Vec::new() };
        let sheet = match &excel.sheet {
            None if excel.all_sheets => Sheet::All,
            None => Sheet::First,
            Some(_) if excel.all_sheets => {
                judge.wrong("`sheet` names one sheet, and `all_sheets` reads all".to_owned(), "leave one of them out");
                Sheet::All
            }
            Some(Scalar::Text(name)) => Sheet::Named(name.clone()),
            Some(Scalar::Integer(number)) if *number >= 1 => {
                Sheet::At(usize::try_from(*number - 1).unwrap_or_default())
            }
            Some(other) => {
                judge.wrong(format!("`{other}` is not a sheet"), "write its name, or its number from 1");
                Sheet::At(0)
            }
        };
        if excel.header_rows == 0 {
            judge.wrong("a sheet needs a header".to_owned(), "set `header_rows` to 1 or more");
        }
        let numbers = judge.numbers(&excel.decimal_separator, &excel.thousands_separator, &excel.strip);
        let skip_last = judge.skip_last(excel.skip_last);
        let format = Self {
            sheet,
            layout: Layout { skip_lines: excel.skip_lines, header_rows: excel.header_rows, skip_last },
            values: TextValues { null_values: excel.null_values.clone().into(), numbers, ..TextValues::default() },
        };
        judge.done(format)
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
        assert_eq!((&*usual.delimiter, usual.quote, usual.encoding.name()), (&b","[..], Some(b'"'), "UTF-8"));
        assert!(usual.column_names.is_none());
        assert_eq!(usual.layout, Layout { skip_lines: 0, header_rows: 1, skip_last: 0 });
        assert_eq!(*usual.values.null_values, [String::new()]);
        assert_eq!(usual.values.numbers, NumberStyle::default());
    }

    #[test]
    fn every_impossible_setting_is_reported_at_once() {
        let csv = CsvFormat {
            delimiter: "\n".into(),
            quote: "“".into(),
            encoding: "klingon".into(),
            header: false,
            decimal_separator: ",".into(),
            thousands_separator: ",".into(),
            true_values: vec!["ja".into()],
            month_names: Some("tlh".into()),
            ..CsvFormat::default()
        };
        assert_eq!(
            resolved(csv).unwrap_err(),
            [
                "the delimiter `\\n` is not of ASCII characters",
                "the quote `“` is not one ASCII character",
                "unknown encoding `klingon`",
                "files without a header need `column_names`",
                "`,` separates decimals and thousands",
                "`true_values` and `false_values` go together",
                "month names of the language `tlh` are unknown",
            ]
        );
        let named = CsvFormat { column_names: vec!["id".into()], ..CsvFormat::default() };
        assert_eq!(resolved(named).unwrap_err(), ["`column_names` are for files without a header"]);
        let escaped = CsvFormat { escape: "\"".into(), ..CsvFormat::default() };
        assert_eq!(resolved(escaped).unwrap_err(), ["`escape` is the quote itself"]);
    }

    #[test]
    fn signs_of_negative_numbers_are_told_apart_from_texts_to_strip() {
        let csv = CsvFormat { strip: vec!["€".into(), "()".into(), "-".into()], ..CsvFormat::default() };
        let numbers = resolved(csv).unwrap().values.numbers;
        assert_eq!((numbers.has_parentheses, numbers.has_trailing_minus), (true, true));
        assert_eq!(*numbers.strip, ["€".to_owned()]);
    }
}
