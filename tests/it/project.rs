//! A little project in a folder of its own, and the program run in it as a person would.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// A project folder that goes with the test.
pub struct Project {
    folder: TempDir,
}

/// What a run of the program left behind.
#[derive(Debug)]
pub struct Finished {
    pub exit_code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Project {
    /// A copy of `tests/fixtures/<case>/`.
    pub fn copy_of(case: &str) -> Self {
        let folder = TempDir::new().unwrap();
        copy_below(&repository().join("tests/fixtures").join(case), folder.path());
        Self { folder }
    }

    /// An empty folder.
    pub fn empty() -> Self {
        Self { folder: TempDir::new().unwrap() }
    }

    /// Copies a folder of this repository to the same place in the project.
    pub fn copy_from_repository(&self, relative: &str) -> &Self {
        copy_below(&repository().join(relative), &self.path(relative));
        self
    }

    /// The fixture `shop` after a first good night.
    pub fn published_shop() -> Self {
        let shop = Self::copy_of("shop");
        shop.succeeds(&["run", "pipeline.yml"]);
        shop
    }

    /// The path of a file of the project.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// The text of a file.
    pub fn text(&self, relative: &str) -> String {
        fs::read_to_string(self.path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
    }

    /// Writes a file, and the folders it lies in.
    pub fn write(&self, relative: &str, contents: impl AsRef<[u8]>) -> &Self {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
        self
    }

    /// Replaces a piece of a file, which must be there.
    pub fn replace(&self, relative: &str, from: &str, to: &str) -> &Self {
        let text = self.text(relative);
        assert!(text.contains(from), "`{relative}` does not contain `{from}`");
        self.write(relative, text.replace(from, to))
    }

    /// Removes a file.
    pub fn remove(&self, relative: &str) -> &Self {
        fs::remove_file(self.path(relative)).unwrap();
        self
    }

    /// Makes an empty folder.
    pub fn make_folder(&self, relative: &str) -> &Self {
        fs::create_dir_all(self.path(relative)).unwrap();
        self
    }

    /// The program, to be run in the project's folder, without any setting from outside.
    pub fn staunch(&self, arguments: &[&str]) -> Command {
        let mut command = staunch();
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Finished {
        self.finish(&mut self.staunch(arguments))
    }

    /// Runs the program, which must succeed.
    pub fn succeeds(&self, arguments: &[&str]) -> Finished {
        let finished = self.run(arguments);
        assert_eq!(finished.exit_code, 0, "staunch {}\n{}", arguments.join(" "), finished.stderr);
        finished
    }

    /// Runs a prepared command; in what it prints the project's folder is called `[project]`.
    pub fn finish(&self, command: &mut Command) -> Finished {
        let output = command.output().unwrap();
        let folder = self.folder.path().to_string_lossy().into_owned();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&folder, "[project]");
        Finished { exit_code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// What readers rely on: every file below `out`, with its SHA-256; the lock comes and goes, and so does the note of what
    /// was shown.
    pub fn published(&self) -> BTreeMap<String, String> {
        let mut files = self.files_below("out");
        files.remove("out/_staunch/lock.json");
        files.remove("out/_staunch/shown.json");
        files
    }

    /// Every file below a folder of the project, with its SHA-256.
    pub fn files_below(&self, relative: &str) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for path in paths_below(&self.path(relative)) {
            let name = path.strip_prefix(self.folder.path()).unwrap().to_string_lossy().into_owned();
            files.insert(name, sha256(&path));
        }
        files
    }

    /// The manifest of the last committed run below a publish location.
    pub fn last_manifest(&self, location: &str) -> serde_json::Value {
        let log = self.path(&format!("{location}/_staunch/log"));
        let highest = paths_below(&log).into_iter().max().unwrap();
        let entry: serde_json::Value = serde_json::from_str(&fs::read_to_string(highest).unwrap()).unwrap();
        let manifest = entry["manifest"].as_str().unwrap();
        serde_json::from_str(&self.text(&format!("{location}/{manifest}"))).unwrap()
    }
}

/// The program without arguments and without any setting from outside.
pub fn staunch() -> Command {
    Command::from_std(program())
}

/// The same as a command that can run in the background.
pub fn program() -> std::process::Command {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("staunch"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("STAUNCH_") {
            command.env_remove(name);
        }
    }
    // Help is wrapped to the width of the terminal; there is none here.
    command.env_remove("COLUMNS");
    command
}

/// The folder of this repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// SHA-256 of a file, in hexadecimal.
pub fn sha256(path: &Path) -> String {
    Sha256::digest(fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file below a folder.
pub fn paths_below(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { paths.extend(paths_below(&path)) } else { paths.push(path) }
    }
    paths
}

fn copy_below(from: &Path, to: &Path) {
    for path in paths_below(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&path, target).unwrap();
    }
}
