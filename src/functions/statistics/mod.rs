//! Statistics that SQL cannot say, as SQL functions.
//!
//! A fit is an aggregate function that returns a struct or a list; a prediction is a scalar function of that struct and a
//! row. Three layers, each reading only from those before it:
//!
//! - `kernels`: the methods as plain functions of slices of doubles, without the engine, one file per method;
//! - `adapter`: what turns a declaration and a kernel into a function of the engine;
//! - `sql`: the declarations, one file per family: names, arguments, meaning, example, source.
//!
//! Results do not depend on the order of rows: an aggregate collects the rows of its group and sorts them by all their values
//! before the kernel sees them. Numbers of fits are rounded to ten significant digits, because kernels chosen by CPU may differ
//! in the last bits. A fit that fails gives NULL and says why in its field `reason`.

mod adapter;
pub mod kernels;
mod sql;

use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF};

pub use adapter::Declaration;

/// The aggregate functions.
pub(super) fn aggregates() -> Vec<Arc<AggregateUDF>> {
    sql::fits().map(|function| Arc::new(adapter::aggregate(function))).collect()
}

/// The scalar functions.
pub(super) fn scalars() -> Vec<Arc<ScalarUDF>> {
    sql::row_functions().map(|function| Arc::new(adapter::scalar(function))).collect()
}

/// What analysts read about every function, by name.
pub fn declarations() -> Vec<&'static Declaration> {
    let fits = sql::fits().map(|function| &function.declaration);
    let rows = sql::row_functions().map(|function| &function.declaration);
    let mut declarations: Vec<&Declaration> = fits.chain(rows).collect();
    declarations.sort_by_key(|declaration| declaration.name);
    declarations
}

/// Whether there is a statistical aggregate of this name. All of them give the same result in every order of rows.
pub fn is_aggregate(name: &str) -> bool {
    sql::fits().any(|function| function.declaration.name == name)
}

#[cfg(test)]
mod tests;
