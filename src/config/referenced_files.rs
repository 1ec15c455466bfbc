//! The files that a pipeline file refers to, read and parsed. They do not depend on the values of parameters, so one
//! reading serves many runs of the same pipeline.

use std::path::PathBuf;

use super::PipelineText;
use super::catalogue::{self, Catalogue};
use super::definition_file::{self, DefinitionFile};
use super::loyalty_definition::LoyaltyDefinition;
use super::overrides::Override;
use super::parameter_values::{self, Definitions, Rules};
use super::query_files::{self, QueryFile};
use super::questionnaire::Questionnaire;
use super::schema::PipelineFile;
use crate::error::Problem;

/// The files that a pipeline file refers to, except data.
#[derive(Debug)]
pub struct ReferencedFiles {
    /// Every query file, by name.
    pub queries: Vec<QueryFile>,
    /// Queries that a file of the pipeline replaces.
    pub(super) overrides: Vec<Override>,
    /// Parameters, shared ones first.
    pub(super) parameters: Definitions,
    /// Rules on the values of parameters.
    pub(super) rules: Rules,
    /// Indicators that definitions may name, sections and figures of the report.
    pub(super) catalogue: Catalogue,
    /// The questionnaire, when there is one.
    pub(super) questionnaire: Option<DefinitionFile<Questionnaire>>,
    /// The definition of a loyal customer, when there is one.
    pub(super) loyalty_definition: Option<DefinitionFile<LoyaltyDefinition>>,
    /// Problems after which the rest of the pipeline can still be checked.
    pub(super) problems: Vec<Problem>,
    /// Problems of files that cannot be read or have the wrong structure, after which the pipeline as a whole cannot be
    /// checked.
    pub(super) unreadable: Vec<Problem>,
}

impl ReferencedFiles {
    /// Reads the files that `definition`, written in `file`, refers to.
    pub fn read(file: &PipelineText, definition: &PipelineFile) -> Self {
        let mut problems = Vec::new();
        let mut unreadable = Vec::new();
        let (queries, overrides) = query_files::read(file, &definition.queries, &definition.overrides, &mut unreadable);
        let (parameters, rules) = parameter_values::parameter_definitions(file, definition, &mut unreadable);
        let questionnaire = definition_file::read(file, definition.questionnaire.as_ref(), &mut problems);
        let folders: Vec<PathBuf> = definition.queries.iter().map(|folder| file.resolve(folder)).collect();
        let mut wrong = Vec::new();
        let catalogue = catalogue::read(&folders, &mut wrong);
        // Names that are missing from an invalid catalogue are only a consequence.
        let is_whole = wrong.is_empty();
        unreadable.extend(wrong);
        let loyalty_definition: Option<DefinitionFile<LoyaltyDefinition>> =
            definition_file::read(file, definition.loyalty_definition.as_ref(), &mut problems);
        if let Some(loyalty) = loyalty_definition.as_ref().filter(|_| is_whole) {
            problems.extend(loyalty.content.indicator_problems(&catalogue, &loyalty.file));
        }
        problems.extend(queries.iter().filter(|_| is_whole).filter_map(|query| {
            let (text, sidecar) = query.sidecar.as_ref()?;
            let section = &sidecar.report.as_ref()?.section;
            catalogue.section(section, text.place_of(section)).err()
        }));
        Self {
            queries,
            overrides,
            parameters,
            rules,
            catalogue,
            questionnaire,
            loyalty_definition,
            problems,
            unreadable,
        }
    }

    /// The same files, with only the queries whose names are `wanted`.
    pub fn with_queries(&self, wanted: impl Fn(&str) -> bool) -> Self {
        Self {
            queries: self.queries.iter().filter(|query| wanted(&query.name)).cloned().collect(),
            overrides: self.overrides.iter().filter(|query| wanted(&query.table)).cloned().collect(),
            parameters: self.parameters.clone(),
            rules: self.rules.clone(),
            catalogue: self.catalogue.clone(),
            questionnaire: self.questionnaire.clone(),
            loyalty_definition: self.loyalty_definition.clone(),
            problems: self.problems.clone(),
            unreadable: self.unreadable.clone(),
        }
    }
}
