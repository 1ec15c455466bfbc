//! `${NAME}` in the pipeline file, as the environment fills it in.

use crate::project::Project;

/// Runs the program with variables.
fn with(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let finished = project.finish(project.staunch(arguments).envs(variables.iter().copied()));
    (finished.exit_code, finished.stdout + &finished.stderr)
}

#[test]
fn settings_of_a_source_may_be_variables() {
    let shop = Project::copy_of("shop");
    shop.write("data/day=2026-11-01/orders.csv", "anna;o1;01.11.2026;10.00\nben;n/a;02.11.2026;5.00\n");
    let text = shop.text("pipeline.yml");
    let (before, rest) = text.split_once("  orders:\n").unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let orders = r#"  orders:
    location: data/day=2026-11-01/
    format:
      csv:
        header: ${HEADER:-false}
        delimiter: "${DELIMITER}"
        column_names: ["${CUSTOMER}", order_id, ordered_at, amount]
        null_values: ["${NOTHING}"]
    columns:
      customer_id: {type: "${TEXT:-string}", required: true, from: "${CUSTOMER}"}
      order_id: {type: string}
      ordered_at: {type: date, required: true, format: "${DATES}"}
      amount: {type: "decimal(18,2)", required: true}
"#;
    shop.write("pipeline.yml", format!("{before}{orders}\n{after}"));
    let variables =
        [("DELIMITER", ";"), ("CUSTOMER", "who"), ("NOTHING", "n/a"), ("DATES", "%d.%m.%Y"), ("HEADER", "")];
    let show = ["show", "-q", "orders", "-p", "pipeline.yml", "-f", "csv"];
    assert_eq!(
        with(&shop, &show, &variables),
        (0, "customer_id,order_id,ordered_at,amount\nanna,o1,2026-11-01,10.00\nben,,2026-11-02,5.00\n".into())
    );
    let (code, message) = with(&shop, &["validate", "pipeline.yml"], &variables[..2]);
    assert_eq!(code, 2);
    for place in ["pipeline.yml:19:23", "pipeline.yml:23:56"] {
        assert!(message.contains(place), "{place}: {message}");
    }
    assert!(message.ends_with("2 problems found\n"), "{message}");
}

#[test]
fn outputs_and_partitions_may_be_variables() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "customer_totals: {}", "customer_totals: {sort_by: [\"${FIRST}\"]}");
    shop.replace("pipeline.yml", "location: data/orders.csv", "location: data/\n    partitions: {month: \"${MONTH}\"}");
    std::fs::remove_file(shop.path("data/orders.csv")).unwrap();
    shop.write("data/month=7/a.csv", "customer_id,order_id,ordered_at,amount\nanna,o1,2026-11-01,9.00\n");
    shop.write("data/month=8/a.csv", "customer_id,order_id,ordered_at,amount\nben,o2,2026-11-02,5.00\n");
    let sql = "select max(month) + 1 as next from orders";
    let show = ["show", "-q", "--sql", sql, "-p", "pipeline.yml", "-f", "csv"];
    assert_eq!(with(&shop, &show, &[("FIRST", "amount"), ("MONTH", "integer")]), (0, "next\n9\n".into()));
    let (code, message) = with(&shop, &["validate", "pipeline.yml"], &[("FIRST", "amuont"), ("MONTH", "integer")]);
    assert_eq!(code, 2);
    assert!(message.contains("cannot be sorted by `amuont`"), "{message}");
}

#[test]
fn numbers_may_be_variables_and_are_judged_as_numbers() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "{location: out}", "{location: out, lock_seconds: \"${LOCK:-300}\"}");
    shop.succeeds(&["validate", "pipeline.yml"]);
    let (code, message) = with(&shop, &["validate", "pipeline.yml"], &[("LOCK", "5")]);
    assert_eq!(code, 2);
    assert!(message.contains("`lock_seconds: 5` is too short"), "{message}");
    let (code, message) = with(&shop, &["validate", "pipeline.yml"], &[("LOCK", "soon")]);
    assert_eq!(code, 2);
    assert!(message.contains("expected a whole number, 0 or more, not `soon` from `${LOCK:-300}`"), "{message}");
}

#[test]
fn unit_tests_need_no_variables() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "data/orders.csv", "\"${SHOP_DATA:?where the data is}/orders.csv\"");
    shop.replace("pipeline.yml", "{location: out}", "{location: \"${OUT}\", lock_seconds: \"${LOCK:-300}\"}");
    shop.succeeds(&["test"]);
}
