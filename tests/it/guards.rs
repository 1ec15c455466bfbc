//! What protects the readers of a published table: its contract, empty tables, all failing checks, inputs that are late.

use std::time::Duration;

use crate::project::{Project, program};

/// Adds `keys` to an output of the shop.
fn with_output(shop: &Project, output: &str, keys: &str) {
    shop.replace("pipeline.yml", &format!("  {output}: {{}}"), &format!("  {output}: {{{keys}}}"));
}

#[test]
fn a_change_that_breaks_readers_stops_before_anything_is_read() {
    let shop = Project::published_shop();
    shop.replace("queries/large_orders.sql", "    customer_id,\n", "");
    shop.replace(
        "queries/large_orders.yml",
        "  customer_id: {type: id, role: customer_id, description: Customer}\n",
        "",
    );
    shop.replace("queries/customer_totals.sql", "count(*) as orders_count", "cast(count(*) as double) as orders_count");
    shop.replace("queries/customer_totals.yml", "orders_count: {type: integer", "orders_count: {type: double");
    shop.replace("queries/customer_totals.yml", "  - not_null: {columns: [customer_id]}\n", "");
    let before = shop.published();
    for command in ["plan", "run"] {
        let refused = shop.run(&[command, "pipeline.yml"]);
        assert_eq!((refused.exit_code, refused.stdout.as_str()), (3, ""), "{}", refused.stderr);
        for line in [
            "`large_orders`: the column `customer_id` is gone",
            "`customer_totals`: the column `orders_count` is double instead of integer",
            "`customer_totals`: values of the column `customer_id` may be missing",
            "set `compatibility: none` for the output",
        ] {
            assert!(refused.stderr.contains(line), "{command}: {line}\n{}", refused.stderr);
        }
        assert!(!refused.stderr.contains("read orders"), "{}", refused.stderr);
    }
    assert_eq!(shop.published(), before);

    with_output(&shop, "customer_totals", "compatibility: none");
    assert_eq!(shop.run(&["plan", "pipeline.yml"]).exit_code, 3, "the other output is still compared");
    shop.replace("pipeline.yml", "{location: out}", "{location: out, compatibility: none}");
    shop.succeeds(&["run", "pipeline.yml"]);
}

#[test]
fn a_column_more_breaks_nothing_and_another_order_does() {
    let shop = Project::published_shop();
    shop.replace("queries/customer_totals.sql", "count(*) as", "min(ordered_at) as first_order,\n    count(*) as");
    shop.replace(
        "queries/customer_totals.yml",
        "  orders_count:",
        "  first_order: {type: date, description: First, label: {en: First order, zh: 首次订单}}\n  orders_count:",
    );
    shop.succeeds(&["run", "pipeline.yml"]);
    with_output(&shop, "customer_totals", "sort_by: [amount]");
    let refused = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 3);
    let told = "the rows are sorted by `amount, customer_id` instead of `customer_id`";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
}

#[test]
fn a_type_that_only_the_data_tells_is_judged_by_what_was_written() {
    let shop = Project::copy_of("shop");
    // Without declared columns, the columns of the file decide.
    let parquet = |amounts: arrow::array::ArrayRef| {
        let texts = |texts: [&str; 1]| std::sync::Arc::new(arrow::array::StringArray::from(texts.to_vec()));
        let days = std::sync::Arc::new(arrow::array::Date32Array::from(vec![20_000]));
        let rows = arrow::array::RecordBatch::try_from_iter([
            ("customer_id", texts(["anna"]) as arrow::array::ArrayRef),
            ("order_id", texts(["o1"]) as _),
            ("ordered_at", days as _),
            ("amount", amounts),
        ]);
        crate::published::write_parquet(&shop.path("data/orders.parquet"), &rows.unwrap());
    };
    let pipeline = shop.text("pipeline.yml");
    let start = pipeline.find("    columns:").unwrap();
    let end = pipeline.find("queries: [queries]").unwrap();
    let pipeline = format!("{}\n{}", &pipeline[..start], &pipeline[end..]);
    let pipeline = pipeline.replace("data/orders.csv", "data/orders.parquet").replace("csv: {}", "parquet: {}");
    shop.write("pipeline.yml", pipeline);
    shop.write("queries/any.sql", "select customer_id, amount from orders");
    let outputs = "  customer_totals: {}\n  large_orders: {}\n  shop_summary: {}\n";
    shop.replace("pipeline.yml", outputs, "  any: {sort_by: [customer_id]}\n");
    parquet(std::sync::Arc::new(arrow::array::Int64Array::from(vec![7])));
    shop.succeeds(&["run", "pipeline.yml"]);
    let before = shop.published();
    parquet(std::sync::Arc::new(arrow::array::Float64Array::from(vec![7.5])));
    let refused = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("`any`: the column `amount` is double instead of integer"), "{}", refused.stderr);
    assert_eq!(shop.published(), before);
}

#[test]
fn a_table_that_becomes_empty_warns_unless_the_output_says_otherwise() {
    let emptied = |keys: &str| {
        let shop = Project::copy_of("shop");
        with_output(&shop, "customer_totals", keys);
        shop.succeeds(&["run", "pipeline.yml", "--as-of-date", "2026-11-29"]);
        shop.replace(
            "queries/customer_totals.sql",
            "group by customer_id",
            "group by customer_id\nhaving sum(amount) < 0",
        );
        (shop.run(&["run", "pipeline.yml"]), shop)
    };
    let (warned, shop) = emptied("");
    assert_eq!(warned.exit_code, 0, "{}", warned.stderr);
    assert!(warned.stderr.contains("check on `customer_totals` warns: fewer than 1 row\nit had 2 rows on 2026-11-29"));
    assert!(warned.stderr.contains("warning: customer_totals: fewer than 1 row\n"), "{}", warned.stderr);
    let checks = &shop.last_manifest("out")["checks"];
    let is_told = |check: &serde_json::Value| check["check"] == "at least 1 row" && check["passed"] == false;
    assert!(checks.as_array().unwrap().iter().any(is_told), "{checks}");

    let (stopped, _) = emptied("on_empty: stop");
    assert_eq!(stopped.exit_code, 3);
    assert!(stopped.stderr.contains("check failed on `customer_totals`: at least 1 row"), "{}", stopped.stderr);
    let (allowed, _) = emptied("on_empty: allow");
    assert!(!allowed.stderr.contains("fewer than 1 row"), "{}", allowed.stderr);
}

#[test]
fn all_failing_checks_are_shown() {
    let shop = Project::published_shop();
    let before = shop.published();
    shop.replace("queries/customer_totals.yml", "min: 0}", "min: 1000}");
    shop.replace("queries/customer_totals.yml", "checks:", "checks:\n  - row_count: {min: 7}");
    shop.replace("queries/shop_summary.yml", "min: 1, max: 1", "min: 2");
    let failed = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(failed.exit_code, 3);
    for line in [
        "error: 3 checks failed",
        "check failed on `customer_totals`: at least 7 rows",
        "check failed on `customer_totals`: amount at least 1000 (2 offending rows)",
        "check failed on `shop_summary`: at least 2 rows",
    ] {
        assert!(failed.stderr.contains(line), "{line}\n{}", failed.stderr);
    }
    assert_eq!(shop.published(), before);
}

#[test]
fn a_failing_check_is_told_before_the_error_that_follows_from_it() {
    let shop = Project::copy_of("shop");
    shop.replace("queries/customer_totals.yml", "checks:", "checks:\n  - row_count: {min: 7}");
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", "cast(7 / (count(*) - 2) as double)");
    let failed = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(failed.exit_code, 3);
    let check = failed.stderr.find("check failed on `customer_totals`: at least 7 rows").unwrap();
    let after = failed.stderr.find("after that: computing `shop_summary`").unwrap();
    assert!(check < after, "{}", failed.stderr);
}

#[test]
fn checks_that_nothing_needs_are_named_run_or_refused() {
    let shop = Project::copy_of("shop");
    shop.write("queries/big_spenders.sql", "select customer_id from customer_totals where amount > 1");
    shop.write("queries/big_spenders.yml", "grain: [customer_id]\nchecks:\n  - row_count: {max: 1}\n");
    let plan = shop.succeeds(&["plan", "pipeline.yml"]);
    assert!(plan.stdout.contains("because nothing needs their queries\n  big_spenders\n"), "{}", plan.stdout);
    let run = shop.succeeds(&["run", "pipeline.yml"]);
    assert!(run.stderr.contains("the checks of 1 queries do not run"), "{}", run.stderr);

    shop.replace("pipeline.yml", "queries: [queries]", "queries: [queries]\nunneeded_checks: run");
    let failed = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(failed.exit_code, 3);
    assert!(failed.stderr.contains("check failed on `big_spenders`: at most 1 row"), "{}", failed.stderr);

    shop.replace("pipeline.yml", "unneeded_checks: run", "unneeded_checks: refuse");
    let refused = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert!(refused.stderr.contains("no output needs `big_spenders`"), "{}", refused.stderr);
}

#[test]
fn an_input_that_is_not_there_yet_is_told_from_a_wrong_location() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "data/orders.csv", "incoming/orders-2026-11-30.csv");
    // The source was read before, wherever it was.
    let late = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(late.exit_code, 4, "{}", late.stderr);
    assert!(late.stderr.contains("run again once it is there; `wait: 2h` waits for it"), "{}", late.stderr);
    assert_eq!(shop.run(&["plan", "pipeline.yml"]).exit_code, 4);

    let new = Project::copy_of("shop");
    new.replace("pipeline.yml", "data/orders.csv", "incoming/orders-2026-11-30.csv");
    assert_eq!(new.run(&["run", "pipeline.yml"]).exit_code, 2, "there is no such folder");
    new.make_folder("incoming");
    assert_eq!(new.run(&["run", "pipeline.yml"]).exit_code, 4, "its folder is there");
}

#[test]
fn a_run_waits_for_an_input() {
    let shop = Project::copy_of("shop");
    let orders = shop.text("data/orders.csv");
    shop.remove("data/orders.csv");
    shop.replace("pipeline.yml", "    format: {csv: {}}", "    format: {csv: {}}\n    wait: 60s");
    let mut run = program();
    let run = run.current_dir(shop.path("")).args(["run", "pipeline.yml"]).stderr(std::process::Stdio::piped());
    let mut run = run.spawn().unwrap();
    // The lock says that the run has begun; it then waits.
    while !shop.path("out/_staunch/lock.json").exists() {
        assert!(run.try_wait().unwrap().is_none(), "the run ended early");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Written elsewhere and moved, so that the run never sees a part.
    shop.write("data/part", orders);
    std::fs::rename(shop.path("data/part"), shop.path("data/orders.csv")).unwrap();
    let finished = run.wait_with_output().unwrap();
    let stderr = String::from_utf8(finished.stderr).unwrap();
    assert!(finished.status.success(), "{stderr}");
    assert!(shop.path("out/latest/customer_totals.parquet").exists());

    shop.remove("data/orders.csv");
    shop.replace("pipeline.yml", "wait: 60s", "wait: 1s");
    let late = shop.run(&["run", "pipeline.yml"]);
    assert_eq!(late.exit_code, 4);
    assert!(late.stderr.contains("waiting for source `orders`"), "{}", late.stderr);
    shop.replace("pipeline.yml", "wait: 1s", "wait: 1s\n    optional: true");
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert!(refused.stderr.contains("the optional source `orders` has `wait`"), "{}", refused.stderr);
}

#[test]
fn footers_name_the_columns_that_rows_are_sorted_by() {
    let shop = Project::copy_of("shop");
    with_output(&shop, "customer_totals", "sort_by: [amount]");
    shop.succeeds(&["run", "pipeline.yml"]);
    let file = std::fs::File::open(shop.path("out/latest/customer_totals.parquet")).unwrap();
    let builder = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let sorted = builder.metadata().row_group(0).sorting_columns().unwrap().clone();
    // The columns are customer_id, orders_count and amount.
    let columns: Vec<(i32, bool, bool)> =
        sorted.iter().map(|column| (column.column_idx, column.descending, column.nulls_first)).collect();
    assert_eq!(columns, [(2, false, false), (0, false, false)]);
}

#[test]
fn identifiers_that_turn_out_to_be_integers_are_the_same_every_night() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "customer_id: {type: string", "customer_id: {type: id");
    let numbers = std::sync::Arc::new(arrow::array::Int64Array::from(vec![1, 2]));
    let orders = std::sync::Arc::new(arrow::array::StringArray::from(vec!["o1", "o2"]));
    let days = std::sync::Arc::new(arrow::array::Date32Array::from(vec![20_000, 20_001]));
    let amounts = arrow::array::Decimal128Array::from(vec![100, 250]).with_precision_and_scale(18, 2).unwrap();
    let rows = arrow::array::RecordBatch::try_from_iter([
        ("customer_id", numbers as arrow::array::ArrayRef),
        ("order_id", orders as _),
        ("ordered_at", days as _),
        ("amount", std::sync::Arc::new(amounts) as _),
    ]);
    crate::published::write_parquet(&shop.path("data/orders.parquet"), &rows.unwrap());
    shop.replace("pipeline.yml", "data/orders.csv", "data/orders.parquet");
    shop.replace("pipeline.yml", "csv: {}", "parquet: {}");
    shop.write("queries/plain.sql", "select customer_id as customer, amount from orders_so_far");
    shop.replace("pipeline.yml", "outputs:\n", "outputs:\n  plain: {sort_by: [customer, amount]}\n");
    for day in ["2026-11-29", "2026-11-30"] {
        shop.succeeds(&["run", "pipeline.yml", "--as-of-date", day, "-q"]);
    }
    let columns = &shop.last_manifest("out")["tables"];
    let plain = columns.as_array().unwrap().iter().find(|table| table["name"] == "plain").unwrap();
    assert_eq!(plain["columns"][0]["type"], "integer", "{plain}");
}
