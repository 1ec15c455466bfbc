//! The commit: the moment a run becomes what readers see.

use chrono::SubsecRound;

use super::lock::Lock;
use super::log::{Log, LogEntry, entry_path, to_json};
use super::manifest::Manifest;
use super::run_folder::RunFolder;
use crate::error::{Error, Problem, Result};
use crate::storage::conditional_put::Created;

/// How often another run may be first before this one gives up. The lock makes even one race rare.
const RACES: u32 = 16;

/// A commit that did not happen, and whether that is certain.
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
    let manifest_path = run.relative("manifest.json");
    run.folder.replace(&manifest_path, to_json("the manifest", manifest)?).await?;
    for _ in 0..RACES {
        lock.assure().await?;
        let log = Log::open(&run.folder).await?;
        let by_date = log.by_date_with(manifest.as_of_date).await?;
        let now = run.clock.now().trunc_subsecs(3);
        let entry = LogEntry::following(log.highest(), manifest, manifest_path.clone(), now, by_date);
        match run.folder.create(&entry_path(entry.version), &entry.to_bytes()?).await {
            Ok(Created::Ours) => return Ok(entry),
            Ok(Created::Theirs) => {}
            Err(failure) if failure.surely_absent => return Err(failure.error.into()),
            Err(failure) => {
                return Err(NotCommitted { error: unknown(run, &entry, failure.error), surely_absent: false });
            }
        }
    }
    Err(Error::execution(
        Problem::new(format!("other runs kept publishing to `{}` before this one could", run.folder.written))
            .hint("let one pipeline publish to one location, and run again"),
    )
    .into())
}

fn unknown(run: &RunFolder, entry: &LogEntry, error: Error) -> Error {
    let path = run.folder.name(&entry_path(entry.version));
    Error::execution(
        Problem::new(format!("the store did not say whether run `{}` was published: {error}", entry.run_id))
            .hint(format!("it was, if `{path}` names it; running again is safe either way"))
            .caused_by(error),
    )
}
