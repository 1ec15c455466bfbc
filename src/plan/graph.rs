//! The order of queries follows from the tables they read.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::{astar, kosaraju_scc};
use petgraph::graphmap::DiGraphMap;
use petgraph::visit::{Dfs, DfsPostOrder};

/// Table -> tables it reads.
pub type Reads<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Orders the tables of `reads` so that every table comes after those it reads; names decide where nothing else does.
/// Tables that are only read are left out.
///
/// # Errors
/// The names along one of the shortest cycles through the first table that is part of one. That table is both first and
/// last.
pub fn order(reads: &Reads<'_>) -> Result<Vec<String>, Vec<String>> {
    let graph = graph(reads);
    if let Some(cycle) = cycle(&graph) {
        return Err(cycle);
    }
    let mut ordered = Vec::with_capacity(reads.len());
    let mut walk = DfsPostOrder::empty(&graph);
    for table in reads.keys() {
        walk.move_to(table);
        while let Some(done) = walk.next(&graph) {
            ordered.push(done);
        }
    }
    Ok(ordered.into_iter().filter(|table| reads.contains_key(table)).map(str::to_owned).collect())
}

/// Every table that `wanted` need, themselves included.
pub fn ancestors<'a>(wanted: impl IntoIterator<Item = &'a str>, reads: &Reads<'a>) -> BTreeSet<&'a str> {
    let mut graph = graph(reads);
    let mut found = BTreeSet::new();
    let mut walk = Dfs::empty(&graph);
    for table in wanted {
        graph.add_node(table);
        walk.move_to(table);
        while let Some(needed) = walk.next(&graph) {
            found.insert(needed);
        }
    }
    found
}

fn cycle(graph: &DiGraphMap<&str, ()>) -> Option<Vec<String>> {
    let components = kosaraju_scc(graph);
    let cyclic = components.iter().filter(|tables| tables.len() > 1 || graph.contains_edge(tables[0], tables[0]));
    let first = *cyclic.flatten().min()?;
    let ways_back = graph.neighbors(first).filter_map(|next| astar(graph, next, |table| table == first, |_| 1, |_| 0));
    let (_, path) = ways_back.min()?;
    Some(std::iter::once(first).chain(path).map(str::to_owned).collect())
}

/// An edge leads from a table to one that it reads. Edges are added in the reverse order of names, because a walk
/// visits first what was added last.
fn graph<'a>(reads: &Reads<'a>) -> DiGraphMap<&'a str, ()> {
    let mut graph = DiGraphMap::new();
    for (table, needed) in reads {
        graph.add_node(*table);
        for read in needed.iter().rev() {
            graph.add_edge(*table, *read, ());
        }
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(edges: &[(&'static str, &[&'static str])]) -> Reads<'static> {
        edges.iter().map(|(name, reads)| (*name, reads.iter().copied().collect())).collect()
    }

    #[test]
    fn a_table_comes_after_those_it_reads() {
        let reads = reads(&[("a", &["c", "source"]), ("b", &[]), ("c", &["b"])]);
        assert_eq!(order(&reads).unwrap(), ["b", "c", "a"]);
        assert_eq!(ancestors(["c"], &reads), BTreeSet::from(["b", "c"]));
        assert_eq!(ancestors(["a", "elsewhere"], &reads), BTreeSet::from(["a", "b", "c", "elsewhere", "source"]));
    }

    #[test]
    fn names_decide_between_tables_that_do_not_need_each_other() {
        let reads = reads(&[("a", &["z", "y"]), ("b", &["x"]), ("x", &[]), ("y", &["m"]), ("z", &[]), ("m", &[])]);
        assert_eq!(order(&reads).unwrap(), ["m", "y", "z", "a", "x", "b"]);
    }

    #[test]
    fn a_table_that_reads_itself_is_the_shortest_cycle() {
        assert_eq!(order(&reads(&[("a", &["a"])])).unwrap_err(), ["a", "a"]);
    }

    #[test]
    fn a_long_chain_is_ordered() {
        let names: Vec<String> = (0..5_000).map(|number| format!("t{number:05}")).collect();
        let reads: Reads<'_> =
            names.windows(2).map(|pair| (pair[0].as_str(), BTreeSet::from([pair[1].as_str()]))).collect();
        let backwards: Vec<String> = names.iter().rev().skip(1).cloned().collect();
        assert_eq!(order(&reads).unwrap(), backwards);
    }

    #[test]
    fn a_cycle_is_named_from_its_first_table_to_itself() {
        let reads = reads(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
        assert_eq!(order(&reads).unwrap_err(), ["b", "c", "b"]);
    }
}
