//! Many runs at the same moment: each number of the log is written by one of them, and no other does any harm.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};

use crate::project::{Project, program};

const AT_ONCE: usize = 16;

fn numbers(shop: &Project) -> BTreeSet<String> {
    shop.files_below("out/_staunch/log").into_keys().collect()
}

#[test]
fn of_sixteen_runs_at_once_each_publishes_a_night_of_its_own_or_is_refused() {
    let is_long = std::env::var_os("STAUNCH_LONG").is_some_and(|long| long == "1");
    let rounds = if is_long { 100 } else { 2 };
    let shop = Project::published_shop();
    let latest = shop.files_below("out/latest").len();
    let (mut published, mut refused) = (0, 0);
    for round in 0..rounds {
        let before = numbers(&shop).len();
        let start = |_| {
            let mut run = program();
            run.current_dir(shop.path("")).args(["run", "-q", "--threads", "1", "pipeline.yml"]).stderr(Stdio::piped());
            run.spawn().unwrap()
        };
        let runs: Vec<Child> = (0..AT_ONCE).map(start).collect();
        let mut winners = 0;
        for run in runs {
            let output = run.wait_with_output().unwrap();
            match output.status.code() {
                Some(0) => winners += 1,
                Some(5) => refused += 1,
                other => panic!("round {round}: {other:?}: {}", String::from_utf8_lossy(&output.stderr)),
            }
        }
        assert!(winners > 0, "round {round}");
        published += winners;
        assert_eq!(numbers(&shop).len(), before + winners, "round {round}: two runs shared a number, or one is lost");
        assert!(!shop.path("out/_staunch/lock.json").exists(), "round {round}");
        assert_eq!(shop.files_below("out/latest").len(), latest, "round {round}");
        let runs = std::fs::read_dir(shop.path("out/_staunch/runs")).unwrap().count();
        assert_eq!(runs, before + winners, "round {round}: a refused run left its folder");
    }
    shop.succeeds(&["verify", "--all", "-p", "pipeline.yml"]);
    println!("{rounds} rounds of {AT_ONCE}: {published} published, {refused} refused");
}
