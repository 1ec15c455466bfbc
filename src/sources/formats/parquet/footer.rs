//! The footers of Parquet files, read before anything else and guarded: a damaged file is an error that names it, where
//! readers skip it, panic, or find nothing wrong.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{Schema, TimeUnit};
use datafusion::datasource::physical_plan::parquet::Int96Coercer;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;
use parquet::arrow::{parquet_to_arrow_schema, parquet_to_arrow_schema_by_columns};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use sha2::{Digest, Sha256};

use crate::error::{Error, ForeignError, Problem, Result};
use crate::sources::listing::Listing;
use crate::sources::panics::{foreign_decoder, own_code};
use crate::storage::address::Scheme;
use crate::storage::request_error::{Purpose, request_error};
use crate::storage::versions::read_range;

/// Footers read at once.
const FOOTERS_AT_ONCE: usize = 16;
/// Read from the end in the first request; most footers are smaller.
const TAIL_BYTES: u64 = 64 * 1024;
/// Length of the footer and magic, at the end of every file.
const END_BYTES: u64 = 8;
/// Magic at the start of every file.
const START_BYTES: u64 = 4;

/// A Parquet file whose footer has been read and found sound.
pub struct ParquetFile {
    /// The object.
    pub object: ObjectMeta,
    /// Location for messages.
    pub name: String,
    /// Its footer.
    pub metadata: Arc<ParquetMetaData>,
    /// Its columns.
    pub schema: Schema,
    /// SHA-256 of the footer, which holds the sizes, statistics and places of all columns.
    pub fingerprint: String,
}

impl ParquetFile {
    /// Rows in the file.
    pub fn rows(&self) -> u64 {
        u64::try_from(self.metadata.file_metadata().num_rows()).unwrap_or_default()
    }
}

/// Reads the footers of all objects, in their order.
///
/// # Errors
///
/// A file is no Parquet file, or damaged; or the store fails.
pub async fn read_footers(listing: &Listing) -> Result<Vec<ParquetFile>> {
    stream::iter(&listing.objects)
        .map(|object| read_footer(listing, object))
        .buffered(FOOTERS_AT_ONCE)
        .try_collect()
        .await
}

async fn read_footer(listing: &Listing, object: &ObjectMeta) -> Result<ParquetFile> {
    let name = listing.shown(object);
    let end = footer_end(object.size, &name)?;
    let fetch = async |range: std::ops::Range<u64>| {
        read_range(listing.store.as_ref(), object, range).await.map_err(|error| listing.error(object, error))
    };
    let tail_start = object.size.saturating_sub(TAIL_BYTES);
    let tail = fetch(tail_start..object.size).await?;
    let length = footer_length(&tail, object.size, &name)?;
    let start = end - length;
    let footer = if start >= tail_start {
        let from = usize::try_from(start - tail_start).unwrap_or(usize::MAX);
        let to = usize::try_from(end - tail_start).unwrap_or(usize::MAX);
        tail.slice(from..to)
    } else {
        fetch(start..end).await?
    };
    let metadata = foreign_decoder(&name, || ParquetMetaDataReader::decode_metadata(&footer))?
        .map_err(|error| damaged_by(&name, error))?;
    own_code(&name, || check_layout(&metadata, start, &name))?;
    let schema = foreign_decoder(&name, || arrow_schema(&metadata))?.map_err(|error| damaged_by(&name, error))?;
    let metadata = Arc::new(metadata);
    let fingerprint = format!("{:x}", Sha256::digest(&footer));
    Ok(ParquetFile { object: object.clone(), name, metadata, schema, fingerprint })
}

fn footer_end(size: u64, name: &str) -> Result<u64> {
    if size < START_BYTES + END_BYTES {
        return Err(damaged(name, format!("it has {size} bytes, a Parquet file has at least 12")));
    }
    Ok(size - END_BYTES)
}

/// The length the last eight bytes give, once it can be true.
fn footer_length(tail: &[u8], size: u64, name: &str) -> Result<u64> {
    let Some((_, &[a, b, c, d, ref magic @ ..])) = tail.split_last_chunk::<8>() else {
        return Err(damaged(name, "it is shorter than its listed size"));
    };
    match magic {
        b"PAR1" => {}
        b"PARE" => return Err(damaged(name, "its footer is encrypted, which is not supported")),
        _ => {
            return Err(damaged(
                name,
                "its last bytes are not those of a Parquet file; it was cut short or is another kind",
            ));
        }
    }
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    if length == 0 || length > size - END_BYTES - START_BYTES {
        return Err(damaged(name, format!("its footer claims {length} bytes, the file has {size}")));
    }
    Ok(length)
}

/// Every column chunk lies before the footer, and the rows add up.
fn check_layout(metadata: &ParquetMetaData, footer_start: u64, name: &str) -> Result<()> {
    let mut rows: i64 = 0;
    for group in metadata.row_groups() {
        rows = rows.checked_add(group.num_rows()).filter(|_| group.num_rows() >= 0).unwrap_or(-1);
        for chunk in group.columns() {
            let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
            let range = u64::try_from(start).ok().zip(u64::try_from(chunk.compressed_size()).ok());
            let end = range.and_then(|(start, length)| start.checked_add(length));
            if end.is_none_or(|end| end > footer_start) {
                let column = chunk.column_path().string();
                return Err(damaged(name, format!("its footer places column `{column}` outside the file")));
            }
        }
    }
    if rows != metadata.file_metadata().num_rows() || rows < 0 {
        return Err(damaged(name, "its footer's row counts do not add up"));
    }
    Ok(())
}

fn arrow_schema(metadata: &ParquetMetaData) -> Result<Schema, ParquetError> {
    let file = metadata.file_metadata();
    // The Arrow schema some writers add may be damaged or contradict the file; the columns themselves then decide.
    let schema = parquet_to_arrow_schema(file.schema_descr(), file.key_value_metadata()).or_else(|_| {
        parquet_to_arrow_schema_by_columns(file.schema_descr(), parquet::arrow::ProjectionMask::all(), None)
    })?;
    Ok(Int96Coercer::new(file.schema_descr(), &schema, &TimeUnit::Microsecond).coerce().unwrap_or(schema))
}

/// A file that is no Parquet file, or no whole one.
pub fn damaged(name: &str, why: impl fmt::Display) -> Error {
    Error::data(damage(name, &why))
}

/// A file that its decoder refuses.
pub fn damaged_by(name: &str, error: impl Into<ForeignError> + fmt::Display) -> Error {
    Error::data(damage(name, &error).caused_by(error))
}

/// What the Parquet reader says about a file: the store's error when it only carried one, else the file is damaged.
pub fn parquet_error(name: &str, scheme: Scheme, error: ParquetError) -> Error {
    let ParquetError::External(inner) = error else { return damaged_by(name, error) };
    let inner = match inner.downcast::<object_store::Error>() {
        Ok(error) => return request_error(Purpose::Read, scheme, &format!("`{name}`"), *error),
        Err(inner) => inner,
    };
    let inner = match inner.downcast::<Error>() {
        Ok(own) => return *own,
        Err(inner) => inner,
    };
    match inner.downcast::<ParquetError>() {
        Ok(error) => parquet_error(name, scheme, *error),
        Err(inner) => damaged_by(name, inner),
    }
}

fn damage(name: &str, why: &impl fmt::Display) -> Problem {
    let why = why.to_string();
    let why = why.trim_end_matches('.');
    Problem::new(format!("`{name}` is not a valid Parquet file: {why}"))
        .hint("write the file again; a file that is still being written belongs outside the source's folder")
}
