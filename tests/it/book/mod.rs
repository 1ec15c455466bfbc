//! The documentation: every page is in the summary, links resolve, and what is generated is up to date.

mod command_tables;
mod generated;
mod pages;
mod query_tables;
pub mod schema_tables;
mod table;
