//! A run that is asked to stop publishes nothing and gives the lock back.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::project::{Project, program};

/// Stops a run while its input's server keeps it waiting.
fn stopped_by(signal: &str) -> (Project, i32, String) {
    let shop = Project::published_shop();
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("\"http://{}/orders.csv\"", server.local_addr().unwrap());
    shop.replace("pipeline.yml", "data/orders.csv", &url);
    let before = shop.published();
    let mut run = program();
    run.current_dir(shop.path("")).args(["run", "--quiet", "pipeline.yml"]).stderr(Stdio::piped());
    let run = run.spawn().unwrap();
    let connection = server.accept().unwrap();
    assert!(Command::new("kill").args([signal, &run.id().to_string()]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    drop(connection);
    assert_eq!(shop.published(), before);
    assert!(!shop.path("out/_staunch/lock.json").exists(), "the lock is given back");
    let stderr = String::from_utf8(output.stderr).unwrap();
    (shop, output.status.code().unwrap_or_else(|| panic!("{}", output.status)), stderr)
}

#[test]
fn a_run_that_is_terminated_publishes_nothing() {
    let (_shop, exit_code, message) = stopped_by("-TERM");
    assert_eq!((exit_code, message.as_str()), (143, "error: interrupted; nothing was published\n"));
}

#[test]
fn a_run_that_is_interrupted_publishes_nothing() {
    let (_shop, exit_code, message) = stopped_by("-INT");
    assert_eq!((exit_code, message.as_str()), (130, "error: interrupted; nothing was published\n"));
}
