//! DuckDB views over the published tables, with their meaning as comments.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::Published;
use crate::config::sidecar::{Sidecar, SidecarColumn};
use crate::plan::HISTORY;
use crate::publish::{PublishedTable, history_path, latest_path, table_file_name};

/// Column of a history view that holds the day of the run.
const DAY: &str = "as_of_date";
/// The same in the history of a table that has a column [`DAY`] of its own.
const OTHER_DAY: &str = "history_as_of_date";
const DAY_MEANING: &str = "Day of the run";

const HEADER: &str = "\
-- DuckDB views: one for each table of latest/, and history_<table> over all nights of history/.
--
-- The macro staunch_location says where latest/ and history/ are. To read them elsewhere, make your own before this file,
-- in the same schema; it is kept:
--   create macro staunch_location() as '/data/loyalty';
";

/// The statements that make the views. They can be run again in the same database.
pub(super) fn views(published: &Published<'_>, location: &str) -> String {
    let mut sql = HEADER.to_owned();
    let _ = writeln!(sql, "create macro if not exists staunch_location() as {};", text(location));
    let tables = &published.manifest.tables;
    for table in tables {
        let file = text(&format!("/{}", latest_path(&table_file_name(&table.name))));
        let rows = format!("select * from read_parquet(staunch_location() || {file})");
        view(&mut sql, published, table, &table.name, &rows, None);
    }
    sql.push_str("\n-- All nights. Columns that a night did not have yet are NULL there.\n");
    for table in tables {
        let (rows, day) = history(table);
        view(&mut sql, published, table, &format!("{HISTORY}{}", table.name), &rows, Some(day));
    }
    sql
}

/// The rows of all nights, and the name of the column that tells the night.
fn history(table: &PublishedTable) -> (String, &'static str) {
    let files = text(&format!("/{}", history_path(&table.name, "*")));
    let read = format!("read_parquet(staunch_location() || {files}");
    if !table.columns.iter().any(|column| column.name.eq_ignore_ascii_case(DAY)) {
        let partitions = format!("hive_partitioning = true, hive_types = {{'{DAY}': date}}");
        return (format!("select * from {read}, {partitions}, union_by_name = true)"), DAY);
    }
    // DuckDB would put the day in place of the table's own column.
    let day = format!("cast(regexp_extract({OTHER_DAY}, '/{DAY}=([0-9-]+)/', 1) as date) as {OTHER_DAY}");
    let options = format!("hive_partitioning = false, filename = '{OTHER_DAY}', union_by_name = true");
    (format!("select * replace ({day}) from {read}, {options})"), OTHER_DAY)
}

fn view(
    sql: &mut String,
    published: &Published<'_>,
    table: &PublishedTable,
    name: &str,
    rows: &str,
    day: Option<&str>,
) {
    let sidecar = published.sidecar(table);
    let view = identifier(name);
    let _ = writeln!(sql, "\ncreate or replace view {view} as\n    {rows};");
    let description = sidecar.map(|sidecar| sidecar.description.as_str()).unwrap_or_default();
    let about = match day {
        Some(_) if description.is_empty() => format!("All nights of {}", table.name),
        Some(_) => format!("All nights of {}: {description}", table.name),
        None => description.to_owned(),
    };
    comment(sql, "view", &view, &about);
    let currency = published.plan.currency.as_deref();
    // DuckDB does not distinguish upper and lower case; of two such columns it renames the second.
    let mut known = HashSet::new();
    for column in table.columns.iter().filter(|column| known.insert(column.name.to_lowercase())) {
        let meaning = sidecar.and_then(|sidecar| meaning(sidecar, &column.name, currency)).unwrap_or_default();
        comment(sql, "column", &format!("{view}.{}", identifier(&column.name)), &meaning);
    }
    if let Some(day) = day {
        comment(sql, "column", &format!("{view}.{}", identifier(day)), DAY_MEANING);
    }
}

fn comment(sql: &mut String, kind: &str, name: &str, words: &str) {
    if !words.is_empty() {
        let _ = writeln!(sql, "comment on {kind} {name} is {};", text(words));
    }
}

/// A column's labels, description and unit in one line.
fn meaning(sidecar: &Sidecar, column: &str, currency: Option<&str>) -> Option<String> {
    let SidecarColumn { label, description, unit, .. } = sidecar.columns.get(column)?;
    let labels: Vec<&str> = [&label.en, &label.zh].into_iter().flatten().map(String::as_str).collect();
    let parts = [labels.join(" / "), description.clone()];
    let words: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let words = words.join(": ");
    Some(match (unit.as_deref(), currency) {
        (None, _) => words,
        (Some("currency"), Some(currency)) => format!("{words} [{currency}]"),
        (Some(unit), _) => format!("{words} [{unit}]"),
    })
}

/// A quoted name.
fn identifier(name: &str) -> String {
    format!("\"{}\"", without_nul(name).replace('"', "\"\""))
}

/// A literal. Quotes are doubled; everything else, line breaks and backslashes too, stands for itself.
fn text(words: &str) -> String {
    format!("'{}'", without_nul(words).replace('\'', "''"))
}

/// SQL text cannot contain the character NUL.
fn without_nul(words: &str) -> String {
    words.replace('\0', "\u{fffd}")
}
