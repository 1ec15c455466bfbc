//! Which process holds something, so that another one on the same machine can tell that it has ended.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process of this or another machine, as Linux tells them apart. Numbers of processes are given again, so the time when
/// it started belongs to its identity; and they mean something only within one boot and one namespace (a container).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProcessIdentity {
    /// Identifies the machine since it was last started.
    boot: String,
    /// The namespace of process numbers.
    namespace: String,
    /// Number of the process.
    process: u32,
    /// When it started, in clock ticks since the machine did.
    started: u64,
}

impl ProcessIdentity {
    /// This process; `None` on systems that do not tell.
    pub fn own() -> Option<Self> {
        Self::of(std::process::id())
    }

    /// A running process of this machine.
    pub fn of(process: u32) -> Option<Self> {
        let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?.trim().to_owned();
        let namespace = fs::read_link("/proc/self/ns/pid").ok()?.to_string_lossy().into_owned();
        Some(Self { boot, namespace, process, started: started(process)? })
    }

    /// Whether the process has certainly ended: it belongs to this boot of this machine and this namespace, and there is no
    /// such process.
    pub fn has_ended(&self) -> bool {
        let Some(own) = Self::own() else { return false };
        self.boot == own.boot && self.namespace == own.namespace && started(self.process) != Some(self.started)
    }
}

/// When a process started (proc_pid_stat(5), field 22); `None` when there is none of this number.
fn started(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program, in parentheses, may contain anything.
    let (_, fields) = text.rsplit_once(')')?;
    // A process that has ended but was not waited for yet is one that has ended.
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    fields.nth(18)?.parse().ok().filter(|_| !matches!(state, "Z" | "X"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_ended_once_it_was_killed_and_not_before() {
        let own = ProcessIdentity::own().unwrap();
        assert!(!own.has_ended());
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let identity = ProcessIdentity::of(child.id()).unwrap();
        assert!(!identity.has_ended());
        child.kill().unwrap();
        while !identity.has_ended() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(identity.has_ended());
        // The number was given to another process, or the process is on another machine or in another container.
        assert!(ProcessIdentity { started: own.started + 1, ..own.clone() }.has_ended());
        for elsewhere in [
            ProcessIdentity { boot: "another".into(), ..identity.clone() },
            ProcessIdentity { namespace: "another".into(), ..identity },
        ] {
            assert!(!elsewhere.has_ended());
        }
    }
}
