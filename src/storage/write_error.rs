//! Errors of a store, in words that say what was tried, where, and what to do.

use std::error::Error as StdError;
use std::io;

use object_store::Error as StoreError;

use crate::error::{Error, Problem};

/// Reading or writing at run time failed; the same run may succeed later. `action` is a verb: `read`, `write`, ...
pub fn storage_error(action: &str, name: &str, error: StoreError) -> Error {
    let mut problem = Problem::new(format!("cannot {action} `{name}`: {}", reason(&error)));
    if let Some(hint) = hint(&error) {
        problem = problem.hint(hint);
    }
    Error::execution(problem.caused_by(error))
}

/// The publish location itself cannot be used, found before any work: wrong configuration when the store said no,
/// an execution error when it did not answer.
pub fn unusable_location(written: &str, error: StoreError) -> Error {
    let hint = hint(&error).unwrap_or("check `publish.location` and that the store can be reached");
    let refused = is_refusal(&error);
    let problem = Problem::new(format!("cannot write to publish location `{written}`: {}", reason(&error)))
        .hint(hint)
        .caused_by(error);
    if refused { Error::invalid(problem) } else { Error::execution(problem) }
}

/// Whether the store answered with a clear no, so that nothing was done and trying again changes nothing.
pub fn is_refusal(error: &StoreError) -> bool {
    match error {
        StoreError::PermissionDenied { .. }
        | StoreError::Unauthenticated { .. }
        | StoreError::NotFound { .. }
        | StoreError::InvalidPath { .. }
        | StoreError::NotSupported { .. }
        | StoreError::NotImplemented { .. } => true,
        _ => io_kind(error).is_some_and(|kind| {
            matches!(
                kind,
                io::ErrorKind::PermissionDenied
                    | io::ErrorKind::NotFound
                    | io::ErrorKind::NotADirectory
                    | io::ErrorKind::IsADirectory
                    | io::ErrorKind::AlreadyExists
                    | io::ErrorKind::ReadOnlyFilesystem
            )
        }),
    }
}

fn reason(error: &StoreError) -> String {
    match error {
        StoreError::PermissionDenied { .. } => return "permission denied".into(),
        StoreError::Unauthenticated { .. } => return "the credentials were not accepted".into(),
        StoreError::NotFound { .. } => return "it does not exist".into(),
        _ => {}
    }
    match io_kind(error) {
        Some(io::ErrorKind::PermissionDenied) => "permission denied".into(),
        Some(io::ErrorKind::NotFound) => "the folder does not exist and cannot be created".into(),
        Some(io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists) => {
            "a file is where a folder should be".into()
        }
        Some(io::ErrorKind::IsADirectory) => "a folder is where a file should be".into(),
        Some(io::ErrorKind::ReadOnlyFilesystem) => "the file system is read-only".into(),
        Some(io::ErrorKind::StorageFull) => "no space is left".into(),
        _ => error.to_string(),
    }
}

fn hint(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::PermissionDenied { .. } => {
            return Some("the credentials need to read, list, write and delete below this location");
        }
        StoreError::Unauthenticated { .. } => return Some("check the credentials in the environment"),
        StoreError::NotFound { .. } => return Some("check the bucket and the folder"),
        _ => {}
    }
    match io_kind(error)? {
        io::ErrorKind::PermissionDenied => Some("give the user who runs this the right to write there"),
        io::ErrorKind::NotFound => Some("create the folder, or set `publish.location` to another one"),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory => {
            Some("move what is in the way, or set `publish.location` to another folder")
        }
        io::ErrorKind::ReadOnlyFilesystem => Some("set `publish.location` to a folder that can be written"),
        io::ErrorKind::StorageFull => Some("free some space, then run again"),
        _ => None,
    }
}

/// The kind of the operating system's error at the bottom, when there is one.
fn io_kind(error: &StoreError) -> Option<io::ErrorKind> {
    let mut current: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = current {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        current = error.source();
    }
    None
}
