//! YAML files that a pipeline names and that queries read as tables: the questionnaire, the definition of a loyal
//! customer.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::located::Located;
use super::{PipelineText, yaml};
use crate::error::Problem;

/// The contents of such a file.
pub trait Definition: DeserializeOwned {
    /// Key of the pipeline file that names it.
    const KEY: &'static str;
    /// What it is called in messages.
    const WHAT: &'static str;

    /// Everything that is wrong with it beyond its shape, placed in `file`.
    fn problems(&self, file: &PipelineText) -> Vec<Problem>;
}

/// A definition with the file it was read from.
#[derive(Clone, Debug)]
pub struct DefinitionFile<T> {
    /// Path as the pipeline writes it.
    pub written: String,
    /// The file, to point at and to hash.
    pub file: PipelineText,
    /// The parsed contents.
    pub content: T,
}

/// Which file a definition comes from.
#[derive(Clone, Copy, Debug)]
pub struct DefinitionSource<'a> {
    /// Key of the pipeline file that names it.
    pub key: &'static str,
    /// Path as the pipeline writes it.
    pub written: &'a str,
    /// The file.
    pub file: &'a PipelineText,
}

impl<T: Definition> DefinitionFile<T> {
    /// Which file it comes from.
    pub fn source(&self) -> DefinitionSource<'_> {
        DefinitionSource { key: T::KEY, written: &self.written, file: &self.file }
    }
}

/// Reads and checks the file that a pipeline names, if it names one; what is wrong is added to `problems`.
pub fn read<T: Definition>(
    pipeline: &PipelineText,
    written: Option<&Located<String>>,
    problems: &mut Vec<Problem>,
) -> Option<DefinitionFile<T>> {
    let written = written?;
    match PipelineText::read(&pipeline.resolve(written), T::WHAT) {
        Ok(file) => parse(file, &written.value, problems),
        Err(problem) => {
            problems.push(problem.at(pipeline.place_of(written)));
            None
        }
    }
}

/// Reads and checks a file by itself.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load<T: Definition>(path: &Path) -> Result<DefinitionFile<T>, Vec<Problem>> {
    let file = PipelineText::read(path, T::WHAT).map_err(|problem| vec![problem])?;
    let mut problems = Vec::new();
    let parsed = parse(file, &path.display().to_string(), &mut problems);
    parsed.filter(|_| problems.is_empty()).ok_or(problems)
}

fn parse<T: Definition>(file: PipelineText, written: &str, problems: &mut Vec<Problem>) -> Option<DefinitionFile<T>> {
    match yaml::parse::<T>(&file.path.display().to_string(), &file.text) {
        Ok(content) => {
            problems.extend(content.problems(&file));
            Some(DefinitionFile { written: written.to_owned(), file, content })
        }
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

/// The problem of a `number`, called `what`, that must be above zero and is not.
pub fn not_positive(number: &Located<f64>, what: &str, file: &PipelineText) -> Option<Problem> {
    let is_positive = number.value.is_finite() && number.value > 0.0;
    (!is_positive).then(|| {
        Problem::new(format!("{what} must be positive, not {}", number.value))
            .at(file.place(number.line, number.column))
    })
}
