//! Some of the rows that differ.

use arrow::array::RecordBatch;
use datafusion::logical_expr::Expr;
use datafusion::prelude::ident;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::contents::{AFTER, BEFORE, Keyed, counter, failed, rows_of};
use crate::error::Result;

/// Rows as JSON objects, in the order of the key.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub struct Examples {
    /// Rows that only the later run has.
    pub added: Vec<Map<String, Value>>,
    /// Rows that only the earlier run has.
    pub gone: Vec<Map<String, Value>>,
    /// Rows that differ.
    pub changed: Vec<ChangedRow>,
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct ChangedRow {
    /// Its key.
    pub key: Map<String, Value>,
    /// The values that differ, in the earlier run.
    pub before: Map<String, Value>,
    /// The same in the later run.
    pub after: Map<String, Value>,
}

/// The first `most` rows of each kind; `counts` are those of rows added, gone and changed.
pub(super) async fn pick(keyed: &Keyed, most: usize, counts: [u64; 3]) -> Result<Examples> {
    let [added, gone, changed] = counts;
    let mut examples = Examples::default();
    if added > 0 {
        let rows = first(keyed, more_rows(AFTER, BEFORE), AFTER, most).await?;
        examples.added = rows.into_iter().map(|row| of_side(row, AFTER)).collect();
    }
    if gone > 0 {
        let rows = first(keyed, more_rows(BEFORE, AFTER), BEFORE, most).await?;
        examples.gone = rows.into_iter().map(|row| of_side(row, BEFORE)).collect();
    }
    if changed > 0 {
        let rows = first(keyed, keyed.is_changed(), AFTER, most).await?;
        examples.changed = rows.into_iter().map(|row| changed_row(keyed, row)).collect();
    }
    Ok(examples)
}

/// Whether `one` side has more rows of a key than the `other`.
fn more_rows(one: &str, other: &str) -> Expr {
    let (one, other) = (counter(one), counter(other));
    one.clone().is_not_null().and(other.clone().is_null().or(one.gt(other)))
}

async fn first(keyed: &Keyed, condition: Expr, side: &str, most: usize) -> Result<Vec<Map<String, Value>>> {
    let order = keyed.key.iter().map(|column| ident(format!("{side}{column}")).sort(true, false)).collect();
    let chosen = keyed
        .joined
        .clone()
        .filter(condition)
        .and_then(|rows| rows.sort(order))
        .and_then(|rows| rows.limit(0, Some(most)))
        .map_err(|error| failed(&keyed.table, error))?;
    objects(&keyed.table, &rows_of(&keyed.table, chosen).await?)
}

/// Rows as JSON objects with all columns.
fn objects(table: &str, batches: &[RecordBatch]) -> Result<Vec<Map<String, Value>>> {
    let unreadable = |error: arrow::error::ArrowError| failed(table, error.into());
    let mut bytes = Vec::new();
    let builder = arrow::json::WriterBuilder::new().with_explicit_nulls(true);
    let mut writer = builder.build::<_, arrow::json::writer::LineDelimited>(&mut bytes);
    for batch in batches {
        writer.write(batch).map_err(unreadable)?;
    }
    writer.finish().map_err(unreadable)?;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let parsed: Result<Vec<Map<String, Value>>, serde_json::Error> = lines.map(serde_json::from_slice).collect();
    parsed.map_err(|error| failed(table, datafusion::error::DataFusionError::External(Box::new(error))))
}

/// The columns of one side without their prefix; the counter has no other name.
fn of_side(row: Map<String, Value>, prefix: &str) -> Map<String, Value> {
    let columns = row.into_iter().filter_map(|(name, value)| {
        let column = name.strip_prefix(prefix)?;
        (!column.is_empty()).then(|| (column.to_owned(), value))
    });
    columns.collect()
}

fn changed_row(keyed: &Keyed, row: Map<String, Value>) -> ChangedRow {
    let before = of_side(row.clone(), BEFORE);
    let after = of_side(row, AFTER);
    let is_key = |name: &String| keyed.key.contains(name);
    let differing = |side: &Map<String, Value>, other: &Map<String, Value>| {
        let values = side.iter().filter(|(name, value)| !is_key(name) && other.get(*name) != Some(*value));
        values.map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    let key =
        after.iter().filter(|(name, _)| is_key(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    ChangedRow { before: differing(&before, &after), after: differing(&after, &before), key }
}
