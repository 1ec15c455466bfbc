//! Tables between two stages: the rows of a source that was parsed, or of a query that was computed, kept for all their
//! readers in memory or, where the budget is used up, on disk.

mod budget;
mod compact;
mod keeper;
mod kept_table;
mod table_guard;
#[cfg(test)]
mod tests;

pub use keeper::Keeper;
pub use kept_table::KeptTable;
