//! Whatever is wrong: one clear message, the right exit code, and what was published before stays as it was.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use insta::assert_snapshot;

use crate::project::Project;
use crate::published::write_parquet;

/// The message with which a run of the project ends. Nothing may go to stdout, and no published file may change.
#[track_caller]
fn refusal(project: &Project, exit_code: i32) -> String {
    refusal_of(project, exit_code, &["run", "pipeline.yml", "--quiet"])
}

#[track_caller]
fn refusal_of(project: &Project, exit_code: i32, arguments: &[&str]) -> String {
    let published = project.published();
    assert!(!published.is_empty(), "a good run comes first");
    let finished = project.run(arguments);
    assert_eq!(finished.exit_code, exit_code, "{}", finished.stderr);
    assert_eq!(finished.stdout, "");
    assert_eq!(project.published(), published, "what was published before has changed");
    finished.stderr
}

/// The shop whose orders are a Parquet file.
fn shop_with_parquet() -> Project {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "data/orders.csv", "data/orders.parquet");
    shop.replace("pipeline.yml", "{csv: {}}", "{parquet: {}}");
    shop
}

fn text_column(values: [&str; 2]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn an_unknown_key() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "location: data/", "loaction: data/");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: unknown key `loaction`
      --> pipeline.yml:13:5
       |
    13 |     loaction: data/orders.csv
       |     ^^^^^^^^
       |
       = hint: did you mean `location`?
    ");
}

#[test]
fn an_unknown_key_of_a_sidecar() {
    let shop = Project::published_shop();
    shop.replace("queries/customer_totals.yml", "not_null:", "notnull:");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: unknown value `notnull`
     --> queries/customer_totals.yml:8:5
      |
    8 |   - notnull: {columns: [customer_id]}
      |     ^^^^^^^
      |
      = hint: did you mean `not_null`?
    ");
}

#[test]
fn an_order_that_leaves_rows_tied() {
    let shop = Project::published_shop();
    shop.write(
        "queries/best_customers.sql",
        "select customer_id, row_number() over (order by amount desc) as position from customer_totals\n",
    );
    shop.replace("pipeline.yml", "outputs:", "outputs:\n  best_customers: {}");
    assert_snapshot!(refusal(&shop, 2), @"
    error: the order of `row_number` leaves rows tied that differ in `customer_id`
     --> queries/best_customers.sql:1:21
      |
    1 | select customer_id, row_number() over (order by amount desc) as position from customer_totals
      |                     ^^^^^^^^^^
      |
      = hint: end its order with `customer_id`
    ");
    shop.replace("queries/best_customers.sql", "amount desc", "amount desc, customer_id");
    shop.succeeds(&["validate", "pipeline.yml"]);
}

#[test]
fn a_list_where_a_map_belongs() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "publish: {location: out}", "publish: [out]");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: expected a map, such as `{key: value}`
      --> pipeline.yml:27:10
       |
    27 | publish: [out]
       |          ^
    ");
}

#[test]
fn a_text_where_a_number_belongs() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "location: out}", "location: out, lock_seconds: soon}");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: expected a whole number, 0 or more
      --> pipeline.yml:27:40
       |
    27 | publish: {location: out, lock_seconds: soon}
       |                                        ^
    ");
}

#[test]
fn a_text_where_a_list_belongs() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "queries: [queries]", "queries: queries");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: expected a list, such as `[one, two]`
      --> pipeline.yml:21:10
       |
    21 | queries: queries
       |          ^
    ");
}

#[test]
fn an_unknown_column_type() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "ordered_at: {type: date", "ordered_at: {type: dates");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: unknown type `dates`
      --> pipeline.yml:18:26
       |
    18 |       ordered_at: {type: dates, required: true}
       |                          ^^^^^
       |
       = hint: did you mean `date`?
    ");
}

#[test]
fn a_key_given_twice() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "currency: EUR", "name: other");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: the key `name` appears more than once
     --> pipeline.yml:4:1
      |
    4 | name: other
      | ^
    ");
}

#[test]
fn a_missing_pipeline_file() {
    let shop = Project::published_shop();
    assert_snapshot!(refusal_of(&shop, 2, &["run", "pipelin.yml"]), @r"
    error: there is no pipeline file `pipelin.yml`
      hint: check the path
    ");
}

#[test]
fn a_missing_input_file() {
    let shop = Project::published_shop();
    shop.remove("data/orders.csv");
    assert_snapshot!(refusal(&shop, 4), @r"
    error: source `orders` finds nothing at `data/orders.csv` (`[project]/data/orders.csv`)
      --> pipeline.yml:12:3
       |
    12 |   orders:
       |   ^^^^^^
       |
       = hint: nothing is there; run again once it is there; `wait: 2h` waits for it; `optional: true` makes it an empty table
    ");
}

#[test]
fn a_missing_query_folder() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "queries: [queries]", "queries: [querys]");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: cannot read the query folder `querys`: it does not exist
      --> pipeline.yml:21:11
       |
    21 | queries: [querys]
       |           ^^^^^^
       |
       = hint: folders are relative to the pipeline file
    ");
}

#[test]
fn an_empty_input_folder() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "data/orders.csv", "data/november/").make_folder("data/november");
    assert_snapshot!(refusal(&shop, 4), @r"
    error: source `orders` finds nothing at `data/november/` (`[project]/data/november/`)
      --> pipeline.yml:12:3
       |
    12 |   orders:
       |   ^^^^^^
       |
       = hint: looked for names that end in .csv, .txt, .tsv; the folder is empty or does not exist; run again once it is there; `wait: 2h` waits for it; `optional: true` makes it an empty table
    ");
}

/// A store in memory belongs to tests of the program: what is written there is gone when it ends.
#[test]
fn a_store_in_memory() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "location: out", "location: 'memory://x'");
    shop.replace("pipeline.yml", "data/orders.csv", "memory://y/orders.csv");
    for arguments in [&["validate", "pipeline.yml"][..], &["run", "pipeline.yml", "--quiet"]] {
        let message = refusal_of(&shop, 2, arguments);
        assert!(message.contains("`memory://x` has the unknown scheme `memory`"), "{message}");
        assert!(message.contains("`memory://y/orders.csv` has the unknown scheme `memory`"), "{message}");
    }
}

#[test]
fn a_file_that_is_no_parquet() {
    let shop = shop_with_parquet();
    shop.write("data/orders.parquet", "customer_id,order_id\nanna,o1\n");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: `[project]/data/orders.parquet` is not a valid Parquet file: its last bytes are not those of a Parquet file; it was cut short or is another kind
      hint: write the file again; a file that is still being written belongs outside the source's folder
    ");
}

#[test]
fn a_parquet_file_that_was_cut_off() {
    let shop = shop_with_parquet();
    let whole = shop.path("whole.parquet");
    let columns = ["customer_id", "order_id", "ordered_at", "amount"].map(|name| (name, text_column(["a", "b"])));
    write_parquet(&whole, &RecordBatch::try_from_iter(columns).unwrap());
    let bytes = std::fs::read(whole).unwrap();
    shop.write("data/orders.parquet", &bytes[..bytes.len() / 2]);
    assert_snapshot!(refusal(&shop, 3), @r"
    error: `[project]/data/orders.parquet` is not a valid Parquet file: its last bytes are not those of a Parquet file; it was cut short or is another kind
      hint: write the file again; a file that is still being written belongs outside the source's folder
    ");
}

#[test]
fn a_parquet_column_of_another_type() {
    let shop = shop_with_parquet();
    let amounts: ArrayRef = Arc::new(Float64Array::from(vec![1.5, 2.5]));
    let columns = [
        ("customer_id", text_column(["anna", "ben"])),
        ("order_id", text_column(["o1", "o2"])),
        ("ordered_at", amounts.clone()),
        ("amount", amounts),
    ];
    write_parquet(&shop.path("data/orders.parquet"), &RecordBatch::try_from_iter(columns).unwrap());
    assert_snapshot!(refusal(&shop, 3), @r"
    error: column `ordered_at` is double in `[project]/data/orders.parquet`, declared date
      hint: declare the type the file has and convert in SQL, or write the file with the declared type
    ");
}

#[test]
fn a_parquet_column_that_is_missing() {
    let shop = shop_with_parquet();
    let columns = [("customer_id", text_column(["anna", "ben"])), ("orderid", text_column(["o1", "o2"]))];
    write_parquet(&shop.path("data/orders.parquet"), &RecordBatch::try_from_iter(columns).unwrap());
    assert_snapshot!(refusal(&shop, 3), @r"
    error: column `order_id` is missing in `[project]/data/orders.parquet`
      hint: did you mean `orderid`? Names are compared exactly, blanks and case included
    ");
}

#[test]
fn a_ragged_line() {
    let shop = Project::published_shop();
    shop.replace("data/orders.csv", "ben,o2,2026-11-03,12.50", "ben,o2,2026-11-03");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: `[project]/data/orders.csv` line 3 has 3 fields where the header has 4 fields
      hint: quote fields that hold the delimiter, and check the `delimiter` setting
    ");
}

#[test]
fn a_csv_column_that_is_missing() {
    let shop = Project::published_shop();
    shop.replace("data/orders.csv", ",amount", ",amuont");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: column `amount` is missing in `[project]/data/orders.csv`
      hint: did you mean `amuont`? Names are compared exactly, blanks and case included
    ");
}

#[test]
fn a_csv_value_of_another_type() {
    let shop = Project::published_shop();
    shop.replace("data/orders.csv", "12.50", "twelve");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: `[project]/data/orders.csv` line 3, column `amount`: `twelve` is not a decimal(18,2): digits, with a point
      hint: correct the file, or declare another type than decimal(18,2)
    ");
}

#[test]
fn a_required_value_that_is_missing() {
    let shop = Project::published_shop();
    shop.replace("data/orders.csv", "ben,o2", ",o2");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: `[project]/data/orders.csv` line 3, column `customer_id`: a required value is missing
      hint: fill it in the file, or drop `required` and handle NULL in SQL
    ");
}

#[test]
fn a_syntax_error() {
    let shop = Project::published_shop();
    shop.replace("queries/customer_totals.sql", "count(*)", "count(*");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: SQL syntax: expected: ), found: as
     --> queries/customer_totals.sql:4:13
      |
    4 |     count(* as orders_count,
      |             ^
    ");
}

#[test]
fn an_unknown_column() {
    let shop = Project::published_shop();
    shop.replace("queries/customer_totals.sql", "sum(amount)", "sum(amuont)");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: there is no column `amuont`
     --> queries/customer_totals.sql:5:14
      |
    5 |     cast(sum(amuont) as decimal(18, 2)) as amount
      |              ^^^^^^
      |
      = hint: did you mean `amount`?
    ");
}

#[test]
fn a_function_that_does_not_take_the_column() {
    let shop = Project::published_shop();
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", "avg(customer_id)");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: `avg` does not take a String
     --> queries/shop_summary.sql:4:5
      |
    4 |     avg(customer_id) as mean_amount
      |     ^^^
      |
      = hint: it takes Decimal or Duration or UInt64 or Int64 or Float64
    ");
}

#[test]
fn a_table_that_is_missing() {
    let shop = Project::published_shop();
    shop.replace("queries/shop_summary.sql", "from customer_totals", "from customer_total");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: there is no table `customer_total`
     --> queries/shop_summary.sql:5:6
      |
    5 | from customer_total
      |      ^^^^^^^^^^^^^^
      |
      = hint: did you mean `customer_totals`?
    ");
}

#[test]
fn queries_that_read_each_other_in_a_circle() {
    let shop = Project::published_shop();
    shop.replace("queries/orders_so_far.sql", "from orders", "from customer_totals");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: these queries read each other in a cycle: `queries/customer_totals.sql` reads `queries/orders_so_far.sql` reads `queries/customer_totals.sql`
     --> queries/customer_totals.sql:6:6
      |
    6 | from orders_so_far
      |      ^^^^^^^^^^^^^
      |
      = hint: a table cannot depend on itself; move what both need into a query of its own
    ");
}

#[test]
fn folders_of_queries_that_read_each_other() {
    let shop = Project::published_shop();
    shop.remove("queries/large_orders.sql").remove("queries/large_orders.yml");
    shop.replace("pipeline.yml", "  large_orders: {}\n", "");
    let good = "select order_id, amount from orders_so_far where amount >= $large_from\n";
    shop.write("queries/large/large_orders.sql", good);
    let validated = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(validated.exit_code, 0, "{}", validated.stderr);

    shop.replace("queries/shop_summary.sql", "from customer_totals", "from customer_totals cross join large_orders");
    assert_snapshot!(refusal_of(&shop, 2, &["validate", "pipeline.yml"]), @r"
    error: folders of queries read each other in a cycle: `queries/shop_summary.sql` reads `queries/large/large_orders.sql`, `queries/large/large_orders.sql` reads `queries/orders_so_far.sql`
     --> queries/shop_summary.sql:5:33
      |
    5 | from customer_totals cross join large_orders
      |                                 ^^^^^^^^^^^^
      |
      = hint: a folder reads only from folders before it; move `shop_summary` to a folder after `queries/large`, or move what it reads
    ");
}

#[test]
fn a_check_that_looks_at_a_table_computed_from_its_own() {
    let shop = Project::published_shop();
    let check = "  - relationship: {column: orders_count, table: shop_summary, to: customers_count}\n";
    let sidecar = shop.text("queries/customer_totals.yml") + check;
    shop.write("queries/customer_totals.yml", sidecar);
    assert_snapshot!(refusal(&shop, 2), @r"
    error: a check of `customer_totals` refers to `shop_summary`, which is computed from `customer_totals`
      --> queries/customer_totals.yml:11:49
       |
    11 |   - relationship: {column: orders_count, table: shop_summary, to: customers_count}
       |                                                 ^^^^^^^^^^^^
       |
       = hint: a table is checked before others read it; move the check to the sidecar of `shop_summary`
    ");
}

#[test]
fn checks_that_do_not_fit_their_table() {
    let shop = Project::published_shop();
    let checks = "
  - expression: {name: large, sql: amount > $large_form}
  - expression: {name: amount, sql: amount}
  - expression: {name: total, sql: sum(amount) > 0}
  - accepted_values: {column: customer_id, values: [1]}
  - accepted_values: {column: orders_count, values: [no]}
  - range: {column: amount, min: cheap}
  - range: {column: amount, min: 2, max: 1}
  - range: {column: amount}
  - row_count: {}
  - not_null: {columns: []}
  - relationship: {column: customer_id, table: large_orders, to: amount}
";
    let sidecar = shop.text("queries/customer_totals.yml");
    // What cannot be bound is found before types are looked at.
    shop.write("queries/customer_totals.yml", sidecar.clone() + checks.trim_start_matches('\n'));
    assert_snapshot!(refusal(&shop, 2), @r"
    error: the check `large` is wrong: there is no parameter `$large_form`
      --> queries/customer_totals.yml:11:36
       |
    11 |   - expression: {name: large, sql: amount > $large_form}
       |                                    ^
       |
       = hint: did you mean `large_from`?
    ");
    let bound = checks.replace("$large_form", "$large_from");
    shop.write("queries/customer_totals.yml", sidecar + bound.trim_start_matches('\n'));
    let problems = refusal(&shop, 2);
    let messages: Vec<&str> = problems.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_snapshot!(messages.join("\n"), @r"
    error: the check `amount` is wrong: it is Decimal128(18, 2), not true or false
    error: the check `total` is wrong: it aggregates several rows; it must hold for each row by itself
    error: the check `customer_id one of 1` is wrong: `customer_id` is Utf8View, and `1` is not a value of that type
    error: the check `orders_count one of no` is wrong: `orders_count` is Int64, and `no` is not a value of that type
    error: the check `amount at least cheap` is wrong: `amount` is Decimal128(18, 2), and `cheap` is not a value of that type
    error: the check `amount from 2 to 1` is wrong: 2 is more than 1
    error: the check `amount in any range` is wrong: it has neither `min` nor `max`
    error: the check `any number of rows` is wrong: it has neither `min` nor `max`
    error: the check ` not null` is wrong: it names no column
    error: the check `customer_id found in large_orders.amount` is wrong: `customer_id` is Utf8View and `large_orders.amount` is Decimal128(18, 2)
    ");
}

#[test]
fn a_query_that_the_engine_cannot_compute() {
    let shop = Project::published_shop();
    let sql =
        "select customer_id, case when customer_id in (select customer_id from orders) then 1 end as x from orders";
    shop.write("queries/odd.sql", sql);
    shop.replace("pipeline.yml", "outputs:", "outputs:\n  odd: {}");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: computing `odd` (queries/odd.sql) is not possible: a subquery cannot be used here
      in queries/odd.sql
      hint: join its table, and use the joined columns
    ");
    let at_validate = refusal_of(&shop, 2, &["validate", "pipeline.yml"]);
    assert!(
        at_validate.starts_with("error: the engine cannot compute this: a subquery cannot be used here"),
        "{at_validate}"
    );
}

#[test]
fn what_the_engine_refuses_only_while_it_computes_is_refused_before_any_data_is_read() {
    for (expression, complaint) in [
        ("case when customer_id like 'a!%' escape '!' then 1 end", "LIKE does not support escape_char"),
        ("case when customer_id ~ 'a(' then 1 end", "the pattern is not a regular expression: unclosed group"),
        ("date_part('foo', ordered_at)", "date part 'foo' not supported"),
        ("ntile(0) over (order by order_id)", "NTILE requires a positive integer"),
        ("bit_and(1) over (order by order_id rows 3 preceding)", "sliding accumulator"),
        ("split_part(customer_id, '-', 0)", "field position must not be zero"),
        ("upper(split_part(lower(customer_id), '-', 1 - 1))", "field position must not be zero"),
        ("to_char(ordered_at, '%Q')", "to_char"),
        ("to_timestamp(customer_id, '%Q')", "%Q"),
        ("cast(amount as bigint) % 0", "divides by zero"),
        ("amount / 0", "divides by zero"),
    ] {
        let shop = Project::published_shop();
        shop.write("queries/odd.sql", format!("select order_id, {expression} as x from orders"));
        shop.replace("pipeline.yml", "outputs:", "outputs:\n  odd: {}");
        let refused = refusal_of(&shop, 2, &["validate", "pipeline.yml"]);
        assert!(refused.contains("the engine cannot compute this: "), "{refused}");
        assert!(refused.contains(complaint) && refused.contains("queries/odd.sql"), "{refused}");
    }
}

#[test]
fn calls_that_fail_on_some_rows_only_or_behind_a_guard_are_not_refused() {
    for expression in [
        "to_timestamp(customer_id, '%d.%m.%Y')",
        "to_date(customer_id, '%b %e, %Y')",
        "cast(customer_id as bigint) + 1",
        "100 / nullif(cast(amount as bigint), 0)",
        "case when false then amount / 0 end",
        "coalesce(amount, amount / 0)",
        "split_part(customer_id, '-', cast(amount as bigint))",
        "date_bin(interval '7 days', ordered_at)",
    ] {
        let shop = Project::published_shop();
        shop.write("queries/odd.sql", format!("select order_id, {expression} as x from orders"));
        shop.replace("pipeline.yml", "outputs:", "outputs:\n  odd: {}");
        let finished = shop.run(&["validate", "pipeline.yml"]);
        assert_eq!(finished.exit_code, 0, "{expression}: {}", finished.stderr);
    }
}

#[test]
fn a_name_in_quotes_passes_no_rule_of_determinism() {
    for call in [
        "\"now\"()",
        "\"random\"()",
        "\"row_number\"() over (partition by customer_id)",
        "\"first_value\"(amount) over ()",
    ] {
        let shop = Project::published_shop();
        shop.write("queries/odd.sql", format!("select order_id, {call} as x from orders"));
        let refused = refusal_of(&shop, 2, &["validate", "pipeline.yml"]);
        assert!(refused.contains(" --> queries/odd.sql:1:18\n"), "{refused}");
    }
}

#[test]
fn a_lock_that_is_too_short_and_resources_that_are_none() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "location: out}", "location: out, lock_seconds: 0}\nruntime: {threads: 0, memory: 3}");
    let finished = shop.run(&["validate", "pipeline.yml"]);
    assert_eq!(finished.exit_code, 2);
    assert_snapshot!(finished.stderr, @r"
    error: `lock_seconds: 0` is too short for the lock to be renewed in time
      --> pipeline.yml:27:40
       |
    27 | publish: {location: out, lock_seconds: 0}
       |                                        ^
       |
       = hint: use 10 or more; 300 is usual

    error: `3` is not an amount of memory
      --> pipeline.yml:28:31
       |
    28 | runtime: {threads: 0, memory: 3}
       |                               ^
       |
       = hint: use at least 64MiB, such as `512MiB` or `8GiB`

    error: `0` is not a number of threads
      --> pipeline.yml:28:20
       |
    28 | runtime: {threads: 0, memory: 3}
       |                    ^
       |
       = hint: use a number from 1 to 1024, or `auto`

    3 problems found
    ");
}

#[test]
fn a_default_that_its_parameter_cannot_have() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "parameters:", "parameters:\n  mode: {type: string, default: off, values: [y, no]}");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: parameter `mode`: its default is wrong: `off` is not one of `y`, `no`
     --> pipeline.yml:7:33
      |
    7 |   mode: {type: string, default: off, values: [y, no]}
      |                                 ^
    ");
}

#[test]
fn two_files_of_one_name() {
    let shop = Project::published_shop();
    shop.write("queries/more/shop_summary.sql", "select 1 as one");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: two files define the table `shop_summary`: `queries/more/shop_summary.sql` and `queries/shop_summary.sql`
      hint: rename one of them, or leave its folder out of `queries`
    ");
}

#[test]
fn anything_but_a_select() {
    let shop = Project::published_shop();
    shop.write("queries/shop_summary.sql", "-- one row less\ndelete from orders\n");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: the query is not a `select`
     --> queries/shop_summary.sql:2:1
      |
    2 | delete from orders
      | ^^^^^^^^^^^^^^^^^^
      |
      = hint: a query file holds exactly one `select`, optionally with `with`
    ");
}

#[test]
fn a_second_statement() {
    let shop = Project::published_shop();
    shop.write("queries/shop_summary.sql", "select 1 as one;\nselect 2 as two\n");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: the query file holds more than one statement
     --> queries/shop_summary.sql:2:1
      |
    2 | select 2 as two
      | ^^^^^^^^^^^^^^^
      |
      = hint: a query file holds exactly one `select`, optionally with `with`
    ");
}

#[test]
fn a_query_that_reads_the_clock() {
    let shop = Project::published_shop();
    shop.replace("queries/orders_so_far.sql", "$as_of_date", "current_date");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: `current_date` returns a different result on every run
     --> queries/orders_so_far.sql:8:21
      |
    8 | where ordered_at <= current_date
      |                     ^^^^^^^^^^^^
      |
      = hint: use the parameter `$as_of_date`, the only clock a query can see
    ");
}

#[test]
fn a_sidecar_that_promises_another_type() {
    let shop = Project::published_shop();
    shop.replace("queries/shop_summary.yml", "mean_amount: {type: double", "mean_amount: {type: integer");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: the column `mean_amount` of `shop_summary` is Float64, not integer
     --> queries/shop_summary.yml:5:3
      |
    5 |   mean_amount: {type: integer, unit: currency, description: Mean amount of a customer}
      |   ^^^^^^^^^^^
      |
      = hint: correct the sidecar, or cast the column in the query
    ");
}

#[test]
fn a_report_of_columns_that_do_not_exist() {
    let shop = Project::published_shop();
    let report = "report:\n  section: value\n  title: {en: The shop}\n  finding: {en: \"{mean_amont} each\"}\n  \
                  columns: [customer_count]\n  sums: [mean_amount]\n";
    shop.write("queries/shop_summary.yml", shop.text("queries/shop_summary.yml") + report);
    assert_snapshot!(refusal(&shop, 2), @r#"
    error: the report of `shop_summary` names `customer_count`, which the table does not have
      --> queries/shop_summary.yml:12:13
       |
    12 |   columns: [customer_count]
       |             ^^^^^^^^^^^^^^
       |
       = hint: did you mean `customers_count`?

    error: the finding of `shop_summary` has the placeholder `{mean_amont}`, which is not a shown column
      --> queries/shop_summary.yml:11:17
       |
    11 |   finding: {en: "{mean_amont} each"}
       |                 ^^^^^^^^^^^^^^^^^
       |
       = hint: a placeholder is the name of a column in braces; add it to `columns`

    error: `sums` is for a table whose customers are counted
      --> queries/shop_summary.yml:13:10
       |
    13 |   sums: [mean_amount]
       |          ^^^^^^^^^^^
       |
       = hint: add `count_by`, or leave `sums` out

    3 problems found
    "#);
}

#[test]
fn a_report_that_would_show_customers() {
    let shop = Project::published_shop();
    let report = "report: {section: value, title: {en: Customers}, columns: [amount]}\n";
    shop.write("queries/customer_totals.yml", shop.text("queries/customer_totals.yml") + report);
    let report = "report: {section: value, title: {en: Orders}, count_by: [order_id]}\n";
    shop.write("queries/large_orders.yml", shop.text("queries/large_orders.yml") + report);
    assert_snapshot!(refusal(&shop, 2), @"
    error: the report would show rows of `customer_totals`, which identify customers
      --> queries/customer_totals.yml:11:38
       |
    11 | report: {section: value, title: {en: Customers}, columns: [amount]}
       |                                      ^^^^^^^^^
       |
       = hint: count its customers instead, such as `count_by: [segment]`

    error: the report would show customers by their `order_id`
     --> queries/large_orders.yml:7:58
      |
    7 | report: {section: value, title: {en: Orders}, count_by: [order_id]}
      |                                                          ^^^^^^^^
      |
      = hint: count by a column with few values; for an identifier of things, write `role: item_id`

    2 problems found
    ");
}

/// The report would have two columns of one name, which the engine refuses only while it renders.
#[test]
fn a_report_that_counts_customers_by_a_column_that_it_adds_itself() {
    let shop = Project::published_shop();
    let sql = shop.text("queries/customer_totals.sql");
    let names = "customer_id, orders_count as customers_count, amount as customers_share";
    shop.write("queries/totals_again.sql", format!("select {names} from ({sql}) as totals"));
    let sidecar = "columns:
  customer_id: {type: id, role: customer_id}
  customers_count: {type: integer}
  customers_share: {type: \"decimal(18,2)\"}
report: {section: value, title: {en: Again}, count_by: [customers_count], sums: [customers_share]}
";
    shop.write("queries/totals_again.yml", sidecar);
    shop.replace("pipeline.yml", "  shop_summary: {}", "  shop_summary: {}\n  totals_again: {}");
    assert_snapshot!(refusal(&shop, 2), @"
    error: the report adds a column `customers_count` where it counts customers
     --> queries/totals_again.yml:5:57
      |
    5 | report: {section: value, title: {en: Again}, count_by: [customers_count], sums: [customers_share]}
      |                                                         ^^^^^^^^^^^^^^^
      |
      = hint: leave it out, or give the column of the query another name

    error: the report adds a column `customers_share` where it counts customers
     --> queries/totals_again.yml:5:82
      |
    5 | report: {section: value, title: {en: Again}, count_by: [customers_count], sums: [customers_share]}
      |                                                                                  ^^^^^^^^^^^^^^^
      |
      = hint: leave it out, or give the column of the query another name

    2 problems found
    ");
}

#[test]
fn a_report_on_columns_that_leave_open_which_groups_are_small() {
    let shop = Project::published_shop();
    shop.replace("queries/customer_totals.yml", "{type: id, role: customer_id,", "{type: id,");
    shop.replace("queries/shop_summary.yml", "role: customers_count", "role: suppressed");
    let report = "report: {section: value, title: {en: Customers}}\n";
    shop.write("queries/customer_totals.yml", shop.text("queries/customer_totals.yml") + report);
    let report = "report: {section: value, title: {en: The shop}}\n";
    shop.write("queries/shop_summary.yml", shop.text("queries/shop_summary.yml") + report);
    assert_snapshot!(refusal(&shop, 2), @"
    error: the report would show rows of `customer_totals`, and the identifier `customer_id` has no role
     --> queries/customer_totals.yml:4:3
      |
    4 |   customer_id: {type: id, description: Customer, label: {en: Customer, zh: 客户}}
      |   ^^^^^^^^^^^
      |
      = hint: give it `role: customer_id`, `personal_id` (an order, an answer) or `item_id` (a product)

    error: the report would show rows of `customer_totals`, and no column says how many customers a row is about
      --> queries/customer_totals.yml:11:38
       |
    11 | report: {section: value, title: {en: Customers}}
       |                                      ^^^^^^^^^
       |
       = hint: give the column that counts them `role: customers_count`, so that small groups are suppressed; or write `about_customers: false` if no number is about a group of customers

    error: column `customers_count` of `shop_summary` is of type integer and cannot have the role `suppressed`
     --> queries/shop_summary.yml:4:3
      |
    4 |   customers_count: {type: integer, role: suppressed, unit: count, description: Customers with an order}
      |   ^^^^^^^^^^^^^^^

    error: the report would show rows of `shop_summary`, and no column says how many customers a row is about
     --> queries/shop_summary.yml:8:38
      |
    8 | report: {section: value, title: {en: The shop}}
      |                                      ^^^^^^^^
      |
      = hint: give the column that counts them `role: customers_count`, so that small groups are suppressed; or write `about_customers: false` if no number is about a group of customers

    4 problems found
    ");
    shop.replace("queries/shop_summary.yml", "role: suppressed", "role: n");
    shop.replace("queries/shop_summary.yml", "report: {", "report: {about_customers: false, ");
    shop.replace("queries/customer_totals.yml", "report: {", "report: {count_by: [customer_id], ");
    assert_snapshot!(refusal(&shop, 2), @"
    error: `count_by` counts customers, and no column of `customer_totals` identifies them
      --> queries/customer_totals.yml:11:63
       |
    11 | report: {count_by: [customer_id], section: value, title: {en: Customers}}
       |                                                               ^^^^^^^^^
       |
       = hint: give the column that identifies a customer `role: customer_id`; without one, leave `count_by` out: rows of a summary are shown as they are

    error: the report would show customers by their `customer_id`
      --> queries/customer_totals.yml:11:21
       |
    11 | report: {count_by: [customer_id], section: value, title: {en: Customers}}
       |                     ^^^^^^^^^^^
       |
       = hint: count by a column with few values; for an identifier of things, write `role: item_id`

    error: the report of `shop_summary` has `about_customers: false`, but the column `customers_count` counts customers
     --> queries/shop_summary.yml:4:3
      |
    4 |   customers_count: {type: integer, role: n, unit: count, description: Customers with an order}
      |   ^^^^^^^^^^^^^^^
      |
      = hint: leave `about_customers` out, so that small groups are suppressed

    3 problems found
    ");
    let mut roles = shop.text("queries/large_orders.yml").replace("role: personal_id", "role: customer_id");
    roles.push_str("report: {section: value, title: {en: Orders}, about_customers: false}\n");
    let shop = Project::published_shop();
    shop.write("queries/large_orders.yml", roles);
    assert_snapshot!(refusal(&shop, 2), @"
    error: two columns of `large_orders` have the role `customer_id`
     --> queries/large_orders.yml:5:3
      |
    5 |   customer_id: {type: id, role: customer_id, description: Customer}
      |   ^^^^^^^^^^^
      |
      = hint: give the role to the one that the row is about

    error: the report would show rows of `large_orders`, which identify customers
     --> queries/large_orders.yml:7:38
      |
    7 | report: {section: value, title: {en: Orders}, about_customers: false}
      |                                      ^^^^^^
      |
      = hint: count its customers instead, such as `count_by: [segment]`

    2 problems found
    ");
}

#[test]
fn values_of_parameters_that_break_a_rule() {
    let shop = Project::published_shop();
    let rules = "parameters:\n  small_from: {type: decimal, default: 20}\nrules:\n  - name: small is below large\n    sql: \
                 $small_from < $large_from\n    hint: raise large_from, or lower small_from\n";
    shop.write("queries/parameters.yml", rules);
    shop.succeeds(&["validate", "pipeline.yml"]);
    let with_a_value = ["run", "pipeline.yml", "--quiet", "--var", "large_from=20"];
    assert_snapshot!(refusal_of(&shop, 2, &with_a_value), @"
    error: the rule `small is below large` does not hold: `small_from` is 20 (the default), `large_from` is 20 (from the command line)
     --> [project]/queries/parameters.yml:5:10
      |
    5 |     sql: $small_from < $large_from
      |          ^
      |
      = hint: raise large_from, or lower small_from
    ");
    shop.replace("pipeline.yml", "set:\n", "set:\n  small_from: 150\n");
    assert_snapshot!(refusal_of(&shop, 2, &["validate", "pipeline.yml"]), @"
    error: the rule `small is below large` does not hold: `small_from` is 150 (from `set` in line 9 of the pipeline), `large_from` is 100 (the default in the pipeline)
     --> [project]/queries/parameters.yml:5:10
      |
    5 |     sql: $small_from < $large_from
      |          ^
      |
      = hint: raise large_from, or lower small_from
    ");
    let shown = ["show", "customer_totals", "-p", "pipeline.yml", "--quiet"];
    assert_eq!(refusal_of(&shop, 2, &shown), refusal(&shop, 2));
}

#[test]
fn a_rule_on_parameters_that_is_none() {
    let shop = Project::published_shop();
    let rule = |sql: &str| {
        let rules = format!("parameters: {{}}\nrules:\n  - {{name: large is large, sql: \"{sql}\"}}\n");
        shop.write("queries/parameters.yml", rules);
        refusal(&shop, 2)
    };
    assert_snapshot!(rule("$large_form > 1"), @r#"
    error: in the rule `large is large`: there is no parameter `$large_form`
     --> [project]/queries/parameters.yml:3:33
      |
    3 |   - {name: large is large, sql: "$large_form > 1"}
      |                                 ^
      |
      = hint: did you mean `large_from`?
    "#);
    assert_snapshot!(rule("$large_from + 1"), @r#"
    error: in the rule `large is large`: the condition is not true or false
     --> [project]/queries/parameters.yml:3:33
      |
    3 |   - {name: large is large, sql: "$large_from + 1"}
      |                                 ^
      |
      = hint: compare parameters, such as `$low < $high`
    "#);
    assert_snapshot!(rule("amount > $large_from"), @r#"
    error: in the rule `large is large`: there is no column `amount`
     --> [project]/queries/parameters.yml:3:33
      |
    3 |   - {name: large is large, sql: "amount > $large_from"}
      |                                 ^
    "#);
}

#[test]
fn a_division_by_zero() {
    let shop = Project::published_shop();
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", "cast(7 / (count(*) - 2) as double)");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: computing `shop_summary` (queries/shop_summary.sql) divides by zero
      hint: write `nullif(x, 0)` under the division, so that the result is NULL
    ");
}

#[test]
fn a_division_by_zero_in_a_query_that_is_computed_with_its_reader() {
    let shop = Project::published_shop();
    // Only customer_totals reads it now, so that it is never a table of its own.
    shop.replace("queries/large_orders.sql", "from orders_so_far", "from orders");
    shop.replace(
        "queries/orders_so_far.sql",
        "    amount\n",
        "    amount / (amount - cast(12.5 as decimal(18, 2))) as amount\n",
    );
    assert_snapshot!(refusal(&shop, 3), @r"
    error: computing `customer_totals` (queries/customer_totals.sql), together with `orders_so_far` (queries/orders_so_far.sql), divides by zero
      hint: write `nullif(x, 0)` under the division, so that the result is NULL
    ");
}

#[test]
fn a_sum_that_is_too_large() {
    let shop = Project::published_shop();
    let largest = "cast(sum(9223372036854775807) as double)";
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", largest);
    assert_snapshot!(refusal(&shop, 3), @r"
    error: computing `shop_summary` (queries/shop_summary.sql) overflows: the sum of integers does not fit into 64 bits
      hint: cast to a wider type, such as `decimal(38, 2)`
    ");
}

#[test]
fn arithmetic_that_overflows() {
    let shop = Project::published_shop();
    let largest = "cast(max(orders_count) + 9223372036854775807 as double)";
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", largest);
    assert_snapshot!(refusal(&shop, 3), @r"
    error: computing `shop_summary` (queries/shop_summary.sql) overflows: `max(customer_totals.orders_count) + 9223372036854775807` does not fit into bigint (2 + 9223372036854775807)
      hint: cast to a wider type, such as `decimal(38, 2)`
    ");
}

#[test]
fn constants_that_overflow() {
    let shop = Project::published_shop();
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", "cast(9223372036854775807 * 2 as double)");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: computing `shop_summary` (queries/shop_summary.sql) overflows: `9223372036854775807 * 2` does not fit into bigint
      hint: cast to a wider type, such as `decimal(38, 2)`
    ");
}

#[test]
fn arithmetic_that_overflows_in_a_check() {
    let shop = Project::published_shop();
    let check = "  - expression: {name: few orders, sql: orders_count * 9223372036854775807 > 0}\n";
    let sidecar = shop.text("queries/customer_totals.yml") + check;
    shop.write("queries/customer_totals.yml", sidecar);
    assert_snapshot!(refusal(&shop, 3), @r"
    error: checking `customer_totals`: few orders overflows: `orders_count * 9223372036854775807` does not fit into bigint (2 * 9223372036854775807)
      hint: cast to a wider type, such as `decimal(38, 2)`
    ");
}

#[test]
fn arithmetic_that_overflows_in_a_rule_on_parameters() {
    let shop = Project::published_shop();
    let parameters = "parameters:\n  days: {type: integer, default: 2, description: Days}\nrules:\n  - {name: few days, sql: $days * 9223372036854775807 > 0}\n";
    shop.write("queries/parameters.yml", parameters);
    assert_snapshot!(refusal(&shop, 2), @r"
    error: in the rule `few days`: the expression overflows: `2 * 9223372036854775807` does not fit into bigint
     --> [project]/queries/parameters.yml:4:27
      |
    4 |   - {name: few days, sql: $days * 9223372036854775807 > 0}
      |                           ^
      |
      = hint: cast to a wider type, such as `decimal(38, 2)`
    ");
}

#[test]
fn arithmetic_that_overflows_in_what_show_is_given() {
    let shop = Project::published_shop();
    let sql = "select -(cast(-9223372036854775808 as bigint)) - orders_count as x from customer_totals";
    let arguments = ["show", "--sql", sql, "--pipeline", "pipeline.yml", "--quiet"];
    assert_snapshot!(refusal_of(&shop, 3, &arguments), @r"
    error: showing the rows overflows: `-(-9223372036854775808)` does not fit into bigint
      hint: cast to a wider type, such as `decimal(38, 2)`
    ");
}

#[test]
fn everything_that_is_wrong_in_the_pipeline_and_in_its_queries_at_once() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "time_zone: UTC", "time_zone: Mars/Olympus");
    shop.replace("queries/large_orders.sql", "$large_from", "$lagre_from");
    shop.replace("queries/shop_summary.sql", "from customer_totals", "from customer_total");
    let message = refusal_of(&shop, 2, &["run", "pipeline.yml", "--quiet", "--var", "large_from=-3"]);
    for expected in [
        "unknown time zone `Mars/Olympus`",
        "`-3` is below the smallest allowed value `0`",
        "there is no parameter `$lagre_from`",
        "there is no table `customer_total`",
        "4 problems found",
    ] {
        assert!(message.contains(expected), "{expected} is missing in\n{message}");
    }
}

#[test]
fn a_division_of_doubles_by_zero() {
    let shop = Project::published_shop();
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", "7 / cast(count(*) - 2 as double)");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: table `shop_summary`, column `mean_amount`, row 1: `inf` is not a finite number
      hint: guard the division with `nullif(divisor, 0)` in the query
    ");
}

#[test]
fn a_value_that_does_not_convert() {
    let shop = Project::published_shop();
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", "cast(max(customer_id) as double)");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: computing `shop_summary` (queries/shop_summary.sql) cannot convert a value: Cannot cast string 'ben' to value of Float64 type
      hint: use `try_cast` where some values do not convert
    ");
}

#[test]
fn a_parameter_that_does_not_exist() {
    let shop = Project::published_shop();
    shop.replace("queries/large_orders.sql", "$large_from", "$lagre_from");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: there is no parameter `$lagre_from`
     --> queries/large_orders.sql:7:17
      |
    7 | where amount >= $lagre_from
      |                 ^^^^^^^^^^^
      |
      = hint: did you mean `large_from`?
    ");
}

#[test]
fn a_value_for_a_parameter_that_does_not_exist() {
    let shop = Project::published_shop();
    assert_snapshot!(refusal_of(&shop, 2, &["run", "pipeline.yml", "--var", "lagre_from=3"]), @r"
    error: there is no parameter `lagre_from` for `--var lagre_from=...`
      hint: did you mean `large_from`?
    ");
}

#[test]
fn a_value_that_its_parameter_does_not_allow() {
    let shop = Project::published_shop();
    assert_snapshot!(refusal_of(&shop, 2, &["run", "pipeline.yml", "--var", "large_from=-3"]), @"error: parameter `large_from`: `-3` is below the smallest allowed value `0`");
}

#[test]
fn a_date_that_is_none() {
    let shop = Project::published_shop();
    assert_snapshot!(refusal_of(&shop, 2, &["run", "pipeline.yml", "--as-of-date", "30.11.2026"]), @"error: parameter `as_of_date`: `30.11.2026` is not a date such as `2026-11-30` or `yesterday`");
}

#[test]
fn an_environment_variable_that_is_not_set() {
    let shop = Project::published_shop();
    let location = r#""${SHOP_DATA:?set it to the folder with orders.csv}/orders.csv""#;
    shop.replace("pipeline.yml", "data/orders.csv", location);
    assert_snapshot!(refusal(&shop, 2), @r#"
    error: the environment variable `SHOP_DATA` is not set: set it to the folder with orders.csv
      --> pipeline.yml:13:15
       |
    13 |     location: "${SHOP_DATA:?set it to the folder with orders.csv}/orders.csv"
       |               ^
    "#);
}

#[test]
fn an_output_that_nobody_produces() {
    let shop = Project::published_shop();
    shop.replace("pipeline.yml", "large_orders: {}", "larg_orders: {}");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: no query produces the output `larg_orders`
      --> pipeline.yml:24:3
       |
    24 |   larg_orders: {}
       |   ^^^^^^^^^^^
       |
       = hint: did you mean `large_orders`?
    ");
}

#[test]
fn a_selected_output_that_is_none() {
    let shop = Project::published_shop();
    assert_snapshot!(refusal_of(&shop, 2, &["run", "pipeline.yml", "--select", "larg_orders"]), @r"
    error: `larg_orders` is not an output of the pipeline
      hint: did you mean `large_orders`?
    ");
}

#[test]
fn a_selection_that_would_mix_two_runs() {
    let shop = Project::published_shop();
    assert_snapshot!(refusal_of(&shop, 2, &["run", "pipeline.yml", "--select", "large_orders"]), @r"
    error: `--select` cannot publish a part of the outputs to `out`, which shows the whole run of 2026-11-30
      hint: readers would see a mixture of two runs; run the whole pipeline, or publish to another location
    ");
}

#[test]
fn a_publish_location_that_cannot_be_written() {
    let shop = Project::published_shop();
    shop.write("taken", "a file\n").replace("pipeline.yml", "location: out", "location: taken/shop");
    assert_snapshot!(refusal(&shop, 2), @r"
    error: cannot write to publish location `taken/shop`: a file exists where a folder is expected
      hint: move the conflicting file or folder, or set `publish.location` to another folder
    ");
    assert_eq!(shop.text("taken"), "a file\n");
}

#[test]
fn a_failing_check_shows_the_offending_rows() {
    let shop = Project::published_shop();
    shop.replace("data/orders.csv", "12.50", "-12.50");
    assert_snapshot!(refusal(&shop, 3), @r"
    error: check failed on `customer_totals`: amount at least 0 (1 offending row)
           +-------------+--------------+--------+
           | customer_id | orders_count | amount |
           +-------------+--------------+--------+
           | ben         | 1            | -12.50 |
           +-------------+--------------+--------+
      hint: check the inputs; nothing was published, and what was published before is unchanged
    ");
}

#[test]
fn a_failing_check_that_only_warns_does_not_stop_the_run() {
    let shop = Project::published_shop();
    shop.replace("data/orders.csv", "12.50", "-12.50");
    shop.replace("queries/customer_totals.yml", "min: 0}", "min: 0, severity: warn}");
    let finished = shop.succeeds(&["run", "pipeline.yml"]);
    assert!(finished.stderr.contains("warning: customer_totals: amount below 0 (1 row)"), "{}", finished.stderr);
}

#[test]
fn a_check_within_one_table() {
    let shop = Project::published_shop();
    let check = "  - relationship: {column: orders_count, table: customer_totals, to: amount}\n";
    let sidecar = shop.text("queries/customer_totals.yml") + check;
    shop.write("queries/customer_totals.yml", sidecar);
    assert_snapshot!(refusal(&shop, 3), @r"
    error: check failed on `customer_totals`: orders_count found in customer_totals.amount (2 offending rows)
           +-------------+--------------+--------+
           | customer_id | orders_count | amount |
           +-------------+--------------+--------+
           | anna        | 2            | 75.10  |
           | ben         | 1            | 12.50  |
           +-------------+--------------+--------+
      hint: check the inputs; nothing was published, and what was published before is unchanged
    ");
}

#[test]
fn a_lock_that_another_run_holds() {
    let shop = Project::published_shop();
    let lock = r#"{
        "run_id": "0193795e-2b1c-7d3f-9a44-0c1de2f3a4b5",
        "holder": "night-host (process 7)",
        "since": "2026-11-30T02:00:00Z",
        "expires_at": "2999-11-30T02:05:00Z",
        "lease_seconds": 31536000000
    }"#;
    shop.write("out/_staunch/lock.json", lock);
    assert_snapshot!(refusal(&shop, 5), @r"
    error: another run holds the lock of `out`: run `0193795e-2b1c-7d3f-9a44-0c1de2f3a4b5` of night-host (process 7), since 2026-11-30 02:00:00 UTC; it expires at 2999-11-30 02:05:00 UTC unless it is renewed
      hint: run again when it has finished; the lock of a run that died is taken over once it has expired, or remove it with `staunch unlock`
    ");
    assert_eq!(shop.text("out/_staunch/lock.json"), lock);
}

#[test]
fn a_lock_that_has_expired_blocks_nobody() {
    let shop = Project::published_shop();
    let lock = r#"{
        "run_id": "0193795e-2b1c-7d3f-9a44-0c1de2f3a4b5",
        "holder": "night-host (process 7)",
        "since": "2020-11-30T02:00:00Z",
        "expires_at": "2020-11-30T02:05:00Z"
    }"#;
    shop.write("out/_staunch/lock.json", lock);
    shop.succeeds(&["run", "pipeline.yml"]);
}

/// One group of 100 MB, which no operator can put on disk, in 32 MiB.
#[test]
fn too_little_memory() {
    let shop = Project::published_shop();
    let digits = "(values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9))";
    let sql = format!(
        "select
    'all' as order_id,
    array_to_string(array_agg(repeat('x', 10000) order by a.n, b.n, c.n, d.n), '') as customer_id,
    cast(0 as decimal(18, 2)) as amount
from {digits} as a (n)
cross join {digits} as b (n)
cross join {digits} as c (n)
cross join {digits} as d (n)
"
    );
    shop.write("queries/large_orders.sql", sql);
    let message = refusal_of(&shop, 1, &["run", "pipeline.yml", "--quiet", "--memory", "64MiB", "--threads", "1"]);
    // How much it held and asked for last depends on the engine's batches.
    let (before, after) = message.split_once(", which holds ").unwrap();
    assert_eq!(
        before,
        "error: computing `large_orders` (queries/large_orders.sql) ran out of memory when AggregateStream[0]"
    );
    assert!(after.contains("MiB, asked for "), "{message}");
    let hint = "hint: give the run more with `--memory` or `runtime.memory`, or use fewer `--threads`";
    assert!(after.trim_end().ends_with(hint), "{message}");
}

#[test]
fn an_amount_of_memory_that_is_none() {
    let shop = Project::published_shop();
    assert_snapshot!(refusal_of(&shop, 2, &["run", "pipeline.yml", "--memory", "plenty"]), @r"
    error: `plenty` is not an amount of memory
      hint: use at least 64MiB, such as `512MiB` or `8GiB`
    ");
}
