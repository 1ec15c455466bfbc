//! Rejected rows as JSON, with sensitive values concealed.

use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::config::SALT;
use crate::error::{Error, Problem, Result};
use crate::plan::source::{FoundBy, SourcePlan};

/// How sensitive values are concealed: as salted SHA-256, so that equal values can be matched by whoever has the salt.
#[derive(Clone, Debug)]
pub struct Concealment {
    /// Names in the file, and positions, of sensitive columns.
    columns: Vec<FoundBy>,
    /// Their names in the table.
    names: Vec<String>,
    salt: String,
}

impl Concealment {
    /// Conceals the sensitive columns of a source.
    ///
    /// # Errors
    ///
    /// There are some, rows may be rejected, and the environment has no salt.
    pub fn of(source: &SourcePlan) -> Result<Self> {
        let sensitive = || source.columns.iter().filter(|column| column.is_sensitive);
        let columns: Vec<FoundBy> = sensitive().map(|column| column.found.clone()).collect();
        let names = sensitive().map(|column| column.name.clone()).collect();
        let salt = source.salt.clone().unwrap_or_default();
        if !columns.is_empty() && source.rejects.is_some() && salt.is_empty() {
            return Err(Error::invalid(
                Problem::new(format!("source `{}` has sensitive columns, and {SALT} is not set", source.name))
                    .at(source.place.clone())
                    .hint(format!("set {SALT} to a secret text: sensitive values of rejected rows are hashed with it")),
            ));
        }
        Ok(Self { columns, names, salt })
    }

    /// Whether any value is sensitive.
    pub fn is_needed(&self) -> bool {
        !self.columns.is_empty()
    }

    /// A row with named fields.
    pub fn object<'a>(&self, fields: impl IntoIterator<Item = (&'a str, Value)>) -> String {
        let mut object = Map::new();
        for (position, (name, value)) in fields.into_iter().enumerate() {
            let is_sensitive = self.columns.iter().any(|column| match column {
                // Of a key within a nested object, the object is concealed as a whole.
                FoundBy::Name(names) => {
                    names.iter().any(|sensitive| sensitive == name || sensitive.split('.').next() == Some(name))
                }
                FoundBy::Position(at) => *at == position,
            });
            let value = if is_sensitive { self.hashed(&value) } else { value };
            // Of several fields with one name, each is kept.
            let mut key = name.to_owned();
            while object.contains_key(&key) {
                key.push('\'');
            }
            object.insert(key, value);
        }
        Value::Object(object).to_string()
    }

    /// A row of the table, whose fields have the names that columns have there.
    pub fn row<'a>(&self, fields: impl IntoIterator<Item = (&'a str, Value)>) -> String {
        let concealed = |(name, value): (&'a str, Value)| match self.names.iter().any(|sensitive| sensitive == name) {
            true => (name.to_owned(), self.hashed(&value)),
            false => (name.to_owned(), value),
        };
        Value::Object(fields.into_iter().map(concealed).collect()).to_string()
    }

    /// A row whose fields have no names: all of them are concealed when any column is sensitive.
    pub fn list<'a>(&self, fields: impl IntoIterator<Item = &'a str>) -> String {
        let shown = |text: &str| match self.columns.is_empty() {
            true => json!(text),
            false => self.hashed(&json!(text)),
        };
        Value::Array(fields.into_iter().map(shown).collect()).to_string()
    }

    fn hashed(&self, value: &Value) -> Value {
        let text = match value {
            Value::Null => return Value::Null,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let digest = Sha256::new().chain_update(&self.salt).chain_update([0]).chain_update(text).finalize();
        json!(format!("sha256:{digest:x}"))
    }
}

/// The fields of a row of a batch, by name, as text.
///
/// # Errors
///
/// A value cannot be shown.
pub fn fields_of_row(batch: &RecordBatch, row: usize) -> Result<Vec<(&str, Value)>, ArrowError> {
    let options = FormatOptions::default();
    let mut fields = Vec::with_capacity(batch.num_columns());
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        let is_null = array.logical_nulls().is_some_and(|nulls| nulls.is_null(row));
        let shown = ArrayFormatter::try_new(array.as_ref(), &options)?.value(row).to_string();
        fields.push((field.name().as_str(), if is_null { Value::Null } else { Value::String(shown) }));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_values_are_hashed_and_others_shown() {
        let concealment = Concealment {
            columns: vec![FoundBy::Name(vec!["email".into()])],
            names: vec!["email".into()],
            salt: "s".into(),
        };
        let row = || [("id", json!("7")), ("email", json!("a@b.c")), ("id", json!(null))];
        let shown = concealment.object(row());
        // printf 's\0a@b.c' | sha256sum
        let hash = "sha256:6e1d967b22d9bafbe63b2f6eab647cade46f8e244011c04cc4c571bd30d826b5";
        assert_eq!(shown, format!(r#"{{"id":"7","email":"{hash}","id'":null}}"#));
        assert!(!concealment.list(["a@b.c"]).contains('@'));
        let nested = Concealment { columns: vec![FoundBy::Name(vec!["buyer.email".into()])], ..concealment.clone() };
        assert!(!nested.object([("buyer", json!({"email": "a@b.c"}))]).contains('@'));
        let open = Concealment { columns: Vec::new(), names: Vec::new(), salt: String::new() };
        assert_eq!(open.list(["a", "b"]), r#"["a","b"]"#);
    }
}
