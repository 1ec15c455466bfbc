//! How the report shows a table: the key `report` of its sidecar.

use std::num::NonZeroUsize;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::chart::Chart;
use super::language::Words;
use super::located::Located;
use super::scalar::Scalar;

/// Column that the report adds where it counts customers: how many there are in a group.
pub const CUSTOMERS_COUNT: &str = "customers_count";
/// Column that the report adds where it counts customers: their share of all customers in the table.
pub const CUSTOMERS_SHARE: &str = "customers_share";

/// How the report shows a table that is published: rows of a summary, or counts of a table of customers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableReport {
    /// Section of the report that the table belongs to, one of `catalogue.yml`.
    pub section: Located<String>,
    /// Heading.
    pub title: Words,
    /// How to read the table, in a sentence or two.
    #[serde(default)]
    pub note: Option<Words>,
    /// Further sentences on how to read single columns, by column. A page says them where it shows the column.
    #[serde(default)]
    pub column_notes: IndexMap<Located<String>, Words>,
    /// A sentence about the first row, with `{column}` for its values; left out when one of the values is unknown or
    /// suppressed. The first screen of the report says it too, where the catalogue lists the table.
    #[serde(default)]
    pub finding: Option<Words>,
    /// Instead of `finding`: sentences of which the first is said whose condition holds, or none of them.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Why there may be no rows, in a sentence. Missing inputs are named behind it.
    #[serde(default)]
    pub empty: Option<Words>,
    /// Columns to show, in order; all of them when left out.
    #[serde(default)]
    pub columns: Vec<Located<String>>,
    /// Show only rows whose column holds one of these values.
    #[serde(default)]
    pub only: IndexMap<Located<String>, Vec<Scalar>>,
    /// Order of the rows; that of the published file when left out.
    #[serde(default)]
    pub order_by: Vec<OrderBy>,
    /// Most rows to show; the report says how many it leaves out.
    #[serde(default = "twelve")]
    pub rows: NonZeroUsize,
    /// Collapse the table until it is clicked on; long tables are always collapsed.
    #[serde(default)]
    pub collapsed: bool,
    /// For a table of customers, whose rows are never shown: count its customers by these columns instead.
    #[serde(default)]
    pub count_by: Vec<Located<String>>,
    /// `false` for a table whose numbers are not about groups of customers, such as a list of settings: nothing in it
    /// is suppressed. Any other table needs a column with the role `customers_count`, or `count_by`.
    #[serde(default = "yes")]
    pub about_customers: bool,
    /// With `count_by`: numeric columns to sum next to the count.
    #[serde(default)]
    pub sums: Vec<Located<String>>,
    /// Charts of its rows, shown before the table, which is then collapsed.
    #[serde(default)]
    pub charts: Vec<Chart>,
}

/// A sentence on the first row, with the condition for saying it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// SQL condition on the columns of the first row; it always holds when left out. A condition that is NULL does not hold.
    #[serde(default)]
    pub when: Option<Located<String>>,
    /// What to say.
    pub say: Words,
}

/// A column to order rows by. Unknown values come last.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBy {
    /// The column.
    pub column: Located<String>,
    /// Largest first.
    #[serde(default)]
    pub descending: bool,
}

fn yes() -> bool {
    true
}

fn twelve() -> NonZeroUsize {
    NonZeroUsize::MIN.saturating_add(11)
}

impl TableReport {
    /// The placeholders `{column}` of its findings, each with the text that contains it.
    pub fn placeholders(&self) -> impl Iterator<Item = (&Located<String>, &str)> {
        let alternatives = self.findings.iter().map(|finding| &finding.say);
        let texts = self.finding.iter().chain(alternatives).flat_map(Words::all);
        texts.flat_map(|text| {
            let behind_braces = text.value.split('{').skip(1);
            behind_braces.map(move |rest| (text, rest.split_once('}').map_or(rest, |(name, _)| name)))
        })
    }
}
