//! The report as GitHub-flavoured Markdown.

use super::{Format, Page, page};
use crate::error::Result;
use crate::render::Markup;
use crate::render::markdown::without_wide_gaps;
use crate::report::LoyaltyReport;

const PAGE: (&str, &str) = ("loyalty.md.j2", include_str!("templates/loyalty.md.j2"));

/// A document of text.
pub(super) struct Markdown;

impl Format for Markdown {
    fn extension(&self) -> &'static str {
        "md"
    }

    fn write(&self, report: &LoyaltyReport, page: &Page<'_>) -> Result<Vec<u8>> {
        let text = page::render(report, page, Markup::Markdown, &[PAGE])?;
        Ok(without_wide_gaps(&text).into_bytes())
    }
}
