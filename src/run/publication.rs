//! The publish location during one run: the lock, the run's folder, the run it is compared with, and the commit.

use std::collections::BTreeMap;

use chrono::Utc;

use super::earlier::EarlierRun;
use super::nights::Nights;
use super::outputs::TableOutcome;
use super::{RunSettings, RunSummary, refresh};
use crate::checks::CheckResult;
use crate::error::{Error, Problem, Result};
use crate::plan::Plan;
use crate::publish::{
    self, DefinitionVersion, InputFile, Lock, LogEntry, Manifest, OverriddenQuery, PublishLocation, QueryVersion,
    RunFolder, RunId,
};

/// A publish location that this run has locked.
pub struct Publication {
    location: PublishLocation,
    /// Held until the end.
    pub lock: Lock,
    /// Where the run writes.
    pub folder: RunFolder,
    /// The run compared with.
    pub earlier: EarlierRun,
    /// The earlier nights of the trends.
    pub nights: Nights,
}

impl Publication {
    /// Probes and locks the publish location.
    ///
    /// # Errors
    /// It cannot be written, another run holds it, or a partial run would mix two days.
    pub async fn open(plan: &Plan, run_id: &RunId, holder: String) -> Result<Self> {
        let location = PublishLocation::open(&plan.publish)?;
        location.check_writable().await?;
        let lock = location.lock(run_id, holder, plan.lock_lease).await?;
        match Self::earlier(&location, plan).await {
            Ok((earlier, nights)) => Ok(Self { folder: location.run_folder(run_id), location, lock, earlier, nights }),
            Err(error) => {
                release(lock).await;
                Err(error)
            }
        }
    }

    async fn earlier(location: &PublishLocation, plan: &Plan) -> Result<(EarlierRun, Nights)> {
        let log = location.log().await?;
        let latest = log.highest();
        let name = plan.name.as_str();
        if let Some(other) = latest.filter(|entry| entry.pipeline != name) {
            return Err(Error::invalid(
                Problem::new(format!(
                    "`{}` belongs to the pipeline `{}`, not to `{name}`",
                    location.written(),
                    other.pipeline
                ))
                .hint("give every pipeline a publish location of its own"),
            ));
        }
        if let Some(latest) = latest.filter(|_| plan.is_partial) {
            return Err(Error::invalid(
                Problem::new(format!(
                    "`--select` cannot publish a part of the outputs to `{}`, which shows the whole run of {}",
                    location.written(),
                    latest.as_of_date
                ))
                .hint(
                    "readers would see a mixture of two runs; run the whole pipeline, or publish to another location",
                ),
            ));
        }
        let earlier = EarlierRun::find(location.clone(), &log, plan).await?;
        let nights = Nights::find(location.clone(), &log, plan).await?;
        Ok((earlier, nights))
    }

    /// The manifest so far; the rendered reports and the end of the run are still missing.
    pub fn manifest(
        &self,
        plan: &Plan,
        settings: &RunSettings,
        run_id: &RunId,
        inputs: &[InputFile],
        results: Vec<TableOutcome>,
    ) -> Manifest {
        let parameter = |parameter: &crate::config::parameters::Parameter| {
            parameter.value.as_ref().map(|value| (parameter.name.clone(), value.to_string()))
        };
        let mut tables = Vec::new();
        let mut spreadsheets = Vec::new();
        let mut checks = Vec::new();
        for outcome in results {
            tables.extend(outcome.published);
            spreadsheets.extend(outcome.spreadsheets);
            checks.extend(outcome.checks.into_iter().map(published_check));
        }
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        spreadsheets.sort_by(|a, b| a.name.cmp(&b.name));
        checks.sort_by(|a, b| a.table.cmp(&b.table));
        Manifest {
            staunch_version: env!("CARGO_PKG_VERSION").to_owned(),
            pipeline: plan.name.clone(),
            run_id: run_id.clone(),
            as_of_date: plan.as_of_date,
            published_by: Some(settings.published_by.clone()),
            started_at: settings.started_at,
            finished_at: Utc::now(),
            parameters: plan.parameters.iter().filter_map(parameter).collect(),
            definitions: definitions(plan),
            inputs: inputs.to_vec(),
            queries: plan
                .queries
                .iter()
                .map(|query| QueryVersion { name: query.name.clone(), sha256: query.sha256.clone() })
                .collect(),
            overrides: overrides(plan),
            tables,
            reports: spreadsheets,
            models: Vec::new(),
            rejects: Vec::new(),
            notes: Vec::new(),
            freshness: BTreeMap::new(),
            checks,
            compared_to: self.earlier.compared(),
            trend_runs: Vec::new(),
        }
    }

    /// Commits a finished run and refreshes `latest/` and `history/`, or removes what a failed one wrote; releases the
    /// lock.
    ///
    /// # Errors
    /// The run's own error, or that of the commit.
    pub async fn finish(self, finished: Result<Manifest>) -> Result<RunSummary> {
        let Self { location, lock, folder, .. } = self;
        let committed = match finished {
            Ok(manifest) => folder.commit(manifest.clone(), &lock).await.map(|entry| (entry, manifest)),
            Err(error) => {
                folder.discard().await;
                Err(error)
            }
        };
        let summary = match committed {
            Ok((entry, manifest)) => Ok(refreshed(&location, entry, manifest).await),
            Err(error) => Err(error),
        };
        release(lock).await;
        summary
    }
}

fn definitions(plan: &Plan) -> Vec<DefinitionVersion> {
    plan.definitions()
        .map(|source| DefinitionVersion {
            key: source.key.to_owned(),
            file: source.written.to_owned(),
            sha256: source.file.sha256(),
        })
        .collect()
}

fn overrides(plan: &Plan) -> Vec<OverriddenQuery> {
    let overrides = plan.overrides.iter();
    overrides
        .map(|query| OverriddenQuery {
            name: query.table.clone(),
            file: query.written.clone(),
            replaces: query.replaced.display().to_string(),
        })
        .collect()
}

async fn refreshed(location: &PublishLocation, entry: LogEntry, manifest: Manifest) -> RunSummary {
    let mut warnings = Vec::new();
    let latest = match refresh(location, &entry).await {
        Ok(refreshed) => refreshed.latest,
        Err(error) => {
            warnings.push(format!("the run is published, but latest/ and history/ were not refreshed: {error}"));
            Vec::new()
        }
    };
    RunSummary { entry, manifest, latest, location: location.written().to_owned(), warnings }
}

async fn release(lock: Lock) {
    if let Err(error) = lock.release().await {
        tracing::warn!("the lock was not released and will expire: {error}");
    }
}

fn published_check(check: CheckResult) -> publish::CheckResult {
    publish::CheckResult {
        passed: check.passed(),
        severity: check.severity.into(),
        table: check.table,
        check: check.rule,
        offending_rows: check.offending_rows,
    }
}
