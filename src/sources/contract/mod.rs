//! What the pipeline declares about a source, held against what its files have.

pub(super) mod columns;
pub(super) mod conform;
pub(super) mod partitions;
pub(super) mod rounded;
pub(super) mod rules;
#[cfg(test)]
mod testing;
pub(super) mod types;
