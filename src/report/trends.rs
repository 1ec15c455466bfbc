//! Figures of earlier nights, and what they say together with tonight's.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::build::TOTAL;
use super::context::ReportContext;
use super::model::{IndicatorLine, KeyFigureLine, LoyaltyReport};
use super::privacy;
use super::table::{INDICATORS, Tables, to_count};
use crate::error::Result;

/// The figures that an earlier night published.
#[derive(Clone, Debug)]
pub struct NightFigures {
    as_of_date: NaiveDate,
    /// By key and part; with the number of customers or answers behind it.
    figures: BTreeMap<(String, String), (Figure, Option<u64>)>,
}

/// A number with its interval.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
}

/// A figure on one night.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct TrendPoint {
    /// The night.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of_date: NaiveDate,
    /// Its figure.
    #[serde(flatten)]
    pub figure: Figure,
}

impl NightFigures {
    /// Reads the table of figures that the night `as_of_date` published. Columns that it lacks are unknown.
    ///
    /// # Errors
    /// `Error::Data` when a column is of another type.
    pub fn read(as_of_date: NaiveDate, rows: &RecordBatch) -> Result<Self> {
        let tables = BTreeMap::from([(INDICATORS.to_owned(), rows.clone())]);
        let mut tables = Tables::new(&tables);
        let mut figures = BTreeMap::new();
        if let Some(table) = tables.read(INDICATORS, &["indicator", "dimension"], &["value", "low", "high", "n"])? {
            for row in table.rows() {
                let key = row.text("indicator").zip(row.text("dimension"));
                if let (Some(key), Some(value)) = (key, row.number("value")) {
                    let figure = Figure { value, low: row.number("low"), high: row.number("high") };
                    figures.insert(key, (figure, row.count("n")));
                }
            }
        }
        Ok(Self { as_of_date, figures })
    }

    /// The figures of all customers, by key.
    pub fn totals(&self) -> impl Iterator<Item = (&str, Figure)> {
        let totals = self.figures.iter().filter(|((_, dimension), _)| dimension == TOTAL);
        totals.map(|((indicator, _), (figure, _))| (indicator.as_str(), *figure))
    }

    /// The figures of the report of a night.
    pub(super) fn of(report: &LoyaltyReport) -> Self {
        let lines = report.indicators.iter().filter_map(|line| {
            let key = (line.indicator.clone(), line.dimension.clone());
            Some((key, (figure_of(line)?, line.n.shown)))
        });
        Self { as_of_date: report.context.as_of_date, figures: lines.collect() }
    }

    /// The night.
    pub(super) fn as_of_date(&self) -> NaiveDate {
        self.as_of_date
    }

    /// The figure of a part, unless it is about too few customers: too few in all, or too few that a share counts.
    pub(super) fn get(&self, line: &IndicatorLine, min_cell: u64) -> Option<Figure> {
        let (figure, n) = self.figures.get(&(line.indicator.clone(), line.dimension.clone()))?;
        let is_small = |number: Option<u64>| privacy::count(number, min_cell).below.is_some();
        let part = n.filter(|_| line.unit == "share").map(|n| part_of(n, figure.value));
        (!is_small(*n) && !is_small(part)).then_some(*figure)
    }
}

/// How many of `n` a share counts.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn part_of(n: u64, share: f64) -> u64 {
    to_count((n as f64 * share).max(0.0))
}

/// A figure on all nights that have it, tonight last.
pub(super) fn trend(
    nights: &[NightFigures],
    line: &IndicatorLine,
    tonight: NaiveDate,
    min_cell: u64,
) -> Vec<TrendPoint> {
    let earlier = nights.iter().filter_map(|night| {
        let figure = night.get(line, min_cell)?;
        Some(TrendPoint { as_of_date: night.as_of_date, figure })
    });
    earlier.chain(figure_of(line).map(|figure| TrendPoint { as_of_date: tonight, figure })).collect()
}

/// Tonight's figure.
pub(super) fn figure_of(line: &IndicatorLine) -> Option<Figure> {
    line.value.map(|value| Figure { value, low: line.low, high: line.high })
}

/// The difference of two figures in units of the margin of both together, the root of the sum of their squares; above 1 when
/// chance does not explain it. Unknown when one of them has no interval.
pub fn times_margin(before: Figure, now: Figure) -> Option<f64> {
    let margin = |figure: Figure| figure.low.zip(figure.high).map(|(low, high)| (high - low) / 2.0);
    let both = margin(before)?.hypot(margin(now)?);
    (both > 0.0).then(|| (now.value - before.value).abs() / both)
}

/// The indicators that hold changes among the customers of whom a figure is known both times: of a segment's share, by the
/// segment; of the other figures, by `figure=<key>`.
const SEGMENT_LIKE_FOR_LIKE: &str = "segment_share_change";
const LIKE_FOR_LIKE: &str = "like_for_like_change";

/// Whether an indicator is the change of another one among the customers of whom it is known both times.
pub(super) fn is_like_for_like(indicator: &str) -> bool {
    [SEGMENT_LIKE_FOR_LIKE, LIKE_FOR_LIKE].contains(&indicator)
}

/// The line with the change of a figure among the customers of whom it is known both times.
pub(super) fn like_for_like<'a>(lines: &'a [IndicatorLine], of: &IndicatorLine) -> Option<&'a IndicatorLine> {
    let (indicator, dimension) = match of.indicator.as_str() {
        "segment_share" => (SEGMENT_LIKE_FOR_LIKE, of.dimension.clone()),
        figure if of.dimension == TOTAL => (LIKE_FOR_LIKE, format!("figure={figure}")),
        _ => return None,
    };
    lines.iter().find(|line| line.indicator == indicator && line.dimension == dimension)
}

/// The share of a total of all customers from which its change is told. Such a total has no sampling error, and changes a
/// little every night.
const NOTABLE_SHARE: f64 = 0.05;

/// A change since the earlier run.
#[derive(Clone, Copy, Debug, PartialEq, JsonSchema, Deserialize, Serialize)]
pub struct Change {
    /// The size of the change.
    pub value: f64,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
    /// The customers of whom the figure is known both times, where the change is theirs alone. Otherwise it is the difference
    /// of two figures, which may be of other customers each time.
    pub customers: Option<u64>,
    /// The change in units of the margin that chance explains; unknown where nothing tells how far chance goes, as with
    /// sums over all customers.
    pub times_margin: Option<f64>,
}

impl Change {
    /// The change of a figure: like for like where it is known, else the difference to the figure of the earlier night.
    pub(super) fn of(line: &IndicatorLine, lines: &[IndicatorLine], before: Option<Figure>) -> Option<Self> {
        if let Some(same) = like_for_like(lines, line) {
            let (value, customers) = (same.value?, same.n.shown?);
            let (low, high) = same.low.zip(same.high)?;
            // The interval of a share is not quite symmetric: what counts is its end towards zero.
            let margin = if value > 0.0 { value - low } else { high - value };
            let times_margin = (margin > 0.0).then(|| value.abs() / margin);
            return Some(Self { value, low: same.low, high: same.high, customers: Some(customers), times_margin });
        }
        // The share of a segment also changes with who was rated.
        if line.indicator == "segment_share" {
            return None;
        }
        let times_margin = before.and_then(|before| times_margin(before, figure_of(line)?));
        Some(Self { value: line.change?, low: None, high: None, customers: None, times_margin })
    }

    /// Whether chance explains the change.
    pub(super) fn is_within_chance(&self) -> bool {
        self.times_margin.is_some_and(|times| times <= 1.0)
    }

    /// Whether the change from `before` is worth telling: chance does not explain it, or, where nothing tells how far chance
    /// goes, it is at least [`NOTABLE_SHARE`] of `before`.
    fn is_notable(&self, before: f64) -> bool {
        match self.times_margin {
            Some(_) => !self.is_within_chance(),
            None => self.value.abs() >= NOTABLE_SHARE * before.abs(),
        }
    }
}

/// A change since the earlier run that is good or bad.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct ChangeLine {
    /// The name of the figure on the first screen; that of the figure when absent.
    pub name: Option<String>,
    /// The figure.
    pub line: IndicatorLine,
    /// Its change.
    pub change: Change,
    /// Whether the change is for the better.
    pub is_good: bool,
}

/// The changes that are good or bad and notable ([`Change::is_notable`]), at most `most` for the better and for the worse: those
/// of the key figures, then the largest of the others, measured by the margin that chance explains; of figures that say much
/// the same only one. A change of a figure that is no key figure counts only like for like, unless nothing is.
pub(super) fn changes(
    key_figures: &[KeyFigureLine],
    lines: &[IndicatorLine],
    earlier: &NightFigures,
    context: &ReportContext,
    most: usize,
) -> Vec<ChangeLine> {
    let compares_customers = lines.iter().any(|line| is_like_for_like(&line.indicator));
    let told = |line: &IndicatorLine, name: Option<&String>| {
        let change = Change::of(line, lines, earlier.get(line, context.min_cell))?;
        let is_good = context.direction(&line.indicator).is_good(change.value)?;
        let before = line.value? - change.value;
        change.is_notable(before).then(|| ChangeLine { name: name.cloned(), line: line.clone(), change, is_good })
    };
    let mut kept: Vec<ChangeLine> =
        key_figures.iter().filter_map(|figure| told(&figure.line, figure.name.as_ref())).collect();
    let is_key = |line: &&IndicatorLine| key_figures.iter().any(|figure| figure.line.indicator == line.indicator);
    let others = lines.iter().filter(|line| line.dimension == TOTAL && !is_key(line));
    let mut others: Vec<ChangeLine> = others.filter_map(|line| told(line, None)).collect();
    others.retain(|found| found.change.times_margin.is_some());
    others.retain(|found| found.change.customers.is_some() || !compares_customers);
    let times = |found: &ChangeLine| found.change.times_margin.unwrap_or_default();
    others.sort_by(|a, b| times(b).total_cmp(&times(a)));
    let family = |figure: &str| context.families.iter().position(|family| family.iter().any(|known| known == figure));
    let mut families: Vec<usize> = kept.iter().filter_map(|found| family(&found.line.indicator)).collect();
    for found in others {
        match family(&found.line.indicator) {
            Some(known) if families.contains(&known) => continue,
            Some(new) => families.push(new),
            None => {}
        }
        kept.push(found);
    }
    let (better, worse): (Vec<_>, Vec<_>) = kept.into_iter().partition(|found| found.is_good);
    better.into_iter().take(most).chain(worse.into_iter().take(most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, margin: f64) -> Figure {
        Figure { value, low: Some(value - margin), high: Some(value + margin) }
    }

    #[test]
    fn the_change_of_a_total_is_notable_from_a_twentieth_on_and_others_beyond_chance() {
        let change = |value, times_margin| Change { value, low: None, high: None, customers: None, times_margin };
        assert!(!change(390.06, None).is_notable(42_230.0), "not one per cent");
        assert!(change(-2_111.5, None).is_notable(42_230.0));
        assert!(change(0.2, None).is_notable(0.0));
        assert!(change(0.2, Some(1.1)).is_notable(42_230.0));
        assert!(!change(-40_000.0, Some(0.9)).is_notable(42_230.0));
    }

    #[test]
    fn a_change_counts_when_it_is_larger_than_both_margins_together() {
        // The margins 3 and 4 together are 5.
        assert_eq!(times_margin(figure(50.0, 3.0), figure(54.0, 4.0)), Some(0.8));
        assert_eq!(times_margin(figure(50.0, 3.0), figure(56.0, 4.0)), Some(1.2));
        assert_eq!(times_margin(figure(50.0, 3.0), figure(44.0, 4.0)), Some(1.2));
        let without_interval = Figure { value: 90.0, low: None, high: None };
        assert_eq!(times_margin(figure(50.0, 3.0), without_interval), None);
    }
}
