//! A lock with a lease: only one run at a time uses a publish location.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use super::clock::Clock;
use super::lock_record::{FoundLock, LOCK, LockRecord};
use super::run_id::RunId;
use super::takeover::{Takeover, take_over};
use crate::error::{Error, Problem, Result};
use crate::storage::conditional_put::Created;
use crate::storage::folder::Folder;

/// Renewals per lease, so that two may fail before the lock is lost.
const RENEWALS_PER_LEASE: u32 = 3;
/// Attempts to take over an expired lock before giving up because other runs were faster.
const ATTEMPTS: u32 = 4;
/// How long a release waits for a renewal in progress.
const LAST_RENEWAL: Duration = Duration::from_secs(30);

/// The lock of a publish location, held by one run and renewed in the background.
///
/// The lock prevents concurrent runs; the safety of commits does not depend on it. A lock that is dropped without
/// [`Lock::release`] is no longer renewed and expires.
#[derive(Debug)]
pub struct Lock {
    held: Arc<Held>,
    stop: watch::Sender<bool>,
    renewals: JoinHandle<()>,
}

#[derive(Debug)]
struct Held {
    folder: Folder,
    clock: Arc<dyn Clock>,
    lease: Duration,
    /// The contents of the lock file while this run holds it. The mutex also serialises renewals.
    record: Mutex<LockRecord>,
    lost: watch::Sender<Option<Loss>>,
}

/// How a lock was lost.
#[derive(Clone, Debug)]
enum Loss {
    TakenOver(FoundLock),
    Removed,
}

impl Lock {
    pub(super) async fn acquire(
        folder: Folder,
        clock: Arc<dyn Clock>,
        run_id: RunId,
        holder: String,
        lease: Duration,
    ) -> Result<Self> {
        let record = take(&folder, clock.as_ref(), &run_id, &holder, lease).await?;
        let held = Arc::new(Held { folder, clock, lease, record: Mutex::new(record), lost: watch::Sender::new(None) });
        let stop = watch::Sender::new(false);
        let renewals = tokio::spawn(keep_renewing(held.clone(), stop.subscribe()));
        Ok(Self { held, stop, renewals })
    }

    /// Verifies that this run still holds the lock, and renews it for a whole lease. Call it before any change that
    /// readers can see, as [`super::RunFolder::commit`] does.
    ///
    /// # Errors
    /// `Error::Locked` when another run took it over, `Error::Execution` when it was removed or the store failed.
    pub async fn verify(&self) -> Result<()> {
        self.held.renew().await?;
        match self.held.loss() {
            Some(loss) => Err(loss.error(&self.held.folder)),
            None => Ok(()),
        }
    }

    /// Waits until the lock is lost and returns the error; never returns while the lock is held. Lets a run stop as
    /// soon as another one has taken over.
    pub async fn lost(&self) -> Error {
        let mut lost = self.held.lost.subscribe();
        let found = lost.wait_for(Option::is_some).await.ok().and_then(|loss| loss.clone());
        found.unwrap_or(Loss::Removed).error(&self.held.folder)
    }

    /// Releases the lock. Does nothing if it was lost.
    ///
    /// # Errors
    /// `Error::Execution` when the store failed; the lock then expires.
    pub async fn release(mut self) -> Result<()> {
        self.stop.send_replace(true);
        // A renewal in progress must end first, or it would recreate the deleted lock.
        if tokio::time::timeout(LAST_RENEWAL, &mut self.renewals).await.is_err() {
            self.renewals.abort();
        }
        let record = self.held.record.lock().await;
        release(&self.held.folder, self.held.clock.now(), &record.run_id, self.held.lease).await
    }
}
impl Drop for Lock {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl Held {
    fn loss(&self) -> Option<Loss> {
        self.lost.borrow().clone()
    }

    /// Renews the lock, or records that it is lost. A store error changes nothing.
    async fn renew(&self) -> Result<()> {
        let mut record = self.record.lock().await;
        if self.loss().is_some() {
            return Ok(());
        }
        let now = self.clock.now();
        let renewed = record.renewed(now, self.lease);
        let loss = match FoundLock::read(&self.folder, LOCK, self.lease, now).await? {
            None => Loss::Removed,
            Some(found) if found.token != record.run_id.as_str() => Loss::TakenOver(found),
            Some(found) if !found.is_expired(now) => {
                self.folder.replace(LOCK, renewed.to_bytes()?).await?;
                *record = renewed;
                return Ok(());
            }
            // The lease has expired, for example because the machine slept. Other runs may be taking the lock over, so
            // this run follows the takeover protocol too.
            Some(found) => match take_over(&self.folder, self.clock.as_ref(), self.lease, &found, &renewed).await? {
                Takeover::Done => {
                    *record = renewed;
                    return Ok(());
                }
                Takeover::Claimed(found) => Loss::TakenOver(found),
                Takeover::Changed => {
                    FoundLock::read(&self.folder, LOCK, self.lease, now).await?.map_or(Loss::Removed, Loss::TakenOver)
                }
            },
        };
        self.lost.send_replace(Some(loss));
        Ok(())
    }
}

impl Loss {
    fn error(&self, folder: &Folder) -> Error {
        match self {
            Self::TakenOver(found) => {
                let by = found.holder();
                Error::Locked(Box::new(
                    Problem::new(format!("the lock of `{}` was taken over by {by}", folder.written)).hint(
                        "this run could not renew it in time; run again when the other one has finished, or raise \
                         `publish.lock_seconds`",
                    ),
                ))
            }
            Self::Removed => Error::execution(
                Problem::new(format!("the lock `{}` was removed while this run held it", folder.name(LOCK)))
                    .hint("run again, and make sure that no other program deletes the lock"),
            ),
        }
    }
}

/// Removes the lock of a run if it still holds it. An expired lock is left alone: another run may be taking it over right
/// now, and it blocks no one.
pub(super) async fn release(folder: &Folder, now: DateTime<Utc>, run_id: &RunId, lease: Duration) -> Result<()> {
    match FoundLock::read(folder, LOCK, lease, now).await? {
        Some(found) if found.token == run_id.as_str() && !found.is_expired(now) => folder.delete(LOCK).await,
        _ => Ok(()),
    }
}

async fn take(folder: &Folder, clock: &dyn Clock, run_id: &RunId, holder: &str, lease: Duration) -> Result<LockRecord> {
    for _ in 0..ATTEMPTS {
        let now = clock.now();
        let record = LockRecord::new(run_id.clone(), holder.to_owned(), now, lease);
        if let Created::Ours = folder.create(LOCK, &record.to_bytes()?).await? {
            return Ok(record);
        }
        let Some(found) = FoundLock::read(folder, LOCK, lease, now).await? else {
            continue;
        };
        if !found.is_expired(now) {
            return Err(found.refusal(folder));
        }
        match take_over(folder, clock, lease, &found, &record).await? {
            Takeover::Done => return Ok(record),
            Takeover::Claimed(claimant) => return Err(claimant.refusal(folder)),
            Takeover::Changed => {}
        }
    }
    Err(Error::Locked(Box::new(
        Problem::new(format!("other runs keep taking the lock of `{}`", folder.written))
            .hint("give every pipeline its own publish location, and run again later"),
    )))
}

async fn keep_renewing(held: Arc<Held>, mut stop: watch::Receiver<bool>) {
    while held.loss().is_none() {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(held.lease / RENEWALS_PER_LEASE) => {}
        }
        // Outside the select, so that a renewal that has begun is completed.
        if let Err(error) = held.renew().await {
            tracing::warn!(%error, "the lock could not be renewed; trying again");
        }
    }
}
