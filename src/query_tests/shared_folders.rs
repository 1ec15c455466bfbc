//! The query folders that pipelines share: what a unit test runs in when it names neither folders nor a pipeline.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::settings;
use crate::catalog::canonical;
use crate::config::{query_files, tested};
use crate::error::{Error, Problem, Result, io_reason};

/// Where pipelines are looked for, relative to the current directory.
const PIPELINES: &str = "pipelines";

/// Folders that at least two pipelines list, or all folders when there is only one pipeline. Folders with queries of
/// canonical tables are left out: they read the inputs of one pipeline, and tests give those rows themselves.
pub fn find(now: DateTime<Utc>) -> Result<Vec<String>> {
    let pipelines = pipelines().map_err(unreadable(PIPELINES))?;
    let mut lists: IndexMap<PathBuf, usize> = IndexMap::new();
    for pipeline in &pipelines {
        for folder in tested::query_folders(pipeline, &settings(Vec::new(), now))? {
            *lists.entry(folder).or_default() += 1;
        }
    }
    let enough = pipelines.len().min(2);
    let mut shared = Vec::new();
    for (folder, _) in lists.into_iter().filter(|(folder, count)| *count >= enough && folder.is_dir()) {
        let name = folder.to_string_lossy().into_owned();
        let mut files = Vec::new();
        query_files::collect(&folder, &mut files).map_err(unreadable(&name))?;
        let is_canonical =
            |file: &PathBuf| file.file_stem().is_some_and(|table| canonical::table(&table.to_string_lossy()).is_some());
        if !files.iter().any(is_canonical) {
            shared.push(name);
        }
    }
    Ok(shared)
}

/// The pipeline files, ordered by name; none when there is no such folder.
fn pipelines() -> std::io::Result<Vec<PathBuf>> {
    let folder = Path::new(PIPELINES);
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(folder: &str) -> impl FnOnce(std::io::Error) -> Error {
    let folder = folder.to_owned();
    move |error| {
        Error::invalid(
            Problem::new(format!("cannot read the folder `{folder}`: {}", io_reason(&error))).caused_by(error),
        )
    }
}
