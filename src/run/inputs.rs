//! Opens the sources and the earlier outputs that queries read, and makes them tables of the engine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::SchemaRef;
use futures::{StreamExt, TryStreamExt};

use super::earlier::EarlierRun;
use super::session::Session;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::plan::source::SourcePlan;
use crate::plan::{PREVIOUS, Plan};
use crate::progress::Progress;
use crate::publish::{InputFile, PublishLocation};
use crate::sources::{self, InputObject, SourceTable};
use crate::typing::given_tables::{previous_schema, register_given_tables};
use crate::typing::parameter_rules;
use crate::typing::type_check::{Depth, TypeCheck, type_check};

/// Sources opened at the same time.
const SOURCES_AT_ONCE: usize = 4;

/// The schemas of the sources whose columns are declared.
fn declared_schemas(plan: &Plan) -> BTreeMap<String, SchemaRef> {
    let declared = |source: &SourcePlan| Some((source.name.clone(), sources::declared_schema(source)?));
    plan.sources.iter().filter_map(declared).collect()
}

/// Checks where sources are read and where outputs are published, as far as that goes without a request to a store.
///
/// # Errors
/// [`Error::Invalid`] with every location that cannot be.
fn check_locations(plan: &Plan) -> Result<()> {
    let sources = plan.sources.iter().map(sources::check_location);
    let mut problems = Vec::new();
    for checked in sources.chain([PublishLocation::check(&plan.publish)]) {
        match checked {
            Ok(()) => {}
            Err(Error::Invalid(found)) => problems.extend(found),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

/// Checks locations, the values of parameters against their rules, and the queries as far as declared columns allow, before any data
/// is read.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong.
pub async fn check_declared(plan: &Plan, depth: Depth) -> Result<TypeCheck> {
    check_locations(plan)?;
    parameter_rules::check(&plan.rules, &Engine::for_planning()?).await?;
    type_check(plan, &declared_schemas(plan), depth).await
}

/// The inputs as they were read, and what planning against them told.
pub struct Inputs {
    /// Every file.
    pub files: Vec<InputFile>,
    /// Schemas and plans of the queries.
    pub types: TypeCheck,
}

/// Opens every source and earlier output of `plan`, which was checked as `declared` says; afterwards the session has every table that no query defines.
///
/// # Errors
/// An input is missing, broken, not as declared, or its storage fails; or, now that all columns are known, a query is wrong.
pub async fn read(
    plan: &Plan,
    declared: TypeCheck,
    session: &Session,
    earlier: &EarlierRun,
    progress: &Progress,
) -> Result<Inputs> {
    let inputs = read_sources(plan, declared, session, progress).await?;
    let engine = &session.engine;
    let customer_id = &inputs.types.customer_id;
    register_given_tables(engine, plan, customer_id)?;
    for output in plan.previous.keys() {
        let schema = previous_schema(plan, output, customer_id);
        earlier.register(output, &format!("{PREVIOUS}{output}"), schema, engine).await?;
    }
    Ok(inputs)
}

/// Opens every source and checks the queries against the columns that are there.
///
/// # Errors
/// See [`read`].
async fn read_sources(plan: &Plan, declared: TypeCheck, session: &Session, progress: &Progress) -> Result<Inputs> {
    let stage = progress.stage("read", plan.sources.len());
    let opened: Vec<(String, SchemaRef, Vec<InputFile>)> = futures::stream::iter(&plan.sources)
        .map(|source| async {
            let started = Instant::now();
            let (schema, files) = open(source, session).await?;
            let rows = files.iter().map(|file| file.rows).sum::<Option<u64>>();
            stage.done(&source.name, rows, started.elapsed());
            Ok::<_, Error>((source.name.clone(), schema, files))
        })
        .buffered(SOURCES_AT_ONCE)
        .try_collect()
        .await?;
    drop(stage);
    let schemas: BTreeMap<String, SchemaRef> =
        opened.iter().map(|(name, schema, _)| (name.clone(), Arc::clone(schema))).collect();
    let types =
        if schemas == declared_schemas(plan) { declared } else { type_check(plan, &schemas, Depth::Plans).await? };
    Ok(Inputs { files: opened.into_iter().flat_map(|(_, _, files)| files).collect(), types })
}

async fn open(source: &SourcePlan, session: &Session) -> Result<(SchemaRef, Vec<InputFile>)> {
    let Session { engine, tables } = session;
    let opened = sources::open(source, &engine.context).await?;
    let mut files: Vec<InputFile> = opened.inputs.into_iter().map(|input| input_file(&source.name, input)).collect();
    match opened.table {
        SourceTable::Scan(provider) => {
            let rows = files.iter().map(|file| file.rows).sum();
            engine.register(&source.name, provider, rows)?;
        }
        SourceTable::Streams(streams) => {
            let activity = format!("reading `{}`", source.name);
            let at_once = engine.settings.threads;
            let schema = Arc::clone(&opened.schema);
            let kept = tables.keep_streams(&source.name, &activity, schema, streams, at_once).await?;
            for (file, rows) in files.iter_mut().zip(kept.rows_per_partition()) {
                file.rows = Some(rows);
            }
            kept.register(engine).await?;
        }
    }
    Ok((opened.schema, files))
}

fn input_file(source: &str, input: InputObject) -> InputFile {
    InputFile {
        source: source.to_owned(),
        location: input.location,
        size_bytes: input.size_bytes,
        etag: input.etag,
        last_modified: Some(input.last_modified),
        rows: input.rows,
    }
}
