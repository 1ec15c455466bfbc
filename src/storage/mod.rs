//! Stores: where objects are, who may read and write them, and what a failed request means. Reading inputs and publishing
//! both go through here; nothing here knows what the bytes are.
//!
//! | module | does |
//! |---|---|
//! | `address` | takes a location apart: which kind of store, which key in it |
//! | `store` | opens the store; alone sees credentials |
//! | `folder` | the few things that are done with objects below one folder |
//! | `conditional_put` | creates an object unless there is one, and finds out whether it did |
//! | `versions` | reads one version of an object, never a mixture of two |
//! | `upload` | writes a large object in parts, counted and hashed |
//! | `request_error` | failed requests, in words that say what to do, and with the exit code they mean |
//! | `credentials` | the variables that tell a store who asks |
//! | `secrets` | what must not get into messages and causes |

pub(crate) mod address;
pub(crate) mod conditional_put;
mod credentials;
pub(crate) mod folder;
pub(crate) mod request_error;
pub mod secrets;
pub(crate) mod store;
pub(crate) mod upload;
pub(crate) mod versions;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
