//! Arguments of `schema`, and the kinds of files that it knows.

use clap::{Args, ValueEnum};

/// Arguments of `schema`.
#[derive(Args, Debug)]
pub struct SchemaArguments {
    /// Kind of file
    #[arg(value_enum, default_value_t)]
    pub kind: SchemaKind,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// A pipeline
    #[default]
    Pipeline,
    /// The description beside a query, `<query>.yml`
    Sidecar,
    /// A questionnaire
    Questionnaire,
    /// A definition of loyal customers and of the loyalty index
    LoyaltyDefinition,
    /// The indicators and report sections, catalogue.yml
    Catalogue,
    /// Shared parameters, parameters.yml
    Parameters,
    /// A unit test of a query
    Test,
    /// The last good night as every run publishes it, latest/status.json
    Status,
    /// The report in the format `json`
    Report,
    /// What `history --format json` prints
    History,
    /// What `diff --format json` prints
    Diff,
    /// What `rollback --format json` prints
    Rollback,
    /// What `verify --format json` prints
    Verify,
    /// What `repair --format json` prints
    Repair,
    /// What `clean --format json` prints
    Clean,
    /// What `unlock --format json` prints
    Unlock,
}
