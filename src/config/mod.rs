//! YAML -> Pipeline.
pub mod data_type;
pub mod located;
pub mod location;
pub mod scalar;
pub mod schema;
pub mod sidecar;
