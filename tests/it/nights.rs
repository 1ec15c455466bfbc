//! Published nights as things to handle: list, compare, bring back, verify, clean.

use std::fs;

use serde_json::Value;

use crate::project::Project;

/// The shop of the fixture after these nights.
fn nights(days: &[&str]) -> Project {
    let shop = Project::copy_of("shop");
    for day in days {
        shop.succeeds(&["run", "pipeline.yml", "--as-of-date", day, "-q", "--allow-future"]);
    }
    shop
}

fn json(shop: &Project, arguments: &[&str]) -> Value {
    let finished = shop.succeeds(&[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&finished.stdout).unwrap_or_else(|error| panic!("{error}: {}", finished.stdout))
}

/// Number, day and state of every run, newest first.
fn states(shop: &Project) -> Vec<(u64, String, String)> {
    let history = json(shop, &["history", "pipeline.yml"]);
    let line = |line: &Value| {
        let text = |key: &str| line[key].as_str().unwrap().to_owned();
        (line["number"].as_u64().unwrap(), text("as_of_date"), text("state"))
    };
    history.as_array().unwrap().iter().map(line).collect()
}

fn state(number: u64, day: &str, state: &str) -> (u64, String, String) {
    (number, day.to_owned(), state.to_owned())
}

/// The day that `latest/` shows.
fn shown(shop: &Project) -> String {
    let status: Value = serde_json::from_str(&shop.text("out/latest/status.json")).unwrap();
    status["as_of_date"].as_str().unwrap().to_owned()
}

fn days_of_history(shop: &Project) -> Vec<String> {
    let mut days: Vec<String> = fs::read_dir(shop.path("out/history/customer_totals"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("customer_totals.parquet").exists())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    days.sort();
    days
}

#[test]
fn what_a_rollback_withdrew_is_not_shown_again_by_a_run_that_completes_earlier_ones() {
    let shop = nights(&["2026-11-27", "2026-11-28", "2026-11-29"]);
    shop.succeeds(&["rollback", "2026-11-27", "-p", "pipeline.yml"]);
    // As after a run that was killed before it noted what it had shown.
    shop.write("out/_staunch/shown.json", r#"{"version": 0}"#);
    shop.succeeds(&["run", "pipeline.yml", "-q", "--as-of-date", "2026-11-26"]);
    assert_eq!(days_of_history(&shop), ["as_of_date=2026-11-26", "as_of_date=2026-11-27"]);
    assert_eq!(shown(&shop), "2026-11-27");
}

#[test]
fn history_tells_what_readers_see_of_every_run() {
    let shop = nights(&["2026-11-28", "2026-11-29", "2026-11-28"]);
    let expected =
        [state(3, "2026-11-28", "current"), state(2, "2026-11-29", "latest"), state(1, "2026-11-28", "replaced")];
    assert_eq!(states(&shop), expected);
    let history = json(&shop, &["history", "pipeline.yml", "--limit", "2"]);
    assert_eq!(history.as_array().unwrap().len(), 2);
    let night = &history[1];
    assert_eq!(night["compared_to"], "2026-11-28");
    assert_eq!(night["inputs"]["files"], 1);
    assert_eq!(night["tables"]["customer_totals"], 2);
    assert_eq!(night["checks"]["passed"], 4);
    assert!(night["published_by"].as_str().is_some_and(|by| !by.is_empty()), "{night}");
    let text = shop.succeeds(&["history", "pipeline.yml"]).stdout;
    assert!(text.contains("| 2026-11-29 | latest "), "{text}");
    let nothing = Project::copy_of("shop").succeeds(&["history", "pipeline.yml", "--format", "json"]);
    assert_eq!(nothing.stdout, "[]\n");
    assert!(nothing.stderr.contains("nothing is published"), "{}", nothing.stderr);
}

#[test]
fn a_rollback_brings_latest_back_after_a_wrong_date() {
    let shop = nights(&["2026-11-28", "2026-11-29", "2062-11-30"]);
    assert_eq!(shown(&shop), "2062-11-30");
    let before = shop.published();
    let preview = shop.succeeds(&["rollback", "2026-11-29", "-p", "pipeline.yml", "--dry-run"]);
    assert!(preview.stdout.contains("would bring back 2026-11-29 (run 2, "), "{}", preview.stdout);
    assert!(preview.stdout.contains("withdrawn: 2062-11-30 (run 3)"), "{}", preview.stdout);
    assert_eq!(shop.published(), before, "a preview changes nothing");

    let done = json(&shop, &["rollback", "latest~1", "-p", "pipeline.yml"]);
    assert_eq!((&done["number"], &done["restored"]["number"]), (&4.into(), &2.into()));
    assert_eq!(shown(&shop), "2026-11-29");
    assert_eq!(days_of_history(&shop), ["as_of_date=2026-11-28", "as_of_date=2026-11-29"]);
    assert!(!shop.path("out/history/customer_totals/as_of_date=2062-11-30").exists(), "no empty folder is left");
    let expected = [
        state(4, "2026-11-29", "latest"),
        state(3, "2062-11-30", "withdrawn"),
        state(2, "2026-11-29", "replaced"),
        state(1, "2026-11-28", "current"),
    ];
    assert_eq!(states(&shop), expected);

    // The next night goes on from there, and is compared with the night that was brought back.
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-30", "-q"]);
    assert_eq!(shown(&shop), "2026-11-30");
    assert_eq!(shop.last_manifest("out")["compared_to"]["as_of_date"], "2026-11-29");
    // A withdrawn night can be brought back, too.
    shop.succeeds(&["rollback", "3", "-p", "pipeline.yml"]);
    assert_eq!(shown(&shop), "2062-11-30");
    assert_eq!(days_of_history(&shop).len(), 4);
}

#[test]
fn a_rollback_to_what_is_shown_or_to_damaged_files_is_refused() {
    let shop = nights(&["2026-11-28", "2026-11-29"]);
    let refused = shop.run(&["rollback", "latest", "-p", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert!(refused.stderr.contains("already shows run 2"), "{}", refused.stderr);
    let unknown = shop.run(&["rollback", "2026-11-01", "-p", "pipeline.yml"]);
    assert_eq!(unknown.exit_code, 2);
    assert!(unknown.stderr.contains("there is no run `2026-11-01` at `out`"), "{}", unknown.stderr);

    let run_id = json(&shop, &["history", "pipeline.yml"])[1]["run_id"].as_str().unwrap().to_owned();
    shop.write(&format!("out/_staunch/runs/{run_id}/tables/customer_totals.parquet"), "cut");
    let before = shop.published();
    let damaged = shop.run(&["rollback", "1", "-p", "pipeline.yml"]);
    assert_eq!(damaged.exit_code, 3);
    assert!(damaged.stderr.contains("customer_totals.parquet` has 3 bytes instead of "), "{}", damaged.stderr);
    assert_eq!(shop.published(), before);
}

#[test]
fn verify_finds_flipped_bits_and_repair_restores_them_from_a_copy() {
    let shop = nights(&["2026-11-28", "2026-11-29"]);
    let intact = shop.published();
    assert!(shop.succeeds(&["verify", "--all", "-p", "pipeline.yml"]).stdout.starts_with("intact: 2026-11-28"));
    assert!(shop.succeeds(&["repair", "pipeline.yml"]).stdout.contains("nothing to repair; 2 nights are intact"));

    let copy = "out/history/customer_totals/as_of_date=2026-11-28/customer_totals.parquet";
    let mut bytes = fs::read(shop.path(copy)).unwrap();
    bytes[40] ^= 1;
    shop.write(copy, bytes);
    shop.remove("out/latest/shop_summary.parquet");
    let found = shop.run(&["verify", "--all", "-p", "pipeline.yml", "--format", "json"]);
    assert_eq!(found.exit_code, 3);
    let runs: Value = serde_json::from_str(&found.stdout).unwrap();
    assert_eq!(runs[0]["problems"][0]["problem"], "has other contents (SHA-256)");
    assert_eq!(runs[1]["problems"][0]["path"], "latest/shop_summary.parquet");
    assert_eq!(runs[1]["problems"][0]["problem"], "is missing");

    let preview = shop.succeeds(&["repair", "pipeline.yml", "--dry-run"]);
    assert!(preview.stdout.contains("would restore `latest/shop_summary.parquet`"), "{}", preview.stdout);
    shop.succeeds(&["repair", "pipeline.yml"]);
    assert_eq!(shop.published(), intact);

    // Without an intact copy, the loss is told.
    let run_id = json(&shop, &["history", "pipeline.yml"])[1]["run_id"].as_str().unwrap().to_owned();
    shop.write(&format!("out/_staunch/runs/{run_id}/tables/customer_totals.parquet"), "cut");
    shop.write(copy, "cut");
    let lost = shop.run(&["repair", "pipeline.yml"]);
    assert_eq!(lost.exit_code, 3);
    assert!(lost.stdout.contains("LOST: "), "{}", lost.stdout);
    assert!(lost.stderr.contains("files of 2026-11-28 are lost"), "{}", lost.stderr);
}

#[test]
fn clean_keeps_what_kept_nights_are_compared_with() {
    let shop = nights(&["2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"]);
    let without = shop.run(&["clean", "pipeline.yml"]);
    assert_eq!(without.exit_code, 2);
    assert!(without.stderr.contains("nothing says how long runs are kept"), "{}", without.stderr);

    shop.replace("pipeline.yml", "{location: out}", "{location: out, keep_runs: 1}");
    shop.write("out/_staunch/runs/019ae5c0-dead/tables/half.parquet", "half");
    let before = shop.published();
    let preview = shop.succeeds(&["clean", "pipeline.yml"]);
    assert!(preview.stdout.contains("would remove 2026-11-26 (run 1, "), "{}", preview.stdout);
    assert!(preview.stdout.contains("would remove run 019ae5c0-dead, which was never published"), "{}", preview.stdout);
    assert!(preview.stderr.contains("nothing was removed"), "{}", preview.stderr);
    assert_eq!(shop.published(), before);

    let done = json(&shop, &["clean", "pipeline.yml", "--yes"]);
    let removed: Vec<u64> =
        done["runs"].as_array().unwrap().iter().map(|run| run["number"].as_u64().unwrap()).collect();
    assert_eq!(removed, [1, 2]);
    let folders = shop.files_below("out/_staunch/runs");
    assert!(!folders.keys().any(|path| path.contains("dead")), "{folders:?}");
    // History stays whole, and the nights that are left are intact.
    assert_eq!(days_of_history(&shop).len(), 4);
    let verified = json(&shop, &["verify", "--all", "-p", "pipeline.yml"]);
    let cleaned: Vec<bool> =
        verified.as_array().unwrap().iter().map(|run| run["is_cleaned"].as_bool().unwrap()).collect();
    assert_eq!(cleaned, [true, true, false, false]);
    // A day whose night before was cleaned is still compared with it.
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-28", "-q"]);
    assert_eq!(shop.last_manifest("out")["compared_to"]["as_of_date"], "2026-11-27");
    let refused = shop.run(&["rollback", "1", "-p", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert!(refused.stderr.contains("were removed by `staunch clean`"), "{}", refused.stderr);
    assert!(shop.succeeds(&["clean", "pipeline.yml", "--yes"]).stdout.contains("removed "));
}

#[test]
fn unlock_removes_the_lock_of_a_process_that_is_gone() {
    let shop = nights(&["2026-11-28"]);
    let host = gethostname::gethostname().to_string_lossy().into_owned();
    let lock = |holder: &str| {
        format!(
            r#"{{"run_id": "019ae5c0-7d2e-7000-8000-000000000001", "holder": "{holder}",
                "since": "2026-11-29T02:00:00Z", "expires_at": "2999-01-01T00:00:00Z"}}"#
        )
    };
    assert_eq!(shop.succeeds(&["unlock", "pipeline.yml"]).stdout, "nothing is locked\n");

    // This test itself runs, so that its process is alive.
    shop.write("out/_staunch/lock.json", lock(&format!("{host} (process {})", std::process::id())));
    let alive = shop.run(&["unlock", "pipeline.yml"]);
    assert_eq!(alive.exit_code, 5);
    assert!(alive.stderr.contains("which is running on this machine"), "{}", alive.stderr);

    shop.write("out/_staunch/lock.json", lock("elsewhere (process 7)"));
    let elsewhere = shop.run(&["unlock", "pipeline.yml"]);
    assert_eq!(elsewhere.exit_code, 5);
    assert!(elsewhere.stderr.contains("whether it is alive cannot be told from here"), "{}", elsewhere.stderr);
    assert!(shop.succeeds(&["unlock", "pipeline.yml", "--force"]).stdout.contains("elsewhere (process 7)"));
    assert!(!shop.path("out/_staunch/lock.json").exists());

    // No process has the largest number that Linux allows.
    shop.write("out/_staunch/lock.json", lock(&format!("{host} (process 4194305)")));
    let gone = shop.succeeds(&["unlock", "pipeline.yml"]);
    assert!(gone.stdout.starts_with("removed the lock of run 019ae5c0-7d2e"), "{}", gone.stdout);
    shop.succeeds(&["run", "pipeline.yml", "-q"]);
}

#[test]
fn diff_counts_rows_by_key_and_shows_examples() {
    let shop = nights(&["2026-11-10"]);
    let orders = shop.text("data/orders.csv");
    // From the fixture: anna and ben have orders; a third customer comes, and anna orders once more.
    shop.write(
        "data/orders.csv",
        format!("{}\nanna,o9,2026-11-11,5.00\ncleo,o10,2026-11-11,7.50\n", orders.trim_end()),
    );
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-11", "-q"]);
    let found = json(&shop, &["diff", "2026-11-10", "latest", "-p", "pipeline.yml"]);
    let table = |name: &str| found["tables"].as_array().unwrap().iter().find(|t| t["table"] == name).unwrap().clone();
    let totals = table("customer_totals");
    assert_eq!((&totals["rows"]["added"], &totals["rows"]["gone"]), (&1.into(), &0.into()), "{totals}");
    assert_eq!(totals["rows"]["changed"], 1, "{totals}");
    assert_eq!(totals["rows"]["key"], serde_json::json!(["customer_id"]));
    assert_eq!(totals["rows"]["examples"]["added"][0]["customer_id"], "cleo");
    let changed = &totals["rows"]["examples"]["changed"][0];
    assert_eq!(changed["key"]["customer_id"], "anna");
    let orders = |side: &str| changed[side]["orders_count"].as_i64().unwrap();
    assert_eq!(orders("after"), orders("before") + 1);
    assert_eq!(table("large_orders")["state"], "same");
    assert_eq!(found["parameters"][0]["name"], "as_of_date");

    let text = shop.succeeds(&["diff", "-p", "pipeline.yml"]).stdout;
    assert!(text.contains("by customer_id: 1 added, 0 gone, 1 changed"), "{text}");
    assert!(text.contains("+ customer_id cleo"), "{text}");
    let unknown = shop.run(&["diff", "-p", "pipeline.yml", "--table", "customer_total"]);
    assert_eq!(unknown.exit_code, 2);
    assert!(unknown.stderr.contains("did you mean `customer_totals`?"), "{}", unknown.stderr);
}

#[test]
fn backfill_skips_what_is_published_and_names_the_nights_to_run_again() {
    let shop = nights(&["2026-11-10", "2026-11-13"]);
    let planned =
        shop.succeeds(&["backfill", "pipeline.yml", "--from", "2026-11-10", "--to", "2026-11-12", "--dry-run"]);
    assert_eq!(planned.stdout, "would run 2026-11-11\nwould run 2026-11-12\n1 of the days are published already\n");
    let done = shop.succeeds(&["backfill", "pipeline.yml", "--from", "2026-11-10", "--to", "2026-11-12"]);
    assert!(done.stdout.starts_with("published 2 days, skipped 1"), "{}", done.stdout);
    // 2026-11-13 was compared with 2026-11-10, and would be compared with 2026-11-12 now.
    assert!(done.stdout.contains("staunch backfill --from 2026-11-13 --to 2026-11-13 --again"), "{}", done.stdout);
    assert_eq!(shown(&shop), "2026-11-13");

    let again = ["backfill", "pipeline.yml", "--from", "2026-11-11", "--to", "2026-11-11", "--again", "--with-later"];
    let done = shop.succeeds(&again);
    assert!(done.stdout.starts_with("published 3 days"), "{}", done.stdout);
    assert!(!done.stdout.contains("run them again"), "{}", done.stdout);
    assert_eq!(shop.last_manifest("out")["compared_to"]["as_of_date"], "2026-11-12");

    let wrong = shop.run(&["backfill", "pipeline.yml", "--from", "2026-11-12", "--to", "2026-11-10"]);
    assert_eq!(wrong.exit_code, 2);
}

#[test]
fn a_rerun_of_an_older_date_names_the_later_ones() {
    let shop = nights(&["2026-11-10", "2026-11-11", "2026-11-12"]);
    let finished = shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-10"]);
    assert!(finished.stderr.contains("no longer the one before: 2026-11-11"), "{}", finished.stderr);
    assert!(!finished.stderr.contains("2026-11-12;"), "{}", finished.stderr);
    let latest = shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-12"]);
    assert!(!latest.stderr.contains("no longer the one before"), "{}", latest.stderr);
}

#[test]
fn a_retry_takes_the_day_and_the_parameters_of_the_run() {
    let shop = Project::copy_of("shop");
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-10", "--var", "large_from=40", "-q"]);
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-11", "-q"]);
    shop.succeeds(&["retry", "1", "-p", "pipeline.yml", "--same-inputs"]);
    let manifest = shop.last_manifest("out");
    assert_eq!((&manifest["as_of_date"], &manifest["parameters"]["large_from"]), (&"2026-11-10".into(), &"40".into()));
    let found = json(&shop, &["diff", "1", "3", "-p", "pipeline.yml"]);
    assert!(found["tables"].as_array().unwrap().iter().all(|table| table["state"] == "same"), "{found}");

    shop.write("data/orders.csv", format!("{}\nanna,o9,2026-11-01,5.00\n", shop.text("data/orders.csv").trim_end()));
    let refused = shop.run(&["retry", "1", "-p", "pipeline.yml", "--same-inputs"]);
    assert_eq!(refused.exit_code, 3);
    assert!(refused.stderr.contains("files changed since run 1 read them: `orders`: 1 changed"), "{}", refused.stderr);
    let told = shop.succeeds(&["retry", "1", "-p", "pipeline.yml"]);
    assert!(told.stderr.contains("files changed since run 1 read them"), "{}", told.stderr);
}

#[test]
fn diff_tells_figures_columns_and_moves_between_segments() {
    let shop = Project::copy_of("shop");
    let segment = "case when sum(amount) >= 40 then 'large' else 'small' end as segment,\n    count(*) as";
    shop.replace("queries/customer_totals.sql", "count(*) as", segment);
    shop.replace(
        "queries/customer_totals.yml",
        "  orders_count:",
        "  segment: {type: string, role: segment, description: Size, label: {en: Size, zh: 规模}}\n  orders_count:",
    );
    shop.write(
        "queries/indicators.sql",
        "select 'orders' as indicator, 'total' as dimension, cast(count(*) as double) as value from orders_so_far",
    );
    shop.replace("pipeline.yml", "outputs:\n", "outputs:\n  indicators: {sort_by: [indicator]}\n");
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-10", "-q"]);
    shop.replace("queries/shop_summary.sql", "count(*) as", "max(amount) as largest,\n    count(*) as");
    shop.replace(
        "queries/shop_summary.yml",
        "  customers_count:",
        "  largest: {type: \"decimal(18,2)\", unit: currency, description: Most of a customer}\n  customers_count:",
    );
    shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-20", "-q"]);
    // Until 2026-11-10 anna paid 30.00 and ben 12.50; anna paid 45.10 more on 2026-11-20.
    let found = json(&shop, &["diff", "-p", "pipeline.yml"]);
    let moves = serde_json::json!({
        "table": "customer_totals",
        "column": "segment",
        "moves": [
            {"from": "small", "to": "large", "customers": 1},
            {"from": "small", "to": "small", "customers": 1},
        ],
    });
    assert_eq!(found["segment_moves"], moves);
    let orders = serde_json::json!([
        {"indicator": "orders", "before": 2.0, "after": 3.0, "change": 1.0, "times_margin": null}
    ]);
    assert_eq!(found["indicators"], orders);
    assert_eq!(found["queries"], serde_json::json!(["shop_summary"]));
    let tables = found["tables"].as_array().unwrap();
    let summary = tables.iter().find(|table| table["table"] == "shop_summary").unwrap();
    assert_eq!(summary["schema"]["added"], serde_json::json!(["largest"]));
    let history = json(&shop, &["history", "pipeline.yml"]);
    assert_eq!((&history[0]["indicators"]["orders"], &history[1]["indicators"]["orders"]), (&3.0.into(), &2.0.into()));
    let text = shop.succeeds(&["history", "pipeline.yml", "--indicator", "orders"]).stdout;
    assert!(text.contains("| orders |"), "{text}");
    let text = shop.succeeds(&["diff", "-p", "pipeline.yml"]).stdout;
    for line in ["column added: largest", "orders: 2 -> 3", "1 customers stayed", "small -> large: 1"] {
        assert!(text.contains(line), "{line}: {text}");
    }
}
