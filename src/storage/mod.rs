//! Stores: where objects are, who may read and write them, and what a failed request means. Reading inputs and publishing
//! both go through here; nothing here knows what the bytes are.
//!
//! | module | does |
//! |---|---|
//! | `address` | takes a location apart: which kind of store, which key in it |
//! | `store` | opens the store; alone sees credentials |
//! | `folder` | the few things that are done with objects below one folder |
//! | `conditional_put` | creates an object unless there is one, and finds out whether it did |
//! | `upload` | writes a large object in parts, counted and hashed |
//! | `read_error`, `write_error` | failed requests in words that say what to do |

pub(crate) mod address;
pub(crate) mod conditional_put;
pub(crate) mod folder;
pub(crate) mod read_error;
pub(crate) mod store;
pub(crate) mod upload;
pub(crate) mod write_error;
