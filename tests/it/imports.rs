//! Imports run one way: a module of `src` imports only from those that stand before it in docs/src/architecture.md.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::project::repository;

/// The modules in the order of the table under "Modules", which is the order of the stages.
fn stages() -> Vec<String> {
    let page = fs::read_to_string(repository().join("docs/src/architecture.md")).unwrap();
    let section = page.split("\n## ").find(|section| section.starts_with("Modules\n")).unwrap();
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .map(|line| line.split('`').next().unwrap().to_owned())
        .collect()
}

/// Source files of the library, each with the names of the modules it lies in.
fn source_files(folder: &Path, modules: &[String]) -> Vec<(PathBuf, Vec<String>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut modules = modules.to_vec();
        if path.is_dir() {
            modules.push(name);
            files.extend(source_files(&path, &modules));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            if name != "mod" {
                modules.push(name);
            }
            files.push((path, modules));
        }
    }
    files
}

/// The top-level modules that a file names after `crate::`, in a `use` or in place.
fn imported(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            Some(list) => names.extend(first_names(list)),
            None => names.extend(name_at_the_start(rest)),
        }
    }
    names
}

/// The first names of the paths in `a::b, c::{d, e}}`, up to the brace that closes the list.
fn first_names(list: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut begins = true;
    let mut names = Vec::new();
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => begins = true,
            letter if begins && !letter.is_whitespace() => {
                names.extend(name_at_the_start(&list[at..]));
                begins = false;
            }
            _ => {}
        }
    }
    names
}

fn name_at_the_start(text: &str) -> Option<String> {
    let name: String = text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

#[test]
fn modules_import_only_from_earlier_stages() {
    let stages = stages();
    let position = |module: &str| stages.iter().position(|stage| stage == module);
    let mut backwards = BTreeSet::new();
    let mut imports = 0;
    for (path, modules) in source_files(&repository().join("src"), &[]) {
        let here = path.display();
        let module = modules[0].as_str();
        if module == "lib" || module == "main" {
            continue;
        }
        let own =
            position(module).unwrap_or_else(|| panic!("{here}: docs/src/architecture.md has no module `{module}`"));
        let text = fs::read_to_string(&path).unwrap();
        let way_out = format!("use {}", "super::".repeat(modules.len()));
        for name in text.split(&way_out).skip(1).filter_map(name_at_the_start) {
            assert!(position(&name).is_none(), "{here} imports from `{name}` by `super`; write `crate::{name}`");
        }
        for name in imported(&text) {
            let other = position(&name).unwrap_or_else(|| panic!("{here} imports from `{name}`, which is no module"));
            imports += 1;
            if other > own {
                backwards.insert(format!("{here}: `{module}` imports from `{name}`, which comes later"));
            }
        }
    }
    assert!(imports > 100, "only {imports} imports were found");
    for stage in &stages {
        let path = repository().join("src").join(stage);
        assert!(path.exists() || path.with_extension("rs").exists(), "there is no module `{stage}`");
    }
    assert!(backwards.is_empty(), "{backwards:#?}");
}

#[test]
fn paths_are_found_in_every_form_of_an_import() {
    let text = "use crate::config::{self, Pipeline};\nuse crate::{error::Error, plan::{self, Plan}, engine};\n\
                // crate::report is only mentioned\nfn f() -> crate::publish::Log {}\n";
    let names: Vec<String> = imported(text).into_iter().collect();
    assert_eq!(names, ["config", "engine", "error", "plan", "publish"]);
}
