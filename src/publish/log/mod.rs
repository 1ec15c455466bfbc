//! The commit log: one small file per published run, numbered, never changed. The highest number is current.

mod by_date;
mod entry;
mod index;
mod nights;
mod read;
mod search;
#[cfg(test)]
mod tests;

pub use by_date::{ByDate, Month};
pub use entry::{LatestPointer, LogEntry, LoggedReport, LoggedTable, to_json};
pub use read::Log;

pub(super) use read::entry_path;
