//! staunch
pub mod checks;
pub mod cli;
pub mod commands;
pub mod config;
pub mod engine;
pub mod error;
pub mod functions;
pub mod plan;
pub mod progress;
pub mod publish;
pub mod query_tests;
pub mod report;
pub mod run;
pub mod sample;
pub mod sources;
pub mod transform;
