//! `staunch questionnaire`: prints a questionnaire as a form to fill in.

use std::io::Write;

use super::write;
use crate::cli::{FormFormatArgument, FormLanguages, QuestionnaireArguments};
use crate::config::definition_file;
use crate::config::language::Language;
use crate::error::{Error, Result};
use crate::form::{self, FormFormat};

/// Prints the form.
pub fn execute(arguments: &QuestionnaireArguments, output: &mut (dyn Write + Send)) -> Result<()> {
    let file = definition_file::load(&arguments.questionnaire).map_err(Error::Invalid)?;
    let languages = match arguments.lang {
        FormLanguages::En => vec![Language::English],
        FormLanguages::Zh => vec![Language::Chinese],
        FormLanguages::Both => vec![Language::English, Language::Chinese],
    };
    let format = match arguments.format {
        FormFormatArgument::Md => FormFormat::Markdown,
        FormFormatArgument::Html => FormFormat::Html,
    };
    let sheet = form::sheet(&file, &form::Choices { languages, sections: arguments.sections.clone() })?;
    write(output, form::render(&sheet, format)?.as_bytes())
}
