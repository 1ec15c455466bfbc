use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::NaiveDate;

use super::*;

/// In the order of the summary; of the first seven every row belongs to a customer.
const FILES: [&str; 12] = [
    "transactions.csv",
    "survey_answers.csv",
    "customers.csv",
    "contacts.csv",
    "account_owners.csv",
    "campaigns.csv",
    "survey_invitations.csv",
    "products.csv",
    "price_changes.csv",
    "situations.csv",
    "complaint_topics.csv",
    "close_reasons.csv",
];
const CUSTOMER_FILES: usize = 7;

fn generated(settings: SampleSettings) -> (tempfile::TempDir, SampleSummary) {
    let folder = tempfile::tempdir().unwrap();
    let summary = generate(folder.path(), &settings).unwrap();
    (folder, summary)
}

fn rows(folder: &Path, file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_gives_others() {
    let settings = SampleSettings { customers: 120, seed: 7 };
    let (first, first_summary) = generated(settings);
    let (again, again_summary) = generated(settings);
    let (other, _) = generated(SampleSettings { seed: 8, ..settings });
    for file in FILES {
        assert_eq!(fs::read(first.path().join(file)).unwrap(), fs::read(again.path().join(file)).unwrap(), "{file}");
    }
    for file in &FILES[..CUSTOMER_FILES] {
        assert_ne!(fs::read(first.path().join(file)).unwrap(), fs::read(other.path().join(file)).unwrap(), "{file}");
    }
    assert_eq!(first_summary.planted, again_summary.planted);
}

#[test]
fn the_committed_sample_is_what_the_default_settings_generate() {
    let (folder, _) = generated(SampleSettings::default());
    let committed = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines/sample");
    for file in FILES {
        let (written, kept) = (fs::read(folder.path().join(file)).unwrap(), fs::read(committed.join(file)).unwrap());
        assert!(written == kept, "pipelines/sample/{file} is stale: run `staunch sample` into that folder");
    }
}

#[test]
fn rows_grow_with_the_customers_and_the_first_customers_stay_the_same() {
    let (small, few) = generated(SampleSettings { customers: 100, seed: 1 });
    let (large, many) = generated(SampleSettings { customers: 400, seed: 1 });
    assert_eq!((few.files[2].rows, many.files[2].rows), (100, 400));
    let growth = many.files[0].rows as f64 / few.files[0].rows as f64;
    assert!((3.0..5.0).contains(&growth), "{growth}");
    for file in &FILES[..CUSTOMER_FILES] {
        let (short, long) = (fs::read(small.path().join(file)).unwrap(), fs::read(large.path().join(file)).unwrap());
        assert!(long.starts_with(&short), "{file}");
    }
}

#[test]
fn the_summary_counts_the_rows_that_are_in_the_files() {
    let (folder, summary) = generated(SampleSettings { customers: 300, seed: 1 });
    for (file, written) in FILES.iter().zip(&summary.files) {
        assert_eq!(rows(folder.path(), file).len() as u64, written.rows, "{file}");
    }
}

#[test]
fn dirty_lines_and_anonymous_answers_are_where_the_summary_says() {
    let (folder, summary) = generated(SampleSettings { customers: 600, seed: 1 });
    let lines = rows(folder.path(), FILES[0]);
    let planted = summary.planted;
    let without_customer = lines.iter().filter(|line| line["customer_id"].is_empty()).count() as u64;
    let late = lines.iter().filter(|line| line["ordered_at"].as_str() > "2026-11-30T23:59:59").count() as u64;
    let keys: BTreeSet<_> = lines.iter().map(|line| (&line["order_id"], &line["line_number"])).collect();
    assert_eq!(without_customer, planted.lines_without_customer_count);
    assert_eq!(late, planted.lines_after_as_of_date_count);
    assert_eq!((lines.len() - keys.len()) as u64, planted.duplicate_lines_count);
    assert!(without_customer > 0 && late > 0 && planted.duplicate_lines_count > 0);

    let answers = rows(folder.path(), FILES[1]);
    let anonymous: BTreeSet<_> =
        answers.iter().filter(|answer| answer["customer_id"].is_empty()).map(|answer| &answer["response_id"]).collect();
    let responses: BTreeSet<_> = answers.iter().map(|answer| &answer["response_id"]).collect();
    assert_eq!(anonymous.len() as u64, planted.anonymous_responses_count);
    assert_eq!(responses.len() as u64, planted.responses_count);
}

/// Finds the segments again from the files alone, by the definitions B6, B7, B10, A6 and A10 under the shared defaults.
#[test]
fn the_planted_segments_are_found_again_in_the_files() {
    let (folder, summary) = generated(SampleSettings { customers: 800, seed: 3 });
    let behaviour = behaviour_by_customer(folder.path());
    let attitude = attitude_by_customer(folder.path());
    let silent = silent_customers(folder.path());
    let mut found: BTreeMap<&str, u64> = BTreeMap::new();
    for customer in rows(folder.path(), FILES[2]) {
        let id = &customer["customer_id"];
        let is_former = !customer["closed_at"].is_empty() || behaviour.get(id) == Some(&true) && silent.contains(id);
        let segment = match (behaviour.get(id), attitude.get(id)) {
            _ if is_former => "former",
            (Some(true), Some(true)) => "true_loyalty",
            (Some(false), Some(true)) => "latent_loyalty",
            (Some(true), Some(false)) => "spurious_loyalty",
            (Some(false), Some(false)) => "no_loyalty",
            _ => "unmeasured",
        };
        *found.entry(segment).or_default() += 1;
    }
    let planted = summary.planted;
    let intended = BTreeMap::from([
        ("true_loyalty", planted.true_count),
        ("latent_loyalty", planted.latent_count),
        ("spurious_loyalty", planted.spurious_count),
        ("no_loyalty", planted.none_count),
        ("unmeasured", planted.unmeasured_count),
        ("former", planted.former_count),
    ]);
    assert_eq!(found, intended);
    assert!(intended.values().all(|count| *count > 50), "{intended:?}");
}

fn behaviour_by_customer(folder: &Path) -> BTreeMap<String, bool> {
    let mut seen = BTreeSet::new();
    let mut occasions: BTreeMap<String, BTreeMap<[String; 3], i64>> = BTreeMap::new();
    for line in rows(folder, FILES[0]) {
        let in_window = ("2025-12-01".."2026-12-01").contains(&&line["ordered_at"][..10]);
        let is_first = seen.insert((line["order_id"].clone(), line["line_number"].clone()));
        if in_window && is_first && !line["customer_id"].is_empty() {
            let key = ["order_id", "brand", "category"].map(|column| line[column].clone());
            let cents: i64 = line["amount"].replace('.', "").parse().unwrap();
            *occasions.entry(line["customer_id"].clone()).or_default().entry(key).or_default() += cents;
        }
    }
    let judged = occasions.into_iter().filter_map(|(customer, mut occasions)| {
        occasions.retain(|_, cents| *cents > 0);
        let own: Vec<i64> =
            occasions.iter().filter(|(key, _)| key[1] == "northwind").map(|(_, cents)| *cents).collect();
        let is_high =
            2 * own.len() >= occasions.len() || 2 * own.iter().sum::<i64>() >= occasions.values().sum::<i64>();
        (occasions.len() >= 3).then_some((customer, is_high))
    });
    judged.collect()
}

/// Customers without an own order for longer than 90 days and twice their own median gap in the window (B11).
fn silent_customers(folder: &Path) -> BTreeSet<String> {
    let mut amounts: BTreeMap<(String, String), (NaiveDate, i64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for line in rows(folder, FILES[0]) {
        let day = NaiveDate::parse_from_str(&line["ordered_at"][..10], "%Y-%m-%d").unwrap();
        let in_window = ("2025-12-01".."2026-12-01").contains(&&line["ordered_at"][..10]);
        let is_first = seen.insert((line["order_id"].clone(), line["line_number"].clone()));
        if in_window && is_first && line["brand"] == "northwind" {
            let cents: i64 = line["amount"].replace('.', "").parse().unwrap();
            let order = (line["customer_id"].clone(), line["order_id"].clone());
            amounts.entry(order).or_insert((day, 0)).1 += cents;
        }
    }
    let mut days: BTreeMap<String, Vec<NaiveDate>> = BTreeMap::new();
    for ((customer, _), (day, cents)) in amounts {
        if cents > 0 {
            days.entry(customer).or_default().push(day);
        }
    }
    let as_of = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
    let silent = days.into_iter().filter_map(|(customer, mut days)| {
        days.sort();
        let mut gaps: Vec<i64> = days.windows(2).map(|pair| (pair[1] - pair[0]).num_days()).collect();
        gaps.sort_unstable();
        // Twice the median.
        let twice = if gaps.is_empty() { 0 } else { gaps[(gaps.len() - 1) / 2] + gaps[gaps.len() / 2] };
        let silence = (as_of - *days.last()?).num_days();
        (silence > twice.max(90)).then_some(customer)
    });
    silent.collect()
}

fn attitude_by_customer(folder: &Path) -> BTreeMap<String, bool> {
    let items = BTreeMap::from([
        ("recommend", (0.3_f64, 0.0_f64, 10.0_f64)),
        ("repurchase", (0.4, 1.0, 5.0)),
        ("tolerance", (0.2, 1.0, 5.0)),
        ("competitor", (0.1, 5.0, 1.0)),
    ]);
    /// Points and weight of every response, by time and id.
    type Responses = BTreeMap<(String, String), (f64, f64)>;
    let mut responses: BTreeMap<String, Responses> = BTreeMap::new();
    for answer in rows(folder, FILES[1]) {
        let Some((weight, worst, best)) = items.get(answer["item_id"].as_str()) else { continue };
        let score: f64 = answer["score"].parse().unwrap();
        let response = (answer["answered_at"].clone(), answer["response_id"].clone());
        if ["9", "99"].contains(&answer["score"].as_str()) && (answer["item_id"] != "recommend" || score > 10.0) {
            continue;
        }
        let sums = responses.entry(answer["customer_id"].clone()).or_default().entry(response).or_default();
        sums.0 += weight * (score - worst) / (best - worst);
        sums.1 += weight;
    }
    let judged =
        responses.into_iter().filter(|(customer, _)| !customer.is_empty()).filter_map(|(customer, responses)| {
            let (points, weight) = responses.into_values().next_back()?;
            (weight > 0.5 - 1e-7).then_some((customer, 100.0 * points / weight >= 70.0 - 1e-7))
        });
    judged.collect()
}

/// Seen from the files alone.
#[test]
fn nobody_who_left_buys_again() {
    let settings = SampleSettings { customers: 400, seed: 9 };
    let (folder, _) = generated(settings);
    let mut last_own: BTreeMap<String, String> = BTreeMap::new();
    for line in rows(folder.path(), "transactions.csv") {
        let day = line["ordered_at"][..10].to_owned();
        if line["brand"] == "northwind" && line["is_return"] == "false" && day.as_str() <= "2026-11-30" {
            let last = last_own.entry(line["customer_id"].clone()).or_default();
            *last = day.max(last.clone());
        }
    }
    let closed: BTreeMap<String, String> = rows(folder.path(), "customers.csv")
        .into_iter()
        .map(|customer| (customer["customer_id"].clone(), customer["closed_at"].clone()))
        .collect();
    for customer in planted_customers(&settings) {
        let last = last_own.get(&customer.customer_id).map_or("", String::as_str);
        // 90 days before 2026-11-30 is 2026-09-01; whoever bought then is still a customer.
        let is_gone = last < "2026-09-01" || !closed[&customer.customer_id].is_empty();
        assert!(customer.churn_cause.is_none() || is_gone, "{customer:?}: {last}");
        assert_eq!(customer.said_why, !closed[&customer.customer_id].is_empty(), "{customer:?}");
    }
}

#[test]
fn the_plan_of_a_customer_does_not_depend_on_how_many_there_are() {
    let few: Vec<PlantedCustomer> = planted_customers(&SampleSettings { customers: 50, seed: 1 }).collect();
    let many: Vec<PlantedCustomer> = planted_customers(&SampleSettings { customers: 500, seed: 1 }).collect();
    assert_eq!(few, many[..50]);
}

#[test]
fn who_referred_somebody_is_an_earlier_customer() {
    let (folder, _) = generated(SampleSettings { customers: 300, seed: 1 });
    let number = |id: &str| id[1..].parse::<u64>().unwrap();
    let referred: Vec<(u64, u64)> = rows(folder.path(), "customers.csv")
        .iter()
        .filter(|customer| !customer["referred_by_customer_id"].is_empty())
        .map(|customer| (number(&customer["customer_id"]), number(&customer["referred_by_customer_id"])))
        .collect();
    assert!(referred.len() > 10);
    assert!(referred.iter().all(|(customer, referrer)| referrer < customer));
}
