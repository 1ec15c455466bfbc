//! One suite over every kind of store.

mod commits;
mod locking;
mod nights;
mod refreshing;
mod tables;
mod unwritable;
