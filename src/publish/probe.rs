//! Probes a publish location before any work is done.

use bytes::Bytes;
use object_store::{Error as StoreError, ObjectStoreExt};

use super::clock::Clock;
use super::debris::Probe;
use super::log::{Log, to_json};
use super::process::ProcessIdentity;
use crate::error::{Error, Problem, Result};
use crate::storage::folder::Folder;
use crate::storage::request_error::{Purpose, is_refusal, request_error};
use crate::storage::retry::{ATTEMPTS, pause};
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
        remove(folder, &race).await?;
    }
    if result.is_ok() {
        remove(folder, &twice).await?;
    }
    result
}

/// The difference between the store's clock and ours, by an object that is written and deleted.
pub(super) async fn clock_difference_seconds(folder: &Folder, clock: &dyn Clock) -> Result<i64> {
    let nonce: u64 = rand::random();
    let relative = format!("_staunch/probe-{nonce:016x}-clock.json");
    let before = clock.now();
    folder.replace(&relative, contents("clock")?).await?;
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

/// The contents of a probe, which tell later runs whether anybody still uses it.
fn contents(attempt: &str) -> Result<Bytes> {
    to_json("a probe", &Probe { attempt: attempt.to_owned(), process: ProcessIdentity::own() })
}

async fn create_twice(folder: &Folder, relative: &str) -> Result<()> {
    // Whether it exists already does not matter: then the put succeeded and its response was lost, because no one else uses
    // this name.
    put(folder, relative, "first").await?;
    if put(folder, relative, "second").await? {
        remove(folder, relative).await?;
        return Err(no_condition(folder, None));
    }
    Ok(())
}

/// Writes an object unless it exists, and says whether it did not. A request that was not answered is made again.
async fn put(folder: &Folder, relative: &str, attempt: &str) -> Result<bool> {
    let path = folder.path(relative)?;
    let mut tries = 1;
    loop {
        match folder.put_if_absent(&path, contents(attempt)?).await {
            Ok(()) => return Ok(true),
            Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => return Ok(false),
            Err(error @ StoreError::NotImplemented { .. }) => return Err(no_condition(folder, Some(error))),
            Err(error) if is_refusal(&error) || tries == ATTEMPTS => return Err(unusable(folder, error)),
            Err(_) => pause(tries).await,
        }
        tries += 1;
    }
}

/// Deletes an object. Without the right to delete, a location cannot be used.
async fn remove(folder: &Folder, relative: &str) -> Result<()> {
    let path = folder.path(relative)?;
    let mut tries = 1;
    loop {
        match folder.store.delete(&path).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => return Ok(()),
            Err(error) if is_refusal(&error) || tries == ATTEMPTS => return Err(unusable(folder, error)),
            Err(_) => pause(tries).await,
        }
        tries += 1;
    }
}

async fn race_once(folder: &Folder, relative: &str) -> Result<()> {
    let path = folder.path(relative)?;
    let contents: Vec<Bytes> = (0..CONCURRENT_PUTS).map(|racer| contents(&racer.to_string())).collect::<Result<_>>()?;
    let racers = contents.into_iter().map(|contents| folder.put_if_absent(&path, contents));
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
