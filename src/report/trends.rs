//! Figures of earlier nights, and what they say together with tonight's.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::build::TOTAL;
use super::context::ReportContext;
use super::model::{IndicatorLine, LoyaltyReport};
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

/// A change since the earlier run that is larger than chance explains.
#[derive(Clone, Debug, JsonSchema, Deserialize, Serialize)]
pub struct ChangeLine {
    /// The figure, with its change.
    pub line: IndicatorLine,
    /// Whether the change is for the better.
    pub is_good: bool,
    /// The change in units of the margin that chance explains; above 1.
    pub times_margin: f64,
}

/// The changes of figures of all customers that chance does not explain and that are good or bad: the largest `most` for
/// the better and for the worse, measured by the margin that chance explains.
pub(super) fn changes(
    lines: &[IndicatorLine],
    earlier: &NightFigures,
    context: &ReportContext,
    most: usize,
) -> Vec<ChangeLine> {
    let totals = lines.iter().filter(|line| line.dimension == TOTAL);
    let mut changes: Vec<ChangeLine> = totals
        .filter_map(|line| {
            let change = line.change?;
            let is_good = context.direction(&line.indicator).is_good(change)?;
            let times_margin = times_margin(earlier.get(line, context.min_cell)?, figure_of(line)?)?;
            (times_margin > 1.0).then(|| ChangeLine { line: line.clone(), is_good, times_margin })
        })
        .collect();
    changes.sort_by(|a, b| (b.is_good.cmp(&a.is_good)).then(b.times_margin.total_cmp(&a.times_margin)));
    let mut counts = [0_usize; 2];
    changes.retain(|change| {
        let count = &mut counts[usize::from(change.is_good)];
        *count += 1;
        *count <= most
    });
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: f64, margin: f64) -> Figure {
        Figure { value, low: Some(value - margin), high: Some(value + margin) }
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
