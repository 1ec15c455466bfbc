//! Unit tests of queries: given rows -> expected rows, run in the same engine as the nightly run. Analysts write them as
//! YAML, without Rust.

mod compare;
mod given;
mod shared_folders;
mod tested_queries;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::located::Located;
use crate::config::scalar::Scalar;
use crate::config::tested::TestedPipeline;
use crate::config::{PipelineText, Settings, yaml};
use crate::error::{Error, Problem, Result, io_reason};
use crate::plan::{self, Wanted};
use crate::run::session::{Resources, Session};
use crate::transform;
use crate::typing::given_tables::register_given_tables;
use given::GivenTable;
use tested_queries::TestedQueries;

/// Memory for one case.
const CASE_MEMORY_BYTES: usize = 256 << 20;
/// Threads for one case; several cases run at the same time.
const CASE_THREADS: usize = 2;

/// A row as written: column -> value.
pub type Row = IndexMap<Located<String>, Located<Scalar>>;

/// A file of unit tests of one query.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// Table under test.
    pub query: Located<String>,
    /// What the tests are about.
    #[serde(default)]
    pub description: String,
    /// Query folders, relative to the current directory. When neither folders nor a pipeline are given, those that the
    /// pipelines in `pipelines/` share: folders that at least two of them list and that define no canonical table.
    #[serde(default)]
    pub folders: Vec<String>,
    /// Pipeline whose sources and queries are used instead, relative to the current directory.
    #[serde(default)]
    pub pipeline: Option<String>,
    /// Questionnaire, relative to the current directory.
    #[serde(default)]
    pub questionnaire: Option<String>,
    /// Definition of a loyal customer, relative to the current directory.
    #[serde(default)]
    pub loyalty_definition: Option<String>,
    /// Values of parameters in all cases.
    #[serde(default)]
    pub parameters: IndexMap<String, Scalar>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// Given these rows, the query gives those.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows, in words.
    pub name: Located<String>,
    /// Values of parameters in this case.
    #[serde(default)]
    pub parameters: IndexMap<String, Scalar>,
    /// Rows of canonical tables, sources, or queries, which they replace; all else is empty.
    #[serde(default)]
    pub given: IndexMap<Located<String>, Vec<Row>>,
    /// All rows of the result, ordered by the grain; only the columns written are compared.
    pub expected: Vec<Row>,
}

/// The result of one case.
#[derive(Debug)]
pub struct Outcome {
    /// File of the case.
    pub file: PathBuf,
    /// Name of the case.
    pub case: String,
    /// What differs; empty when the case passed.
    pub differences: Vec<String>,
}

/// The tests of one file.
struct Tests {
    text: PipelineText,
    file: TestFile,
    /// What they run in, or why that cannot be read.
    queries: Arc<Result<TestedQueries>>,
}

/// Runs all tests of the files and folders in `paths`.
///
/// # Errors
/// A test file cannot be read or is not one. A case that fails is an outcome, not an error.
pub async fn run(paths: &[PathBuf], now: DateTime<Utc>) -> Result<Vec<Outcome>> {
    let mut files = Vec::new();
    for path in paths {
        collect(path, &mut files).map_err(|error| {
            Error::invalid(Problem::new(format!("cannot read tests at `{}`: {}", path.display(), io_reason(&error))))
        })?;
    }
    if files.is_empty() {
        let places: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(Error::invalid(
            Problem::new(format!("there are no tests at {}", places.join(", ")))
                .hint("a test is a .yml file; `staunch schema test` describes it"),
        ));
    }
    files.sort();
    let shared_folders = shared_folders::find(now)?;
    let mut read: HashMap<TestedPipeline, Arc<Result<TestedQueries>>> = HashMap::new();
    let mut cases = Vec::new();
    for path in files {
        let text = PipelineText::read(&path, "test file").map_err(Error::invalid)?;
        let file: TestFile = yaml::parse(&path.display().to_string(), &text.text).map_err(Error::invalid)?;
        let pipeline = file.pipeline(&shared_folders);
        let queries = read
            .entry(pipeline)
            .or_insert_with_key(|pipeline| Arc::new(TestedQueries::read(pipeline, &settings(Vec::new(), now))));
        let tests = Arc::new(Tests { text, file, queries: Arc::clone(queries) });
        cases.extend((0..tests.file.cases.len()).map(|position| (Arc::clone(&tests), position)));
    }
    // Planning takes most of a case, and one thread each.
    let at_once = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let outcomes = cases.into_iter().map(|(tests, position)| async move {
        let outcome = async move { outcome(&tests, &tests.file.cases[position], now).await };
        tokio::spawn(outcome).await.map_err(|error| {
            Error::execution(Problem::new(format!("a unit test stopped unexpectedly: {error}")).caused_by(error))
        })
    });
    futures::stream::iter(outcomes).buffered(at_once).try_collect().await
}

async fn outcome(tests: &Tests, case: &Case, now: DateTime<Utc>) -> Outcome {
    let differences = match run_case(tests, case, now).await {
        Ok(differences) => differences,
        Err(message) => vec![message],
    };
    Outcome { file: tests.text.path.clone(), case: case.name.value.clone(), differences }
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if path.is_dir() {
        for entry in std::fs::read_dir(path)? {
            let path = entry?.path();
            if path.is_dir() || path.extension().is_some_and(|extension| extension == "yml") {
                collect(&path, files)?;
            }
        }
    } else {
        std::fs::metadata(path)?;
        files.push(path.to_owned());
    }
    Ok(())
}

async fn run_case(tests: &Tests, case: &Case, now: DateTime<Utc>) -> Result<Vec<String>, String> {
    let queries = tests.queries.as_ref().as_ref().map_err(ToString::to_string)?;
    differences(tests, case, queries, now).await.map_err(|error| error.to_string())
}

async fn differences(tests: &Tests, case: &Case, queries: &TestedQueries, now: DateTime<Utc>) -> Result<Vec<String>> {
    let Tests { text: file, file: tests, .. } = tests;
    let given = case.given.keys().map(|name| name.value.as_str()).collect();
    let mut pipeline = queries.pipeline(file, &tests.query, &given, &settings(variables(tests, case), now))?;
    let given: Vec<GivenTable> = case
        .given
        .iter()
        .map(|(name, rows)| GivenTable::build(file, name, rows, &pipeline))
        .collect::<Result<_, _>>()
        .map_err(Error::invalid)?;
    for table in &given {
        table.replace_query_in(&mut pipeline);
    }
    let plan = plan::make(pipeline, &Wanted::Outputs { selection: &[], reported: &[] })?;
    // Partitions the few rows of a case as many rows would be.
    let resources = Resources { rows_per_partition: 1, ..Resources::new(CASE_MEMORY_BYTES, CASE_THREADS, None) };
    let Session { engine, tables, .. } = &Session::open(&resources)?;
    let customer_id = given::customer_id_type(&given);
    register_given_tables(engine, &plan, &customer_id)?;
    for source in &plan.sources {
        engine.register_empty(&source.name, given::empty_source(source)?)?;
    }
    for table in &given {
        table.register(engine)?;
    }
    let is_kept = |name: &str| name == tests.query.value;
    // No views: several small plans are optimised faster than one large plan.
    let plans = BTreeMap::new();
    transform::run(&plan, plans, engine, tables, is_kept, |_, _| async { Ok(async { Ok(()) }) }).await?;
    let grain = plan.outputs.first().map(|output| output.sort_by.clone()).unwrap_or_default();
    compare::differences(engine, &tests.query, &grain, &case.expected).await
}

impl TestFile {
    /// What the file says about the pipeline of its tests.
    fn pipeline(&self, shared_folders: &[String]) -> TestedPipeline {
        let folders = if self.folders.is_empty() { shared_folders } else { &self.folders };
        TestedPipeline {
            pipeline: self.pipeline.clone(),
            folders: if self.pipeline.is_some() { Vec::new() } else { folders.to_vec() },
            questionnaire: self.questionnaire.clone(),
            loyalty_definition: self.loyalty_definition.clone(),
        }
    }
}

/// The parameters of a case, as the command line would give them.
fn variables(tests: &TestFile, case: &Case) -> Vec<(String, String)> {
    let mut values = tests.parameters.clone();
    values.extend(case.parameters.iter().map(|(name, value)| (name.clone(), value.clone())));
    let text_of = |value: &Scalar| match value {
        Scalar::List(values) => values.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    values.iter().map(|(name, value)| (name.clone(), text_of(value))).collect()
}

fn settings(variables: Vec<(String, String)>, now: DateTime<Utc>) -> Settings<'static> {
    Settings { variables, as_of_date: None, allow_future: true, environment: &|name| std::env::var(name).ok(), now }
}
