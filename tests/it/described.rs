//! What tools read beside the published tables: the DuckDB views of `staunch.sql`, the data dictionary and the status.

use std::process::Command;

use serde_json::{Value, json};

use crate::contract;
use crate::project::{Project, repository};

/// Lets DuckDB and the JSON Schemas judge a publish location, and gives the rows of each of these queries; nothing, with a line
/// that says so, when `STAUNCH_READERS` does not name the Python that `tests/readers/install.sh` prints.
pub fn check(project: &Project, location: &str, queries: &[&str]) -> Option<Vec<Value>> {
    let Some(python) = std::env::var_os("STAUNCH_READERS").filter(|python| !python.is_empty()) else {
        eprintln!("skipped: set STAUNCH_READERS to the Python that `tests/readers/install.sh` prints");
        return None;
    };
    let mut command = Command::new(python);
    command.arg(repository().join("tests/readers/check.py")).arg(project.path(location));
    command.arg(repository().join("docs/src/status.schema.json")).args(queries);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{location}: {told}");
    let rows = String::from_utf8(output.stdout).unwrap();
    Some(rows.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn json_file(project: &Project, relative: &str) -> Value {
    serde_json::from_str(&project.text(relative)).unwrap()
}

/// The entry of a name in a list.
fn named<'a>(list: &'a Value, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|entry| entry["name"] == name);
    found.unwrap_or_else(|| panic!("no `{name}` in {list}"))
}

/// The shop with a table whose columns and words have all that SQL and JSON treat specially.
fn odd_shop() -> Project {
    let shop = Project::copy_of("shop");
    let sql = "select order_id as \"it's \"\"odd\"\"\", customer_id as \"select\", amount as \"金额 --\", \
               ordered_at as as_of_date from orders\n";
    shop.write("queries/odd.sql", sql);
    let sidecar = r#"
description: "It's a \"quote\"; -- no comment\n$$ /* \\ 客户"
columns:
  it's "odd": {type: string, description: "a 'b'\n.quit", label: {en: "O'Hara", zh: "“奥哈拉”"}}
  select: {type: string}
  金额 --: {type: "decimal(18,2)", unit: currency, description: "100 % \\'"}
  as_of_date: {type: date, description: "Day of the order"}
"#;
    shop.write("queries/odd.yml", sidecar);
    shop.replace("pipeline.yml", "outputs:", "outputs:\n  odd: {sort_by: [as_of_date]}");
    shop.succeeds(&["run", "pipeline.yml"]);
    shop
}

#[test]
fn names_and_words_keep_what_sql_and_json_treat_specially() {
    let shop = odd_shop();
    let views = shop.text("out/latest/staunch.sql");
    let expected = r#"
create or replace view "odd" as
    select * from read_parquet(staunch_location() || '/latest/odd.parquet');
comment on view "odd" is 'It''s a "quote"; -- no comment
$$ /* \ 客户';
comment on column "odd"."it's ""odd""" is 'O''Hara / “奥哈拉”: a ''b''
.quit';
comment on column "odd"."金额 --" is '100 % \'' [EUR]';
comment on column "odd"."as_of_date" is 'Day of the order';
"#;
    assert!(views.contains(expected), "{views}");
    let dictionary = json_file(&shop, "out/latest/dictionary.json");
    let table = named(&dictionary["resources"], "odd");
    assert_eq!(table["description"], "It's a \"quote\"; -- no comment\n$$ /* \\ 客户");
    let fields = &table["schema"]["fields"];
    let expected = json!({
        "name": "it's \"odd\"", "type": "string", "dataType": "string", "title": "O'Hara", "title@zh": "“奥哈拉”",
        "description": "a 'b'\n.quit",
    });
    assert_eq!(named(fields, "it's \"odd\""), &expected);

    // Four orders, one of them after the day of the run; DuckDB's own day of the history is not in place of the table's.
    let sql = [
        "select as_of_date, history_as_of_date from history_odd order by all",
        "select comment from duckdb_views() where view_name = 'odd'",
        "select comment from duckdb_columns() where table_name = 'history_odd' and column_name like 'it%'",
    ];
    let Some(rows) = check(&shop, "out", &sql) else { return };
    let days = ["2026-11-01", "2026-11-03", "2026-11-20", "2026-12-01"].map(|day| [day, "2026-11-30"]);
    assert_eq!(rows[0], json!(days));
    assert_eq!(rows[1], json!([["It's a \"quote\"; -- no comment\n$$ /* \\ 客户"]]));
    assert_eq!(rows[2], json!([["O'Hara / “奥哈拉”: a 'b'\n.quit"]]));
}

#[test]
fn the_dictionary_tells_types_units_keys_codes_and_what_checks_made_sure_of() {
    let shop = Project::copy_of("shop");
    shop.write(
        "queries/states.sql",
        "select customer_id, 'high' as behaviour_state, 'a,b' as cause from customer_totals\n",
    );
    let sidecar = "
grain: [customer_id]
columns:
  customer_id: {type: id}
  behaviour_state: {type: string, description: State, label: {en: State, zh: 状态}}
  cause: {type: string}
checks:
  - not_null: {columns: [customer_id, behaviour_state]}
  - unique: {columns: [customer_id]}
  - accepted_values: {column: behaviour_state, values: [high, low]}
  - relationship: {column: customer_id, table: customer_totals, to: customer_id}
  - relationship: {column: customer_id, table: orders_so_far, to: customer_id}
  - not_null: {columns: [cause], severity: warn}
";
    shop.write("queries/states.yml", sidecar);
    let catalogue = "
codes:
  behaviour_state: {labels: {low: {en: Low, zh: 低}, high: {en: High, zh: 高}, other: {en: Other}}}
  cause: {labels: {a: {en: Answer}, b: {en: Bill, zh: 账单}}}
";
    shop.write("queries/catalogue.yml", catalogue);
    shop.replace("pipeline.yml", "outputs:", "outputs:\n  states: {}");
    shop.succeeds(&["run", "pipeline.yml"]);
    let dictionary = json_file(&shop, "out/latest/dictionary.json");
    assert_eq!(dictionary["$schema"], "https://datapackage.org/profiles/2.0/datapackage.json");
    let about = ["name", "asOfDate", "timeZone", "currency"].map(|key| dictionary[key].as_str().unwrap());
    assert_eq!(about, ["shop", "2026-11-30", "UTC", "EUR"]);
    assert_eq!(dictionary["smallGroups"]["minCell"], 5);

    let states = named(&dictionary["resources"], "states");
    let expected = json!({
        "fields": [
            {"name": "customer_id", "type": "string", "dataType": "string",
             "constraints": {"required": true, "unique": true}},
            {"name": "behaviour_state", "type": "string", "dataType": "string", "title": "State", "title@zh": "状态",
             "description": "State", "constraints": {"required": true},
             "categories": [{"value": "high", "label": "High", "label@zh": "高"},
                            {"value": "low", "label": "Low", "label@zh": "低"}]},
            {"name": "cause", "type": "string", "dataType": "string",
             "codes": [{"value": "a", "label": "Answer"}, {"value": "b", "label": "Bill", "label@zh": "账单"}]},
        ],
        "missingValues": [],
        "primaryKey": ["customer_id"],
        "foreignKeys": [{"fields": ["customer_id"],
                         "reference": {"resource": "customer_totals", "fields": ["customer_id"]}}],
    });
    assert_eq!(states["schema"], expected);
    let totals = named(&dictionary["resources"], "customer_totals");
    let expected = json!({
        "name": "amount", "type": "number", "dataType": "decimal(18,2)", "title": "Amount", "title@zh": "金额",
        "description": "Money paid", "unit": "currency", "constraints": {"minimum": 0},
    });
    assert_eq!(totals["schema"]["fields"][2], expected);
    assert_eq!(totals["schema"]["fields"][0]["role"], "customer_id");
    // No check makes sure that the order is unique.
    let large = named(&dictionary["resources"], "large_orders");
    assert_eq!((&large["schema"]["grain"], large["schema"].get("primaryKey")), (&json!(["order_id"]), None));
    check(&shop, "out", &[]);
}

#[test]
fn the_history_has_all_nights_and_columns_that_came_later() {
    let shop = Project::copy_of("shop");
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-02"]);
    shop.replace("queries/customer_totals.sql", "count(*) as orders_count,", "count(*) as orders_count, 7 as lucky,");
    shop.replace("queries/customer_totals.yml", "  amount:", "  lucky: {type: integer}\n  amount:");
    shop.succeeds(&["run", "pipeline.yml"]);
    let sql = "select as_of_date, customer_id, orders_count, lucky from history_customer_totals order by all";
    let Some(rows) = check(&shop, "out", &[sql]) else { return };
    let expected = json!([["2026-11-02", "anna", 1, null], ["2026-11-30", "anna", 2, 7], ["2026-11-30", "ben", 1, 7],]);
    assert_eq!(rows, [expected]);
}

#[test]
fn the_status_tells_the_run_its_inputs_and_its_warnings() {
    let source = "
location: data/
format: {csv: {}}
columns: {id: {type: integer, required: true}, at: {type: timestamp}}
rejects: {max_rows: 1}
freshness: {column: at, warn_after: 26h}";
    let rows = "id,at\n1,2020-01-01T00:00:00\nx,2020-01-01T08:00:00\n3,2019-12-31T00:00:00\n";
    let project = contract::project(source, "select id from t\n", &[("a.csv", rows)]);
    let sidecar = "columns: {id: {type: integer}}\nchecks:\n  - range: {column: id, max: 2, severity: warn}\n";
    project.write("queries/result.yml", sidecar);
    let printed = project.succeeds(&["run", "pipeline.yml"]).stderr;
    let status = json_file(&project, "out/latest/status.json");
    let manifest = project.last_manifest("out");
    for key in ["staunch_version", "pipeline", "run_id", "as_of_date", "started_at", "finished_at"] {
        assert_eq!(status[key], manifest[key], "{key}");
    }
    let run = manifest["run_id"].as_str().unwrap();
    assert_eq!(status["manifest"], format!("_staunch/runs/{run}/manifest.json"));
    let table = named(&status["tables"], "result");
    assert_eq!((&table["path"], &table["rows"]), (&json!("latest/result.parquet"), &json!(2)));
    let files: Vec<&str> =
        status["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap()).collect();
    assert_eq!(files, ["latest/staunch.sql", "latest/dictionary.json"]);

    let input = &status["inputs"][0];
    let counts = ["source", "files", "rows", "rows_rejected", "last_event_at"].map(|key| input[key].clone());
    assert_eq!(counts, [json!("t"), json!(1), json!(2), json!(1), json!("2020-01-01T00:00:00")]);
    let freshness = &input["freshness"];
    assert_eq!((&freshness["state"], &freshness["latest"]), (&json!("late"), &json!("2020-01-01T00:00:00")));
    assert_eq!(freshness["limit_seconds"], 26 * 3600);
    assert!(freshness["age_seconds"].as_i64().unwrap() > 6 * 365 * 86_400);
    assert_eq!(manifest["freshness"]["t"], *freshness);

    let [check, row, note, rejected] = status["warnings"].as_array().unwrap().as_slice() else { panic!("{status}") };
    let expected = json!({
        "kind": "check", "message": "result: id above 2 (1 row)", "table": "result", "check": "id at most 2", "rows": 1,
    });
    assert_eq!(check, &expected);
    assert_eq!((&row["kind"], &note["kind"]), (&json!("note"), &json!("note")));
    assert!(row["message"].as_str().unwrap().starts_with("source `t`: 1 of 3 rows break its contract"), "{row}");
    assert!(note["message"].as_str().unwrap().contains("its latest data is of 2020-01-01 00:00:00"), "{note}");
    let path = format!("_staunch/runs/{run}/rejects/t.parquet");
    let expected = json!({"kind": "rejected", "message": "1 row of t", "source": "t", "rows": 1, "path": path});
    assert_eq!(rejected, &expected);
    for (word, warning) in [("warning", check), ("note", note), ("rejected", rejected)] {
        let line = format!("  {word}: {}", warning["message"].as_str().unwrap());
        assert!(printed.contains(&line), "`{line}` in {printed}");
    }
    assert!(project.path("out").join(path).exists());
    self::check(&project, "out", &[]);
}

#[test]
fn an_older_day_leaves_them_and_a_removed_table_leaves_them_too() {
    let shop = Project::published_shop();
    let described = |shop: &Project| {
        let files = shop.files_below("out/latest");
        ["staunch.sql", "dictionary.json", "status.json"].map(|name| files[&format!("out/latest/{name}")].clone())
    };
    let before = described(&shop);
    let printed = shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-02"]).stderr;
    assert_eq!(described(&shop), before);
    assert!(!printed.contains("report:"), "they are no reports: {printed}");
    let run = shop.last_manifest("out")["run_id"].as_str().unwrap().to_owned();
    let own = json_file(&shop, &format!("out/_staunch/runs/{run}/reports/status.json"));
    assert_eq!(own["as_of_date"], "2026-11-02");

    shop.replace("pipeline.yml", "  large_orders: {}\n", "");
    shop.succeeds(&["run", "pipeline.yml"]);
    assert!(!shop.text("out/latest/staunch.sql").contains("large_orders"));
    check(&shop, "out", &[]);
}
