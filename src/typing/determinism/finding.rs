//! Findings of the determinism check, and their messages.

use datafusion::sql::sqlparser::tokenizer::Span;

use crate::config::PipelineText;
use crate::error::{Place, Problem};
use crate::plan::query::place;

/// A rule that keeps results reproducible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// No function of the time, of randomness, or of how rows are stored.
    Volatile,
    /// No aggregate that rounds at every row.
    Rounds,
    /// No function that depends on the order of rows, without `order by`.
    NoOrder,
    /// No frame of `rows` without `order by`.
    RowsWithoutOrder,
    /// Only functions that have been reviewed.
    Unknown,
    /// No `limit` without `order by`.
    LimitWithoutOrder,
    /// No `distinct on`.
    DistinctOn,
    /// No `tablesample`.
    Sample,
}

/// One violation of a rule.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The engine's name of the function; empty where none is concerned.
    pub function: String,
    /// The function as it is called in the SQL.
    pub written: String,
    /// Its place, when that is known.
    pub span: Option<Span>,
}

impl Finding {
    /// Whether both report the same rule for the same function.
    pub fn is_same_kind(&self, other: &Self) -> bool {
        self.rule == other.rule && self.function == other.function
    }

    /// The finding as a problem, placed in `sql`.
    pub fn problem(&self, sql: &PipelineText) -> Problem {
        let name = &self.written;
        let (message, hint) = match self.rule {
            Rule::Volatile => (
                format!("`{name}` returns a different result on every run"),
                "use the parameter `$as_of_date`, the only clock a query can see",
            ),
            Rule::Rounds => (
                format!("the last digits of `{name}` depend on the order in which rows arrive"),
                "use `median`, `percentile_cont` or `quantile7`, which are exact",
            ),
            Rule::NoOrder => (
                format!("`{name}` without `order by` depends on the order in which rows arrive"),
                "order by a unique key",
            ),
            Rule::RowsWithoutOrder => (
                format!("`{name}` over a frame of `rows` without `order by` depends on the order in which rows arrive"),
                "order by a unique key, or leave the frame out",
            ),
            Rule::Unknown => (
                format!("it is not known whether `{name}` depends on the order in which rows arrive"),
                "use another function",
            ),
            Rule::LimitWithoutOrder => {
                ("`limit` without `order by` picks different rows on every run".to_owned(), "order by a unique key")
            }
            Rule::DistinctOn => (
                "`distinct on` keeps whichever row arrives first".to_owned(),
                "number the rows with `row_number` in the order of a unique key, and keep the first",
            ),
            Rule::Sample => (
                "`tablesample` picks different rows on every run".to_owned(),
                "filter by a hash of a unique key, such as `md5`",
            ),
        };
        Problem::new(message).at(placed(sql, self.span)).hint(hint)
    }
}

/// The place of `span`, or the file as a whole.
pub fn placed(sql: &PipelineText, span: Option<Span>) -> Place {
    span.map_or_else(|| Place::file(sql.path.display().to_string()), |span| place(sql, span))
}
