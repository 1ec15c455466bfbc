//! Outputs must keep what readers of the published ones rely on: columns, types, key and order.

use std::collections::BTreeMap;

use arrow::datatypes::SchemaRef;

use super::outputs::description;
use crate::config::data_type::DataType;
use crate::config::schema::Compatibility;
use crate::error::{Error, Problem, Result};
use crate::plan::query::QueryPlan;
use crate::plan::{OutputPlan, Plan};
use crate::publish::{Manifest, PublishLocation, PublishedTable, TableContract};

/// The manifest of the run that `latest/` shows, which readers rely on; `None` when nothing was published yet. When its
/// entry or manifest is damaged, a warning says that nothing is compared: that must not keep tonight from being published.
///
/// # Errors
/// The log cannot be listed, or the store fails.
pub async fn published(plan: &Plan) -> Result<Option<Manifest>> {
    let location = PublishLocation::open(&plan.publish)?;
    let log = location.log().await?;
    let found = async {
        match log.shown().await? {
            Some(shown) => location.manifest_of(&shown).await,
            None => Ok(None),
        }
    };
    match found.await {
        Err(Error::Data(problem)) => {
            tracing::warn!("columns, keys and orders are not compared with what is published: {problem}");
            Ok(None)
        }
        other => other,
    }
}

/// Compares the planned columns of outputs with the published ones; `schemas` are those of the queries that could be planned.
///
/// # Errors
/// `Error::Data` with every change that breaks readers.
pub fn judge_planned(plan: &Plan, schemas: &BTreeMap<String, SchemaRef>, published: Option<&Manifest>) -> Result<()> {
    let contract = |output: &OutputPlan, query: &QueryPlan, before: &TableContract| {
        let mut now = TableContract::of(&description(query, output), schemas.get(&output.name)?);
        // Whether an identifier is text or an integer is known only once the inputs are read; until then it is text.
        for column in &mut now.columns {
            let earlier = before.columns.iter().find(|earlier| earlier.name == column.name);
            let Some(earlier) = earlier.map(|earlier| earlier.data_type.as_str()) else { continue };
            let may_be_integer = column.data_type == "string" && earlier == "integer";
            if may_be_integer || is_id(query, &column.name) {
                earlier.clone_into(&mut column.data_type);
            }
        }
        Some(now)
    };
    judge(plan, published, contract)
}

/// Compares the written files of outputs with the published ones.
///
/// # Errors
/// `Error::Data` with every change that breaks readers.
pub fn judge_written(plan: &Plan, written: &[PublishedTable], published: Option<&Manifest>) -> Result<()> {
    judge(plan, published, |output, _, _| {
        written.iter().find(|table| table.name == output.name).map(TableContract::from)
    })
}

fn judge(
    plan: &Plan,
    published: Option<&Manifest>,
    contract: impl Fn(&OutputPlan, &QueryPlan, &TableContract) -> Option<TableContract>,
) -> Result<()> {
    let Some(published) = published else { return Ok(()) };
    let mut broken = Vec::new();
    for output in plan.outputs.iter().filter(|output| output.compatibility == Compatibility::Additive) {
        let before = published.tables.iter().find(|table| table.name == output.name).map(TableContract::from);
        let (Some(before), Some(query)) = (before, plan.query(&output.name)) else { continue };
        let Some(now) = contract(output, query, &before) else { continue };
        broken.extend(now.breaks(&before).into_iter().map(|change| format!("  `{}`: {change}", output.name)));
    }
    if broken.is_empty() {
        return Ok(());
    }
    Err(Error::data(
        Problem::new(format!(
            "outputs would break what readers of run {} for {} rely on\n{}",
            published.run_id,
            published.as_of_date,
            broken.join("\n")
        ))
        .hint(
            "only add columns; or set `compatibility: none` for the output, or under `publish` for all, once readers know. Nothing was published, and \
             what was published before is unchanged",
        ),
    ))
}

/// Whether the sidecar declares a column as an identifier.
fn is_id(query: &QueryPlan, column: &str) -> bool {
    let sidecar = query.file.sidecar.as_ref().map(|(_, sidecar)| sidecar);
    sidecar.and_then(|sidecar| sidecar.columns.get(column)).is_some_and(|column| column.data_type == DataType::Id)
}
