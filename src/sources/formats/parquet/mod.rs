//! Parquet files as one table, scanned in place with projections and filters pushed into the files.

mod contract_pass;
mod dictionaries;
mod footer;
mod local_columns;
mod named_files;
mod reader;
mod stream;

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use chrono_tz::Tz;
use datafusion::catalog::Session;
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{Column, ColumnStatistics, Statistics, TableReference};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, FileSource, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::datasource::{TableProvider, TableType, ViewTable, provider_as_source};
use datafusion::error::Result as QueryResult;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use datafusion_datasource::compute_all_files_statistics;
use object_store::{ObjectMeta, ObjectStore};
use parquet::file::metadata::ParquetMetaData;

use self::footer::{ParquetFile, damaged_by, read_footers};
use self::local_columns::LocalColumns;
use self::named_files::NamedFiles;
use self::reader::{FooterFirstReaders, KnownFooter};
use super::file_target;
use super::target::file_schema;
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourcePlan;
use crate::sources::SourceTable;
use crate::sources::contract::columns::{
    ColumnMatch, doubled, match_columns, same_columns, several_types, table_fields,
};
use crate::sources::contract::partitions::{partition_fields, partition_values};
use crate::sources::contract::rounded::rounded;
use crate::sources::contract::types::{Conversion, conversion};
use crate::sources::event_times::EventTimes;
use crate::sources::intake::Intake;
use crate::sources::listing::Listing;
use crate::sources::panics::foreign_decoder;
use crate::sources::values::local_time::{becomes_local, local_times};
use crate::storage::address::Address;

/// Endings of such files.
pub const ENDINGS: &[&str] = &[".parquet", ".pq"];

/// The table of the files of a listing: scanned in place when every value becomes that of the table by a plain cast and no
/// row breaks the contract, which the footers or one pass over the columns in question tell; else read through, row by row.
///
/// # Errors
///
/// A file is damaged or not as declared, a row breaks the contract and none may, or the store fails.
pub async fn open(
    source: &SourcePlan,
    listing: &Listing,
    context: &SessionContext,
    intake: &Arc<Intake>,
) -> Result<(SchemaRef, SourceTable)> {
    let files = read_footers(listing).await?;
    let Some(first) = files.first() else {
        return Err(Error::execution(Problem::new(format!("source `{}` has no files", source.name))));
    };
    let columns = match_columns(&source.columns, &first.schema, &first.name)?;
    refuse_clash(source, &columns, &first.name)?;
    let mut matched = Vec::with_capacity(files.len());
    for (index, file) in files.iter().enumerate() {
        let here = match_columns(&source.columns, &file.schema, &file.name)?;
        let here = same_columns(source, &columns, &first.name, here, &file.name)?;
        note_columns(file, &here, source, intake);
        intake.set_fingerprint(index, file.fingerprint.clone());
        let fields = file.schema.fields().iter();
        intake.set_columns(index, fields.map(|field| (field.name().as_str(), Some(field.data_type()))));
        matched.push(here);
    }
    let all = files.iter().zip(&matched).map(|(file, columns)| (file.name.as_str(), &file.schema, &**columns));
    several_types(source, &all.collect::<Vec<_>>()).into_iter().for_each(|note| intake.note(note));
    if must_be_read(source, &files, &matched)
        || contract_pass::is_broken(source, listing, &files, &matched, intake).await?
    {
        let schema = file_schema(source, table_fields(&columns), Some(&first.name))?;
        let mut streams = Vec::with_capacity(files.len());
        for (index, (file, columns)) in files.iter().zip(matched).enumerate() {
            let target = file_target(source, listing, index, &schema, intake)?;
            streams.push(stream::rows(file, columns, source, listing, target));
        }
        return Ok((schema, SourceTable::Streams(streams)));
    }
    refuse_two_types(source, &columns)?;
    for (index, (file, here)) in files.iter().zip(&matched).enumerate() {
        intake.count_read(index, file.rows());
        if let Some(times) = event_times(source, file, here) {
            intake.note_event_times(index, times);
        }
    }
    let copies = if source.rows_tell_their_file() { Vec::new() } else { intake.copies() };
    let mut entries = Vec::with_capacity(files.len());
    for (index, (file, here)) in files.iter().zip(&matched).enumerate() {
        if copies.binary_search(&index).is_ok() {
            continue;
        }
        let values = partition_values(source, &file.object.location, &file.name)?;
        entries.push(entry(file, here, values)?);
    }
    let store_url = register(context, source, &listing.store)?;
    let partitions = partition_fields(&source.partitions);
    let mut file_fields: Vec<Field> = Vec::new();
    for (position, column) in columns.iter().enumerate() {
        if file_fields.iter().all(|field| field.name() != &column.file_name) {
            let scanned = scanned_type(source, position, column, first);
            file_fields.push(Field::new(&column.file_name, scanned, true));
        }
    }
    let schema = TableSchema::builder(Arc::new(Schema::new(file_fields)))
        .with_table_partition_cols(partitions.iter().cloned().map(Arc::new).collect::<Vec<_>>())
        .build();
    let table = ParquetTable {
        schema,
        entries,
        store_url,
        store: Arc::clone(&listing.store),
        address: Arc::new(listing.address.clone()),
        time_zone: source.time_zone,
    };
    let table = renamed(Arc::new(table), &columns, &partitions, &source.name)?;
    Ok((table.schema(), SourceTable::Scan(table)))
}

/// Whether only reading row by row gives the table: values are read from text, a column is found under different names or
/// not at all, or the source asks for what a scan cannot tell.
fn must_be_read(source: &SourcePlan, files: &[ParquetFile], matched: &[Vec<ColumnMatch>]) -> bool {
    let has_null_values = source.columns.iter().any(|column| column.null_values.is_some());
    if !source.metadata.is_empty() || source.unpivot.is_some() || !source.unique.is_empty() || has_null_values {
        return true;
    }
    let (Some(first_file), Some(first)) = (files.first(), matched.first()) else { return false };
    files.iter().zip(matched).any(|(file, columns)| {
        columns.iter().zip(first).zip(&source.columns).any(|((column, first), declared)| {
            let (Some(found), Some(found_first)) = (found_type(file, column), found_type(first_file, first)) else {
                return true;
            };
            let conversions = [conversion(declared, found), conversion(declared, found_first)];
            column.file_name != first.file_name
                || conversions.contains(&Conversion::Read)
                || (conversions.contains(&Conversion::Rounded) && found != found_first)
        })
    })
}

/// The type of a column in a file that has it.
fn found_type<'a>(file: &'a ParquetFile, column: &ColumnMatch) -> Option<&'a ArrowType> {
    column.index.map(|index| file.schema.field(index).data_type())
}

/// The type with which a column of the files is scanned: that of the table, but for doubles that are rounded to decimals
/// afterwards.
fn scanned_type(source: &SourcePlan, position: usize, column: &ColumnMatch, first: &ParquetFile) -> ArrowType {
    match (source.columns.get(position), found_type(first, column)) {
        (Some(declared), Some(found)) if conversion(declared, found) == Conversion::Rounded => match found {
            ArrowType::Dictionary(_, values) => values.as_ref().clone(),
            other => other.clone(),
        },
        _ => column.table_type.clone(),
    }
}

fn note_columns(file: &ParquetFile, columns: &[ColumnMatch], source: &SourcePlan, intake: &Intake) {
    if source.columns.is_empty() {
        return;
    }
    let is_used = |name: &str| columns.iter().any(|column| column.file_name == name);
    let names: Vec<&str> = file.schema.fields().iter().map(|field| field.name().as_str()).collect();
    source.columns.iter().filter_map(|column| doubled(column, &names, &file.name)).for_each(|note| intake.note(note));
    let is_declared = |name: &str| source.columns.iter().any(|column| column.is_called(name));
    intake.note_columns(names.into_iter().filter(|name| !is_used(name) && !is_declared(name)));
}

/// A folder's column and a file's of the same name would make two columns of one name.
fn refuse_clash(source: &SourcePlan, columns: &[ColumnMatch], file: &str) -> Result<()> {
    match columns.iter().find(|column| source.partitions.iter().any(|(name, _)| *name == column.file_name)) {
        Some(column) => Err(Error::data(
            Problem::new(format!("column `{}` is in `{file}` and in its folder's name", column.file_name))
                .hint("declare the source's `columns` without it, or drop it from `partitions`"),
        )),
        None => Ok(()),
    }
}

/// A column of the files is read as one type.
fn refuse_two_types(source: &SourcePlan, columns: &[ColumnMatch]) -> Result<()> {
    let twice = columns.iter().enumerate().find(|(index, column)| {
        columns[..*index]
            .iter()
            .any(|known| known.file_name == column.file_name && known.table_type != column.table_type)
    });
    match twice {
        Some((_, column)) => Err(Error::invalid(
            Problem::new(format!("source `{}` declares column `{}` with two types", source.name, column.file_name))
                .hint("declare it once and convert in SQL")
                .at(source.place.clone()),
        )),
        None => Ok(()),
    }
}

/// The files under a name of the session that no other source has, so that equal buckets with different settings stay apart.
fn register(context: &SessionContext, source: &SourcePlan, store: &Arc<dyn ObjectStore>) -> Result<ObjectStoreUrl> {
    let url = ObjectStoreUrl::parse(format!("staunch-source://{}", source.name.to_lowercase())).map_err(|error| {
        Error::invalid(
            Problem::new(format!("`{}` cannot name a source: {error}", source.name))
                .hint("use lower-case letters, digits and underscores")
                .at(source.place.clone()),
        )
    })?;
    context.runtime_env().register_object_store(url.as_ref(), Arc::clone(store));
    Ok(url)
}

/// One file as DataFusion scans it: footer, folder values and statistics.
fn entry(file: &ParquetFile, columns: &[ColumnMatch], values: Vec<ScalarValue>) -> Result<PartitionedFile> {
    let statistics =
        foreign_decoder(&file.name, || statistics(file, columns))?.map_err(|error| damaged_by(&file.name, error))?;
    Ok(PartitionedFile::new_from_meta(file.object.clone())
        .with_extension(KnownFooter(Arc::clone(&file.metadata)))
        .with_partition_values(values)
        .with_statistics(Arc::new(statistics)))
}

/// Statistics of the table's file columns. Of columns that are cast only the count of NULLs is sure.
fn statistics(file: &ParquetFile, columns: &[ColumnMatch]) -> QueryResult<Statistics> {
    let mut fields: Vec<Field> = Vec::new();
    let mut is_cast = Vec::new();
    for column in columns {
        if fields.iter().any(|field| field.name() == &column.file_name) {
            continue;
        }
        let Some(index) = column.index else { continue };
        let found = file.schema.field(index).data_type();
        let as_read = crate::sources::contract::types::as_view(found);
        is_cast.push(as_read != column.table_type || matches!(found, ArrowType::Dictionary(..)));
        let stand_in = if matches!(found, ArrowType::Dictionary(..)) { found.clone() } else { as_read };
        fields.push(Field::new(&column.file_name, stand_in, true));
    }
    let own: SchemaRef = Arc::new(Schema::new(fields));
    let mut statistics = DFParquetMetadata::statistics_from_parquet_metadata(&file.metadata, &own)?;
    for (column, is_cast) in statistics.column_statistics.iter_mut().zip(is_cast) {
        if is_cast {
            *column = ColumnStatistics { null_count: column.null_count, ..ColumnStatistics::new_unknown() };
        }
    }
    statistics.total_byte_size = Precision::Absent;
    Ok(statistics)
}

/// When the events of a file's rows took place, where the statistics of its footer tell.
fn event_times(source: &SourcePlan, file: &ParquetFile, columns: &[ColumnMatch]) -> Option<EventTimes> {
    let name = source.event_column()?;
    let column = columns.iter().find(|column| column.name == name)?;
    let found = file.schema.field(column.index?);
    let own: SchemaRef = Arc::new(Schema::new(vec![found.clone()]));
    let statistics = DFParquetMetadata::statistics_from_parquet_metadata(&file.metadata, &own).ok()?;
    let known = statistics.column_statistics.first()?;
    let bounds = [&known.min_value, &known.max_value].map(|bound| bound.get_value().cloned());
    let [Some(first), Some(last)] = bounds else { return None };
    let bounds = ScalarValue::iter_to_array([first, last]).ok()?;
    let is_local = becomes_local(found.data_type(), &column.table_type);
    let bounds = if is_local { local_times(&bounds, source.time_zone).ok()? } else { bounds };
    EventTimes::of(&bounds).ok()
}

/// The table under its declared names and types, when they differ from the scanned ones.
fn renamed(
    table: Arc<dyn TableProvider>,
    columns: &[ColumnMatch],
    partitions: &[Field],
    source: &str,
) -> Result<Arc<dyn TableProvider>> {
    let scanned = table.schema();
    let decimal = |of: &ColumnMatch| match (&of.table_type, scanned.field_with_name(&of.file_name)) {
        (ArrowType::Decimal128(precision, scale), Ok(field)) if field.data_type() != &of.table_type => {
            Some((*precision, *scale))
        }
        _ => None,
    };
    if columns.iter().all(|column| column.name == column.file_name && decimal(column).is_none()) {
        return Ok(table);
    }
    let files = TableReference::bare(source);
    let column = |name: &str| Expr::Column(Column::new(Some(files.clone()), name));
    let renames = columns.iter().map(|of| match decimal(of) {
        Some((precision, scale)) => rounded(column(&of.file_name), precision, scale).alias(&of.name),
        None => column(&of.file_name).alias(&of.name),
    });
    let folders = partitions.iter().map(|field| column(field.name()));
    let view = LogicalPlanBuilder::scan(files.clone(), provider_as_source(table), None)
        .and_then(|plan| plan.project(renames.chain(folders).collect::<Vec<_>>()))
        .and_then(LogicalPlanBuilder::build)
        .map_err(|error| {
            Error::execution(Problem::new(format!("the columns of `{source}` cannot be renamed")).caused_by(error))
        })?;
    Ok(Arc::new(ViewTable::new(view, None)))
}

/// One file whose footer was read as a table of the columns `schema`. While it is read, a column that the file lacks is
/// NULL, and one of another type is cast. `address` names the file in messages.
///
/// # Errors
///
/// None that a file could cause; those of the rows come with them.
pub fn table_of_file(
    context: &SessionContext,
    store: Arc<dyn ObjectStore>,
    address: Address,
    object: ObjectMeta,
    footer: Arc<ParquetMetaData>,
    schema: SchemaRef,
) -> Result<Arc<dyn TableProvider>> {
    let store_url = ObjectStoreUrl::parse("staunch-published://runs")
        .map_err(|error| Error::execution(Problem::new("cannot name the store of published files").caused_by(error)))?;
    context.runtime_env().register_object_store(store_url.as_ref(), Arc::clone(&store));
    let rows = usize::try_from(footer.file_metadata().num_rows()).map_or(Precision::Absent, Precision::Exact);
    let statistics = Statistics { num_rows: rows, ..Statistics::new_unknown(&schema) };
    let entry = PartitionedFile::new_from_meta(object)
        .with_extension(KnownFooter(footer))
        .with_statistics(Arc::new(statistics));
    let schema = TableSchema::builder(schema).build();
    let address = Arc::new(address);
    Ok(Arc::new(ParquetTable { schema, entries: vec![entry], store_url, store, address, time_zone: Tz::UTC }))
}

/// Parquet files as a table.
struct ParquetTable {
    schema: TableSchema,
    entries: Vec<PartitionedFile>,
    store_url: ObjectStoreUrl,
    store: Arc<dyn ObjectStore>,
    address: Arc<Address>,
    time_zone: Tz,
}

impl fmt::Debug for ParquetTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ParquetTable").field("root", &self.address.root).field("files", &self.entries.len()).finish()
    }
}

/// Deals the files out like cards: files often follow time, and a query that looks at the latest would otherwise keep
/// only the last partition busy.
fn round_robin(files: &[PartitionedFile], partitions: usize) -> Vec<FileGroup> {
    let groups = partitions.min(files.len()).max(1);
    (0..groups).map(|first| FileGroup::new(files.iter().skip(first).step_by(groups).cloned().collect())).collect()
}

#[async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.schema.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        let mut options = TableParquetOptions {
            global: state.config_options().execution.parquet.clone(),
            ..TableParquetOptions::default()
        };
        // As nanoseconds, times after the year 2262 would wrap around.
        options.global.coerce_int96 = Some("us".into());
        let parquet = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(Arc::new(FooterFirstReaders::new(Arc::clone(&self.store))));
        let files: Arc<dyn FileSource> = Arc::new(NamedFiles::new(Arc::new(parquet), Arc::clone(&self.address)));
        let groups = round_robin(&self.entries, state.config().target_partitions());
        let (groups, statistics) = compute_all_files_statistics(groups, self.schema(), true, false)?;
        let config = FileScanConfigBuilder::new(self.store_url.clone(), files)
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_expr_adapter(Some(Arc::new(LocalColumns { time_zone: self.time_zone })))
            .with_limit(limit.filter(|_| filters.is_empty()))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> QueryResult<Vec<TableProviderFilterPushDown>> {
        // The optimizer hands them to the files, which skip row groups and pages by them; rows are filtered above the scan.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}
