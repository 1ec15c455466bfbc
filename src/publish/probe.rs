//! Probes a publish location before any work is done.

use bytes::Bytes;
use object_store::Error as StoreError;

use super::clock::Clock;
use super::log::Log;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;
use crate::storage::request_error::{Purpose, request_error};
use crate::storage::secrets;

const CONCURRENT_PUTS: usize = 8;

/// Writes and deletes a small object, and verifies that conditional writes work: always that a second put is refused,
/// and before the first publish also that at most one of several concurrent puts succeeds.
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

/// The difference between the store's clock and ours, by an object that is written and deleted.
pub(super) async fn clock_difference_seconds(folder: &Folder, clock: &dyn Clock) -> Result<i64> {
    let nonce: u64 = rand::random();
    let relative = format!("_staunch/probe-{nonce:016x}-clock.json");
    let before = clock.now();
    folder.replace(&relative, Bytes::from_static(b"\"clock\"\n")).await?;
    let after = clock.now();
    let read = folder.read(&relative).await;
    folder.delete(&relative).await?;
    let Some((_, object)) = read? else { return Ok(0) };
    // The store wrote it between these two moments; whole seconds are as precise as some stores are.
    let written = object.last_modified;
    Ok(match () {
        () if written < before => (written - before).num_seconds(),
        () if written > after => (written - after).num_seconds(),
        () => 0,
    })
}

async fn create_twice(folder: &Folder, relative: &str) -> Result<()> {
    let path = folder.path(relative)?;
    match folder.put_if_absent(&path, Bytes::from_static(b"\"first\"\n")).await {
        // "Already exists" means that the put succeeded and its response was lost: no one else uses this name.
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
    let racers = (0..CONCURRENT_PUTS).map(|racer| folder.put_if_absent(&path, Bytes::from(format!("{racer}\n"))));
    let winners = futures::future::join_all(racers).await.iter().filter(|result| result.is_ok()).count();
    // Zero successes are possible if responses were lost; two are not.
    if winners > 1 { Err(no_condition(folder, None)) } else { Ok(()) }
}

fn unusable(folder: &Folder, error: StoreError) -> Error {
    request_error(Purpose::Probe, folder.scheme, &format!("`{}`", folder.written), error)
}

fn no_condition(folder: &Folder, cause: Option<StoreError>) -> Error {
    let mut problem = Problem::new(format!(
        "the store of publish location `{}` does not support conditional writes, so two runs could \
         overwrite each other's results",
        folder.written
    ))
    .hint("publish to a store with conditional writes (If-None-Match), or upgrade this one");
    if let Some(cause) = cause {
        problem = problem.caused_by(secrets::cause(cause));
    }
    Error::invalid(problem)
}
