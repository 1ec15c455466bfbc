//! Sentences and names that all formats share: the headline, the verdicts, the parts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::context::CodeLabels;
use super::model::{Count, CoverageLine, LoyaltyReport, NpsLine, SegmentGroup, Segments};
use super::parts::{self, Finding, Part};
use super::table::INPUT_QUALITY;
use super::value_names;
use crate::error::Result;
use crate::render::Wording;

/// Segments in the order people read them.
const SEGMENT_KEYS: [&str; 5] = ["true_loyalty", "latent_loyalty", "spurious_loyalty", "no_loyalty", "unmeasured"];

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
    /// What the score's margin allows to be said; empty without a score.
    nps_verdict: String,
    /// Names of the parts of indicators.
    dimension_names: BTreeMap<String, String>,
    quality_is_missing: bool,
    /// Names of the figures by key.
    figure_names: BTreeMap<String, String>,
    /// The parts of the report in order.
    parts: Vec<Part>,
    /// What their tables found.
    findings: Vec<Finding>,
}

impl View {
    pub(super) fn new(report: &LoyaltyReport, wording: &Wording) -> Result<Self> {
        let total_nps = report.nps.iter().find(|line| line.dimension == "total").cloned();
        let amount = report.segments.as_ref().and_then(|all| all.amount).map_or(0.0, |amount| amount.0);
        let parts = parts::parts(&report.context, &report.tables, wording)?;
        let is_hidden = |group: &SegmentGroup| group.customers.is_hidden || group.customers.below.is_some();
        Ok(Self {
            headline: headline(report, wording)?,
            details: details(report, wording)?,
            segment_keys: SEGMENT_KEYS,
            has_hidden_segment: report.segments.as_ref().is_some_and(|all| all.groups.values().any(is_hidden)),
            amount_decimals: if amount.abs() >= LARGE_AMOUNT { 0 } else { 2 },
            has_scores: report.nps.iter().any(|line| line.nps.is_some()),
            has_hidden_scores: report.nps.iter().any(|line| line.n.is_hidden || line.n.below.is_some()),
            nps_verdict: nps_verdict(total_nps.as_ref(), wording)?,
            total_nps,
            dimension_names: dimension_names(report, wording)?,
            quality_is_missing: report.missing.iter().any(|part| part.table == INPUT_QUALITY && part.column.is_none()),
            figure_names: report.context.figures.iter().cloned().collect(),
            findings: parts::findings(&parts),
            parts,
        })
    }
}

fn headline(report: &LoyaltyReport, wording: &Wording) -> Result<String> {
    let Some(segments) = &report.segments else { return Ok(wording.text("/headline/no_segments")?.into()) };
    if !segments.measured.is_anybody() {
        return Ok(wording.text("/headline/nobody")?.into());
    }
    let loyal = segments.groups.get("true_loyalty");
    let share = loyal.and_then(|group| group.measured_share);
    // Both shares are of the rated customers, so that they can be compared.
    let amount_share = loyal.and_then(|group| group.measured_amount_share);
    let interval = loyal.and_then(|group| group.measured_share_low.zip(group.measured_share_high));
    let numbers = &wording.numbers;
    let loyal = |share: f64| match interval {
        Some((low, high)) => {
            let values = [("low", low), ("high", high)].map(|(gap, share)| (gap, numbers.percent(share)));
            let interval = wording.sentence("/headline/interval", &values)?;
            Ok::<_, crate::error::Error>(format!("{} {interval}", numbers.percent(share)))
        }
        None => Ok(numbers.percent(share)),
    };
    match (share, amount_share) {
        (Some(share), Some(amount_share)) => wording.sentence(
            "/headline/measured",
            &[("share", loyal(share)?), ("amount_share", numbers.percent(amount_share))],
        ),
        (Some(share), None) => wording.sentence("/headline/measured_without_amount", &[("share", loyal(share)?)]),
        (None, _) => wording.sentence("/headline/few_loyal", &[("measured", counted(&segments.measured, wording))]),
    }
}

fn details(report: &LoyaltyReport, wording: &Wording) -> Result<Vec<String>> {
    let Some(segments) = &report.segments else { return Ok(Vec::new()) };
    if segments.measured.is_anybody() {
        of_segments(report, segments, wording)
    } else {
        of_nobody(report, segments, wording)
    }
}

fn of_segments(report: &LoyaltyReport, segments: &Segments, wording: &Wording) -> Result<Vec<String>> {
    let numbers = &wording.numbers;
    let mut sentences = Vec::new();
    for key in ["spurious_loyalty", "latent_loyalty"] {
        let Some(group) = segments.groups.get(key) else { continue };
        let (Some(share), true) = (group.measured_share, group.customers.is_anybody()) else { continue };
        let path = match (key, group.measured_amount_share) {
            ("spurious_loyalty", None) => "/headline/spurious_without_amount",
            ("spurious_loyalty", Some(_)) => "/headline/spurious",
            _ => "/headline/latent",
        };
        let values = [
            ("customers", counted(&group.customers, wording)),
            ("share", numbers.percent(share)),
            (
                "amount_share",
                group.measured_amount_share.map_or_else(|| numbers.unknown.clone(), |share| numbers.percent(share)),
            ),
        ];
        sentences.push(wording.sentence(path, &values)?);
    }
    let unmeasured = segments.groups.get("unmeasured").map(|group| group.customers).filter(Count::is_anybody);
    if let (Some(customers), Some(reason)) = (unmeasured, main_reason(report, "segment")) {
        let values = [
            ("customers", counted(&customers, wording)),
            ("all", counted(&segments.customers, wording)),
            ("reason", reason.to_owned()),
        ];
        sentences.push(wording.sentence("/headline/unmeasured", &values)?);
    }
    if segments.former.is_anybody() {
        sentences.push(wording.sentence("/headline/former", &[("customers", counted(&segments.former, wording))])?);
    }
    Ok(sentences)
}

fn of_nobody(report: &LoyaltyReport, segments: &Segments, wording: &Wording) -> Result<Vec<String>> {
    let mut sentences = Vec::new();
    if let Some(reason) = main_reason(report, "segment") {
        let values = [("customers", counted(&segments.customers, wording)), ("reason", reason.to_owned())];
        sentences.push(wording.sentence("/headline/nobody_reason", &values)?);
    }
    for (measure, indicator, path) in [
        ("behaviour", "behaviour_high_share", "/headline/behaviour_only"),
        ("attitude", "attitude_high_share", "/headline/attitude_only"),
    ] {
        let measured = coverage(report, measure).and_then(|line| line.measured.shown).filter(|number| *number > 0);
        let total = report.indicators.iter().find(|line| line.indicator == indicator && line.dimension == "total");
        if let (Some(measured), Some(share)) = (measured, total.and_then(|line| line.value)) {
            let numbers = &wording.numbers;
            let values = [("customers", numbers.count(measured)), ("share", numbers.percent(share))];
            sentences.push(wording.sentence(path, &values)?);
        }
    }
    Ok(sentences)
}

fn nps_verdict(total: Option<&NpsLine>, wording: &Wording) -> Result<String> {
    let Some((nps, margin)) = total.and_then(|line| line.nps.zip(line.margin)) else { return Ok(String::new()) };
    let path = match nps {
        _ if nps.abs() <= margin => "/nps/verdict_open",
        _ if nps > 0.0 => "/nps/verdict_positive",
        _ => "/nps/verdict_negative",
    };
    Ok(wording.text(path)?.into())
}

fn dimension_names(report: &LoyaltyReport, wording: &Wording) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for line in &report.indicators {
        let parts = parts_of(&line.dimension);
        if !parts.is_empty() {
            let parts = parts.into_iter().map(|(kind, value)| part_name(kind, value, &report.context.labels, wording));
            names.insert(line.dimension.clone(), parts.collect::<Result<Vec<_>>>()?.join(", "));
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

fn part_name(kind: &str, value: &str, labels: &CodeLabels, wording: &Wording) -> Result<String> {
    let name = value_names::of_column(kind, value, labels);
    Ok(match kind {
        "segment" => name,
        "wave" | "channel" => wording.sentence(&format!("/nps/{kind}"), &[("value", name)])?,
        _ => format!("{} {name}", kind.replace('_', " ")),
    })
}

fn coverage<'a>(report: &'a LoyaltyReport, measure: &str) -> Option<&'a CoverageLine> {
    report.coverage.iter().find(|line| line.measure == measure)
}

fn main_reason<'a>(report: &'a LoyaltyReport, measure: &str) -> Option<&'a str> {
    Some(coverage(report, measure)?.reasons.first()?.reason.as_str())
}

fn counted(count: &Count, wording: &Wording) -> String {
    let numbers = &wording.numbers;
    match (count.shown, count.below) {
        (Some(number), _) => numbers.count(number),
        (None, Some(limit)) => format!("<{}", numbers.count(limit)),
        (None, None) => numbers.unknown.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dimension_of_several_parts_is_told_in_words() {
        let wording = crate::report::formats::english().unwrap();
        let told = |dimension: &str| {
            let parts = parts_of(dimension)
                .into_iter()
                .map(|(kind, value)| part_name(kind, value, &CodeLabels::default(), &wording).unwrap());
            parts.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told("customer_type=end,segment=true_loyalty"), "customer type end, true loyalty");
        assert_eq!(
            told("customer_type=end,churn_cause=broken_promises"),
            "customer type end, churn cause broken promises"
        );
        assert_eq!(told("wave=2026-04"), "Wave 2026-04");
        assert_eq!(told("customer_type=end,category=tea, green=mild"), "customer type end, category tea, green=mild");
        assert_eq!(told("total"), "");
    }
}
