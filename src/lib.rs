//! staunch
pub mod checks;
pub mod config;
pub mod engine;
pub mod error;
pub mod functions;
pub mod plan;
pub mod publish;
pub mod query_tests;
pub mod transform;
