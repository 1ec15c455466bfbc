//! Lays the report out with a template: what all formats of text share.
//!
//! In templates, `report` is the [`LoyaltyReport`], `view` the [`View`] and `w` the wording.

use minijinja::context;
use minijinja::value::Value;

use crate::error::Result;
use crate::render::{Markup, Wording, templates};
use crate::report::model::LoyaltyReport;
use crate::report::view::View;

const ENGLISH: (&str, &str) = ("wording.en.yml", include_str!("templates/wording.en.yml"));

/// The words of the report in English.
pub(in crate::report) fn english() -> Result<Wording> {
    let (file, text) = ENGLISH;
    Wording::parse(file, text)
}

/// Renders the first of these templates, which may include the others.
pub(super) fn render(report: &LoyaltyReport, markup: Markup, files: &[(&'static str, &'static str)]) -> Result<String> {
    let wording = english()?;
    let mut environment = templates::environment(markup);
    templates::add_filters(&mut environment, &wording);
    let view = View::new(report, &wording)?;
    let values = context! { report, view, w => Value::from_serialize(&wording.words) };
    templates::render(environment, files, values)
}
