//! `overrides`: one query replaced without copying the folder that it lies in.

use insta::assert_snapshot;

use crate::project::Project;

const MINE: &str = "-- Only large orders count.
select customer_id, count(*) as orders_count, cast(sum(amount) as decimal(18, 2)) as amount
from orders_so_far
where amount >= 40
group by customer_id
";

/// The shop with a query of its own in place of `customer_totals`.
fn shop(overrides: &str) -> Project {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "queries: [queries]\n", &format!("queries: [queries]\noverrides: {overrides}\n"));
    shop.write("mine/totals.sql", MINE);
    shop
}

#[test]
fn a_query_is_replaced_by_a_file_that_lies_elsewhere() {
    let usual = Project::copy_of("shop");
    let show = ["show", "-q", "customer_totals", "-p", "pipeline.yml", "-f", "csv"];
    assert_eq!(usual.succeeds(&show).stdout, "customer_id,orders_count,amount\nanna,2,75.10\nben,1,12.50\n");
    let shop = shop("{customer_totals: mine/totals.sql}");
    assert_eq!(shop.succeeds(&show).stdout, "customer_id,orders_count,amount\nanna,1,45.10\n");

    assert_snapshot!(shop.succeeds(&["validate", "pipeline.yml"]).stderr, @"
    pipeline.yml: valid (1 source, 4 queries, 3 outputs)
      overrides: customer_totals (mine/totals.sql replaces queries/customer_totals.sql)
    ");
    let plan = shop.succeeds(&["plan", "pipeline.yml"]).stdout;
    let listed = plan.split_once("\noverrides\n").unwrap().1;
    assert!(
        listed.starts_with("  customer_totals (mine/totals.sql replaces queries/customer_totals.sql)\n\n"),
        "{plan}"
    );
    let part = shop.succeeds(&["plan", "pipeline.yml", "--select", "large_orders"]).stdout;
    assert!(!part.contains("overrides"), "only what is computed is listed: {part}");

    shop.succeeds(&["run", "pipeline.yml"]);
    let manifest = shop.last_manifest("out");
    let expected = serde_json::json!([
        {"name": "customer_totals", "file": "mine/totals.sql", "replaces": "queries/customer_totals.sql"}
    ]);
    assert_eq!(manifest["overrides"], expected);
    let queries = manifest["queries"].as_array().unwrap();
    let version = queries.iter().find(|query| query["name"] == "customer_totals").unwrap();
    assert_eq!(version["sha256"], crate::project::sha256(&shop.path("mine/totals.sql")));
}

#[test]
fn unit_tests_run_the_query_in_force() {
    let shop = shop("{customer_totals: mine/totals.sql}");
    let failed = shop.run(&["test", "-q"]);
    assert_eq!(failed.exit_code, 3);
    assert!(failed.stderr.contains("0 rows found, 1 expected"), "{}", failed.stderr);
    shop.replace("mine/totals.sql", ">= 40", ">= 10");
    shop.succeeds(&["test"]);
}

#[test]
fn the_replaced_sidecar_stays_in_force_without_another() {
    let shop = shop("{customer_totals: mine/totals.sql}");
    shop.replace("mine/totals.sql", "as amount\n", "as amount, true as is_large\n");
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert_snapshot!(refused.stderr, @"
    error: the sidecar of `customer_totals` does not describe `is_large`
      in queries/customer_totals.yml
      hint: list every column of the result under `columns` in a sidecar next to `mine/totals.sql`
    ");
    let sidecar = shop.text("queries/customer_totals.yml");
    let own = sidecar.replace("checks:\n", "  is_large: {type: boolean, description: Large}\nchecks:\n");
    shop.write("mine/totals.yml", own);
    shop.succeeds(&["validate", "pipeline.yml"]);

    // Its checks are those of the sidecar in force.
    shop.write("mine/totals.sql", MINE.replace("sum(amount)", "-sum(amount)"));
    shop.remove("mine/totals.yml");
    let refused = shop.run(&["run", "-q", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("amount"), "{}", refused.stderr);
}

#[test]
fn a_file_of_a_listed_folder_is_no_second_query() {
    let shop = shop("{customer_totals: queries/mine/customer_totals.sql}");
    shop.write("queries/mine/customer_totals.sql", MINE);
    shop.succeeds(&["validate", "pipeline.yml"]);
    shop.replace("pipeline.yml", "queries/mine/customer_totals.sql", "queries/mine/other_name.sql");
    shop.write("queries/mine/other_name.sql", MINE);
    shop.remove("queries/mine/customer_totals.sql");
    let valid = shop.succeeds(&["validate", "pipeline.yml"]);
    assert!(valid.stderr.contains("4 queries"), "{}", valid.stderr);
    shop.replace("pipeline.yml", "overrides: {customer_totals: queries/mine/other_name.sql}\n", "");
    assert!(shop.succeeds(&["validate", "pipeline.yml"]).stderr.contains("5 queries"));
}

#[test]
fn an_override_of_nothing_is_refused() {
    let shop = shop("{customer_total: mine/totals.sql}");
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert_snapshot!(refused.stderr, @"
    error: there is no query `customer_total` to override
      --> pipeline.yml:22:13
       |
    22 | overrides: {customer_total: mine/totals.sql}
       |             ^^^^^^^^^^^^^^
       |
       = hint: did you mean `customer_totals`?
    ");
}

#[test]
fn an_overriding_file_must_be_there_and_errors_point_into_it() {
    let shop = shop("{customer_totals: mine/total.sql}");
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert_snapshot!(refused.stderr, @"
    error: there is no query `mine/total.sql`
      --> pipeline.yml:22:30
       |
    22 | overrides: {customer_totals: mine/total.sql}
       |                              ^^^^^^^^^^^^^^
       |
       = hint: check the path
    ");
    shop.write("mine/total.sql", MINE.replace("orders_so_far", "orders_so_fa"));
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert!(refused.stderr.contains("mine/total.sql:3:6"), "{}", refused.stderr);
}
