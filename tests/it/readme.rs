//! The tour of the README, typed as it stands there.

use std::path::Path;
use std::process::Command;

use crate::project::{Project, program, repository};

/// A block of the tour: what is typed, and what the README says is printed then, if it does.
struct Step {
    typed: String,
    printed: Option<String>,
}

fn steps(readme: &str) -> Vec<Step> {
    let tour = readme.split("\n## ").find(|part| part.contains("pipelines/shop.yml")).unwrap();
    let mut steps: Vec<Step> = Vec::new();
    for block in tour.split("\n```").skip(1).step_by(2) {
        let (language, text) = block.split_once('\n').unwrap();
        match language {
            "sh" => steps.push(Step { typed: text.to_owned(), printed: None }),
            "text" => steps.last_mut().unwrap().printed = Some(text.to_owned()),
            _ => {}
        }
    }
    steps
}

/// Lines that are the same on every run: without times, numbers of runs, and what the README leaves out.
fn is_stable(line: &&str) -> bool {
    !line.trim().is_empty() && *line != "..." && !line.contains(" rows in ") && !line.contains(" s (run ")
}

#[test]
fn the_tour_prints_what_it_says() {
    let project = Project::empty();
    for folder in ["pipelines", "queries", "tests/queries"] {
        project.copy_from_repository(folder);
    }
    let program = program();
    let folder = Path::new(program.get_program()).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let steps = steps(&readme);
    assert!(steps.iter().filter(|step| step.printed.is_some()).count() >= 4, "the tour was not found");
    for step in steps {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("{{ {}\n}} 2>&1", step.typed)]).current_dir(project.path(".")).env("PATH", &path);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STAUNCH_")) {
            shell.env_remove(name);
        }
        let output = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        for line in step.printed.iter().flat_map(|text| text.lines()).filter(is_stable) {
            assert!(output.contains(line), "`{line}` is not printed by\n{}\n{output}", step.typed);
        }
    }
    assert!(!project.path("pipelines/shop.yml").exists(), "the tour tidies up");
}
