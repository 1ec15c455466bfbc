//! Which tables exist by declaration: the canonical tables, and those that a questionnaire and a loyalty definition
//! fill.

pub mod canonical;
pub mod code_table;
pub mod definition_tables;
pub mod loyalty_tables;
pub mod path_model_tables;
pub mod questionnaire_items;
