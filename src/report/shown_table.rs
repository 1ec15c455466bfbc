//! A published table as the report shows it: which rows and columns, without formatting.

use chrono::{NaiveDate, NaiveDateTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::chart::{Chart, ChartKind};
use crate::config::column_role::ColumnRole;
use crate::config::language::Language;
use crate::config::located::Located;

/// A table of the report that comes from the `report` of a sidecar.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct ShownTable {
    /// Name of the table, and stem of its file.
    pub name: String,
    /// Spreadsheet that holds all of it, where the pipeline asks for one.
    pub spreadsheet: Option<String>,
    /// Section of the report that it belongs to.
    pub section: String,
    /// Heading.
    pub title: String,
    /// How to read it.
    pub note: Option<String>,
    /// Further sentences on how to read it, each with the column that it is about.
    #[serde(default)]
    pub column_notes: Vec<(String, String)>,
    /// A sentence on the first row, with gaps for its values.
    pub finding: Option<String>,
    /// Columns in order.
    pub columns: Vec<ShownColumn>,
    /// Columns that are left out because no row has a value there.
    pub unknown_columns: Vec<ShownColumn>,
    /// The rows that are shown.
    pub rows: Vec<ShownRow>,
    /// Number of all rows, shown or not; of groups where customers are counted.
    pub rows_count: usize,
    /// Where customers are counted: how many there are in the whole table.
    pub customers_count: Option<u64>,
    /// Whether it is collapsed until it is clicked on.
    pub is_collapsed: bool,
    /// Whether the table has nothing to say: no rows, or no numbers in them.
    pub is_empty: bool,
    /// Why it may have nothing to say, in a sentence.
    pub empty: Option<String>,
    /// What the inputs that it lacks would give.
    pub absent_inputs: Vec<AbsentInput>,
    /// Whether it compares with an earlier run.
    #[serde(default)]
    pub compares: bool,
    /// Whether it lacks an earlier run to compare with.
    pub lacks_earlier_run: bool,
    /// What is drawn of it.
    #[serde(default)]
    pub charts: Vec<ShownChart>,
}

/// A chart of a table, with the columns and rows that it draws. As in the table, small groups have no numbers.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct ShownChart {
    /// What is drawn.
    pub kind: ChartKind,
    /// Heading; that of the table where there is none.
    #[serde(default)]
    pub title: Option<String>,
    /// Column that names the marks.
    pub label: Option<String>,
    /// Column that splits marks of the same name.
    pub by: Option<String>,
    /// Column of the horizontal axis.
    pub x: Option<String>,
    /// Column of the numbers that are drawn.
    pub value: String,
    /// Column of the lower ends of intervals.
    pub low: Option<String>,
    /// Column of the upper ends of intervals.
    pub high: Option<String>,
    /// Column of the lower ends of intervals of `x`.
    #[serde(default)]
    pub x_low: Option<String>,
    /// Column of the upper ends of intervals of `x`.
    #[serde(default)]
    pub x_high: Option<String>,
    /// Second column of numbers.
    pub beside: Option<String>,
    /// Column of the size of points.
    pub size: Option<String>,
    /// Column that names the figures inside the boxes of a path diagram.
    #[serde(default)]
    pub figure: Option<String>,
    /// How many customers are behind a mark: the fewest and the most. Unknown where the table does not count them.
    #[serde(default)]
    pub base: Option<(u64, u64)>,
    /// The columns named above.
    pub columns: Vec<ShownColumn>,
    /// The rows that are drawn.
    pub rows: Vec<ShownRow>,
}

impl ShownChart {
    /// A chart as a sidecar declares it, with its columns and rows, in a language.
    pub fn new(declared: &Chart, language: Language, columns: Vec<ShownColumn>, rows: Vec<ShownRow>) -> Self {
        let name = |column: &Option<Located<String>>| column.as_ref().map(|column| column.value.clone());
        Self {
            kind: declared.kind,
            title: declared.title.as_ref().map(|title| title.text(language).to_owned()),
            label: name(&declared.label),
            by: name(&declared.by),
            x: name(&declared.x),
            value: declared.value.value.clone(),
            low: name(&declared.low),
            high: name(&declared.high),
            x_low: name(&declared.x_low),
            x_high: name(&declared.x_high),
            beside: name(&declared.beside),
            size: name(&declared.size),
            figure: name(&declared.figure),
            base: None,
            columns,
            rows,
        }
    }
}

/// A column of a [`ShownTable`].
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct ShownColumn {
    /// Name.
    pub name: String,
    /// Heading; the name in words where the sidecar gives none.
    pub label: Option<String>,
    /// Unit of the values.
    pub unit: Option<String>,
    /// Whether its values are numbers.
    pub is_number: bool,
    /// Whether it is a part of what identifies a row.
    pub is_key: bool,
    /// What it stands for.
    pub role: Option<ColumnRole>,
}

impl ShownColumn {
    /// Whether its values are a textbook's and not computed.
    pub fn is_textbook(&self) -> bool {
        self.role == Some(ColumnRole::Textbook)
    }
}

/// A row of a [`ShownTable`].
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct ShownRow {
    /// Values, one for each column.
    pub cells: Vec<Cell>,
    /// The unit of this row's values, where rows have units of their own.
    pub unit: Option<String>,
}

/// A value.
#[derive(Clone, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Not known.
    Unknown,
    /// Suppressed, because the group is too small or would reveal one that is.
    Hidden,
    /// A count that is too small to be shown: below this.
    Below(u64),
    /// Text.
    Text(String),
    /// Number.
    Number(f64),
    /// True or false.
    Boolean(bool),
    /// Day.
    Date(#[schemars(with = "String", extend("format" = "date"))] NaiveDate),
    /// Moment.
    Time(#[schemars(with = "String", extend("format" = "date-time"))] NaiveDateTime),
}

/// An optional input that the pipeline does not give.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Deserialize, Serialize)]
pub struct AbsentInput {
    /// The canonical table.
    pub table: String,
    /// What it would give, in words.
    pub gives: String,
}
