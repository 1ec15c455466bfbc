//! How the rows of a table differ, by its key.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::common::JoinType;
use datafusion::error::DataFusionError;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::logical_expr::{Expr, Operator, binary_expr, lit, when};
use datafusion::prelude::{DataFrame, ident};
use schemars::JsonSchema;
use serde::Serialize;

use super::Sides;
use super::examples::{self, Examples};
use crate::engine::{Engine, spawn_planning, sql_errors};
use crate::error::{Error, Result};
use crate::nights::Nights;

/// Prefixes of the columns of the joined table.
pub(super) const BEFORE: &str = "before:";
pub(super) const AFTER: &str = "after:";
/// How many rows of a side have the key; NULL when none has.
const COUNT: &str = "";

/// Differences of the rows of a table.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema, Serialize)]
pub struct RowChanges {
    /// Columns that identify a row; empty if the table has no key, so that whole rows are compared.
    pub key: Vec<String>,
    /// Rows that only the later run has.
    pub added: u64,
    /// Rows that only the earlier run has.
    pub gone: u64,
    /// Rows of the same key whose other values differ.
    pub changed: u64,
    /// In how many of these rows each column differs; only columns that differ.
    pub columns: Vec<ChangedColumn>,
    /// Some of the rows, in the order of the key.
    pub examples: Examples,
}

/// A column whose values differ.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ChangedColumn {
    /// Its name.
    pub column: String,
    /// Rows in which it differs.
    pub rows: u64,
}

/// Joins by sorting: unlike hashing, that works on tables of any size, because sorts spill to disk.
pub(super) fn sort_instead_of_hashing(engine: &Engine) {
    let state = engine.context.state_ref();
    state.write().config_mut().options_mut().optimizer.prefer_hash_join = false;
}

/// A table of both runs.
pub(super) struct Pair {
    table: String,
    before: DataFrame,
    after: DataFrame,
    /// Columns that both have with the same type.
    columns: Vec<String>,
}

/// Both tables joined by their key.
pub(super) struct Keyed {
    pub table: String,
    pub joined: DataFrame,
    /// Columns of the key; all columns when whole rows are compared.
    pub key: Vec<String>,
    /// The other columns.
    pub values: Vec<String>,
    has_key: bool,
}

impl Pair {
    /// Scans both files of a table that both runs have.
    pub async fn open(nights: &Nights, sides: &Sides, table: &str, engine: &Engine) -> Result<Self> {
        let mut frames = Vec::new();
        let mut schemas: Vec<SchemaRef> = Vec::new();
        for entry in [&sides.before.entry, &sides.after.entry] {
            let Some(logged) = entry.table(table) else { continue };
            let readable = nights.location.readable_copy(entry, logged).await?;
            let schema = nights.location.table_schema(&readable).await?;
            let rows = nights.location.scan_table(&readable, Arc::clone(&schema), &engine.context).await?;
            frames.push(engine.context.read_table(rows).map_err(|error| failed(table, error))?);
            schemas.push(schema);
        }
        let (Some(after), Some(before)) = (frames.pop(), frames.pop()) else {
            return Err(failed(table, datafusion::common::internal_datafusion_err!("a run lacks the table")));
        };
        let (Some(new), Some(old)) = (schemas.pop(), schemas.pop()) else {
            return Err(failed(table, datafusion::common::internal_datafusion_err!("a run lacks the table")));
        };
        let is_same = |name: &str| match (old.field_with_name(name), new.field_with_name(name)) {
            (Ok(old), Ok(new)) => old.data_type() == new.data_type(),
            _ => false,
        };
        let columns = new.fields().iter().map(|field| field.name().clone()).filter(|name| is_same(name)).collect();
        Ok(Self { table: table.to_owned(), before, after, columns })
    }

    /// Joins both by `key`; by all columns if there is no key that identifies the rows of both.
    pub async fn keyed(self, key: Vec<String>) -> Result<Keyed> {
        let is_there = !key.is_empty() && key.iter().all(|column| self.columns.contains(column));
        let has_key =
            is_there && self.is_unique(&self.before, &key).await? && self.is_unique(&self.after, &key).await?;
        let key = if has_key { key } else { self.columns.clone() };
        let values = self.columns.iter().filter(|column| !key.contains(column)).cloned().collect();
        let joined = self.joined(&key, has_key).map_err(|error| failed(&self.table, error))?;
        Ok(Keyed { table: self.table, joined, key, values, has_key })
    }

    async fn is_unique(&self, rows: &DataFrame, key: &[String]) -> Result<bool> {
        let groups: Vec<Expr> = key.iter().map(ident).collect();
        let repeated = rows
            .clone()
            .aggregate(groups, vec![count(lit(1)).alias(COUNT_OF_KEY)])
            .and_then(|counted| counted.filter(ident(COUNT_OF_KEY).gt(lit(1_i64))))
            .and_then(|repeated| repeated.limit(0, Some(1)))
            .map_err(|error| failed(&self.table, error))?;
        Ok(rows_of(&self.table, repeated).await?.iter().all(|batch| batch.num_rows() == 0))
    }

    fn joined(&self, key: &[String], has_key: bool) -> Result<DataFrame, DataFusionError> {
        let before = self.side(&self.before, BEFORE, has_key)?;
        let after = self.side(&self.after, AFTER, has_key)?;
        let on = key.iter().map(|column| {
            let side = |prefix: &str| ident(format!("{prefix}{column}"));
            binary_expr(side(BEFORE), Operator::IsNotDistinctFrom, side(AFTER))
        });
        before.join_on(after, JoinType::Full, on)
    }

    /// One side with its columns renamed and the number of its rows of each key.
    fn side(&self, rows: &DataFrame, prefix: &str, has_key: bool) -> Result<DataFrame, DataFusionError> {
        let counter = format!("{prefix}{COUNT}");
        let renamed = |column: &String| ident(column).alias(format!("{prefix}{column}"));
        if has_key {
            let columns = self.columns.iter().map(renamed).chain([lit(1_i64).alias(counter)]);
            return rows.clone().select(columns.collect::<Vec<_>>());
        }
        let grouped = rows.clone().aggregate(
            self.columns.iter().map(ident).collect::<Vec<_>>(),
            vec![count(lit(1)).alias(counter.clone())],
        )?;
        let columns = self.columns.iter().map(renamed).chain([ident(counter)]);
        grouped.select(columns.collect::<Vec<_>>())
    }
}

const COUNT_OF_KEY: &str = "rows of the key";

impl Keyed {
    /// Counts the differences, and picks examples.
    pub async fn changes(&self, most: usize) -> Result<RowChanges> {
        let counts = self.counts().await?;
        let mut numbers = counts.into_iter();
        let mut next = || numbers.next().unwrap_or_default();
        let (added, gone, changed) = (next(), next(), next());
        let columns = self.values.iter().map(|column| ChangedColumn { column: column.clone(), rows: next() });
        let columns: Vec<ChangedColumn> = columns.filter(|column| column.rows > 0).collect();
        let examples = examples::pick(self, most, [added, gone, changed]).await?;
        let key = if self.has_key { self.key.clone() } else { Vec::new() };
        Ok(RowChanges { key, added, gone, changed, columns, examples })
    }

    /// Rows added, gone and changed, then the rows in which each column differs.
    async fn counts(&self) -> Result<Vec<u64>> {
        let number = |prefix: &str| {
            let counter = ident(format!("{prefix}{COUNT}"));
            when(counter.clone().is_null(), lit(0_i64)).otherwise(counter)
        };
        let more =
            |one: Expr, other: Expr| when(one.clone().gt(other.clone()), one - other).otherwise(lit(0_i64)).map(sum);
        let rows = |condition: Expr| when(condition, lit(1_i64)).otherwise(lit(0_i64)).map(sum);
        let expressions = || -> Result<Vec<Expr>, DataFusionError> {
            let mut all = vec![
                more(number(AFTER)?, number(BEFORE)?)?,
                more(number(BEFORE)?, number(AFTER)?)?,
                rows(self.is_changed())?,
            ];
            for column in &self.values {
                all.push(rows(both().and(differs(column)))?);
            }
            Ok(all)
        };
        let named = expressions().map_err(|error| failed(&self.table, error))?;
        let named: Vec<Expr> =
            named.into_iter().enumerate().map(|(at, expression)| expression.alias(format!("count {at}"))).collect();
        let counted = self.joined.clone().aggregate(Vec::new(), named).map_err(|error| failed(&self.table, error))?;
        let batches = rows_of(&self.table, counted).await?;
        let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(Vec::new()) };
        Ok(batch.columns().iter().map(|column| first_count(column.as_ref())).collect())
    }

    /// Whether a row of both runs differs in a column.
    pub fn is_changed(&self) -> Expr {
        let any = self.values.iter().map(|column| differs(column)).reduce(Expr::or);
        any.map_or_else(|| lit(false), |any| both().and(any))
    }
}

/// Whether both runs have a row of the key.
fn both() -> Expr {
    counter(BEFORE).is_not_null().and(counter(AFTER).is_not_null())
}

/// How many rows of a side have the key.
pub(super) fn counter(prefix: &str) -> Expr {
    ident(format!("{prefix}{COUNT}"))
}

fn differs(column: &str) -> Expr {
    let side = |prefix: &str| ident(format!("{prefix}{column}"));
    binary_expr(side(BEFORE), Operator::IsDistinctFrom, side(AFTER))
}

fn first_count(column: &dyn Array) -> u64 {
    let numbers = column.as_primitive_opt::<Int64Type>();
    let first = numbers.and_then(|numbers| numbers.iter().next().flatten());
    first.and_then(|number| u64::try_from(number).ok()).unwrap_or_default()
}

/// All rows of a small result.
pub(super) async fn rows_of(table: &str, frame: DataFrame) -> Result<Vec<RecordBatch>> {
    spawn_planning(frame.collect()).await.map_err(|error| failed(table, error))
}

pub(super) fn failed(table: &str, error: DataFusionError) -> Error {
    sql_errors::running_error(&format!("comparing `{table}`"), error)
}
