//! Rows written in YAML -> tables of the declared types.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};
use indexmap::IndexMap;

use super::Row;
use crate::catalog::{canonical, definition_tables};
use crate::config::data_type::DataType;
use crate::config::located::Located;
use crate::config::scalar::Scalar;
use crate::config::{Pipeline, PipelineText};
use crate::engine::Engine;
use crate::error::{Problem, Result, did_you_mean};
use crate::plan::PREVIOUS;
use crate::plan::source::SourcePlan;
use crate::sources;

/// A table with the rows of a test.
pub struct GivenTable {
    /// Table name.
    pub name: String,
    types: Vec<(String, DataType)>,
    batch: RecordBatch,
}

impl GivenTable {
    /// Builds the table; its columns are those declared for a canonical table, a table of the loyalty
    /// definition, a source or a query of this name.
    pub fn build(
        file: &PipelineText,
        name: &Located<String>,
        rows: &[Row],
        pipeline: &Pipeline,
    ) -> Result<Self, Problem> {
        let Some(types) = declared(name, pipeline) else {
            return Err(Problem::new(format!(
                "`{}` is not a canonical table, a source or a query with a sidecar",
                name.value
            ))
            .at(file.place_of(name))
            .hint("to give rows of a query, describe its columns in a sidecar"));
        };
        for column in rows.iter().flat_map(IndexMap::keys) {
            if !types.iter().any(|(known, _)| *known == column.value) {
                let mut problem = Problem::new(format!("`{}` has no column `{}`", name.value, column.value))
                    .at(file.place_of(column));
                problem.hint = did_you_mean(column, types.iter().map(|(known, _)| known.as_str()));
                return Err(problem);
            }
        }
        let columns: Vec<(Field, ArrayRef)> =
            types.iter().map(|(column, kind)| array(file, column, *kind, rows)).collect::<Result<_, _>>()?;
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
            .map_err(|error| Problem::new(error.to_string()).at(file.place_of(name)))?;
        Ok(Self { name: name.value.clone(), types, batch })
    }

    /// Turns a table given in place of a query into a source, so that the query is not run.
    pub fn replace_query_in(&self, pipeline: &mut Pipeline) {
        let is_query = pipeline.queries.iter().any(|query| query.name == self.name);
        if is_query && canonical::table(&self.name).is_none() {
            pipeline.replace_query(&self.name, &self.types);
        }
        pipeline.queries.retain(|query| query.name != self.name);
    }

    /// Makes the table readable for queries.
    pub fn register(&self, engine: &Engine) -> Result<()> {
        engine.register_batches(&self.name, self.batch.schema(), vec![self.batch.clone()])
    }
}

/// The type of customer identifiers in the given tables.
pub fn customer_id_type(tables: &[GivenTable]) -> ArrowType {
    let fields =
        tables.iter().filter_map(|table| table.batch.schema_ref().field_with_name("customer_id").ok().cloned());
    fields.map(|field| field.data_type().clone()).next().unwrap_or(ArrowType::Utf8)
}

/// The schema of a source nobody gave rows for.
///
/// # Errors
/// Two columns have one name.
pub fn empty_source(source: &SourcePlan) -> Result<SchemaRef> {
    Ok(sources::declared_schema(source)?.unwrap_or_else(|| Arc::new(Schema::empty())))
}

fn declared(name: &str, pipeline: &Pipeline) -> Option<Vec<(String, DataType)>> {
    if let Some(table) = canonical::table(name) {
        return Some(table.columns.iter().map(|(name, column)| (name.clone(), column.data_type)).collect());
    }
    if let Some(columns) = definition_tables::columns(name) {
        return Some(columns.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect());
    }
    if let Some(columns) = pipeline.source_columns(name) {
        return Some(columns);
    }
    let query = name.strip_prefix(PREVIOUS).unwrap_or(name);
    let file = pipeline.queries.iter().find(|file| file.name == query)?;
    let (_, sidecar) = file.sidecar.as_ref()?;
    let columns = sidecar.columns.iter().map(|(name, column)| (name.value.clone(), column.data_type));
    Some(columns.collect())
}

/// Turns every value into text first, so that one set of rules casts all of them.
fn array(file: &PipelineText, name: &str, kind: DataType, rows: &[Row]) -> Result<(Field, ArrayRef), Problem> {
    let values: Vec<Option<&Located<Scalar>>> =
        rows.iter().map(|row| row.get(name).filter(|value| value.value != Scalar::Null)).collect();
    let is_integer = |value: &&Located<Scalar>| matches!(value.value, Scalar::Integer(_));
    let has_integer_ids =
        kind == DataType::Id && values.iter().any(Option::is_some) && values.iter().flatten().all(is_integer);
    let target = if has_integer_ids { ArrowType::Int64 } else { kind.arrow() };
    let field = Field::new(name, target.clone(), true);
    if values.iter().all(Option::is_none) {
        return Ok((field, new_null_array(&target, rows.len())));
    }
    let texts: StringArray = values.iter().map(|value| value.map(|value| value.value.to_string())).collect();
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let array = cast_with_options(&texts, &target, &options).map_err(|error| {
        let first = values.iter().flatten().next();
        let at = first.map_or_else(|| file.place(0, 0), |value| file.place(value.line, value.column));
        Problem::new(format!("a value of `{name}` is not {kind}: {error}")).at(at)
    })?;
    Ok((field, array))
}
