//! Sentences and names that all formats share: the headline, the verdicts, the parts.

use std::collections::BTreeMap;

use fluent_bundle::FluentValue;
use serde::Serialize;

use super::charts::{self, Picture};
use super::code_words;
use super::context::CodeLabels;
use super::first_view::FirstView;
use super::formats::{Page, Pictures};
use super::headline;
use super::model::{Count, CoverageLine, LoyaltyReport, NpsLine, ReasonLine, SegmentGroup};
use super::nps_words;
use super::parts::{self, Part};
use super::table::INPUT_QUALITY;
use crate::config::catalogue::{BuiltInPart, Document};
use crate::config::sidecar::Severity;
use crate::error::Result;
use crate::render::Messages;

/// Segments in the order people read them.
pub(super) const SEGMENT_KEYS: [&str; 5] =
    ["true_loyalty", "latent_loyalty", "spurious_loyalty", "no_loyalty", "unmeasured"];

/// Broken checks that the first screen names.
const NAMED_CHECKS: usize = 3;
/// From this total amount on, cents are left out.
const LARGE_AMOUNT: f64 = 10_000.0;

/// Sentences and names, ready to be printed.
#[derive(Debug, Serialize)]
pub(super) struct View {
    /// The main result of the run.
    headline: String,
    /// What else matters, one sentence each.
    details: Vec<String>,
    segment_keys: [&'static str; 5],
    /// Whether a segment is too small to be shown.
    has_hidden_segment: bool,
    /// Digits after the point of every amount of a segment, so that they line up.
    amount_decimals: usize,
    total_nps: Option<NpsLine>,
    /// Whether any group has a score.
    has_scores: bool,
    /// Whether there are scores, but of so few that none is shown.
    has_hidden_scores: bool,
    /// What the score is made of.
    nps_intro: String,
    /// What the score's margin allows to be said, and what became of it in the latest wave where chance does not explain it;
    /// empty without a score.
    nps_verdict: String,
    /// When behaviour and attitude are high.
    segments_intro: String,
    /// What each segment is like, by key.
    segment_says: BTreeMap<&'static str, String>,
    /// Names of the parts of indicators.
    dimension_names: BTreeMap<String, String>,
    quality_is_missing: bool,
    /// Tables and columns that the report could not read.
    missing_parts: String,
    /// Names of the figures by key.
    figure_names: BTreeMap<String, String>,
    /// The parts of the report in order.
    parts: Vec<Part>,
    /// The first screen, in the document that has one.
    first: Option<FirstView>,
    /// Names of the groups of answers, in the order of the report's scores.
    nps_names: Vec<String>,
    /// Charts of what the program computes itself.
    #[serde(flatten)]
    charts: OwnCharts,
    /// What became of the checks.
    checks: Option<String>,
    /// Whether this is the document about the quality of the numbers.
    is_quality: bool,
    /// File of the other document.
    other_document: String,
}

impl View {
    pub(super) fn new(report: &LoyaltyReport, page: &Page<'_>, pictures: Pictures, texts: &Messages) -> Result<Self> {
        let total_nps = report.nps.iter().find(|line| line.dimension == "total").cloned();
        let amount = report.segments.as_ref().and_then(|all| all.amount).map_or(0.0, |amount| amount.0);
        let parts = parts::parts(&report.context, &report.tables, page.document, pictures, texts)?;
        let nps_names = nps_words::names(report, texts)?;
        let is_hidden = |group: &SegmentGroup| group.customers.is_hidden || group.customers.below.is_some();
        let nps_news = nps_words::news(report, texts)?;
        let rule = rule(report);
        let says = |key: &'static str| {
            texts.sentence(&format!("segment-{key}.says"), std::slice::from_ref(&rule)).map(|sentence| (key, sentence))
        };
        Ok(Self {
            headline: headline::headline(report, &parts, texts)?,
            nps_intro: nps_words::intro(report, texts)?,
            nps_verdict: nps_words::verdict(total_nps.as_ref(), nps_news.as_deref(), texts)?,
            details: headline::details(report, texts)?.into_iter().chain(nps_news).collect(),
            segments_intro: segments_intro(report, texts)?,
            segment_says: SEGMENT_KEYS.into_iter().map(says).collect::<Result<_>>()?,
            segment_keys: SEGMENT_KEYS,
            has_hidden_segment: report.segments.as_ref().is_some_and(|all| all.groups.values().any(is_hidden)),
            amount_decimals: if amount.abs() >= LARGE_AMOUNT { 0 } else { 2 },
            has_scores: report.nps.iter().any(|line| line.nps.is_some()),
            has_hidden_scores: report.nps.iter().any(|line| line.n.is_hidden || line.n.below.is_some()),
            total_nps,
            dimension_names: dimension_names(report, texts)?,
            quality_is_missing: report.missing.iter().any(|part| part.table == INPUT_QUALITY && part.column.is_none()),
            missing_parts: missing_parts(report, texts)?,
            figure_names: report.context.figures.iter().cloned().collect(),
            first: match page.document {
                Document::Report => Some(FirstView::new(report, &parts, pictures, texts)?),
                Document::Quality => None,
            },
            charts: match pictures {
                Pictures::Drawn => OwnCharts::new(report, &parts, &nps_names, texts)?,
                Pictures::LeftOut => OwnCharts::default(),
            },
            nps_names,
            checks: checks(report, texts)?,
            is_quality: page.document == Document::Quality,
            other_document: page.other.to_owned(),
            parts,
        })
    }
}

/// Charts of what the program computes itself, each in the document that has its part.
#[derive(Debug, Default, Serialize)]
struct OwnCharts {
    segment_map: Option<Picture>,
    segment_trends: Option<Picture>,
    nps_chart: Option<Picture>,
}

impl OwnCharts {
    fn new(report: &LoyaltyReport, parts: &[Part], nps_names: &[String], texts: &Messages) -> Result<Self> {
        let shows = |wanted: BuiltInPart| parts.iter().any(|part| part.shows == Some(wanted));
        let segments = report.segments.as_ref().filter(|_| shows(BuiltInPart::Segments));
        let trends = if shows(BuiltInPart::Segments) { &report.segment_trends[..] } else { &[] };
        let scores = if shows(BuiltInPart::Nps) { &report.nps[..] } else { &[] };
        Ok(Self {
            segment_map: match segments {
                Some(segments) => charts::segment_map(segments, &texts.text("segments-heading")?, texts)?,
                None => None,
            },
            segment_trends: charts::segment_trends(trends, &texts.text("segments-trend")?, texts)?,
            nps_chart: charts::nps(scores, nps_names, &texts.text("nps-heading")?, texts)?,
        })
    }
}

/// What formats without templates read.
impl View {
    pub(super) fn headline(&self) -> &str {
        &self.headline
    }

    pub(super) fn details(&self) -> impl Iterator<Item = &str> {
        self.details.iter().map(String::as_str)
    }

    /// The first screen; none in the document about quality.
    pub(super) fn first(&self) -> Option<&FirstView> {
        self.first.as_ref()
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }

    pub(super) fn nps_names(&self) -> &[String] {
        &self.nps_names
    }

    pub(super) fn dimension_name(&self, dimension: &str) -> Option<&str> {
        self.dimension_names.get(dimension).map(String::as_str)
    }
}

/// The rule by which behaviour is judged, on which the words for it depend.
pub(super) fn rule(report: &LoyaltyReport) -> (&'static str, FluentValue<'static>) {
    ("rule", report.context.rules.behaviour.clone().unwrap_or_default().into())
}

/// When behaviour and attitude are high, by the cuts in use.
fn segments_intro(report: &LoyaltyReport, texts: &Messages) -> Result<String> {
    let rules = &report.context.rules;
    let attitude = match (rules.attitude_axis.as_deref(), rules.attitude_cut) {
        (Some("relative"), _) => "relative",
        (_, Some(_)) => "absolute",
        (_, None) => "none",
    };
    let number = |value: Option<f64>| FluentValue::from(texts.numbers.number(value.unwrap_or_default(), 0));
    let is_behaviour_unknown = coverage(report, "behaviour").is_some_and(|line| !line.measured.is_anybody());
    texts.sentence(
        "segments-intro",
        &[
            if is_behaviour_unknown { ("rule", "unknown".into()) } else { rule(report) },
            ("share", texts.numbers.round_percent(rules.share_cut.unwrap_or_default()).into()),
            ("index", number(rules.index_cut)),
            ("occasions", rules.occasions_cut.unwrap_or_default().into()),
            ("attitude", attitude.into()),
            ("cut", number(rules.attitude_cut)),
        ],
    )
}

/// How many customers are in no share, because they left.
pub(super) fn former(report: &LoyaltyReport, texts: &Messages) -> Result<Option<String>> {
    let former = report.segments.as_ref().map(|segments| segments.former).filter(Count::is_anybody);
    former.map(|former| texts.sentence("headline-former", &[("customers", counted(&former, texts))])).transpose()
}

/// How many customers cannot be rated, and why.
pub(super) fn unmeasured(report: &LoyaltyReport, texts: &Messages) -> Result<Option<String>> {
    let Some(segments) = report.segments.as_ref().filter(|segments| segments.measured.is_anybody()) else {
        return Ok(None);
    };
    let unmeasured = segments.groups.get("unmeasured").map(|group| group.customers).filter(Count::is_anybody);
    let (Some(customers), Some(reason)) = (unmeasured, main_reason(report, "segment")) else { return Ok(None) };
    let values = [
        ("customers", counted(&customers, texts)),
        ("all", counted(&segments.customers, texts)),
        ("because", counted(&reason.customers, texts)),
        ("reason", reason.reason.as_str().into()),
    ];
    texts.sentence("headline-unmeasured", &values).map(Some)
}

/// What became of the checks: how many failed, and how many of them only warn.
pub(super) fn checks(report: &LoyaltyReport, texts: &Messages) -> Result<Option<String>> {
    let checks = &report.context.checks;
    let count = |severity: Severity| checks.iter().filter(|check| !check.passed && check.severity == severity).count();
    let (failed, warned) = (count(Severity::Stop), count(Severity::Warn));
    let values = [("failed", failed.into()), ("warned", warned.into()), ("count", checks.len().into())];
    let id = match (failed, warned) {
        _ if checks.is_empty() => return Ok(None),
        (0, 0) => "checks-all-passed",
        (0, _) => "checks-warned",
        (_, _) => "checks-failed",
    };
    let sentence = texts.sentence(id, &values)?;
    let broken = checks.iter().filter(|check| !check.passed).take(NAMED_CHECKS);
    let broken = broken.map(|check| {
        let found = check.found.as_ref().unwrap_or(&check.rule).as_str();
        texts.sentence("checks-found-in", &[("found", found.into()), ("table", check.table.as_str().into())])
    });
    let broken = broken.collect::<Result<Vec<_>>>()?.join(&texts.text("clause-separator")?);
    if broken.is_empty() {
        return Ok(Some(sentence));
    }
    texts.sentence("checks-found", &[("sentence", sentence.into()), ("found", broken.into())]).map(Some)
}

fn dimension_names(report: &LoyaltyReport, texts: &Messages) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for line in &report.indicators {
        let parts = parts_of(&line.dimension);
        if !parts.is_empty() {
            let parts = parts.into_iter().map(|(kind, value)| part_name(kind, value, &report.context.labels, texts));
            names.insert(
                line.dimension.clone(),
                parts.collect::<Result<Vec<_>>>()?.join(texts.language.list_separator()),
            );
        }
    }
    Ok(names)
}

/// Splits a dimension such as `customer_type=end,category=tea, green` into its parts. A comma within a value does not end
/// a part.
fn parts_of(dimension: &str) -> Vec<(&str, &str)> {
    let is_kind = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let starts_part = |text: &str| text.split_once('=').is_some_and(|(kind, _)| is_kind(kind));
    let commas =
        dimension.match_indices(',').map(|(place, _)| place).filter(|place| starts_part(&dimension[place + 1..]));
    let mut parts = Vec::new();
    let mut from = 0;
    for to in commas.chain([dimension.len()]) {
        parts.extend(dimension[from..to].split_once('='));
        from = to + 1;
    }
    parts
}

pub(super) fn part_name(kind: &str, value: &str, labels: &CodeLabels, texts: &Messages) -> Result<String> {
    let name = code_words::name_of(kind, value, labels, texts)?;
    Ok(match kind {
        "segment" => name,
        "wave" | "channel" => texts.sentence(&format!("dimension-{kind}"), &[("value", name.into())])?,
        _ => texts.sentence("named", &[("kind", dimension_name(kind, labels).into()), ("value", name.into())])?,
    })
}

pub(super) fn coverage<'a>(report: &'a LoyaltyReport, measure: &str) -> Option<&'a CoverageLine> {
    report.coverage.iter().find(|line| line.measure == measure)
}

pub(super) fn main_reason<'a>(report: &'a LoyaltyReport, measure: &str) -> Option<&'a ReasonLine> {
    coverage(report, measure)?.reasons.first()
}

pub(super) fn counted(count: &Count, texts: &Messages) -> FluentValue<'static> {
    count.shown.map_or_else(|| texts.numbers.count_below(count.below).into(), FluentValue::from)
}

/// What a dimension is called.
fn dimension_name(kind: &str, labels: &CodeLabels) -> String {
    labels.get("dimension", kind).unwrap_or_else(|| kind.replace('_', " "))
}

/// The tables and columns that the report could not read, as a list.
fn missing_parts(report: &LoyaltyReport, texts: &Messages) -> Result<String> {
    let parts = report.missing.iter().map(|part| match &part.column {
        Some(column) => {
            let values = [("column", column.as_str().into()), ("table", part.table.as_str().into())];
            texts.sentence("missing-part-column", &values)
        }
        None => texts.sentence("missing-part-table", &[("table", part.table.as_str().into())]),
    });
    Ok(parts.collect::<Result<Vec<_>>>()?.join(texts.language.list_separator()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::language::Language;

    #[test]
    fn a_dimension_of_several_parts_is_told_in_words() {
        let texts = crate::report::texts::texts(Language::English).unwrap();
        let told = |dimension: &str| {
            let parts = parts_of(dimension)
                .into_iter()
                .map(|(kind, value)| part_name(kind, value, &CodeLabels::default(), &texts).unwrap());
            parts.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told("customer_type=end,segment=true_loyalty"), "customer type: end, true loyalty");
        assert_eq!(
            told("customer_type=end,churn_cause=broken_promises"),
            "customer type: end, churn cause: broken promises"
        );
        assert_eq!(told("wave=2026-04"), "Wave 2026-04");
        assert_eq!(told("customer_type=end,category=tea, green=mild"), "customer type: end, category: tea, green=mild");
        assert_eq!(told("total"), "");
    }
}
