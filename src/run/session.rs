//! What a run, `show` and a unit test compute with: an engine, and the tables between two stages.

use std::path::PathBuf;

use super::spill_folder::SpillFolder;
use crate::engine::{Engine, EngineSettings, ROWS_PER_PARTITION};
use crate::error::Result;
use crate::tables::Keeper;

/// Least memory for each of several concurrent queries. With less, they only make each other spill, and hold too much that
/// the engine does not count, such as the rows of a window.
const QUERY_MEMORY_BYTES: usize = 128 << 20;
/// Threads that keep a query busy while it computes few rows: planning one and computing another.
const THREADS_PER_QUERY: usize = 2;

/// What the computations may use.
#[derive(Clone, Debug)]
pub struct Resources {
    /// Memory for operators and for tables between two stages, in bytes.
    pub memory_bytes: usize,
    /// Threads, and the most partitions of a table.
    pub threads: usize,
    /// Queries computed at the same time.
    pub queries_at_once: usize,
    /// Rows that a query must read for each partition beyond the first.
    pub rows_per_partition: u64,
    /// Folder for what does not fit into memory; `None` for the system's temporary folder.
    pub spill_folder: Option<PathBuf>,
}

impl Resources {
    /// Allows as many concurrent queries as the threads and the memory permit.
    pub fn new(memory_bytes: usize, threads: usize, spill_folder: Option<PathBuf>) -> Self {
        let fed = operator_bytes(memory_bytes) / QUERY_MEMORY_BYTES;
        let queries_at_once = (threads / THREADS_PER_QUERY).min(fed).max(1);
        Self { memory_bytes, threads, queries_at_once, rows_per_partition: ROWS_PER_PARTITION, spill_folder }
    }
}

/// Three eighths of the memory are for the operators of queries. Those that spill sort a copy of what they hold, which the
/// engine does not count: they may take as much again.
fn operator_bytes(memory_bytes: usize) -> usize {
    memory_bytes / 8 * 3
}

/// A quarter is for the tables between two stages, which cost little on disk.
fn table_bytes(memory_bytes: usize) -> usize {
    memory_bytes / 4
}

/// An engine with its tables.
pub struct Session {
    /// Plans and computes queries.
    pub engine: Engine,
    /// Keeps their tables.
    pub tables: Keeper,
    /// Dropped last.
    _spill: SpillFolder,
}

impl Session {
    /// Opens a session without tables.
    ///
    /// # Errors
    /// The spill folder cannot be used.
    pub fn open(resources: &Resources) -> Result<Self> {
        let spill = SpillFolder::open(resources.spill_folder.as_deref())?;
        let operator_memory_bytes = operator_bytes(resources.memory_bytes);
        let engine = Engine::new(EngineSettings {
            memory_bytes: operator_memory_bytes,
            threads: resources.threads,
            queries_at_once: resources.queries_at_once,
            rows_per_partition: resources.rows_per_partition,
            spill_folder: Some(spill.path()),
        })?;
        let tables = Keeper::new(table_bytes(resources.memory_bytes), Some(spill.path()));
        Ok(Self { engine, tables, _spill: spill })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: usize = 1 << 30;

    #[test]
    fn queries_at_once_follow_the_threads_as_far_as_the_memory_feeds_them() {
        let at_once = |memory_bytes, threads| Resources::new(memory_bytes, threads, None).queries_at_once;
        assert_eq!(at_once(4 * GIB, 4), 2);
        assert_eq!(at_once(64 * GIB, 32), 16);
        assert_eq!(at_once(4 * GIB, 32), 12);
        assert_eq!(at_once(GIB, 32), 3);
        assert_eq!(at_once(64 << 20, 32), 1);
        assert_eq!(at_once(64 * GIB, 1), 1);
    }
}
