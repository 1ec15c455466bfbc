//! Tables between two stages. The rows of a parsed source or a computed query are kept for all queries that read them:
//! in memory, or on disk once the budget is used up.

mod budget;
mod compact;
mod keeper;
mod kept_table;
mod measured;
mod stored_table;
mod table_guard;
#[cfg(test)]
mod tests;

pub use keeper::Keeper;
pub use kept_table::KeptTable;
