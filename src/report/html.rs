//! The report as one HTML page that needs nothing else: no script, no font, no picture from outside.

use minijinja::AutoEscape;

use super::model::LoyaltyReport;
use super::templates;
use super::wording::Wording;
use crate::error::Result;

const PAGE: &str = "loyalty.html.j2";
const STYLE: &str = "loyalty.css";

/// The page.
pub(super) fn render(report: &LoyaltyReport) -> Result<String> {
    let wording = Wording::english()?;
    let mut environment = templates::environment(&wording);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, text) in
        [(PAGE, include_str!("templates/loyalty.html.j2")), (STYLE, include_str!("templates/loyalty.css"))]
    {
        environment.add_template(name, text).map_err(|cause| templates::broken(name, &cause))?;
    }
    templates::render(&environment, PAGE, report, &wording)
}
