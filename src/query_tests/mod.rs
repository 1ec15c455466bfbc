//! Unit tests of queries: given rows -> expected rows, run in the same engine as the nightly run. Analysts write them as
//! YAML, without Rust.

mod compare;
mod given;
mod shared_folders;

use std::collections::BTreeMap;
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
use crate::config::{Pipeline, PipelineText, Settings, yaml};
use crate::error::{Error, Problem, Result, io_reason};
use crate::plan::{self, Wanted};
use crate::run::session::{Resources, Session};
use crate::transform;
use crate::typing::given_tables::register_given_tables;
use given::GivenTable;

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

/// What all cases share.
struct TestRun {
    /// Query folders of tests that name neither folders nor a pipeline.
    shared_folders: Vec<String>,
    /// The moment the program started.
    now: DateTime<Utc>,
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
    let test_run = Arc::new(TestRun { shared_folders: shared_folders::find(now)?, now });
    let mut cases = Vec::new();
    for path in files {
        let text = PipelineText::read(&path, "test file").map_err(Error::invalid)?;
        let tests: TestFile = yaml::parse(&path.display().to_string(), &text.text).map_err(Error::invalid)?;
        let tests = Arc::new(tests);
        cases.extend((0..tests.cases.len()).map(|position| (text.clone(), Arc::clone(&tests), position)));
    }
    // Planning takes most of a case, and one thread each.
    let at_once = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let outcomes = cases.into_iter().map(|(text, tests, position)| {
        let test_run = Arc::clone(&test_run);
        let outcome = async move { outcome(&text, &tests, &tests.cases[position], &test_run).await };
        async move {
            tokio::spawn(outcome).await.map_err(|error| {
                Error::execution(Problem::new(format!("a unit test stopped unexpectedly: {error}")).caused_by(error))
            })
        }
    });
    futures::stream::iter(outcomes).buffered(at_once).try_collect().await
}

async fn outcome(file: &PipelineText, tests: &TestFile, case: &Case, test_run: &TestRun) -> Outcome {
    let differences = match run_case(file, tests, case, test_run).await {
        Ok(differences) => differences,
        Err(error) => vec![error.to_string()],
    };
    Outcome { file: file.path.clone(), case: case.name.value.clone(), differences }
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

async fn run_case(file: &PipelineText, tests: &TestFile, case: &Case, test_run: &TestRun) -> Result<Vec<String>> {
    let mut pipeline = pipeline(file, tests, case, test_run)?;
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
    let Session { engine, tables } = &Session::open(&resources)?;
    let customer_id = given::customer_id_type(&given);
    register_given_tables(engine, &plan, &customer_id)?;
    for source in &plan.sources {
        engine.register_empty(&source.name, given::empty_source(source))?;
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

/// The pipeline that a case runs: the named one, or one that has only the query folders.
fn pipeline(file: &PipelineText, tests: &TestFile, case: &Case, test_run: &TestRun) -> Result<Pipeline> {
    let mut values = tests.parameters.clone();
    values.extend(case.parameters.iter().map(|(name, value)| (name.clone(), value.clone())));
    let text_of = |value: &Scalar| match value {
        Scalar::List(values) => values.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    };
    let tested = TestedPipeline {
        file,
        query: &tests.query,
        pipeline: tests.pipeline.as_deref(),
        folders: if tests.folders.is_empty() { &test_run.shared_folders } else { &tests.folders },
        questionnaire: tests.questionnaire.as_deref(),
        loyalty_definition: tests.loyalty_definition.as_deref(),
    };
    let variables = values.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
    tested.load(&settings(variables, test_run.now))
}

fn settings(variables: Vec<(String, String)>, now: DateTime<Utc>) -> Settings<'static> {
    Settings { variables, as_of_date: None, environment: &|name| std::env::var(name).ok(), now }
}
