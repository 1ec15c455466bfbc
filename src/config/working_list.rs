//! How people work through a table: the key `working_list` of its sidecar.

use schemars::JsonSchema;
use serde::Deserialize;

use super::language::Language;
use super::located::Located;
use super::sidecar::Label;
use super::table_report::OrderBy;

/// How people work through the spreadsheet of a table. It applies where the pipeline writes `spreadsheet: true`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkingList {
    /// Order of the rows; that of the published file when left out, which also decides between equal rows.
    #[serde(default)]
    pub order_by: Vec<OrderBy>,
    /// Columns of the spreadsheet, in order; all of them when left out.
    #[serde(default)]
    pub columns: Vec<Located<String>>,
    /// Text column with the person who does it. Behind the sheet with all rows, each person has a sheet with their own.
    #[serde(default)]
    pub owner: Option<Located<String>>,
    /// Date column with the day by which to do it. Rows that were due before the day of the run are coloured.
    #[serde(default)]
    pub due: Option<Located<String>>,
    /// Columns that people fill in: columns of the table, whose values they change, or new ones, which come last.
    #[serde(default)]
    pub fill_in: Vec<FillIn>,
}

/// A column that people fill in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FillIn {
    /// Name of the column; its codes have their words from the catalogue.
    pub column: Located<String>,
    /// What people write into it.
    #[serde(default, rename = "type")]
    pub fill_in_type: FillInType,
    /// What to write into it.
    #[serde(default)]
    pub description: String,
    /// What to write into it, in the languages of the reports; `description` where it is not given.
    #[serde(default)]
    pub meaning: Label,
    /// Heading of a new column.
    #[serde(default)]
    pub label: Label,
    /// Codes to choose from in a dropdown, which shows their words; any text when left out.
    #[serde(default)]
    pub choices: Vec<Located<String>>,
    /// Choices with which the row is dealt with, so that it is no longer overdue.
    #[serde(default)]
    pub closing: Vec<Located<String>>,
}

/// What people write into a column.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum FillInType {
    /// Text.
    #[default]
    Text,
    /// A date.
    Date,
}

impl FillIn {
    /// What to write into it, in a language.
    pub fn meaning(&self, language: Language) -> &str {
        self.meaning.given(language).unwrap_or(&self.description)
    }
}

impl WorkingList {
    /// The entry of a column that people fill in.
    pub fn fill_in_of(&self, column: &str) -> Option<&FillIn> {
        self.fill_in.iter().find(|entry| entry.column.value == column)
    }
}
