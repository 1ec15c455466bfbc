//! Common table expressions that a query reads several times: parts that are computed once, as tables of their own. The
//! engine itself would compute them again for each of their readers, and for each reader of those.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::common::{DataFusionError, TableReference};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::logical_plan::SubqueryAlias;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use crate::engine::query_shape::{QueryShape, is_cheap, is_work_table};
use crate::engine::{between_queries, sql_errors, table_reference};
use crate::error::Result;

/// A query as the steps that compute it.
#[derive(Debug)]
pub(super) struct Steps {
    /// Tables of its own, each after those that it reads, by name.
    pub parts: Vec<(String, LogicalPlan)>,
    /// The query itself, which reads them.
    pub result: LogicalPlan,
}

impl Steps {
    /// Extracts the parts that are read several times from the plan of `query`, as the SQL planner made it. The planner
    /// repeats a common table expression by sharing a pointer to it, which is how repetitions are recognised.
    ///
    /// # Errors
    /// The plan cannot be rewritten.
    pub fn of(query: &str, plan: LogicalPlan) -> Result<Self> {
        let failed = |error| sql_errors::internal(&format!("cannot divide the plan of `{query}`"), error);
        let mut readers = HashMap::new();
        count_readers(&plan, &mut readers).map_err(failed)?;
        readers.retain(|_, count| *count > 1);
        let mut division = Division { query, readers, names: HashMap::new(), parts: Vec::new() };
        // The plan is kept alive, so that no other plan can reuse the address of one of its expressions.
        let result = division.without_parts(plan.clone()).map_err(failed)?;
        Ok(Self { parts: division.parts, result })
    }

    /// How the query is computed.
    ///
    /// # Errors
    /// A plan cannot be walked.
    pub fn shape(&self) -> Result<QueryShape> {
        let mut scans: BTreeMap<String, usize> = BTreeMap::new();
        for plan in self.parts.iter().map(|(_, part)| part).chain([&self.result]) {
            for (table, times) in QueryShape::of(plan)?.scans {
                *scans.entry(table).or_default() += times;
            }
        }
        scans.retain(|table, _| self.parts.iter().all(|(part, _)| part != table));
        Ok(QueryShape { scans, is_cheap: is_cheap(&self.result), has_parts: !self.parts.is_empty() })
    }
}

/// Identifies a common table expression, wherever it is read.
type Identity = *const LogicalPlan;

fn identity(reference: &SubqueryAlias) -> Identity {
    Arc::as_ptr(&reference.input)
}

/// Counts how often each expression is read; the contents of each are counted once.
fn count_readers(plan: &LogicalPlan, readers: &mut HashMap<Identity, usize>) -> Result<(), DataFusionError> {
    plan.apply_with_subqueries(|node| {
        let LogicalPlan::SubqueryAlias(reference) = node else { return Ok(TreeNodeRecursion::Continue) };
        let count = readers.entry(identity(reference)).or_default();
        *count += 1;
        Ok(if *count > 1 { TreeNodeRecursion::Jump } else { TreeNodeRecursion::Continue })
    })?;
    Ok(())
}

struct Division<'a> {
    query: &'a str,
    /// The expressions that are read several times.
    readers: HashMap<Identity, usize>,
    /// Names of the parts made from them so far; `None` for an expression that cannot become a part.
    names: HashMap<Identity, Option<String>>,
    parts: Vec<(String, LogicalPlan)>,
}

impl Division<'_> {
    fn without_parts(&mut self, plan: LogicalPlan) -> Result<LogicalPlan, DataFusionError> {
        let rewritten = plan.transform_down_with_subqueries(|node| {
            let LogicalPlan::SubqueryAlias(reference) = &node else { return Ok(Transformed::no(node)) };
            let Some(name) = self.part(reference)? else { return Ok(Transformed::no(node)) };
            // Only the columns matter here; the table is looked up when it has been computed.
            let columns = Arc::new(EmptyTable::new(between_queries(reference.input.schema().as_arrow())));
            let scan = LogicalPlanBuilder::scan(table_reference(&name), provider_as_source(columns), None)?;
            let read = scan.alias(reference.alias.clone())?.build()?;
            Ok(Transformed::new(read, true, TreeNodeRecursion::Jump))
        })?;
        Ok(rewritten.data)
    }

    /// The name of the part that `reference` reads, when it is one.
    fn part(&mut self, reference: &SubqueryAlias) -> Result<Option<String>, DataFusionError> {
        let identity = identity(reference);
        if !self.readers.contains_key(&identity) {
            return Ok(None);
        }
        if let Some(known) = self.names.get(&identity) {
            return Ok(known.clone());
        }
        let name = if is_cheap(&reference.input) || depends_on_outer_query(&reference.input)? {
            None
        } else {
            let plan = self.without_parts(LogicalPlan::clone(&reference.input))?;
            let name = self.new_name(&reference.alias);
            self.parts.push((name.clone(), plan));
            Some(name)
        };
        self.names.insert(identity, name.clone());
        Ok(name)
    }

    /// A name such as `customer_summary.orders`; numbered when an inner query has an expression of the same name.
    fn new_name(&self, alias: &TableReference) -> String {
        let plain = format!("{}.{}", self.query, alias.table());
        let is_new = |name: &String| self.parts.iter().all(|(part, _)| part != name);
        let numbered = (2..).map(|number| format!("{plain}.{number}"));
        [plain.clone()].into_iter().chain(numbered).find(is_new).unwrap_or(plain)
    }
}

/// Whether a plan refers to columns of an outer query, or to the working table of a recursive outer query.
fn depends_on_outer_query(plan: &LogicalPlan) -> Result<bool, DataFusionError> {
    let mut recursive = Vec::new();
    let mut looked_at = Vec::new();
    plan.apply_with_subqueries(|node| {
        match node {
            LogicalPlan::RecursiveQuery(query) => recursive.push(query.name.clone()),
            LogicalPlan::TableScan(scan) if is_work_table(scan)? => {
                looked_at.push(scan.table_name.table().to_owned());
            }
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(!plan.all_out_ref_exprs().is_empty() || looked_at.iter().any(|table| !recursive.contains(table)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use arrow::datatypes::{DataType, Field, Schema};

    /// The tables that each step of a query over `orders` and `links` scans, and how often.
    async fn steps(sql: &str) -> Vec<(String, Vec<(String, usize)>)> {
        let engine = Engine::for_planning().unwrap();
        for (table, columns) in [("orders", ["customer_id", "amount"]), ("links", ["parent", "child"])] {
            let fields: Vec<Field> = columns.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect();
            engine.register_empty(table, Arc::new(Schema::new(fields))).unwrap();
        }
        let plan = engine.context.state().create_logical_plan(sql).await.unwrap();
        let steps = Steps::of("q", plan).unwrap();
        let mut all: Vec<(String, LogicalPlan)> = steps.parts;
        all.push(("q".to_owned(), steps.result));
        let scans = |plan: &LogicalPlan| QueryShape::of(plan).unwrap().scans.into_iter().collect();
        all.into_iter().map(|(name, plan)| (name, scans(&plan))).collect()
    }

    fn step(name: &str, scans: &[(&str, usize)]) -> (String, Vec<(String, usize)>) {
        (name.to_owned(), scans.iter().map(|(table, times)| ((*table).to_owned(), *times)).collect())
    }

    const SUMS: &str = "sums as (select customer_id, sum(amount) as total from orders group by customer_id)";

    #[tokio::test]
    async fn what_is_read_twice_is_computed_once() {
        let sql = format!("with {SUMS} select a.total from sums as a inner join sums as b on a.total > b.total");
        assert_eq!(steps(&sql).await, [step("q.sums", &[("orders", 1)]), step("q", &[("q.sums", 2)])]);
        let within = format!("with {SUMS} select total from sums where total > (select avg(total) from sums)");
        assert_eq!(steps(&within).await, [step("q.sums", &[("orders", 1)]), step("q", &[("q.sums", 2)])]);
    }

    #[tokio::test]
    async fn what_is_read_once_or_only_filters_stays_where_it_is() {
        let once = format!("with {SUMS} select total from sums");
        assert_eq!(steps(&once).await, [step("q", &[("orders", 1)])]);
        let cheap = "with large as (select * from orders where amount > 1) \
                     select a.amount from large as a inner join large as b on a.amount = b.amount";
        assert_eq!(steps(cheap).await, [step("q", &[("orders", 2)])]);
    }

    #[tokio::test]
    async fn readers_are_counted_once_for_an_expression_that_is_itself_read_twice() {
        // `sums` has one reader, which is read twice; `groups` has two readers.
        let sql = format!(
            "with {SUMS}, ranked as (select total, count(*) as n from sums group by total), \
             groups as (select n, max(total) as most from ranked group by n) \
             select a.most from groups as a inner join groups as b on a.n > b.n"
        );
        assert_eq!(steps(&sql).await, [step("q.groups", &[("orders", 1)]), step("q", &[("q.groups", 2)])]);
        let both = format!(
            "with {SUMS}, twice as (select a.total from sums as a inner join sums as b on a.total > b.total) \
             select total from twice union all select total from twice union all select total from sums"
        );
        let expected = [
            step("q.sums", &[("orders", 1)]),
            step("q.twice", &[("q.sums", 2)]),
            step("q", &[("q.sums", 1), ("q.twice", 2)]),
        ];
        assert_eq!(steps(&both).await, expected);
    }

    #[tokio::test]
    async fn expressions_of_one_name_in_different_places_are_different_parts() {
        let inner = |sum: &str| {
            format!(
                "(with s as (select {sum} as total from orders) \
                  select a.total from s as a inner join s as b on a.total = b.total)"
            )
        };
        let sql = format!("select * from {} union all select * from {}", inner("sum(amount)"), inner("max(amount)"));
        let expected =
            [step("q.s", &[("orders", 1)]), step("q.s.2", &[("orders", 1)]), step("q", &[("q.s", 2), ("q.s.2", 2)])];
        assert_eq!(steps(&sql).await, expected);
    }

    #[tokio::test]
    async fn a_recursive_expression_is_a_part_and_what_reads_it_within_is_not() {
        let sql = "with recursive reach as ( \
                       select parent, child from links \
                       union all \
                       select reach.parent, links.child from reach inner join links on reach.child = links.parent \
                   ) select a.child from reach as a inner join reach as b on a.child = b.parent";
        assert_eq!(steps(sql).await, [step("q.reach", &[("links", 2)]), step("q", &[("q.reach", 2)])]);
    }
}
