//! Rows of a source whose `unique` values another row has.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::execute_stream_partitioned;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use serde_json::Value;

use super::session::Session;
use crate::config::sources::OnDuplicate;
use crate::engine::sql_errors;
use crate::error::Result;
use crate::plan::source::{SourceColumn, SourcePlan, UnpivotPlan};
use crate::sources::{FILE_COLUMN, Intake, ROW_COLUMN, Reject, fields_of_row, table_schema, turned};
use crate::tables::KeptTable;

/// Registers the rows of a source, read with the columns that number files and rows: one row for each combination of the
/// `unique` values. The others are rejected, or left out and counted, as the source says. Columns of `unpivot` are turned into
/// rows afterwards.
///
/// # Errors
///
/// A row is a duplicate, and none may be; or the rows cannot be sorted.
pub async fn register(source: &SourcePlan, kept: KeptTable, session: &Session, intake: &Intake) -> Result<()> {
    let Session { engine, tables, .. } = session;
    let activity = format!("looking for duplicates in `{}`", source.name);
    let failed = |error| sql_errors::running_error(&activity, error);
    let read = format!("staunch_read_{}", source.name);
    kept.register_as(&read, engine)?;
    let sql = Statements::of(source, &read);
    let run = async |text: &str| engine.context.sql(text).await;

    let duplicated = run(&sql.duplicated()).await.map_err(failed)?.count().await.map_err(failed)?;
    if duplicated > 0 {
        let dropped = run(&sql.dropped()).await.map_err(failed)?;
        take(source, dropped, intake, &activity).await?;
    }
    let rows = if duplicated > 0 { sql.kept() } else { sql.all() };
    let plan = run(&rows).await.map_err(failed)?.create_physical_plan().await.map_err(failed)?;
    let schema = table_schema(source, &plan.schema());
    let streams = execute_stream_partitioned(plan, engine.context.task_ctx()).map_err(failed)?;
    let streams: Vec<_> =
        streams.into_iter().map(|stream| turned_stream(stream, &schema, source.unpivot.as_ref())).collect();
    let at_once = streams.len();
    let unique = tables.keep_streams(&source.name, &activity, schema, streams, at_once).await?;
    engine.deregister(&read)?;
    unique.register(engine)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The rows of a stream with columns turned into rows, where the source says so.
fn turned_stream(
    stream: SendableRecordBatchStream,
    schema: &SchemaRef,
    unpivot: Option<&UnpivotPlan>,
) -> SendableRecordBatchStream {
    let Some(unpivot) = unpivot.cloned() else { return stream };
    let rows = stream.map(move |batch| Ok(turned(&batch?, &unpivot)?));
    Box::pin(RecordBatchStreamAdapter::new(Arc::clone(schema), rows))
}

/// The statements over the table as it was read.
struct Statements {
    table: String,
    /// `"a", "b"`.
    keys: String,
    /// `"a" is not null and "b" is not null`.
    is_known: String,
    /// Files and rows in the order in which the first of equal rows is kept.
    order: String,
}

impl Statements {
    fn of(source: &SourcePlan, table: &str) -> Self {
        let keys: Vec<String> = source.unique.iter().map(|name| quoted(name)).collect();
        let known: Vec<String> = keys.iter().map(|key| format!("{key} is not null")).collect();
        let direction = if source.on_duplicate == OnDuplicate::KeepLast { "desc" } else { "asc" };
        Self {
            table: quoted(table),
            keys: keys.join(", "),
            is_known: known.join(" and "),
            order: format!("{FILE_COLUMN} {direction}, {ROW_COLUMN} {direction}"),
        }
    }

    fn duplicated(&self) -> String {
        let Self { table, keys, is_known, .. } = self;
        format!("select {keys} from {table} where {is_known} group by {keys} having count(*) > 1 limit 1")
    }

    fn ranked(&self) -> String {
        let Self { table, keys, order, .. } = self;
        format!("select *, row_number() over (partition by {keys} order by {order}) as staunch_rank from {table}")
    }

    fn dropped(&self) -> String {
        let (ranked, is_known) = (self.ranked(), &self.is_known);
        format!(
            "select * except (staunch_rank) from ({ranked}) where staunch_rank > 1 and {is_known} \
             order by {FILE_COLUMN}, {ROW_COLUMN}"
        )
    }

    fn kept(&self) -> String {
        let (ranked, is_known) = (self.ranked(), &self.is_known);
        format!(
            "select * except (staunch_rank, {FILE_COLUMN}, {ROW_COLUMN}) from ({ranked}) \
             where staunch_rank = 1 or not ({is_known})"
        )
    }

    fn all(&self) -> String {
        format!("select * except ({FILE_COLUMN}, {ROW_COLUMN}) from {}", self.table)
    }
}

/// Counts or rejects rows that are not kept.
async fn take(source: &SourcePlan, dropped: DataFrame, intake: &Intake, activity: &str) -> Result<()> {
    let failed = |error| sql_errors::running_error(activity, error);
    let is_sensitive = |column: &SourceColumn| column.is_sensitive && source.unique.contains(&column.name);
    let is_shown = !source.columns.iter().any(is_sensitive);
    let mut batches = dropped.execute_stream().await.map_err(failed)?;
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(failed)?;
        let column = |name: &str| batch.column_by_name(name).map(|array| array.as_primitive::<Int64Type>().clone());
        let (Some(files), Some(rows)) = (column(FILE_COLUMN), column(ROW_COLUMN)) else { continue };
        for row in 0..batch.num_rows() {
            let file = usize::try_from(files.value(row)).unwrap_or_default();
            let line = u64::try_from(rows.value(row)).unwrap_or_default();
            if source.on_duplicate != OnDuplicate::Reject {
                intake.count_duplicates(file, 1);
                continue;
            }
            let mut fields = fields_of_row(&batch, row).map_err(|error| failed(error.into()))?;
            fields.retain(|(name, _)| ![FILE_COLUMN, ROW_COLUMN].contains(name));
            let key = if is_shown { format!(" ({})", key(source, &fields)) } else { String::new() };
            intake.reject(
                file,
                Reject {
                    line,
                    column: source.unique.first().cloned().filter(|_| source.unique.len() == 1),
                    rule: "unique".into(),
                    reason: format!(
                        "row {line} has the values of `{}`{key} that an earlier row has",
                        source.unique.join("`, `")
                    ),
                    hint: "correct the files, or set `on_duplicate` to keep_first or keep_last".into(),
                    record: intake.concealment().row(fields),
                },
            )?;
        }
    }
    Ok(())
}

/// The values of the `unique` columns, in their order.
fn key(source: &SourcePlan, fields: &[(&str, Value)]) -> String {
    let value = |name: &String| fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.as_str());
    source.unique.iter().filter_map(value).collect::<Vec<_>>().join(", ")
}
