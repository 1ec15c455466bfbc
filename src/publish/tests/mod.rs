//! One suite over every kind of store.

mod commits;
mod crashes;
mod locking;
mod nights;
mod power_failures;
mod refreshing;
mod tables;
mod unfinished;
mod unwritable;
