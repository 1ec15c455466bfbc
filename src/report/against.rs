//! A report compared with the report of another run than the one that its tables were compared with.

use std::collections::BTreeMap;

use super::build::CHANGES;
use super::model::{IndicatorLine, LoyaltyReport, NpsLine};
use super::trends::{self, NightFigures};
use crate::error::{Error, Problem, Result};

/// The report with its changes against `earlier`, the report of another run. The tables that compare with the run before are
/// left out, and so is the change among customers measured both times: only a run itself can compute them.
///
/// # Errors
/// `Error::Invalid` when `earlier` is not about an earlier day, or is in another currency.
pub fn against(mut report: LoyaltyReport, earlier: &LoyaltyReport) -> Result<LoyaltyReport> {
    let (now, before) = (&report.context, &earlier.context);
    if before.as_of_date >= now.as_of_date {
        return Err(Error::invalid(
            Problem::new(format!(
                "the report of {} cannot be compared with that of {}, which is not earlier",
                now.as_of_date, before.as_of_date
            ))
            .hint("name an earlier run; `staunch history` lists them"),
        ));
    }
    if before.currency != now.currency {
        return Err(Error::invalid(Problem::new(format!(
            "the reports of {} and {} are in different currencies",
            before.as_of_date, now.as_of_date
        ))));
    }
    if now.compared_to == Some(before.as_of_date) {
        return Ok(report);
    }
    report.context.compared_to = Some(before.as_of_date);
    report.tables.retain(|table| !table.compares);
    report.indicators.retain(|line| !trends::is_like_for_like(&line.indicator));
    let values: BTreeMap<(&str, &str), Option<f64>> = earlier
        .indicators
        .iter()
        .map(|line| ((line.indicator.as_str(), line.dimension.as_str()), line.value))
        .collect();
    let compare = |line: &mut IndicatorLine| {
        line.previous = values.get(&(line.indicator.as_str(), line.dimension.as_str())).copied().flatten();
        line.change = line.value.zip(line.previous).map(|(now, before)| now - before);
    };
    report.indicators.iter_mut().for_each(compare);
    report.key_figures.iter_mut().for_each(|figure| compare(&mut figure.line));
    report.has_previous = report.indicators.iter().any(|line| line.previous.is_some());
    for line in &mut report.nps {
        let same =
            |other: &&NpsLine| other.dimension == line.dimension && other.dimension_value == line.dimension_value;
        let before = earlier.nps.iter().find(same).and_then(|other| other.nps);
        line.change = line.nps.zip(before).map(|(now, before)| now - before);
    }
    if let (Some(now), Some(before)) = (&mut report.segments, &earlier.segments) {
        for (key, group) in &mut now.groups {
            let share = before.groups.get(key).and_then(|group| group.measured_share);
            group.change = group.measured_share.zip(share).map(|(now, before)| now - before);
        }
    }
    let earlier = NightFigures::of(earlier);
    report.changes = trends::changes(&report.key_figures, &report.indicators, &earlier, &report.context, CHANGES);
    Ok(report)
}
