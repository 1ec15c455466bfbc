//! Charts of what the program computes itself: trends, the four segments, the Net Promoter Score.

use kuva::backend::svg::SvgBackend;
use kuva::plot::{LinePlot, ScatterPlot};
use kuva::render::annotations::{ReferenceLine, TextAnnotation};
use kuva::render::layout::Layout;
use kuva::render::plots::Plot;
use kuva::render::render::render_multiple;

use super::marks::{Axis, Mark, Marks, number_of};
use super::picture::{self, Picture, WIDE};
use super::plots;
use super::style::{colour_of, theme};
use super::{Base, source_of};
use crate::config::chart::ChartKind;
use crate::error::Result;
use crate::render::Messages;
use crate::report::model::{NpsLine, Segments};
use crate::report::table::{INDICATORS, NPS, SEGMENT_SHARES};
use crate::report::trends::TrendPoint;

/// Nights that a trend needs before it is drawn.
const FEWEST_NIGHTS: usize = 3;
/// Width and height of a trend beside a figure.
const SPARK: (f64, f64) = (150.0, 36.0);
/// Radius of the circle of everybody, in pixels on a wide page.
const WHOLE_RADIUS: f64 = 74.0;

/// A figure on its nights, without axes; nothing for too few nights.
pub(in crate::report) fn sparkline(
    trend: &[TrendPoint],
    name: &str,
    title: &str,
    unit: &str,
    texts: &Messages,
) -> Result<Option<String>> {
    if trend.len() < FEWEST_NIGHTS {
        return Ok(None);
    }
    let line: Vec<(f64, f64)> = trend.iter().map(|point| (number_of(point.as_of_date), point.figure.value)).collect();
    let last = line[line.len() - 1];
    let plots = vec![
        Plot::Line(LinePlot::new().with_data(line).with_color("var(--true)").with_stroke_width(2.0)),
        Plot::Scatter(ScatterPlot::new().with_data(vec![last]).with_color("var(--true)").with_size(3.0)),
    ];
    let mut bare = theme();
    bare.axis_color = "none".into();
    let mut layout = Layout::auto_from_plots(&plots)
        .with_theme(bare)
        .with_width(SPARK.0)
        .with_height(SPARK.1)
        .with_force_margins(5.0, 5.0)
        .with_force_margins_y(7.0, 7.0)
        .with_show_grid(false);
    (layout.suppress_x_ticks, layout.suppress_y_ticks) = (true, true);
    let svg = SvgBackend::new().render_scene(&render_multiple(plots, layout));
    let told = |point: &TrendPoint| {
        let day = texts.numbers.short_date(point.as_of_date);
        format!("{day} {}", texts.numbers.value(point.figure.value, unit))
    };
    let (first, now) = (&trend[0], &trend[trend.len() - 1]);
    let values = [("from", told(first).into()), ("to", told(now).into()), ("nights", trend.len().into())];
    let description = texts.sentence("charts-trend", &values)?;
    Ok(Some(picture::embedded(&svg, name, title, &description)))
}

/// The shares of the segments on all nights; nothing for too few nights.
pub(in crate::report) fn segment_trends(
    trends: &[(String, Vec<TrendPoint>)],
    title: &str,
    texts: &Messages,
) -> Result<Option<Picture>> {
    if trends.iter().all(|(_, trend)| trend.len() < FEWEST_NIGHTS) {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for (key, trend) in trends {
        let name = texts.text(&format!("segment-{key}"))?;
        rows.extend(trend.iter().map(|point| Mark {
            by: name.clone(),
            by_key: key.clone(),
            value: point.figure.value,
            text: texts.numbers.percent(point.figure.value),
            x: Some(number_of(point.as_of_date)),
            x_text: texts.numbers.short_date(point.as_of_date),
            interval: point.figure.low.zip(point.figure.high),
            ..Mark::default()
        }));
    }
    let marks = Marks {
        kind: ChartKind::Lines,
        rows,
        value: Axis { label: texts.text("segments-share-of-measured")?, unit: Some("share".into()), is_day: false },
        x: Some(Axis { label: String::new(), unit: None, is_day: true }),
        beside: None,
    };
    let description = picture::description(&marks, texts)?;
    let has_interval = marks.rows.iter().any(|mark| mark.interval.is_some());
    let source = source_of(INDICATORS, None, has_interval, texts)?;
    let picture = Picture::new("chart-segment-trends", title, &description, |width| plots::draw(&marks, width, texts));
    Ok(Some(picture.with_words(None, source)))
}

/// The score of each group of answers with its interval; nothing for a single group.
pub(in crate::report) fn nps(
    lines: &[NpsLine],
    names: &[String],
    title: &str,
    texts: &Messages,
) -> Result<Option<Picture>> {
    let shown = lines.iter().zip(names).filter_map(|(line, name)| Some((line, name, line.nps?)));
    let rows: Vec<Mark> = shown
        .map(|(line, name, score)| Mark {
            label: name.clone(),
            label_key: if line.dimension == "segment" { line.dimension_value.clone() } else { String::new() },
            value: score,
            text: texts.numbers.score(score),
            interval: line.margin.map(|margin| ((score - margin).max(-1.0), (score + margin).min(1.0))),
            ..Mark::default()
        })
        .collect();
    if rows.len() < 2 {
        return Ok(None);
    }
    let value = Axis { label: title.to_owned(), unit: Some("nps".into()), is_day: false };
    let marks = Marks { kind: ChartKind::Dots, rows, value, x: None, beside: None };
    let description = picture::description(&marks, texts)?;
    let answers = lines.iter().filter(|line| line.nps.is_some()).filter_map(|line| line.n.shown);
    let base = Base::of(answers.clone().min().zip(answers.max()));
    let source = source_of(NPS, base, marks.rows.iter().any(|mark| mark.interval.is_some()), texts)?;
    let picture = Picture::new("chart-nps", title, &description, |width| plots::draw(&marks, width, texts));
    Ok(Some(picture.with_words(None, source)))
}

/// The four segments where behaviour and attitude meet: a circle for their customers and one for what they bring. Nothing when
/// a segment is too small to be shown.
pub(in crate::report) fn segment_map(segments: &Segments, title: &str, texts: &Messages) -> Result<Option<Picture>> {
    let places = [
        ("no_loyalty", (0.25, 0.25)),
        ("spurious_loyalty", (0.75, 0.25)),
        ("latent_loyalty", (0.25, 0.75)),
        ("true_loyalty", (0.75, 0.75)),
    ];
    let mut circles = Vec::new();
    for (key, place) in places {
        let Some(group) = segments.groups.get(key) else { return Ok(None) };
        let Some(share) = group.measured_share else { return Ok(None) };
        circles.push((key, place, share, group.measured_amount_share, texts.text(&format!("segment-{key}"))?));
    }
    let has_amounts = circles.iter().all(|(_, _, _, amount, _)| amount.is_some());
    let sentence = |share: f64, amount: Option<f64>, name: &str| {
        let mut values = vec![("segment", name.into()), ("share", texts.numbers.percent(share).into())];
        match amount.filter(|_| has_amounts) {
            Some(amount) => {
                values.push(("amount_share", texts.numbers.percent(amount).into()));
                texts.sentence("charts-segment", &values)
            }
            None => texts.sentence("charts-segment-without-amount", &values),
        }
    };
    let mut told = Vec::new();
    for (_, _, share, amount, name) in &circles {
        told.push(sentence(*share, *amount, name)?);
    }
    let (behaviour, attitude) = (texts.text("charts-behaviour-axis")?, texts.text("charts-attitude-axis")?);
    let draw = |width: f64| {
        let scale = (width / WIDE).max(0.55);
        let mut plots = Vec::new();
        let mut notes = Vec::new();
        for ((key, (x, y), share, amount, name), sentence) in circles.iter().zip(&told) {
            let radius = |share: f64| (WHOLE_RADIUS * scale * share.max(0.0).sqrt()).max(2.0);
            let apart = if has_amounts { 0.1 } else { 0.0 };
            let circle = |x: f64, share: f64, opacity: f64| {
                ScatterPlot::new()
                    .with_data(vec![(x, *y)])
                    .with_sizes(vec![radius(share)])
                    .with_color(colour_of(key, 0))
                    .with_marker_opacity(opacity)
                    .with_tooltips()
                    .with_tooltip_labels(vec![sentence.clone()])
            };
            plots.push(Plot::Scatter(circle(x - apart, *share, 0.9)));
            if let Some(amount) = amount.filter(|_| has_amounts) {
                plots.push(Plot::Scatter(circle(x + apart, amount, 0.45)));
                notes.push((texts.numbers.percent(amount), x + apart, y - 0.215));
            }
            notes.push((texts.numbers.percent(*share), x - apart, y - 0.215));
            notes.push((name.clone(), *x, y + 0.215));
        }
        let mut layout = Layout::auto_from_plots(&plots)
            .with_theme(theme())
            .with_width(width)
            .with_height(if width < WIDE { 330.0 } else { 430.0 })
            .with_label_size(12)
            .with_x_axis_min(0.0)
            .with_x_axis_max(1.0)
            .with_y_axis_min(0.0)
            .with_y_axis_max(1.0)
            .with_show_grid(false)
            .with_x_label(&behaviour)
            .with_y_label(&attitude)
            .with_reference_line(ReferenceLine::horizontal(0.5).with_color("var(--line)").with_dasharray("none"))
            .with_reference_line(ReferenceLine::vertical(0.5).with_color("var(--line)").with_dasharray("none"));
        (layout.suppress_x_ticks, layout.suppress_y_ticks) = (true, true);
        for (text, x, y) in notes {
            layout =
                layout.with_annotation(TextAnnotation::new(text, x, y).with_font_size(12).with_color("var(--ink)"));
        }
        SvgBackend::new().render_scene(&render_multiple(plots, layout))
    };
    let base = segments.measured.shown.map(Base::All);
    let source = source_of(SEGMENT_SHARES, base, false, texts)?;
    Ok(Some(Picture::new("chart-segments", title, &told.join(" "), draw).with_words(None, source)))
}
