//! `stddev`, `var`, `covar`, `corr` and `regr_*` on exact sums: the same result whatever the order of rows.
//!
//! The engine updates a mean row by row, so that the last digits depend on the order. Here the sums of x, y, x², xy and y² are
//! exact; n Σx² - (Σx)² is exact, too, and rounded once, so that nothing cancels. Names, types and the treatment of few rows are
//! those of the engine. An infinity or a NaN among the values gives NULL.
//!
//! Reading order: `product_total` sums products of any size, `pair` is all that a statistic needs of a group, `statistic` the
//! functions.

mod pair;
mod product_total;
mod statistic;
#[cfg(test)]
mod tests;

pub use statistic::aggregates;
