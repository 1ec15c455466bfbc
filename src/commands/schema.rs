//! `staunch schema`: the JSON Schema of the YAML files, generated from the structs that read them.

use std::io::Write;

use schemars::schema_for;

use super::write;
use crate::cli::{SchemaArguments, SchemaKind};
use crate::config::catalogue::CatalogueFile;
use crate::config::loyalty_definition::LoyaltyDefinition;
use crate::config::questionnaire::Questionnaire;
use crate::config::schema::{ParametersFile, PipelineFile};
use crate::config::sidecar::Sidecar;
use crate::error::{Error, Problem, Result};
use crate::query_tests::TestFile;

/// Prints the schema.
pub fn execute(arguments: &SchemaArguments, output: &mut (dyn Write + Send)) -> Result<()> {
    write(output, json_schema(arguments.kind)?.as_bytes())
}

/// The JSON Schema of a kind of file, as indented JSON that ends with a line break.
///
/// # Errors
/// The schema cannot be written as JSON, which is a defect.
pub fn json_schema(kind: SchemaKind) -> Result<String> {
    let schema = match kind {
        SchemaKind::Pipeline => schema_for!(PipelineFile),
        SchemaKind::Sidecar => schema_for!(Sidecar),
        SchemaKind::Questionnaire => schema_for!(Questionnaire),
        SchemaKind::LoyaltyDefinition => schema_for!(LoyaltyDefinition),
        SchemaKind::Catalogue => schema_for!(CatalogueFile),
        SchemaKind::Parameters => schema_for!(ParametersFile),
        SchemaKind::Test => schema_for!(TestFile),
    };
    serde_json::to_string_pretty(&schema)
        .map(|text| text + "\n")
        .map_err(|error| Error::execution(Problem::new("cannot write the schema").caused_by(error)))
}
