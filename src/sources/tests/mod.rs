//! Whole sources, from files to rows.

mod arrow_and_json;
mod exit_codes;
mod locations;
mod panics;
mod parquet;
mod text;

use std::io::Write;
use std::path::Path as DiskPath;

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::util::pretty::pretty_format_batches;
use chrono_tz::Tz;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionConfig;
use futures::TryStreamExt;

use super::testing::source;
use super::*;
use crate::config::data_type::DataType;
use crate::config::sources::CsvFormat;
use crate::error::Place;
use crate::plan::source::SourceColumn;
use crate::plan::source_format::{FileFormat, TextFormat};
use crate::plan::time_format::TimeFormat;
use crate::storage::testing::memory_store;

/// The same for a place on disk.
fn source_at(path: &DiskPath) -> SourcePlan {
    source(path.to_str().unwrap())
}

fn csv() -> FileFormat {
    delimited(&CsvFormat::default())
}

fn delimited(settings: &CsvFormat) -> FileFormat {
    FileFormat::DelimitedText(TextFormat::resolve(settings, &Place::file("p.yml")).unwrap())
}

fn columns(columns: &[(&str, DataType)]) -> Vec<SourceColumn> {
    columns.iter().map(|(name, data_type)| SourceColumn::of(*name, *data_type)).collect()
}

/// Our own error, wherever DataFusion has put it.
fn own(error: DataFusionError) -> Error {
    match error {
        DataFusionError::External(inner) => *inner.downcast::<Error>().unwrap(),
        DataFusionError::Context(_, inner) => own(*inner),
        DataFusionError::ArrowError(inner, _) => match *inner {
            arrow::error::ArrowError::ExternalError(inner) => own(*inner.downcast::<DataFusionError>().unwrap()),
            other => panic!("{other}"),
        },
        other => panic!("not one of ours: {other:?}"),
    }
}

/// The rows a query finds in the table `t`, read with this many partitions.
async fn query(source: &SourcePlan, sql: &str, partitions: usize) -> Result<Vec<RecordBatch>> {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(100)
        .set_usize("datafusion.optimizer.repartition_file_min_size", 1);
    let context = SessionContext::new_with_config(config);
    let open = open(source, &context).await?;
    let table: Arc<dyn TableProvider> = match open.table {
        SourceTable::Scan(table) => table,
        SourceTable::Streams(streams) => {
            let mut parts = Vec::new();
            for stream in streams {
                parts.push(stream.try_collect().await.map_err(own)?);
            }
            Arc::new(MemTable::try_new(Arc::clone(&open.schema), parts).unwrap())
        }
    };
    assert_eq!(table.schema(), open.schema);
    context.register_table("t", table).unwrap();
    context.sql(sql).await.unwrap().collect().await.map_err(own)
}

/// The table's rows as text, sorted, one string a row.
async fn rows(source: &SourcePlan) -> Result<Vec<String>> {
    let batches = query(source, "select * from t", 2).await?;
    Ok(lines(&batches))
}

fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let table = pretty_format_batches(batches).unwrap().to_string();
    let inner = table.lines().filter(|line| line.starts_with('|')).skip(1);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let mut lines: Vec<String> = inner.map(|line| cells(line).join("|")).collect();
    lines.sort();
    lines
}

async fn failure(source: &SourcePlan) -> (u8, String) {
    let error = rows(source).await.unwrap_err();
    (error.exit_code(), error.to_string())
}

fn write(path: &DiskPath, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
