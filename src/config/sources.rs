//! Inputs as the pipeline file declares them: where the files are, how they are written, and what their rows must be.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::data_type::DataType;
use super::located::Located;
use super::one_or_many::OneOrMany;
use super::scalar::Scalar;

/// One input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceDefinition {
    /// File, folder ending in `/`, or glob; a path relative to the pipeline file, a URL, or `store/path`.
    pub location: Located<String>,
    /// How the objects are written.
    pub format: Located<Format>,
    /// Hive-style partition columns in folder order, `name=value` each.
    #[serde(default)]
    pub partitions: IndexMap<Located<String>, DataType>,
    /// The declared columns. With them only these are read, their types are checked, and queries are checked without data.
    #[serde(default)]
    pub columns: IndexMap<Located<String>, ColumnDefinition>,
    /// A location without objects gives an empty table instead of an error; needs `columns`.
    #[serde(default)]
    pub optional: bool,
    /// How long a run waits for a location without objects, such as `2h` or `90m`. Without it, the run ends with exit code 4
    /// when an earlier run read the source or its folder exists, and otherwise with 2.
    #[serde(default)]
    pub wait: Option<Located<String>>,
    /// Columns whose values together appear in one row only. Rows in which one of them is missing are not compared.
    #[serde(default)]
    pub unique: Vec<Located<String>>,
    /// What happens to a row whose `unique` values an earlier row has.
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
    /// How many rows may break the contract. They are kept apart with the reason; when there are more, the run stops.
    /// Without it no row may.
    #[serde(default)]
    pub rejects: Option<RejectLimits>,
    /// Rows that are no data, such as totals; they are left out and counted. For CSV, JSON and Excel.
    #[serde(default)]
    pub drop_where: Vec<DropRule>,
    /// Turns columns into rows: one row for each of them, with its name and its value.
    #[serde(default)]
    pub unpivot: Option<UnpivotDefinition>,
    /// What happens when the files have no rows.
    #[serde(default)]
    pub on_empty: OnEmpty,
    /// How old the data may be.
    #[serde(default)]
    pub freshness: Option<FreshnessDefinition>,
}

impl SourceDefinition {
    /// A source of a location and a format, with everything else as usual.
    pub fn at(location: &str, format: Format) -> Self {
        Self {
            location: Located::unwritten(location.into()),
            format: Located::unwritten(format),
            partitions: IndexMap::new(),
            columns: IndexMap::new(),
            optional: false,
            wait: None,
            unique: Vec::new(),
            on_duplicate: OnDuplicate::default(),
            rejects: None,
            drop_where: Vec::new(),
            unpivot: None,
            on_empty: OnEmpty::default(),
            freshness: None,
        }
    }
}

/// What happens to a row whose `unique` values an earlier row has. Rows come in the order of the files' paths and of the rows
/// within a file.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum OnDuplicate {
    /// The later row breaks the contract: it is rejected, or stops the run.
    #[default]
    Reject,
    /// The first row is kept; the others are left out and counted.
    KeepFirst,
    /// The last row is kept; the others are left out and counted.
    KeepLast,
}

/// What happens when a source has no rows.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum OnEmpty {
    /// Nothing.
    #[default]
    Allow,
    /// The summary says so.
    Warn,
    /// The run stops with exit code 3.
    Stop,
}

/// How many rows of a source may break its contract; the run stops when there are more than either limit.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RejectLimits {
    /// Largest share of the rows that are read, 0 to 1.
    #[serde(default)]
    pub max_share: Option<Located<f64>>,
    /// Largest number of rows.
    #[serde(default)]
    pub max_rows: Option<u64>,
}

/// Rows that are left out. One of `is` and `matches` is given.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropRule {
    /// Column of the file, by its name there.
    pub column: Located<String>,
    /// Texts of the column, blanks around them ignored; an empty text stands for a missing value.
    #[serde(default)]
    pub is: Vec<String>,
    /// Regular expression that the text of the column matches.
    #[serde(default)]
    pub matches: Option<Located<String>>,
}

/// Columns to turn into rows, as of a survey export with one column for each question.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnpivotDefinition {
    /// The columns, declared with one type; they are replaced by the two below.
    pub columns: Vec<Located<String>>,
    /// Name of the new column that has their names.
    pub name: Located<String>,
    /// Name of the new column that has their values.
    pub value: Located<String>,
    /// Leave out the rows without a value.
    #[serde(default)]
    pub drop_missing: bool,
}

/// How old the data of a source may be when the run starts. Durations are written such as `26h`, `90m` or `2d`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreshnessDefinition {
    /// Column with the time of each row; the latest one counts. Without it the latest change of a file counts.
    #[serde(default)]
    pub column: Option<Located<String>>,
    /// Age from which the summary warns.
    #[serde(default)]
    pub warn_after: Option<Located<String>>,
    /// Age from which the run stops with exit code 3.
    #[serde(default)]
    pub stop_after: Option<Located<String>>,
}

/// File format of a source. Compression (gzip, zstd, bzip2, zip) is told by the first bytes of an object.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Apache Parquet.
    Parquet(ParquetFormat),
    /// Delimited text, read strictly: no type guessing; ragged lines and unclosed quotes break the contract.
    Csv(CsvFormat),
    /// One JSON object a line.
    JsonLines(JsonLinesFormat),
    /// A JSON document with a list of objects.
    Json(JsonFormat),
    /// A sheet of an Excel workbook, `.xlsx`.
    Excel(ExcelFormat),
    /// Arrow IPC file or stream.
    Arrow(ArrowFormat),
}

/// Parquet has no settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ParquetFormat {}

/// Settings of delimited text.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct CsvFormat {
    /// Text between fields, most often one character.
    pub delimiter: String,
    /// Whether the first line names the columns.
    pub header: bool,
    /// Lines of the header; the first of them names the columns, the others are skipped.
    pub header_rows: u64,
    /// Lines above the header, or above the first row, that are skipped; blank ones count.
    pub skip_lines: u64,
    /// Records at the end that are no rows, such as totals; blank lines do not count.
    pub skip_last: u64,
    /// Column names in file order, for files without a header.
    pub column_names: Vec<String>,
    /// One ASCII character around fields; empty for none.
    pub quote: String,
    /// One ASCII character that makes the next one plain text, such as a backslash; empty when quotes are doubled.
    pub escape: String,
    /// One ASCII character; lines that start with it are skipped. Empty for none.
    pub comment: String,
    /// Whether every row ends in a delimiter.
    pub trailing_delimiter: bool,
    /// Character encoding by its WHATWG label, such as `utf-8`, `windows-1252` or `gb18030`. A byte order mark decides instead.
    pub encoding: String,
    /// Texts that stand for no value.
    pub null_values: Vec<String>,
    /// Between the whole part and the fraction of a number.
    pub decimal_separator: String,
    /// Between groups of three digits; empty for none.
    pub thousands_separator: String,
    /// Texts around numbers that are no part of them, such as `€`, `EUR` or `%`.
    pub strip: Vec<String>,
    /// Texts of a boolean that is true, case ignored; with `false_values` in place of `true`, `t`, `yes`, `1`.
    pub true_values: Vec<String>,
    /// Texts of a boolean that is false, case ignored.
    pub false_values: Vec<String>,
    /// Language of month names in dates, such as `de`; `en` when left out.
    pub month_names: Option<String>,
}

impl Default for CsvFormat {
    fn default() -> Self {
        Self {
            delimiter: ",".into(),
            header: true,
            header_rows: 1,
            skip_lines: 0,
            skip_last: 0,
            column_names: Vec::new(),
            quote: "\"".into(),
            escape: String::new(),
            comment: String::new(),
            trailing_delimiter: false,
            encoding: "utf-8".into(),
            null_values: vec![String::new()],
            decimal_separator: ".".into(),
            thousands_separator: String::new(),
            strip: Vec::new(),
            true_values: Vec::new(),
            false_values: Vec::new(),
            month_names: None,
        }
    }
}

/// JSON lines have no settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct JsonLinesFormat {}

/// Settings of JSON documents.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct JsonFormat {
    /// Key of the list of objects, with points between levels, such as `data.orders`; without it the document is the list.
    pub records: Option<String>,
}

/// Settings of Excel workbooks.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct ExcelFormat {
    /// The sheet by its name or its number from 1; the first visible one when left out.
    pub sheet: Option<Scalar>,
    /// In place of `sheet`: read every visible sheet whose header has one of the declared columns, one after another.
    pub all_sheets: bool,
    /// Rows of the header; the first of them names the columns, the others are skipped.
    pub header_rows: u64,
    /// Rows above the header that are skipped; blank ones count.
    pub skip_lines: u64,
    /// Rows at the end that are no data, such as totals; blank ones do not count.
    pub skip_last: u64,
    /// Texts that stand for no value.
    pub null_values: Vec<String>,
    /// Between the whole part and the fraction of a number that is written as text.
    pub decimal_separator: String,
    /// Between groups of three digits of a number that is written as text; empty for none.
    pub thousands_separator: String,
    /// Texts around numbers that are no part of them, such as `€`, `EUR` or `%`.
    pub strip: Vec<String>,
}

impl Default for ExcelFormat {
    fn default() -> Self {
        Self {
            sheet: None,
            all_sheets: false,
            header_rows: 1,
            skip_lines: 0,
            skip_last: 0,
            null_values: vec![String::new()],
            decimal_separator: ".".into(),
            thousands_separator: String::new(),
            strip: Vec::new(),
        }
    }
}

/// Arrow IPC has no settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct ArrowFormat {}

/// A declared column of a source. A row whose value is not of the type, or breaks one of the rules, breaks the contract.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnDefinition {
    /// Type of the column.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// A value must be there.
    #[serde(default)]
    pub required: bool,
    /// Name in the file, when it differs; several names when files differ, the first one that a file has counts.
    #[serde(default)]
    pub from: Option<OneOrMany>,
    /// Position in the file, from 1, in place of a name: for names that are empty or appear twice. For CSV and Excel.
    #[serde(default)]
    pub position: Option<Located<usize>>,
    /// What the column says about the file and row that a row came from; it is not in the file.
    #[serde(default)]
    pub metadata: Option<Metadata>,
    /// Whether files may lack the column; its values are missing there.
    #[serde(default)]
    pub may_be_missing: bool,
    /// How dates and timestamps are written in text: in `strftime` terms, such as `%d.%m.%Y`, or `epoch_seconds`,
    /// `epoch_millis`, `epoch_micros`. Several formats are tried in turn.
    #[serde(default)]
    pub format: Option<OneOrMany>,
    /// Texts that stand for no value in this column, in place of the file's `null_values`.
    #[serde(default)]
    pub null_values: Option<Vec<String>>,
    /// Smallest value that is accepted.
    #[serde(default)]
    pub min: Option<Located<Scalar>>,
    /// Largest value that is accepted.
    #[serde(default)]
    pub max: Option<Located<Scalar>>,
    /// The only values that are accepted.
    #[serde(default)]
    pub values: Vec<Located<Scalar>>,
    /// Regular expression that a text matches as a whole.
    #[serde(default)]
    pub pattern: Option<Located<String>>,
    /// Drop digits of a second beyond microseconds; without it they break the contract.
    #[serde(default)]
    pub truncate: bool,
    /// First of the hundred years that two digits (`%y`) stand for; 1970 when left out, so that 69 is 2069.
    #[serde(default)]
    pub two_digit_years_from: Option<Located<i32>>,
    /// Personal: the value is never shown, and hashed in the table of rejected rows.
    #[serde(default)]
    pub sensitive: bool,
    /// Unit of the values.
    #[serde(default)]
    pub unit: Option<String>,
    /// What the column means.
    #[serde(default)]
    pub description: String,
}

impl ColumnDefinition {
    /// A column of a type, without rules.
    pub fn of(data_type: DataType) -> Self {
        Self {
            data_type,
            required: false,
            from: None,
            position: None,
            metadata: None,
            may_be_missing: false,
            format: None,
            null_values: None,
            min: None,
            max: None,
            values: Vec::new(),
            pattern: None,
            truncate: false,
            two_digit_years_from: None,
            sensitive: false,
            unit: None,
            description: String::new(),
        }
    }
}

/// What a column may say about the file and row that a row came from.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Metadata {
    /// Name of the file without its folders, text.
    FileName,
    /// When the file was last written, as the store says; a timestamp.
    FileModifiedAt,
    /// Number of the row within its file, from 1; an integer.
    RowNumber,
}
