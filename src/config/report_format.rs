//! The formats that reports are written in, and what they begin with.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Format of a report.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormat {
    /// One self-contained HTML page.
    Html,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// An Excel workbook: a sheet for every table, with charts.
    Xlsx,
    /// JSON for programs: the report as numbers, by the schema that `staunch schema report` prints.
    Json,
}

/// What a report begins with.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Headline {
    /// The share of truly loyal customers.
    #[default]
    Segments,
    /// What customers think. For data that cannot show how customers behave, such as a sample of orders, in which most
    /// customers bought once: the first screen then leaves out the segments.
    Attitude,
}
