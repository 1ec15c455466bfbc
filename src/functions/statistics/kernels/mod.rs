//! The methods as plain functions, without the engine.

pub mod agreement;
pub mod bootstrap;
pub mod distributions;
pub mod driver_importance;
pub mod drivers;
pub mod failure;
pub mod linear;
pub mod moments;
pub mod path_model;
pub mod ranks;
pub mod survey;
