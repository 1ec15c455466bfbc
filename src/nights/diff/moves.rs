//! How customers moved between segments.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::lit;
use datafusion::prelude::ident;
use schemars::JsonSchema;
use serde::Serialize;

use super::Sides;
use super::contents::{AFTER, BEFORE, Pair, failed, rows_of};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::nights::Nights;

const CUSTOMERS: &str = "customers";

/// How customers moved between the segments of a table.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct SegmentMoves {
    /// The table.
    pub table: String,
    /// Its column of segments.
    pub column: String,
    /// Customers by segment before and after, those who stayed included.
    pub moves: Vec<Move>,
}

/// Customers of one segment before and one after.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Move {
    /// Segment in the earlier run; missing for customers who were not in the table.
    pub from: Option<String>,
    /// Segment in the later run; missing for customers who are no longer in the table.
    pub to: Option<String>,
    /// Number of customers.
    pub customers: u64,
}

/// The moves by the largest table that has one row per customer and a column of segments; smaller ones only have a part
/// of the customers.
pub(super) async fn moves(nights: &Nights, sides: &Sides, engine: &Engine) -> Result<Option<SegmentMoves>> {
    let candidates = nights.declared.iter().filter_map(|(table, declared)| {
        let column = declared.segment.as_ref()?;
        sides.before.entry.table(table)?;
        Some((sides.after.entry.table(table)?.rows, std::cmp::Reverse(table), column))
    });
    let Some((_, std::cmp::Reverse(table), column)) = candidates.max() else { return Ok(None) };
    match of_table(nights, sides, table, column, engine).await {
        // The differences of the table say why its rows were not compared.
        Err(Error::Data(_)) => Ok(None),
        found => found,
    }
}

async fn of_table(
    nights: &Nights,
    sides: &Sides,
    table: &str,
    column: &str,
    engine: &Engine,
) -> Result<Option<SegmentMoves>> {
    let keyed = Pair::open(nights, sides, table, engine).await?.keyed(nights.key(table, sides)).await?;
    if !keyed.values.iter().any(|value| value == column) {
        return Ok(None);
    }
    let segment = |prefix: &str| ident(format!("{prefix}{column}"));
    let groups = vec![segment(BEFORE), segment(AFTER)];
    let counted = keyed
        .joined
        .clone()
        .aggregate(groups, vec![count(lit(1)).alias(CUSTOMERS)])
        .and_then(|moves| moves.sort(vec![segment(BEFORE).sort(true, false), segment(AFTER).sort(true, false)]))
        .map_err(|error| failed(table, error))?;
    let mut moves = Vec::new();
    for batch in rows_of(table, counted).await? {
        moves.extend(read(&batch).map_err(|error| failed(table, error.into()))?);
    }
    Ok(Some(SegmentMoves { table: table.to_owned(), column: column.to_owned(), moves }))
}

fn read(batch: &RecordBatch) -> Result<Vec<Move>, arrow::error::ArrowError> {
    let text = |position: usize| cast(batch.column(position), &DataType::Utf8);
    let (from, to, customers) = (text(0)?, text(1)?, cast(batch.column(2), &DataType::Int64)?);
    let (from, to) = (from.as_string::<i32>(), to.as_string::<i32>());
    let customers = customers.as_primitive::<Int64Type>();
    let row = |row: usize| Move {
        from: from.is_valid(row).then(|| from.value(row).to_owned()),
        to: to.is_valid(row).then(|| to.value(row).to_owned()),
        customers: u64::try_from(customers.value(row)).unwrap_or_default(),
    };
    Ok((0..batch.num_rows()).map(row).collect())
}
