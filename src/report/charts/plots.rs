//! Marks -> SVG, by kind of chart.

use std::sync::Arc;

use chrono::NaiveDate;
use kuva::backend::svg::SvgBackend;
use kuva::plot::colormap::ColorMap;
use kuva::plot::legend::LegendPosition;
use kuva::plot::sankey::{SankeyLink, SankeyNode, SankeyPlot};
use kuva::plot::{BarPlot, ForestPlot, Heatmap, LinePlot, ScatterPlot};
use kuva::render::annotations::ReferenceLine;
use kuva::render::layout::{AxisLabelOverlap, Layout, TickFormat};
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;

use super::marks::{Axis, Mark, Marks};
use super::path_diagram;
use super::picture::NARROW;
use super::style::{colour, colour_of, shade, theme};
use crate::config::chart::ChartKind;
use crate::render::Messages;
use crate::render::numbers::NumberStyle;

/// Size of texts, in pixels.
const TEXT: u32 = 12;
/// Height of a bar or dot with its gap.
const ROW: f64 = 28.0;
/// Height of an axis with its heading.
const AXIS: f64 = 58.0;
/// Height of a legend below the axis on a wide page; on a narrow one, each name has a line.
const LEGEND: f64 = 44.0;
const LEGEND_LINE: f64 = 18.0;
/// Characters of a name beside a bar on a wide and on a narrow page.
const NAME_CHARACTERS: (usize, usize) = (36, 17);
/// Characters of a name in a legend.
const LEGEND_CHARACTERS: (usize, usize) = (60, 28);
/// A line of more points than this has no dots.
const DOTTED_POINTS: usize = 36;
/// Radius of the largest and of the smallest point.
const POINT_RADII: (f64, f64) = (16.0, 4.0);

/// Draws the marks, `width` pixels wide.
pub(super) fn draw(marks: &Marks, width: f64, texts: &Messages) -> String {
    let canvas = Canvas { marks, width, numbers: &texts.numbers };
    let (plots, layout) = match marks.kind {
        ChartKind::Bars => canvas.bars(),
        ChartKind::StackedBars => canvas.stacked_bars(),
        ChartKind::Dots => canvas.dots(),
        ChartKind::Lines | ChartKind::Steps => canvas.lines(),
        ChartKind::Points => canvas.points(),
        ChartKind::Flow => canvas.flow(),
        ChartKind::HeatMap => canvas.heat_map(),
        ChartKind::PathDiagram => return path_diagram::draw(marks, width, &texts.numbers),
    };
    SvgBackend::new().render_scene(&render_multiple(plots, layout))
}

/// A point of a line.
struct Point {
    at: (f64, f64),
    interval: Option<(f64, f64)>,
    text: String,
}

impl Point {
    fn of(mark: &Mark) -> Self {
        let text = [mark.by.as_str(), mark.x_text.as_str(), mark.text.as_str()];
        let text = text.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        Self { at: (mark.x.unwrap_or_default(), mark.value), interval: mark.interval, text }
    }

    /// The point of the second number.
    fn beside(mark: &Mark) -> Option<Self> {
        let text = format!("{} {}", mark.x_text, mark.beside_text);
        Some(Self { at: (mark.x.unwrap_or_default(), mark.beside?), interval: None, text })
    }
}

struct Canvas<'a> {
    marks: &'a Marks,
    width: f64,
    numbers: &'a NumberStyle,
}

impl Canvas<'_> {
    fn is_narrow(&self) -> bool {
        self.width <= NARROW
    }

    fn layout(&self, plots: &[Plot], height: f64) -> Layout {
        let layout = Layout::auto_from_plots(plots)
            .with_theme(theme())
            .with_width(self.width)
            .with_height(height)
            .with_label_size(TEXT)
            .with_tick_size(TEXT)
            .with_body_size(TEXT)
            .with_legend_box(false)
            .with_x_label_overlap(AxisLabelOverlap::Thin);
        if self.is_narrow() { layout.with_ticks(3) } else { layout }
    }

    /// How the numbers of an axis are written.
    fn ticks(&self, axis: &Axis) -> TickFormat {
        let numbers = *self.numbers;
        if axis.is_day {
            return TickFormat::Custom(Arc::new(move |value| numbers.month(day(value))));
        }
        let unit = axis.unit.clone();
        TickFormat::Custom(Arc::new(move |value| numbers.tick(value, unit.as_deref())))
    }

    fn short(&self, name: &str) -> String {
        self.cut(name, NAME_CHARACTERS)
    }

    /// The name in at most so many characters on a wide and on a narrow page.
    fn cut(&self, name: &str, (wide, narrow): (usize, usize)) -> String {
        let most = if self.is_narrow() { narrow } else { wide };
        if name.chars().count() <= most {
            return name.to_owned();
        }
        let kept: String = name.chars().take(most - 1).collect();
        format!("{}…", kept.trim_end())
    }

    /// What hovering tells of the mark of a name and a part; nothing where there is none.
    fn told_at(&self, label: &str, by: &str) -> String {
        let found = self.marks.rows.iter().find(|mark| mark.label == label && mark.by == by);
        found.map_or_else(String::new, |mark| tooltip([&mark.label, &mark.by], &mark.text))
    }

    fn legend(&self, layout: Layout, names: usize) -> Layout {
        if names < 2 {
            return layout;
        }
        layout.with_legend_position(LegendPosition::OutsideBottomColumns)
    }

    fn legend_height(&self, names: usize) -> f64 {
        match names {
            0 | 1 => 0.0,
            _ if self.is_narrow() => LEGEND_LINE * count(names) + 26.0,
            _ => LEGEND,
        }
    }

    fn bars(&self) -> (Vec<Plot>, Layout) {
        // The axis counts from below.
        let rows: Vec<&Mark> = self.marks.rows.iter().rev().collect();
        let name = |mark: &Mark| self.short(&mark.label);
        let colours: Vec<&str> = self.colours(&rows);
        let told = rows.iter().flat_map(|mark| match &self.marks.beside {
            Some(beside) => vec![
                tooltip([&mark.label, &beside.label], &mark.beside_text),
                tooltip([&mark.label, &self.marks.value.label], &mark.text),
            ],
            None => vec![tooltip([&mark.label], &mark.text)],
        });
        let mut plot = BarPlot::new().with_horizontal(true).with_tooltips().with_tooltip_labels(told);
        if let Some(beside) = &self.marks.beside {
            plot = rows.iter().fold(plot, |plot, mark| {
                let second = mark.beside.unwrap_or_default();
                plot.with_group(name(mark), vec![(second, "var(--none)"), (mark.value, "var(--true)")])
            });
            plot = plot.with_legend(vec![beside.label.as_str(), self.marks.value.label.as_str()]);
        } else {
            for (mark, colour) in rows.iter().zip(colours) {
                plot = plot.with_colored_bar(format!("{}  {}", name(mark), mark.text), mark.value, colour);
            }
            if rows.iter().all(|mark| mark.interval.is_some()) {
                let around = rows.iter().filter_map(|mark| Some((mark.value, mark.interval?)));
                let errors: Vec<(f64, f64)> = around.map(|(value, (low, high))| (value - low, high - value)).collect();
                plot = plot.with_asymmetric_error(errors).with_error_color("var(--ink)");
            }
        }
        let names = if self.marks.beside.is_some() { 2 } else { 1 };
        let plots = vec![Plot::Bar(plot)];
        let layout = self.layout(&plots, self.height_of(rows.len() * names) + self.legend_height(names));
        let layout = layout.with_x_tick_format(self.ticks(&self.marks.value)).with_x_label(&self.marks.value.label);
        (plots, self.legend(layout, names))
    }

    fn stacked_bars(&self) -> (Vec<Plot>, Layout) {
        let parts = self.marks.names(|mark| (&mark.by, &mark.by_key));
        let names: Vec<(String, String)> = self.marks.names(|mark| (&mark.label, &mark.label_key));
        let value = |label: &str, part: &str| -> f64 {
            let found = self.marks.rows.iter().filter(|mark| mark.label == label && mark.by == part);
            found.map(|mark| mark.value).sum()
        };
        let told = names.iter().rev().flat_map(|(label, _)| parts.iter().map(|(part, _)| self.told_at(label, part)));
        let mut plot = BarPlot::new().with_horizontal(true).with_stacked().with_tooltips().with_tooltip_labels(told);
        for (label, _) in names.iter().rev() {
            let bars = parts.iter().enumerate().map(|(index, (part, key))| (value(label, part), colour_of(key, index)));
            plot = plot.with_group(self.short(label), bars.collect::<Vec<_>>());
        }
        let shown: Vec<String> = parts.iter().map(|(part, _)| self.cut(part, LEGEND_CHARACTERS)).collect();
        plot = plot.with_legend(shown.iter().map(String::as_str).collect());
        let plots = vec![Plot::Bar(plot)];
        let layout = self.layout(&plots, self.height_of(names.len()) + self.legend_height(parts.len()));
        let layout = layout.with_x_tick_format(self.ticks(&self.marks.value)).with_x_label(&self.marks.value.label);
        (plots, self.legend(layout, parts.len()))
    }

    fn dots(&self) -> (Vec<Plot>, Layout) {
        let rows: Vec<&Mark> = self.marks.rows.iter().collect();
        let colours = self.colours(&rows);
        let has_signs = rows.iter().any(|mark| mark.value < 0.0 || mark.interval.is_some_and(|(low, _)| low < 0.0));
        let parts = self.marks.names(|mark| (&mark.by, &mark.by_key)).len();
        let mut plot = ForestPlot::new().with_null_value(0.0).with_show_null_line(has_signs).with_marker_size(5.0);
        for (mark, colour) in rows.iter().zip(colours) {
            let (low, high) = mark.interval.unwrap_or((mark.value, mark.value));
            let name = if parts > 1 { format!("{} / {}", mark.by, mark.label) } else { mark.label.clone() };
            let name = format!("{}  {}", self.short(&name), mark.text);
            plot = plot.with_colored_row(name, mark.value, low, high, colour);
        }
        let plots = vec![Plot::Forest(plot)];
        let layout = self.layout(&plots, self.height_of(rows.len()));
        let layout = layout.with_x_tick_format(self.ticks(&self.marks.value)).with_x_label(&self.marks.value.label);
        (plots, layout)
    }

    fn lines(&self) -> (Vec<Plot>, Layout) {
        let names = self.marks.names(|mark| (&mark.by, &mark.by_key));
        let mut lines = Vec::new();
        for (index, (name, key)) in names.iter().enumerate() {
            let curve = self.marks.curve(name);
            lines.push((name.as_str(), colour_of(key, index), curve.iter().map(Point::of).collect::<Vec<_>>()));
        }
        if let (Some(beside), [first]) = (&self.marks.beside, &mut lines[..]) {
            let curve = names.iter().flat_map(|(name, _)| self.marks.curve(name));
            let points = curve.filter_map(|mark| Point::beside(&mark)).collect();
            first.0 = &self.marks.value.label;
            lines.push((&beside.label, colour(1), points));
        }
        let names = lines.len();
        let are_steps = self.marks.kind == ChartKind::Steps;
        let mut plots = Vec::new();
        for (name, colour, points) in lines {
            let line: Vec<(f64, f64)> = points.iter().map(|point| point.at).collect();
            let mut plot = LinePlot::new().with_data(line.clone()).with_color(colour).with_stroke_width(2.0);
            if let Some(bounds) = points.iter().map(|point| point.interval).collect::<Option<Vec<_>>>() {
                plot = plot.with_band(bounds.iter().map(|(low, _)| *low), bounds.iter().map(|(_, high)| *high));
            }
            if names > 1 {
                plot = plot.with_legend(name);
            }
            plots.push(Plot::Line(plot));
            if line.len() <= DOTTED_POINTS && !are_steps {
                let dots = ScatterPlot::new().with_data(line).with_color(colour).with_size(3.0);
                let texts = points.into_iter().map(|point| point.text);
                plots.push(Plot::Scatter(dots.with_tooltips().with_tooltip_labels(texts)));
            }
        }
        let height = if self.is_narrow() { 200.0 + self.legend_height(names) } else { 280.0 };
        let mut layout = self.layout(&plots, height);
        layout = layout.with_y_tick_format(self.ticks(&self.marks.value));
        if are_steps && self.marks.value.unit.as_deref() == Some("share") {
            layout = layout.with_y_axis_min(0.0).with_y_axis_max(1.0);
        }
        if names < 2 {
            layout = layout.with_y_label(&self.marks.value.label);
        }
        if let Some(x) = &self.marks.x {
            layout = layout.with_x_tick_format(self.ticks(x));
            if !x.is_day {
                layout = layout.with_x_label(&x.label);
            }
        }
        (plots, self.legend(layout, names))
    }

    fn points(&self) -> (Vec<Plot>, Layout) {
        let rows = &self.marks.rows;
        let at = |mark: &Mark| (mark.x.unwrap_or_default(), mark.value);
        let largest = rows.iter().filter_map(|mark| mark.size).fold(0.0, f64::max);
        let radius = |mark: &Mark| match mark.size {
            Some(size) if largest > 0.0 => (POINT_RADII.0 * (size / largest).max(0.0).sqrt()).max(POINT_RADII.1),
            _ => POINT_RADII.1 + 2.0,
        };
        let rows_by_name: Vec<&Mark> = rows.iter().collect();
        let texts = rows.iter().map(|mark| format!("{}: {}, {}", mark.label, mark.x_text, mark.text));
        let plot = ScatterPlot::new()
            .with_data(rows.iter().map(at))
            .with_sizes(rows.iter().map(radius))
            .with_colors(self.colours(&rows_by_name))
            .with_marker_opacity(0.7)
            .with_labels(rows.iter().map(|mark| self.short(&mark.label)))
            .with_repel_labels()
            .with_tooltips()
            .with_tooltip_labels(texts);
        let plot = match rows.iter().map(|mark| mark.interval).collect::<Option<Vec<_>>>() {
            Some(intervals) => {
                let around = rows.iter().zip(intervals);
                plot.with_y_err_asymmetric(around.map(|(mark, (low, high))| (mark.value - low, high - mark.value)))
            }
            None => plot,
        };
        let plot = match rows.iter().map(|mark| mark.x_interval).collect::<Option<Vec<_>>>() {
            Some(intervals) => {
                let around = rows.iter().map(|mark| mark.x.unwrap_or_default()).zip(intervals);
                plot.with_x_err_asymmetric(around.map(|(x, (low, high))| (x - low, high - x)))
            }
            None => plot,
        };
        let plots = vec![Plot::Scatter(plot)];
        let mean = |number: fn(&Mark) -> f64| rows.iter().map(number).sum::<f64>() / count(rows.len());
        let line = |line: ReferenceLine| line.with_color("var(--soft)").with_dasharray("4 4");
        let mut layout = self
            .layout(&plots, if self.is_narrow() { 360.0 } else { 440.0 })
            .with_y_tick_format(self.ticks(&self.marks.value))
            .with_y_label(&self.marks.value.label)
            .with_reference_line(line(ReferenceLine::horizontal(mean(|mark| mark.value))))
            .with_reference_line(line(ReferenceLine::vertical(mean(|mark| mark.x.unwrap_or_default()))));
        if let Some(x) = &self.marks.x {
            layout = layout.with_x_tick_format(self.ticks(x)).with_x_label(&x.label);
        }
        (plots, layout)
    }

    fn flow(&self) -> (Vec<Plot>, Layout) {
        let from = self.marks.names(|mark| (&mark.label, &mark.label_key));
        let to = self.marks.names(|mark| (&mark.by, &mark.by_key));
        let node = |side: &str, column: usize| {
            let side = side.to_owned();
            move |(index, (name, key)): (usize, &(String, String))| SankeyNode {
                id: format!("{side} {key} {name}"),
                label: name.clone(),
                color: Some(colour_of(key, index).to_owned()),
                column: Some(column),
            }
        };
        let mut plot = SankeyPlot::new().with_link_opacity(0.45);
        plot.nodes.extend(from.iter().enumerate().map(node("from", 0)));
        plot.nodes.extend(to.iter().enumerate().map(node("to", 1)));
        let place = |names: &[(String, String)], name: &str| names.iter().position(|(known, _)| known == name);
        for mark in self.marks.rows.iter().filter(|mark| mark.value > 0.0) {
            if let (Some(source), Some(target)) = (place(&from, &mark.label), place(&to, &mark.by)) {
                plot.links.push(SankeyLink { source, target: from.len() + target, value: mark.value, color: None });
            }
        }
        let numbers = *self.numbers;
        let unit = self.marks.value.unit.clone();
        plot = plot
            .with_flow_labels()
            .with_flow_label_format(TickFormat::Custom(Arc::new(move |value| numbers.tick(value, unit.as_deref()))));
        let plots = vec![Plot::Sankey(plot)];
        let layout = self.layout(&plots, 340.0);
        (plots, layout)
    }

    fn heat_map(&self) -> (Vec<Plot>, Layout) {
        let rows = self.marks.names(|mark| (&mark.label, &mark.label_key));
        let columns = self.marks.names(|mark| (&mark.by, &mark.by_key));
        let value = |row: &str, column: &str| {
            let found = self.marks.rows.iter().find(|mark| mark.label == row && mark.by == column);
            found.map_or(f64::NAN, |mark| mark.value)
        };
        let data: Vec<Vec<f64>> =
            rows.iter().map(|(row, _)| columns.iter().map(|(column, _)| value(row, column)).collect()).collect();
        let told = rows.iter().flat_map(|(row, _)| columns.iter().map(|(column, _)| self.told_at(row, column)));
        let plot = Heatmap::new().with_data(data).with_color_map(ColorMap::Custom(Arc::new(shade)));
        let plot = plot.with_tooltips().with_tooltip_labels(told);
        let plots = vec![Plot::Heatmap(plot)];
        let height = 22.0 * count(rows.len()) + AXIS;
        let layout = self
            .layout(&plots, height)
            .with_colorbar_tick_format(self.ticks(&self.marks.value))
            .with_x_categories(columns.into_iter().map(|(name, _)| name).collect())
            .with_y_categories(rows.into_iter().rev().map(|(name, _)| self.short(&name)).collect());
        (plots, layout)
    }

    /// The colour of each mark: that of the thing where it has one, else the first colour for all.
    fn colours(&self, rows: &[&Mark]) -> Vec<&'static str> {
        let own = |mark: &&Mark| colour_of(&mark.label_key, 0);
        let found: Vec<&'static str> = rows.iter().map(own).collect();
        if found.iter().all(|found| *found == colour(0)) { vec![colour(0); rows.len()] } else { found }
    }

    fn height_of(&self, rows: usize) -> f64 {
        ROW * count(rows) + AXIS
    }
}

/// What hovering over a mark tells: its names, and its number as the table writes it.
fn tooltip<const N: usize>(names: [&str; N], number: &str) -> String {
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    format!("{}: {number}", names.join(" / "))
}

#[expect(clippy::cast_precision_loss, reason = "a chart has few marks")]
fn count(number: usize) -> f64 {
    number as f64
}

#[expect(clippy::cast_possible_truncation, reason = "days of the calendar fit")]
fn day(number: f64) -> NaiveDate {
    NaiveDate::from_num_days_from_ce_opt(number.round() as i32).unwrap_or_default()
}
