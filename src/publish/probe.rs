//! Trying a location out before any work is done.

use bytes::Bytes;
use object_store::Error as StoreError;

use super::log::Log;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;
use crate::storage::request_error::{Purpose, request_error};
use crate::storage::secrets;

const RACERS: usize = 8;

/// Writes and deletes a small object, and makes sure that conditional writes work: every time that a second put is
/// refused, and before the first publish also that one of several at the same time wins.
pub(super) async fn check_writable(folder: &Folder) -> Result<()> {
    let nonce: u64 = rand::random();
    let twice = format!("_staunch/probe-{nonce:016x}.json");
    let race = format!("_staunch/probe-{nonce:016x}-race.json");
    let mut result = create_twice(folder, &twice).await;
    if result.is_ok() && Log::open(folder).await?.highest().is_none() {
        result = race_once(folder, &race).await;
        folder.delete(&race).await?;
    }
    if result.is_ok() {
        folder.delete(&twice).await?;
    }
    result
}

async fn create_twice(folder: &Folder, relative: &str) -> Result<()> {
    let path = folder.path(relative)?;
    match folder.put_if_absent(&path, Bytes::from_static(b"\"first\"\n")).await {
        // "Already there" is a lost answer of a put that was made: nobody else knows this name.
        Ok(()) | Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => {}
        Err(error @ StoreError::NotImplemented { .. }) => return Err(no_condition(folder, Some(error))),
        Err(error) => return Err(unusable(folder, error)),
    }
    match folder.put_if_absent(&path, Bytes::from_static(b"\"second\"\n")).await {
        Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => Ok(()),
        Ok(()) => {
            folder.delete(relative).await?;
            Err(no_condition(folder, None))
        }
        Err(error) => Err(unusable(folder, error)),
    }
}

async fn race_once(folder: &Folder, relative: &str) -> Result<()> {
    let path = folder.path(relative)?;
    let racers = (0..RACERS).map(|racer| folder.put_if_absent(&path, Bytes::from(format!("{racer}\n"))));
    let winners = futures::future::join_all(racers).await.iter().filter(|result| result.is_ok()).count();
    // None is possible when answers got lost; two are not.
    if winners > 1 { Err(no_condition(folder, None)) } else { Ok(()) }
}

fn unusable(folder: &Folder, error: StoreError) -> Error {
    request_error(Purpose::Probe, folder.scheme, &format!("`{}`", folder.written), error)
}

fn no_condition(folder: &Folder, cause: Option<StoreError>) -> Error {
    let mut problem = Problem::new(format!(
        "the store of publish location `{}` does not support conditional writes: it wrote an object again that was already \
         there, so two runs could publish over each other",
        folder.written
    ))
    .hint("publish to a store with conditional writes (If-None-Match), or upgrade this one");
    if let Some(cause) = cause {
        problem = problem.caused_by(secrets::cause(cause));
    }
    Error::invalid(problem)
}
