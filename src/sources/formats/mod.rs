//! One module for each format that sources may have.

pub(super) mod arrow_ipc;
pub(super) mod csv;
pub(super) mod json_lines;
pub(super) mod parquet;
