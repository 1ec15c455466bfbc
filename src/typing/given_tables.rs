//! The tables that are neither a source nor a query: definitions, canonical tables that no query defines, and earlier
//! outputs.

use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};

use crate::catalog::{canonical, code_table, loyalty_tables, path_model_tables, questionnaire_items};
use crate::engine::Engine;
use crate::error::Result;
use crate::plan::{PREVIOUS, Plan};

/// Registers every table that is not a source or a query: the definitions, canonical tables that no query defines, and
/// earlier outputs, which are empty until the run replaces them.
///
/// # Errors
/// The catalog refuses a table.
pub fn register_given_tables(engine: &Engine, plan: &Plan, customer_id: &ArrowType) -> Result<()> {
    let questionnaire = plan.questionnaire.as_ref().map(|file| &file.content);
    let loyalty_definition = plan.loyalty_definition.as_ref().map(|file| &file.content);
    let loyalty = loyalty_tables::tables(loyalty_definition, &plan.catalogue);
    let definitions = [questionnaire_items::table(questionnaire), code_table::table(&plan.catalogue)];
    let path_model =
        path_model_tables::tables(questionnaire.and_then(|questionnaire| questionnaire.path_model.as_ref()));
    for table in definitions.into_iter().chain(loyalty).chain(path_model) {
        engine.register_rows(table.name, table.schema, table.columns)?;
    }
    for name in &plan.absent_canonical {
        if let Some(table) = canonical::table(name) {
            engine.register_empty(name, table.empty_schema(customer_id))?;
        }
    }
    for output in plan.previous.keys() {
        engine.register_empty(&format!("{PREVIOUS}{output}"), previous_schema(plan, output, customer_id))?;
    }
    Ok(())
}

/// The columns that an earlier output has: those that its sidecar declares.
pub fn previous_schema(plan: &Plan, output: &str, customer_id: &ArrowType) -> SchemaRef {
    let fields: Vec<Field> = plan
        .previous
        .get(output)
        .into_iter()
        .flatten()
        .map(|(name, data_type)| {
            let is_customer = name.ends_with("customer_id");
            let data_type = if is_customer { customer_id.clone() } else { data_type.arrow() };
            Field::new(name, data_type, true)
        })
        .collect();
    Arc::new(Schema::new(fields))
}
