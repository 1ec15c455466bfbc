//! Compares two published runs: schema, rows, keys that are gone, added or changed, figures, and moves between segments.

mod contents;
mod examples;
mod figures;
mod moves;
mod schema;
mod words;

use std::collections::BTreeSet;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Nights, RunReference};
use crate::engine::Engine;
use crate::error::{Error, Problem, Result, did_you_mean};
use crate::progress::Progress;
use crate::publish::{LogEntry, Manifest, RunName};

pub use contents::{ChangedColumn, RowChanges};
pub use examples::{ChangedRow, Examples};
pub use figures::FigureChange;
pub use moves::{Move, SegmentMoves};
pub use schema::{ChangedType, SchemaChanges};
pub use words::text;

/// What to compare.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Tables whose rows are compared; all when empty.
    pub tables: &'a [String],
    /// Rows to show of each kind of change.
    pub examples: usize,
}

/// The differences of two runs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct Diff {
    /// The earlier run.
    pub before: RunReference,
    /// The later run.
    pub after: RunReference,
    /// Parameters whose values differ.
    pub parameters: Vec<ParameterChange>,
    /// Queries whose text differs, and that only one of the runs has.
    pub queries: Vec<String>,
    /// Every table of one of the runs.
    pub tables: Vec<TableDiff>,
    /// Figures of all customers that differ.
    pub indicators: Vec<FigureChange>,
    /// How customers moved between segments; missing when no table tells.
    pub segment_moves: Option<SegmentMoves>,
}

/// A parameter whose value differs.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ParameterChange {
    /// Its name.
    pub name: String,
    /// Its value in the earlier run.
    pub before: Option<String>,
    /// Its value in the later run.
    pub after: Option<String>,
}

/// The differences of a table.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct TableDiff {
    /// Its name.
    pub table: String,
    /// What happened to it.
    pub state: TableState,
    /// Rows in the earlier run.
    pub rows_before: Option<u64>,
    /// Rows in the later run.
    pub rows_after: Option<u64>,
    /// Differences of its columns.
    pub schema: SchemaChanges,
    /// Differences of its rows; missing unless both runs have it and they were compared.
    pub rows: Option<RowChanges>,
    /// Why its rows were not compared.
    pub not_compared: Option<String>,
}

/// What happened to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TableState {
    /// Both files have the same bytes.
    Same,
    /// The files differ.
    Changed,
    /// Only the later run has it.
    Added,
    /// Only the earlier run has it.
    Gone,
}

/// A run to compare.
pub(super) struct Side {
    entry: LogEntry,
    manifest: Manifest,
}

/// Both runs.
pub(super) struct Sides {
    before: Side,
    after: Side,
}

/// Compares two runs.
///
/// # Errors
/// There is no such run, a published file is missing or damaged, or memory does not suffice.
pub async fn diff(
    nights: &Nights,
    names: [&RunName; 2],
    wanted: &Wanted<'_>,
    engine: &Engine,
    progress: &Progress,
) -> Result<Diff> {
    let log = nights.location.log().await?;
    let [before, after] = names;
    let before = Side::read(nights, log.named(before).await?).await?;
    let after = Side::read(nights, log.named(after).await?).await?;
    let sides = Sides { before, after };
    let tables = sides.tables();
    if let Some(name) = wanted.tables.iter().find(|name| !tables.contains(name.as_str())) {
        let mut problem = Problem::new(format!("neither run published a table `{name}`"));
        problem.hint = did_you_mean(name, tables.iter().copied());
        return Err(Error::invalid(problem));
    }
    contents::sort_instead_of_hashing(engine);
    let stage = progress.stage("compared", tables.len());
    let mut found = Vec::with_capacity(tables.len());
    for table in &tables {
        let started = Instant::now();
        found.push(sides.table(nights, table, wanted, engine).await?);
        stage.done(table, None, started.elapsed());
    }
    drop(stage);
    Ok(Diff {
        before: RunReference::from(&sides.before.entry),
        after: RunReference::from(&sides.after.entry),
        parameters: sides.parameters(),
        queries: sides.queries(),
        tables: found,
        indicators: figures::changes(nights, &sides.before.entry, &sides.after.entry).await?,
        segment_moves: moves::moves(nights, &sides, engine).await?,
    })
}

impl Side {
    async fn read(nights: &Nights, entry: LogEntry) -> Result<Self> {
        let manifest = nights.location.manifest_of(&entry).await?.ok_or_else(|| {
            Error::data(
                Problem::new(format!("the manifest `{}` of run {} is missing", entry.manifest, entry.version))
                    .hint("restore it from a backup, or compare another run"),
            )
        })?;
        Ok(Self { entry, manifest })
    }
}

impl Sides {
    /// Names of the tables of either run.
    fn tables(&self) -> BTreeSet<&str> {
        let both = [&self.before, &self.after];
        both.into_iter().flat_map(|side| side.entry.tables.iter().map(|table| table.name.as_str())).collect()
    }

    async fn table(&self, nights: &Nights, table: &str, wanted: &Wanted<'_>, engine: &Engine) -> Result<TableDiff> {
        let (before, after) = (self.before.entry.table(table), self.after.entry.table(table));
        let described = |side: &Side| side.manifest.tables.iter().find(|other| other.name == table).cloned();
        let schema = SchemaChanges::between(described(&self.before).as_ref(), described(&self.after).as_ref());
        let state = match (before, after) {
            (Some(before), Some(after)) if before.sha256 == after.sha256 => TableState::Same,
            (Some(_), Some(_)) => TableState::Changed,
            (None, _) => TableState::Added,
            (Some(_), None) => TableState::Gone,
        };
        let is_wanted = wanted.tables.is_empty() || wanted.tables.iter().any(|name| name == table);
        let mut diff = TableDiff {
            table: table.to_owned(),
            state,
            rows_before: before.map(|table| table.rows),
            rows_after: after.map(|table| table.rows),
            schema,
            rows: None,
            not_compared: None,
        };
        if let (TableState::Changed, true) = (state, is_wanted) {
            match self.contents(nights, table, wanted.examples, engine).await {
                Ok(rows) => diff.rows = Some(rows),
                // One damaged file must not hide how the other tables differ.
                Err(Error::Data(problem)) => diff.not_compared = Some(problem.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(diff)
    }

    async fn contents(&self, nights: &Nights, table: &str, examples: usize, engine: &Engine) -> Result<RowChanges> {
        let pair = contents::Pair::open(nights, self, table, engine).await?;
        let keyed = pair.keyed(nights.key(table, self)).await?;
        keyed.changes(examples).await
    }

    fn parameters(&self) -> Vec<ParameterChange> {
        let (before, after) = (&self.before.manifest.parameters, &self.after.manifest.parameters);
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
        changed
            .map(|name| ParameterChange {
                name: name.clone(),
                before: before.get(name).cloned(),
                after: after.get(name).cloned(),
            })
            .collect()
    }

    fn queries(&self) -> Vec<String> {
        let texts = |side: &Side| -> BTreeSet<(String, String)> {
            side.manifest.queries.iter().map(|query| (query.name.clone(), query.sha256.clone())).collect()
        };
        let (before, after) = (texts(&self.before), texts(&self.after));
        let names: BTreeSet<String> = before.symmetric_difference(&after).map(|(name, _)| name.clone()).collect();
        names.into_iter().collect()
    }
}

impl Nights {
    /// The key of a table: as the later run published it, or as the sidecar declares it now.
    fn key(&self, table: &str, sides: &Sides) -> Vec<String> {
        let published = sides.after.manifest.tables.iter().find(|other| other.name == table);
        let published = published.map(|table| table.key.clone()).filter(|key| !key.is_empty());
        published.or_else(|| self.declared.get(table).map(|declared| declared.key.clone())).unwrap_or_default()
    }
}
