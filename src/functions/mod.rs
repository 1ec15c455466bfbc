//! SQL functions that only this field needs.

/// stub
pub fn register(_context: &datafusion::prelude::SessionContext) {}
