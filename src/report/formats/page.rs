//! Lays the report out with a template: what all formats of text share.
//!
//! In templates, `report` is the [`LoyaltyReport`] and `view` the [`View`]; the function `t` gives the texts.

use std::sync::Arc;

use minijinja::context;

use super::{Page, Pictures};
use crate::error::Result;
use crate::render::{Markup, templates};
use crate::report::model::LoyaltyReport;
use crate::report::texts::texts;
use crate::report::view::View;

/// Renders the first of these templates, which may include the others.
pub(super) fn render(
    report: &LoyaltyReport,
    page: &Page<'_>,
    markup: Markup,
    files: &[(&'static str, &'static str)],
) -> Result<String> {
    let texts = Arc::new(texts(report.context.language())?);
    let mut environment = templates::environment(markup);
    templates::add_language(&mut environment, &texts);
    let pictures = match markup {
        Markup::Html => Pictures::Drawn,
        Markup::Markdown => Pictures::LeftOut,
    };
    let view = View::new(report, page, pictures, &texts)?;
    templates::render(environment, files, context! { report, view })
}
