//! The `.sql` files below the listed folders, each with its sidecar.

use std::path::{Path, PathBuf};

use super::located::Located;
use super::overrides::{self, Override};
use super::sidecar::Sidecar;
use super::{PipelineText, is_name};
use crate::error::{Problem, io_reason};

/// One query as written: its file name is its table name.
#[derive(Clone, Debug)]
pub struct QueryFile {
    /// Table name.
    pub name: String,
    /// The SQL.
    pub sql: PipelineText,
    /// What it means; `None` when there is no `.yml` next to it.
    pub sidecar: Option<(PipelineText, Sidecar)>,
}

impl QueryFile {
    /// Whether its sidecar is that of the query which it replaces.
    pub fn has_sidecar_of_replaced(&self) -> bool {
        self.sidecar.as_ref().is_some_and(|(file, _)| file.path != self.sql.path.with_extension("yml"))
    }
}

/// Reads every `.sql` file below `folders`, with `overridden` ones replaced, ordered by name; what is wrong is added to
/// `problems`.
pub fn read(
    pipeline: &PipelineText,
    folders: &[Located<String>],
    overridden: &overrides::Written,
    problems: &mut Vec<Problem>,
) -> (Vec<QueryFile>, Vec<Override>) {
    let mut paths = Vec::new();
    for folder in folders {
        let path = pipeline.resolve(folder);
        let before = paths.len();
        if let Err(error) = collect(&path, &mut paths) {
            problems.push(
                Problem::new(format!("cannot read the query folder `{}`: {}", path.display(), io_reason(&error)))
                    .at(pipeline.place_of(folder))
                    .hint("folders are relative to the pipeline file"),
            );
        } else if paths.len() == before {
            problems.push(
                Problem::new(format!("the query folder `{}` contains no .sql file", path.display()))
                    .at(pipeline.place_of(folder)),
            );
        }
    }
    paths.sort();
    paths.dedup();
    let (mut queries, overrides): (Vec<QueryFile>, Vec<Override>) =
        overrides::take(pipeline, overridden, &mut paths, problems).into_iter().unzip();
    for path in paths {
        match read_one(&path) {
            Ok(query) => queries.push(query),
            Err(problem) => problems.push(problem),
        }
    }
    queries.sort_by(|a, b| a.name.cmp(&b.name));
    for pair in queries.windows(2) {
        if let [first, second] = pair
            && first.name == second.name
        {
            problems.push(
                Problem::new(format!(
                    "two files define the table `{}`: `{}` and `{}`",
                    first.name,
                    first.sql.path.display(),
                    second.sql.path.display()
                ))
                .hint("rename one of them, or leave its folder out of `queries`"),
            );
        }
    }
    (queries, overrides)
}

/// The table that a file defines: its name without the ending.
pub fn table_name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Every `.sql` file below `folder`.
///
/// # Errors
/// The folder or one below it cannot be read.
pub fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            paths.push(path);
        }
    }
    Ok(())
}

fn read_one(path: &Path) -> Result<QueryFile, Problem> {
    let name = table_name(path);
    if !is_name(&name) {
        return Err(Problem::new(format!("the file name of `{}` cannot be a table name", path.display()))
            .hint("use lower-case letters, digits and underscores, starting with a letter"));
    }
    let sql = PipelineText::read(path, "query")?;
    let beside = path.with_extension("yml");
    let sidecar = if beside.is_file() { Some(overrides::read_sidecar(&beside)?) } else { None };
    Ok(QueryFile { name, sql, sidecar })
}
