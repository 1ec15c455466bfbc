//! Which queries still read which table.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::query::QueryPlan;

/// The tables that the queries of a plan read, and how many of them are still to come.
pub(super) struct Readers<'a> {
    behind: BTreeMap<&'a str, BTreeSet<&'a str>>,
    unfinished: BTreeMap<&'a str, usize>,
}

impl<'a> Readers<'a> {
    /// Of `queries`, each after those that it reads; `views` are computed within their readers.
    pub fn new(queries: &'a [QueryPlan], views: &BTreeSet<&'a str>) -> Self {
        let mut behind: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut unfinished: BTreeMap<&str, usize> = BTreeMap::new();
        for query in queries {
            let mut tables = BTreeSet::new();
            for table in &query.reads {
                tables.insert(table.as_str());
                if views.contains(table.as_str()) {
                    tables.extend(behind.get(table.as_str()).into_iter().flatten());
                }
            }
            for table in &tables {
                *unfinished.entry(table).or_default() += 1;
            }
            behind.insert(&query.name, tables);
        }
        Self { behind, unfinished }
    }

    /// The tables that `query` reads, those behind views included.
    pub fn tables_behind(&self, query: &str) -> impl Iterator<Item = &'a str> {
        self.behind.get(query).into_iter().flatten().copied()
    }

    /// Notes that `query` reads its tables no longer; returns those that no query reads any more.
    pub fn finish(&mut self, query: &str) -> Vec<&'a str> {
        let mut free = Vec::new();
        for table in self.behind.get(query).into_iter().flatten() {
            if let Some(readers) = self.unfinished.get_mut(table) {
                *readers -= 1;
                if *readers == 0 {
                    free.push(*table);
                }
            }
        }
        free
    }
}
