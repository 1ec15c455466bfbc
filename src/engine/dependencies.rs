//! Functional dependencies, which the engine derives wrongly: they are taken out of every plan.
//!
//! DataFusion notes that the keys of a `group by` determine all other columns. Behind a join it keeps the note although a key
//! may then have several rows, and the next `group by` takes that key for one of its own result. So a query such as
//!
//! ```sql
//! with days as (select day from t group by day),
//! pairs as (select days.day, kinds.kind from days cross join kinds group by days.day, kinds.kind)
//! select day, count(*) from pairs group by day
//! ```
//!
//! loses `kind` from the grouping of `pairs` and returns 1 for each day, not the number of kinds. No query needs the notes:
//! they only allow shorter lists of keys.

use std::cell::Cell;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchemaRef, FunctionalDependencies};
use datafusion::error::Result;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::planner::{PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan, Projection};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use datafusion::sql::sqlparser::ast::TableFactor;

/// The optimizer's rules that shorten lists of keys by functional dependencies.
const READERS: [&str; 2] = ["eliminate_duplicated_expr", "optimize_projections"];

/// The session, planning and optimizing without functional dependencies.
pub fn ignored_by(state: SessionState) -> SessionState {
    let mut rules: Vec<Arc<dyn OptimizerRule + Send + Sync>> = Vec::new();
    for rule in state.optimizers() {
        if READERS.contains(&rule.name()) {
            rules.push(Arc::new(WithoutDependencies));
        }
        rules.push(Arc::clone(rule));
    }
    SessionStateBuilder::new_from_existing(state)
        .with_optimizer_rules(rules)
        .with_relation_planners(vec![Arc::new(WithoutDependencies)])
        .build()
}

/// Takes functional dependencies out of everything that a query reads, while it is planned, and out of plans, before a rule
/// reads them.
#[derive(Debug)]
struct WithoutDependencies;

thread_local! {
    /// Whether the next relation is left to the engine. Planning a query does not change threads.
    static IS_LEFT_TO_ENGINE: Cell<bool> = const { Cell::new(false) };
}

impl RelationPlanner for WithoutDependencies {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        if IS_LEFT_TO_ENGINE.replace(false) {
            return Ok(RelationPlanning::Original(Box::new(relation)));
        }
        // The context asks this planner again, which then leaves the relation to the engine.
        IS_LEFT_TO_ENGINE.set(true);
        let planned = context.plan(relation);
        IS_LEFT_TO_ENGINE.set(false);
        let plan = without_dependencies(planned?)?.data;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, None))))
    }
}

impl OptimizerRule for WithoutDependencies {
    fn name(&self) -> &str {
        "without_functional_dependencies"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        None
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        plan.transform_up_with_subqueries(without_dependencies)
    }
}

/// The same rows and columns without functional dependencies; those of nodes below stay.
fn without_dependencies(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    if plan.schema().functional_dependencies().is_empty() {
        return Ok(Transformed::no(plan));
    }
    let schema = plan.schema().as_ref().clone().with_functional_dependencies(FunctionalDependencies::empty())?;
    let schema: DFSchemaRef = Arc::new(schema);
    let plan = match plan {
        LogicalPlan::Projection(mut node) => {
            node.schema = schema;
            LogicalPlan::Projection(node)
        }
        LogicalPlan::SubqueryAlias(mut node) => {
            node.schema = schema;
            LogicalPlan::SubqueryAlias(node)
        }
        LogicalPlan::Join(mut node) => {
            node.schema = schema;
            LogicalPlan::Join(node)
        }
        LogicalPlan::Window(mut node) => {
            node.schema = schema;
            LogicalPlan::Window(node)
        }
        LogicalPlan::Unnest(mut node) => {
            node.schema = schema;
            LogicalPlan::Unnest(node)
        }
        LogicalPlan::Aggregate(Aggregate { input, group_expr, aggr_expr, .. }) => {
            LogicalPlan::Aggregate(Aggregate::try_new_with_schema(input, group_expr, aggr_expr, schema)?)
        }
        // The schema of the others is that of their input, which a projection of all columns hides.
        other => {
            let columns = other.schema().columns().into_iter().map(Expr::Column).collect();
            LogicalPlan::Projection(Projection::try_new_with_schema(columns, Arc::new(other), schema)?)
        }
    };
    Ok(Transformed::yes(plan))
}

#[cfg(test)]
mod tests {
    use arrow::util::pretty::pretty_format_batches;

    use crate::engine::Engine;

    const GROUPS: &str = "
        with t as (select * from (values ('a', 'x'), ('a', 'y'), ('b', 'x')) as t (day, kind)),
        kinds as (select * from (values ('x'), ('y')) as kinds (kind)),
        days as (select day from t group by day),
        pairs as (
            select days.day, kinds.kind, count(*) as n
            from days cross join kinds group by days.day, kinds.kind
        )";

    /// The rows of a query over `GROUPS`, values separated by a comma.
    async fn rows(sql: &str) -> Vec<String> {
        let engine = Engine::for_planning().unwrap();
        let plan = engine.context.state().create_logical_plan(&format!("{GROUPS} {sql}")).await.unwrap();
        let batches = engine.frame(plan).unwrap().collect().await.unwrap();
        let text = pretty_format_batches(&batches).unwrap().to_string();
        let rows = text.lines().skip(3).filter(|line| line.starts_with('|'));
        let cells = |line: &str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join(",");
        let mut rows: Vec<String> = rows.map(cells).collect();
        rows.sort();
        rows
    }

    #[tokio::test]
    async fn groups_are_counted_whatever_was_grouped_before_a_join() {
        assert_eq!(rows("select day, count(*) from pairs group by day").await, ["a,2", "b,2"]);
        assert_eq!(rows("select day, sum(n) from pairs group by day, kind").await, ["a,1", "a,1", "b,1", "b,1"]);
        assert_eq!(
            rows(
                "select p.day, p.kind, e.days from pairs as p inner join \
                  (select day, count(*) as days from pairs group by day) as e on p.day = e.day"
            )
            .await,
            ["a,x,2", "a,y,2", "b,x,2", "b,y,2"]
        );
        let joined = "select d.day, k.kind, count(*) from (select distinct day from t) as d \
                      inner join kinds as k on true group by d.day, k.kind";
        assert_eq!(rows(joined).await, ["a,x,1", "a,y,1", "b,x,1", "b,y,1"]);
        let of_joined = format!("select day, count(*) from ({joined}) as j group by day");
        assert_eq!(rows(&of_joined).await, ["a,2", "b,2"]);
    }

    #[tokio::test]
    async fn sorting_by_what_has_one_row_is_no_error() {
        assert_eq!(rows("select total from (select sum(n) as total from pairs) as s order by total").await, ["4"]);
    }
}
