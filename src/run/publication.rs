//! The publish location during one run: the lock, the run's folder, the run it is compared with, and the commit.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::Utc;

use super::earlier::EarlierRun;
use super::nights::Nights;
use super::outputs::TableOutcome;
use super::stage::{RunStage, StageOfRun};
use super::{RunSettings, RunSummary};
use crate::checks::CheckResult;
use crate::error::{Error, Problem, Result, Signal};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::publish::{
    self, DefinitionVersion, InputFile, Lock, LogEntry, Manifest, OverriddenQuery, PublishLocation, QueryVersion,
    RunFolder, RunId,
};

/// How long a run that was asked to stop may take to remove what it wrote.
const LAST_CLEAN_UP: Duration = Duration::from_secs(2);

/// A publish location that this run has locked. Everything here has connections of its own, so that it never waits for
/// the computations.
pub struct Publication {
    location: PublishLocation,
    /// Held until the end.
    pub lock: Lock,
    folder: RunFolder,
}

/// What the computations of a run use of its publish location.
pub struct RunAccess {
    /// Where the run writes.
    pub folder: RunFolder,
    /// The run compared with.
    pub earlier: EarlierRun,
    /// The earlier nights of the trends.
    pub nights: Nights,
}

impl Publication {
    /// Probes and locks the publish location, and completes what earlier runs left unfinished.
    ///
    /// # Errors
    /// It cannot be written, another run holds it, or a partial run would mix two days.
    pub async fn open(plan: &Plan, run_id: &RunId, holder: String, progress: &Progress) -> Result<(Self, RunAccess)> {
        let location = PublishLocation::open(&plan.publish)?;
        location.check_writable().await?;
        let lock = location.lock(run_id, holder, plan.lock_lease).await?;
        match Self::prepare(&location, plan, progress).await {
            Ok((earlier, nights, own)) => {
                let folder = location.run_folder(run_id);
                let access = RunAccess { folder: folder.through(&own), earlier, nights };
                Ok((Self { location, lock, folder }, access))
            }
            Err(error) => {
                release(lock).await;
                Err(error)
            }
        }
    }

    async fn prepare(
        location: &PublishLocation,
        plan: &Plan,
        progress: &Progress,
    ) -> Result<(EarlierRun, Nights, PublishLocation)> {
        // The connections of the computations.
        let own = PublishLocation::open(&plan.publish)?;
        let (earlier, nights) = Self::earlier(&own, plan).await?;
        for warning in location.tidy().await {
            progress.warn(&warning);
        }
        Ok((earlier, nights, own))
    }

    async fn earlier(location: &PublishLocation, plan: &Plan) -> Result<(EarlierRun, Nights)> {
        let log = location.log().await?;
        for damaged in log.damaged() {
            tracing::warn!(
                "log entry `{damaged}` is damaged, as after a power failure: it counts as no published run, and the next \
                 one gets another number (hint: restore the file from a backup, or delete it)"
            );
        }
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

    /// Commits a finished run and refreshes `latest/` and `history/`, or removes what a failed one wrote; releases the
    /// lock.
    ///
    /// # Errors
    /// The run's own error, or that of the commit.
    pub async fn finish(self, finished: Result<Manifest>, stage: &RunStage, progress: &Progress) -> Result<RunSummary> {
        let Self { location, lock, folder } = self;
        let finished = match finished {
            Ok(_) if stage.is_stopped() => Err(Error::Interrupted(Signal::Terminate)),
            finished => finished,
        };
        let committed = match finished {
            Ok(manifest) => {
                stage.enter(StageOfRun::Committing);
                folder.commit(manifest.clone(), &lock).await.map(|entry| (entry, manifest))
            }
            Err(error) => {
                // Whatever the store does, time is left to release the lock.
                let longest = if stage.is_stopped() { LAST_CLEAN_UP } else { Duration::MAX };
                if tokio::time::timeout(longest, folder.discard()).await.is_err() {
                    tracing::debug!("the folder of the run remains; the next run removes it");
                }
                Err(error)
            }
        };
        let summary = match committed {
            Ok((entry, manifest)) => {
                stage.enter(StageOfRun::Committed);
                Ok(show(&location, entry, manifest, stage, progress).await)
            }
            Err(error) => Err(error),
        };
        release(lock).await;
        summary
    }
}

impl RunAccess {
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

/// Shows a committed run in `latest/` and `history/`, until it was told to stop.
async fn show(
    location: &PublishLocation,
    entry: LogEntry,
    manifest: Manifest,
    stage: &RunStage,
    progress: &Progress,
) -> RunSummary {
    let shown = tokio::select! {
        shown = location.show(&entry) => shown,
        () = stage.stopped() => Err(Error::execution(Problem::new("the run was interrupted"))),
    };
    let (latest, not_shown) = match shown {
        Ok(shown) => {
            shown.warnings.iter().for_each(|warning| progress.warn(warning));
            (shown.latest, None)
        }
        Err(error) => {
            let name = &entry.run_id;
            let problem = Problem::new(format!(
                "run `{name}` is published, but `latest/` or `history/` is not up to date: {error}"
            ))
            .hint("the next run completes them; tools that follow the log see the run");
            (Vec::new(), Some(Error::not_shown(problem.caused_by(error))))
        }
    };
    RunSummary { entry, manifest, latest, location: location.written().to_owned(), not_shown }
}

/// The error of a run that panicked, once its lock is released.
pub async fn release_after_a_defect(plan: &Plan, run_id: &RunId) -> Error {
    let released = match PublishLocation::open(&plan.publish) {
        Ok(location) => location.release(run_id, plan.lock_lease).await,
        Err(error) => Err(error),
    };
    if let Err(error) = released {
        tracing::warn!("the lock was not released and will expire: {error}");
    }
    Error::execution(Problem::new("the program failed").hint("please report this defect"))
}

async fn release(lock: Lock) {
    if let Err(error) = lock.release().await {
        tracing::warn!("the lock was not released and will expire: {error}");
    }
}

fn published_check(check: CheckResult) -> publish::CheckResult {
    let passed = check.passed();
    publish::CheckResult {
        passed,
        severity: check.severity.into(),
        table: check.table,
        found: (!passed).then_some(check.found),
        check: check.rule,
        offending_rows: check.offending_rows,
    }
}
