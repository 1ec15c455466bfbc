//! What a run leaves that was killed, or could not show its night, the next run completes or removes.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::project::{Project, program};

#[test]
fn a_night_that_is_published_but_not_shown_says_so_and_the_next_one_completes_it() {
    let shop = Project::published_shop();
    fs::remove_dir_all(shop.path("out/latest")).unwrap();
    shop.write("out/latest", "in the way");
    let finished = shop.run(&["run", "--quiet", "--as-of-date", "2026-11-29", "pipeline.yml"]);
    assert_eq!(finished.exit_code, 0, "an older day changes only `history/`: {}", finished.stderr);
    let finished = shop.run(&["run", "--quiet", "pipeline.yml"]);
    assert_eq!(finished.exit_code, 6, "{}", finished.stderr);
    assert!(
        finished.stderr.contains("is published, but `latest/` or `history/` is not up to date"),
        "{}",
        finished.stderr
    );
    assert!(shop.path("out/_staunch/log/000000000003.json").exists());
    assert!(!shop.path("out/_staunch/lock.json").exists());

    shop.remove("out/latest");
    shop.succeeds(&["run", "--as-of-date", "2026-11-10", "pipeline.yml"]);
    let run_id = shop.text("out/latest/status.json");
    let shown: serde_json::Value = serde_json::from_str(&run_id).unwrap();
    let third: serde_json::Value = serde_json::from_str(&shop.text("out/_staunch/log/000000000003.json")).unwrap();
    assert_eq!(shown["run_id"], third["run_id"]);
}

#[test]
fn a_run_that_was_killed_blocks_nobody_and_leaves_nothing() {
    let shop = Project::published_shop();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("\"http://{}/orders.csv\"", server.local_addr().unwrap());
    shop.replace("pipeline.yml", "data/orders.csv", &url);
    let mut run = program();
    run.current_dir(shop.path("")).args(["run", "--quiet", "pipeline.yml"]).stderr(Stdio::null());
    let mut run = run.spawn().unwrap();
    let connection = server.accept().unwrap();
    run.kill().unwrap();
    run.wait().unwrap();
    drop(connection);
    assert!(shop.path("out/_staunch/lock.json").exists());
    shop.write("out/_staunch/staging/unfinished", "half a table");
    shop.write("out/_staunch/runs/01900000-0000-7000-8000-000000000000/tables/killed.parquet", "half a run");

    shop.replace("pipeline.yml", &url, "data/orders.csv");
    shop.succeeds(&["run", "pipeline.yml"]);
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(shop.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("out/_staunch"), ["log", "runs", "shown.json", "staging"].map(str::to_owned).into());
    assert_eq!(names("out/_staunch/staging"), BTreeSet::new());
    assert_eq!(names("out/_staunch/runs").len(), 2);
    assert_eq!(names("out/_staunch/log").len(), 2);
}

#[test]
fn a_store_that_does_not_answer_does_not_delay_a_signal() {
    let shop = Project::copy_of("shop");
    shop.replace("pipeline.yml", "{location: out}", "{location: \"s3://acme/out\"}");
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", server.local_addr().unwrap());
    let mut run = program();
    run.current_dir(shop.path("")).args(["run", "--quiet", "pipeline.yml"]).stderr(Stdio::piped()).envs([
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "a secret key"),
        ("AWS_REGION", "eu-central-1"),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ENDPOINT", endpoint.as_str()),
    ]);
    let run = run.spawn().unwrap();
    let connection = server.accept().unwrap();
    assert!(Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    drop(connection);
    assert_eq!(output.status.code(), Some(143));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: interrupted; nothing was published\n");
}

#[test]
fn a_date_in_the_future_is_refused_unless_it_is_meant() {
    let shop = Project::copy_of("shop");
    let refused = shop.run(&["run", "--as-of-date", "2062-11-30", "pipeline.yml"]);
    assert_eq!(refused.exit_code, 2);
    assert!(refused.stderr.contains("as_of_date 2062-11-30 is in the future"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--allow-future"), "{}", refused.stderr);
    for day in ["1899-12-31", "2200-01-01"] {
        let refused = shop.run(&["validate", "--allow-future", "--var", &format!("as_of_date={day}"), "pipeline.yml"]);
        assert_eq!(refused.exit_code, 2);
        assert!(refused.stderr.contains("is not in the years 1900 to 2199"), "{}", refused.stderr);
    }
    shop.succeeds(&["validate", "--allow-future", "--as-of-date", "2062-11-30", "pipeline.yml"]);
    shop.replace("pipeline.yml", "as_of_date: 2026-11-30", "as_of_date: 2062-11-30");
    let warned = shop.succeeds(&["validate", "--quiet", "pipeline.yml"]);
    assert!(warned.stderr.contains("as_of_date 2062-11-30 is in the future"), "{}", warned.stderr);
}
