//! Pipeline -> Plan.
pub mod source;
