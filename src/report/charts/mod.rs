//! Charts: the rows of a table -> a picture as SVG, without any script.
//!
//! [`marks`] reads what is drawn from a [`ShownChart`], [`plots`] arranges it with the crate `kuva`, [`path_diagram`] places boxes
//! and arrows itself, and [`picture`] makes the result a part of a page: words for readers who do not see it, colours that follow
//! the page, two widths.
//!
//! A chart has nothing that its table does not have: groups that are too small left it before, and leave no mark.

mod built_in;
mod marks;
mod path_diagram;
mod picture;
mod plots;
mod style;

use super::context::ReportContext;
use super::shown_table::ShownChart;
use crate::config::chart::ChartKind;
use crate::error::Result;
use crate::render::Messages;
pub(super) use built_in::{nps, segment_map, segment_trends, sparkline};
pub(super) use marks::{Axis, Mark, Marks, number_of};
pub(super) use picture::Picture;

/// The chart as a picture; none when there are fewer than two marks to compare, or where a chart that splits its lines has one.
///
/// `name` is unique in the page, `table` the table's name and heading.
pub(super) fn draw(
    chart: &ShownChart,
    name: &str,
    table: (&str, &str),
    texts: &Messages,
    context: &ReportContext,
) -> Result<Option<Picture>> {
    let marks = Marks::read(chart, texts, context)?;
    if marks.rows.len() < 2 || says_nothing_of_parts(chart, &marks) {
        return Ok(None);
    }
    let description = picture::description(&marks, texts)?;
    let draw = |width| plots::draw(&marks, width, texts);
    let title = chart.title.as_deref().unwrap_or(table.1);
    let picture = Picture::new(name, title, &description, draw);
    Ok(Some(picture.with_words(chart.title.clone(), source(chart, &marks, table.0, texts)?)))
}

/// Whether a chart of curves of groups has one group: it would repeat the curve of all.
fn says_nothing_of_parts(chart: &ShownChart, marks: &Marks) -> bool {
    chart.kind == ChartKind::Steps
        && chart.title.is_some()
        && chart.by.is_some()
        && marks.names(|mark| (&mark.by, &mark.by_key)).len() < 2
}

/// Where the numbers of a table's chart are from, how many customers are behind them, and whether it shows intervals.
fn source(chart: &ShownChart, marks: &Marks, table: &str, texts: &Messages) -> Result<String> {
    let has_whiskers = chart.kind != ChartKind::PathDiagram;
    let has_interval = has_whiskers && marks.rows.iter().any(|mark| mark.interval.is_some());
    let base = if chart.kind == ChartKind::PathDiagram {
        chart.base.map(|(_, all)| Base::All(all))
    } else {
        Base::of(chart.base)
    };
    source_of(table, base, has_interval, texts)
}

/// The customers or answers behind a chart.
#[derive(Clone, Copy)]
enum Base {
    /// All marks rest on the same ones.
    All(u64),
    /// Each mark has its own: the fewest and the most.
    Groups(u64, u64),
}

impl Base {
    /// Of the fewest and the most behind a mark.
    fn of(groups: Option<(u64, u64)>) -> Option<Self> {
        groups.map(|(fewest, most)| Self::Groups(fewest, most))
    }
}

/// Where the numbers of a chart are from: the table, how many customers or answers are behind it, and whether whiskers and
/// bands are intervals.
fn source_of(table: &str, base: Option<Base>, has_interval: bool, texts: &Messages) -> Result<String> {
    let (per, base) = match base {
        Some(Base::All(all)) => ("all", texts.numbers.count(all)),
        Some(Base::Groups(fewest, most)) if fewest == most => ("group", texts.numbers.count(most)),
        Some(Base::Groups(fewest, most)) => {
            let values = [("low", texts.numbers.count(fewest).into()), ("high", texts.numbers.count(most).into())];
            ("group", texts.sentence("range", &values)?)
        }
        None => ("none", String::new()),
    };
    let interval = if has_interval { "shown" } else { "none" };
    let values = [("table", table.into()), ("per", per.into()), ("base", base.into()), ("interval", interval.into())];
    texts.sentence("charts-source", &values)
}
