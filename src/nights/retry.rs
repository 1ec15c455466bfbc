//! Repeats a published run: its day, its parameters, and its inputs as far as they are still there.

use crate::error::{Error, Problem, Result};
use crate::plan::Plan;
use crate::publish::{LogEntry, Manifest, RunName};
use crate::run::input_changes::InputChanges;
use crate::sources;

use super::Nights;

/// A run to repeat.
#[derive(Debug)]
pub struct Repeated {
    /// Its log entry.
    pub entry: LogEntry,
    /// What it says about itself.
    pub manifest: Manifest,
}

/// Finds the run.
///
/// # Errors
/// There is no such run, or its manifest is lost.
pub async fn find(nights: &Nights, name: &RunName) -> Result<Repeated> {
    let entry = nights.location.log().await?.named(name).await?;
    let manifest = nights.location.manifest_of(&entry).await?.ok_or_else(|| {
        Error::data(
            Problem::new(format!("the manifest `{}` of run {} is missing", entry.manifest, entry.version))
                .hint(format!("run the day without it: `staunch run --as-of-date {}`", entry.as_of_date)),
        )
    })?;
    Ok(Repeated { entry, manifest })
}

impl Repeated {
    /// The values of its parameters that the pipeline still has, and the names of those that it no longer has.
    pub fn parameters(&self, known: &[&str]) -> (Vec<(String, String)>, Vec<String>) {
        let all = self.manifest.parameters.iter();
        let (kept, gone): (Vec<_>, Vec<_>) = all.partition(|(name, _)| known.contains(&name.as_str()));
        let kept = kept.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        (kept, gone.into_iter().map(|(name, _)| name.clone()).collect())
    }

    /// How the files of each source differ from those that the run read; only sources that differ.
    ///
    /// # Errors
    /// A source cannot be listed.
    pub async fn changed_inputs(&self, plan: &Plan) -> Result<Vec<(String, InputChanges)>> {
        let mut changed = Vec::new();
        for source in &plan.sources {
            let there = sources::list(source).await?;
            let earlier = self.manifest.inputs.iter().filter(|file| file.source == source.name);
            let changes = InputChanges::between(&there, earlier);
            if changes != InputChanges::default() {
                changed.push((source.name.clone(), changes));
            }
        }
        Ok(changed)
    }

    /// Says which inputs changed; an error if none may.
    ///
    /// # Errors
    /// `Error::Data` when inputs changed and `must_be_same`.
    pub fn judge(&self, changed: &[(String, InputChanges)], must_be_same: bool) -> Result<Option<String>> {
        if changed.is_empty() {
            return Ok(None);
        }
        let words: Vec<String> = changed.iter().map(|(source, changes)| format!("`{source}`: {changes}")).collect();
        let message = format!("files changed since run {} read them: {}", self.entry.version, words.join("; "));
        if must_be_same {
            return Err(Error::data(
                Problem::new(message)
                    .hint("restore the files, or run without `--same-inputs` to read them as they are"),
            ));
        }
        Ok(Some(message))
    }
}
