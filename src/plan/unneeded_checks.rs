//! Checks of queries that no output and no report needs.

use std::collections::{BTreeMap, BTreeSet};

use super::graph;
use super::query::QueryPlan;
use crate::config::schema::UnneededChecks;
use crate::error::{Place, Problem};

/// Adds the queries to `needed` if they are to run, and returns the names of those that do not run. A query whose checks
/// are refused is added to `problems`.
pub(super) fn settle<'a>(
    setting: UnneededChecks,
    queries: &'a [QueryPlan],
    reads: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    needed: &mut BTreeSet<&'a str>,
    problems: &mut Vec<Problem>,
) -> Vec<String> {
    let unneeded: Vec<&QueryPlan> =
        queries.iter().filter(|query| !query.checks.is_empty() && !needed.contains(query.name.as_str())).collect();
    match setting {
        UnneededChecks::Name => unneeded.iter().map(|query| query.name.clone()).collect(),
        UnneededChecks::Run => {
            let names: Vec<&str> = unneeded.iter().map(|query| query.name.as_str()).collect();
            needed.extend(graph::ancestors(names, reads));
            let related: Vec<&str> = unneeded.into_iter().flat_map(QueryPlan::tables_of_checks).collect();
            needed.extend(graph::ancestors(related, reads));
            Vec::new()
        }
        UnneededChecks::Refuse => {
            problems.extend(unneeded.into_iter().map(refusal));
            Vec::new()
        }
    }
}

fn refusal(query: &QueryPlan) -> Problem {
    Problem::new(format!("no output needs `{}`, so that its checks would not run", query.name))
        .at(Place::file(query.file.sql.path.display().to_string()))
        .hint("publish it, remove it, or set `unneeded_checks: run`")
}
