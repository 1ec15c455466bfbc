//! Compares published files with the log and the manifests.

use indicatif::{HumanBytes, HumanCount};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Nights, RunReference};
use crate::error::{Error, Problem, Result};
use crate::progress::Progress;
use crate::publish::{Copies, LogEntry, RunName};

/// What was found of one run.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct VerifiedRun {
    /// The run.
    #[serde(flatten)]
    pub run: RunReference,
    /// Whether every file is as it was published.
    pub is_intact: bool,
    /// Whether `staunch clean` removed the files of its folder, so that only `history/` was compared.
    pub is_cleaned: bool,
    /// Files compared.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What differs.
    pub problems: Vec<FileProblem>,
}

/// A file that is not as it was published.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct FileProblem {
    /// Path relative to the publish location.
    pub path: String,
    /// How it differs.
    pub problem: String,
}

/// Verifies one run, or every night that stands.
///
/// # Errors
/// There is no such run, or the store fails. Differences are a result, not an error.
pub async fn verify(nights: &Nights, name: Option<&RunName>, progress: &Progress) -> Result<Vec<VerifiedRun>> {
    let log = nights.location.log().await?;
    let entries = match name {
        Some(name) => vec![log.named(name).await?],
        None => log.nights().await?,
    };
    let stage = progress.stage("verified", entries.len());
    let mut verified = Vec::with_capacity(entries.len());
    for entry in &entries {
        let started = std::time::Instant::now();
        verified.push(verify_entry(nights, entry).await?);
        stage.done(&entry.as_of_date.to_string(), None, started.elapsed());
    }
    Ok(verified)
}

async fn verify_entry(nights: &Nights, entry: &LogEntry) -> Result<VerifiedRun> {
    let location = &nights.location;
    let copies: Copies = location.copies_of(entry).await?;
    let mut problems = Vec::new();
    let manifest = match location.manifest_of(entry).await {
        Ok(manifest) => manifest,
        Err(Error::Data(problem)) => {
            problems.push(FileProblem { path: entry.manifest.clone(), problem: problem.message });
            None
        }
        Err(error) => return Err(error),
    };
    if manifest.is_none() && problems.is_empty() {
        problems.push(FileProblem { path: entry.manifest.clone(), problem: "is missing".to_owned() });
    }
    let files = location.verify(entry, manifest.as_ref(), copies).await?;
    let bytes = files.iter().map(|file| file.bytes).sum();
    let count = files.len() as u64;
    problems.extend(files.into_iter().filter_map(|file| Some(FileProblem { path: file.path, problem: file.problem? })));
    Ok(VerifiedRun {
        run: RunReference::from(entry),
        is_intact: problems.is_empty(),
        is_cleaned: !copies.run_folder,
        files: count,
        bytes,
        problems,
    })
}

/// The result as lines for people.
pub fn text(runs: &[VerifiedRun]) -> String {
    let mut text = String::new();
    for run in runs {
        let what = if run.is_intact { "intact" } else { "DAMAGED" };
        let cleaned = if run.is_cleaned { "; its run folder was cleaned" } else { "" };
        text.push_str(&format!(
            "{what}: {}, {} files, {}{cleaned}\n",
            run.run,
            HumanCount(run.files),
            HumanBytes(run.bytes)
        ));
        for problem in &run.problems {
            text.push_str(&format!("  `{}` {}\n", problem.path, problem.problem));
        }
    }
    if runs.is_empty() {
        text.push_str("nothing is published yet\n");
    }
    text
}

/// The error of damaged runs, so that a scheduler notices.
///
/// # Errors
/// `Error::Data` when a run is damaged.
pub fn verdict(runs: &[VerifiedRun]) -> Result<()> {
    let damaged: Vec<String> =
        runs.iter().filter(|run| !run.is_intact).map(|run| run.run.as_of_date.to_string()).collect();
    if damaged.is_empty() {
        return Ok(());
    }
    Err(Error::data(
        Problem::new(format!("published files of {} are not as they were published", damaged.join(", ")))
            .hint("`staunch repair` restores copies that exist elsewhere; publish the day again where none does"),
    ))
}
