//! Nightly customer-loyalty pipelines: transactions and survey answers in, Parquet tables and a report out.
//!
//! A run goes in one direction, and every step has a module ([`run::run`] is the same list as code):
//!
//! ```text
//! config     pipeline.yml, sidecars, parameters, definitions    -> Pipeline   what was written, checked
//! plan       every .sql parsed, tables read, order, parameters  -> Plan       what will be done
//! engine     one DataFusion session                             -> session    memory, threads, spans, errors
//! typing     every query planned and judged, before data is read -> plans     what `validate` is
//! publish    probe the location, take the lock                  -> Lock       one run at a time
//! sources    file, folder, glob, s3, gs, az, http(s)            -> tables     strict: bad data ends the run
//! transform  each query once, independent ones side by side     -> tables     in memory, or on disk
//! checks     rules of the sidecars                              -> findings   `stop` ends the run
//! publish    outputs as Parquet into the run's own folder       -> files      nobody reads them yet
//! report     numbers first, then a file per format              -> documents  from the run's own tables
//! describe   DuckDB views, data dictionary, status              -> files      what tools read beside the tables
//! publish    conditional write of the next log entry           -> LogEntry   the commit
//! publish    copies under fixed names                           -> latest/, history/
//! ```
//!
//! # Invariants
//!
//! - Nothing that readers see changes before the commit; a run that fails leaves everything as it was, byte for byte.
//! - `config` and `plan` know no session, no network and no credentials; `storage::store` alone sees credentials;
//!   `publish` alone writes what readers see; `main` alone exits, and reads the clock that results depend on.
//! - Same inputs, same parameters and the same earlier run give the same bytes in every table, whatever the number of
//!   threads.
//! - A value never becomes SQL text: parameters are bound as typed literals in the parsed statement.
//! - An [`error::Error`] is one of six kinds, and its kind is the exit code; a configuration is reported with all its
//!   problems, each with its place.
//! - What loyalty is stands in `queries/`, as SQL and YAML. This crate knows the canonical tables that queries read, the
//!   rules that a questionnaire and a loyalty definition must follow, and the few tables that it reports; nothing else of
//!   the field.
//!
//! # Modules, in reading order
//!
//! [`error`], [`cli`], [`commands`], [`run`]; then along the flow [`config`], [`catalog`], [`plan`], [`storage`], [`engine`]
//! with [`functions`], [`tables`], [`sources`], [`checks`], [`typing`], [`transform`], [`render`], [`report`], [`publish`],
//! [`describe`];
//! beside it [`nights`] (published nights as things to handle), [`query_tests`] (unit tests of queries in YAML), [`form`] (the
//! questionnaire on paper), [`sample`] (the synthetic shop), [`progress`] (what people see meanwhile) and [`messages`] (how it
//! leaves the program).

pub mod error;

pub mod cli;
pub mod commands;
pub mod run;

pub mod config;

pub mod catalog;
pub mod plan;

pub mod storage;

pub mod messages;

pub mod engine;
pub mod functions;
pub mod tables;

pub mod checks;
pub mod typing;

pub mod sources;
pub mod transform;

pub mod render;
pub mod report;

pub mod publish;

pub mod describe;

pub mod form;
pub mod nights;
pub mod progress;
pub mod query_tests;
pub mod sample;
