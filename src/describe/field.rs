//! A column as a field of a Table Schema (datapackage.org, version 2).

use std::collections::HashSet;
use std::str::FromStr;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::config::column_role::ColumnRole;
use crate::config::data_type::DataType;
use crate::config::language::Words;
use crate::config::scalar::Scalar;
use crate::config::sidecar::{Check, Severity, Sidecar};
use crate::publish::PublishedColumn;

/// What the codes of one column are called.
type Codes = IndexMap<String, Words>;

/// A column. The standard has no translations, exact types, units or roles: those are properties of our own.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Field<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The exact type, as sidecars write it.
    data_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(rename = "title@zh", skip_serializing_if = "Option::is_none")]
    title_zh: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<ColumnRole>,
    #[serde(skip_serializing_if = "Constraints::is_empty")]
    constraints: Constraints,
    /// Every value of the column, with its words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    categories: Vec<Category<'a>>,
    /// Words for codes that the column holds, perhaps several in one value and others too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    codes: Vec<Category<'a>>,
}

/// What the checks of the run made sure of.
#[derive(Default, PartialEq, Serialize)]
struct Constraints {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    unique: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum: Option<Value>,
    #[serde(rename = "enum", skip_serializing_if = "Option::is_none")]
    values: Option<Vec<Value>>,
}

/// A code and what it is called.
#[derive(Clone, Serialize)]
struct Category<'a> {
    value: &'a str,
    label: &'a str,
    #[serde(rename = "label@zh", skip_serializing_if = "Option::is_none")]
    label_zh: Option<&'a str>,
}

impl Constraints {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The checks of a table that stop the run, so that they hold of what is published.
pub(super) fn guarantees(sidecar: Option<&Sidecar>) -> impl Iterator<Item = &Check> {
    let checks = sidecar.into_iter().flat_map(|sidecar| &sidecar.checks).map(|check| &check.value);
    checks.filter(|check| check.severity() == Severity::Stop)
}

/// Describes a column; `codes` are those that the catalogue has for its name.
pub(super) fn of<'a>(column: &'a PublishedColumn, sidecar: Option<&'a Sidecar>, codes: Option<&'a Codes>) -> Field<'a> {
    let declared = sidecar.and_then(|sidecar| sidecar.columns.get(column.name.as_str()));
    let kind = field_type(&column.data_type);
    let mut constraints = constraints(&column.name, kind, sidecar);
    let mut codes = codes.map(categories).unwrap_or_default();
    let mut categories = Vec::new();
    if let Some(all) =
        constraints.values.as_deref().filter(|_| kind == "string").and_then(|values| each(values, &codes))
    {
        constraints.values = None;
        codes.clear();
        categories = all;
    }
    Field {
        name: &column.name,
        kind,
        data_type: &column.data_type,
        title: declared.and_then(|declared| declared.label.en.as_deref()),
        title_zh: declared.and_then(|declared| declared.label.zh.as_deref()),
        description: &column.description,
        unit: column.unit.as_deref(),
        role: declared.and_then(|declared| declared.role),
        constraints,
        categories,
        codes,
    }
}

fn constraints(column: &str, kind: &str, sidecar: Option<&Sidecar>) -> Constraints {
    let json = |scalar: &Scalar| json(scalar, kind);
    let mut found = Constraints::default();
    for check in guarantees(sidecar) {
        match check {
            Check::NotNull(check) if check.columns.iter().any(|name| name == column) => found.required = true,
            Check::Unique(check) if check.columns == [column] => found.unique = true,
            Check::AcceptedValues(check) if check.column == column => {
                found.values = Some(check.values.iter().map(json).collect());
            }
            Check::Range(check) if check.column == column => {
                found.minimum = check.min.as_ref().map(json).or(found.minimum);
                found.maximum = check.max.as_ref().map(json).or(found.maximum);
            }
            _ => {}
        }
    }
    found
}

fn categories(codes: &Codes) -> Vec<Category<'_>> {
    codes
        .iter()
        .map(|(value, words)| Category {
            value,
            label: &words.en.value,
            label_zh: words.zh.as_ref().map(|zh| zh.value.as_str()),
        })
        .collect()
}

/// The words of each of the values; `None` unless every value has some of its own, as the standard demands of categories.
fn each<'a>(values: &[Value], codes: &[Category<'a>]) -> Option<Vec<Category<'a>>> {
    let found = values.iter().map(|value| codes.iter().find(|code| value.as_str() == Some(code.value)).cloned());
    let found: Vec<Category<'a>> = found.collect::<Option<_>>()?;
    let labels: HashSet<&str> = found.iter().map(|code| code.label).collect();
    (labels.len() == found.len()).then_some(found)
}

/// The standard's type for a type as the manifest writes it.
fn field_type(data_type: &str) -> &'static str {
    match DataType::from_str(data_type) {
        Ok(DataType::Id | DataType::String) => return "string",
        Ok(DataType::Integer) => return "integer",
        Ok(DataType::Double | DataType::Decimal(_, _)) => return "number",
        Ok(DataType::Boolean) => return "boolean",
        Ok(DataType::Date) => return "date",
        Ok(DataType::Timestamp) => return "datetime",
        Err(_) => {}
    }
    // Arrow's own names, of columns that no sidecar declares.
    match data_type.split(|letter: char| !letter.is_alphabetic()).next() {
        Some("Int" | "UInt") => "integer",
        Some("Float") => "number",
        Some("Timestamp") => "datetime",
        Some("List" | "FixedSizeList") => "array",
        Some("Struct") => "object",
        _ => "any",
    }
}

/// A value of a check in the type of its column.
fn json(scalar: &Scalar, kind: &str) -> Value {
    match scalar {
        Scalar::Boolean(value) if kind == "boolean" => (*value).into(),
        Scalar::Integer(value) if matches!(kind, "integer" | "number") => (*value).into(),
        Scalar::Number(value) if kind == "number" => (*value).into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_those_of_the_standard() {
        let expected = [
            ("string", "string"),
            ("integer", "integer"),
            ("double", "number"),
            ("decimal(18,2)", "number"),
            ("boolean", "boolean"),
            ("date", "date"),
            ("timestamp", "datetime"),
            ("Int32", "integer"),
            ("UInt64", "integer"),
            ("Float32", "number"),
            ("List(Utf8)", "array"),
            ("Struct(\"a\": Int64)", "object"),
            ("Interval(MonthDayNano)", "any"),
            ("Binary", "any"),
        ];
        for (found, kind) in expected {
            assert_eq!(field_type(found), kind, "{found}");
        }
    }
}
