//! The nightly run: the flow itself.

pub mod compatibility;
pub mod earlier;
mod failed_checks;
pub mod freshness;
pub mod input_changes;
pub mod inputs;
pub mod later_nights;
mod nights;
mod outputs;
mod publication;
mod rejects;
mod reported_tables;
mod reports;
pub mod session;
mod spreadsheets;
mod unique_rows;

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::describe;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::progress::Progress;
use crate::publish::{LogEntry, Manifest, RunId, refresh};
use crate::transform;
use crate::typing::type_check::{Depth, TypeCheck};
use failed_checks::FailedChecks;
use publication::Publication;
use session::{Resources, Session};

/// What a run needs in addition to its plan.
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
    /// Problems after the commit, which do not undo it.
    pub warnings: Vec<String>,
}

/// Executes a plan: lock, sources, queries with their checks, reports, publish. Stops, and publishes nothing, when
/// `interruption` ends first.
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
    let publication = Publication::open(plan, &run_id, settings.holder.clone()).await?;
    let work = work(plan, declared, settings, progress, &run_id, &publication);
    let finished = tokio::select! {
        finished = work => finished,
        error = &mut interruption => Err(error),
        error = publication.lock.lost() => Err(error),
    };
    publication.finish(finished).await
}

/// Everything between the lock and the commit.
async fn work(
    plan: &Plan,
    declared: TypeCheck,
    settings: &RunSettings,
    progress: &Progress,
    run_id: &RunId,
    publication: &Publication,
) -> Result<Manifest> {
    let folder = &publication.folder;
    let session = Session::open(&settings.resources)?;
    let Session { engine, tables } = &session;
    let published = compatibility::published(plan).await?;
    compatibility::judge_planned(plan, &declared.schemas, published.as_ref())?;
    let read_before = inputs::read_before(published.as_ref());
    let read =
        inputs::read(plan, declared, &session, &publication.earlier, &read_before, progress, settings.started_at)
            .await?;
    let rejected = rejects::write(&read.rejects, folder).await?;

    let failed = FailedChecks::default();
    let sink = outputs::Sink { plan, engine, folder, progress, earlier: publication.earlier.rows(), failed };
    let is_kept = |table: &str| sink.is_wanted(table);
    let stage = progress.stage("computed", plan.queries.len());
    let results = transform::run(plan, read.types.plans, engine, tables, is_kept, |query, record| {
        stage.done(&query.name, Some(record.rows), Duration::from_secs_f64(record.seconds));
        sink.take(query, record)
    })
    .await;
    drop(stage);
    let results = sink.failed.judge(results)?;

    let mut manifest = publication.manifest(plan, settings, run_id, &read.files, results);
    compatibility::judge_written(plan, &manifest.tables, published.as_ref())?;
    manifest.rejects = rejected;
    manifest.notes = read.notes;
    let nights = publication.nights.read().await?;
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
