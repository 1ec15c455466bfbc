//! Removes the lock of a run that died.

use schemars::JsonSchema;
use serde::Serialize;

use super::Nights;
use crate::error::{Error, Problem, Result};
use crate::publish::FoundHolder;

/// What became of the lock.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct Unlocked {
    /// Whether there was a lock.
    pub was_locked: bool,
    /// The run that held it.
    pub run_id: Option<String>,
    /// Host and process that held it.
    pub holder: Option<String>,
    /// When it was acquired.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<chrono::DateTime<chrono::Utc>>,
    /// When it would have expired.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// What is known of the process that holds a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Alive,
    Dead,
    Unknown,
}

/// Removes the lock unless its holder may be alive; with `is_forced`, always.
///
/// # Errors
/// `Error::Locked` when the holder is alive on this host, or may be alive on another one.
pub async fn unlock(nights: &Nights, host: &str, is_forced: bool) -> Result<Unlocked> {
    let Some(found) = nights.location.lock_holder(nights.lease).await? else {
        return Ok(Unlocked { was_locked: false, run_id: None, holder: None, since: None, expires_at: None });
    };
    let life = life(&found, host);
    let may_go = is_forced || (found.is_expired && life != Life::Alive) || life == Life::Dead;
    if !may_go {
        return Err(refusal(nights, &found, life));
    }
    nights.location.remove_lock().await?;
    Ok(Unlocked {
        was_locked: true,
        run_id: found.run_id,
        holder: found.holder,
        since: found.since,
        expires_at: Some(found.expires_at),
    })
}

fn life(found: &FoundHolder, host: &str) -> Life {
    match found.host_and_process() {
        Some((name, process)) if name == host => {
            if is_running(process) {
                Life::Alive
            } else {
                Life::Dead
            }
        }
        _ => Life::Unknown,
    }
}

fn is_running(process: u32) -> bool {
    let mut system = sysinfo::System::new();
    let process = sysinfo::Pid::from_u32(process);
    system.refresh_processes(sysinfo::ProcessesToUpdate::Some(&[process]), true);
    system.process(process).is_some()
}

fn refusal(nights: &Nights, found: &FoundHolder, life: Life) -> Error {
    let written = nights.location.written();
    let holder = found.holder.as_deref().unwrap_or("an unknown process");
    let run = found.run_id.as_deref().unwrap_or("unknown");
    let expires = found.expires_at.format("%Y-%m-%d %H:%M:%S UTC");
    let (message, hint) = match life {
        Life::Alive => (
            format!("the lock of `{written}` is held by run {run} of {holder}, which is running on this machine"),
            "wait for it, or end it; `--force` removes the lock all the same, and the run then stops by itself"
                .to_owned(),
        ),
        _ => (
            format!(
                "the lock of `{written}` is held by run {run} of {holder}, and whether it is alive cannot be told from here"
            ),
            format!(
                "it expires at {expires} unless it is renewed, and the next run then takes it over; `--force` removes it now"
            ),
        ),
    };
    Error::Locked(Box::new(Problem::new(message).hint(hint)))
}

/// The result in words.
pub fn text(done: &Unlocked) -> String {
    if !done.was_locked {
        return "nothing is locked\n".to_owned();
    }
    let holder = done.holder.as_deref().unwrap_or("an unknown process");
    let since = done.since.map(|since| since.format(", since %Y-%m-%d %H:%M:%S UTC").to_string()).unwrap_or_default();
    format!("removed the lock of run {} of {holder}{since}\n", done.run_id.as_deref().unwrap_or("unknown"))
}
