//! A file that a person wrote, with its text, to point at places in it.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::located::Located;
use crate::error::{Place, Problem};

/// A file that was read, to point at places in it.
#[derive(Clone, Debug)]
pub struct PipelineText {
    /// Path as given.
    pub path: PathBuf,
    /// Contents.
    pub text: Arc<str>,
}

impl PipelineText {
    /// Reads the file at `path`, called `what` in the message.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(path: &Path, what: &str) -> Result<Self, Problem> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            let problem = match error.kind() {
                std::io::ErrorKind::NotFound => {
                    Problem::new(format!("there is no {what} `{}`", path.display())).hint("check the path")
                }
                kind => Problem::new(format!("cannot read {what} `{}`: {kind}", path.display()))
                    .hint("check the permissions, and that it is a text file in UTF-8"),
            };
            problem.caused_by(error)
        })?;
        Ok(Self { path: path.to_owned(), text: Arc::from(text) })
    }

    /// SHA-256 of the text, in lower-case hexadecimal digits.
    pub fn sha256(&self) -> String {
        format!("{:x}", Sha256::digest(self.text.as_bytes()))
    }

    /// A place in this file.
    pub fn place(&self, line: usize, column: usize) -> Place {
        Place::new(self.path.display().to_string(), Arc::clone(&self.text), line, column)
    }

    /// The place of a located text, underlined.
    pub fn place_of(&self, located: &Located<String>) -> Place {
        self.place(located.line, located.column).length(located.value.chars().count())
    }

    /// `relative` as seen from this file's folder.
    pub fn resolve(&self, relative: &str) -> PathBuf {
        without_dots(&self.path.parent().unwrap_or(Path::new("")).join(relative))
    }
}

/// The path without `.`, and without `..` after a folder name.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        let can_go_up = matches!(plain.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if can_go_up => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
