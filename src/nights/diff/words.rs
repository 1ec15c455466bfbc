//! The differences of two runs as text for people.

use std::fmt::Write as _;

use indicatif::HumanCount;
use serde_json::{Map, Value};

use super::{ChangedRow, Diff, FigureChange, RowChanges, SegmentMoves, TableDiff, TableState};

/// Most characters of the values of a row.
const LONGEST_LINE: usize = 200;

/// The differences as text, only what differs.
pub fn text(diff: &Diff) -> String {
    let mut text = format!("before  {}\nafter   {}\n", diff.before, diff.after);
    section(
        &mut text,
        "parameters",
        diff.parameters.iter().map(|parameter| {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "not set".to_owned());
            format!("{}: {} -> {}", parameter.name, shown(&parameter.before), shown(&parameter.after))
        }),
    );
    section(&mut text, "queries whose text differs", diff.queries.iter().cloned());
    let same = diff.tables.iter().filter(|table| table.state == TableState::Same).count();
    let _ = writeln!(text, "\ntables ({same} without a difference)");
    for table in diff.tables.iter().filter(|table| table.state != TableState::Same) {
        text.push_str(&table_text(table));
    }
    // What chance does not explain comes first.
    let (more, less): (Vec<_>, Vec<_>) = diff.indicators.iter().partition(|figure| exceeds_chance(figure));
    section(&mut text, "indicators of all customers", more.into_iter().chain(less).map(figure_text));
    if let Some(moves) = &diff.segment_moves {
        text.push_str(&moves_text(moves));
    }
    text
}

fn section(text: &mut String, title: &str, lines: impl Iterator<Item = String>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(text, "\n{title}");
    }
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
}

fn table_text(table: &TableDiff) -> String {
    let rows = |rows: Option<u64>| rows.map(|rows| HumanCount(rows).to_string()).unwrap_or_default();
    let mut text = match table.state {
        TableState::Added => format!("  {}: added, {} rows\n", table.table, rows(table.rows_after)),
        TableState::Gone => format!("  {}: gone, it had {} rows\n", table.table, rows(table.rows_before)),
        TableState::Same | TableState::Changed => {
            format!("  {}: {} -> {} rows\n", table.table, rows(table.rows_before), rows(table.rows_after))
        }
    };
    for column in &table.schema.added {
        let _ = writeln!(text, "    column added: {column}");
    }
    for column in &table.schema.gone {
        let _ = writeln!(text, "    column gone: {column}");
    }
    for column in &table.schema.changed {
        let _ = writeln!(text, "    column {}: {} -> {}", column.column, column.before, column.after);
    }
    if let Some(rows) = &table.rows {
        text.push_str(&rows_text(rows));
    }
    if let Some(why) = &table.not_compared {
        let _ = writeln!(text, "    rows not compared: {why}");
    }
    text
}

fn rows_text(rows: &RowChanges) -> String {
    let by = if rows.key.is_empty() { "whole rows".to_owned() } else { rows.key.join(", ") };
    let [added, gone, changed] = [rows.added, rows.gone, rows.changed].map(HumanCount);
    let mut text = format!("    by {by}: {added} added, {gone} gone, {changed} changed\n");
    if !rows.columns.is_empty() {
        let columns: Vec<String> =
            rows.columns.iter().map(|column| format!("{} ({})", column.column, HumanCount(column.rows))).collect();
        let _ = writeln!(text, "    changed columns: {}", columns.join(", "));
    }
    for row in &rows.examples.added {
        let _ = writeln!(text, "    + {}", cut(values(row)));
    }
    for row in &rows.examples.gone {
        let _ = writeln!(text, "    - {}", cut(values(row)));
    }
    for ChangedRow { key, before, after } in &rows.examples.changed {
        let changed: Vec<String> = after
            .iter()
            .map(|(name, value)| {
                format!("{name}: {} -> {}", shown(before.get(name).unwrap_or(&Value::Null)), shown(value))
            })
            .collect();
        let _ = writeln!(text, "    ~ {}", cut(format!("{}: {}", values(key), changed.join(", "))));
    }
    text
}

fn values(row: &Map<String, Value>) -> String {
    let values: Vec<String> = row.iter().map(|(name, value)| format!("{name} {}", shown(value))).collect();
    values.join(", ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn figure_text(figure: &FigureChange) -> String {
    let shown = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), short);
    let chance = if exceeds_chance(figure) { ", more than chance explains" } else { "" };
    format!("{}: {} -> {}{chance}", figure.indicator, shown(figure.before), shown(figure.after))
}

fn exceeds_chance(figure: &FigureChange) -> bool {
    figure.times_margin.is_some_and(|times| times > 1.0)
}

/// A number as people read it: at most six digits after the point. The JSON has all of them.
fn short(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The start of a line that is too long for a terminal.
fn cut(line: String) -> String {
    match line.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

fn moves_text(moves: &SegmentMoves) -> String {
    let mut text = format!("\nmoves between segments ({}.{})\n", moves.table, moves.column);
    let name = |segment: &Option<String>| segment.clone().unwrap_or_else(|| "(not there)".to_owned());
    let stayed: u64 = moves.moves.iter().filter(|one| one.from == one.to).map(|one| one.customers).sum();
    let _ = writeln!(text, "  {} customers stayed", HumanCount(stayed));
    for one in moves.moves.iter().filter(|one| one.from != one.to) {
        let _ = writeln!(text, "  {} -> {}: {}", name(&one.from), name(&one.to), HumanCount(one.customers));
    }
    text
}
