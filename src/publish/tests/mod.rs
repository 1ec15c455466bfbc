//! One suite over every kind of store.

mod commits;
mod locking;
mod refreshing;
mod tables;
mod unwritable;
