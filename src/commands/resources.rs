//! How much memory and how many threads a run may use: the command line overrides the pipeline, which overrides what
//! the machine suggests.

use crate::cli::ResourceArguments;
use crate::error::{Error, Result};
use crate::plan::limits::{Limits, memory_bytes};
use crate::run::session::Resources;

/// With two partitions, a core has work while one of them waits for memory or a file: a tenth faster than with one on
/// 20 million rows, and as fast as with four.
const PARTITIONS_PER_CORE: usize = 2;
/// Memory to assume when the machine does not report how much it has.
const FALLBACK_MEMORY_BYTES: u64 = 4 << 30;
/// Least memory to use, even on a small machine.
const SMALLEST_MEMORY_BYTES: u64 = 64 << 20;

/// The limits of a run.
///
/// # Errors
/// `--memory` is not an amount.
pub fn resources(planned: &Limits, arguments: &ResourceArguments) -> Result<Resources> {
    let given = arguments.memory.as_deref().map(memory_bytes).transpose().map_err(Error::invalid)?;
    let memory = given.or(planned.memory_bytes).unwrap_or_else(half_of_the_machine);
    let threads = arguments.threads.map(usize::from).or(planned.threads);
    let threads =
        threads.unwrap_or_else(|| PARTITIONS_PER_CORE * std::thread::available_parallelism().map_or(1, usize::from));
    Ok(Resources::new(usize::try_from(memory).unwrap_or(usize::MAX), threads, planned.spill_folder.clone()))
}

fn half_of_the_machine() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let limit = system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory);
    match system.total_memory().min(limit) {
        0 => FALLBACK_MEMORY_BYTES,
        total => (total / 2).max(SMALLEST_MEMORY_BYTES),
    }
}
