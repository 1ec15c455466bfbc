//! Inputs and names that are seldom seen: each is refused with the right exit code, or told.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::project::Project;

/// The message of a run that is refused. What was published before stays as it was.
#[track_caller]
fn refused(shop: &Project, exit_code: i32) -> String {
    let published = shop.published();
    let finished = shop.run(&["run", "pipeline.yml", "--quiet"]);
    assert_eq!(finished.exit_code, exit_code, "{}", finished.stderr);
    assert_eq!(shop.published(), published);
    finished.stderr
}

#[test]
fn a_pipe_is_refused_before_anybody_waits_for_it() {
    let shop = Project::published_shop();
    assert!(Command::new("mkfifo").arg(shop.path("data/pipe.csv")).status().unwrap().success());
    shop.replace("pipeline.yml", "data/orders.csv", "data/pipe.csv");
    let told = refused(&shop, 2);
    assert!(told.contains("cannot read `data/pipe.csv`"), "{told}");
    assert!(told.contains("it is neither a file nor a folder"), "{told}");
}

#[test]
fn links_in_a_circle_are_named() {
    let shop = Project::published_shop();
    symlink("there.csv", shop.path("data/here.csv")).unwrap();
    symlink("here.csv", shop.path("data/there.csv")).unwrap();
    shop.make_folder("data/all");
    shop.write("data/all/orders.csv", shop.text("data/orders.csv"));
    symlink("..", shop.path("data/all/above")).unwrap();
    for location in ["data/here.csv", "data/all/"] {
        let pipeline = shop.text("pipeline.yml");
        shop.replace("pipeline.yml", "data/orders.csv", location);
        let told = refused(&shop, 2);
        assert!(told.contains(&format!("cannot read `{location}`")), "{told}");
        assert!(told.contains("its symbolic links lead in a circle"), "{told}");
        shop.write("pipeline.yml", pipeline);
    }
}

#[test]
fn a_line_without_an_end_is_no_delimited_text() {
    let shop = Project::published_shop();
    shop.write("data/orders.csv", shop.text("data/orders.csv") + &"x".repeat(17 << 20));
    let told = refused(&shop, 3);
    assert!(told.contains("orders.csv` line 6 is longer than 16 MiB"), "{told}");
}

#[test]
fn one_byte_order_mark_is_dropped_and_two_are_told() {
    let shop = Project::published_shop();
    let orders = shop.text("data/orders.csv");
    shop.write("data/orders.csv", format!("\u{feff}{orders}"));
    shop.succeeds(&["run", "pipeline.yml"]);
    shop.write("data/orders.csv", format!("\u{feff}\u{feff}{orders}"));
    let told = refused(&shop, 3);
    assert!(told.contains("orders.csv` begins with more than one byte order mark"), "{told}");
}

#[test]
fn a_file_that_may_have_been_cut_is_told() {
    let shop = Project::copy_of("shop");
    let whole = shop.succeeds(&["run", "pipeline.yml"]);
    assert!(!whole.stderr.contains("line break"), "{}", whole.stderr);
    // Without its last two bytes, the amount of 99.00 is a number still.
    let orders = shop.text("data/orders.csv");
    shop.write("data/orders.csv", orders.strip_suffix("0\n").unwrap());
    let cut = shop.succeeds(&["run", "pipeline.yml"]);
    let told = "orders.csv` ends without a line break; if a file was cut off, its last value may be wrong";
    assert!(cut.stderr.contains("note: source `orders`: `"), "{}", cut.stderr);
    assert!(cut.stderr.contains(told), "{}", cut.stderr);
    let notes = &shop.last_manifest("out")["notes"];
    assert!(notes.to_string().contains(told.split('`').nth(1).unwrap()), "{notes}");
}

#[test]
fn a_pattern_that_is_too_large_is_told_wherever_it_is_written() {
    const LARGE: &str = r"(\w{1000}){1000}";
    let shop = Project::published_shop();
    let query = shop.text("queries/large_orders.sql");
    // The engine tells it in three ways, and not always before it computes.
    for (condition, exit_code) in [
        (format!("regexp_like(order_id, '{LARGE}')"), 3),
        (format!("regexp_like(order_id, '{LARGE}' || customer_id)"), 3),
        (format!("regexp_replace(order_id, '{LARGE}', '') = 'x'"), 3),
    ] {
        shop.write("queries/large_orders.sql", query.replace("amount >= $large_from", &condition));
        let told = refused(&shop, exit_code);
        assert!(told.contains("the regular expression is too large"), "{condition}: {told}");
        assert!(told.contains("it may have at most 10 MiB"), "{told}");
    }
    shop.write("queries/large_orders.sql", query);
    shop.replace(
        "pipeline.yml",
        "order_id: {type: string, required: true}",
        &format!("order_id: {{type: string, pattern: '{LARGE}'}}"),
    );
    let told = refused(&shop, 2);
    assert!(told.contains(&format!("`{LARGE}` is too large")), "{told}");
}

#[test]
fn a_report_cannot_be_called_after_another_folder() {
    let shop = Project::published_shop();
    let reports = "reports:\n  ../../x: {formats: [markdown], languages: [en]}\n\npublish:";
    shop.replace("pipeline.yml", "publish:", reports);
    let told = refused(&shop, 2);
    assert!(told.contains("`../../x` cannot be the name of a report"), "{told}");
}

#[test]
fn a_location_may_lead_out_of_the_folder() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "{location: out}", "{location: below/../out}");
    shop.make_folder("below");
    shop.succeeds(&["run", "pipeline.yml", "-q"]);
    assert!(shop.path("out/latest/status.json").exists());
    shop.replace("pipeline.yml", "{location: below/../out}", "{location: out}");
    shop.succeeds(&["run", "pipeline.yml", "-q"]);
    assert!(shop.path("out/_staunch/log/000000000002.json").exists(), "both name one place");
}
