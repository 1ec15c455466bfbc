//! Published nights as things to handle: list, compare, verify, bring back, repeat, clean up.
//!
//! Every command opens [`Nights`] from the pipeline file alone, without a plan: a query that is broken tonight must not
//! keep anybody from bringing last night back. Only `publish` writes; this module decides what.

pub mod backfill;
pub mod clean;
pub mod diff;
pub mod history;
pub mod repair;
pub mod report;
pub mod retry;
pub mod rollback;
pub mod text_table;
pub mod unlock;
pub mod verify;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Pipeline;
use crate::config::column_role::ColumnRole;
use crate::config::sidecar::Sidecar;
use crate::error::{Error, Problem, Result};
use crate::publish::{Lock, LogEntry, PublishLocation, RunId};

/// The published nights of a pipeline.
#[derive(Debug)]
pub struct Nights {
    /// Where they are.
    pub location: PublishLocation,
    /// Name of the pipeline.
    pub pipeline: String,
    /// How long a lock lasts after its last renewal.
    pub lease: Duration,
    /// How long `clean` keeps the files of runs.
    pub retention: clean::Retention,
    /// The date that the pipeline file compares with, if it names one.
    pub compare_to: Option<NaiveDate>,
    /// What the sidecars declare, by table.
    declared: BTreeMap<String, Declared>,
}

/// What the sidecar of a table declares.
#[derive(Clone, Debug, Default)]
struct Declared {
    key: Vec<String>,
    /// The column of the customer's segment, of a table with one row per customer.
    segment: Option<String>,
}

/// Who asks for a change, and when.
#[derive(Clone, Debug)]
pub struct Actor {
    /// When the program started.
    pub now: DateTime<Utc>,
    /// Host and process, for the lock.
    pub holder: String,
    /// User and host, for the log.
    pub person: String,
}

/// A run in the results of commands.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct RunReference {
    /// Number of its log entry.
    pub number: u64,
    /// Its identifier.
    pub run_id: String,
    /// The day it is for.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of_date: NaiveDate,
}

impl From<&LogEntry> for RunReference {
    fn from(entry: &LogEntry) -> Self {
        Self { number: entry.version, run_id: entry.run_id.to_string(), as_of_date: entry.as_of_date }
    }
}

impl std::fmt::Display for RunReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (run {}, {})", self.as_of_date, self.number, self.run_id)
    }
}

impl Nights {
    /// The nights of a pipeline. Nothing is requested from the store yet.
    ///
    /// # Errors
    /// The publish location is malformed.
    pub fn open(pipeline: &Pipeline) -> Result<Self> {
        let queries = pipeline.queries.iter();
        let declared = queries.filter_map(|query| {
            let (_, sidecar) = query.sidecar.as_ref()?;
            Some((query.name.clone(), Declared::of(sidecar)))
        });
        Ok(Self {
            location: PublishLocation::open(&pipeline.publish_location())?,
            pipeline: pipeline.definition.name.value.clone(),
            lease: Duration::from_secs(pipeline.definition.publish.lock_seconds.value),
            retention: clean::Retention {
                runs: pipeline.definition.publish.keep_runs,
                days: pipeline.definition.publish.keep_days,
            },
            compare_to: pipeline.compare_to,
            declared: declared.collect(),
        })
    }

    /// Takes the lock of the location for a change, and refuses a location of another pipeline.
    ///
    /// # Errors
    /// `Error::Locked` when a run holds it.
    async fn lock(&self, actor: &Actor) -> Result<Lock> {
        if let Some(other) = self.location.latest_commit().await?.filter(|entry| entry.pipeline != self.pipeline) {
            return Err(Error::invalid(
                Problem::new(format!(
                    "`{}` belongs to the pipeline `{}`, not to `{}`",
                    self.location.written(),
                    other.pipeline,
                    self.pipeline
                ))
                .hint("give the pipeline file that publishes there"),
            ));
        }
        self.location.lock(&RunId::new(actor.now), actor.holder.clone(), self.lease).await
    }

    /// Changes the nights under the lock of the location, until `interruption` ends. The lock is released either way.
    ///
    /// # Errors
    /// As [`Nights::lock`]; the error of `change`, or that of the interruption.
    async fn change<T>(
        &self,
        actor: &Actor,
        interruption: impl Future<Output = Error>,
        change: impl AsyncFnOnce(&Lock) -> Result<T>,
    ) -> Result<T> {
        // Signals are noticed from the first poll on, so that none leaves a lock behind.
        let mut interruption = pin!(interruption);
        if let Poll::Ready(error) = futures::poll!(interruption.as_mut()) {
            return Err(error);
        }
        let lock = self.lock(actor).await?;
        let done = tokio::select! {
            done = change(&lock) => done,
            error = interruption => Err(error),
        };
        if let Err(error) = lock.release().await {
            tracing::warn!("the lock was not released and will expire: {error}");
        }
        done
    }
}

impl Declared {
    fn of(sidecar: &Sidecar) -> Self {
        let key: Vec<String> = sidecar.grain.iter().map(|column| column.value.clone()).collect();
        let is_per_customer = match key.as_slice() {
            [customer] => sidecar.role_of(customer) == Some(ColumnRole::CustomerId),
            _ => false,
        };
        let segment = sidecar.column_with(ColumnRole::Segment).filter(|_| is_per_customer).map(str::to_owned);
        Self { key, segment }
    }
}
