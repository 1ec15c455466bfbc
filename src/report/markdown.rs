//! The report as GitHub-flavoured Markdown.

use super::model::LoyaltyReport;
use super::page;
use crate::error::Result;
use crate::render::Markup;
use crate::render::markdown::without_wide_gaps;

const PAGE: (&str, &str) = ("loyalty.md.j2", include_str!("templates/loyalty.md.j2"));

/// The document.
pub(super) fn render(report: &LoyaltyReport) -> Result<String> {
    page::render(report, Markup::Markdown, &[PAGE]).map(|text| without_wide_gaps(&text))
}
