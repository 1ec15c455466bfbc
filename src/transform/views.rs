//! Which tables are computed within their readers instead of being kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::query_shape::QueryShape;
use crate::plan::query::QueryPlan;

/// The queries that become views; `queries` lists each after those that it reads. They are the queries with a single
/// scan, and those that are cheap enough to compute again for each scan, unless parts of them are computed first.
/// `is_kept` says which tables are needed by anything other than queries; those never become views.
pub(super) fn views<'a>(
    queries: &'a [QueryPlan],
    shapes: &BTreeMap<String, QueryShape>,
    is_kept: impl Fn(&str) -> bool,
) -> BTreeSet<&'a str> {
    let mut scans: BTreeMap<&str, usize> = BTreeMap::new();
    let mut views = BTreeSet::new();
    // Readers come after what they read, so going backwards the scans of a table are known when it is met.
    for query in queries.iter().rev() {
        let Some(shape) = shapes.get(&query.name) else { continue };
        let own_scans = scans.get(query.name.as_str()).copied().unwrap_or_default();
        let is_view = !is_kept(&query.name) && !shape.has_parts && (own_scans == 1 || shape.is_cheap);
        // What a view reads is read again at each scan of the view.
        let times = if is_view { own_scans } else { 1 };
        for table in &query.reads {
            *scans.entry(table).or_default() += times * shape.scans.get(table).copied().unwrap_or_default();
        }
        if is_view {
            views.insert(query.name.as_str());
        }
    }
    views
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PipelineText;
    use crate::config::query_files::QueryFile;
    use crate::engine::Engine;
    use arrow::datatypes::{DataType, Field, Schema};
    use std::path::PathBuf;
    use std::sync::Arc;

    const GROUPED: &str = "select customer_id, count(*) as n from lines group by customer_id";

    /// The views among these queries over the table `lines`; the last one is an output.
    async fn views_of(written: &[(&str, &str)]) -> Vec<String> {
        let engine = Engine::for_planning().unwrap();
        let lines = Schema::new(vec![Field::new("customer_id", DataType::Utf8, true)]);
        engine.register_empty("lines", Arc::new(lines)).unwrap();
        let mut queries = Vec::new();
        let mut shapes = BTreeMap::new();
        for (name, text) in written {
            let sql = PipelineText { path: PathBuf::from(format!("{name}.sql")), text: Arc::from(*text) };
            let query = QueryPlan::parse(&QueryFile { name: (*name).into(), sql, sidecar: None }, &[]).unwrap();
            let logical = engine.plan(&query).await.unwrap();
            engine.register_empty(name, Arc::new(logical.schema().as_arrow().clone())).unwrap();
            shapes.insert(query.name.clone(), QueryShape::of(&logical).unwrap());
            queries.push(query);
        }
        let output = written.last().unwrap().0;
        views(&queries, &shapes, |name| name == output).into_iter().map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn what_is_scanned_once_is_a_view_and_what_is_scanned_twice_is_kept() {
        assert_eq!(views_of(&[("a", GROUPED), ("b", "select max(n) as m from a")]).await, ["a"]);
        let two_readers = [("a", GROUPED), ("b", "select max(n) as m from a"), ("c", "select m from b, a where n = m")];
        assert_eq!(views_of(&two_readers).await, ["b"]);
        let twice = "with a as (select * from a) select x.n from a as x inner join a as y on x.n = y.n";
        assert_eq!(views_of(&[("a", GROUPED), ("b", twice)]).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn a_cheap_query_is_a_view_for_all_its_readers_and_what_it_reads_is_kept() {
        let cheap = "select customer_id, n from a where n > 1";
        let reader = "select x.n from b as x inner join b as y on x.n = y.n";
        assert_eq!(views_of(&[("a", GROUPED), ("b", cheap), ("c", reader)]).await, ["b"]);
        assert_eq!(views_of(&[("a", GROUPED), ("b", cheap), ("c", "select max(n) as m from b")]).await, ["a", "b"]);
    }
}
