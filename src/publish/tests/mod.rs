//! One suite over every kind of store.

mod commits;
mod crashes;
mod disk_errors;
mod locking;
mod nights;
mod power_failures;
mod random_faults;
mod refreshing;
mod tables;
mod unfinished;
mod unwritable;
