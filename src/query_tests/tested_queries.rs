//! The pipelines that unit tests run in. Each is read once, however many cases run in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::located::Located;
use crate::config::sidecar::Check;
use crate::config::tested::{TestedFiles, TestedPipeline};
use crate::config::{Pipeline, PipelineText, Settings};
use crate::error::Result;
use crate::plan::query::QueryPlan;
use crate::plan::{PREVIOUS, graph};

/// The queries of one pipeline, and what each reads.
pub struct TestedQueries {
    files: TestedFiles,
    /// Query -> the tables that it and its checks need, those of earlier runs also by their present name.
    reads: BTreeMap<String, BTreeSet<String>>,
}

impl TestedQueries {
    /// Reads a pipeline's files.
    ///
    /// # Errors
    /// The pipeline file cannot be read or is not of its shape.
    pub fn read(pipeline: &TestedPipeline, settings: &Settings<'_>) -> Result<Self> {
        let files = pipeline.read(settings)?;
        let mut reads: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in &files.files.queries {
            let tables = reads.entry(file.name.clone()).or_default();
            for table in QueryPlan::tables_read_by(file) {
                tables.extend(table.strip_prefix(PREVIOUS).map(str::to_owned));
                tables.insert(table);
            }
            let checks = file.sidecar.iter().flat_map(|(_, sidecar)| &sidecar.checks);
            tables.extend(checks.filter_map(|check| match &check.value {
                Check::Relationship(relationship) => Some(relationship.table.value.clone()),
                _ => None,
            }));
        }
        Ok(Self { files, reads })
    }

    /// The pipeline that a case of `query` runs in, reduced to the queries between the `given` tables and `query`.
    ///
    /// # Errors
    /// A parameter is wrong, or one of the files that the pipeline refers to.
    pub fn pipeline<'a>(
        &'a self,
        test_file: &PipelineText,
        query: &'a Located<String>,
        given: &BTreeSet<&'a str>,
        settings: &Settings<'_>,
    ) -> Result<Pipeline> {
        let reads = self.reads.iter().filter(|(name, _)| !given.contains(name.as_str()));
        let reads = reads.map(|(name, tables)| (name.as_str(), tables.iter().map(String::as_str).collect())).collect();
        // The columns of a given table are those that its query declares.
        let declaring = given.iter().map(|name| name.strip_prefix(PREVIOUS).unwrap_or(name));
        let needed = graph::ancestors(declaring.chain([query.value.as_str()]), &reads);
        self.files.pipeline(test_file, query, |name| needed.contains(name), settings)
    }
}
