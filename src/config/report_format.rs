//! The formats that reports are written in.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;

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
