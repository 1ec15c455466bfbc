//! The commit: makes a run visible to readers.

use chrono::SubsecRound;

use super::lock::Lock;
use super::log::{Log, LogEntry, entry_path, to_json};
use super::manifest::Manifest;
use super::run_folder::RunFolder;
use crate::error::{Error, Problem, Result};
use crate::storage::conditional_put::Created;

/// Attempts to add a log entry before giving up because other runs were faster. The lock makes even one such race rare.
const COMMIT_ATTEMPTS: u32 = 16;

/// A failed commit, and whether it is certain that it did not take effect.
struct NotCommitted {
    error: Error,
    surely_absent: bool,
}

impl From<Error> for NotCommitted {
    fn from(error: Error) -> Self {
        Self { error, surely_absent: true }
    }
}

/// Commits a run, or removes its folder when it is certain that it is not committed.
pub(super) async fn commit(run: RunFolder, mut manifest: Manifest, lock: &Lock) -> Result<LogEntry> {
    manifest.run_id = run.run_id.clone();
    match add_to_log(&run, &manifest, lock).await {
        Ok(entry) => Ok(entry),
        Err(NotCommitted { error, surely_absent: true }) => {
            run.discard().await;
            Err(error)
        }
        Err(NotCommitted { error, surely_absent: false }) => Err(error),
    }
}

async fn add_to_log(run: &RunFolder, manifest: &Manifest, lock: &Lock) -> Result<LogEntry, NotCommitted> {
    let manifest_path = manifest.path();
    run.folder.replace(&manifest_path, to_json("the manifest", manifest)?).await?;
    for _ in 0..COMMIT_ATTEMPTS {
        let log = Log::open(&run.folder).await?;
        let by_date = log.by_date_with(manifest.as_of_date).await?;
        let now = run.clock.now().trunc_subsecs(3);
        let entry =
            LogEntry::following(log.next_version(), log.highest(), manifest, manifest_path.clone(), now, by_date);
        // After the log was read: a run that loses the lock later finds its number taken by whoever has it then, and
        // whoever has it may remove the files of this run once it has committed.
        lock.verify().await?;
        match run.folder.create(&entry_path(entry.version), &entry.to_bytes()?).await {
            Ok(Created::Ours) => return read_back(run, entry).await,
            Ok(Created::Theirs) => {}
            Err(failure) if failure.surely_absent => return Err(failure.error.into()),
            Err(failure) => {
                return Err(NotCommitted { error: outcome_unknown(run, &entry, failure.error), surely_absent: false });
            }
        }
    }
    Err(Error::execution(
        Problem::new(format!("other runs kept publishing to `{}` before this one could", run.folder.written))
            .hint("give every pipeline its own publish location, and run again"),
    )
    .into())
}

/// Reads a new entry back, so that a store that loses or changes bytes is noticed now, not by readers.
async fn read_back(run: &RunFolder, entry: LogEntry) -> Result<LogEntry, NotCommitted> {
    let path = entry_path(entry.version);
    let unknown = |error| NotCommitted { error: outcome_unknown(run, &entry, error), surely_absent: false };
    let found = run.folder.read(&path).await.map_err(unknown)?;
    if found.is_some_and(|(bytes, _)| entry.to_bytes().is_ok_and(|written| written == bytes)) {
        return Ok(entry);
    }
    let name = run.folder.name(&path);
    let differs = Error::execution(Problem::new(format!("log entry `{name}` differs from what was written")));
    Err(unknown(differs))
}

fn outcome_unknown(run: &RunFolder, entry: &LogEntry, error: Error) -> Error {
    let path = run.folder.name(&entry_path(entry.version));
    Error::execution(
        Problem::new(format!("the store did not say whether run `{}` was published: {error}", entry.run_id))
            .hint(format!("it was published if `{path}` names it; running again is safe in either case"))
            .caused_by(error),
    )
}
