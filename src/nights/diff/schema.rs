//! How the columns of a table differ.

use schemars::JsonSchema;
use serde::Serialize;

use crate::publish::{PublishedColumn, PublishedTable};

/// Differences of the columns of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq, JsonSchema, Serialize)]
pub struct SchemaChanges {
    /// Columns that only the later run has.
    pub added: Vec<String>,
    /// Columns that only the earlier run has.
    pub gone: Vec<String>,
    /// Columns of another type.
    pub changed: Vec<ChangedType>,
}

/// A column of another type.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct ChangedType {
    /// Its name.
    pub column: String,
    /// Its type in the earlier run.
    pub before: String,
    /// Its type in the later run.
    pub after: String,
}

impl SchemaChanges {
    /// Compares the columns that the manifests list; nothing when only one run has the table.
    pub fn between(before: Option<&PublishedTable>, after: Option<&PublishedTable>) -> Self {
        let (Some(before), Some(after)) = (before, after) else { return Self::default() };
        let names_without = |columns: &[PublishedColumn], others: &[PublishedColumn]| -> Vec<String> {
            let names = columns.iter().map(|column| &column.name);
            names.filter(|name| !others.iter().any(|other| other.name == **name)).cloned().collect()
        };
        let changed = after.columns.iter().filter_map(|column| {
            let earlier = before.columns.iter().find(|other| other.name == column.name)?;
            (earlier.data_type != column.data_type).then(|| ChangedType {
                column: column.name.clone(),
                before: earlier.data_type.clone(),
                after: column.data_type.clone(),
            })
        });
        Self {
            added: names_without(&after.columns, &before.columns),
            gone: names_without(&before.columns, &after.columns),
            changed: changed.collect(),
        }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.gone.is_empty() && self.changed.is_empty()
    }
}
