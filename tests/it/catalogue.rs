//! The whole catalogue on inputs that people do have: none, one customer, no survey, no rivals, everybody alike, returns
//! above purchases, unknown categories, one customer with very many orders. Every table must be published, and no number
//! in it may leave the bounds of its unit.

use std::collections::BTreeSet;
use std::fs;

use arrow::datatypes::DataType;
use staunch::sample::{SampleSettings, generate};

use crate::project::{Project, repository};
use crate::published::{Table, assert_near};

const SETTINGS: SampleSettings = SampleSettings { customers: 120, seed: 3 };
const FOLDER: &str = "pipelines/sample";

/// The sample's pipeline on a small sample of its own.
fn sample() -> Project {
    let project = Project::empty();
    let queries = repository().join("queries");
    let pipeline = fs::read_to_string(repository().join("pipelines/sample.yml")).unwrap();
    project.write("pipelines/sample.yml", pipeline.replace("../queries", &queries.to_string_lossy()));
    generate(&project.path(FOLDER), &SETTINGS).unwrap();
    project
}

/// One row of a CSV file by column name.
struct Row<'a> {
    header: &'a csv::StringRecord,
    values: Vec<String>,
}

impl Row<'_> {
    fn position(&self, column: &str) -> Option<usize> {
        self.header.iter().position(|name| name == column)
    }

    fn get(&self, column: &str) -> Option<&str> {
        self.position(column).map(|position| self.values[position].as_str())
    }

    fn set(&mut self, column: &str, value: &str) {
        let position = self.position(column).unwrap();
        value.clone_into(&mut self.values[position]);
    }
}

/// Writes a file of the sample again, each row as what `change` makes of it.
fn rewrite(project: &Project, file: &str, change: impl Fn(&mut Row<'_>) -> Vec<Vec<String>>) {
    let path = project.path(&format!("{FOLDER}/{file}"));
    let mut reader = csv::Reader::from_path(&path).unwrap();
    let header = reader.headers().unwrap().clone();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    for record in reader.records() {
        let values = record.unwrap().iter().map(str::to_owned).collect();
        for row in change(&mut Row { header: &header, values }) {
            writer.write_record(row).unwrap();
        }
    }
    fs::write(path, writer.into_inner().unwrap()).unwrap();
}

fn keep(project: &Project, file: &str, is_kept: impl Fn(&Row<'_>) -> bool) {
    rewrite(project, file, |row| if is_kept(row) { vec![row.values.clone()] } else { Vec::new() });
}

/// The CSV files of the sample that have a column `customer_id`, and all others.
fn files(project: &Project) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(project.path(FOLDER))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Runs the pipeline and looks at every table: all outputs are there, and every number is within the bounds of its unit.
fn publishes_sound_tables(project: &Project, arguments: &[&str]) {
    project.succeeds(&[&["run", "--quiet", "pipelines/sample.yml"], arguments].concat());
    let manifest = project.last_manifest("out/sample");
    let published: BTreeSet<&str> =
        manifest["tables"].as_array().unwrap().iter().map(|table| table["name"].as_str().unwrap()).collect();
    let shown = fs::read_dir(project.path("out/sample/latest")).unwrap();
    let mut tables = 0;
    for path in shown.map(|entry| entry.unwrap().path()).filter(|path| path.extension().unwrap() == "parquet") {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(published.contains(name.as_str()), "{name}");
        let table = Table::read(&path);
        for field in table.rows.schema().fields() {
            let is_number = matches!(field.data_type(), DataType::Float64 | DataType::Decimal128(..));
            let bounds = match field.metadata().get("unit").map(String::as_str) {
                Some("share") if !is_open(field.name()) => (0.0, 1.0),
                Some("index") if !field.name().contains("change") && !field.name().contains("gap") => (0.0, 100.0),
                _ => (f64::MIN, f64::MAX),
            };
            if !is_number {
                continue;
            }
            for value in table.numbers(field.name()).into_iter().flatten() {
                let is_sound = value.is_finite() && value >= bounds.0 - 1e-9 && value <= bounds.1 + 1e-9;
                assert!(is_sound, "{name}.{}: {value}", field.name());
            }
        }
        tables += 1;
    }
    assert_eq!(tables, published.len());
    let customers = latest(project, "customer_loyalty").len() as f64;
    // Counted before small segments are hidden.
    let invariants = latest(project, "loyalty_invariants");
    let in_segments = [("invariant", "the six segments hold all customers")];
    assert_near(invariants.number(&in_segments, "found"), customers, 0.0);
}

/// A change has a sign, and customers who stay may spend more than they did.
fn is_open(column: &str) -> bool {
    ["change", "effect", "difference", "net_retention_rate", "amount_rate"].iter().any(|part| column.contains(part))
}

fn latest(project: &Project, table: &str) -> Table {
    Table::read(&project.path(&format!("out/sample/latest/{table}.parquet")))
}

#[test]
fn nobody_at_all() {
    let project = sample();
    // An empty file of transactions is refused; one with a line of nobody is not.
    for file in files(&project) {
        keep(&project, &file, |row| file == "transactions.csv" && row.get("customer_id") == Some(""));
    }
    publishes_sound_tables(&project, &[]);
    assert_eq!(latest(&project, "customer_loyalty").len(), 0);
}

#[test]
fn one_customer() {
    let project = sample();
    for file in files(&project) {
        keep(&project, &file, |row| row.get("customer_id").is_none_or(|id| id == "c2"));
    }
    publishes_sound_tables(&project, &[]);
    assert_eq!(latest(&project, "customer_loyalty").texts("customer_id"), [Some("c2".to_owned())]);
}

#[test]
fn no_survey() {
    let project = sample();
    for file in files(&project).iter().filter(|file| file.starts_with("survey")) {
        keep(&project, file, |_| false);
    }
    publishes_sound_tables(&project, &[]);
    let states: BTreeSet<_> = latest(&project, "customer_loyalty").texts("attitude_state").into_iter().collect();
    assert_eq!(states, BTreeSet::from([Some("unmeasured".to_owned())]));
}

#[test]
fn no_purchases_of_other_brands() {
    let project = sample();
    keep(&project, "transactions.csv", |row| row.get("brand") == Some("northwind"));
    publishes_sound_tables(&project, &["--var", "rivals_seen=false"]);
    assert_eq!(latest(&project, "customer_behaviour").known("repeat_purchase_rate"), 0);
}

#[test]
fn everybody_is_alike() {
    let project = sample();
    // Customer 2 thirty times over, under thirty names.
    for file in files(&project) {
        rewrite(&project, &file, |row| match row.get("customer_id") {
            None => vec![row.values.clone()],
            Some("c2") => (1..=30)
                .map(|copy| {
                    let mut twin = Row { header: row.header, values: row.values.clone() };
                    for key in ["customer_id", "order_id", "response_id", "contact_id", "case_id"] {
                        if let Some(value) = row.get(key).filter(|value| !value.is_empty()) {
                            twin.set(key, &format!("{value}x{copy}"));
                        }
                    }
                    twin.values
                })
                .collect(),
            Some(_) => Vec::new(),
        });
    }
    publishes_sound_tables(&project, &[]);
    let loyalty = latest(&project, "customer_loyalty");
    assert_eq!(loyalty.len(), 30);
    assert_eq!(loyalty.texts("segment").into_iter().collect::<BTreeSet<_>>().len(), 1);
}

#[test]
fn unknown_categories_and_products() {
    let project = sample();
    rewrite(&project, "transactions.csv", |row| {
        let line: usize = row.get("order_id").unwrap().bytes().map(usize::from).sum();
        match line % 3 {
            0 => row.set("category", "mystery"),
            1 => row.set("product_id", "unheard-of"),
            _ => {}
        }
        vec![row.values.clone()]
    });
    publishes_sound_tables(&project, &[]);
}

#[test]
fn returns_larger_than_purchases() {
    let project = sample();
    rewrite(&project, "transactions.csv", |row| {
        let bought = row.values.clone();
        if row.get("is_return") == Some("true") {
            return vec![bought];
        }
        row.set("quantity", &format!("-{}", row.get("quantity").unwrap()));
        row.set("amount", &format!("-{}", row.get("amount").unwrap()));
        row.set("line_number", &format!("9{}", row.get("line_number").unwrap()));
        row.set("is_return", "true");
        let first = row.values.clone();
        row.set("line_number", &format!("8{}", row.get("line_number").unwrap()));
        vec![bought, first, row.values.clone()]
    });
    publishes_sound_tables(&project, &[]);
    let behaviour = latest(&project, "customer_behaviour");
    assert_eq!(behaviour.integers("own_occasions_count").into_iter().flatten().sum::<i64>(), 0);
}

#[test]
fn one_customer_with_a_hundred_thousand_orders() {
    let project = sample();
    let mut text = project.text(&format!("{FOLDER}/transactions.csv"));
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let mut lines = String::new();
    for order in 0..100_000 {
        let value = |column: &str| match column {
            "customer_id" => "c2".to_owned(),
            "order_id" => format!("many-{order}"),
            "line_number" | "quantity" => "1".to_owned(),
            "ordered_at" => format!("2026-{:02}-{:02}T10:00:00", 1 + order % 10, 1 + order % 28),
            "brand" => if order % 4 == 0 { "contoso" } else { "northwind" }.to_owned(),
            "category" => "coffee".to_owned(),
            "product_id" => "NC1".to_owned(),
            "amount" => "2.50".to_owned(),
            "is_deal" | "is_return" => "false".to_owned(),
            _ => String::new(),
        };
        lines.push_str(&header.iter().map(|column| value(column)).collect::<Vec<_>>().join(","));
        lines.push('\n');
    }
    text.push_str(&lines);
    project.write(&format!("{FOLDER}/transactions.csv"), text);
    publishes_sound_tables(&project, &[]);
    let behaviour = latest(&project, "customer_behaviour");
    let own = behaviour.number(&[("customer_id", "c2")], "own_occasions_count");
    assert!(own.is_some_and(|own| own >= 75_000.0), "{own:?}");
}
