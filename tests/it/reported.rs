//! Tables that the report shows because their sidecars say so, and tables written as spreadsheets.

use insta::assert_snapshot;

use crate::project::Project;

/// The shop with a report, and sidecars that say how to show two of its tables.
fn reported_shop() -> Project {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "publish:", "reports: {loyalty: {formats: [markdown]}}\npublish:");
    shop.replace("pipeline.yml", "as_of_date: 2026-11-30", "as_of_date: 2026-11-30\n  min_cell: 1");
    shop.replace(
        "pipeline.yml",
        "parameters:",
        "parameters:\n  min_cell: {type: integer, default: 5, description: Smallest group shown.}",
    );
    let totals = "report: {section: value, title: {en: How often people bought}, count_by: [orders_count], \
                  sums: [amount], finding: {en: \"{customers_count} bought {orders_count} times, for {amount}\"}}\n";
    shop.write("queries/customer_totals.yml", shop.text("queries/customer_totals.yml") + totals);
    let summary =
        "report: {section: behaviour, title: {en: The shop}, note: {en: In one row.}, columns: [mean_amount]}\n";
    shop.write("queries/shop_summary.yml", shop.text("queries/shop_summary.yml") + summary);
    shop
}

#[test]
fn described_tables_are_reported_and_customers_only_counted() {
    let shop = reported_shop();
    shop.succeeds(&["run", "pipeline.yml"]);
    let report = shop.text("out/latest/loyalty.en.md");
    let from = |heading: &str| {
        let (_, after) = report.split_once(heading).unwrap();
        format!("{heading}{}", after.split_once("\n## ").unwrap().0)
    };
    assert_snapshot!(from("## What customers do\n"), @"
    ## What customers do

    ### The shop

    In one row.

    | Mean amount (EUR) |
    |--:|
    | 43.80 |
    ");
    assert_snapshot!(from("## What customers are worth\n"), @"
    ## What customers are worth

    ### How often people bought

    **1 bought 1 times, for 12.50 EUR**

    | Orders | Customers | Share of these | Amount (EUR) |
    |---|--:|--:|--:|
    | 1 | 1 | 50.0% | 12.50 |
    | 2 | 1 | 50.0% | 75.10 |

    Of 2 customers; the list is in customer_totals.parquet.
    ");
    assert!(report.contains("- **Value:** "), "{report}");
}

#[test]
fn a_spreadsheet_is_published_with_the_run_and_goes_with_its_setting() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "large_orders: {}", "large_orders: {spreadsheet: true}");
    shop.replace("pipeline.yml", "default: 100", "default: 40");
    shop.succeeds(&["run", "pipeline.yml"]);
    let first = shop.files_below("out/latest")["out/latest/large_orders.xlsx"].clone();
    let published = shop.last_manifest("out")["reports"][0].clone();
    assert_eq!(published["name"], "large_orders.xlsx");
    assert_eq!(published["sha256"], first.as_str());

    shop.succeeds(&["run", "pipeline.yml", "--threads", "1"]);
    assert_eq!(shop.files_below("out/latest")["out/latest/large_orders.xlsx"], first, "the same rows, the same bytes");

    shop.replace("pipeline.yml", "{spreadsheet: true}", "{}");
    shop.succeeds(&["run", "pipeline.yml"]);
    assert!(!shop.path("out/latest/large_orders.xlsx").exists());
}
