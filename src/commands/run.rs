//! `staunch run`: runs a pipeline and publishes what it computes.

use std::future::Future;
use std::io::Write;

use chrono::{DateTime, Utc};
use indicatif::HumanBytes;

use super::{Invocation, identity, load, plan, plan_of_a_run, resources};
use crate::cli::{ResourceArguments, RunArguments};
use crate::describe::{self, Warning, WarningKind};
use crate::error::{Error, Result};
use crate::nights::backfill::outdated_text;
use crate::plan::Plan;
use crate::progress::row_count;
use crate::publish::{PublishLocation, latest_path};
use crate::run::later_nights::outdated_after;
use crate::run::{self, RunSettings, RunSummary};

/// Runs a pipeline and reports what was published where.
pub async fn execute(
    arguments: RunArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
    interruption: impl Future<Output = Error>,
) -> Result<()> {
    let pipeline = load(&arguments.pipeline, &arguments.parameters, invocation)?;
    let plan = plan_of_a_run(pipeline, &arguments.select)?;
    if arguments.dry_run {
        return plan::print(&plan, invocation.started_at, output).await;
    }
    if !plan.unneeded_checks.is_empty() {
        invocation.progress.say(&format!(
            "the checks of {} queries do not run, because no output needs them; `staunch plan` names them, and \
             `unneeded_checks` decides",
            plan.unneeded_checks.len()
        ));
    }
    let day = Day { plan: &plan, resources: &arguments.resources, started_at: invocation.started_at };
    publish_day(day, invocation, interruption).await?;
    tell_outdated(&plan).await;
    Ok(())
}

/// Says which later nights compared themselves with the day that was run. The run is published, so that a failure here is
/// only told.
pub async fn tell_outdated(plan: &Plan) {
    let found = async { outdated_after(&PublishLocation::open(&plan.publish)?, plan.as_of_date).await };
    match found.await {
        Ok(outdated) if outdated.is_empty() => {}
        Ok(outdated) => tracing::warn!("{}", outdated_text(&outdated).trim_end()),
        Err(error) => tracing::warn!("whether later nights compared themselves with this one is unknown: {error}"),
    }
}

/// One day to run.
pub struct Day<'a> {
    /// What to do.
    pub plan: &'a Plan,
    /// Limits of the command line.
    pub resources: &'a ResourceArguments,
    /// When the run starts.
    pub started_at: DateTime<Utc>,
}

/// Runs a day, and reports what was published where.
pub async fn publish_day(
    day: Day<'_>,
    invocation: &Invocation,
    interruption: impl Future<Output = Error>,
) -> Result<RunSummary> {
    let Day { plan, resources, started_at } = day;
    let resources = resources::resources(&plan.limits, resources)?;
    let settings = RunSettings { resources, started_at, holder: identity::holder(), published_by: identity::person() };
    let mut summary = run::run(plan, &settings, &invocation.progress, interruption).await?;
    for line in summary_lines(&summary) {
        invocation.progress.say(&line);
    }
    if summary.entry.latest.version != summary.entry.version {
        let latest = summary.entry.latest.as_of_date;
        invocation
            .progress
            .warn(&format!("warning: {}/latest/ shows the later date {latest} and was not changed", place(&summary)));
    }
    match summary.not_shown.take() {
        Some(error) => Err(error),
        None => Ok(summary),
    }
}

fn place(summary: &RunSummary) -> &str {
    summary.location.trim_end_matches('/')
}

fn summary_lines(summary: &RunSummary) -> Vec<String> {
    let manifest = &summary.manifest;
    let location = place(summary);
    let seconds = (manifest.finished_at - manifest.started_at).as_seconds_f64();
    let mut lines = vec![format!(
        "published {} for {} in {seconds:.1} s (run {}, commit {})",
        manifest.pipeline, manifest.as_of_date, manifest.run_id, summary.entry.version
    )];
    for table in &manifest.tables {
        lines.push(format!("  {}: {}, {}", table.name, row_count(table.rows), HumanBytes(table.bytes)));
    }
    let found = manifest.checks.iter().filter(|check| !check.passed).count();
    lines.push(format!("  checks: {} passed, {found} with a warning", manifest.checks.len() - found));
    for Warning { kind, message, path, .. } in describe::warnings(manifest) {
        let file = path.map(|path| format!(": {location}/{path}")).unwrap_or_default();
        lines.push(format!("  {}: {message}{file}", word(kind)));
    }
    let reports = manifest.reports.iter().filter(|report| !describe::is_description(&report.name));
    if summary.latest.is_empty() {
        lines.push(format!("  tables: {location}/history/"));
        lines.extend(reports.map(|report| format!("  report: {location}/{}", report.path)));
    } else {
        lines.push(format!("  tables: {location}/latest/*.parquet and {location}/history/"));
        lines.extend(reports.map(|report| format!("  report: {location}/{}", latest_path(&report.name))));
    }
    lines
}

fn word(kind: WarningKind) -> &'static str {
    match kind {
        WarningKind::Check => "warning",
        WarningKind::Note => "note",
        WarningKind::Rejected => "rejected",
    }
}
