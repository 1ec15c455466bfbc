//! The questionnaire as a form that people can hand out, in Markdown and HTML.
//!
//! [`Sheet`] holds what the form shows, in the order of the page and in the languages asked for; the templates only lay it
//! out. What turns an answer into loyalty (weights, dimensions, which items are reversed) is not on the form.

mod sheet;
mod wording;

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use crate::error::{Error, Problem, Result};
use crate::report::write_markdown;
pub use sheet::{Choices, Sheet, sheet};

/// How the form is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFormat {
    /// Markdown, to be worked on in an editor.
    Markdown,
    /// One HTML page that needs nothing else, to be printed.
    Html,
}

/// A language of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

const MARKDOWN: (&str, &str) = ("form.md.j2", include_str!("templates/form.md.j2"));
const HTML: (&str, &str) = ("form.html.j2", include_str!("templates/form.html.j2"));
const STYLE: (&str, &str) = ("form.css", include_str!("templates/form.css"));

/// The form as a document in UTF-8.
///
/// # Errors
/// [`Error::Execution`] when a template of ours does not fit, which is a defect of the program.
pub fn render(sheet: &Sheet, format: FormFormat) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let page = match format {
        FormFormat::Markdown => {
            environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown"));
            environment.set_formatter(write_markdown);
            MARKDOWN
        }
        FormFormat::Html => {
            environment.set_auto_escape_callback(|_| AutoEscape::Html);
            HTML
        }
    };
    for (name, text) in [page, STYLE] {
        environment.add_template(name, text).map_err(|cause| broken(name, &cause))?;
    }
    let rendered = environment.get_template(page.0).and_then(|template| template.render(context! { sheet }));
    rendered.map_err(|cause| broken(page.0, &cause))
}

/// A template or wording of ours that does not fit.
fn broken(template: &str, cause: &dyn std::fmt::Display) -> Error {
    let problem = Problem::new(format!("cannot print the form with `{template}`: {cause}"));
    Error::execution(problem.hint("this is a defect of staunch"))
}
