//! Blocks of the pages that are generated, each between two comments: `<!-- generated: schema pipeline PipelineFile -->`
//! and `<!-- end generated -->`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use super::command_tables;
use super::pages::{Page, pages};
use super::query_tables;
use super::schema_tables::{SCHEMAS, SchemaFile};
use super::table::{cell, code, table};
use crate::project::repository;

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end generated -->";

/// Where each block stands: what it shows, and a link to the heading above it.
pub type Places = BTreeMap<String, String>;

fn places(pages: &[Page]) -> Places {
    let mut places = Places::new();
    for page in pages {
        let name = page.path.file_name().unwrap().to_string_lossy();
        let headings = page.headings();
        for (number, line) in page.text.lines().enumerate() {
            if let Some(what) = line.strip_prefix(BEGIN) {
                let (_, _, anchor) = headings.iter().rev().find(|(above, ..)| *above < number).unwrap();
                let what = what.trim_end_matches(" -->").to_owned();
                assert!(!places.contains_key(&what), "`{what}` is shown twice");
                places.insert(what, format!("{name}#{anchor}"));
            }
        }
    }
    places
}

fn block(what: &str, places: &Places) -> String {
    match what.split_once(' ').unwrap_or((what, "")) {
        ("schema", rest) => {
            let (kind, item) = rest.split_once(' ').unwrap();
            SchemaFile::read(kind).block(item, places)
        }
        ("command", name) => command_tables::command(name),
        ("commands", _) => command_tables::commands(),
        ("tables", names) => query_tables::tables(names),
        ("canonical", _) => query_tables::canonical(),
        ("parameters", _) => query_tables::parameters(),
        ("functions", _) => functions(),
        _ => panic!("`{what}` names no block that can be generated"),
    }
}

/// The SQL functions of staunch.
fn functions() -> String {
    let rows: Vec<Vec<String>> = staunch::functions::described::described()
        .iter()
        .map(|function| vec![code(&function.signature), cell(&function.meaning), cell(&function.source)])
        .collect();
    table(&["call", "meaning", "source"], &rows)
}

fn refreshed(page: &Page, places: &Places) -> String {
    let mut text = String::new();
    let mut is_old = false;
    for line in page.text.lines() {
        if line == END {
            is_old = false;
        }
        if !is_old {
            text += line;
            text.push('\n');
        }
        if let Some(what) = line.strip_prefix(BEGIN) {
            text += &format!("\n{}\n", block(what.trim_end_matches(" -->"), places));
            is_old = true;
        }
    }
    assert!(!is_old, "{}: a generated block has no end", page.path.display());
    text
}

#[test]
fn generated_blocks_are_up_to_date() {
    let pages = pages();
    let places = places(&pages);
    let mut stale = BTreeSet::new();
    for page in &pages {
        let text = refreshed(page, &places);
        if text != page.text {
            stale.insert(page.path.display().to_string());
            if std::env::var_os("UPDATE_BOOK").is_some() {
                fs::write(repository().join(&page.path), text).unwrap();
            }
        }
    }
    assert!(stale.is_empty(), "{stale:?} were out of date; refresh them: UPDATE_BOOK=1 cargo test --test it book");
}

#[test]
fn every_key_and_every_command_has_its_place() {
    let places = places(&pages());
    for (kind, _) in SCHEMAS {
        let file = SchemaFile::read(kind);
        for item in file.needed() {
            assert!(file.place(&item, &places).is_some(), "no page shows it: {BEGIN}schema {kind} {item} -->");
        }
    }
    for name in command_tables::names() {
        assert!(places.contains_key(&format!("command {name}")), "no page shows it: {BEGIN}command {name} -->");
    }
}
