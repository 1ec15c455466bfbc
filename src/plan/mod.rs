//! [`Pipeline`] -> [`Plan`]: parse every query, find the tables it reads, order them. Knows no session and no network.

pub mod contract;
mod durations;
mod folders;
pub mod graph;
pub mod limits;
pub mod month_names;
mod nesting;
pub mod output;
pub mod parameter_rules;
pub mod placeholders;
pub mod query;
pub mod schedule;
pub mod source;
pub mod source_format;
pub mod time_format;
mod unneeded_checks;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::NaiveDate;
use chrono_tz::Tz;

use crate::catalog::{canonical, definition_tables};
use crate::config::Pipeline;
use crate::config::catalogue::Catalogue;
use crate::config::data_type::DataType;
use crate::config::definition_file::{DefinitionFile, DefinitionSource};
use crate::config::location::Location;
use crate::config::loyalty_definition::LoyaltyDefinition;
use crate::config::overrides::Override;
use crate::config::parameters::Parameter;
use crate::config::query_files::QueryFile;
use crate::config::questionnaire::Questionnaire;
use crate::config::sidecar::Check;
use crate::error::{Error, Place, Problem, Result, did_you_mean};
use limits::Limits;
pub use output::{OutputPlan, ReportPlan};
use parameter_rules::RulePlan;
use query::QueryPlan;
use source::SourcePlan;

/// Prefix of the names of tables that hold an output of an earlier run.
pub const PREVIOUS: &str = "previous_";

/// Prefix of the names of views over an output of all nights.
pub const HISTORY: &str = "history_";

/// What a run will do, in a valid order. Later modules do not look at the pipeline file.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the pipeline.
    pub name: String,
    /// What the pipeline is for.
    pub description: String,
    /// Time zone in which days begin and end.
    pub time_zone: Tz,
    /// ISO 4217 code of the one currency of all amounts.
    pub currency: Option<String>,
    /// The date the run is for.
    pub as_of_date: NaiveDate,
    /// The date of the earlier run to compare with; the latest one before `as_of_date` when not given.
    pub compare_to: Option<NaiveDate>,
    /// Every parameter with its value, shared ones first.
    pub parameters: Vec<Parameter>,
    /// Rules on the values of parameters.
    pub rules: Vec<RulePlan>,
    /// Indicators that definitions may name, sections and figures of the report.
    pub catalogue: Catalogue,
    /// The questionnaire, when there is one.
    pub questionnaire: Option<DefinitionFile<Questionnaire>>,
    /// The definition of a loyal customer, when there is one.
    pub loyalty_definition: Option<DefinitionFile<LoyaltyDefinition>>,
    /// Inputs that queries need.
    pub sources: Vec<SourcePlan>,
    /// Queries that outputs and reports need, each after those it reads.
    pub queries: Vec<QueryPlan>,
    /// Queries that an override of the pipeline replaces.
    pub overrides: Vec<Override>,
    /// Tables to publish.
    pub outputs: Vec<OutputPlan>,
    /// Reports to publish.
    pub reports: Vec<ReportPlan>,
    /// Canonical tables that no query defines; they exist, empty.
    pub absent_canonical: Vec<String>,
    /// Outputs of earlier runs that queries read, each with the columns that its sidecar declares.
    pub previous: BTreeMap<String, Vec<(String, DataType)>>,
    /// Where to publish.
    pub publish: Location,
    /// How long the lock of a run lasts after its last renewal.
    pub lock_lease: Duration,
    /// What the run may use of the machine.
    pub limits: Limits,
    /// Queries with checks that no output and no report needs, so that the checks do not run.
    pub unneeded_checks: Vec<String>,
    /// Whether only a part of the outputs was selected.
    pub is_partial: bool,
    /// The query whose rows are only printed, so that they need not be reproducible.
    pub looked_at: Option<String>,
    /// Query -> its declared grain, of every query of the pipeline.
    grains: BTreeMap<String, Vec<String>>,
}

/// Which tables a plan is for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Outputs, and what reports read.
    Outputs {
        /// The selected outputs; all of them when empty.
        selection: &'a [String],
        /// Tables that are needed as well, if a query defines them.
        reported: &'a [&'a str],
    },
    /// One query, and nothing published.
    Table(&'a str),
    /// Every query, needed or not, to validate it.
    Everything,
}

/// Turns a pipeline into a plan.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong with the queries and what they refer to; see also
/// [`canonical::verify`].
pub fn make(mut pipeline: Pipeline, wanted: &Wanted<'_>) -> Result<Plan> {
    let selection: &[String] = match wanted {
        Wanted::Outputs { selection, .. } => selection,
        Wanted::Table(_) | Wanted::Everything => &[],
    };
    canonical::verify()?;
    let mut problems = std::mem::take(&mut pipeline.problems);
    let (rules, rule_problems) = parameter_rules::plan(&pipeline.rules, &pipeline.parameters);
    problems.extend(rule_problems);
    let limits = Limits::resolve(&pipeline.definition.runtime, &pipeline.file, &mut problems);
    let sources = resolve_sources(&pipeline, &mut problems);
    let mut queries = Vec::new();
    for file in &pipeline.queries {
        match QueryPlan::parse(file, &pipeline.parameters) {
            Ok(query) => queries.push(query),
            Err(found) => problems.extend(found),
        }
    }
    // Wherever an overriding file is, its query counts as being in the folder of the query that it replaces.
    for replacing in &pipeline.overrides {
        let query = queries.iter_mut().find(|query| query.name == replacing.table);
        if let (Some(query), Some(folder)) = (query, replacing.replaced.parent()) {
            query.folder = folder.to_owned();
        }
    }
    // A query that does not parse is still a table that others may read.
    let query_names: BTreeSet<&str> = pipeline.queries.iter().map(|file| file.name.as_str()).collect();
    problems.extend(name_clashes(&pipeline, &query_names));
    problems.extend(hidden_earlier_tables(&queries, &query_names));
    let known = Known { sources: &sources, query_names: &query_names };
    for query in &queries {
        problems.extend(known.missing_tables(query));
    }
    let outputs = output::outputs(&pipeline, &queries, selection, &query_names, &mut problems);
    let reports = output::reports(&pipeline, &mut problems);
    let reads: BTreeMap<&str, BTreeSet<&str>> =
        queries.iter().map(|query| (query.name.as_str(), query.reads.iter().map(String::as_str).collect())).collect();
    let ordered = graph::order(&reads).unwrap_or_else(|cycle| {
        problems.push(cycle_problem(&cycle, &queries));
        Vec::new()
    });
    if !ordered.is_empty() {
        problems.extend(endless_check(&queries, &reads));
        // The folder of a query does not matter when a single table is shown.
        if !matches!(wanted, Wanted::Table(_)) {
            problems.extend(folders::cycle(&queries, &reads));
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }

    let roots: Vec<&str> = match wanted {
        Wanted::Outputs { reported, .. } => {
            let reported = reported.iter().filter(|name| query_names.contains(**name)).copied();
            outputs.iter().map(|output| output.name.as_str()).chain(reported).collect()
        }
        Wanted::Table(table) => vec![table],
        Wanted::Everything => query_names.iter().copied().collect(),
    };
    let mut needed = graph::ancestors(roots, &reads);
    let related: Vec<&str> = queries
        .iter()
        .filter(|query| needed.contains(query.name.as_str()))
        .flat_map(QueryPlan::tables_of_checks)
        .collect();
    needed.extend(graph::ancestors(related, &reads));
    let unneeded_checks = match wanted {
        Wanted::Outputs { selection: [], .. } => {
            let setting = pipeline.definition.unneeded_checks;
            unneeded_checks::settle(setting, &queries, &reads, &mut needed, &mut problems)
        }
        Wanted::Outputs { .. } | Wanted::Table(_) | Wanted::Everything => Vec::new(),
    };
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let needed: BTreeSet<String> = needed.into_iter().map(str::to_owned).collect();
    let previous = needed.iter().filter_map(|name| name.strip_prefix(PREVIOUS));
    let previous = previous.map(|output| (output.to_owned(), declared_columns(&pipeline, output))).collect();
    let absent_canonical = canonical::names().filter(|name| !query_names.contains(name)).map(str::to_owned).collect();
    queries.retain(|query| needed.contains(&query.name));
    queries.sort_by_key(|query| ordered.iter().position(|name| *name == query.name));
    let publish = pipeline.publish_location();
    let definition = &pipeline.definition;
    Ok(Plan {
        name: definition.name.value.clone(),
        description: definition.description.clone(),
        time_zone: pipeline.time_zone,
        currency: definition.currency.as_ref().map(|currency| currency.value.clone()),
        as_of_date: pipeline.as_of_date,
        compare_to: pipeline.compare_to,
        rules,
        sources: sources.into_iter().filter(|source| needed.contains(&source.name)).collect(),
        overrides: pipeline.overrides.into_iter().filter(|query| needed.contains(&query.table)).collect(),
        queries,
        outputs: if matches!(wanted, Wanted::Table(_)) { Vec::new() } else { outputs },
        absent_canonical,
        previous,
        reports,
        publish,
        lock_lease: Duration::from_secs(definition.publish.lock_seconds.value),
        limits,
        unneeded_checks,
        is_partial: !selection.is_empty(),
        looked_at: match wanted {
            Wanted::Table(table) => Some((*table).to_owned()),
            Wanted::Outputs { .. } | Wanted::Everything => None,
        },
        grains: declared_grains(&pipeline.queries),
        parameters: pipeline.parameters,
        catalogue: pipeline.catalogue,
        questionnaire: pipeline.questionnaire,
        loyalty_definition: pipeline.loyalty_definition,
    })
}

impl Plan {
    /// The definition files, which queries read as tables.
    pub fn definitions(&self) -> impl Iterator<Item = DefinitionSource<'_>> {
        let questionnaire = self.questionnaire.as_ref().map(DefinitionFile::source);
        questionnaire.into_iter().chain(self.loyalty_definition.as_ref().map(DefinitionFile::source))
    }

    /// The query that defines `name`.
    pub fn query(&self, name: &str) -> Option<&QueryPlan> {
        self.queries.iter().find(|query| query.name == name)
    }

    /// The declared grain of a query's table, or of its earlier output.
    pub fn grain(&self, table: &str) -> Option<Vec<String>> {
        let of = |name: &str| self.grains.get(name).cloned();
        of(table).or_else(|| of(table.strip_prefix(PREVIOUS)?))
    }
}

/// The columns that the sidecar of a query declares.
fn declared_columns(pipeline: &Pipeline, query: &str) -> Vec<(String, DataType)> {
    let file = pipeline.queries.iter().find(|file| file.name == query);
    let columns = file.and_then(|file| file.sidecar.as_ref()).map(|(_, sidecar)| &sidecar.columns);
    columns.into_iter().flatten().map(|(name, column)| (name.value.clone(), column.data_type)).collect()
}

/// The grain of every query that declares one.
fn declared_grains(queries: &[QueryFile]) -> BTreeMap<String, Vec<String>> {
    let mut grains = BTreeMap::new();
    for file in queries {
        if let Some((_, sidecar)) = &file.sidecar {
            grains.insert(file.name.clone(), sidecar.grain.iter().map(|column| column.value.clone()).collect());
        }
    }
    grains
}

fn resolve_sources(pipeline: &Pipeline, problems: &mut Vec<Problem>) -> Vec<SourcePlan> {
    let mut sources = Vec::new();
    for (name, definition) in &pipeline.definition.sources {
        match SourcePlan::resolve(name, definition, pipeline) {
            Ok(source) => sources.push(source),
            Err(found) => problems.extend(found),
        }
    }
    sources
}

fn name_clashes(pipeline: &Pipeline, query_names: &BTreeSet<&str>) -> Vec<Problem> {
    let sources = pipeline.definition.sources.keys();
    sources
        .filter(|source| query_names.contains(source.value.as_str()) || is_reserved(source))
        .map(|source| {
            Problem::new(format!("`{}` is the name of a source and of another table", source.value))
                .at(pipeline.file.place_of(source))
                .hint("rename the source; a canonical table is defined by a query of its name")
        })
        .collect()
}

/// Queries whose name is reserved for the earlier output of another query.
fn hidden_earlier_tables(queries: &[QueryPlan], query_names: &BTreeSet<&str>) -> Vec<Problem> {
    let named = queries.iter().filter_map(|query| Some((query, query.name.strip_prefix(PREVIOUS)?)));
    named
        .filter(|(_, earlier)| query_names.contains(earlier))
        .map(|(query, earlier)| {
            Problem::new(format!("`{}` is the name of the table `{earlier}` of the previous run", query.name))
                .at(Place::file(query.file.sql.path.display().to_string()))
                .hint("rename the file")
        })
        .collect()
}

fn is_reserved(name: &str) -> bool {
    definition_tables::NAMES.contains(&name) || name.starts_with(PREVIOUS) || canonical::table(name).is_some()
}

struct Known<'a> {
    sources: &'a [SourcePlan],
    query_names: &'a BTreeSet<&'a str>,
}

impl Known<'_> {
    fn missing_tables(&self, query: &QueryPlan) -> Vec<Problem> {
        let unknown = query.reads.iter().filter(|table| !self.has(table));
        unknown
            .map(|table| {
                let mut problem = Problem::new(format!("there is no table `{table}`")).at(query.place_of_table(table));
                problem.hint = did_you_mean(table, self.names()).or_else(|| {
                    Some("a table is a source of the pipeline, a .sql file in its query folders, or canonical".into())
                });
                problem
            })
            .collect()
    }

    fn has(&self, table: &str) -> bool {
        // In unit tests of queries, given rows replace an output as if they were a source.
        let is_output = |name: &str| self.query_names.contains(name) || self.sources.iter().any(|s| s.name == name);
        table.strip_prefix(PREVIOUS).is_some_and(is_output) || self.names().any(|name| name == table)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let canonical = canonical::names().chain(definition_tables::NAMES);
        self.query_names.iter().copied().chain(self.sources.iter().map(|source| source.name.as_str())).chain(canonical)
    }
}

/// A check that refers to a table which is computed from the checked table: each would wait for the other.
fn endless_check(queries: &[QueryPlan], reads: &BTreeMap<&str, BTreeSet<&str>>) -> Option<Problem> {
    let mut needs = reads.clone();
    for query in queries {
        let related = query.tables_of_checks().filter(|table| *table != query.name);
        needs.entry(&query.name).or_default().extend(related);
    }
    let cycle = graph::order(&needs).err()?;
    let steps = cycle.windows(2).filter_map(|step| Some((queries.iter().find(|q| q.name == step[0])?, &step[1])));
    let (query, related) = steps.into_iter().find(|(query, table)| !query.reads.contains(*table))?;
    let (file, _) = query.file.sidecar.as_ref()?;
    let place = query.checks.iter().find_map(|plan| match &plan.check.value {
        Check::Relationship(relationship) if relationship.table.value == *related => {
            Some(file.place_of(&relationship.table))
        }
        _ => None,
    })?;
    Some(
        Problem::new(format!(
            "a check of `{}` refers to `{related}`, which is computed from `{}`",
            query.name, query.name
        ))
        .at(place)
        .hint(format!("a table is checked before others read it; move the check to the sidecar of `{related}`")),
    )
}

fn cycle_problem(cycle: &[String], queries: &[QueryPlan]) -> Problem {
    let files: Vec<String> = cycle
        .iter()
        .filter_map(|name| queries.iter().find(|query| query.name == *name))
        .map(|query| format!("`{}`", query.file.sql.path.display()))
        .collect();
    let first = cycle.first().and_then(|name| queries.iter().find(|query| query.name == *name));
    let mut problem = Problem::new(format!("these queries read each other in a cycle: {}", files.join(" reads ")))
        .hint("a table cannot depend on itself; move what both need into a query of its own");
    if let (Some(query), Some(read)) = (first, cycle.get(1)) {
        problem = problem.at(query.place_of_table(read));
    }
    problem
}
