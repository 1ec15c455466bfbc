//! The tour of the book, typed as it stands there.

use std::path::Path;
use std::process::Command;

use crate::project::{Project, program, repository};

/// A block of the tour: what is typed, and what the page says is printed then, if it does.
struct Step {
    typed: String,
    printed: Option<String>,
}

fn steps(tour: &str) -> Vec<Step> {
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

fn text(relative: &str) -> String {
    std::fs::read_to_string(repository().join(relative)).unwrap()
}

/// Lines that are the same on every run: without times, numbers of runs, and what the page leaves out.
fn is_stable(line: &&str) -> bool {
    !line.trim().is_empty() && *line != "..." && !line.contains(" rows in ") && !line.contains(" s (run ")
}

/// A line without the size of a file, which every new column changes.
fn without_size(line: &str) -> &str {
    line.rsplit_once(", ").filter(|(_, size)| size.ends_with("iB")).map_or(line, |(line, _)| line)
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
    let steps = steps(&text("docs/src/tour.md"));
    assert!(steps.iter().filter(|step| step.printed.is_some()).count() >= 4, "the tour was not found");
    for step in steps {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("{{ {}\n}} 2>&1", step.typed)]).current_dir(project.path(".")).env("PATH", &path);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("STAUNCH_")) {
            shell.env_remove(name);
        }
        let output = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        for line in step.printed.iter().flat_map(|text| text.lines()).filter(is_stable).map(without_size) {
            assert!(output.contains(line), "`{line}` is not printed by\n{}\n{output}", step.typed);
        }
    }
    assert!(!project.path("pipelines/shop.yml").exists(), "the tour tidies up");
}

#[test]
fn the_readme_shows_what_the_tour_prints() {
    let printed: Vec<String> = steps(&text("docs/src/tour.md")).into_iter().filter_map(|step| step.printed).collect();
    let readme = text("README.md");
    let quoted: Vec<&str> =
        readme.split("\n```").skip(1).step_by(2).filter_map(|block| block.strip_prefix("text\n")).collect();
    assert!(quoted.len() >= 2, "the README quotes the tour");
    for block in quoted {
        assert!(printed.iter().any(|text| text.contains(block)), "the tour does not print\n{block}");
    }
}
