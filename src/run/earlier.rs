//! The published run that a run compares itself with.

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use futures::TryStreamExt;

use crate::engine::sql_errors;
use crate::error::{Error, Problem, Result};
use crate::plan::Plan;
use crate::publish::{ComparedRun, LogEntry, PublishLocation};

/// The latest published run with an earlier as_of_date, if there is one, or that of the day asked for.
pub struct EarlierRun {
    location: PublishLocation,
    entry: Option<LogEntry>,
}

impl EarlierRun {
    /// Looks the run up, without taking the lock.
    ///
    /// # Errors
    /// See [`EarlierRun::at`].
    pub async fn find(plan: &Plan) -> Result<Self> {
        Self::at(PublishLocation::open(&plan.publish)?, plan).await
    }

    /// Looks the run up at an open location.
    ///
    /// # Errors
    /// The publish location cannot be read, or has no run of the day that was asked for.
    pub async fn at(location: PublishLocation, plan: &Plan) -> Result<Self> {
        let entry = match plan.pipeline.compare_to {
            None => location.previous_commit(plan.pipeline.as_of_date).await?,
            Some(day) => Some(Self::of_day(&location, day).await?),
        };
        Ok(Self { location, entry })
    }

    async fn of_day(location: &PublishLocation, day: NaiveDate) -> Result<LogEntry> {
        let latest = match day.succ_opt() {
            Some(next) => location.previous_commit(next).await?,
            None => None,
        };
        let nearest = latest.as_ref().map(|entry| entry.as_of_date);
        latest.filter(|entry| entry.as_of_date == day).ok_or_else(|| {
            let hint = match nearest {
                Some(nearest) => format!("the nearest run before it is that of {nearest}"),
                None => "no earlier run is there; leave `compare_to` open".to_owned(),
            };
            Error::invalid(
                Problem::new(format!("`{}` has no run for `compare_to` {day}", location.written())).hint(hint),
            )
        })
    }

    /// The rows of one of its tables; `None` when it has no such table, or when there is no such run.
    ///
    /// # Errors
    /// The file is missing or damaged.
    pub async fn rows(&self, table: &str) -> Result<Option<Vec<RecordBatch>>> {
        let Some(entry) = &self.entry else { return Ok(None) };
        let Some(rows) = self.location.open_table(entry, table).await? else { return Ok(None) };
        let failed = |error| sql_errors::running_error(&format!("reading the earlier `{table}`"), error);
        rows.try_collect().await.map(Some).map_err(failed)
    }

    /// How the manifest names it.
    pub fn compared(&self) -> Option<ComparedRun> {
        self.entry.as_ref().map(|entry| ComparedRun { run_id: entry.run_id.clone(), as_of_date: entry.as_of_date })
    }
}
