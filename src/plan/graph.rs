//! The order of queries follows from the tables they read.

use std::collections::{BTreeMap, BTreeSet};

/// Orders `reads` (table -> tables it reads) so that every table comes after those it reads; names decide where nothing
/// else does. Tables that are only read are left out.
///
/// # Errors
/// The names along one cycle, the first repeated at the end.
pub fn order(reads: &BTreeMap<&str, BTreeSet<&str>>) -> Result<Vec<String>, Vec<String>> {
    let mut ordered = Vec::with_capacity(reads.len());
    let mut states = BTreeMap::new();
    for name in reads.keys() {
        visit(name, reads, &mut states, &mut Vec::new(), &mut ordered)?;
    }
    Ok(ordered)
}

/// Every table that `wanted` need, themselves included.
pub fn ancestors<'a>(
    wanted: impl IntoIterator<Item = &'a str>,
    reads: &BTreeMap<&'a str, BTreeSet<&'a str>>,
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = wanted.into_iter().collect();
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(reads.get(name).into_iter().flatten().copied());
        }
    }
    found
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Done,
}

fn visit<'a>(
    name: &'a str,
    reads: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    states: &mut BTreeMap<&'a str, State>,
    path: &mut Vec<&'a str>,
    ordered: &mut Vec<String>,
) -> Result<(), Vec<String>> {
    let Some(needed) = reads.get(name) else { return Ok(()) };
    match states.get(name) {
        Some(State::Done) => return Ok(()),
        Some(State::Open) => {
            let start = path.iter().position(|step| *step == name).unwrap_or_default();
            let mut cycle: Vec<String> = path[start..].iter().map(ToString::to_string).collect();
            cycle.push(name.to_owned());
            return Err(cycle);
        }
        None => {}
    }
    states.insert(name, State::Open);
    path.push(name);
    for table in needed {
        visit(table, reads, states, path, ordered)?;
    }
    path.pop();
    states.insert(name, State::Done);
    ordered.push(name.to_owned());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&'static str, &[&'static str])]) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        edges.iter().map(|(name, reads)| (*name, reads.iter().copied().collect())).collect()
    }

    #[test]
    fn a_table_comes_after_those_it_reads() {
        let reads = graph(&[("a", &["c", "source"]), ("b", &[]), ("c", &["b"])]);
        assert_eq!(order(&reads).unwrap(), ["b", "c", "a"]);
        assert_eq!(ancestors(["c"], &reads), BTreeSet::from(["b", "c"]));
    }

    #[test]
    fn a_cycle_is_named_from_its_first_table_to_itself() {
        let reads = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
        assert_eq!(order(&reads).unwrap_err(), ["b", "c", "b"]);
    }
}
