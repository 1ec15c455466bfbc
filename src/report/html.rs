//! The report as one HTML page that needs nothing else: no script, no font, no picture from outside.

use super::model::LoyaltyReport;
use super::page;
use crate::error::Result;
use crate::render::Markup;

const PAGE: (&str, &str) = ("loyalty.html.j2", include_str!("templates/loyalty.html.j2"));
const STYLE: (&str, &str) = ("loyalty.css", include_str!("templates/loyalty.css"));

/// The page.
pub(super) fn render(report: &LoyaltyReport) -> Result<String> {
    page::render(report, Markup::Html, &[PAGE, STYLE])
}
