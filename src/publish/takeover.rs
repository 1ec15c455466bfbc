//! Taking over an expired lock so that only one of several runs gets it.
//!
//! Two runs may see the same expired lock. Every store supports creating an object only if it is absent; only some
//! support replacing it only if it is unchanged. A run that wants to replace an expired lock therefore first creates a
//! claim, a file that is named after that lock; only one run succeeds. Holding the claim, it reads the lock again: if
//! the lock has changed, another run was faster. A claim expires like a lock, and then the claim with the next number
//! is created. A run that dies between claiming and replacing therefore blocks others for no longer than one lease.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::clock::Clock;
use super::lock_record::{FoundLock, LOCK, LockRecord};
use crate::error::Result;
use crate::storage::conditional_put::Created;
use crate::storage::folder::Folder;

/// How a takeover ended.
#[derive(Debug)]
pub(super) enum Takeover {
    /// This run holds the lock, with the requested contents.
    Done,
    /// The lock is no longer the expired one that was seen.
    Changed,
    /// Another run is taking it over at this moment.
    Claimed(FoundLock),
}

/// Replaces `expired`, the lock as it was seen, with `replacement`.
pub(super) async fn take_over(
    folder: &Folder,
    clock: &dyn Clock,
    lease: Duration,
    expired: &FoundLock,
    replacement: &LockRecord,
) -> Result<Takeover> {
    let claimed = match claim(folder, clock.now(), lease, expired, replacement).await? {
        Claim::Ours(number) => number,
        Claim::Theirs(found) => return Ok(Takeover::Claimed(found)),
    };
    let current = FoundLock::read(folder, LOCK, lease, clock.now()).await?;
    let is_unchanged = current.is_some_and(|current| current.token == expired.token && current.is_expired(clock.now()));
    if is_unchanged {
        folder.replace(LOCK, replacement.to_bytes()?).await?;
    }
    // Only now, because no one else replaces the lock while the claim exists. A leftover claim is harmless.
    for number in 1..=claimed {
        if let Err(error) = folder.delete(&claim_path(expired, number)).await {
            tracing::debug!(%error, "a claim to an expired lock could not be removed");
        }
    }
    Ok(if is_unchanged { Takeover::Done } else { Takeover::Changed })
}

enum Claim {
    Ours(u32),
    Theirs(FoundLock),
}

async fn claim(
    folder: &Folder,
    now: DateTime<Utc>,
    lease: Duration,
    expired: &FoundLock,
    claimant: &LockRecord,
) -> Result<Claim> {
    let bytes = claimant.to_bytes()?;
    let mut number = 1;
    loop {
        let path = claim_path(expired, number);
        if let Created::Ours = folder.create(&path, &bytes).await? {
            return Ok(Claim::Ours(number));
        }
        match FoundLock::read(folder, &path, lease, now).await? {
            Some(found) if found.is_expired(now) => number += 1,
            Some(found) => return Ok(Claim::Theirs(found)),
            // Its owner has finished in the meantime, so the claim is free again.
            None => {}
        }
    }
}

fn claim_path(expired: &FoundLock, number: u32) -> String {
    format!("_staunch/lock-takeover-{}-{number}.json", expired.token)
}
