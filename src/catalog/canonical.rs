//! The canonical staging tables that the shipped queries read, declared in `canonical.yml`.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};
use indexmap::IndexMap;
use serde::Deserialize;

use crate::config::data_type::DataType;
use crate::config::language::Words;

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

/// All canonical tables by name. The declaration is part of the program, so that a mistake in it is found by the tests.
pub static TABLES: LazyLock<IndexMap<String, CanonicalTable>> =
    LazyLock::new(|| serde_yaml::from_str(include_str!("canonical.yml")).unwrap_or_default());

/// The canonical table called `name`.
pub fn table(name: &str) -> Option<&'static CanonicalTable> {
    TABLES.get(name)
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
        let names: Vec<&str> = TABLES.keys().map(String::as_str).collect();
        assert_eq!(names.len(), 16, "{names:?}");
        assert_eq!(table("stg_purchases").unwrap().columns.len(), 19);
        assert_eq!(table("stg_purchases").unwrap().columns["amount"].data_type, DataType::Decimal(18, 2));
        assert!(table("stg_nothing").is_none());
    }
}
