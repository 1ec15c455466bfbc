//! `staunch plan`: shows what a run would read, compute and publish.

use std::fmt::Write as _;
use std::io::Write;

use chrono::{DateTime, Utc};
use indicatif::{HumanBytes, HumanCount};

use super::{Invocation, load, plan_of_a_run, write};
use crate::cli::PlanArguments;
use crate::error::Result;
use crate::plan::Plan;
use crate::plan::source::SourcePlan;
use crate::publish::PublishLocation;
use crate::run::compatibility;
use crate::run::freshness::{Freshness, State};
use crate::run::input_changes::InputChanges;
use crate::run::inputs::{check_declared, read_before};
use crate::sources::{self, InputObject};
use crate::typing::type_check::Depth;

/// Prints the plan of a pipeline.
pub async fn execute(
    arguments: &PlanArguments,
    invocation: &Invocation,
    output: &mut (dyn Write + Send),
) -> Result<()> {
    let pipeline = load(&arguments.pipeline, &arguments.parameters, invocation)?;
    let plan = plan_of_a_run(pipeline, &arguments.select)?;
    print(&plan, invocation.started_at, output).await
}

/// What the times of the files say about the age of a source's data, when it is too old.
fn late(source: &SourcePlan, inputs: &[InputObject], now: DateTime<Utc>) -> Option<String> {
    let freshness = source.freshness.as_ref().filter(|freshness| freshness.column.is_none())?;
    let latest = inputs.iter().map(|input| input.last_modified.with_timezone(&source.time_zone).naive_local()).max();
    let judged = Freshness::judge(source, freshness, latest, now);
    (judged.state != State::Fresh).then(|| format!("late: {}", judged.described()))
}

/// Checks a plan, lists its inputs and prints it.
///
/// # Errors
/// The plan is wrong, or an input cannot be listed.
pub async fn print(plan: &Plan, now: DateTime<Utc>, output: &mut (dyn Write + Send)) -> Result<()> {
    let checked = check_declared(plan, Depth::LogicalPlans).await?;
    let published = compatibility::published(plan).await?;
    compatibility::judge_planned(plan, &checked.schemas, published.as_ref())?;
    let read_before = read_before(published.as_ref());
    let mut listed = Vec::with_capacity(plan.sources.len());
    for source in &plan.sources {
        let known = SourcePlan { was_read: read_before.contains(&source.name), ..source.clone() };
        listed.push((source, sources::list(&known).await?));
    }
    let earlier = PublishLocation::open(&plan.publish)?.manifest(None).await?;
    let mut text = format!("pipeline {} for {}\n\ninputs", plan.name, plan.as_of_date);
    if let Some(earlier) = &earlier {
        let _ = write!(text, ", compared with run {} for {}", earlier.run_id, earlier.as_of_date);
    }
    text.push('\n');
    for (source, inputs) in listed {
        let mut notes = String::new();
        if let Some(earlier) = &earlier {
            let read = earlier.inputs.iter().filter(|file| file.source == source.name);
            let _ = write!(notes, "; {}", InputChanges::between(&inputs, read));
        }
        if let Some(late) = late(source, &inputs, now) {
            let _ = write!(notes, "; {late}");
        }
        let bytes = inputs.iter().map(|input| input.size_bytes).sum();
        let objects = HumanCount(inputs.len() as u64);
        let _ = writeln!(
            text,
            "  {}: {objects} object{}, {}, from {}{notes}",
            source.name,
            if inputs.len() == 1 { "" } else { "s" },
            HumanBytes(bytes),
            source.location.written
        );
    }
    if plan.definitions().next().is_some() {
        text.push_str("\ndefinitions\n");
    }
    for source in plan.definitions() {
        let _ = writeln!(text, "  {}: {}", source.key, source.written);
    }
    text.push_str("\nqueries, in order\n");
    for query in &plan.queries {
        let reads: Vec<&str> = query.reads.iter().map(String::as_str).collect();
        let _ = writeln!(
            text,
            "  {} reads {}",
            query.name,
            if reads.is_empty() { "nothing".into() } else { reads.join(", ") }
        );
    }
    if !plan.overrides.is_empty() {
        text.push_str("\noverrides\n");
    }
    for query in &plan.overrides {
        let _ = writeln!(text, "  {query}");
    }
    if !plan.absent_canonical.is_empty() {
        let _ = writeln!(text, "\ncanonical tables that stay empty\n  {}", plan.absent_canonical.join(", "));
    }
    if !plan.unneeded_checks.is_empty() {
        let _ = writeln!(
            text,
            "\nchecks that do not run, because nothing needs their queries\n  {}",
            plan.unneeded_checks.join(", ")
        );
    }
    let outputs: Vec<&str> = plan.outputs.iter().map(|output| output.name.as_str()).collect();
    let reports: Vec<&str> = plan.reports.iter().map(|report| report.name.as_str()).collect();
    let _ = writeln!(text, "\npublishes to {}\n  tables: {}", plan.publish.written, outputs.join(", "));
    let spreadsheets: Vec<&str> =
        plan.outputs.iter().filter(|output| output.has_spreadsheet).map(|output| output.name.as_str()).collect();
    if !spreadsheets.is_empty() {
        let _ = writeln!(text, "  spreadsheets: {}", spreadsheets.join(", "));
    }
    if !reports.is_empty() {
        let _ = writeln!(text, "  reports: {}", reports.join(", "));
    }
    write(output, text.as_bytes())
}
