//! What is published, byte by byte: the same on every run, in order, described, and where readers look for it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow::compute::SortOptions;
use arrow::row::{RowConverter, SortField};
use serde_json::Value;
use staunch::config::sidecar::Sidecar;
use staunch::config::{self, Settings};
use staunch::plan::{self, Wanted};
use staunch::progress::{Progress, ProgressStyleChoice};
use staunch::run::session::Resources;
use staunch::run::{self, RunSettings};

use crate::described;
use crate::project::{Finished, Project, repository, sha256};
use crate::published::{Table, write_parquet};

/// As much as the program gives its threads: a plan is walked recursively.
const STACK_BYTES: usize = 32 << 20;

/// Runs the sample pipeline of this repository; it publishes to `out/sample` of the project.
fn run_sample(project: &Project, arguments: &[&str]) -> Finished {
    let mut command = project.staunch(&[&["run", "pipelines/sample.yml", "--quiet"], arguments].concat());
    let finished = project.finish(command.current_dir(repository()).env("STAUNCH_OUTPUT", project.path("out")));
    assert_eq!(finished.exit_code, 0, "{}", finished.stderr);
    finished
}

/// Runs the sample pipeline in this process with even its small tables in `threads` partitions, `queries_at_once` of its
/// queries at the same time.
fn run_sample_in_partitions(project: &Project, threads: usize, queries_at_once: usize) {
    let output = project.path("out").to_string_lossy().into_owned();
    let run = move || {
        let environment = |name: &str| (name == "STAUNCH_OUTPUT").then(|| output.clone());
        let settings = Settings {
            variables: Vec::new(),
            as_of_date: None,
            allow_future: false,
            environment: &environment,
            now: chrono::Utc::now(),
        };
        let pipeline = config::load(&repository().join("pipelines/sample.yml"), &settings).unwrap();
        let plan = plan::make(pipeline, &Wanted::Outputs { selection: &[], reported: &[] }).unwrap();
        let resources = Resources { rows_per_partition: 1, queries_at_once, ..Resources::new(1 << 30, threads, None) };
        let settings = RunSettings {
            resources,
            started_at: chrono::Utc::now(),
            holder: "a test".to_owned(),
            published_by: "a test".to_owned(),
        };
        let progress = Progress::new(ProgressStyleChoice::Quiet);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build().unwrap();
        runtime.block_on(run::run(&plan, &settings, &progress, std::future::pending())).unwrap();
    };
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap();
}

/// The tables of `latest/` and what describes them.
fn latest_tables(project: &Project) -> BTreeMap<String, String> {
    let mut files = project.files_below("out/sample/latest");
    files.retain(|name, _| [".parquet", "/staunch.sql", "/dictionary.json"].iter().any(|end| name.ends_with(end)));
    files
}

fn sidecar(path: &str) -> Sidecar {
    serde_yaml::from_str(&std::fs::read_to_string(repository().join(path)).unwrap()).unwrap()
}

/// The sidecar of a query that all pipelines share.
fn shared_sidecar(name: &str) -> String {
    let anywhere = format!("{}/queries/**/{name}.yml", repository().display());
    let mut paths = glob::glob(&anywhere)
        .unwrap()
        .map(|path| path.unwrap().strip_prefix(repository()).unwrap().to_string_lossy().into_owned())
        .filter(|path| !path.starts_with("queries/bench/"));
    paths.next().unwrap_or_else(|| panic!("no sidecar of {name}"))
}

fn names(files: BTreeMap<String, String>) -> Vec<String> {
    files.into_keys().collect()
}

#[test]
fn neither_threads_nor_queries_at_once_nor_another_run_change_a_byte() {
    let project = Project::empty();
    run_sample(&project, &["--threads", "1"]);
    let tables = latest_tables(&project);
    assert_eq!(tables.len(), project.last_manifest("out/sample")["tables"].as_array().unwrap().len() + 2, "{tables:?}");
    run_sample(&project, &["--threads", "8"]);
    assert_eq!(latest_tables(&project), tables, "8 threads");
    for (partitions, queries_at_once) in [(2, 1), (2, 16), (8, 3)] {
        run_sample_in_partitions(&project, partitions, queries_at_once);
        assert_eq!(latest_tables(&project), tables, "{partitions} partitions, {queries_at_once} queries at once");
    }
    described::check(&project, "out/sample", &[]);
}

#[test]
fn tables_that_do_not_fit_into_memory_change_no_byte() {
    let project = Project::empty();
    run_sample(&project, &[]);
    let tables = latest_tables(&project);
    let arguments = ["run", "pipelines/sample.yml", "--memory", "192MiB", "--threads", "2"];
    let mut little = project.staunch(&arguments);
    little.current_dir(repository()).env("STAUNCH_OUTPUT", project.path("out")).env("STAUNCH_LOG", "staunch=debug");
    let finished = project.finish(&mut little);
    assert_eq!(finished.exit_code, 0, "{}", finished.stderr);
    let spilled = finished.stderr.matches("a table is spilled to disk").count();
    assert!(spilled > 10, "{spilled}");
    assert_eq!(latest_tables(&project), tables);
}

/// As many rows as are dealt out to several threads, many of them with the same customer.
#[test]
fn without_a_key_the_whole_row_decides_the_order() {
    let project = Project::empty();
    let rows = 300_000_i64;
    let customers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..rows).map(|row| row % 100)));
    let amounts: ArrayRef = Arc::new(Int64Array::from_iter_values((0..rows).map(|row| row * 7_919 % rows)));
    let batch = RecordBatch::try_from_iter([("customer_id", customers), ("amount", amounts)]).unwrap();
    write_parquet(&project.path("orders.parquet"), &batch);
    let pipeline = "
        name: order
        sources: {orders: {location: orders.parquet, format: {parquet: {}}}}
        queries: [queries]
        outputs: {dealt: {sort_by: [customer_id]}}
        publish: {location: out}";
    project.write("pipeline.yml", pipeline);
    project.write("queries/dealt.sql", "select customer_id, amount from orders group by customer_id, amount");
    let published: BTreeSet<String> = ["1", "2", "8"]
        .into_iter()
        .map(|threads| {
            project.succeeds(&["run", "pipeline.yml", "--threads", threads]);
            sha256(&project.path("out/latest/dealt.parquet"))
        })
        .collect();
    assert_eq!(published.len(), 1);
}

#[test]
fn tables_are_sorted_by_their_grain_and_described() {
    let project = Project::empty();
    run_sample(&project, &[]);
    let manifest = project.last_manifest("out/sample");
    for table in manifest["tables"].as_array().unwrap() {
        let name = table["name"].as_str().unwrap();
        let sidecar = sidecar(&shared_sidecar(name));
        let published = Table::read(&project.path(&format!("out/sample/latest/{name}.parquet")));
        assert_eq!(table["rows"], published.len());

        let schema = published.rows.schema();
        assert_eq!(schema.metadata()["description"], sidecar.description, "{name}");
        assert_eq!(published.columns(), sidecar.columns.keys().map(|column| column.value.clone()).collect::<Vec<_>>());
        for (field, column) in schema.fields().iter().zip(sidecar.columns.values()) {
            let words = |key: &str| field.metadata().get(key).cloned();
            let place = format!("{name}.{}", field.name());
            assert!(!column.description.is_empty(), "{place}");
            assert_eq!(words("description").as_ref(), Some(&column.description), "{place}");
            assert_eq!(words("unit"), column.unit, "{place}");
            assert_eq!(words("label_en"), column.label.en, "{place}");
            assert_eq!(words("label_zh"), column.label.zh, "{place}");
        }

        let order = SortOptions { descending: false, nulls_first: false };
        let keys: Vec<_> =
            sidecar.grain.iter().map(|key| published.rows.column_by_name(key).unwrap().clone()).collect();
        let fields = keys.iter().map(|key| SortField::new_with_options(key.data_type().clone(), order)).collect();
        let keys = RowConverter::new(fields).unwrap().convert_columns(&keys).unwrap();
        assert!(!sidecar.grain.is_empty(), "{name} has no grain");
        assert!(keys.iter().is_sorted_by(|left, right| left < right), "{name} is not sorted by {:?}", sidecar.grain);
    }
}

#[test]
fn an_empty_result_is_a_file_with_columns_and_no_rows() {
    let shop = Project::published_shop();
    let table = Table::read(&shop.path("out/latest/large_orders.parquet"));
    assert_eq!(table.len(), 0);
    let schema = table.rows.schema();
    let columns: Vec<String> =
        schema.fields().iter().map(|field| format!("{} {}", field.name(), field.data_type())).collect();
    assert_eq!(columns, ["order_id Utf8", "customer_id Utf8", "amount Decimal128(18, 2)"]);
    assert_eq!(schema.field(2).metadata()["unit"], "currency");
}

#[test]
fn every_table_is_in_latest_in_history_and_in_its_run() {
    let shop = Project::published_shop();
    let run_id = shop.last_manifest("out")["run_id"].as_str().unwrap().to_owned();
    let run = format!("out/_staunch/runs/{run_id}");
    let mut expected = vec![format!("{run}/manifest.json")];
    expected.extend(["log/000000000001.json", "shown.json"].map(|name| format!("out/_staunch/{name}")));
    for table in ["customer_totals", "large_orders", "shop_summary"] {
        expected.push(format!("out/history/{table}/as_of_date=2026-11-30/{table}.parquet"));
        expected.push(format!("out/latest/{table}.parquet"));
        expected.push(format!("{run}/tables/{table}.parquet"));
    }
    for described in ["dictionary.json", "status.json", "staunch.sql"] {
        expected.push(format!("out/latest/{described}"));
        expected.push(format!("{run}/reports/{described}"));
    }
    expected.sort();
    let published = shop.files_below("out");
    assert_eq!(published.keys().cloned().collect::<Vec<_>>(), expected, "and the lock is given back");
    let copies: BTreeSet<&String> =
        published.iter().filter(|(name, _)| name.ends_with("/customer_totals.parquet")).map(|(_, hash)| hash).collect();
    assert_eq!(copies.len(), 1, "the three copies are the same file");
}

#[test]
fn a_later_day_moves_latest_and_keeps_history() {
    let shop = Project::published_shop();
    let before = shop.published();
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-12-01"]);
    let after = shop.published();
    for (name, hash) in before.iter().filter(|(name, _)| !name.starts_with("out/latest/")) {
        assert_eq!(after.get(name), Some(hash), "{name} is never changed");
    }
    assert_ne!(after["out/latest/customer_totals.parquet"], before["out/latest/customer_totals.parquet"]);
    assert_eq!(
        after["out/latest/customer_totals.parquet"],
        after["out/history/customer_totals/as_of_date=2026-12-01/customer_totals.parquet"]
    );
}

#[test]
fn the_run_to_compare_with_can_be_chosen() {
    let shop = Project::published_shop();
    for day in ["2026-11-02", "2026-11-10"] {
        shop.succeeds(&["run", "pipeline.yml", "--as-of-date", day]);
    }
    let compared = |arguments: &[&str]| {
        shop.succeeds(&[&["run", "pipeline.yml"], arguments].concat());
        shop.last_manifest("out")["compared_to"]["as_of_date"].clone()
    };
    assert_eq!(compared(&[]), "2026-11-10", "the latest one before");
    assert_eq!(compared(&["--var", "compare_to=2026-11-02"]), "2026-11-02");
    let refused = |day: &str| {
        let finished = shop.run(&["run", "pipeline.yml", "--quiet", "--var", &format!("compare_to={day}")]);
        assert_eq!(finished.exit_code, 2);
        finished.stderr
    };
    assert_eq!(
        refused("2026-11-05"),
        "error: `out` has no run for `compare_to` 2026-11-05\n  hint: the latest run before it is for 2026-11-02\n"
    );
    assert!(refused("2026-11-30").contains("`compare_to` 2026-11-30 is not before as_of_date 2026-11-30"));
}

#[test]
fn an_older_day_fills_history_and_leaves_latest_alone() {
    let shop = Project::published_shop();
    let latest = shop.files_below("out/latest");
    let finished = shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-02"]);
    assert!(
        finished.stderr.contains("warning: out/latest/ shows the later date 2026-11-30 and was not changed"),
        "{}",
        finished.stderr
    );
    assert_eq!(shop.files_below("out/latest"), latest);
    let older = Table::read(&shop.path("out/history/customer_totals/as_of_date=2026-11-02/customer_totals.parquet"));
    assert_eq!(older.texts("customer_id"), [Some("anna".to_owned())]);
    assert_eq!(names(shop.files_below("out/_staunch/log")).len(), 2);
}

#[test]
fn a_run_for_the_same_day_replaces_its_history() {
    let shop = Project::published_shop();
    shop.replace("data/orders.csv", "12.50", "13.50");
    shop.succeeds(&["run", "pipeline.yml"]);
    let history = names(shop.files_below("out/history/customer_totals"));
    assert_eq!(history, ["out/history/customer_totals/as_of_date=2026-11-30/customer_totals.parquet"]);
    assert_eq!(Table::read(&shop.path(&history[0])).numbers("amount"), [Some(75.10), Some(13.50)]);
}

#[test]
fn a_removed_output_vanishes_from_latest_and_stays_in_history() {
    let shop = Project::published_shop();
    shop.write("out/latest/notes.txt", "not ours");
    shop.replace("pipeline.yml", "  large_orders: {}\n", "");
    shop.succeeds(&["run", "pipeline.yml"]);
    let latest = names(shop.files_below("out/latest"));
    let expected = [
        "customer_totals.parquet",
        "dictionary.json",
        "notes.txt",
        "shop_summary.parquet",
        "status.json",
        "staunch.sql",
    ];
    assert_eq!(latest, expected.map(|name| format!("out/latest/{name}")));
    assert!(shop.path("out/history/large_orders/as_of_date=2026-11-30/large_orders.parquet").is_file());
}

#[test]
fn the_manifest_tells_what_was_read_run_and_written() {
    let shop = Project::published_shop();
    let manifest = shop.last_manifest("out");
    assert_eq!(manifest["staunch_version"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&manifest["pipeline"], &manifest["as_of_date"]), (&"shop".into(), &"2026-11-30".into()));
    assert_eq!(
        manifest["parameters"],
        serde_json::json!({"large_from": "100", "as_of_date": "2026-11-30", "currency": "EUR"})
    );
    assert_eq!(manifest["compared_to"], Value::Null);

    let [input] = manifest["inputs"].as_array().unwrap().as_slice() else { panic!("{}", manifest["inputs"]) };
    assert_eq!(input["source"], "orders");
    assert!(input["location"].as_str().unwrap().ends_with("/data/orders.csv"));
    assert_eq!(input["size_bytes"], shop.text("data/orders.csv").len());
    assert_eq!(input["rows"], 4);
    assert!(input["etag"].as_str().is_some_and(|etag| !etag.is_empty()));
    assert!(input["last_modified"].is_string());

    let mut queries: Vec<(&str, &str)> = manifest["queries"].as_array().unwrap().iter().map(query).collect();
    queries.sort_unstable();
    let files = ["customer_totals", "large_orders", "orders_so_far", "shop_summary"];
    let hashes = files.map(|name| (name, sha256(&shop.path(&format!("queries/{name}.sql")))));
    assert_eq!(queries, hashes.each_ref().map(|(name, hash)| (*name, hash.as_str())));

    for table in manifest["tables"].as_array().unwrap() {
        let path = shop.path("out").join(table["path"].as_str().unwrap());
        assert_eq!(table["sha256"], sha256(&path));
        assert_eq!(table["bytes"], std::fs::metadata(&path).unwrap().len());
        assert_eq!(table["rows"], Table::read(&path).len());
        assert!(table["seconds"].as_f64().is_some_and(|seconds| seconds >= 0.0));
    }
    assert_eq!(
        manifest["tables"][0]["columns"][2],
        serde_json::json!({
            "name": "amount", "type": "decimal(18,2)", "nullable": true, "unit": "currency", "description": "Money paid",
        })
    );
    assert_eq!(
        manifest["checks"][2],
        serde_json::json!({
            "table": "customer_totals", "check": "amount at least 0", "severity": "stop",
            "offending_rows": 0, "passed": true,
        })
    );
}

fn query(entry: &Value) -> (&str, &str) {
    (entry["name"].as_str().unwrap(), entry["sha256"].as_str().unwrap())
}
