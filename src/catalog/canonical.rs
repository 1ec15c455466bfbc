//! The canonical staging tables that the shipped queries read, declared in `canonical.yml`.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};
use indexmap::IndexMap;
use serde::Deserialize;

use crate::config::data_type::DataType;
use crate::config::language::Words;
use crate::error::{Error, Problem, Result};

/// A canonical table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanonicalTable {
    /// What one row is.
    pub description: String,
    /// What the indicators can show only with this table.
    pub gives: Words,
    /// Whether the table is a deliberate choice, so that the report does not mention its absence.
    #[serde(default)]
    pub is_setting: bool,
    /// Columns in order.
    pub columns: IndexMap<String, CanonicalColumn>,
}

/// A column of a canonical table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanonicalColumn {
    /// Type that the queries rely on.
    #[serde(rename = "type")]
    pub data_type: DataType,
    /// A staging query must provide it.
    #[serde(default)]
    pub required: bool,
    /// Unit of the values.
    #[serde(default)]
    pub unit: Option<String>,
    /// What it means.
    pub description: String,
}

/// What a declaration says, or why it cannot be read.
type Declaration = std::result::Result<IndexMap<String, CanonicalTable>, String>;

static DECLARED: LazyLock<Declaration> = LazyLock::new(|| read(include_str!("canonical.yml")));

/// Says that the declaration can be read. A plan is made only if it can, so that no table is missing in silence.
///
/// # Errors
/// [`Error::Execution`] with what is wrong with it: a defect of the program, of which the declaration is a part.
pub fn verify() -> Result<()> {
    verified(&DECLARED)
}

/// The names of all canonical tables.
pub fn names<'a>() -> impl Iterator<Item = &'a str> {
    DECLARED.iter().flat_map(IndexMap::keys).map(String::as_str)
}

/// The canonical table called `name`.
pub fn table(name: &str) -> Option<&'static CanonicalTable> {
    entry(name).map(|(_, table)| table)
}

/// The canonical table called `name`, with its name.
pub fn entry(name: &str) -> Option<(&'static str, &'static CanonicalTable)> {
    DECLARED.as_ref().ok()?.get_key_value(name).map(|(name, table)| (name.as_str(), table))
}

fn read(text: &str) -> Declaration {
    serde_yaml::from_str(text).map_err(|cause| cause.to_string())
}

fn verified(declaration: &Declaration) -> Result<()> {
    let Err(cause) = declaration else { return Ok(()) };
    let problem = Problem::new(format!("the declaration of the canonical tables cannot be read: {cause}"));
    Err(Error::execution(problem.hint("this is a defect of staunch; use another version until it is mended")))
}

impl CanonicalTable {
    /// The schema of the table when nothing defines it; identifiers of customers take the given type.
    pub fn empty_schema(&self, customer_id: &ArrowType) -> SchemaRef {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|(name, column)| {
                let is_customer = name.ends_with("customer_id");
                let data_type = if is_customer { customer_id.clone() } else { column.data_type.arrow() };
                Field::new(name, data_type, true)
            })
            .collect();
        Arc::new(Schema::new(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_declaration_is_read() {
        verify().unwrap();
        let names: Vec<&str> = names().collect();
        assert_eq!(names.len(), 16, "{names:?}");
        assert_eq!(table("stg_purchases").unwrap().columns.len(), 19);
        assert_eq!(table("stg_purchases").unwrap().columns["amount"].data_type, DataType::Decimal(18, 2));
        assert!(table("stg_nothing").is_none());
    }

    #[test]
    fn a_broken_declaration_is_an_error_that_says_what_is_wrong() {
        let error = verified(&read("stg_purchases: {description: d, gives: g, columns: {}, colour: red}")).unwrap_err();
        assert_eq!(error.exit_code(), 1);
        let message = error.to_string();
        assert!(message.contains("the declaration of the canonical tables cannot be read"), "{message}");
        assert!(message.contains("colour"), "{message}");
    }
}
