//! Purchase models: when customers without a contract buy again, whether they still will, and what they spend.
pub mod beta_geometric;
pub mod customers;
pub mod fit;
mod future;
pub mod gamma_gamma;
pub mod lifetime_value;
pub mod pareto_nbd;
#[cfg(test)]
mod tests;
