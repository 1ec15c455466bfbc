//! `staunch schema`: prints the JSON Schema of a kind of file, generated from the structs that read or write it.

use std::io::Write;

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema, schema_for};
use serde_json::{Value, json};

use super::write;
use crate::cli::{SchemaArguments, SchemaKind};
use crate::config::catalogue::CatalogueFile;
use crate::config::loyalty_definition::LoyaltyDefinition;
use crate::config::questionnaire::Questionnaire;
use crate::config::schema::{ParametersFile, PipelineFile};
use crate::config::sidecar::Sidecar;
use crate::describe::Status;
use crate::error::{Error, Problem, Result};
use crate::nights::clean::Cleaning;
use crate::nights::diff::Diff;
use crate::nights::history::HistoryLine;
use crate::nights::repair::Repaired;
use crate::nights::rollback::RolledBack;
use crate::nights::unlock::Unlocked;
use crate::nights::verify::VerifiedRun;
use crate::query_tests::TestFile;
use crate::report::LoyaltyReport;

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
        SchemaKind::Pipeline => {
            let mut schema = schema_for!(PipelineFile);
            allow_variables(&mut schema);
            schema
        }
        SchemaKind::Sidecar => schema_for!(Sidecar),
        SchemaKind::Questionnaire => schema_for!(Questionnaire),
        SchemaKind::LoyaltyDefinition => schema_for!(LoyaltyDefinition),
        SchemaKind::Catalogue => schema_for!(CatalogueFile),
        SchemaKind::Parameters => schema_for!(ParametersFile),
        SchemaKind::Test => schema_for!(TestFile),
        SchemaKind::Status => schema_for!(Status),
        SchemaKind::Report => written::<LoyaltyReport>(),
        SchemaKind::History => written::<Vec<HistoryLine>>(),
        SchemaKind::Diff => written::<Diff>(),
        SchemaKind::Rollback => written::<RolledBack>(),
        SchemaKind::Verify => written::<Vec<VerifiedRun>>(),
        SchemaKind::Repair => written::<Repaired>(),
        SchemaKind::Clean => written::<Cleaning>(),
        SchemaKind::Unlock => written::<Unlocked>(),
    };
    serde_json::to_string_pretty(&schema)
        .map(|text| text + "\n")
        .map_err(|error| Error::execution(Problem::new("cannot write the schema").caused_by(error)))
}

/// The schema of what is written, not read: keys that are always written are required.
fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::default().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Pattern of a text that contains a variable.
const VARIABLE: &str = r"\$\{";

/// Allows a variable such as `${THREADS}` for values of the pipeline file that are not free text.
fn allow_variables(schema: &mut Schema) {
    transform_subschemas(&mut allow_variables, schema);
    let Some(object) = schema.as_object_mut() else { return };
    if let Some(pattern) = object.get("pattern").and_then(Value::as_str) {
        let pattern = format!("{VARIABLE}|{pattern}");
        object.insert("pattern".to_owned(), pattern.into());
    }
    let is_no_text = |kind: &Value| matches!(kind.as_str(), Some("integer" | "number" | "boolean"));
    if let Some(kind) = object.get("type").filter(|kind| is_no_text(kind)).cloned() {
        object.insert("type".to_owned(), json!([kind, "string"]));
        object.insert("pattern".to_owned(), VARIABLE.into());
    }
    let is_word = |choice: &Value| choice.get("const").is_some_and(Value::is_string);
    if let Some(Value::Array(choices)) = object.get_mut("oneOf")
        && choices.iter().all(is_word)
    {
        choices.push(json!({"description": "A variable that is one of these.", "type": "string", "pattern": VARIABLE}));
    }
}
