//! Queries that a pipeline replaces with a file of its own: `overrides` of the pipeline file.

use std::fmt;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::located::Located;
use super::query_files::{QueryFile, table_name};
use super::sidecar::Sidecar;
use super::{PipelineText, yaml};
use crate::error::{Problem, did_you_mean};

/// A query that is replaced.
#[derive(Clone, Debug)]
pub struct Override {
    /// Table that the query defines.
    pub table: String,
    /// The file that defines it, as the pipeline writes it.
    pub written: String,
    /// The file that it replaces.
    pub replaced: PathBuf,
}

impl fmt::Display for Override {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} replaces {})", self.table, self.written, self.replaced.display())
    }
}

/// Overrides as they are written: table -> file.
pub type Written = IndexMap<Located<String>, Located<String>>;

/// Takes the overriding files and those that they replace out of `paths`, and reads the former; what is wrong is added
/// to `problems`.
///
/// An overriding file defines the table that it is listed for, whatever its file name, and no other table.
pub fn take(
    pipeline: &PipelineText,
    written: &Written,
    paths: &mut Vec<PathBuf>,
    problems: &mut Vec<Problem>,
) -> Vec<(QueryFile, Override)> {
    if written.is_empty() {
        return Vec::new();
    }
    let overriding: Vec<PathBuf> =
        written.values().filter_map(|file| pipeline.resolve(file).canonicalize().ok()).collect();
    paths.retain(|path| path.canonicalize().is_ok_and(|path| !overriding.contains(&path)));
    let mut taken = Vec::new();
    for (table, file) in written {
        let Some(position) = paths.iter().position(|path| table_name(path) == table.value) else {
            problems.push(nothing_to_replace(pipeline, table, paths));
            continue;
        };
        let replaced = paths.remove(position);
        match read(table, &pipeline.resolve(file), &replaced) {
            Ok(query) => {
                taken.push((query, Override { table: table.value.clone(), written: file.value.clone(), replaced }));
            }
            Err(problem) if problem.place.is_none() => problems.push(problem.at(pipeline.place_of(file))),
            Err(problem) => problems.push(problem),
        }
    }
    taken
}

fn nothing_to_replace(pipeline: &PipelineText, table: &Located<String>, paths: &[PathBuf]) -> Problem {
    let known: Vec<String> = paths.iter().map(|path| table_name(path)).collect();
    let mut problem =
        Problem::new(format!("there is no query `{}` to override", table.value)).at(pipeline.place_of(table));
    problem.hint = did_you_mean(table, known.iter().map(String::as_str)).or_else(|| {
        Some("an override replaces a query of the folders in `queries`; a new query belongs in one of them".into())
    });
    problem
}

/// Reads an overriding file. A sidecar next to it applies as a whole. Without one, the sidecar of the replaced query
/// still applies, so that the table keeps its columns, types, grain and checks.
fn read(table: &str, file: &Path, replaced: &Path) -> Result<QueryFile, Problem> {
    let sql = PipelineText::read(file, "query")?;
    let beside = [file, replaced].map(|path| path.with_extension("yml")).into_iter().find(|path| path.is_file());
    let sidecar = match beside {
        Some(path) => Some(read_sidecar(&path)?),
        None => None,
    };
    Ok(QueryFile { name: table.to_owned(), sql, sidecar })
}

/// Reads a sidecar.
///
/// # Errors
/// It cannot be read or is not one.
pub(super) fn read_sidecar(path: &Path) -> Result<(PipelineText, Sidecar), Problem> {
    let file = PipelineText::read(path, "sidecar")?;
    let sidecar = yaml::parse::<Sidecar>(&path.display().to_string(), &file.text)?;
    Ok((file, sidecar))
}
