//! The unit tests of the queries that ship.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chrono::Utc;
use staunch::query_tests;

use crate::project::repository;

#[tokio::test(flavor = "multi_thread")]
async fn every_query_that_ships_gives_the_expected_rows() {
    let outcomes = query_tests::run(&[PathBuf::from("tests/queries")], Utc::now()).await.unwrap();
    let failures: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.differences.is_empty())
        .map(|outcome| {
            format!("{}: {}\n    {}", outcome.file.display(), outcome.case, outcome.differences.join("\n    "))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} cases failed\n{}", failures.len(), outcomes.len(), failures.join("\n"));
    assert!(outcomes.len() > 100, "only {} cases found", outcomes.len());
}

/// All files of YAML in a folder of the repository, with their names.
fn yaml_files(folder: &str) -> Vec<(String, String)> {
    let pattern = repository().join(folder).join("**/*.yml");
    let paths = glob::glob(&pattern.to_string_lossy()).unwrap().map(Result::unwrap);
    paths.map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap())).collect()
}

/// Readers of YAML 1.1, such as PyYAML, take a `?` within braces for the start of a key.
#[test]
fn texts_within_braces_are_quoted_where_strict_readers_need_it() {
    let quoted = regex::Regex::new(r#""(?:[^"\\]|\\.)*"|'(?:[^']|'')*'"#).unwrap();
    for (name, text) in yaml_files("queries").into_iter().chain(yaml_files("pipelines")) {
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with('#')) {
            let bare = quoted.replace_all(line, "");
            let within = bare.split_once('{').map_or("", |(_, within)| within);
            assert!(!within.contains('?'), "{name}:{}: quote the text with `?`: {line}", number + 1);
        }
    }
}

/// Every text by language below a value, with its place.
fn texts_by_language<'a>(place: &str, value: &'a serde_json::Value, found: &mut Vec<(String, &'a serde_json::Value)>) {
    if value.get("en").is_some_and(serde_json::Value::is_string) {
        found.push((place.to_owned(), value));
        return;
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        texts_by_language(&format!("{place}/{key}"), value, found);
    }
}

#[test]
fn every_text_of_the_report_is_there_in_both_languages() {
    let mut missing = BTreeSet::new();
    for (file, text) in yaml_files("queries") {
        let is_shown = ["/bench/", "/questionnaires/", "/loyalty/", "schema"].iter().all(|part| !file.contains(part));
        if !is_shown {
            continue;
        }
        let yaml: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let mut texts = Vec::new();
        texts_by_language(&file, &yaml, &mut texts);
        let in_english = texts.iter().filter(|(_, text)| !text["zh"].is_string());
        missing.extend(in_english.map(|(place, _)| place.clone()));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A rule such as "the scores have not drifted" would read as its opposite where a warning says it.
#[test]
fn every_check_that_warns_says_what_it_found() {
    for (file, text) in yaml_files("queries") {
        let sidecar: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        for check in sidecar["checks"].as_array().into_iter().flatten() {
            let expression = &check["expression"];
            let is_told = expression["found"]["en"].is_string() && expression["found"]["zh"].is_string();
            assert!(expression["severity"] != "warn" || is_told, "{file}: say with `found`: {}", expression["name"]);
        }
    }
}

/// Columns of one name that mean something else in each table.
const OTHER_MEANINGS: [&str; 24] = [
    "amount_before",
    "band",
    "brand_rank",
    "cause",
    "delivered_at",
    "difference",
    "expected",
    "followed_count",
    "frequency",
    "is_followed",
    "is_measured",
    "items_count",
    "kept_count",
    "left_known_count",
    "margin",
    "margin_share",
    "mean_index",
    "measure",
    "n",
    "overdue_count",
    "reason_code",
    "region",
    "stated_share",
    "value",
];

#[test]
fn columns_of_one_name_have_one_label() {
    let mut labels: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, text) in yaml_files("queries/*") {
        let sidecar: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        for (name, column) in sidecar["columns"].as_object().into_iter().flatten() {
            labels.entry(name.clone()).or_default().insert(column["label"].to_string());
        }
    }
    labels.retain(|name, labels| labels.len() > 1 && !OTHER_MEANINGS.contains(&name.as_str()));
    assert!(labels.is_empty(), "{labels:#?}");
}

/// A code that a sidecar lists is written in words in the report, in both languages.
#[test]
fn every_code_of_the_shipped_tables_has_words() {
    let catalogue: serde_json::Value =
        serde_yaml::from_str(&std::fs::read_to_string(repository().join("queries/catalogue.yml")).unwrap()).unwrap();
    let mut words: BTreeSet<(String, String)> = BTreeSet::new();
    for (name, list) in catalogue["codes"].as_object().unwrap() {
        let columns = list["columns"].as_array().cloned().unwrap_or_else(|| vec![name.clone().into()]);
        for (code, label) in list["labels"].as_object().unwrap() {
            assert!(label["en"].is_string() && label["zh"].is_string(), "{name}: {code}");
            assert!(!code.contains(','), "{name}: {code}: lists of codes are joined by commas");
            words.extend(columns.iter().map(|column| (column.as_str().unwrap().to_owned(), code.clone())));
        }
    }
    let mut missing = BTreeSet::new();
    for (file, text) in yaml_files("queries/*") {
        let sidecar: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        for check in sidecar["checks"].as_array().into_iter().flatten() {
            let Some(accepted) =
                check.get("accepted_values").filter(|_| !file.contains("/bench/") && !file.contains("/staging/"))
            else {
                continue;
            };
            let column = accepted["column"].as_str().unwrap();
            for value in accepted["values"].as_array().unwrap() {
                let code = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                if !words.contains(&(column.to_owned(), code.clone())) {
                    missing.insert(format!("{column}: {code}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "add words to `codes` in queries/catalogue.yml: {missing:?}");
}
