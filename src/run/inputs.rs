//! Opens the sources and the earlier outputs that queries read, and makes them tables of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};

use super::earlier::EarlierRun;
use super::freshness::{self, Freshness};
use super::session::Session;
use super::unique_rows;
use crate::config::sources::OnEmpty;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::plan::source::SourcePlan;
use crate::plan::{PREVIOUS, Plan};
use crate::progress::Progress;
use crate::publish::{InputFile, Manifest, PublishLocation, SourceFreshness};
use crate::sources::{self, FileMarks, InputObject, Intake, RowCounts, SourceTable};
use crate::typing::given_tables::{previous_schema, register_given_tables};
use crate::typing::parameter_rules;
use crate::typing::type_check::{Depth, TypeCheck, type_check};

/// Sources opened at the same time.
const SOURCES_AT_ONCE: usize = 4;
/// Files of one source that are read at the same time at most.
const FILES_AT_ONCE: usize = 32;
/// A source that is not there yet is looked for so often while a run waits for it, and no more often than this.
const PAUSES: u32 = 200;
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Bytes of these files, unless there are as many threads.
const BYTES_AT_ONCE: u64 = 8 * 1024 * 1024;

/// The schemas of the sources whose columns are declared.
///
/// # Errors
/// Two columns of a source have one name.
fn declared_schemas(plan: &Plan) -> Result<BTreeMap<String, SchemaRef>> {
    let mut declared = BTreeMap::new();
    for source in &plan.sources {
        if let Some(schema) = sources::declared_schema(source)? {
            declared.insert(source.name.clone(), schema);
        }
    }
    Ok(declared)
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
    type_check(plan, &declared_schemas(plan)?, depth).await
}

/// The inputs as they were read, and what planning against them told.
pub struct Inputs {
    /// Every file.
    pub files: Vec<InputFile>,
    /// Rows that broke the contract of a source, by its name; of sources that had any.
    pub rejects: Vec<(String, Arc<Intake>)>,
    /// What the summary tells about the sources.
    pub notes: Vec<String>,
    /// How old the data of sources is that declare `freshness`, by source.
    pub freshness: BTreeMap<String, SourceFreshness>,
    /// Schemas and plans of the queries.
    pub types: TypeCheck,
}

/// The sources that a published run read.
pub fn read_before(published: Option<&Manifest>) -> BTreeSet<String> {
    published.into_iter().flat_map(|manifest| &manifest.inputs).map(|input| input.source.clone()).collect()
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
    read_before: &BTreeSet<String>,
    progress: &Progress,
    now: DateTime<Utc>,
) -> Result<Inputs> {
    let inputs = read_sources(plan, declared, session, read_before, progress, now).await?;
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
async fn read_sources(
    plan: &Plan,
    declared: TypeCheck,
    session: &Session,
    read_before: &BTreeSet<String>,
    progress: &Progress,
    now: DateTime<Utc>,
) -> Result<Inputs> {
    let stage = progress.stage("read", plan.sources.len());
    let read: Vec<ReadSource> = futures::stream::iter(&plan.sources)
        .map(|source| async {
            let started = Instant::now();
            let source = &SourcePlan { was_read: read_before.contains(&source.name), ..source.clone() };
            wait_for(source, progress).await?;
            let read = open(source, session, now).await?;
            stage.done(&source.name, Some(read.files.iter().filter_map(|file| file.rows).sum()), started.elapsed());
            Ok::<_, Error>(read)
        })
        .buffered(SOURCES_AT_ONCE)
        .try_collect()
        .await?;
    drop(stage);
    let schemas: BTreeMap<String, SchemaRef> =
        read.iter().map(|read| (read.name.clone(), Arc::clone(&read.schema))).collect();
    let types = if schemas == declared_schemas(plan)? {
        declared
    } else {
        type_check(plan, &schemas, Depth::LogicalPlans).await?
    };
    let (files, freshness) = (Vec::new(), BTreeMap::new());
    let mut inputs = Inputs { files, rejects: Vec::new(), notes: Vec::new(), freshness, types };
    for source in read {
        if let Some(freshness) = source.freshness {
            inputs.freshness.insert(source.name.clone(), freshness.recorded());
        }
        if source.files.iter().any(|file| file.rows_rejected > 0) {
            inputs.rejects.push((source.name, source.intake));
        }
        inputs.files.extend(source.files);
        inputs.notes.extend(source.notes);
    }
    Ok(inputs)
}

/// Waits until a source has objects, as long as it may.
///
/// # Errors
/// The source cannot be listed. That it still has no objects in the end is told by reading it.
async fn wait_for(source: &SourcePlan, progress: &Progress) -> Result<()> {
    let Some(longest) = source.wait else { return Ok(()) };
    let started = Instant::now();
    let pause = (longest / PAUSES).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    let mut is_told = false;
    loop {
        match sources::list(source).await {
            Err(Error::NotYet(_)) if started.elapsed() < longest => {}
            Err(Error::NotYet(_)) | Ok(_) => return Ok(()),
            Err(error) => return Err(error),
        }
        if !is_told {
            let until = Duration::from_secs(longest.as_secs());
            progress.say(&format!("waiting for source `{}`, {until:?} at most: nothing is there yet", source.name));
            is_told = true;
        }
        tokio::time::sleep(pause).await;
    }
}

/// A source whose rows were read, or can be scanned.
struct ReadSource {
    name: String,
    schema: SchemaRef,
    files: Vec<InputFile>,
    intake: Arc<Intake>,
    notes: Vec<String>,
    freshness: Option<Freshness>,
}

/// Opens a source, keeps its rows where they cannot be scanned, judges it as a whole, and registers its table.
async fn open(source: &SourcePlan, session: &Session, now: DateTime<Utc>) -> Result<ReadSource> {
    let Session { engine, tables, .. } = session;
    let opened = sources::open(source, &engine.context).await?;
    let intake = opened.intake;
    match opened.table {
        SourceTable::Scan(provider) => {
            let rows = intake.counts().iter().map(RowCounts::loaded).sum();
            engine.register(&source.name, provider, Some(rows))?;
        }
        SourceTable::Streams(streams) => {
            let activity = format!("reading `{}`", source.name);
            let at_once = files_at_once(&opened.inputs, engine.settings.threads);
            let schema = Arc::clone(&opened.read_schema);
            let mut kept = tables.keep_streams(&source.name, &activity, schema, streams, at_once).await?;
            if !source.rows_tell_their_file() {
                kept.leave_out(&intake.copies());
            }
            if source.unique.is_empty() {
                kept.register(engine)?;
            } else {
                unique_rows::register(source, kept, session, &intake).await?;
            }
        }
    }
    intake.finish()?;
    let counts = intake.counts();
    let loaded = counts.iter().map(RowCounts::loaded).sum();
    let inputs = opened.inputs.into_iter().zip(counts).zip(intake.marks());
    let files: Vec<InputFile> =
        inputs.map(|((input, counts), marks)| input_file(&source.name, input, counts, marks)).collect();
    let mut notes = intake.notes();
    let freshness = freshness::check(source, &files, loaded, engine, now, &mut notes).await?;
    Ok(ReadSource { name: source.name.clone(), schema: opened.schema, files, intake, notes, freshness })
}

/// How many files are read at the same time: one for each thread, or more where they are small, because a store takes longer
/// to answer for a small file than it takes to parse it.
fn files_at_once(inputs: &[InputObject], threads: usize) -> usize {
    let largest_bytes = inputs.iter().map(|input| input.size_bytes).max().unwrap_or(0).max(1);
    let small = usize::try_from(BYTES_AT_ONCE / largest_bytes).unwrap_or(FILES_AT_ONCE);
    threads.max(small.min(FILES_AT_ONCE))
}

/// How old the data of a source is; `None` when it declares no `freshness`.
///
/// # Errors
/// The source cannot be listed or read.
pub async fn freshness_of(source: &SourcePlan, session: &Session, now: DateTime<Utc>) -> Result<Option<Freshness>> {
    let Some(freshness) = &source.freshness else { return Ok(None) };
    // Judged here, not while it is read: a stale source is a finding of this, not an error.
    let unjudged = SourcePlan { freshness: None, on_empty: OnEmpty::Allow, ..source.clone() };
    let files = match freshness.column {
        Some(_) => open(&unjudged, session, now).await?.files,
        None => {
            let listed = sources::list(source).await?.into_iter();
            listed.map(|input| input_file(&source.name, input, RowCounts::default(), FileMarks::default())).collect()
        }
    };
    let latest = freshness::latest(source, freshness, &files, &session.engine).await?;
    Ok(Some(Freshness::judge(source, freshness, latest, now)))
}

fn input_file(source: &str, input: InputObject, counts: RowCounts, marks: FileMarks) -> InputFile {
    InputFile {
        source: source.to_owned(),
        location: input.location,
        size_bytes: input.size_bytes,
        etag: input.etag,
        version: input.version,
        last_modified: Some(input.last_modified),
        sha256: marks.sha256,
        columns_sha256: marks.columns_sha256,
        first_event_at: marks.event_times.first(),
        last_event_at: marks.event_times.last(),
        rows: Some(counts.loaded()),
        rows_read: counts.read,
        rows_rejected: counts.rejected,
        rows_left_out: counts.left_out,
        rows_duplicate: counts.duplicates,
    }
}
