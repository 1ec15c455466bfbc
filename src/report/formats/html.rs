//! The report as one HTML page that needs nothing else: no script, no font, no picture from outside.

use super::{Format, Page, page};
use crate::error::Result;
use crate::render::Markup;
use crate::report::LoyaltyReport;

const PAGE: (&str, &str) = ("loyalty.html.j2", include_str!("templates/loyalty.html.j2"));
const FIRST: (&str, &str) = ("first.html.j2", include_str!("templates/first.html.j2"));
const STYLE: (&str, &str) = ("loyalty.css", include_str!("templates/loyalty.css"));

/// One self-contained page.
pub(super) struct Html;

impl Format for Html {
    fn extension(&self) -> &'static str {
        "html"
    }

    fn write(&self, report: &LoyaltyReport, page: &Page<'_>) -> Result<Vec<u8>> {
        page::render(report, page, Markup::Html, &[PAGE, FIRST, STYLE]).map(String::into_bytes)
    }
}
