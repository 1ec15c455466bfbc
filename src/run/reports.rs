//! Renders the reports of a pipeline from the run's own tables.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::reported_tables;
use crate::catalog::canonical;
use crate::checks;
use crate::config::first_screen::{Better, Block, Direction, KeyFigure};
use crate::config::language::Language;
use crate::config::located::Located;
use crate::config::parameters::{self, ParameterValue};
use crate::config::questionnaire::Construct;
use crate::config::sidecar::Severity;
use crate::engine::{Engine, sql_errors};
use crate::error::{Error, Result};
use crate::plan::{Plan, ReportPlan};
use crate::publish::{CheckSeverity, InputFile, Manifest};
use crate::report::{
    self, CheckLine, CodeLabels, InputLine, LoyaltyRules, NightFigures, RecommendScale, ReportBlock, ReportContext,
    ReportSection, WantedFigure,
};

/// The canonical table of purchases; without it, the window of purchases means nothing.
const PURCHASES: &str = "stg_purchases";
/// Groups below this size are not shown when the pipeline has no parameter `min_cell`.
const DEFAULT_MIN_CELL: u64 = 5;

/// What a run writes of its reports.
#[derive(Debug, Default)]
pub struct RenderedReports {
    /// File names and documents.
    pub documents: Vec<(String, Vec<u8>)>,
    /// The reports as numbers, by name and language.
    pub models: Vec<(String, Vec<u8>)>,
}

/// All reports, in every format and language.
///
/// # Errors
/// A table cannot be read, or a template does not fit.
pub async fn render(
    plan: &Plan,
    engine: &Engine,
    manifest: &Manifest,
    inputs: &[InputFile],
    nights: Vec<NightFigures>,
) -> Result<RenderedReports> {
    let mut rendered = RenderedReports::default();
    if plan.reports.is_empty() {
        return Ok(rendered);
    }
    let tables = tables(plan, engine).await?;
    let to_show = reported_tables::read(plan, engine, manifest).await?;
    for published in &plan.reports {
        for language in &published.languages {
            let context = context(plan, published, *language, manifest, inputs)?;
            let shown = to_show.iter().map(|table| report::show(table, context.min_cell, &context.labels));
            let shown = shown.collect::<Result<_>>()?;
            let built = report::build(context, &tables, shown, &nights)?;
            rendered.documents.extend(report::documents(&built, &published.name, &published.formats)?);
            rendered.models.push((format!("{}.{}", published.name, language.code()), report::to_json(&built)?));
        }
    }
    Ok(rendered)
}

/// Smallest group of customers whose numbers are shown.
pub fn min_cell(plan: &Plan) -> u64 {
    integer(plan, "min_cell").and_then(|value| u64::try_from(value).ok()).unwrap_or(DEFAULT_MIN_CELL)
}

fn integer(plan: &Plan, name: &str) -> Option<i64> {
    match value(plan, name) {
        Some(ParameterValue::Integer(value)) => Some(*value),
        _ => None,
    }
}

fn value<'a>(plan: &'a Plan, name: &str) -> Option<&'a ParameterValue> {
    plan.parameters.iter().find(|parameter| parameter.name == name)?.value.as_ref()
}

async fn tables(plan: &Plan, engine: &Engine) -> Result<BTreeMap<String, RecordBatch>> {
    let mut tables = BTreeMap::new();
    for name in report::TABLES.iter().filter(|name| plan.query(name).is_some()) {
        let failed = |error| sql_errors::running_error(&format!("reading `{name}` for the report"), error);
        let frame = engine.table(name).await.map_err(failed)?;
        let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.map_err(failed)?;
        let batch = concat_batches(&schema, &batches).map_err(|error| failed(error.into()))?;
        tables.insert((*name).to_owned(), batch);
    }
    Ok::<_, Error>(tables)
}

fn context(
    plan: &Plan,
    published: &ReportPlan,
    language: Language,
    manifest: &Manifest,
    inputs: &[InputFile],
) -> Result<ReportContext> {
    let catalogue = &plan.catalogue;
    // Only inputs that a query of this pipeline would use are reported as missing.
    let is_read = |name: &str| plan.queries.iter().any(|query| query.reads.contains(name));
    let gives = |name: &String| {
        canonical::table(name)
            .filter(|table| is_read(name) && !table.is_setting)
            .map(|table| (name.clone(), table.gives.text(language).to_owned()))
    };
    let mut lines: BTreeMap<&str, InputLine> = BTreeMap::new();
    for input in inputs {
        let empty = InputLine { source: input.source.clone(), objects: 0, rows: 0, bytes: 0, latest_event: None };
        let line = lines.entry(input.source.as_str()).or_insert(empty);
        line.objects += 1;
        line.rows += input.rows.unwrap_or_default();
        line.bytes += input.size_bytes;
        line.latest_event = line.latest_event.max(input.last_event_at);
    }
    let severity = |severity| match severity {
        CheckSeverity::Warn => Severity::Warn,
        CheckSeverity::Stop => Severity::Stop,
    };
    let never_empty = checks::never_empty(Severity::Warn);
    let checks = manifest.checks.iter().map(|check| {
        let declared = plan.query(&check.table).into_iter().flat_map(|query| &query.checks);
        let declared = declared.map(|plan| &plan.check.value).chain([&never_empty]);
        let declared = declared.into_iter().find(|declared| checks::rule(declared) == check.check);
        let found = || declared.map(|declared| report::found(declared, language)).transpose();
        Ok(CheckLine {
            table: check.table.clone(),
            rule: declared.map_or_else(|| Ok(check.check.clone()), |check| report::rule(check, language))?,
            found: if check.passed { None } else { found()?.or_else(|| check.found.clone()) },
            severity: severity(check.severity),
            offending_rows: check.offending_rows,
            passed: check.passed,
        })
    });
    let description = published.description.given(language).unwrap_or(&plan.description);
    Ok(ReportContext {
        pipeline: plan.name.clone(),
        description: description.to_owned(),
        caveats: published.caveats.iter().map(|caveat| caveat.text(language).to_owned()).collect(),
        headline: published.headline,
        rules: rules(plan),
        as_of_date: manifest.as_of_date,
        window_days: integer(plan, "window_days")
            .filter(|_| !plan.absent_canonical.iter().any(|name| name == PURCHASES)),
        currency: plan.currency.clone(),
        run_id: manifest.run_id.to_string(),
        staunch_version: manifest.staunch_version.clone(),
        compared_to: manifest.compared_to.as_ref().map(|compared| compared.as_of_date),
        absent_inputs: plan.absent_canonical.iter().filter_map(gives).collect(),
        checks: checks.collect::<Result<_>>()?,
        inputs: lines.into_values().collect(),
        sections: ReportSection::all_of(catalogue, language),
        figures: catalogue.figures.iter().map(|(key, name)| (key.clone(), name.text(language).to_owned())).collect(),
        directions: directions(&catalogue.better),
        key_figures: catalogue.first_screen.key_figures.iter().map(|figure| wanted(figure, language)).collect(),
        blocks: catalogue.first_screen.blocks.iter().map(|shown| block(shown, language)).collect(),
        basis: values(&catalogue.first_screen.basis),
        families: catalogue.first_screen.families.iter().map(|figures| values(figures)).collect(),
        labels: CodeLabels::of(catalogue, language),
        min_cell: min_cell(plan),
    })
}

/// The parameters that say when behaviour and attitude are high.
fn rules(plan: &Plan) -> LoyaltyRules {
    let text = |name: &str| match value(plan, name) {
        Some(ParameterValue::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let decimal = |name: &str| plan.parameters.iter().find(|found| found.name == name).and_then(parameters::number);
    LoyaltyRules {
        behaviour: text("behaviour_rule"),
        share_cut: decimal("behaviour_cut"),
        index_cut: decimal("behaviour_index_cut"),
        occasions_cut: integer(plan, "own_occasions_cut"),
        attitude_axis: text("attitude_axis"),
        attitude_cut: decimal("attitude_cut"),
        recommend: recommend_scale(plan, decimal("promoter_from"), decimal("passive_from")),
    }
}

/// The scale of the first question of the questionnaire about recommending.
fn recommend_scale(plan: &Plan, promoter_from: Option<f64>, passive_from: Option<f64>) -> Option<RecommendScale> {
    let items = &plan.questionnaire.as_ref()?.content.items;
    let scale = items.iter().find(|item| item.construct.value == Construct::Recommend)?.scale;
    let (promoter_from, passive_from) = promoter_from.zip(passive_from)?;
    Some(RecommendScale { lowest: scale.min, highest: scale.max, promoter_from, passive_from })
}

fn directions(better: &Better) -> BTreeMap<String, Direction> {
    let all = better.up.iter().chain(&better.down);
    all.map(|figure| (figure.value.clone(), better.of(figure))).collect()
}

fn values(names: &[Located<String>]) -> Vec<String> {
    names.iter().map(|name| name.value.clone()).collect()
}

fn wanted(figure: &KeyFigure, language: Language) -> WantedFigure {
    WantedFigure {
        figure: figure.figure.value.clone(),
        part: figure.part.clone(),
        name: figure.name.as_ref().map(|name| name.text(language).to_owned()),
        least_share: figure.least_share,
    }
}

fn block(block: &Block, language: Language) -> ReportBlock {
    ReportBlock {
        heading: block.heading.text(language).to_owned(),
        findings: values(&block.findings),
        table: block.table.as_ref().map(|table| table.value.clone()),
    }
}
