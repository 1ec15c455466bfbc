//! The log as people read it: one line per run, newest first.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, stream};
use indicatif::{HumanBytes, HumanCount};
use schemars::JsonSchema;
use serde::Serialize;

use super::Nights;
use super::text_table::drawn;
use crate::error::{Error, Result};
use crate::publish::{ListedEntry, LogEntry, Manifest};
use crate::report::{FIGURES_TABLE, NightFigures};

/// Runs whose manifests and figures are read at the same time.
const RUNS_AT_ONCE: usize = 8;

/// A run of the log.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct HistoryLine {
    /// Number of its log entry.
    pub number: u64,
    /// What readers see of it.
    pub state: RunState,
    /// Why its entry cannot be read; then all other fields are empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// The day it is for.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub as_of_date: Option<NaiveDate>,
    /// Its identifier.
    pub run_id: Option<String>,
    /// When it was committed.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub committed_at: Option<DateTime<Utc>>,
    /// Who published it: user and host.
    pub published_by: Option<String>,
    /// Seconds from its start to its last file.
    pub seconds: Option<f64>,
    /// Of a rollback: the number of the run that it brought back.
    pub rollback_to: Option<u64>,
    /// The day that it was compared with.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub compared_to: Option<NaiveDate>,
    /// What it read.
    pub inputs: Option<Inputs>,
    /// Rows of its tables.
    pub tables: BTreeMap<String, u64>,
    /// Size of its tables in bytes.
    pub bytes: u64,
    /// What its checks found.
    pub checks: Option<Checks>,
    /// Its figures of all customers, by key.
    pub indicators: BTreeMap<String, f64>,
}

/// What readers see of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// `latest/` and `history/` show it.
    Latest,
    /// `history/` shows it, as the newest run of its day.
    Current,
    /// A later run of the same day replaced it.
    Replaced,
    /// A rollback withdrew it.
    Withdrawn,
    /// Its log entry is damaged.
    Unreadable,
}

/// What a run read.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Inputs {
    /// Number of files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Rows that went into tables.
    pub rows: u64,
    /// Rows that broke a contract.
    pub rows_rejected: u64,
}

/// What the checks of a run found.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Checks {
    /// Checks that hold.
    pub passed: u64,
    /// Checks that warned.
    pub warnings: u64,
}

/// The newest `most` runs, newest first.
///
/// # Errors
/// The store fails.
pub async fn history(nights: &Nights, most: usize) -> Result<Vec<HistoryLine>> {
    let log = nights.location.log().await?;
    let shown = log.highest().map(|highest| highest.latest.version);
    let mut days = BTreeSet::new();
    let listed: Vec<(ListedEntry, RunState)> = log
        .newest(most)
        .await?
        .into_iter()
        .map(|listed| {
            let state = match &listed.entry {
                Err(_) => RunState::Unreadable,
                Ok(_) if listed.is_withdrawn => RunState::Withdrawn,
                Ok(entry) if !days.insert(entry.as_of_date) => RunState::Replaced,
                Ok(entry) if Some(entry.version) == shown => RunState::Latest,
                Ok(_) => RunState::Current,
            };
            (listed, state)
        })
        .collect();
    let mut lines = Vec::with_capacity(listed.len());
    let mut read = stream::iter(listed)
        .map(|(listed, state)| async move {
            match listed.entry {
                Ok(entry) => line(nights, &entry, state).await,
                Err(error) => Ok(HistoryLine::unreadable(listed.version, &error)),
            }
        })
        .buffered(RUNS_AT_ONCE);
    while let Some(line) = read.next().await {
        lines.push(line?);
    }
    Ok(lines)
}

impl HistoryLine {
    fn of(number: u64, state: RunState) -> Self {
        Self {
            number,
            state,
            problem: None,
            as_of_date: None,
            run_id: None,
            committed_at: None,
            published_by: None,
            seconds: None,
            rollback_to: None,
            compared_to: None,
            inputs: None,
            tables: BTreeMap::new(),
            bytes: 0,
            checks: None,
            indicators: BTreeMap::new(),
        }
    }

    fn unreadable(number: u64, error: &Error) -> Self {
        Self { problem: Some(error.to_string()), ..Self::of(number, RunState::Unreadable) }
    }

    fn add_manifest(&mut self, manifest: &Manifest) {
        self.published_by = self.published_by.take().or_else(|| manifest.published_by.clone());
        self.seconds = Some((manifest.finished_at - manifest.started_at).as_seconds_f64());
        self.compared_to = manifest.compared_to.as_ref().map(|compared| compared.as_of_date);
        let mut inputs = Inputs::default();
        for file in &manifest.inputs {
            inputs.files += 1;
            inputs.bytes += file.size_bytes;
            inputs.rows += file.rows.unwrap_or_default();
            inputs.rows_rejected += file.rows_rejected;
        }
        self.inputs = Some(inputs);
        let warnings = manifest.checks.iter().filter(|check| !check.passed).count() as u64;
        self.checks = Some(Checks { passed: manifest.checks.len() as u64 - warnings, warnings });
    }
}

async fn line(nights: &Nights, entry: &LogEntry, state: RunState) -> Result<HistoryLine> {
    let mut line = HistoryLine {
        as_of_date: Some(entry.as_of_date),
        run_id: Some(entry.run_id.to_string()),
        committed_at: Some(entry.committed_at),
        published_by: entry.rollback.as_ref().map(|rollback| rollback.by.clone()),
        rollback_to: entry.rollback.as_ref().map(|rollback| rollback.to),
        tables: entry.tables.iter().map(|table| (table.name.clone(), table.rows)).collect(),
        bytes: entry.tables.iter().map(|table| table.bytes).sum(),
        ..HistoryLine::of(entry.version, state)
    };
    if let Some(manifest) = nights.location.manifest_of(entry).await? {
        line.add_manifest(&manifest);
    }
    if let Some(figures) = figures(nights, entry).await? {
        line.indicators = figures.totals().map(|(key, figure)| (key.to_owned(), figure.value)).collect();
    }
    Ok(line)
}

/// The figures that a run published; `None` when it has none, or when their file is lost or damaged.
pub(super) async fn figures(nights: &Nights, entry: &LogEntry) -> Result<Option<NightFigures>> {
    let Some(table) = entry.table(FIGURES_TABLE) else { return Ok(None) };
    let read = nights.location.read_table(entry, table).await;
    match read.and_then(|rows| NightFigures::read(entry.as_of_date, &rows)) {
        Ok(figures) => Ok(Some(figures)),
        Err(Error::Data(problem)) => {
            tracing::debug!("the figures of run {} cannot be read: {problem}", entry.version);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The lines as a table for a terminal, with the figures of `indicators` as columns.
///
/// # Errors
/// The table cannot be drawn, which is a defect.
pub fn text(lines: &[HistoryLine], indicators: &[String]) -> Result<String> {
    let mut headings =
        vec!["run", "date", "state", "published (UTC)", "by", "seconds", "input files", "input rows", "rows", "checks"];
    headings.extend(indicators.iter().map(String::as_str));
    let rows: Vec<Vec<String>> = lines.iter().map(|line| cells(line, indicators)).collect();
    let mut text = drawn(&headings, &rows)?;
    text.push('\n');
    for line in lines {
        if let Some(problem) = &line.problem {
            text.push_str(&format!("run {}: {problem}\n", line.number));
        }
    }
    Ok(text)
}

fn cells(line: &HistoryLine, indicators: &[String]) -> Vec<String> {
    let state = match (line.state, line.rollback_to) {
        (state, Some(to)) => format!("{}, brought back from {to}", word(state)),
        (state, None) => word(state).to_owned(),
    };
    let inputs = line.inputs.as_ref();
    let checks = line.checks.as_ref().map(|checks| match checks.warnings {
        0 => format!("{} passed", checks.passed),
        warnings => format!("{} passed, {warnings} warned", checks.passed),
    });
    let rows = format!("{} ({})", HumanCount(line.tables.values().sum()), HumanBytes(line.bytes));
    let mut cells = vec![
        line.number.to_string(),
        line.as_of_date.map(|day| day.to_string()).unwrap_or_default(),
        state,
        line.committed_at.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default(),
        line.published_by.clone().unwrap_or_default(),
        line.seconds.map(|seconds| format!("{seconds:.1}")).unwrap_or_default(),
        inputs.map(|inputs| format!("{} ({})", HumanCount(inputs.files), HumanBytes(inputs.bytes))).unwrap_or_default(),
        inputs.map(|inputs| HumanCount(inputs.rows).to_string()).unwrap_or_default(),
        if line.problem.is_some() { String::new() } else { rows },
        checks.unwrap_or_default(),
    ];
    let figure = |key: &String| line.indicators.get(key).map(|value| value.to_string()).unwrap_or_default();
    cells.extend(indicators.iter().map(figure));
    cells
}

fn word(state: RunState) -> &'static str {
    match state {
        RunState::Latest => "latest",
        RunState::Current => "current",
        RunState::Replaced => "replaced",
        RunState::Withdrawn => "withdrawn",
        RunState::Unreadable => "unreadable",
    }
}
