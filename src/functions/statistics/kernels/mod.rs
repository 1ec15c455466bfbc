//! The methods as plain functions, without the engine.

pub mod agreement;
pub mod bootstrap;
pub mod conditional_logit;
pub mod distributions;
pub mod driver_importance;
pub mod drivers;
pub mod failure;
pub mod linear;
pub mod moments;
pub mod optimise;
pub mod path_model;
pub mod positive_definite;
pub mod purchases;
pub mod raking;
pub mod ranks;
pub mod survey;
pub mod survival;
