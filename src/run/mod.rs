//! The nightly run: the flow itself.

pub mod compatibility;
pub mod earlier;
mod failed_checks;
pub mod freshness;
pub mod input_changes;
pub mod inputs;
pub mod later_nights;
mod memory_watch;
mod nights;
mod outputs;
mod publication;
mod rejects;
mod reported_tables;
mod reports;
pub mod session;
mod spill_folder;
mod spreadsheets;
mod stage;
pub mod threads;
mod unique_rows;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;

use crate::describe;
use crate::error::{Error, Problem, Result, Signal};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::publish::{LogEntry, Manifest, RunId};
use crate::transform;
use crate::typing::type_check::{Depth, TypeCheck};
use failed_checks::FailedChecks;
use publication::{Publication, RunAccess};
use session::{Resources, Session};
use stage::{RunStage, StageOfRun};
use threads::Work;

/// How long a run that was asked to stop may take to clean up. After that it ends as it is.
pub const GRACE: Duration = Duration::from_secs(5);

/// What a run needs in addition to its plan.
#[derive(Clone)]
pub struct RunSettings {
    /// What the computations may use.
    pub resources: Resources,
    /// The moment the program started.
    pub started_at: DateTime<Utc>,
    /// Who runs, for the lock: host and process.
    pub holder: String,
    /// Who runs, for the manifest: user and host.
    pub published_by: String,
}

/// What a run published.
#[derive(Debug)]
pub struct RunSummary {
    /// The log entry that made it visible.
    pub entry: LogEntry,
    /// The manifest of the run.
    pub manifest: Manifest,
    /// Files in `latest/` that show it; empty when `latest/` shows a later day.
    pub latest: Vec<String>,
    /// Where it was published, as written.
    pub location: String,
    /// Why `latest/` or `history/` does not show it, if so. It is published, and the next run completes them.
    pub not_shown: Option<Error>,
}

/// Executes a plan: lock, sources, queries with their checks, reports, publish. Stops, and publishes nothing, when
/// `interruption` ends before the commit; it ends at most [`GRACE`] later.
///
/// # Errors
/// Any failure before the commit. What was published before is unchanged.
pub async fn run(
    plan: &Plan,
    settings: &RunSettings,
    progress: &Progress,
    interruption: impl Future<Output = Error>,
) -> Result<RunSummary> {
    let declared = inputs::check_declared(plan, Depth::LogicalPlans).await?;
    let run_id = RunId::new(settings.started_at);
    // Signals are noticed from the first poll on, before the lock is acquired, so that no signal leaves a lock behind.
    let mut interruption = pin!(interruption);
    if let Poll::Ready(error) = futures::poll!(interruption.as_mut()) {
        return Err(error);
    }
    let stage = RunStage::new(run_id.clone());
    let flow = flow(plan, declared, settings, progress, &run_id, &stage);
    let mut flow = pin!(AssertUnwindSafe(flow).catch_unwind().then(|finished| async {
        match finished {
            Ok(finished) => finished,
            Err(_) => Err(publication::release_after_a_defect(plan, &run_id).await),
        }
    }));
    tokio::select! {
        finished = &mut flow => finished,
        signal = &mut interruption => {
            stage.stop();
            let finished = tokio::time::timeout(GRACE, flow).await;
            interrupted(signal, finished.ok(), &stage)
        }
    }
}

/// The run itself. It begins nothing new once `stage` was told to stop, and removes what it wrote.
async fn flow(
    plan: &Plan,
    declared: TypeCheck,
    settings: &RunSettings,
    progress: &Progress,
    run_id: &RunId,
    stage: &RunStage,
) -> Result<RunSummary> {
    let (publication, access) = Publication::open(plan, run_id, settings.holder.clone(), progress).await?;
    // Dropped last: what it was writing is waited for before the run is removed.
    let mut work = begin_work(plan, declared, settings, progress, run_id, access);
    let finished = match &mut work {
        Ok(work) => {
            let finished = tokio::select! {
                finished = work.finished() => finished.and_then(|finished| finished),
                // The signal that stopped it is reported in its place.
                () = stage.stopped() => Err(Error::Interrupted(Signal::Terminate)),
                error = publication.lock.lost() => Err(error),
                error = memory_watch::exceeded(settings.resources.memory_bytes) => Err(error),
            };
            work.stop().await;
            finished
        }
        Err(error) => Err(error.clone()),
    };
    publication.finish(finished, stage, progress).await
}

/// What a run that was asked to stop ends with, `finished` or not.
fn interrupted(signal: Error, finished: Option<Result<RunSummary>>, stage: &RunStage) -> Result<RunSummary> {
    match (finished, stage.now()) {
        (Some(Ok(summary)), _) => Ok(summary),
        (_, StageOfRun::BeforeCommit) => Err(signal),
        (Some(Err(error)), _) => Err(error),
        (None, StageOfRun::Committing) => Err(Error::execution(
            Problem::new(format!("interrupted before the store said whether run `{}` was published", stage.run_id()))
                .hint("the highest entry of the log tells; running again is safe in either case"),
        )),
        (None, StageOfRun::Committed) => Err(Error::not_shown(Problem::new(format!(
            "interrupted before `latest/` and `history/` showed run `{}`, which is published",
            stage.run_id()
        )))),
    }
}

/// Starts the computations on threads of their own.
fn begin_work(
    plan: &Plan,
    declared: TypeCheck,
    settings: &RunSettings,
    progress: &Progress,
    run_id: &RunId,
    access: RunAccess,
) -> Result<Work<Result<Manifest>>> {
    let (plan, settings, progress, run_id) = (plan.clone(), settings.clone(), progress.clone(), run_id.clone());
    Work::start(settings.resources.threads, move || async move {
        work(&plan, declared, &settings, &progress, &run_id, &access).await
    })
}

/// Everything between the lock and the commit.
async fn work(
    plan: &Plan,
    declared: TypeCheck,
    settings: &RunSettings,
    progress: &Progress,
    run_id: &RunId,
    access: &RunAccess,
) -> Result<Manifest> {
    let folder = &access.folder;
    let session = Session::open(&settings.resources)?;
    let Session { engine, tables, .. } = &session;
    let published = compatibility::published(plan).await?;
    compatibility::judge_planned(plan, &declared.schemas, published.as_ref())?;
    let read_before = inputs::read_before(published.as_ref());
    let read =
        inputs::read(plan, declared, &session, &access.earlier, &read_before, progress, settings.started_at).await?;
    let rejected = rejects::write(&read.rejects, folder).await?;

    let failed = FailedChecks::default();
    let sink = outputs::Sink { plan, engine, folder, progress, earlier: access.earlier.rows(), failed };
    let is_kept = |table: &str| sink.is_wanted(table);
    let stage = progress.stage("computed", plan.queries.len());
    let results = transform::run(plan, read.types.plans, engine, tables, is_kept, |query, record| {
        stage.done(&query.name, Some(record.rows), Duration::from_secs_f64(record.seconds));
        sink.take(query, record)
    })
    .await;
    drop(stage);
    let results = sink.failed.judge(results)?;

    let mut manifest = access.manifest(plan, settings, run_id, &read.files, results);
    compatibility::judge_written(plan, &manifest.tables, published.as_ref())?;
    manifest.rejects = rejected;
    manifest.notes = read.notes;
    let nights = access.nights.read().await?;
    manifest.notes.extend(nights.unreadable);
    manifest.trend_runs = nights.runs;
    manifest.freshness = read.freshness;
    let rendered = reports::render(plan, engine, &manifest, &read.files, nights.figures).await?;
    for (name, document) in rendered.documents {
        manifest.reports.push(folder.write_report(&name, document.into()).await?);
    }
    for (name, model) in rendered.models {
        manifest.models.push(folder.write_model(&name, model.into()).await?);
    }
    for (name, document) in describe::files(plan, &manifest, reports::min_cell(plan))? {
        manifest.reports.push(folder.write_report(name, document.into()).await?);
    }
    manifest.finished_at = Utc::now();
    // Last, because it names all the others.
    let status = describe::status(&manifest)?;
    manifest.reports.push(folder.write_report(describe::STATUS, status.into()).await?);
    Ok(manifest)
}
