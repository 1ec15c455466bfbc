//! The questionnaire as a form that people can hand out, in Markdown and HTML.
//!
//! [`Sheet`] holds what the form shows, in the order of the page and in the languages asked for; the templates only lay it
//! out. What turns an answer into loyalty (weights, dimensions, which items are reversed) is not on the form.

mod sheet;
mod wording;

use minijinja::context;

use crate::error::Result;
use crate::render::{Markup, templates};
pub use sheet::{Choices, Sheet, sheet};

/// How the form is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFormat {
    /// Markdown, to be worked on in an editor.
    Markdown,
    /// One HTML page that needs nothing else, to be printed.
    Html,
}

const MARKDOWN: (&str, &str) = ("form.md.j2", include_str!("templates/form.md.j2"));
const HTML: (&str, &str) = ("form.html.j2", include_str!("templates/form.html.j2"));
const STYLE: (&str, &str) = ("form.css", include_str!("templates/form.css"));

/// The form as a document in UTF-8.
///
/// # Errors
/// [`crate::error::Error::Execution`] when a template of ours does not fit, which is a defect of the program.
pub fn render(sheet: &Sheet, format: FormFormat) -> Result<String> {
    let (markup, page) = match format {
        FormFormat::Markdown => (Markup::Markdown, MARKDOWN),
        FormFormat::Html => (Markup::Html, HTML),
    };
    templates::render(templates::environment(markup), &[page, STYLE], context! { sheet })
}
