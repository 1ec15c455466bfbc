//! The figures of the first screen.

use super::build::{TOTAL, is_listed, of_count};
use super::context::{ReportContext, WantedFigure};
use super::model::{IndicatorLine, KeyFigureLine, Segments};
use super::trends::TrendPoint;
use crate::config::report_format::Headline;

/// The figures that count all customers, and that say which share of them is in a segment.
const CUSTOMERS: &str = "customers";
const SEGMENT_SHARE: &str = "segment_share";
/// Key figures on the first screen.
const KEY_FIGURES: usize = 5;

/// The figures of the first screen that are known, at most [`KEY_FIGURES`].
pub(super) fn key_figures(
    context: &ReportContext,
    lines: &[IndicatorLine],
    segments: Option<&Segments>,
    trend: impl Fn(&IndicatorLine) -> Vec<TrendPoint>,
) -> Vec<KeyFigureLine> {
    let customers = lines.iter().find(|line| line.indicator == CUSTOMERS && line.dimension == TOTAL);
    let customers = customers.and_then(|line| line.value);
    let is_about_enough = |wanted: &WantedFigure, line: &IndicatorLine| match (wanted.least_share, customers) {
        (Some(least), Some(all)) => line.n.shown.is_some_and(|n| of_count(n) >= least * all),
        (least, _) => least.is_none(),
    };
    let is_told = |wanted: &WantedFigure| wanted.figure != SEGMENT_SHARE || context.headline == Headline::Segments;
    let found = context.key_figures.iter().filter(|wanted| is_told(wanted)).filter_map(|wanted| {
        let is_wanted = |line: &&IndicatorLine| line.indicator == wanted.figure && line.dimension == wanted.part;
        let line = lines.iter().find(is_wanted)?;
        let is_shown = line.value.is_some() && is_listed(line, segments) && is_about_enough(wanted, line);
        is_shown.then(|| KeyFigureLine {
            name: wanted.name.clone(),
            direction: context.direction(&line.indicator),
            trend: trend(line),
            line: line.clone(),
        })
    });
    found.take(KEY_FIGURES).collect()
}
