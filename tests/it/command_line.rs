//! What can be typed, what goes to stdout and what to stderr, and what the exit code is.

use insta::assert_snapshot;
use serde_json::Value;

use crate::book::schema_tables::SCHEMAS;
use crate::project::{Project, repository, staunch};

const VERBS: [&str; 20] = [
    "run",
    "validate",
    "plan",
    "test",
    "show",
    "history",
    "diff",
    "rollback",
    "retry",
    "backfill",
    "report",
    "verify",
    "repair",
    "clean",
    "unlock",
    "questionnaire",
    "functions",
    "schema",
    "sample",
    "completions",
];

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

#[test]
fn every_verb_explains_itself() {
    let help = |arguments: &[&str]| {
        let output = staunch().args(arguments).output().unwrap();
        assert!(output.status.success());
        assert!(output.stderr.is_empty());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_snapshot!("help", help(&["--help"]));
    for verb in VERBS {
        assert_snapshot!(format!("help_{verb}"), help(&[verb, "--help"]));
    }
}

#[test]
fn without_a_verb_the_help_is_an_error() {
    let output = staunch().output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(String::from_utf8(output.stderr).unwrap().contains("Usage: staunch"));
}

#[test]
fn the_version_is_that_of_the_package() {
    staunch().arg("--version").assert().success().stdout(format!("staunch {}\n", env!("CARGO_PKG_VERSION"))).stderr("");
}

#[test]
fn a_run_says_what_it_published_where() {
    let shop = Project::copy_of("shop");
    let finished = shop.succeeds(&["run", "pipeline.yml"]);
    assert_eq!(finished.stdout, "");
    let summary = finished.stderr.split_once("published shop").unwrap().1;
    assert!(summary.starts_with(" for 2026-11-30 in "), "{summary}");
    assert!(summary.contains("commit 1)"), "{summary}");
    assert_snapshot!(summary.split_once('\n').unwrap().1, @r"
    customer_totals: 2 rows, 1.95 KiB
    large_orders: 0 rows, 824 B
    shop_summary: 1 row, 1.26 KiB
    checks: 4 passed, 0 with a warning
    tables: out/latest/*.parquet and out/history/
    ");
}

#[test]
fn quiet_silences_everything_but_errors_and_data() {
    let shop = Project::copy_of("shop");
    for arguments in [
        &["run", "pipeline.yml", "--quiet"][..],
        &["--quiet", "run", "pipeline.yml"],
        &["validate", "-q", "pipeline.yml"],
        &["test", "-q"],
        &["sample", "-q", "generated", "--customers", "3"],
    ] {
        let finished = shop.succeeds(arguments);
        assert_eq!((finished.stdout.as_str(), finished.stderr.as_str()), ("", ""), "{arguments:?}");
    }
    let shown = shop.succeeds(&["show", "-q", "customer_totals", "-p", "pipeline.yml", "-f", "csv"]);
    assert_eq!((shown.stdout.lines().count(), shown.stderr.as_str()), (3, ""));
    shop.remove("data/orders.csv");
    assert!(shop.run(&["run", "pipeline.yml", "--quiet"]).stderr.contains("finds nothing"));
}

#[test]
fn the_json_log_is_one_object_a_line() {
    let shop = Project::copy_of("shop");
    let finished = shop.succeeds(&["run", "pipeline.yml", "--log-format", "json"]);
    assert_eq!(finished.stdout, "");
    let lines = json_lines(&finished.stderr);
    let read = lines.iter().find(|line| line["message"] == "read").unwrap();
    assert_eq!((&read["name"], &read["rows"], &read["level"]), (&"orders".into(), &4.into(), &"INFO".into()));
    let computed = lines.iter().filter(|line| line["message"] == "computed");
    let mut names: Vec<&str> = computed.map(|line| line["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["customer_totals", "large_orders", "shop_summary"]);
}

#[test]
fn the_json_log_holds_the_cause_of_an_error() {
    let cause = |shop: &Project| {
        let finished = shop.run(&["--log-format", "json", "run", "pipeline.yml", "--quiet"]);
        let [error] = json_lines(&finished.stderr).try_into().unwrap();
        (error["exit_code"].as_i64().unwrap(), error["cause"].as_str().unwrap().to_owned())
    };
    let shop = Project::copy_of("shop");
    shop.replace("queries/shop_summary.sql", "avg(cast(amount as double))", "cast(7 / (count(*) - 2) as double)");
    assert_eq!(cause(&shop), (3, "Arrow error: Divide by zero error".to_owned()));
    // Inputs that end in the middle, and one whose footer is no footer: what the decoder said.
    for (location, format, bytes) in [
        ("orders.csv.gz", "csv", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03cut".as_slice()),
        ("orders.csv.zst", "csv", b"\x28\xb5\x2f\xfd".as_slice()),
        ("orders.parquet", "parquet", b"PAR1junkjunk\x08\x00\x00\x00PAR1".as_slice()),
    ] {
        let shop = Project::copy_of("shop");
        shop.write(&format!("data/{location}"), bytes);
        shop.replace("pipeline.yml", "data/orders.csv", &format!("data/{location}"));
        shop.replace("pipeline.yml", "csv: {}", &format!("{format}: {{}}"));
        let (exit_code, cause) = cause(&shop);
        assert_eq!(exit_code, 3, "{location}: {cause}");
        assert!(!cause.is_empty(), "{location} has a cause");
    }
}

#[test]
fn the_json_log_holds_the_error_and_its_exit_code() {
    let shop = Project::copy_of("shop");
    shop.replace("queries/shop_summary.sql", "customer_totals", "customer_total");
    let finished = shop.run(&["--log-format", "json", "run", "pipeline.yml"]);
    assert_eq!((finished.exit_code, finished.stdout.as_str()), (2, ""));
    let [error] = json_lines(&finished.stderr).try_into().unwrap();
    assert_eq!((&error["level"], &error["exit_code"]), (&"ERROR".into(), &2.into()));
    assert_eq!(
        error["message"],
        "queries/shop_summary.sql:5:6: there is no table `customer_total` (hint: did you mean `customer_totals`?)"
    );
}

#[test]
fn every_flag_has_a_variable_and_the_flag_wins() {
    let shop = Project::copy_of("shop");
    let stdout = |arguments: &[&str], variables: &[(&str, &str)]| {
        let finished = shop.finish(shop.staunch(arguments).envs(variables.iter().copied()));
        assert_eq!(finished.exit_code, 0, "{arguments:?} {variables:?}\n{}", finished.stderr);
        finished.stdout
    };
    let plan = &["plan", "pipeline.yml"][..];
    let large = &["show", "large_orders", "-p", "pipeline.yml", "-f", "csv"][..];
    assert!(stdout(plan, &[("STAUNCH_AS_OF_DATE", "2026-11-10")]).starts_with("pipeline shop for 2026-11-10\n"));
    let both = [plan, &["--as-of-date", "2026-11-11"]].concat();
    assert!(stdout(&both, &[("STAUNCH_AS_OF_DATE", "2026-11-10")]).starts_with("pipeline shop for 2026-11-11\n"));
    assert!(stdout(&["plan"], &[("STAUNCH_PIPELINE", "pipeline.yml")]).starts_with("pipeline shop"));
    assert!(stdout(plan, &[("STAUNCH_SELECT", "large_orders")]).ends_with("\n  tables: large_orders\n"));

    assert_eq!(stdout(large, &[("STAUNCH_VAR", "large_from=40")]), "order_id,customer_id,amount\no3,anna,45.10\n");
    let two = stdout(large, &[("STAUNCH_VAR", "large_from=40; as_of_date=2026-12-01")]);
    assert_eq!(two, "order_id,customer_id,amount\no3,anna,45.10\no4,ben,99.00\n");
    let flag = [large, &["--var", "large_from=1000"]].concat();
    assert_eq!(stdout(&flag, &[("STAUNCH_VAR", "large_from=40")]), "order_id,customer_id,amount\n");

    let orders = &["show", "orders", "-p", "pipeline.yml"][..];
    let settings = [("STAUNCH_FORMAT", "json"), ("STAUNCH_LIMIT", "1"), ("STAUNCH_THREADS", "1")];
    assert_eq!(json_lines(&stdout(orders, &settings)).len(), 1);
    for yes in ["1", "true", "yes"] {
        let dry =
            shop.finish(shop.staunch(&["run", "pipeline.yml"]).env("STAUNCH_DRY_RUN", yes).env("STAUNCH_QUIET", yes));
        assert_eq!((dry.exit_code, dry.stderr.as_str()), (0, ""));
        assert!(!shop.path("out").exists());
    }
    for no in ["0", "false", "no"] {
        let loud = shop.finish(shop.staunch(&["validate", "pipeline.yml"]).env("STAUNCH_QUIET", no));
        assert_ne!(loud.stderr, "");
    }
    let logged = shop.finish(shop.staunch(&["validate", "pipeline.yml"]).env("STAUNCH_LOG_FORMAT", "json"));
    assert_eq!(json_lines(&logged.stderr).len(), 1);
    let small = shop.finish(shop.staunch(&["run", "pipeline.yml"]).env("STAUNCH_MEMORY", "1KiB"));
    assert_eq!(small.exit_code, 2);
}

#[test]
fn show_prints_a_table() {
    let shop = Project::copy_of("shop");
    let shown = shop.succeeds(&["show", "customer_totals", "--pipeline", "pipeline.yml"]);
    assert_snapshot!(shown.stdout, @r"
    +-------------+--------------+--------+
    | customer_id | orders_count | amount |
    +-------------+--------------+--------+
    | anna        | 2            | 75.10  |
    | ben         | 1            | 12.50  |
    +-------------+--------------+--------+
    ");
}

#[test]
fn show_prints_csv_of_a_query_and_of_a_source() {
    let shop = Project::copy_of("shop");
    let show = |arguments: &[&str]| shop.succeeds(&[&["show", "-p", "pipeline.yml", "-f", "csv"], arguments].concat());
    assert_eq!(show(&["customer_totals"]).stdout, "customer_id,orders_count,amount\nanna,2,75.10\nben,1,12.50\n");
    assert_eq!(show(&["orders", "--limit", "0"]).stdout, shop.text("data/orders.csv"));
    assert_eq!(show(&["orders", "-n", "2"]).stdout.lines().count(), 1 + 2);
    assert_eq!(show(&["large_orders"]).stdout, "order_id,customer_id,amount\n");
    assert!(show(&["stg_customers"]).stdout.starts_with("customer_id,parent_customer_id,"));
}

#[test]
fn show_prints_json_lines_with_their_nulls() {
    let shop = Project::copy_of("shop");
    let sql = "select customer_id, amount, nullif(orders_count, 2) as orders_count from customer_totals order by 1";
    let shown = shop.succeeds(&["show", "--sql", sql, "-p", "pipeline.yml", "-f", "json"]);
    assert_eq!(
        json_lines(&shown.stdout),
        [
            serde_json::json!({"customer_id": "anna", "amount": 75.10, "orders_count": null}),
            serde_json::json!({"customer_id": "ben", "amount": 12.50, "orders_count": 1}),
        ]
    );
}

#[test]
fn show_runs_any_select_with_the_parameters() {
    let shop = Project::copy_of("shop");
    let sql = "select order_id from orders where amount >= $large_from order by order_id";
    let shown = shop.succeeds(&["show", "--sql", sql, "-p", "pipeline.yml", "--var", "large_from=45.1", "-f", "csv"]);
    assert_eq!(shown.stdout, "order_id\no3\no4\n");
    assert!(!shop.path("out").exists(), "show publishes nothing");
}

#[test]
fn show_says_where_its_sql_is_wrong() {
    let shop = Project::copy_of("shop");
    let refused = shop.run(&["show", "-q", "--sql", "select amuont from orders", "-p", "pipeline.yml"]);
    assert_eq!((refused.exit_code, refused.stdout.as_str()), (2, ""));
    assert_snapshot!(refused.stderr, @r"
    error: there is no column `amuont`
     --> --sql:1:8
      |
    1 | select amuont from orders
      |        ^^^^^^
      |
      = hint: did you mean `amount`?
    ");
    let unknown = shop.run(&["show", "-q", "customer_total", "-p", "pipeline.yml"]);
    assert_eq!((unknown.exit_code, unknown.stdout.as_str()), (2, ""));
    assert_snapshot!(unknown.stderr, @r"
    error: there is no table `customer_total` in the pipeline
      hint: did you mean `customer_totals`?
    ");
}

#[test]
fn the_committed_schemas_are_those_of_the_program() {
    // What commands and reports write has no table on a page.
    let written = ["report", "history", "diff", "rollback", "verify", "repair", "clean", "unlock"];
    let written = written.map(|kind| (kind, format!("docs/src/{kind}.schema.json")));
    let read = SCHEMAS.map(|(kind, path)| (kind, path.to_owned()));
    for (kind, path) in read.into_iter().chain(written) {
        let output = staunch().args(["schema", kind]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        let committed = std::fs::read(repository().join(&path)).unwrap_or_default();
        assert!(committed == output.stdout, "`{path}` is out of date; refresh it: staunch schema {kind} > {path}");
    }
}

#[test]
fn completions_know_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let output = staunch().args(["completions", shell]).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty());
        let script = String::from_utf8(output.stdout).unwrap();
        for verb in VERBS {
            assert!(script.contains(verb), "{shell} does not complete {verb}");
        }
        assert!(script.contains("as-of-date"), "{shell} does not complete flags");
    }
}

#[test]
fn plan_and_a_dry_run_print_the_same_and_publish_nothing() {
    let shop = Project::copy_of("shop");
    let planned = shop.succeeds(&["plan", "pipeline.yml"]);
    assert_snapshot!(planned.stdout, @"
    pipeline shop for 2026-11-30

    inputs
      orders: 1 object, 137 B, from data/orders.csv

    queries, in order
      orders_so_far reads orders
      customer_totals reads orders_so_far
      large_orders reads orders_so_far
      shop_summary reads customer_totals

    canonical tables that stay empty
      stg_purchases, stg_survey_answers, stg_survey_invitations, stg_customers, stg_account_owners, stg_contacts, stg_products, stg_price_changes, stg_campaigns, stg_situations, stg_declared_behaviour, stg_category_rules, stg_close_reason_causes, stg_complaint_causes, stg_population_margin, stg_driver_importances

    publishes to out
      tables: customer_totals, large_orders, shop_summary
    ");
    assert_eq!(shop.succeeds(&["run", "pipeline.yml", "--dry-run"]).stdout, planned.stdout);
    assert!(!shop.path("out").exists());
}

#[test]
fn validate_needs_no_data() {
    let shop = Project::copy_of("shop");
    shop.remove("data/orders.csv");
    let valid = shop.succeeds(&["validate", "pipeline.yml"]);
    assert_eq!(valid.stdout, "");
    assert_snapshot!(valid.stderr, @"pipeline.yml: valid (1 source, 4 queries, 3 outputs)");
    assert!(!shop.path("out").exists());
}

#[test]
fn validate_says_what_it_cannot_check() {
    let shop = Project::copy_of("shop");
    let declared = shop.text("pipeline.yml");
    let columns = declared.split_once("    columns:\n").unwrap().1.split_once("\n\n").unwrap().0;
    shop.replace("pipeline.yml", &format!("    columns:\n{columns}\n"), "");
    let valid = shop.succeeds(&["validate", "pipeline.yml"]);
    assert_snapshot!(valid.stderr, @"pipeline.yml: valid (1 source, 4 queries, 3 outputs); columns and types not checked, because a source declares no columns: customer_totals, large_orders, orders_so_far, shop_summary");
}

#[test]
fn validate_reports_everything_wrong_with_every_pipeline() {
    let shop = Project::copy_of("shop");
    shop.write("second.yml", shop.text("pipeline.yml"));
    shop.replace("second.yml", "time_zone: UTC", "time_zone: Middle/Earth").replace(
        "second.yml",
        "currency: EUR",
        "currency: euro",
    );
    shop.replace("queries/shop_summary.sql", "customer_totals", "customer_total");
    shop.replace("queries/large_orders.sql", "$large_from", "$lagre_from");
    let refused = shop.run(&["validate", "pipeline.yml", "second.yml"]);
    assert_eq!((refused.exit_code, refused.stdout.as_str()), (2, ""));
    assert_snapshot!(refused.stderr, @r"
    error: there is no parameter `$lagre_from`
     --> queries/large_orders.sql:7:17
      |
    7 | where amount >= $lagre_from
      |                 ^^^^^^^^^^^
      |
      = hint: did you mean `large_from`?

    error: there is no table `customer_total`
     --> queries/shop_summary.sql:5:6
      |
    5 | from customer_total
      |      ^^^^^^^^^^^^^^
      |
      = hint: did you mean `customer_totals`?

    error: unknown time zone `Middle/Earth`
     --> second.yml:3:12
      |
    3 | time_zone: Middle/Earth
      |            ^^^^^^^^^^^^
      |
      = hint: use an IANA name such as `Europe/Berlin`

    error: `euro` is not a currency code
     --> second.yml:4:11
      |
    4 | currency: euro
      |           ^^^^
      |
      = hint: use the three capital letters of ISO 4217, such as `EUR`

    4 problems found
    ");
}

#[test]
fn the_pipelines_that_ship_are_valid() {
    let pipelines = std::fs::read_dir(repository().join("pipelines")).unwrap().map(|entry| entry.unwrap().path());
    let mut pipelines: Vec<_> = pipelines.filter(|path| path.extension().is_some_and(|end| end == "yml")).collect();
    pipelines.sort();
    let mut command = staunch();
    command.arg("validate").args(&pipelines).env("STAUNCH_DATA", "/nowhere").env("STAUNCH_BENCH", "/nowhere");
    let output = command.output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr.lines().filter(|line| line.contains(": valid (")).count(), pipelines.len(), "{stderr}");
}

#[test]
fn tests_that_pass_are_counted() {
    let shop = Project::copy_of("shop");
    let passed = shop.succeeds(&["test"]);
    assert_eq!(passed.stdout, "");
    assert_snapshot!(passed.stderr, @r"
    ok      tests/queries/customer_totals.yml: no orders
    ok      tests/queries/customer_totals.yml: the day itself counts, the next does not
    2 passed, 0 failed
    ");
}

#[test]
fn a_test_that_fails_says_what_differs() {
    let shop = Project::copy_of("shop");
    shop.replace("tests/queries/customer_totals.yml", "orders_count: 1", "orders_count: 2");
    let failed = shop.run(&["test", "--quiet", "tests/queries/customer_totals.yml"]);
    assert_eq!((failed.exit_code, failed.stdout.as_str()), (3, ""));
    assert_snapshot!(failed.stderr, @r"
    error: 1 of 2 cases failed
           tests/queries/customer_totals.yml: the day itself counts, the next does not
               row 1, `orders_count`: found 1, expected 2
      hint: correct the query or the expected rows
    ");
}

#[test]
fn tests_that_cannot_be_run_are_no_success() {
    let shop = Project::copy_of("shop");
    shop.make_folder("empty");
    shop.write("wrong/customer_totals.yml", "query: customer_totals\ncasse: []\n");
    for (path, message) in [
        ("nowhere", "cannot read tests at `nowhere`"),
        ("empty", "there are no tests at `empty`"),
        ("wrong", "unknown key `casse`"),
    ] {
        let refused = shop.run(&["test", path]);
        assert_eq!((refused.exit_code, refused.stdout.as_str()), (2, ""), "{path}");
        assert!(refused.stderr.starts_with(&format!("error: {message}")), "{}", refused.stderr);
    }
}
