//! What turns a declaration and a kernel into a function of the engine.

mod argument;
mod collected;
mod declaration;
mod rows;
mod scalar;
mod shape;

pub use argument::{Argument, Kind};
pub use collected::{Fit, aggregate};
pub use declaration::Declaration;
pub use rows::{Rows, is_missing};
pub use scalar::{Cell, Compute, RowFunction, scalar};
pub use shape::{Shape, Value};
