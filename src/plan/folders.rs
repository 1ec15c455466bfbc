//! Folders of queries have a reading order: each reads only from those before it.
//!
//! Queries that define canonical tables, and the queries that these read, count as staging in whatever folder they are:
//! a folder may contain both staging queries and queries that read indicators.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::graph;
use super::query::QueryPlan;
use crate::catalog::canonical;
use crate::error::Problem;

/// One query reads a table of another folder.
#[derive(Clone, Copy)]
struct Read<'a> {
    query: &'a QueryPlan,
    table: &'a QueryPlan,
}

/// Folder -> folder it reads from -> the reads, in the order of names.
type Reads<'a> = BTreeMap<&'a Path, BTreeMap<&'a Path, Vec<Read<'a>>>>;

/// The shortest cycle between folders of `queries`, which read tables as in `reads`; `None` when there is none.
pub(super) fn cycle(queries: &[QueryPlan], reads: &BTreeMap<&str, BTreeSet<&str>>) -> Option<Problem> {
    let is_canonical = |query: &&QueryPlan| canonical::table(&query.name).is_some();
    let staging = graph::ancestors(queries.iter().filter(is_canonical).map(|query| query.name.as_str()), reads);
    let placed: BTreeMap<&str, &QueryPlan> = queries
        .iter()
        .filter(|query| !staging.contains(query.name.as_str()))
        .map(|query| (query.name.as_str(), query))
        .collect();
    let mut between = Reads::new();
    for query in placed.values() {
        for table in query.reads.iter().filter_map(|table| placed.get(table.as_str())) {
            if folder(query) != folder(table) {
                between.entry(folder(query)).or_default().entry(folder(table)).or_default().push(Read { query, table });
            }
        }
    }
    let cycles = between.keys().filter_map(|start| path_back(start, &between));
    cycles.min_by_key(Vec::len).map(|steps| problem(&steps))
}

/// The folder that a query counts as being in.
fn folder(query: &QueryPlan) -> &Path {
    &query.folder
}

/// The reads of each step on a shortest path from `start` through other folders back to it.
fn path_back<'a, 'b>(start: &'a Path, between: &'b Reads<'a>) -> Option<Vec<&'b [Read<'a>]>> {
    let mut came_from: BTreeMap<&Path, &Path> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(folder) = open.pop_front() {
        for next in between.get(folder).into_iter().flat_map(BTreeMap::keys) {
            if came_from.contains_key(next) {
                continue;
            }
            came_from.insert(next, folder);
            open.push_back(next);
        }
    }
    let mut steps = Vec::new();
    let mut to = start;
    loop {
        let from = came_from.get(to)?;
        steps.push(between.get(from)?.get(to)?.as_slice());
        to = from;
        if to == start {
            steps.reverse();
            return Some(steps);
        }
    }
}

/// Names one read of every step. The place is in the step with the fewest reads, which is most likely the unintended
/// one.
fn problem(steps: &[&[Read<'_>]]) -> Problem {
    let path = |query: &QueryPlan| query.file.sql.path.display().to_string();
    let shown: Vec<Read<'_>> = steps.iter().filter_map(|reads| reads.first().copied()).collect();
    let told: Vec<String> =
        shown.iter().map(|read| format!("`{}` reads `{}`", path(read.query), path(read.table))).collect();
    let problem = Problem::new(format!("folders of queries read each other in a cycle: {}", told.join(", ")));
    let Some(odd) = steps.iter().min_by_key(|reads| reads.len()).and_then(|reads| reads.first()) else {
        return problem;
    };
    problem.at(odd.query.place_of_table(&odd.table.name)).hint(format!(
        "a folder reads only from folders before it; move `{}` to a folder after `{}`, or move what it reads",
        odd.query.name,
        folder(odd.table).display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PipelineText;
    use crate::config::query_files::QueryFile;

    /// Queries of `(path, tables it reads)`, and what is said of their folders.
    fn said(files: &[(&str, &[&str])]) -> Option<Problem> {
        let queries: Vec<QueryPlan> = files
            .iter()
            .map(|(path, tables)| {
                let select: Vec<String> = tables.iter().map(|table| format!("select 1 as a from {table}")).collect();
                let text = if select.is_empty() { "select 1 as a".to_owned() } else { select.join("\nunion all\n") };
                let file = QueryFile {
                    name: Path::new(path).file_stem().unwrap().to_string_lossy().into_owned(),
                    sql: PipelineText { path: path.into(), text: text.into() },
                    sidecar: None,
                };
                QueryPlan::parse(&file, &[]).unwrap()
            })
            .collect();
        let reads = queries
            .iter()
            .map(|query| (query.name.as_str(), query.reads.iter().map(String::as_str).collect()))
            .collect();
        cycle(&queries, &reads)
    }

    #[test]
    fn folders_that_read_only_from_those_before_them_are_fine() {
        assert!(said(&[("a/x.sql", &["source"]), ("a/y.sql", &["x"]), ("b/z.sql", &["x", "y"])]).is_none());
    }

    #[test]
    fn two_folders_that_read_each_other_are_named_with_both_reads() {
        let files: &[(&str, &[&str])] = &[
            ("a/first.sql", &[]),
            ("a/last.sql", &["middle"]),
            ("b/middle.sql", &["first"]),
            ("b/more.sql", &["first"]),
        ];
        let problem = said(files).unwrap();
        assert_eq!(
            problem.message,
            "folders of queries read each other in a cycle: `a/last.sql` reads `b/middle.sql`, `b/middle.sql` reads `a/first.sql`"
        );
        // `b` reads `a` twice, `a` reads `b` once
        assert_eq!(problem.place.unwrap().to_string(), "a/last.sql:1:20");
        assert!(problem.hint.unwrap().contains("move `last` to a folder after `b`"));
    }

    #[test]
    fn the_shortest_cycle_is_named() {
        let files: &[(&str, &[&str])] = &[
            ("a/a1.sql", &["b1"]),
            ("b/b1.sql", &["c1"]),
            ("c/c1.sql", &["d1"]),
            ("d/d1.sql", &[]),
            ("d/d2.sql", &["a1"]),
            ("c/c2.sql", &["d2"]),
            ("d/d3.sql", &["c2"]),
        ];
        let message = said(files).unwrap().message;
        assert!(message.ends_with("cycle: `c/c1.sql` reads `d/d1.sql`, `d/d3.sql` reads `c/c2.sql`"), "{message}");
    }

    #[test]
    fn a_cycle_over_three_folders_has_three_reads() {
        let files: &[(&str, &[&str])] =
            &[("a/a1.sql", &["b1"]), ("b/b1.sql", &["c1"]), ("c/c1.sql", &["a2"]), ("a/a2.sql", &[])];
        let message = said(files).unwrap().message;
        assert!(
            message.ends_with("`a/a1.sql` reads `b/b1.sql`, `b/b1.sql` reads `c/c1.sql`, `c/c1.sql` reads `a/a2.sql`")
        );
    }

    #[test]
    fn staging_and_what_it_reads_may_lie_in_a_folder_that_reads_indicators() {
        let files: &[(&str, &[&str])] = &[
            ("shop/clean_orders.sql", &["orders"]),
            ("shop/stg_purchases.sql", &["clean_orders"]),
            ("indicators/customer_base.sql", &["stg_purchases"]),
            ("shop/result.sql", &["customer_base", "stg_purchases"]),
        ];
        assert!(said(files).is_none());
        let with_another: Vec<_> = files.iter().copied().chain([("indicators/more.sql", &["result"][..])]).collect();
        assert!(said(&with_another).is_some());
    }
}
