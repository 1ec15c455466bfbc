//! What tools read beside the tables: DuckDB views over them ([`VIEWS`]), what every table and column means
//! ([`DICTIONARY`]), and what the last good night was ([`STATUS`]).
//!
//! All of it follows from the run's manifest and the sidecars. The files are published like reports: written into the run's
//! folder, named in the manifest and the log, copied to `latest/`. Only [`STATUS`] contains a run id and times, so the same
//! inputs give the same bytes of the others.

mod dictionary;
mod duckdb;
mod field;
mod status;

use crate::config::sidecar::Sidecar;
use crate::error::Result;
use crate::plan::Plan;
use crate::publish::{Manifest, PublishedTable, to_json};
use crate::storage::address::{Address, Scheme};

pub use crate::publish::STATUS;
pub use status::{Status, StatusFile, StatusInput, StatusTable, Warning, WarningKind, warnings};

/// DuckDB views over `latest/` and `history/`.
pub const VIEWS: &str = "staunch.sql";
/// What tables and columns mean, as a Data Package (datapackage.org, version 2).
pub const DICTIONARY: &str = "dictionary.json";

/// Whether a published file is one of these, and no report.
pub fn is_description(file_name: &str) -> bool {
    [VIEWS, DICTIONARY, STATUS].contains(&file_name)
}

/// The tables of a run and what is known of them.
#[derive(Clone, Copy)]
struct Published<'a> {
    plan: &'a Plan,
    manifest: &'a Manifest,
    min_cell: u64,
}

impl<'a> Published<'a> {
    fn sidecar(&self, table: &PublishedTable) -> Option<&'a Sidecar> {
        self.plan.query(&table.name)?.file.sidecar.as_ref().map(|(_, sidecar)| sidecar)
    }
}

/// The files that describe the tables of a run, each with its name; `min_cell` is the smallest group of customers whose
/// numbers reports show.
///
/// # Errors
/// The publish location is malformed, or a text cannot be written as JSON.
pub fn files(plan: &Plan, manifest: &Manifest, min_cell: u64) -> Result<Vec<(&'static str, Vec<u8>)>> {
    let published = Published { plan, manifest, min_cell };
    let views = duckdb::views(&published, &readers_location(plan)?);
    let mut files = vec![(VIEWS, views.into_bytes())];
    // A Data Package has at least one table.
    if !manifest.tables.is_empty() {
        files.push((DICTIONARY, to_json("the data dictionary", &dictionary::of(&published))?.to_vec()));
    }
    Ok(files)
}

/// The file [`STATUS`] of a finished run.
///
/// # Errors
/// A text cannot be written as JSON.
pub fn status(manifest: &Manifest) -> Result<Vec<u8>> {
    Ok(to_json("the status", &Status::of(manifest))?.to_vec())
}

/// Where readers find the publish location unless they say otherwise: its URL, or on disk the folder that they are in, because
/// a path of the machine that ran is of no use to others.
fn readers_location(plan: &Plan) -> Result<String> {
    let address = Address::parse(&plan.publish)?;
    Ok(match address.scheme {
        Scheme::Disk => ".".to_owned(),
        _ => format!("{}/{}", address.root, address.key).trim_end_matches('/').to_owned(),
    })
}
