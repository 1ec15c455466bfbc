//! The methods as plain functions, without the engine.

pub mod agreement;
pub mod distributions;
pub mod failure;
pub mod moments;
pub mod ranks;
pub mod survey;
