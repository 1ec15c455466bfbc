//! What readers of a table rely on, and which changes break it.

use arrow::datatypes::Schema;

use super::description::TableDescription;
use super::manifest::{PublishedColumn, PublishedTable};

/// What readers of a table rely on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableContract {
    /// Its columns, in order.
    pub columns: Vec<PublishedColumn>,
    /// Columns that together identify a row; empty if none are declared.
    pub key: Vec<String>,
    /// Columns that the rows are sorted by.
    pub sorted_by: Vec<String>,
}

impl TableContract {
    /// The contract of a table that would be written with these columns.
    pub fn of(description: &TableDescription, found: &Schema) -> Self {
        Self {
            columns: description.published_columns(&description.published_schema(found)),
            key: description.key.clone(),
            sorted_by: description.sorted_by.clone(),
        }
    }

    /// What breaks for readers of `published` when the table becomes this one, in words; nothing if it only adds.
    /// Manifests of older versions tell neither keys nor orders; these are then not compared.
    pub fn breaks(&self, published: &Self) -> Vec<String> {
        let mut broken = Vec::new();
        for earlier in &published.columns {
            match self.columns.iter().find(|column| column.name == earlier.name) {
                None => broken.push(format!("the column `{}` is gone", earlier.name)),
                Some(column) => broken.extend(column_break(earlier, column)),
            }
        }
        let position = |name: &str| self.columns.iter().position(|column| column.name == name);
        let positions: Vec<usize> = published.columns.iter().filter_map(|column| position(&column.name)).collect();
        if !positions.is_sorted() {
            broken.push("the columns come in another order".to_owned());
        }
        if !published.key.is_empty() && self.key != published.key {
            broken.push(format!("the key is {} instead of {}", listed(&self.key), listed(&published.key)));
        }
        if !published.sorted_by.is_empty() && !self.sorted_by.starts_with(&published.sorted_by) {
            broken.push(format!(
                "the rows are sorted by {} instead of {}",
                listed(&self.sorted_by),
                listed(&published.sorted_by)
            ));
        }
        broken
    }
}

impl From<&PublishedTable> for TableContract {
    fn from(table: &PublishedTable) -> Self {
        Self { columns: table.columns.clone(), key: table.key.clone(), sorted_by: table.sorted_by.clone() }
    }
}

fn column_break(earlier: &PublishedColumn, column: &PublishedColumn) -> Option<String> {
    let name = &column.name;
    if column.data_type != earlier.data_type {
        return Some(format!("the column `{name}` is {} instead of {}", column.data_type, earlier.data_type));
    }
    (column.nullable && !earlier.nullable).then(|| format!("values of the column `{name}` may be missing"))
}

fn listed(columns: &[String]) -> String {
    if columns.is_empty() { "nothing".to_owned() } else { format!("`{}`", columns.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contract(columns: &[(&str, &str, bool)], key: &[&str], sorted_by: &[&str]) -> TableContract {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let column = |(name, data_type, nullable): &(&str, &str, bool)| PublishedColumn {
            name: (*name).into(),
            data_type: (*data_type).into(),
            nullable: *nullable,
            unit: None,
            description: String::new(),
        };
        TableContract { columns: columns.iter().map(column).collect(), key: texts(key), sorted_by: texts(sorted_by) }
    }

    #[test]
    fn additions_break_nothing() {
        let published = contract(&[("a", "integer", false), ("b", "string", true)], &["a"], &["a"]);
        let wider = contract(
            &[("a", "integer", false), ("new", "date", true), ("b", "string", false), ("c", "date", true)],
            &["a"],
            &["a", "b"],
        );
        assert_eq!(wider.breaks(&published), Vec::<String>::new());
        assert_eq!(published.breaks(&published), Vec::<String>::new());
    }

    #[test]
    fn every_other_change_is_named() {
        let published =
            contract(&[("a", "integer", false), ("b", "string", true), ("c", "date", true)], &["a"], &["a", "b"]);
        let other = contract(&[("b", "integer", true), ("a", "integer", true)], &["a", "b"], &["b"]);
        assert_eq!(
            other.breaks(&published),
            [
                "values of the column `a` may be missing",
                "the column `b` is integer instead of string",
                "the column `c` is gone",
                "the columns come in another order",
                "the key is `a, b` instead of `a`",
                "the rows are sorted by `b` instead of `a, b`",
            ]
        );
    }

    #[test]
    fn manifests_without_key_and_order_promise_none() {
        let published = contract(&[("a", "integer", true)], &[], &[]);
        let now = contract(&[("a", "integer", true)], &["a"], &["a"]);
        assert_eq!(now.breaks(&published), Vec::<String>::new());
    }
}
