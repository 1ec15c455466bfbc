//! The first screen in words: the main figures, what changed, what to do, and how sure the numbers are.

use chrono::NaiveDate;
use fluent_bundle::FluentValue;
use serde::Serialize;

use super::build::TOTAL;
use super::charts;
use super::context::{InputLine, ReportContext};
use super::formats::Pictures;
use super::model::{IndicatorLine, KeyFigureLine, LoyaltyReport, NewestLine};
use super::parts::{Finding, Part};
use super::trends::{self, Change, ChangeLine};
use crate::config::report_format::Headline;
use crate::error::Result;
use crate::render::Messages;

const TRUE_LOYALTY: &str = "segment=true_loyalty";
/// From this on, the part of a change that comes from who was rated is told.
const NOTABLE_COMPOSITION: f64 = 0.01;
/// Sources whose newest data are named where no query says what counts: those with the most rows.
const NAMED_SOURCES: usize = 3;

/// The first screen, but for the headline.
#[derive(Debug, Serialize)]
pub(super) struct FirstView {
    /// What became of the share in the headline.
    change: Option<String>,
    figures: Vec<FigureView>,
    blocks: Vec<BlockView>,
    better: Vec<String>,
    worse: Vec<String>,
    /// Whether there is an earlier run, so that nothing in the lists means something.
    is_compared: bool,
    /// What the numbers rest on.
    basis: Vec<String>,
    has_failed_checks: bool,
}

/// A figure of the first screen.
#[derive(Debug, Serialize)]
struct FigureView {
    name: String,
    value: String,
    currency: Option<String>,
    interval: Option<String>,
    change: Option<ChangeView>,
    /// SVG of the nights so far.
    sparkline: Option<String>,
}

/// A change since the earlier run.
#[derive(Debug, Serialize)]
struct ChangeView {
    number: f64,
    text: String,
    /// `good`, `bad` or `neutral`.
    tone: &'static str,
    is_up: bool,
    is_within_chance: bool,
}

/// What some tables found.
#[derive(Debug, Serialize)]
struct BlockView {
    heading: String,
    findings: Vec<Finding>,
    /// Name of the table that is shown here too.
    table: Option<String>,
}

impl FirstView {
    pub(super) fn new(report: &LoyaltyReport, parts: &[Part], pictures: Pictures, texts: &Messages) -> Result<Self> {
        let said = |is_good: bool| {
            let changes = report.changes.iter().filter(move |change| change.is_good == is_good);
            changes.map(|change| change_sentence(change, report, texts)).collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            change: like_for_like(report, texts)?,
            figures: report
                .key_figures
                .iter()
                .map(|figure| figure_view(figure, report, pictures, texts))
                .collect::<Result<Vec<_>>>()?,
            blocks: blocks(report, parts),
            better: said(true)?,
            worse: said(false)?,
            is_compared: report.context.compared_to.is_some(),
            basis: basis(report, parts, texts)?,
            has_failed_checks: report.context.checks.iter().any(|check| !check.passed),
        })
    }
}

/// What formats without templates read.
impl FirstView {
    pub(super) fn change(&self) -> Option<&str> {
        self.change.as_deref()
    }

    /// The change of each figure since the earlier run, and whether chance explains it.
    pub(super) fn figure_changes(&self) -> impl Iterator<Item = Option<(f64, bool)>> {
        let changes = self.figures.iter().map(|figure| figure.change.as_ref());
        changes.map(|change| change.map(|change| (change.number, change.is_within_chance)))
    }

    /// Headings of the blocks, each with what its tables found.
    pub(super) fn findings(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let with_findings = self.blocks.iter().filter(|block| !block.findings.is_empty());
        with_findings.map(|block| {
            let sentences = block.findings.iter().map(|finding| finding.sentence.as_str());
            (block.heading.as_str(), sentences.collect())
        })
    }

    /// Changes for the better, and for the worse.
    pub(super) fn changes(&self) -> (&[String], &[String]) {
        (&self.better, &self.worse)
    }

    pub(super) fn basis(&self) -> &[String] {
        &self.basis
    }
}

/// How the share of the headline changed among customers measured both times, and what comes from who was asked.
fn like_for_like(report: &LoyaltyReport, texts: &Messages) -> Result<Option<String>> {
    if report.context.headline == Headline::Attitude {
        return Ok(None);
    }
    let is_share = |line: &&IndicatorLine| line.indicator == "segment_share" && line.dimension == TRUE_LOYALTY;
    let Some(share) = report.indicators.iter().find(is_share) else { return Ok(None) };
    let Some(line) = trends::like_for_like(&report.indicators, share) else { return Ok(None) };
    let (Some(date), Some(change)) = (report.context.compared_to, line.value) else { return Ok(None) };
    let Some((low, high)) = line.low.zip(line.high) else { return Ok(None) };
    let points = |value: f64| FluentValue::from(texts.numbers.change(value, "share"));
    let customers = line.n.shown.unwrap_or_default();
    let mut values = vec![
        ("date", FluentValue::from(texts.numbers.date(date))),
        ("customers", customers.into()),
        ("low", points(low)),
        ("high", points(high)),
    ];
    let mut told = if low <= 0.0 && high >= 0.0 {
        values.push(("change", points(change)));
        texts.sentence("first-no-clear-change", &values)?
    } else {
        values.push(("direction", if change > 0.0 { "up" } else { "down" }.into()));
        values.push(("size", texts.numbers.points(change.abs()).into()));
        texts.sentence("first-clear-change", &values)?
    };
    if let Some(total) = share.change.filter(|total| (total - change).abs() >= NOTABLE_COMPOSITION) {
        let values = [("total", points(total)), ("composition", points(total - change))];
        told = [told, texts.sentence("first-composition", &values)?].join(texts.language.sentence_separator());
    }
    Ok(Some(told))
}

fn figure_view(
    figure: &KeyFigureLine,
    report: &LoyaltyReport,
    pictures: Pictures,
    texts: &Messages,
) -> Result<FigureView> {
    let line = &figure.line;
    let numbers = &texts.numbers;
    let value = line.value.unwrap_or_default();
    let name = figure.name.clone().unwrap_or_else(|| report.context.figure_name(&line.indicator));
    let interval = match line.low.zip(line.high) {
        Some((low, high)) => {
            let values = [("low", low), ("high", high)];
            let values = values.map(|(name, value)| (name, FluentValue::from(numbers.value(value, &line.unit))));
            Some(texts.sentence("range", &values)?)
        }
        None => None,
    };
    Ok(FigureView {
        value: numbers.value(value, &line.unit),
        currency: report.context.currency.clone().filter(|_| line.unit == "currency"),
        interval,
        change: change_view(figure, report, texts),
        sparkline: match pictures {
            Pictures::Drawn => {
                charts::sparkline(&figure.trend, &format!("spark-{}", line.indicator), &name, &line.unit, texts)?
            }
            Pictures::LeftOut => None,
        },
        name,
    })
}

/// The change since the earlier run: among the customers of whom the figure is known both times, where that is known.
fn change_view(figure: &KeyFigureLine, report: &LoyaltyReport, texts: &Messages) -> Option<ChangeView> {
    let line = &figure.line;
    let before = figure.trend.iter().rev().find(|point| Some(point.as_of_date) == report.context.compared_to);
    let change = Change::of(line, &report.indicators, before.map(|point| point.figure))?;
    let is_within_chance = change.is_within_chance();
    let tone = match figure.direction.is_good(change.value) {
        Some(true) if !is_within_chance => "good",
        Some(false) if !is_within_chance => "bad",
        _ => "neutral",
    };
    let (number, text) = (change.value, texts.numbers.change(change.value, &line.unit));
    (number != 0.0).then_some(ChangeView { number, text, tone, is_up: number > 0.0, is_within_chance })
}

/// A change in words: like for like with its interval; else the two figures, and that their customers differ where chance
/// matters.
fn change_sentence(found: &ChangeLine, report: &LoyaltyReport, texts: &Messages) -> Result<String> {
    let (line, change) = (&found.line, &found.change);
    let known = |value: Option<f64>, write: &dyn Fn(f64) -> String| {
        FluentValue::from(value.map_or_else(|| texts.numbers.unknown.to_owned(), write))
    };
    let number = |value: Option<f64>| known(value, &|value| texts.numbers.value(value, &line.unit));
    let points = |value: Option<f64>| known(value, &|value| texts.numbers.change(value, &line.unit));
    let name = found.name.clone().unwrap_or_else(|| report.context.figure_name(&line.indicator));
    let id = match (change.customers, change.times_margin) {
        (Some(_), _) => "first-change-like-for-like",
        (None, Some(_)) => "first-change-of-others",
        (None, None) => "first-change",
    };
    let mut values = vec![
        ("figure", name.into()),
        ("before", number(line.previous)),
        ("now", number(line.value)),
        ("change", points(Some(change.value))),
    ];
    if let Some(customers) = change.customers {
        values.extend([("low", points(change.low)), ("high", points(change.high)), ("customers", customers.into())]);
    }
    texts.sentence(id, &values)
}

fn blocks(report: &LoyaltyReport, parts: &[Part]) -> Vec<BlockView> {
    let finding = |table: &String| parts.iter().find_map(|part| part.finding_of(table));
    let is_shown = |table: &String| parts.iter().any(|part| part.has_table(table));
    let blocks = report.context.blocks.iter().map(|block| BlockView {
        heading: block.heading.clone(),
        findings: block.findings.iter().filter_map(finding).collect(),
        table: block.table.clone().filter(is_shown),
    });
    blocks.filter(|block| !block.findings.is_empty() || block.table.is_some()).collect()
}

/// On whom, on which data and on which checks the numbers rest.
fn basis(report: &LoyaltyReport, parts: &[Part], texts: &Messages) -> Result<Vec<String>> {
    let mut sentences = Vec::new();
    sentences.extend(super::view::unmeasured(report, texts)?);
    sentences.extend(super::view::former(report, texts)?);
    let findings = report.context.basis.iter().filter_map(|table| parts.iter().find_map(|part| part.finding_of(table)));
    sentences.extend(findings.map(|found| found.sentence));
    sentences.extend(newest_data(report, texts)?);
    sentences.extend(not_buying(report, texts)?);
    sentences.extend(super::view::checks(report, texts)?);
    Ok(sentences)
}

/// How many customers bought nothing in the period: they are customers all the same.
fn not_buying(report: &LoyaltyReport, texts: &Messages) -> Result<Option<String>> {
    let is_wanted = |line: &&IndicatorLine| line.indicator == "own_buyers" && line.dimension == TOTAL;
    let Some(line) = report.indicators.iter().find(is_wanted) else { return Ok(None) };
    let (Some(customers), Some(buyers)) = (line.n.shown, line.value.and_then(whole)) else { return Ok(None) };
    let others = customers.saturating_sub(buyers);
    if others < report.context.min_cell.max(1) {
        return Ok(None);
    }
    texts.sentence("first-not-buying", &[("others", others.into()), ("customers", customers.into())]).map(Some)
}

/// A count that a table holds as a double.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
fn whole(value: f64) -> Option<u64> {
    (value >= 0.0 && value.fract() == 0.0).then_some(value as u64)
}

/// The newest data that the numbers count, so that a feed that has ended is seen; of a pipeline whose queries do not say it,
/// the latest row of each source.
fn newest_data(report: &LoyaltyReport, texts: &Messages) -> Result<Option<String>> {
    let of_sources;
    let newest = if report.newest.is_empty() {
        of_sources = newest_of_sources(&report.context);
        &of_sources
    } else {
        &report.newest
    };
    let mut named = Vec::new();
    for line in newest {
        let values = [
            ("source", FluentValue::from(line.kind.as_str())),
            ("date", texts.numbers.date(line.newest_on).into()),
            ("days", (report.context.as_of_date - line.newest_on).num_days().into()),
        ];
        named.push(texts.sentence("first-newest-of", &values)?);
    }
    if named.is_empty() {
        return Ok(None);
    }
    let named = named.join(texts.language.list_separator());
    texts.sentence("first-newest", &[("sources", named.into())]).map(Some)
}

/// The latest rows of the sources with the most rows.
fn newest_of_sources(context: &ReportContext) -> Vec<NewestLine> {
    let mut sources: Vec<_> =
        context.inputs.iter().filter_map(|input| Some((input.latest_event?.date(), input))).collect();
    sources.sort_by_key(|(_, input)| std::cmp::Reverse(input.rows));
    let line = |(day, input): (NaiveDate, &InputLine)| NewestLine {
        kind: input.source.replace('_', " "),
        newest_on: day.min(context.as_of_date),
    };
    sources.into_iter().take(NAMED_SOURCES).map(line).collect()
}
