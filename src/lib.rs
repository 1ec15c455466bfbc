//! staunch
pub mod config;
pub mod error;
pub mod plan;
pub mod report;
pub mod sample;
