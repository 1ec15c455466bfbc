//! The pipeline that a unit test of one query runs in: a named one, or one that has only query folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;

use super::data_type::DataType;
use super::located::Located;
use super::referenced_files::ReferencedFiles;
use super::schema::{OutputDefinition, PipelineFile, PublishDefinition, RuntimeDefinition, UnneededChecks};
use super::sources::{ColumnDefinition, Format, ParquetFormat, SourceDefinition};
use super::variables::Variables;
use super::{Pipeline, PipelineText, Settings, resolve, yaml};
use crate::error::{Error, Result};

/// Replaces variables that have neither a value nor a default; no test reads such a setting.
const UNREAD: &str = "unread";

/// What a file of unit tests says about its pipeline. Paths are relative to the current directory.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TestedPipeline {
    /// Pipeline file whose sources and queries are used.
    pub pipeline: Option<String>,
    /// Query folders, when no pipeline is named.
    pub folders: Vec<String>,
    /// Questionnaire in place of the pipeline's.
    pub questionnaire: Option<String>,
    /// Definition of a loyal customer in place of the pipeline's.
    pub loyalty_definition: Option<String>,
}

/// The files of such a pipeline, read once for any number of tests.
#[derive(Debug)]
pub struct TestedFiles {
    /// The pipeline file; `None` when there are only query folders.
    pipeline: Option<PipelineText>,
    definition: PipelineFile,
    /// The files that it refers to.
    pub files: ReferencedFiles,
}

impl TestedPipeline {
    /// Reads the files of the pipeline.
    ///
    /// # Errors
    /// The pipeline file cannot be read or has the wrong structure.
    pub fn read(&self, settings: &Settings<'_>) -> Result<TestedFiles> {
        let (pipeline, mut definition) = match &self.pipeline {
            Some(path) => {
                let text = PipelineText::read(Path::new(path), "pipeline file").map_err(Error::invalid)?;
                let definition = parse(&text, settings)?;
                (Some(text), definition)
            }
            None => (None, self.bare()),
        };
        if let Some(path) = &self.questionnaire {
            definition.questionnaire = Some(absolute(path));
        }
        if let Some(path) = &self.loyalty_definition {
            definition.loyalty_definition = Some(absolute(path));
        }
        definition.reports.clear();
        definition.publish = PublishDefinition::to(UNREAD);
        definition.runtime = RuntimeDefinition::default();
        let here = PipelineText { path: PathBuf::from("tests.yml"), text: Arc::from("") };
        let files = ReferencedFiles::read(pipeline.as_ref().unwrap_or(&here), &definition);
        Ok(TestedFiles { pipeline, definition, files })
    }

    fn bare(&self) -> PipelineFile {
        PipelineFile {
            name: Located::unwritten("test".to_owned()),
            description: String::new(),
            time_zone: Located::unwritten("UTC".to_owned()),
            currency: None,
            parameters: IndexMap::new(),
            set: IndexMap::new(),
            stores: IndexMap::new(),
            sources: IndexMap::new(),
            queries: self.folders.iter().cloned().map(Located::unwritten).collect(),
            overrides: IndexMap::new(),
            questionnaire: None,
            loyalty_definition: None,
            outputs: IndexMap::new(),
            reports: IndexMap::new(),
            publish: PublishDefinition::to(UNREAD),
            unneeded_checks: UnneededChecks::default(),
            runtime: RuntimeDefinition::default(),
        }
    }
}

impl TestedFiles {
    /// The pipeline of one test in `test_file`: the table `query` is its only output, and it has only the `wanted`
    /// queries.
    ///
    /// # Errors
    /// See [`super::resolve`].
    pub fn pipeline(
        &self,
        test_file: &PipelineText,
        query: &Located<String>,
        wanted: impl Fn(&str) -> bool,
        settings: &Settings<'_>,
    ) -> Result<Pipeline> {
        let file = self
            .pipeline
            .clone()
            .unwrap_or_else(|| PipelineText { path: PathBuf::from("tests.yml"), text: Arc::clone(&test_file.text) });
        let mut definition = self.definition.clone();
        definition.outputs = IndexMap::from([(query.clone(), OutputDefinition::default())]);
        resolve(file, definition, self.files.with_queries(wanted), settings)
    }
}

/// The query folders that a pipeline file lists, as seen from the current directory.
///
/// # Errors
/// The file cannot be read or has the wrong structure.
pub fn query_folders(pipeline: &Path, settings: &Settings<'_>) -> Result<Vec<PathBuf>> {
    let text = PipelineText::read(pipeline, "pipeline file").map_err(Error::invalid)?;
    let definition = parse(&text, settings)?;
    Ok(definition.queries.iter().map(|folder| text.resolve(folder)).collect())
}

fn parse(text: &PipelineText, settings: &Settings<'_>) -> Result<PipelineFile> {
    let variables = Variables::StandIn(settings.environment, UNREAD);
    yaml::parse_filled(&text.path.display().to_string(), &text.text, &variables).map_err(Error::Invalid)
}

fn absolute(path: &str) -> Located<String> {
    let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
    Located::unwritten(path.to_string_lossy().into_owned())
}

impl Pipeline {
    /// Puts a source with these columns in place of the query `name`, so that the query is not run.
    pub fn replace_query(&mut self, name: &str, columns: &[(String, DataType)]) {
        self.queries.retain(|query| query.name != name);
        let column = |(name, data_type): &(String, DataType)| {
            (Located::unwritten(name.clone()), ColumnDefinition::of(*data_type))
        };
        let source = SourceDefinition {
            columns: columns.iter().map(column).collect(),
            ..SourceDefinition::at("given", Format::Parquet(ParquetFormat {}))
        };
        self.definition.sources.insert(Located::unwritten(name.to_owned()), source);
    }

    /// The columns that a source declares, partitions behind them, and with columns turned into rows; `None` when there is no
    /// such source.
    pub fn source_columns(&self, name: &str) -> Option<Vec<(String, DataType)>> {
        let source = self.definition.sources.get(name)?;
        let columns = source.columns.iter().map(|(name, column)| (name.value.clone(), column.data_type));
        let partitions = source.partitions.iter().map(|(name, kind)| (name.value.clone(), *kind));
        let columns = columns.chain(partitions);
        let Some(unpivot) = &source.unpivot else { return Some(columns.collect()) };
        let (turned, mut kept): (Vec<_>, Vec<_>) =
            columns.partition(|(name, _)| unpivot.columns.iter().any(|column| column.value == *name));
        let value = turned.first().map_or(DataType::String, |(_, data_type)| *data_type);
        kept.extend([(unpivot.name.value.clone(), DataType::String), (unpivot.value.value.clone(), value)]);
        Some(kept)
    }
}
