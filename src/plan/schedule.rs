//! Which queries can start: those whose tables are all available.

use std::collections::{BTreeMap, BTreeSet};

use super::query::QueryPlan;

/// The queries of a plan, of which each is waiting, started or finished.
pub struct Schedule<'a> {
    queries: &'a [QueryPlan],
    /// Table -> positions of the queries that wait for it.
    waiting: BTreeMap<&'a str, Vec<usize>>,
    /// How many tables each query still waits for.
    missing: Vec<usize>,
    ready: BTreeSet<usize>,
}

impl<'a> Schedule<'a> {
    /// A schedule in which nothing has started. `needs` gives the tables that a query needs; it waits only for those
    /// that are queries themselves, and never for itself.
    pub fn new<N: IntoIterator<Item = &'a str>>(queries: &'a [QueryPlan], needs: impl Fn(&'a QueryPlan) -> N) -> Self {
        let names: BTreeSet<&str> = queries.iter().map(|query| query.name.as_str()).collect();
        let mut schedule = Self { queries, waiting: BTreeMap::new(), missing: Vec::new(), ready: BTreeSet::new() };
        for (position, query) in queries.iter().enumerate() {
            let needed: BTreeSet<&str> =
                needs(query).into_iter().filter(|table| names.contains(table) && *table != query.name).collect();
            schedule.missing.push(needed.len());
            if needed.is_empty() {
                schedule.ready.insert(position);
            }
            for table in needed {
                schedule.waiting.entry(table).or_default().push(position);
            }
        }
        schedule
    }

    /// The first query, in the order of the plan, that can start and has not been returned yet.
    pub fn next_ready(&mut self) -> Option<&'a QueryPlan> {
        self.ready.pop_first().and_then(|position| self.queries.get(position))
    }

    /// Notes that the table of a query is available.
    pub fn finish(&mut self, table: &str) {
        for position in self.waiting.remove(table).into_iter().flatten() {
            if let Some(missing) = self.missing.get_mut(position) {
                *missing -= 1;
                if *missing == 0 {
                    self.ready.insert(position);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PipelineText;
    use crate::config::query_files::QueryFile;
    use std::path::PathBuf;
    use std::sync::Arc;

    fn query(name: &str, sql: &str) -> QueryPlan {
        let sql = PipelineText { path: PathBuf::from(format!("{name}.sql")), text: Arc::from(sql) };
        QueryPlan::parse(&QueryFile { name: name.into(), sql, sidecar: None }, &[]).unwrap()
    }

    fn ready<'a>(schedule: &mut Schedule<'a>) -> Vec<&'a str> {
        std::iter::from_fn(|| schedule.next_ready()).map(|query| query.name.as_str()).collect()
    }

    #[test]
    fn a_query_starts_when_all_queries_that_it_reads_are_there() {
        let queries = [
            query("a", "select x from source"),
            query("b", "select x from source"),
            query("c", "select a.x from a, b, source"),
            query("d", "select x from d_before, c"),
        ];
        let mut schedule = Schedule::new(&queries, |query| query.reads.iter().map(String::as_str).chain(["d"]));
        assert_eq!(ready(&mut schedule), Vec::<&str>::new(), "all of them wait for d, which waits for c");
        let mut schedule = Schedule::new(&queries, |query| query.reads.iter().map(String::as_str));
        assert_eq!(ready(&mut schedule), ["a", "b"]);
        schedule.finish("a");
        assert_eq!(ready(&mut schedule), Vec::<&str>::new());
        schedule.finish("b");
        assert_eq!(ready(&mut schedule), ["c"]);
        schedule.finish("c");
        assert_eq!(ready(&mut schedule), ["d"]);
    }

    #[test]
    fn a_query_does_not_wait_for_itself() {
        let queries = [query("a", "select x from source")];
        let mut schedule = Schedule::new(&queries, |_| ["a"]);
        assert_eq!(ready(&mut schedule), ["a"]);
    }
}
