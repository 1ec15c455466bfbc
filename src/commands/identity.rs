//! Who runs the program: for the lock, the manifest and the log.

use super::Invocation;
use crate::nights::Actor;

/// Host and process, for the lock.
pub fn holder() -> String {
    format!("{} (process {})", host(), std::process::id())
}

/// User and host, for the manifest and the log.
pub fn person() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    match user.filter(|user| !user.is_empty()) {
        Some(user) => format!("{user}@{}", host()),
        None => host(),
    }
}

/// Name of this machine.
pub fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// Who asks for a change.
pub fn actor(invocation: &Invocation) -> Actor {
    Actor { now: invocation.started_at, holder: holder(), person: person() }
}
