//! Tables that the report shows because their sidecars say so, and tables written as spreadsheets.

use calamine::{Data, Reader, Xlsx};
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
fn the_report_of_a_published_night_is_rendered_again_also_against_another_night() {
    let shop = reported_shop();
    for day in ["2026-11-28", "2026-11-29", "2026-11-30"] {
        shop.succeeds(&["run", "pipeline.yml", "-q", "--as-of-date", day]);
    }
    let pipeline = ["-p", "pipeline.yml"];
    let written = shop.succeeds(&[&["report", "-f", "markdown,html", "-o", "again"], &pipeline[..]].concat()).stdout;
    let names = ["loyalty.en.md", "loyalty-quality.en.md", "loyalty.en.html", "loyalty-quality.en.html"];
    assert_eq!(written.lines().collect::<Vec<_>>(), names.map(|name| format!("again/{name}")));
    for name in &names[..2] {
        assert_eq!(shop.text(&format!("again/{name}")), shop.text(&format!("out/latest/{name}")));
    }
    // The day before was compared with its own day before; here the last day is compared with the first.
    assert!(shop.text("again/loyalty.en.md").contains("Compared with: 29 November 2026"));
    let against = ["report", "latest", "--compare", "2026-11-28", "-f", "markdown", "-o", "against"];
    shop.succeeds(&[&against[..], &pipeline[..]].concat());
    assert!(shop.text("against/loyalty.en.md").contains("Compared with: 28 November 2026"));

    let refused = |arguments: &[&str]| {
        let finished = shop.run(&[&["report"], arguments, &pipeline[..]].concat());
        assert_eq!(finished.exit_code, 2, "{}", finished.stderr);
        finished.stderr
    };
    assert!(refused(&["2026-11-01"]).contains("there is no run `2026-11-01`"));
    assert!(refused(&["--lang", "zh"]).contains("its reports are loyalty.en"));
    assert!(refused(&["2026-11-28", "--compare", "latest"]).contains("which is not earlier"));
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

    Of 2 customers.
    ");
    assert!(!report.contains("nothing in this run belongs here"), "{report}");
}

#[test]
fn a_report_is_written_in_every_language_and_validate_lists_what_has_no_words() {
    let shop = reported_shop();
    shop.replace("pipeline.yml", "formats: [markdown]", "formats: [markdown], languages: [zh, en]");
    let warned = shop.succeeds(&["validate", "pipeline.yml"]).stderr;
    let expected =
        "warning: the report `loyalty` shows these words in English, because there are none in Chinese (`zh`):";
    assert!(warned.contains(expected), "{warned}");
    assert!(warned.contains("query `shop_summary`: title, note"), "{warned}");
    shop.succeeds(&["run", "pipeline.yml"]);
    let [english, chinese] = ["en", "zh"].map(|language| shop.text(&format!("out/latest/loyalty.{language}.md")));
    assert!(english.contains("### The shop\n\nIn one row.") && chinese.contains("### The shop\n\nIn one row."));
    assert!(english.contains("30 November 2026") && chinese.contains("2026年11月30日"), "{chinese}");
    assert!(english.contains("| 43.80 |") && chinese.contains("| 43.80 |"), "{chinese}");
}

#[test]
fn a_language_that_is_not_known_or_named_twice_is_an_error() {
    for (languages, message) in [
        ("[en, fr]", "`fr`"),
        ("[en, zh, en]", "`languages` of the report `loyalty` names one of its entries twice"),
        ("[]", "`languages` of the report `loyalty` is empty"),
    ] {
        let shop = reported_shop();
        let written = format!("formats: [markdown], languages: {languages}");
        shop.replace("pipeline.yml", "formats: [markdown]", &written);
        let refused = shop.run(&["validate", "pipeline.yml"]);
        assert_eq!(refused.exit_code, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains(message), "{}", refused.stderr);
        assert!(refused.stderr.contains("pipeline.yml:"), "{}", refused.stderr);
        assert!(languages != "[en, fr]" || refused.stderr.contains("expected one of en, zh"), "{}", refused.stderr);
    }
    let shop = reported_shop();
    shop.replace("pipeline.yml", "formats: [markdown]", "formats: [markdown, html, markdown]");
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert!(
        refused.stderr.contains("`formats` of the report `loyalty` names one of its entries twice"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_small_group_is_hidden_whatever_the_column_that_counts_it_is_called() {
    let shop = reported_shop();
    shop.replace("pipeline.yml", "min_cell: 1", "min_cell: 5");
    shop.replace("pipeline.yml", "shop_summary: {}", "shop_summary: {}\n  clients_by_orders: {}");
    let sql =
        "select orders_count, count(*) as clients, sum(amount) as paid from customer_totals group by orders_count";
    shop.write("queries/clients_by_orders.sql", sql);
    let sidecar = "grain: [orders_count]
columns:
  orders_count: {type: integer}
  clients: {type: integer}
  paid: {type: 'decimal(28,2)'}
report: {section: value, title: {en: Clients}}
";
    shop.write("queries/clients_by_orders.yml", sidecar);
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("no column says how many customers a row is about"), "{}", refused.stderr);

    shop.replace(
        "queries/clients_by_orders.yml",
        "clients: {type: integer}",
        "clients: {type: integer, role: customers_count}",
    );
    shop.succeeds(&["run", "pipeline.yml"]);
    let report = shop.text("out/latest/loyalty.en.md");
    let (_, clients) = report.split_once("### Clients\n").unwrap();
    let lines: Vec<&str> = clients.lines().filter(|line| line.starts_with("| ")).take(3).collect();
    assert_eq!(lines, ["| Orders count | Clients | Paid |", "| 1 | &lt;5 | – |", "| 2 | &lt;5 | – |"]);
}

#[test]
fn a_new_section_of_the_report_needs_yaml_only() {
    let shop = reported_shop();
    shop.write(
        "queries/catalogue.yml",
        "sections:
  value: {heading: {en: What customers are worth}, short: {en: Value}}
  checks: {shows: checks}
  shops: {heading: {en: What happens in the shops}, after: value}
",
    );
    shop.replace("queries/shop_summary.yml", "section: behaviour", "section: shop");
    let refused = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert_snapshot!(refused.stderr, @"
    error: the report has no section `shop`
     --> queries/shop_summary.yml:8:19
      |
    8 | report: {section: shop, title: {en: The shop}, note: {en: In one row.}, columns: [mean_amount]}
      |                   ^^^^
      |
      = hint: did you mean `shops`?
    ");
    shop.replace("queries/shop_summary.yml", "section: shop,", "section: shops,");
    shop.succeeds(&["run", "pipeline.yml"]);
    let report = shop.text("out/latest/loyalty.en.md");
    let headings: Vec<&str> = report.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(
        headings,
        [
            "How sure are these numbers?",
            "Contents",
            "What customers are worth",
            "What happens in the shops",
            "Checks",
            "Four kinds of loyalty",
            "Net Promoter Score",
            "Indicators",
        ]
    );
    let quality = shop.text("out/latest/loyalty-quality.en.md");
    let headings: Vec<&str> = quality.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(headings, ["Contents", "What was measured", "What is missing", "Input quality", "Inputs"]);
}

#[test]
fn the_report_is_a_workbook_with_numbers_and_a_document_for_programs() {
    let shop = reported_shop();
    shop.replace("pipeline.yml", "formats: [markdown]", "formats: [xlsx, json], languages: [en, zh]");
    shop.succeeds(&["run", "pipeline.yml"]);
    let mut workbook: Xlsx<_> = calamine::open_workbook(shop.path("out/latest/loyalty.en.xlsx")).unwrap();
    let names = workbook.sheet_names();
    assert_eq!(names[..2], ["Customer loyalty", "Contents"]);
    let rows = |workbook: &mut Xlsx<_>, name: &str| -> Vec<Vec<Data>> {
        workbook.worksheet_range(name).unwrap().rows().map(<[Data]>::to_vec).collect()
    };
    let text = |text: &str| Data::String(text.into());
    let bought = rows(&mut workbook, "How often people bought");
    assert_eq!(bought[1][0], text("1 bought 1 times, for 12.50 EUR"));
    assert_eq!(bought[4], ["Orders", "Customers", "Share of these", "Amount (EUR)"].map(text));
    assert_eq!(bought[5], [1.0, 1.0, 0.5, 12.5].map(Data::Float));
    assert_eq!(bought[6], [2.0, 1.0, 0.5, 75.1].map(Data::Float));
    let contents = rows(&mut workbook, "Contents");
    assert!(contents.iter().any(|row| row[0] == text("How often people bought")), "{contents:?}");
    let chinese: Xlsx<_> = calamine::open_workbook::<Xlsx<_>, _>(shop.path("out/latest/loyalty.zh.xlsx")).unwrap();
    assert_eq!(chinese.sheet_names()[..2], ["客户忠诚度", "目录"]);
    assert!(!shop.path("out/latest/loyalty-quality.en.xlsx").exists(), "a workbook holds both documents");

    let document = |shop: &Project| -> serde_json::Value {
        serde_json::from_str(&shop.text("out/latest/loyalty.en.json")).unwrap()
    };
    let rows_of = |document: &serde_json::Value| {
        let tables = document["tables"].as_array().unwrap();
        tables.iter().find(|table| table["name"] == "customer_totals").unwrap()["rows"].clone()
    };
    let shown = document(&shop);
    assert_eq!(shown["context"]["as_of_date"], "2026-11-30");
    let cells = rows_of(&shown)[1]["cells"].clone();
    assert_eq!(cells, serde_json::json!([{"number": 2.0}, {"number": 1.0}, {"number": 0.5}, {"number": 75.1}]));

    shop.replace("pipeline.yml", "min_cell: 1", "min_cell: 5");
    shop.succeeds(&["run", "pipeline.yml"]);
    let hidden = rows_of(&document(&shop))[1]["cells"].clone();
    assert_eq!(hidden, serde_json::json!([{"number": 2.0}, {"below": 5}, "hidden", "hidden"]));
    let mut workbook: Xlsx<_> = calamine::open_workbook(shop.path("out/latest/loyalty.en.xlsx")).unwrap();
    let hidden = rows(&mut workbook, "How often people bought");
    let row = hidden.iter().find(|row| row[0] == Data::Float(2.0)).unwrap();
    assert_eq!(row[1..], ["<5", "–", "–"].map(text));
}

#[test]
fn a_spreadsheet_is_published_with_the_run_and_goes_with_its_setting() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "large_orders: {}", "large_orders: {spreadsheet: true}");
    shop.replace("pipeline.yml", "default: 100", "default: 40");
    shop.succeeds(&["run", "pipeline.yml"]);
    let first = shop.files_below("out/latest")["out/latest/large_orders.en.xlsx"].clone();
    let published = shop.last_manifest("out")["reports"][0].clone();
    assert_eq!(published["name"], "large_orders.en.xlsx");
    assert_eq!(published["sha256"], first.as_str());

    shop.succeeds(&["run", "pipeline.yml", "--threads", "1"]);
    assert_eq!(
        shop.files_below("out/latest")["out/latest/large_orders.en.xlsx"],
        first,
        "the same rows, the same bytes"
    );

    shop.replace("pipeline.yml", "{spreadsheet: true}", "{}");
    shop.succeeds(&["run", "pipeline.yml"]);
    assert!(!shop.path("out/latest/large_orders.en.xlsx").exists());
}
