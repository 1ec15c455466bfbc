//! Descriptions of a table and its columns, and how they are stored in a Parquet file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};

use super::manifest::PublishedColumn;
use crate::config::located::Located;
use crate::config::sidecar::{Sidecar, SidecarColumn};

/// Description of a published table, stored in the file's metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableDescription {
    /// Name of the table, and stem of its file.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// Descriptions of its columns; a column that is not listed has none.
    pub columns: Vec<ColumnDescription>,
    /// Columns that together identify a row.
    pub key: Vec<String>,
    /// Columns that the rows are sorted by, ascending with NULLs last.
    pub sorted_by: Vec<String>,
}

/// What a published column means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnDescription {
    /// Name of the column.
    pub name: String,
    /// Unit of its values.
    pub unit: Option<String>,
    /// What the values mean.
    pub description: String,
    /// English heading.
    pub label_en: Option<String>,
    /// Chinese heading.
    pub label_zh: Option<String>,
    /// Whether a check that stops the run ensures that every row has a value.
    pub is_required: bool,
}

impl TableDescription {
    /// The description that a query's sidecar gives to its table.
    pub fn of_query(name: &str, sidecar: &Sidecar) -> Self {
        let column = |(name, column): (&Located<String>, &SidecarColumn)| ColumnDescription {
            name: name.value.clone(),
            unit: column.unit.clone(),
            description: column.description.clone(),
            label_en: column.label.en.clone(),
            label_zh: column.label.zh.clone(),
            is_required: sidecar.requires(name),
        };
        Self {
            name: name.to_owned(),
            description: sidecar.description.clone(),
            columns: sidecar.columns.iter().map(column).collect(),
            key: sidecar.grain.iter().map(|column| column.value.clone()).collect(),
            sorted_by: Vec::new(),
        }
    }

    /// The schema of the published file. Every column is nullable, and engine-specific layouts (views, dictionaries,
    /// large offsets) become plain ones, so that the schema is the same every night, whatever the plan.
    pub(super) fn published_schema(&self, found: &Schema) -> SchemaRef {
        let described: HashMap<&str, &ColumnDescription> =
            self.columns.iter().map(|column| (column.name.as_str(), column)).collect();
        let fields: Vec<Field> = found
            .fields()
            .iter()
            .map(|field| {
                let words = described.get(field.name().as_str()).map(|column| column.metadata()).unwrap_or_default();
                Field::new(field.name(), plain_type(field.data_type()), true).with_metadata(words)
            })
            .collect();
        Arc::new(Schema::new(fields))
    }

    /// The columns of a published file, as the manifest lists them.
    pub(super) fn published_columns(&self, published: &Schema) -> Vec<PublishedColumn> {
        published
            .fields()
            .iter()
            .map(|field| PublishedColumn {
                name: field.name().clone(),
                data_type: type_name(field.data_type()),
                nullable: !self.columns.iter().any(|column| column.is_required && column.name == *field.name()),
                unit: field.metadata().get("unit").cloned(),
                description: field.metadata().get("description").cloned().unwrap_or_default(),
            })
            .collect()
    }
}

impl ColumnDescription {
    fn metadata(&self) -> HashMap<String, String> {
        [
            ("description", Some(&self.description).filter(|text| !text.is_empty())),
            ("unit", self.unit.as_ref()),
            ("label_en", self.label_en.as_ref()),
            ("label_zh", self.label_zh.as_ref()),
        ]
        .into_iter()
        .filter_map(|(key, text)| Some((key.to_owned(), text?.clone())))
        .collect()
    }
}

fn plain_type(found: &DataType) -> DataType {
    match found {
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Dictionary(_, values) => plain_type(values),
        DataType::RunEndEncoded(_, values) => plain_type(values.data_type()),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            DataType::List(plain_field(item))
        }
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(plain_field(item), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(plain_field).collect::<Fields>()),
        other => other.clone(),
    }
}

fn plain_field(field: &FieldRef) -> FieldRef {
    Arc::new(Field::new(field.name(), plain_type(field.data_type()), true))
}

/// The name of a type in sidecars, or Arrow's own name if sidecars have none.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "string".into(),
        DataType::Int64 => "integer".into(),
        DataType::Float64 => "double".into(),
        DataType::Boolean => "boolean".into(),
        DataType::Date32 => "date".into(),
        DataType::Timestamp(TimeUnit::Microsecond, None) => "timestamp".into(),
        DataType::Decimal128(precision, scale) => format!("decimal({precision},{scale})"),
        other => other.to_string(),
    }
}
