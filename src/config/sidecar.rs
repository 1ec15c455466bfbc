//! Describes a query: the `.yml` next to a `.sql`.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::column_role::ColumnRole;
use super::data_type::DataType;
use super::language::Language;
use super::located::Located;
use super::scalar::Scalar;
use super::table_report::TableReport;
use super::working_list::WorkingList;

/// Description, grain, columns and checks of one query.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sidecar {
    /// What the table holds, the method and its source.
    #[serde(default)]
    pub description: String,
    /// What the table holds, in the languages of the reports; `description` where it is not given.
    #[serde(default)]
    pub meaning: Label,
    /// Columns that together identify one row.
    #[serde(default)]
    pub grain: Vec<Located<String>>,
    /// Columns of the result, in order.
    #[serde(default)]
    pub columns: IndexMap<Located<String>, SidecarColumn>,
    /// Rules that every run must satisfy.
    #[serde(default)]
    pub checks: Vec<Located<Check>>,
    /// How the report shows the published table; when left out, the report does not show it.
    #[serde(default)]
    pub report: Option<TableReport>,
    /// How people work through the table's spreadsheet; when left out, it shows the rows as they are published.
    #[serde(default)]
    pub working_list: Option<WorkingList>,
}

impl Sidecar {
    /// What the table holds, in a language.
    pub fn meaning(&self, language: Language) -> &str {
        self.meaning.given(language).unwrap_or(&self.description)
    }

    /// The role of a column; none for one that is not declared.
    pub fn role_of(&self, column: &str) -> Option<ColumnRole> {
        self.columns.get(column)?.role
    }

    /// Names of the columns whose role satisfies `is_wanted`, in order.
    pub fn columns_with(&self, is_wanted: impl Fn(ColumnRole) -> bool) -> impl Iterator<Item = &Located<String>> {
        let columns = self.columns.iter();
        columns.filter(move |(_, column)| column.role.is_some_and(&is_wanted)).map(|(name, _)| name)
    }

    /// Whether a check that stops the run ensures that every row has a value of the column.
    pub fn requires(&self, column: &str) -> bool {
        self.checks.iter().any(|check| match &check.value {
            Check::NotNull(check) => {
                check.severity == Severity::Stop && check.columns.iter().any(|checked| checked == column)
            }
            _ => false,
        })
    }

    /// Name of the first column of a role.
    pub fn column_with(&self, role: ColumnRole) -> Option<&str> {
        self.columns_with(|found| found == role).next().map(|name| name.value.as_str())
    }
}

/// A column of a query's result.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SidecarColumn {
    /// Type that readers can rely on.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// Role of the column, which determines what the report may show; see the page on reports.
    #[serde(default)]
    pub role: Option<ColumnRole>,
    /// Unit of the values: `count`, `share`, `days`, `index`, `currency` and so on.
    #[serde(default)]
    pub unit: Option<String>,
    /// What the column means.
    #[serde(default)]
    pub description: String,
    /// What the column means, in the languages of the reports; `description` where it is not given.
    #[serde(default)]
    pub meaning: Label,
    /// Heading for people.
    #[serde(default)]
    pub label: Label,
}

impl SidecarColumn {
    /// What the column means, in a language.
    pub fn meaning(&self, language: Language) -> &str {
        self.meaning.given(language).unwrap_or(&self.description)
    }
}

/// A heading in the languages of the reports.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// English.
    #[serde(default)]
    pub en: Option<String>,
    /// Chinese.
    #[serde(default)]
    pub zh: Option<String>,
}

impl Label {
    /// The heading in a language, where it is given.
    pub fn given(&self, language: Language) -> Option<&str> {
        match language {
            Language::English => self.en.as_deref(),
            Language::Chinese => self.zh.as_deref(),
        }
    }

    /// The heading in a language; the English one where it is not given.
    pub fn text(&self, language: Language) -> Option<&str> {
        self.given(language).or(self.en.as_deref())
    }
}

/// What happens when a check finds offending rows.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The run is reported with a warning and published.
    Warn,
    /// The run ends with exit code 3 and nothing is published.
    #[default]
    Stop,
}

/// A rule that finds offending rows.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// None of the columns is NULL.
    NotNull(NotNullCheck),
    /// The combination of the columns is unique.
    Unique(UniqueCheck),
    /// The column holds one of the values, or NULL.
    AcceptedValues(AcceptedValuesCheck),
    /// The column lies between the bounds, inclusive, or is NULL.
    Range(RangeCheck),
    /// The SQL condition is true or NULL in every row.
    Expression(ExpressionCheck),
    /// The number of rows of the table is within bounds.
    RowCount(RowCountCheck),
    /// Every value of the column that is not NULL exists in a column of another table.
    Relationship(RelationshipCheck),
}

impl Check {
    /// What happens when rows break the rule.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NotNull(check) => check.severity,
            Self::Unique(check) => check.severity,
            Self::AcceptedValues(check) => check.severity,
            Self::Range(check) => check.severity,
            Self::Expression(check) => check.severity,
            Self::RowCount(check) => check.severity,
            Self::Relationship(check) => check.severity,
        }
    }
}

/// See [`Check::NotNull`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotNullCheck {
    /// Columns that must hold a value.
    pub columns: Vec<String>,
    /// What happens when rows break the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// See [`Check::Unique`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UniqueCheck {
    /// Columns that together identify a row.
    pub columns: Vec<String>,
    /// What happens when rows break the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// See [`Check::AcceptedValues`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptedValuesCheck {
    /// Column to check.
    pub column: String,
    /// The values allowed.
    pub values: Vec<Scalar>,
    /// What happens when rows break the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// See [`Check::Range`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RangeCheck {
    /// Column to check.
    pub column: String,
    /// Smallest value allowed.
    #[serde(default)]
    pub min: Option<Scalar>,
    /// Largest value allowed.
    #[serde(default)]
    pub max: Option<Scalar>,
    /// What happens when rows break the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// See [`Check::Expression`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpressionCheck {
    /// What must hold, in words.
    pub name: String,
    /// What must hold, in the languages of the reports; the name where it is not given.
    #[serde(default)]
    pub label: Label,
    /// What is so when rows break the rule, in the languages of the reports, such as `the mix of scores has shifted`. Warnings
    /// say it.
    #[serde(default)]
    pub found: Label,
    /// The condition, over the columns of the table.
    pub sql: Located<String>,
    /// What happens when rows break the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// See [`Check::RowCount`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RowCountCheck {
    /// Fewest rows allowed.
    #[serde(default)]
    pub min: Option<u64>,
    /// Most rows allowed.
    #[serde(default)]
    pub max: Option<u64>,
    /// What happens when rows break the rule.
    #[serde(default)]
    pub severity: Severity,
}

/// See [`Check::Relationship`].
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelationshipCheck {
    /// Column to check.
    pub column: String,
    /// The other table.
    pub table: Located<String>,
    /// The other table's column.
    pub to: String,
    /// What happens when rows break the rule.
    #[serde(default)]
    pub severity: Severity,
}
