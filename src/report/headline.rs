//! The headline and what else matters most, in words.

use super::model::{LoyaltyReport, Segments};
use super::parts::Part;
use super::view::{counted, coverage, main_reason, rule};
use crate::config::report_format::Headline;
use crate::error::Result;
use crate::render::Messages;

/// The table whose finding leads where neither behaviour nor attitude is known.
const CONCENTRATION: &str = "pareto";

/// The main result of the run.
pub(super) fn headline(report: &LoyaltyReport, parts: &[Part], texts: &Messages) -> Result<String> {
    let Some(segments) = &report.segments else { return texts.text("headline-no-segments") };
    if !are_segments_told(report, segments) {
        // What is known comes first.
        let known = known_states(report, texts)?.into_iter().next();
        let known =
            known.or_else(|| parts.iter().find_map(|part| part.finding_of(CONCENTRATION)).map(|found| found.sentence));
        return known.map_or_else(|| texts.text("headline-nobody"), Ok);
    }
    let loyal = segments.groups.get("true_loyalty");
    let share = loyal.and_then(|group| group.measured_share);
    // Both shares are of the rated customers, so that they can be compared.
    let amount_share = loyal.and_then(|group| group.measured_amount_share);
    let interval = loyal.and_then(|group| group.measured_share_low.zip(group.measured_share_high));
    let numbers = &texts.numbers;
    let interval = match interval {
        Some((low, high)) => {
            let (low, high) = numbers.round_percents(low, high);
            texts.sentence("headline-interval", &[("low", low.into()), ("high", high.into())])?
        }
        None => String::new(),
    };
    let values =
        |share: f64| vec![("share", numbers.round_percent(share).into()), ("interval", interval.as_str().into())];
    match (share, amount_share) {
        (Some(share), Some(amount_share)) => {
            let mut values = values(share);
            values.push(("amount_share", numbers.round_percent(amount_share).into()));
            texts.sentence("headline-measured", &values)
        }
        (Some(share), None) => texts.sentence("headline-measured-without-amount", &values(share)),
        (None, _) => texts.sentence("headline-few-loyal", &[("measured", counted(&segments.measured, texts))]),
    }
}

/// What else matters, one sentence each.
pub(super) fn details(report: &LoyaltyReport, texts: &Messages) -> Result<Vec<String>> {
    let Some(segments) = &report.segments else { return Ok(Vec::new()) };
    if are_segments_told(report, segments) {
        of_segments(report, segments, texts)
    } else if segments.measured.is_anybody() {
        Ok(Vec::new())
    } else {
        of_nobody(report, segments, texts)
    }
}

/// Whether the first screen tells of the segments: somebody is in one, and the data can show how customers behave.
fn are_segments_told(report: &LoyaltyReport, segments: &Segments) -> bool {
    segments.measured.is_anybody() && report.context.headline == Headline::Segments
}

fn of_segments(report: &LoyaltyReport, segments: &Segments, texts: &Messages) -> Result<Vec<String>> {
    let numbers = &texts.numbers;
    let mut sentences = Vec::new();
    for key in ["spurious_loyalty", "latent_loyalty"] {
        let Some(group) = segments.groups.get(key) else { continue };
        let (Some(share), true) = (group.measured_share, group.customers.is_anybody()) else { continue };
        let id = match (key, group.measured_amount_share) {
            ("spurious_loyalty", None) => "headline-spurious-without-amount",
            ("spurious_loyalty", Some(_)) => "headline-spurious",
            _ => "headline-latent",
        };
        let values = [
            rule(report),
            ("occasions", report.context.rules.occasions_cut.unwrap_or_default().into()),
            ("customers", counted(&group.customers, texts)),
            ("share", numbers.round_percent(share).into()),
            (
                "amount_share",
                group
                    .measured_amount_share
                    .map_or_else(|| numbers.unknown.into(), |share| numbers.round_percent(share).into()),
            ),
        ];
        sentences.push(texts.sentence(id, &values)?);
    }
    Ok(sentences)
}

fn of_nobody(report: &LoyaltyReport, segments: &Segments, texts: &Messages) -> Result<Vec<String>> {
    let mut sentences: Vec<String> = known_states(report, texts)?.into_iter().skip(1).collect();
    if let Some(reason) = main_reason(report, "segment") {
        let values = [("customers", counted(&segments.customers, texts)), ("reason", reason.reason.as_str().into())];
        sentences.push(texts.sentence("headline-nobody-reason", &values)?);
    }
    Ok(sentences)
}

/// What is known of behaviour or of attitude where nobody is measured on both.
fn known_states(report: &LoyaltyReport, texts: &Messages) -> Result<Vec<String>> {
    let mut sentences = Vec::new();
    for (measure, indicator, id) in [
        ("behaviour", "behaviour_high_share", "headline-behaviour-only"),
        ("attitude", "attitude_high_share", "headline-attitude-only"),
    ] {
        if measure == "behaviour" && report.context.headline == Headline::Attitude {
            continue;
        }
        let measured = coverage(report, measure).and_then(|line| line.measured.shown).filter(|number| *number > 0);
        let total = report.indicators.iter().find(|line| line.indicator == indicator && line.dimension == "total");
        if let (Some(measured), Some(share)) = (measured, total.and_then(|line| line.value)) {
            let values = [("customers", measured.into()), ("share", texts.numbers.round_percent(share).into())];
            sentences.push(texts.sentence(id, &values)?);
        }
    }
    Ok(sentences)
}
