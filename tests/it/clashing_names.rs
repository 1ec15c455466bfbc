//! Tables and columns that are called like what the program itself puts beside them.

use insta::assert_snapshot;

use crate::described;
use crate::project::Project;

/// Names that the program or the engine gives to columns and tables of their own, and names that only quotes can write.
const NAMES: [&str; 24] = [
    "rows",
    "rows_2",
    "found",
    "found_2",
    "found_in_other_table",
    "check_0",
    "check_1",
    "holds",
    "count",
    "count(*)",
    "count(Int64(1))",
    "Int64(1)",
    "row_count",
    "names",
    "previous_names",
    "--sql",
    "alias1",
    "group_alias_0",
    "__common_expr_1",
    "__always_true",
    "Mixed Case",
    "names.rows",
    "customers_count",
    "customers_share",
];

/// The shop with a table that has all these columns, its own numbers in each of them, and every kind of check on each.
fn shop() -> Project {
    let shop = Project::copy_of("shop");
    let column = |(index, name): (usize, &&str)| format!("    n * 100 + {index} as \"{name}\"");
    let columns: Vec<String> = NAMES.iter().enumerate().map(column).collect();
    let numbered = "(select cast(row_number() over (order by order_id) as bigint) as n from orders)";
    shop.write("queries/names.sql", format!("select\n{}\nfrom {numbered} as numbered", columns.join(",\n")));
    let typed: Vec<String> = NAMES.iter().map(|name| format!("  \"{name}\": {{type: integer}}")).collect();
    let mut checks = vec![
        "row_count: {min: 1}".to_owned(),
        format!("not_null: {{columns: [{}]}}", quoted().join(", ")),
        format!("unique: {{columns: [{}]}}", quoted().join(", ")),
    ];
    for name in quoted() {
        checks.push(format!("not_null: {{columns: [{name}]}}"));
        checks.push(format!("unique: {{columns: [{name}]}}"));
        checks.push(format!("range: {{column: {name}, min: 100, max: 500}}"));
        checks.push(format!("accepted_values: {{column: {name}, values: [{}]}}", accepted().join(", ")));
        checks.push(format!("expression: {{name: above {}, sql: '{name} > 0'}}", name.trim_matches('"')));
        checks.push(format!("relationship: {{column: {name}, table: names, to: {name}}}"));
        checks.push(format!("relationship: {{column: {name}, table: same_names, to: {name}}}"));
    }
    let checks: Vec<String> = checks.into_iter().map(|check| format!("  - {check}")).collect();
    shop.write(
        "queries/names.yml",
        format!("grain: [rows]\ncolumns:\n{}\nchecks:\n{}\n", typed.join("\n"), checks.join("\n")),
    );
    shop.write("queries/same_names.sql", shop.text("queries/names.sql"));
    shop.replace("pipeline.yml", "outputs:", &format!("outputs:\n  names: {{sort_by: [{}]}}", quoted().join(", ")));
    shop
}

fn quoted() -> Vec<String> {
    NAMES.iter().map(|name| format!("\"{name}\"")).collect()
}

fn accepted() -> Vec<String> {
    (100..500).map(|number| number.to_string()).collect()
}

#[test]
fn columns_may_be_called_like_those_of_the_checks() {
    let shop = shop();
    shop.succeeds(&["validate", "pipeline.yml"]);
    shop.succeeds(&["run", "pipeline.yml"]);
    described::check(&shop, "out", &[]);
    // What was published is compared with itself, sorted, and counted again.
    shop.succeeds(&["run", "pipeline.yml"]);
    let shown = shop.succeeds(&["show", "names", "--pipeline", "pipeline.yml", "--format", "csv"]);
    let numbers = |n: usize| (0..NAMES.len()).map(|index| (n * 100 + index).to_string()).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = std::iter::once(NAMES.join(",")).chain((1..5).map(numbers)).collect();
    assert_eq!(shown.stdout, rows.join("\n") + "\n");
}

#[test]
fn every_check_of_such_columns_finds_its_offending_rows() {
    let shop = shop();
    let mut checks = vec!["row_count: {min: 7, severity: warn}".to_owned()];
    for name in quoted() {
        checks.push(format!("unique: {{columns: [{name}], severity: warn}}"));
        checks.push(format!("range: {{column: {name}, max: 1, severity: warn}}"));
        checks.push(format!("accepted_values: {{column: {name}, values: [1], severity: warn}}"));
        checks.push(format!("not_null: {{columns: [{name}], severity: warn}}"));
        checks.push(format!("expression: {{name: none, sql: '{name} < 0', severity: warn}}"));
        checks.push(format!("relationship: {{column: {name}, table: same_names, to: {name}, severity: warn}}"));
    }
    let checks: Vec<String> = checks.into_iter().map(|check| format!("  - {check}")).collect();
    let sidecar = shop.text("queries/names.yml");
    let (columns, _) = sidecar.split_once("checks:").unwrap();
    shop.write("queries/names.yml", format!("{columns}checks:\n{}\n", checks.join("\n")));
    // Two rows of one number, one of another and one of NULL.
    for (index, name) in NAMES.iter().enumerate() {
        let written = format!("n * 100 + {index} as \"{name}\"");
        let changed = format!("case when n < 3 then {index} + 5 when n = 3 then {index} + 1000 end as \"{name}\"");
        shop.replace("queries/names.sql", &written, &changed);
    }
    let finished = shop.succeeds(&["run", "pipeline.yml"]);
    for name in NAMES {
        for (rule, rows) in [
            (format!("{name} not unique"), 1),
            (format!("{name} above 1"), 3),
            (format!("{name} none of 1"), 3),
            (format!("{name} empty"), 1),
            (format!("{name} not found in same_names.{name}"), 3),
        ] {
            let warning = format!("warning: names: {rule} ({rows} row{})", if rows == 1 { "" } else { "s" });
            assert!(finished.stderr.contains(&warning), "`{warning}` is missing in\n{}", finished.stderr);
        }
    }
    assert!(finished.stderr.contains("warning: names: fewer than 7 rows\n"), "{}", finished.stderr);
}

#[test]
fn a_query_cannot_take_the_name_of_an_earlier_output() {
    let shop = Project::copy_of("shop");
    shop.write("queries/previous_large_orders.sql", "select 1 as one from orders");
    let finished = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(finished.exit_code, 2);
    assert_snapshot!(finished.stderr, @r"
    error: `previous_large_orders` is the name of the table `large_orders` of the previous run
      in queries/previous_large_orders.sql
      hint: rename the file
    ");
}

#[test]
fn an_output_cannot_take_the_name_of_the_history_of_another() {
    let shop = Project::copy_of("shop");
    shop.write("queries/history_large_orders.sql", "select order_id from orders");
    shop.succeeds(&["validate", "pipeline.yml"]);
    shop.replace("pipeline.yml", "outputs:\n", "outputs:\n  history_large_orders: {}\n");
    let finished = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(finished.exit_code, 2);
    assert_snapshot!(finished.stderr, @r"
    error: `history_large_orders` is the name of the view over all nights of `large_orders`
      --> pipeline.yml:23:3
       |
    23 |   history_large_orders: {}
       |   ^^^^^^^^^^^^^^^^^^^^
       |
       = hint: rename the query
    ");
}

#[test]
fn a_query_may_be_called_like_what_show_adds() {
    let shop = Project::copy_of("shop");
    shop.write("queries/shown_by_the_command_line.sql", "select count(*) as n from orders");
    shop.succeeds(&["validate", "pipeline.yml"]);
    let arguments = ["show", "shown_by_the_command_line", "--pipeline", "pipeline.yml", "--format", "csv"];
    assert_eq!(shop.succeeds(&arguments).stdout, "n\n4\n");
}

#[test]
fn parts_of_a_query_may_be_called_like_parts_of_parts() {
    let shop = Project::copy_of("shop");
    let twice = |name: &str, filter: &str| {
        format!(
            "(with \"{name}\" as (select customer_id, sum(amount) as total from orders where {filter} group by customer_id)
             select a.customer_id, a.total from \"{name}\" as a inner join \"{name}\" as b on a.customer_id = b.customer_id)"
        )
    };
    let parts = [twice("s", "true"), twice("s", "amount > 20"), twice("s.2", "amount > 1000")];
    let selects: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(part, sql)| format!("select {part} as part, customer_id, total from {sql} as p"))
        .collect();
    let sql = format!("select * from ({}) as u order by part, customer_id", selects.join(" union all "));
    let arguments = ["show", "--sql", &sql, "--pipeline", "pipeline.yml", "--format", "csv"];
    assert_snapshot!(shop.succeeds(&arguments).stdout, @r"
    part,customer_id,total
    0,anna,75.10
    0,ben,111.50
    1,anna,75.10
    1,ben,99.00
    ");
}
