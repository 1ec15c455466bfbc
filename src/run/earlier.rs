//! The published run that a run is compared with.

use std::collections::BTreeMap;

use arrow::datatypes::SchemaRef;
use chrono::NaiveDate;

use crate::engine::Engine;
use crate::error::{Error, Problem, Result};
use crate::plan::Plan;
use crate::publish::{ComparedRun, Log, LogEntry, PublishLocation};

/// The published run with the latest earlier as_of_date, or the run of the day in `compare_to`; there may be none.
pub struct EarlierRun {
    location: PublishLocation,
    entry: Option<LogEntry>,
}

impl EarlierRun {
    /// Looks the run up in the log of an open location.
    ///
    /// # Errors
    /// The log cannot be read, or has no run of the day that was asked for.
    pub async fn find(location: PublishLocation, log: &Log, plan: &Plan) -> Result<Self> {
        let entry = match plan.compare_to {
            None => match log.latest_before(plan.as_of_date).await {
                Err(Error::Data(problem)) if plan.previous.is_empty() => {
                    tracing::warn!("the report names no run to compare with: {problem}");
                    None
                }
                found => found?,
            },
            Some(day) => Some(Self::of_day(&location, log, day).await?),
        };
        Ok(Self { location, entry })
    }

    async fn of_day(location: &PublishLocation, log: &Log, day: NaiveDate) -> Result<LogEntry> {
        let latest = match day.succ_opt() {
            Some(next) => log.latest_before(next).await?,
            None => None,
        };
        let nearest = latest.as_ref().map(|entry| entry.as_of_date);
        latest.filter(|entry| entry.as_of_date == day).ok_or_else(|| {
            let hint = match nearest {
                Some(nearest) => format!("the latest run before it is for {nearest}"),
                None => "there is no earlier run; leave `compare_to` unset".to_owned(),
            };
            Error::invalid(
                Problem::new(format!("`{}` has no run for `compare_to` {day}", location.written())).hint(hint),
            )
        })
    }

    /// Registers its table `table` as `name`, with the columns of `schema`; queries scan the published file. Does
    /// nothing when there is no such table or no such run.
    ///
    /// # Errors
    /// The file is missing or damaged, or a column has another type now.
    pub async fn register(&self, table: &str, name: &str, schema: SchemaRef, engine: &Engine) -> Result<()> {
        let Some(entry) = &self.entry else { return Ok(()) };
        let Some(logged) = entry.table(table) else { return Ok(()) };
        let readable = self.location.readable_copy(entry, logged).await?;
        let scan = self.location.scan_table(&readable, schema, &engine.context).await?;
        engine.register(name, scan, Some(logged.rows))
    }

    /// Its day, and the rows of its tables.
    pub fn rows(&self) -> Option<(NaiveDate, BTreeMap<String, u64>)> {
        let entry = self.entry.as_ref()?;
        Some((entry.as_of_date, entry.tables.iter().map(|table| (table.name.clone(), table.rows)).collect()))
    }

    /// How the manifest names it.
    pub fn compared(&self) -> Option<ComparedRun> {
        self.entry.as_ref().map(|entry| ComparedRun { run_id: entry.run_id.clone(), as_of_date: entry.as_of_date })
    }
}
