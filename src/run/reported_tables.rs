//! Reads the published tables whose sidecars say how the report shows them.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType as ArrowType, Schema};
use datafusion::common::{Column, DataFusionError};
use datafusion::execution::FunctionRegistry;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Expr, case, cast, lit};
use datafusion::prelude::DataFrame;

use crate::catalog::canonical;
use crate::config::column_role::ColumnRole;
use crate::config::language::Words;
use crate::config::located::Located;
use crate::config::sidecar::Sidecar;
use crate::config::table_report::{CUSTOMERS_COUNT, TableReport};
use crate::engine::{Engine, sql_errors};
use crate::error::Result;
use crate::plan::{OutputPlan, PREVIOUS, Plan};
use crate::publish::Manifest;
use crate::report::{TableToShow, first_row, widest};

/// The tables that the report shows in addition to its built-in parts, in the order of the pipeline's outputs.
///
/// # Errors
/// A table cannot be read.
pub async fn read<'a>(plan: &'a Plan, engine: &Engine, manifest: &Manifest) -> Result<Vec<TableToShow<'a>>> {
    let mut tables = Vec::new();
    for output in &plan.outputs {
        let Some((_, sidecar)) = plan.query(&output.name).and_then(|query| query.file.sidecar.as_ref()) else {
            continue;
        };
        let Some(report) = &sidecar.report else { continue };
        let failed = |error| sql_errors::running_error(&format!("reading `{}` for the report", output.name), error);
        let (rows, customers_count) = read_one(engine, output, sidecar, report).await.map_err(failed)?;
        let first = first_row(&rows, &output.name, report)?;
        let finding = finding(engine, first, report).await.map_err(failed)?;
        let compares = compares(plan, &output.name);
        tables.push(TableToShow {
            name: &output.name,
            sidecar,
            report,
            has_spreadsheet: output.has_spreadsheet,
            finding,
            rows,
            customers_count,
            absent_inputs: absent_inputs(plan, manifest, &output.name),
            compares,
            lacks_earlier_run: compares && manifest.compared_to.is_none(),
        });
    }
    Ok(tables)
}

/// The first finding whose condition the first row meets.
async fn finding(
    engine: &Engine,
    first: Option<RecordBatch>,
    report: &TableReport,
) -> Result<Option<Words>, DataFusionError> {
    let Some(first) = first.filter(|_| !report.findings.is_empty()) else {
        return Ok(report.finding.clone());
    };
    let first = engine.context.read_batch(first)?;
    for finding in &report.findings {
        if let Some(condition) = &finding.when {
            let condition = engine.context.parse_sql_expr(condition, first.schema())?;
            if first.clone().filter(condition)?.count().await? == 0 {
                continue;
            }
        }
        return Ok(Some(finding.say.clone()));
    }
    Ok(None)
}

async fn read_one(
    engine: &Engine,
    output: &OutputPlan,
    sidecar: &Sidecar,
    report: &TableReport,
) -> Result<(RecordBatch, Option<u64>), DataFusionError> {
    let frame = wanted(engine.table(&output.name).await?, report)?;
    let Some(customer) = sidecar.column_with(ColumnRole::CustomerId).filter(|_| !report.count_by.is_empty()) else {
        let order = report.order_by.iter().map(|order| Ok(by(&order.column, order.descending)));
        let order =
            order.chain(output.sort_by.iter().map(|column| in_order(column, sidecar))).collect::<Result<_, _>>()?;
        return Ok((collect(frame.sort(order)?).await?, None));
    };
    let customers = if has_one_row_each(sidecar, customer, &[]) {
        frame.clone()
    } else {
        frame.clone().aggregate(vec![named(customer)], Vec::new())?
    };
    let customers = customers.count().await?;
    Ok((collect(counts(engine, frame, customer, sidecar, report)?).await?, Some(customers as u64)))
}

/// Whether no customer has several rows with the same values of the columns `within`, so that rows can be counted in place of
/// customers. Otherwise, a million customers are grouped first.
fn has_one_row_each(sidecar: &Sidecar, customer: &str, within: &[Located<String>]) -> bool {
    let others = || sidecar.grain.iter().filter(|key| key.value != customer);
    let is_within = |key: &Located<String>| within.iter().any(|column| column.value == key.value);
    others().count() < sidecar.grain.len() && others().all(is_within)
}

/// The rows that the table or one of its charts shows.
fn wanted(frame: DataFrame, report: &TableReport) -> Result<DataFrame, DataFusionError> {
    report.only.keys().try_fold(frame, |frame, column| {
        let values = widest(report, column).into_iter().map(|value| lit(value.to_string())).collect();
        frame.filter(cast(named(column), ArrowType::Utf8).in_list(values, false))
    })
}

/// Counts the customers, identified by the column `customer`, by the requested columns. Groups of one text column are
/// ordered by size, the largest first; other groups, in the order of the columns. A customer with several rows in a
/// group counts once.
fn counts(
    engine: &Engine,
    frame: DataFrame,
    customer: &str,
    sidecar: &Sidecar,
    report: &TableReport,
) -> Result<DataFrame, DataFusionError> {
    let sum = engine.context.udaf("sum")?;
    let group: Vec<Expr> = report.count_by.iter().map(|column| named(column)).collect();
    let of_sum = |column: &Located<String>| sum.call(vec![named(column)]).alias(column.value.as_str());
    let sums = || report.sums.iter().map(of_sum);
    let mut counted = vec![count(lit(1_i64)).alias(CUSTOMERS_COUNT)];
    counted.extend(sums());
    let keys = report.count_by.iter().map(|column| in_order(column, sidecar)).collect::<Result<Vec<_>, _>>()?;
    // Nested groups and numeric groups keep the order of their columns.
    let has_names = |column: &Located<String>| !is_number(frame.schema().as_arrow(), column);
    let is_by_size = matches!(report.count_by.as_slice(), [column] if has_names(column));
    let largest = [by(CUSTOMERS_COUNT, true)].into_iter().filter(|_| is_by_size);
    let order = largest.chain(keys).collect();
    let customers = if has_one_row_each(sidecar, customer, &report.count_by) {
        frame
    } else {
        let customers = group.iter().cloned().chain([named(customer)]).collect();
        frame.aggregate(customers, sums().collect())?
    };
    customers.aggregate(group, counted)?.sort(order)
}

fn is_number(schema: &Schema, column: &str) -> bool {
    schema.field_with_name(column).is_ok_and(|field| field.data_type().is_numeric())
}

async fn collect(frame: DataFrame) -> Result<RecordBatch, DataFusionError> {
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await?;
    Ok(concat_batches(&schema, &batches)?)
}

/// The column as it is named, without case folding.
pub(super) fn named(column: &str) -> Expr {
    Expr::Column(Column::from_name(column))
}

/// Ascending by a column; segments in the order in which people read them.
fn in_order(column: &str, sidecar: &Sidecar) -> Result<datafusion::logical_expr::SortExpr, DataFusionError> {
    if sidecar.role_of(column) != Some(ColumnRole::Segment) {
        return Ok(by(column, false));
    }
    let [first, others @ ..] = crate::report::SEGMENT_ORDER;
    let mut rank = case(named(column)).when(lit(first), lit(0_i64));
    for (segment, place) in others.into_iter().zip(1_i64..) {
        rank = rank.when(lit(segment), lit(place));
    }
    Ok(rank.end()?.sort(true, false))
}

/// By a column, unknown values last.
pub(super) fn by(column: &str, descending: bool) -> datafusion::logical_expr::SortExpr {
    named(column).sort(!descending, false)
}

/// Whether the query reads an earlier output.
fn compares(plan: &Plan, table: &str) -> bool {
    plan.query(table).is_some_and(|query| query.reads.iter().any(|read| read.starts_with(PREVIOUS)))
}

/// The nearest optional inputs of a table that the pipeline does not provide, which explain why the table may be empty.
/// Inputs behind a published table that has rows are left out.
fn absent_inputs(plan: &Plan, manifest: &Manifest, table: &str) -> Vec<(&'static str, &'static Words)> {
    let has_rows = |name: &str| manifest.tables.iter().any(|table| table.name == name && table.rows > 0);
    let reads = |name: &str| plan.query(name).map(|query| &query.reads).into_iter().flatten().map(String::as_str);
    let mut seen = BTreeSet::from([table]);
    let mut level = seen.clone();
    while !level.is_empty() {
        let next: BTreeSet<&str> =
            level.iter().flat_map(|name| reads(name)).filter(|name| !seen.contains(name)).collect();
        let absent: Vec<(&str, &Words)> = next
            .iter()
            .filter(|name| plan.absent_canonical.iter().any(|absent| absent == *name))
            .filter_map(|name| canonical::entry(name))
            .filter(|(_, table)| !table.is_setting)
            .map(|(name, table)| (name, &table.gives))
            .collect();
        if !absent.is_empty() {
            return absent;
        }
        seen.extend(&next);
        level = next.into_iter().filter(|name| !has_rows(name)).collect();
    }
    Vec::new()
}
