//! A run that is asked to stop publishes nothing and gives the lock back, whatever its computations are doing.

use std::fs::File;
use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

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

/// One row whose computation takes hours and never gives its thread back.
const ENDLESS: &str = "select customer_id, order_id, levenshtein(repeat(customer_id, 2000000), repeat(order_id, 2000000)) as distance from orders\n";

/// The contents of the lock, once a run holds it.
fn lock_of(shop: &Project, run: &mut Child) -> serde_json::Value {
    loop {
        assert_eq!(run.try_wait().unwrap(), None, "the run has ended");
        let text = std::fs::read_to_string(shop.path("out/_staunch/lock.json"));
        if let Some(lock) = text.ok().and_then(|text| serde_json::from_str(&text).ok()) {
            return lock;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn an_operator_that_never_yields_stops_neither_signals_nor_the_renewal_of_the_lock() {
    let shop = Project::published_shop();
    shop.write("queries/endless.sql", ENDLESS);
    shop.replace("pipeline.yml", "outputs:\n", "outputs:\n  endless: {}\n");
    shop.replace("pipeline.yml", "{location: out}", "{location: out, lock_seconds: 10}");
    let before = shop.published();
    let mut run = program();
    run.current_dir(shop.path("")).args(["run", "--quiet", "--threads", "1", "pipeline.yml"]).stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let first = lock_of(&shop, &mut run);
    // Several renewals later the lock is still that of the run, and no other run takes it over.
    let since = |lock: &serde_json::Value| lock["since"].as_str().unwrap().to_owned();
    let until = |lock: &serde_json::Value| -> chrono::DateTime<chrono::Utc> {
        lock["expires_at"].as_str().unwrap().parse().unwrap()
    };
    while until(&lock_of(&shop, &mut run)) - until(&first) < chrono::TimeDelta::seconds(9) {
        thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(since(&lock_of(&shop, &mut run)), since(&first));
    assert_eq!(shop.run(&["run", "--quiet", "pipeline.yml"]).exit_code, 5);
    assert!(Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap().success());
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: interrupted; nothing was published\n");
    assert_eq!(shop.published(), before);
    assert!(!shop.path("out/_staunch/lock.json").exists(), "the lock is given back");
}

#[test]
fn a_message_that_cannot_be_written_never_costs_a_night() {
    for format in ["text", "json"] {
        let shop = Project::copy_of("shop");
        let mut run = program();
        run.current_dir(shop.path("")).args(["run", "--log-format", format, "pipeline.yml"]);
        let full = File::options().write(true).open("/dev/full").unwrap();
        assert!(run.stderr(full).status().unwrap().success(), "a full disk, {format}");
        assert!(shop.path("out/latest/status.json").exists());

        let mut piped = run.stderr(Stdio::piped()).spawn().unwrap();
        let mut one = [0];
        piped.stderr.take().unwrap().read_exact(&mut one).unwrap();
        assert!(piped.wait().unwrap().success(), "a reader that has gone, {format}");
        assert!(shop.path("out/_staunch/log/000000000002.json").exists());
        assert!(!shop.path("out/_staunch/lock.json").exists());
    }
}

#[test]
fn values_that_the_engine_does_not_count_end_the_run_before_the_machine_does() {
    let shop = Project::published_shop();
    // 16 MB, 128 MB and 1 GB for each row: no single function builds too much at once.
    let eight = |text: &str| format!("concat({})", [text; 8].join(", "));
    let large = eight(&eight("repeat(order_id, 8000000)"));
    shop.write("queries/large.sql", format!("select customer_id, length({large}) as letters from orders\n"));
    shop.replace("pipeline.yml", "outputs:\n", "outputs:\n  large: {}\n");
    let before = shop.published();
    let finished = shop.run(&["run", "--quiet", "--memory", "64MiB", "pipeline.yml"]);
    assert_eq!(finished.exit_code, 1, "{}", finished.stderr);
    assert!(finished.stderr.contains("of memory, too much for its limit of 64.0 MiB"), "{}", finished.stderr);
    assert_eq!(shop.published(), before);
    assert!(!shop.path("out/_staunch/lock.json").exists());
}

#[test]
fn a_function_that_would_build_too_much_ends_the_run_before_it_does() {
    let shop = Project::published_shop();
    shop.write("queries/large.sql", "select customer_id, array_repeat(order_id, 400000000) as copies from orders\n");
    shop.replace("pipeline.yml", "outputs:\n", "outputs:\n  large: {}\n");
    let before = shop.published();
    let finished = shop.run(&["run", "--quiet", "--memory", "64MiB", "pipeline.yml"]);
    // No retry helps: the SQL asks for a value that cannot be computed.
    assert_eq!(finished.exit_code, 3, "{}", finished.stderr);
    let told = "`large` (queries/large.sql) failed: `array_repeat` would build a value of 6.0 GiB; a value may have at most 16.0 MiB";
    assert!(finished.stderr.contains(told), "{}", finished.stderr);
    assert_eq!(shop.published(), before);
}

#[test]
fn a_change_of_published_nights_that_is_interrupted_gives_the_lock_back() {
    let shop = Project::copy_of("shop");
    for day in ["2026-11-28", "2026-11-29", "2026-11-30"] {
        shop.succeeds(&["run", "pipeline.yml", "-q", "--as-of-date", day]);
    }
    let before = shop.published();
    let first = shop.path("out/_staunch/log/000000000001.json");
    let entry = std::fs::read(&first).unwrap();
    for command in [&["rollback", "2026-11-28", "-p"][..], &["repair"], &["clean", "--yes", "--keep-runs", "1"]] {
        // The command waits for somebody to write into the pipe.
        std::fs::remove_file(&first).unwrap();
        assert!(Command::new("mkfifo").arg(&first).status().unwrap().success());
        let mut waiting = program();
        waiting.current_dir(shop.path("")).arg("-q").args(command).arg("pipeline.yml").stderr(Stdio::piped());
        let mut waiting = waiting.spawn().unwrap();
        lock_of(&shop, &mut waiting);
        assert!(Command::new("kill").args(["-TERM", &waiting.id().to_string()]).status().unwrap().success());
        let output = waiting.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(143), "{command:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "error: interrupted; nothing was published\n");
        assert!(!shop.path("out/_staunch/lock.json").exists(), "{command:?}: the lock is given back");
        std::fs::remove_file(&first).unwrap();
        std::fs::write(&first, &entry).unwrap();
        assert_eq!(shop.published(), before);
    }
}
