//! Object stores: locations, credentials, and one mapping of failed requests to errors. Reading inputs and publishing
//! both use this module; it does not interpret the bytes of objects.
//!
//! | module | does |
//! |---|---|
//! | `address` | parses a location into its kind of store and its key |
//! | `store` | opens the store; the only module that handles credentials |
//! | `folder` | object operations below one folder |
//! | `listing` | lists everything below a folder |
//! | `fingerprint` | size and checksum of an object |
//! | `disk_store` | the local disk, with writes that survive a power failure |
//! | `disk_writes` | how such a write is made: staged, synchronised, named, synchronised |
//! | `conditional_put` | creates an object unless it exists, and determines the outcome even if the response is lost |
//! | `retry` | when a request is made again that the client does not repeat |
//! | `versions` | reads one version of an object, never a mixture of two |
//! | `upload` | writes a large object in parts, and computes its size and checksum |
//! | `request_error` | maps failed requests to errors with a hint and an exit code |
//! | `credentials` | the environment variables that hold credentials |
//! | `secrets` | removes secrets from messages and error causes |

pub(crate) mod address;
pub(crate) mod conditional_put;
mod credentials;
pub(crate) mod disk_store;
pub(crate) mod disk_writes;
mod fingerprint;
pub(crate) mod folder;
pub(crate) mod listing;
pub(crate) mod request_error;
pub(crate) mod retry;
pub mod secrets;
pub(crate) mod store;
pub(crate) mod upload;
pub(crate) mod versions;

#[cfg(test)]
pub(crate) mod recorded_disk;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
