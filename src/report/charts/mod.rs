//! Charts: the rows of a table -> a picture as SVG, without any script.
//!
//! [`marks`] reads what is drawn from a [`ShownChart`], [`plots`] arranges it with the crate `kuva`, and [`picture`] makes the
//! result a part of a page: words for readers who do not see it, colours that follow the page, two widths.
//!
//! A chart has nothing that its table does not have: groups that are too small left it before, and leave no mark.

mod built_in;
mod marks;
mod picture;
mod plots;
mod style;

use super::context::ReportContext;
use super::shown_table::ShownChart;
use crate::error::Result;
use crate::render::Messages;
pub(super) use built_in::{nps, segment_map, segment_trends, sparkline};
pub(super) use marks::{Axis, Mark, Marks, is_drawn, number_of};
pub(super) use picture::Picture;

/// The chart as a picture; none when there are fewer than two marks to compare.
///
/// `name` is unique in the page, `title` the heading of the table.
pub(super) fn draw(
    chart: &ShownChart,
    name: &str,
    title: &str,
    texts: &Messages,
    context: &ReportContext,
) -> Result<Option<Picture>> {
    let marks = Marks::read(chart, texts, context)?;
    if marks.rows.len() < 2 {
        return Ok(None);
    }
    let description = picture::description(&marks, texts)?;
    let draw = |width| plots::draw(&marks, width, texts);
    Ok(Some(Picture::new(name, title, &description, draw)))
}
