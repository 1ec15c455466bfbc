//! The synthetic sample: what was planted is found again, and the report says it.

use std::collections::{BTreeMap, BTreeSet};

use staunch::sample::{Planted, PlantedCustomer, SampleSettings, generate, planted_customers};

use crate::project::{Project, paths_below, repository};
use crate::published::{Table, assert_near};

const SETTINGS: SampleSettings = SampleSettings { customers: 800, seed: 7 };

/// The sample's pipeline on a smaller sample of its own, with the queries of this repository.
pub fn small_sample() -> (Project, Planted) {
    let project = Project::empty();
    let queries = repository().join("queries");
    let pipeline = std::fs::read_to_string(repository().join("pipelines/sample.yml")).unwrap();
    project.write("pipelines/sample.yml", pipeline.replace("../queries", &queries.to_string_lossy()));
    let summary = generate(&project.path("pipelines/sample"), &SETTINGS).unwrap();
    (project, summary.planted)
}

fn latest(project: &Project, table: &str) -> Table {
    Table::read(&project.path(&format!("out/sample/latest/{table}.parquet")))
}

#[test]
fn what_was_planted_is_found_and_reported() {
    let (project, planted) = small_sample();
    project.succeeds(&["run", "pipelines/sample.yml"]);

    let summary = latest(&project, "segment_summary");
    let segments = [
        ("true_loyalty", planted.true_count),
        ("latent_loyalty", planted.latent_count),
        ("spurious_loyalty", planted.spurious_count),
        ("no_loyalty", planted.none_count),
        ("unmeasured", planted.unmeasured_count),
        ("former", planted.former_count),
    ];
    for (segment, expected) in segments {
        let found = summary.number(&[("segment", segment)], "customers_count");
        assert_near(found, expected as f64, 0.0);
    }
    let measured = planted.customers_count - planted.unmeasured_count - planted.former_count;
    let share = summary.number(&[("segment", "true_loyalty")], "measured_share");
    assert_near(share, planted.true_count as f64 / measured as f64, 1e-12);
    assert_eq!(latest(&project, "customer_loyalty").len() as u64, planted.customers_count);

    let coverage = latest(&project, "measurement_coverage");
    let covered = |measure: &str, reason: &str| {
        coverage.number(&[("dimension", "total"), ("measure", measure), ("reason", reason)], "customers_count")
    };
    let behaviour_measured = covered("behaviour", "measured");
    assert_near(
        behaviour_measured,
        (planted.customers_count - planted.former_count - planted.behaviour_insufficient_count) as f64,
        0.0,
    );
    let half_answered = covered("attitude", "incomplete survey answer");
    assert_near(half_answered, planted.half_answered_count as f64, 0.0);

    let quality = latest(&project, "input_quality");
    let purchases = |issue: &str| quality.number(&[("table_name", "stg_purchases"), ("issue", issue)], "rows_count");
    assert_near(purchases("missing_customer_id"), planted.lines_without_customer_count as f64, 0.0);
    assert_near(purchases("duplicate_line"), planted.duplicate_lines_count as f64, 0.0);
    assert_near(purchases("after_as_of_date"), planted.lines_after_as_of_date_count as f64, 0.0);

    let html = project.text("out/sample/latest/loyalty.en.html");
    let markdown = project.text("out/sample/latest/loyalty.en.md");
    let chinese = project.text("out/sample/latest/loyalty.zh.md");
    let headings = [
        ("True loyalty", "真实忠诚", planted.true_count),
        ("Latent loyalty", "潜在忠诚", planted.latent_count),
        ("Spurious loyalty", "虚假忠诚", planted.spurious_count),
        ("No loyalty", "不忠诚", planted.none_count),
        ("Unmeasured", "未测评", planted.unmeasured_count),
    ];
    for (heading, in_chinese, count) in headings {
        for (report, start) in [(&markdown, format!("| **{heading}**: ")), (&chinese, format!("| **{in_chinese}**："))]
        {
            let row = report.lines().find(|line| line.starts_with(&start)).unwrap();
            assert_eq!(row.split(" | ").nth(1), Some(count.to_string().as_str()), "{row}");
        }
        assert!(html.contains(heading) && html.contains(&format!(">{count}")), "{heading}: {count} in the HTML report");
    }
    assert!(chinese.contains("2026年11月30日"), "{chinese}");
    let told: BTreeSet<&str> =
        chinese.split(['|', '\n']).map(|part| part.trim_matches(|c| "#*- ".contains(c))).collect();
    for english in english_words_of_tables() {
        assert!(!told.contains(english.as_str()), "`{english}` in the Chinese report");
    }
    let quality = project.text("out/sample/latest/loyalty-quality.zh.md");
    assert_eq!(english_phrases(&format!("{chinese}\n{quality}"), &given_words(&project)), BTreeSet::new());
    for outside in ["<link", "<script", "@import", "src=\"http", "url(http"] {
        assert!(!html.contains(outside), "the page loads nothing: {outside}");
    }
    let score = latest(&project, "nps").number(&[("dimension", "total")], "nps").unwrap() * 100.0;
    let score = format!("{}{:.1}", if score < 0.0 { "\u{2212}" } else { "+" }, score.abs());
    for report in [&html, &markdown] {
        assert!(report.contains(&score), "the Net Promoter Score {score}");
        assert!(report.contains("30 November 2026"));
    }
}

/// What the sample's inputs, its pipeline and the codes of the shipped tables say, with blanks in place of underscores.
fn given_words(project: &Project) -> String {
    let inputs = paths_below(&project.path("pipelines")).into_iter().filter(|path| path.is_file());
    let queries = paths_below(&repository().join("queries")).into_iter();
    let files = inputs.chain(queries.filter(|path| path.extension().is_some_and(|ending| ending == "yml")));
    let is_data = |line: &&str| !["en:", "description:", "name:", "label:"].iter().any(|key| line.contains(key));
    let mut given = String::new();
    for file in files {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).replace('_', " ");
        text.lines().filter(is_data).for_each(|line| given.extend([line, "\n"]));
    }
    given
}

/// Two and more English words in a row that are in a cell or sentence of a Chinese report, except names of authors with a year,
/// and what is given.
fn english_phrases(report: &str, given: &str) -> BTreeSet<String> {
    let is_year = |text: &str| text.get(..4).is_some_and(|year| year.parse::<u16>().is_ok());
    let is_citation = |part: &str| part.split('(').skip(1).any(is_year);
    let mut phrases = BTreeSet::new();
    for part in report.split(['|', '\n']).filter(|part| !is_citation(part)) {
        for phrase in part.split(|c: char| !c.is_ascii_lowercase() && c != ' ').map(str::trim) {
            let is_phrase = phrase.split(' ').filter(|word| word.len() > 1).count() > 1;
            if is_phrase && !given.contains(phrase) {
                phrases.insert(phrase.to_owned());
            }
        }
    }
    phrases
}

/// The English titles, notes and labels of the shipped tables that have several words.
fn english_words_of_tables() -> Vec<String> {
    fn english(value: &serde_json::Value, found: &mut Vec<String>) {
        if let (Some(words), Some(_)) = (value["en"].as_str(), value.get("zh")) {
            found.push(words.to_owned());
        }
        let parts = value.as_object().into_iter().flat_map(|parts| parts.values());
        parts.chain(value.as_array().into_iter().flatten()).for_each(|part| english(part, found));
    }
    let mut found = Vec::new();
    let files = paths_below(&repository().join("queries"));
    for path in files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "yml")) {
        let value: serde_json::Value = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        english(&value["report"], &mut found);
        english(&value["columns"], &mut found);
        english(&value["sections"], &mut found);
        english(&value["figures"], &mut found);
    }
    found.retain(|words| words.contains(' '));
    assert!(found.len() > 300, "{}", found.len());
    found
}

/// What is planted in every customer for whom `of` has something.
fn planted_map<T>(of: impl Fn(PlantedCustomer) -> Option<T>) -> BTreeMap<String, T> {
    planted_customers(&SETTINGS).filter_map(|customer| Some((customer.customer_id.clone(), of(customer)?))).collect()
}

/// The texts of a column by customer, without those that have none.
fn found_map(table: &Table, column: &str) -> BTreeMap<String, String> {
    let ids = table.texts("customer_id").into_iter().map(Option::unwrap);
    ids.zip(table.texts(column)).filter_map(|(id, text)| Some((id, text?))).collect()
}

fn values<K, V: Ord>(map: BTreeMap<K, V>) -> BTreeSet<V> {
    map.into_values().collect()
}

/// Customer by customer: everybody for whom it is planted, and nobody else.
#[test]
fn types_causes_barriers_and_care_are_found_in_those_in_whom_they_are_planted_and_in_nobody_else() {
    let (project, _) = small_sample();
    project.succeeds(&["run", "--quiet", "pipelines/sample.yml"]);

    let loyalty = latest(&project, "customer_loyalty");
    assert_eq!(found_map(&loyalty, "segment"), planted_map(|customer| Some(customer.segment.to_owned())));

    let types = planted_map(|customer| customer.loyalty_type.map(str::to_owned));
    assert_eq!(found_map(&loyalty, "loyalty_type"), types);
    assert_eq!(values(types).len(), 5, "every loyalty type occurs");

    let churn = latest(&project, "customer_churn");
    let causes = planted_map(|customer| customer.churn_cause.map(str::to_owned));
    assert_eq!(found_map(&churn, "churn_cause"), causes);
    assert_eq!(values(causes).len(), 10, "every cause occurs, the price, and leaving without any");
    let reasons = found_map(&churn, "close_reason");
    assert!(reasons.values().any(|reason| reason == "too expensive for me"), "the reason stands as it was given");
    let sources = planted_map(|customer| {
        let source = if customer.said_why { "stated" } else { "rule" };
        customer.churn_cause.filter(|cause| *cause != "unknown").map(|_| source.to_owned())
    });
    assert_eq!(found_map(&churn, "cause_source"), sources);
    for said_why in [true, false] {
        let causes = planted_map(|customer| customer.churn_cause.filter(|_| customer.said_why == said_why));
        assert!(values(causes).len() >= 8, "every cause occurs, said: {said_why}");
    }

    let mut barriers: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let found = latest(&project, "latent_barriers");
    for (id, barrier) in found.texts("customer_id").into_iter().zip(found.texts("barrier")) {
        barriers.entry(id.unwrap()).or_default().insert(barrier.unwrap());
    }
    let planted = planted_map(|customer| {
        let names: BTreeSet<String> = customer.barriers.iter().map(|name| (*name).to_owned()).collect();
        (!names.is_empty()).then_some(names)
    });
    assert_eq!(barriers, planted);
    assert_eq!(planted.into_values().flatten().collect::<BTreeSet<_>>().len(), 5, "every barrier occurs");

    let care = planted_map(|customer| customer.care_form.map(str::to_owned));
    let (former, others): (BTreeMap<_, _>, BTreeMap<_, _>) = found_map(&latest(&project, "care_plan"), "care_form")
        .into_iter()
        .partition(|(id, _)| found_map(&loyalty, "segment")[id] == "former");
    assert_eq!(others, care);
    // Who left is asked back by the cause; the price alone calls for an offer.
    let churn_causes = found_map(&churn, "churn_cause");
    for (id, form) in &former {
        let due = match churn_causes[id].as_str() {
            "price" => "offer",
            "natural" => "family_service",
            "vendor_turbulence" => "public_relations",
            _ => "personal_service",
        };
        assert_eq!(form, due, "{id}");
    }
    assert!(values(former).len() > 1, "the cause matters");
    assert_eq!(values(care).len(), 9, "every form of care occurs");
    assert!(planted_customers(&SETTINGS).all(|customer| customer.may_contact || customer.care_form.is_none()));
}

#[test]
fn complaints_are_counted_under_the_causes_for_which_they_were_planted() {
    let (project, _) = small_sample();
    project.succeeds(&["run", "--quiet", "pipelines/sample.yml"]);
    let mut planted: BTreeMap<&str, f64> = BTreeMap::new();
    for cause in planted_customers(&SETTINGS).filter_map(|customer| customer.complaint_cause) {
        *planted.entry(cause).or_default() += 1.0;
    }
    assert_eq!(planted.len(), 8, "{planted:?}");
    let found = latest(&project, "complaint_causes");
    for (cause, count) in planted {
        let key = [("dimension", "total"), ("cause", cause)];
        let is_shown = count >= 5.0;
        assert_eq!(found.number(&key, "complaints_count"), is_shown.then_some(count), "{cause}");
    }
    assert_near(found.number(&[("dimension", "total"), ("cause", "unknown")], "complaints_count"), 0.0, 0.0);
}

/// A table of the sample that comes out empty shows nothing to somebody who looks around.
#[test]
fn every_published_table_has_rows_but_those_that_need_an_earlier_run() {
    let (project, _) = small_sample();
    project.succeeds(&["run", "--quiet", "pipelines/sample.yml"]);
    let manifest = project.last_manifest("out/sample");
    let empty: BTreeSet<&str> = manifest["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| table["name"].as_str().unwrap())
        .filter(|name| latest(&project, name).len() == 0)
        .collect();
    assert_eq!(empty, BTreeSet::from(["index_drift", "segment_migration", "state_migration"]));
}

#[test]
fn a_later_run_tells_the_change_against_the_one_before() {
    let (project, _) = small_sample();
    project.succeeds(&["run", "pipelines/sample.yml", "--as-of-date", "2026-10-31"]);
    let first = latest(&project, "indicators");
    assert_eq!(first.known("previous"), 0);
    assert_eq!(project.last_manifest("out/sample")["compared_to"], serde_json::Value::Null);
    let first_run = project.last_manifest("out/sample")["run_id"].clone();

    project.succeeds(&["run", "pipelines/sample.yml"]);
    let compared = serde_json::json!({"run_id": first_run, "as_of_date": "2026-10-31"});
    assert_eq!(project.last_manifest("out/sample")["compared_to"], compared);
    let second = latest(&project, "indicators");
    let mut moved = 0;
    for (indicator, dimension) in second.texts("indicator").into_iter().zip(second.texts("dimension")) {
        let (indicator, dimension) = (indicator.unwrap(), dimension.unwrap());
        let key = [("indicator", indicator.as_str()), ("dimension", dimension.as_str())];
        let is_new = !first.texts("indicator").iter().zip(first.texts("dimension")).any(|(name, part)| {
            name.as_deref() == Some(indicator.as_str()) && part.as_deref() == Some(dimension.as_str())
        });
        let before = if is_new { None } else { first.number(&key, "value") };
        assert_eq!(second.number(&key, "previous"), before, "{key:?}");
        if let (Some(now), Some(before)) = (second.number(&key, "value"), before) {
            assert_near(second.number(&key, "change"), now - before, 1e-12);
            moved += usize::from(now != before);
        }
    }
    assert!(moved > 10, "a month changes most indicators, not {moved}");
    for report in ["loyalty.en.html", "loyalty.en.md"] {
        assert!(project.text(&format!("out/sample/latest/{report}")).contains("31 October 2026"), "{report}");
    }

    // The same night again compares with the same one before, not with itself.
    project.succeeds(&["run", "pipelines/sample.yml"]);
    assert_eq!(project.last_manifest("out/sample")["compared_to"], compared);
    assert_eq!(latest(&project, "indicators").rows, second.rows);
}

#[test]
fn the_same_seed_writes_the_same_bytes() {
    let project = Project::empty();
    for (folder, seed) in [("a", "5"), ("b", "5"), ("c", "6")] {
        let finished = project.succeeds(&["sample", folder, "--customers", "50", "--seed", seed]);
        assert_eq!(finished.stdout, "");
        assert!(finished.stderr.contains(&format!("wrote {folder}/customers.csv: 50 rows")), "{}", finished.stderr);
    }
    let bytes = |folder: &str| project.files_below(folder).into_values().collect::<Vec<_>>();
    assert_eq!(bytes("a"), bytes("b"));
    assert_ne!(bytes("a"), bytes("c"));
}
