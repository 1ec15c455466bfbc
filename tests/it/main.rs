//! Drives the program, and the queries that ship, as a user would.

mod queries;
