//! The shipped tables, the canonical tables and the shared parameters, from the YAML that declares them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::table::{cell, code, table};
use crate::project::repository;

fn yaml(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What one row is and what the table holds, of the named queries.
pub fn tables(names: &str) -> String {
    let sidecars = files(&repository().join("queries"), "yml");
    let rows: Vec<Vec<String>> = names
        .split_whitespace()
        .map(|name| {
            let path = sidecars
                .iter()
                .find(|path| path.file_stem().is_some_and(|stem| stem == name) && path.with_extension("sql").exists())
                .unwrap_or_else(|| panic!("there is no sidecar of `{name}`"));
            let sidecar = yaml(path);
            let grain: Vec<&str> = sidecar["grain"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let holds = cell(sidecar["description"].as_str().unwrap());
            vec![code(name), grain.join(", ").replace('_', " "), holds.trim_end_matches('.').to_owned()]
        })
        .collect();
    table(&["table", "one row per", "holds"], &rows)
}

/// All files below a folder whose names end in `.extension`.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            paths.extend(files(&path, extension));
        } else if path.extension().is_some_and(|other| other == extension) {
            paths.push(path);
        }
    }
    paths
}

/// All canonical tables with their columns.
pub fn canonical() -> String {
    let paths = files(&repository().join("src"), "yml");
    let path = paths.iter().find(|path| path.ends_with("canonical.yml")).unwrap();
    let mut sections = Vec::new();
    for (name, declared) in yaml(path).as_object().unwrap() {
        let rows: Vec<Vec<String>> = declared["columns"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, column)| {
                let text = |key: &str| column[key].as_str().unwrap_or_default();
                let required = if column["required"] == true { "**required**" } else { "" };
                vec![
                    code(name),
                    cell(text("type")),
                    required.to_owned(),
                    text("unit").to_owned(),
                    cell(text("description")),
                ]
            })
            .collect();
        let description = declared["description"].as_str().unwrap();
        let gives = declared["gives"]["en"].as_str().unwrap();
        let columns = table(&["column", "type", "required", "unit", "meaning"], &rows);
        sections.push(format!("## {name}\n\n{description} It gives {gives}.\n\n{columns}"));
    }
    sections.join("\n")
}

/// All shared parameters.
pub fn parameters() -> String {
    let file = yaml(&repository().join("queries/parameters.yml"));
    let rows: Vec<Vec<String>> = file["parameters"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, parameter)| {
            let default = match &parameter["default"] {
                Value::Null => String::new(),
                Value::Array(values) if values.is_empty() => "empty".to_owned(),
                Value::String(text) => code(text),
                value => code(&value.to_string()),
            };
            let decides = cell(parameter["description"].as_str().unwrap_or_default());
            vec![code(name), parameter["type"].as_str().unwrap().to_owned(), default, decides]
        })
        .collect();
    table(&["parameter", "type", "default", "decides"], &rows)
}
