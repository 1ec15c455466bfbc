//! Watches the memory of the process. The engine counts what operators hold, but not the values that functions such as
//! `repeat` and `array_agg` build, so a run could take all the memory of the machine.

use std::time::Duration;

use bytesize::ByteSize;

use crate::error::{Error, Problem};

/// Memory of the program itself and of what the engine does not count in an ordinary run.
const ALLOWANCE_BYTES: u64 = 384 << 20;
/// Memory can grow by some hundred MiB in this time.
const INTERVAL: Duration = Duration::from_millis(50);

/// Ends with an error when the process holds much more memory than its limit; never where the system does not tell.
pub async fn exceeded(limit_bytes: usize) -> Error {
    let most = (limit_bytes as u64).saturating_add(ALLOWANCE_BYTES);
    loop {
        match resident_bytes() {
            Some(bytes) if bytes > most => return too_much(bytes, limit_bytes as u64),
            Some(_) => tokio::time::sleep(INTERVAL).await,
            None => std::future::pending().await,
        }
    }
}

fn too_much(bytes: u64, limit_bytes: u64) -> Error {
    let [bytes, limit] = [bytes, limit_bytes].map(|bytes| ByteSize::b(bytes).display().iec().to_string());
    Error::execution(Problem::new(format!("the run holds {bytes} of memory, too much for its limit of {limit}")).hint(
        "allow more with `--memory`; if a query builds long texts or lists (`repeat`, `string_agg`, `array_agg`), \
             shorten them",
    ))
}

/// Memory of this process that is not swapped out, in bytes (proc_pid_status(5), `VmRSS`).
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_that_holds_more_than_its_limit_is_noticed() {
        let before = resident_bytes().unwrap();
        assert!(before > 1 << 20);
        // Written to, so that it is really held.
        let held = vec![1_u8; 600 << 20];
        let error = exceeded(64 << 20).await;
        assert_eq!(error.exit_code(), 1);
        assert!(error.to_string().contains("of memory, too much for its limit of 64.0 MiB"), "{error}");
        assert_eq!(held[held.len() - 1], 1);
    }
}
