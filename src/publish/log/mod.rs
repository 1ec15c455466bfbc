//! The commit log: one small file per published run, numbered, never changed. The highest number is current.

mod by_date;
mod entry;
mod index;
mod listing;
mod nights;
mod read;
mod run_name;
mod search;
mod standing;
#[cfg(test)]
mod tests;

pub use by_date::{ByDate, Month};
pub use entry::{LatestPointer, LogEntry, LoggedReport, LoggedTable, Rollback, WithdrawnNight, to_json};
pub use listing::ListedEntry;
pub use nights::NightsBefore;
pub use read::Log;
pub use run_name::RunName;

pub(super) use read::entry_path;
pub(super) use standing::Standing;
