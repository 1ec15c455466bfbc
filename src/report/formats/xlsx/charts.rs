//! Charts that Excel draws itself, to the right of their table, from the rows that the report's own charts show.
//!
//! A chart may show other rows and columns than the table, so its numbers stand in a hidden sheet of their own.

use std::ops::RangeInclusive;

use chrono::NaiveDate;
use rust_xlsxwriter::{
    Chart, ChartAxisCrossing, ChartDataLabel, ChartErrorBars, ChartErrorBarsType, ChartMarker, ChartRange, ChartSeries,
    ChartType, Worksheet, XlsxError,
};

use super::heat_map;
use super::table_sheet::{TableSheet, scale};
use crate::config::chart::ChartKind;
use crate::error::Result;
use crate::render::Messages;
use crate::report::LoyaltyReport;
use crate::report::charts::{Axis, Mark, Marks};

/// Pixels of a chart: its width, its height without bars, and the height of a bar.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 320;
const BAR: usize = 26;
/// Lines that a chart takes, with one between two of them; a line is 20 pixels high.
const LINE: u32 = 20;

/// The hidden sheet with the numbers of all charts, each column one below the other.
pub(super) struct ChartData {
    name: String,
    sheet: Worksheet,
    next: u32,
}

impl ChartData {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), sheet: Worksheet::new(), next: 0 }
    }

    /// The sheet, unless no chart needs it.
    pub(super) fn sheet(mut self) -> Option<Worksheet> {
        self.sheet.set_name(&self.name).ok()?.set_hidden(true);
        (self.next > 0).then_some(self.sheet)
    }

    /// Takes room for a number of lines.
    fn take(&mut self, lines: usize) -> RangeInclusive<u32> {
        let first = self.next;
        self.next += u32::try_from(lines).unwrap_or_default();
        first..=self.next.saturating_sub(1)
    }

    fn range(&self, lines: &RangeInclusive<u32>, column: u16) -> ChartRange {
        ChartRange::new_from_range(&self.name, *lines.start(), column, *lines.end(), column)
    }

    fn texts<'a>(
        &mut self,
        lines: &RangeInclusive<u32>,
        column: u16,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<ChartRange, XlsxError> {
        for (line, text) in lines.clone().zip(texts) {
            self.sheet.write_string(line, column, text)?;
        }
        Ok(self.range(lines, column))
    }

    /// Writes numbers; where there is none, the chart has a gap.
    fn numbers(
        &mut self,
        lines: &RangeInclusive<u32>,
        column: u16,
        numbers: impl IntoIterator<Item = Option<f64>>,
    ) -> Result<ChartRange, XlsxError> {
        for (line, number) in lines.clone().zip(numbers) {
            if let Some(number) = number {
                self.sheet.write_number(line, column, number)?;
            }
        }
        Ok(self.range(lines, column))
    }
}

/// Inserts the charts of a table one below the other. A chart of fewer than two marks is left out, as in the other formats, and
/// so are path diagrams, which Excel does not draw. A heat map is a block of cells with a scale of colours, a flow a bar of
/// 100 percent for each start.
pub(super) fn insert(
    sheet: &mut Worksheet,
    table: &TableSheet,
    report: &LoyaltyReport,
    texts: &Messages,
    data: &mut ChartData,
) -> Result<Result<(), XlsxError>> {
    let mut line = 0;
    for shown in &table.charts {
        let marks = Marks::read(shown, texts, &report.context)?;
        if marks.rows.len() < 2 {
            continue;
        }
        if marks.kind == ChartKind::HeatMap {
            match heat_map::write(sheet, (line, table.right()), &marks) {
                Ok(lines) => line += lines + 1,
                Err(error) => return Ok(Err(error)),
            }
            continue;
        }
        let inserted = draw(&marks, &table.title, data).and_then(|chart| {
            if let Some((chart, height)) = chart {
                sheet.insert_chart(line, table.right(), &chart)?;
                line += height.div_ceil(LINE) + 1;
            }
            Ok(())
        });
        if inserted.is_err() {
            return Ok(inserted);
        }
    }
    Ok(Ok(()))
}

/// A chart and its height in pixels.
fn draw(marks: &Marks, title: &str, data: &mut ChartData) -> Result<Option<(Chart, u32)>, XlsxError> {
    let (mut chart, bars) = match marks.kind {
        ChartKind::Bars | ChartKind::Dots => (bars(marks, data)?, marks.rows.len()),
        ChartKind::StackedBars => stacked_bars(marks, ChartType::BarStacked, data)?,
        ChartKind::Flow => stacked_bars(marks, ChartType::BarPercentStacked, data)?,
        ChartKind::Lines | ChartKind::Steps => (lines(marks, data)?, 0),
        ChartKind::Points => (points(marks, data)?, 0),
        ChartKind::HeatMap | ChartKind::PathDiagram => return Ok(None),
    };
    let height = HEIGHT.max(u32::try_from(bars * BAR).unwrap_or(HEIGHT) + 120);
    chart.title().set_name(title);
    chart.set_width(WIDTH).set_height(height);
    let is_bar = bars > 0;
    // The bars of a flow show shares of where it starts.
    let numbers = if marks.kind == ChartKind::Flow { "0%" } else { number_format(&marks.value) };
    chart.y_axis().set_name(&marks.value.label).set_num_format(numbers);
    if is_bar {
        // The first row stands at the top, and the numbers below the last one.
        chart.x_axis().set_reverse().set_crossing(ChartAxisCrossing::Max);
    } else if let Some(x) = &marks.x {
        chart.x_axis().set_name(&x.label).set_num_format(number_format(x));
    }
    Ok(Some((chart, height)))
}

fn bars(marks: &Marks, data: &mut ChartData) -> Result<Chart, XlsxError> {
    let mut chart = Chart::new(ChartType::Bar);
    let rows = &marks.rows;
    let lines = data.take(rows.len());
    let names = data.texts(&lines, 0, rows.iter().map(|mark| mark.label.as_str()))?;
    let mut series = series(&marks.value.label, &names, &values(marks, rows.iter(), &lines, 1, data)?);
    if let Some(bars) = error_bars(marks, rows.iter(), &lines, 2, data)? {
        series.set_x_error_bars(&bars);
    }
    chart.push_series(&series);
    if let Some(beside) = &marks.beside {
        let factor = scale(beside.unit.as_deref());
        let numbers = rows.iter().map(|mark| mark.beside.map(|number| number * factor));
        let numbers = data.numbers(&lines, 4, numbers)?;
        chart.push_series(&self::series(&beside.label, &names, &numbers));
    } else {
        chart.legend().set_hidden();
    }
    Ok(chart)
}

fn stacked_bars(marks: &Marks, kind: ChartType, data: &mut ChartData) -> Result<(Chart, usize), XlsxError> {
    let mut chart = Chart::new(kind);
    let names = marks.names(|mark| (&mark.label, &mark.label_key));
    let factor = scale(marks.value.unit.as_deref());
    let lines = data.take(names.len());
    let labels = data.texts(&lines, 0, names.iter().map(|(name, _)| name.as_str()))?;
    for (column, (part, _)) in (1_u16..).zip(marks.names(|mark| (&mark.by, &mark.by_key))) {
        let of_name = |name: &String| {
            let found = marks.rows.iter().filter(|mark| mark.label == *name && mark.by == part);
            found.map(|mark| mark.value * factor).reduce(|sum, value| sum + value)
        };
        let numbers = data.numbers(&lines, column, names.iter().map(|(name, _)| of_name(name)))?;
        chart.push_series(&series(&part, &labels, &numbers));
    }
    Ok((chart, names.len()))
}

fn lines(marks: &Marks, data: &mut ChartData) -> Result<Chart, XlsxError> {
    let mut chart = Chart::new(ChartType::ScatterStraightWithMarkers);
    let parts = marks.names(|mark| (&mark.by, &mark.by_key));
    for (part, _) in &parts {
        let rows = marks.curve(part);
        let lines = data.take(rows.len());
        let at = data.numbers(&lines, 0, rows.iter().map(|mark| place(marks, mark)))?;
        let name = if parts.len() > 1 { part.as_str() } else { &marks.value.label };
        let mut series = series(name, &at, &values(marks, rows.iter(), &lines, 1, data)?);
        if let Some(bars) = error_bars(marks, rows.iter(), &lines, 2, data)? {
            series.set_y_error_bars(&bars);
        }
        chart.push_series(&series);
        if let (Some(beside), 1) = (&marks.beside, parts.len()) {
            let factor = scale(beside.unit.as_deref());
            let numbers = data.numbers(&lines, 4, rows.iter().map(|mark| mark.beside.map(|value| value * factor)))?;
            chart.push_series(&self::series(&beside.label, &at, &numbers));
        } else if parts.len() == 1 {
            chart.legend().set_hidden();
        }
    }
    Ok(chart)
}

fn points(marks: &Marks, data: &mut ChartData) -> Result<Chart, XlsxError> {
    let mut chart = Chart::new(ChartType::Scatter);
    let rows = &marks.rows;
    let lines = data.take(rows.len());
    let at = data.numbers(&lines, 0, rows.iter().map(|mark| place(marks, mark)))?;
    let mut series = series(&marks.value.label, &at, &values(marks, rows.iter(), &lines, 1, data)?);
    if let Some(bars) = error_bars(marks, rows.iter(), &lines, 2, data)? {
        series.set_y_error_bars(&bars);
    }
    let names = rows.iter().map(|mark| ChartDataLabel::new().set_value(mark.label.as_str()).to_custom());
    series.set_custom_data_labels(&names.collect::<Vec<_>>()).set_marker(&ChartMarker::new());
    chart.push_series(&series);
    chart.legend().set_hidden();
    Ok(chart)
}

fn series(name: &str, categories: &ChartRange, values: &ChartRange) -> ChartSeries {
    let mut series = ChartSeries::new();
    series.set_name(name).set_categories(categories).set_values(values);
    series
}

fn values<'a>(
    marks: &Marks,
    rows: impl Iterator<Item = &'a Mark>,
    lines: &RangeInclusive<u32>,
    column: u16,
    data: &mut ChartData,
) -> Result<ChartRange, XlsxError> {
    let factor = scale(marks.value.unit.as_deref());
    data.numbers(lines, column, rows.map(|mark| Some(mark.value * factor)))
}

/// The distances from the values to the ends of their intervals, where every mark has one.
fn error_bars<'a>(
    marks: &Marks,
    rows: impl Iterator<Item = &'a Mark>,
    lines: &RangeInclusive<u32>,
    column: u16,
    data: &mut ChartData,
) -> Result<Option<ChartErrorBars>, XlsxError> {
    let factor = scale(marks.value.unit.as_deref());
    let around = rows.map(|mark| mark.interval.map(|(low, high)| (high - mark.value, mark.value - low)));
    let Some(around) = around.collect::<Option<Vec<_>>>() else { return Ok(None) };
    let above = data.numbers(lines, column, around.iter().map(|(above, _)| Some(above * factor)))?;
    let below = data.numbers(lines, column + 1, around.iter().map(|(_, below)| Some(below * factor)))?;
    let mut bars = ChartErrorBars::new();
    bars.set_type(ChartErrorBarsType::Custom(above, below));
    Ok(Some(bars))
}

/// Where a mark stands on the horizontal axis: days as Excel counts them.
fn place(marks: &Marks, mark: &Mark) -> Option<f64> {
    let x = mark.x?;
    let axis = marks.x.as_ref()?;
    if !axis.is_day {
        return Some(x * scale(axis.unit.as_deref()));
    }
    let epoch = NaiveDate::from_ymd_opt(1899, 12, 30)?;
    Some(x - crate::report::charts::number_of(epoch))
}

/// How Excel writes the numbers of an axis.
fn number_format(axis: &Axis) -> &'static str {
    match axis.unit.as_deref() {
        _ if axis.is_day => "yyyy-mm",
        Some("share") => "0%",
        Some("nps") => "0",
        Some("currency" | "count" | "days" | "seconds") => "#,##0",
        _ => "General",
    }
}
