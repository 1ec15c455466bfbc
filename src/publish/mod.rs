//! Publishing: the run folder, the commit log, the lock, `latest/` and `history/`. Only this module writes data.
//!
//! ```text
//! <publish.location>/
//!   latest/<table>.parquet                                 for tools that read a fixed path
//!   latest/<report>.<lang>.html|md
//!   latest/staunch.sql, dictionary.json, status.json       what tools read beside the tables
//!   history/<table>/as_of_date=YYYY-MM-DD/<table>.parquet  one file per run date
//!   _staunch/log/000000000042.json                         the commit log; the highest entry is current
//!   _staunch/runs/<run_id>/{manifest.json,tables/,reports/}
//!   _staunch/lock.json
//!   _staunch/shown.json                                    the last entry that latest/ and history/ show
//!   _staunch/staging/                                      unfinished files, on the local disk
//! ```
//!
//! Invariants:
//! - Nothing that readers see changes before the commit, which is the conditional write of one log entry.
//! - A failed run is cleaned up only after its pending writes have ended.
//! - Files that a log entry names are complete and never written again.
//! - Each version of the log is written by exactly one run. A commit whose response was lost is recognised by reading
//!   the entry back.
//! - The contents of `latest/` follow from the log alone, so an interrupted refresh can be repeated; every run repeats those
//!   of the entries above the number in `shown.json`.
//! - On the local disk, a write that is reported as done survives a power failure.
//! - The same rows give the same bytes: the file of a table contains no run id and no time.
//!
//! In the order of a run: [`PublishLocation::check_writable`], [`PublishLocation::lock`],
//! [`PublishLocation::run_folder`], [`RunFolder::write_table`] and [`RunFolder::write_report`],
//! [`RunFolder::commit`] (or [`RunFolder::discard`]), [`PublishLocation::show`], [`Lock::release`].

mod clock;
mod commit;
mod compatibility;
mod debris;
mod description;
mod finite;
mod location;
mod lock;
mod lock_record;
mod log;
mod manifest;
mod mend;
mod open_table;
mod pending_writes;
mod probe;
mod process;
mod published_file;
mod refresh;
mod rollback;
mod run_files;
mod run_folder;
mod run_id;
mod table_file;
mod table_schema;
mod takeover;
mod unfinished;
mod unlock;
mod verify;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use clock::{Clock, SystemClock};
pub use compatibility::TableContract;
pub use description::{ColumnDescription, TableDescription};
pub use location::PublishLocation;
pub use lock::Lock;
pub use log::{
    ByDate, LatestPointer, ListedEntry, Log, LogEntry, LoggedReport, LoggedTable, Month, NightsBefore, Rollback,
    RunName, WithdrawnNight, to_json,
};
pub use manifest::{
    CheckResult, CheckSeverity, ComparedRun, DefinitionVersion, FreshnessState, InputFile, Manifest, OverriddenQuery,
    PublishedColumn, PublishedReport, PublishedTable, QueryVersion, SourceFreshness,
};
pub use refresh::{Refreshed, STATUS, history_path, latest_path, refresh, table_file_name};
pub use run_files::RunFiles;
pub use run_folder::RunFolder;
pub use run_id::RunId;
pub use unfinished::ShownRuns;
pub use unlock::FoundHolder;
pub use verify::{Copies, FileCopy, VerifiedFile};
