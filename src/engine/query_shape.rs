//! Properties of a logical plan that decide how to compute its query: which tables it scans how often, and how much it
//! does.

use std::collections::BTreeMap;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::cte_worktable::CteWorkTable;
use datafusion::datasource::source_as_provider;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{LogicalPlan, TableScan};

use super::sql_errors;
use crate::error::Result;

/// The shape of one query, planned against plain tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryShape {
    /// Table -> how often the query scans it. An expression that is not computed once is computed again for each of its
    /// readers, so one mention in the SQL may be several scans.
    pub scans: BTreeMap<String, usize>,
    /// Whether it only picks, renames and filters another table: cheaper to repeat for each reader than to keep.
    pub is_cheap: bool,
    /// Whether parts of it are tables of their own, which are computed before it.
    pub has_parts: bool,
}

impl QueryShape {
    /// The shape of a planned query.
    ///
    /// # Errors
    /// The plan cannot be walked.
    pub fn of(plan: &LogicalPlan) -> Result<Self> {
        let scans = scans(plan).map_err(|error| sql_errors::internal("cannot count the scans of a query", error))?;
        Ok(Self { scans, is_cheap: is_cheap(plan), has_parts: false })
    }
}

/// Table -> how often `plan` scans it. The working table of a recursive query does not count.
///
/// # Errors
/// The plan cannot be walked.
pub fn scans(plan: &LogicalPlan) -> Result<BTreeMap<String, usize>, DataFusionError> {
    let mut scans = BTreeMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && !is_work_table(scan)?
        {
            *scans.entry(scan.table_name.table().to_owned()).or_default() += 1;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(scans)
}

/// Whether a scan reads the working table of a recursive query.
///
/// # Errors
/// The scan does not read a table.
pub fn is_work_table(scan: &TableScan) -> Result<bool, DataFusionError> {
    Ok(source_as_provider(&scan.source)?.is::<CteWorkTable>())
}

/// Whether `plan` only picks, renames and filters another table.
pub fn is_cheap(plan: &LogicalPlan) -> bool {
    let is_cheap_node = matches!(
        plan,
        LogicalPlan::Projection(_) | LogicalPlan::Filter(_) | LogicalPlan::SubqueryAlias(_) | LogicalPlan::TableScan(_)
    );
    is_cheap_node && plan.inputs().into_iter().all(is_cheap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Engine;
    use arrow::datatypes::{DataType, Field, Schema};
    use std::sync::Arc;

    async fn shape(sql: &str) -> (Vec<(String, usize)>, bool) {
        let engine = Engine::for_planning().unwrap();
        for table in ["orders", "customers"] {
            let schema = Schema::new(vec![Field::new("customer_id", DataType::Utf8, true)]);
            engine.register_empty(table, Arc::new(schema)).unwrap();
        }
        let plan = engine.context.state().create_logical_plan(sql).await.unwrap();
        let shape = QueryShape::of(&plan).unwrap();
        (shape.scans.into_iter().collect(), shape.is_cheap)
    }

    #[tokio::test]
    async fn every_reader_of_an_expression_scans_its_tables_again() {
        let (scans, is_cheap) = shape(
            "with bought as (select customer_id from orders group by customer_id)
             select a.customer_id from bought as a inner join bought as b on a.customer_id = b.customer_id
             where a.customer_id in (select customer_id from customers)",
        )
        .await;
        assert_eq!(scans, [("customers".to_owned(), 1), ("orders".to_owned(), 2)]);
        assert!(!is_cheap);
    }

    #[tokio::test]
    async fn picking_and_filtering_is_cheap_and_sorting_is_not() {
        let picks = shape(
            "with all_orders as (select * from orders) select upper(customer_id) as c from all_orders where customer_id > 'a'",
        );
        assert_eq!(picks.await, (vec![("orders".to_owned(), 1)], true));
        assert!(!shape("select customer_id from orders order by customer_id").await.1);
    }
}
