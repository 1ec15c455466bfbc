//! Rows as they are printed to stdout.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::pretty::pretty_format_batches;

use crate::cli::RowFormat;

/// Batches in a format.
///
/// # Errors
/// A value cannot be shown.
pub fn formatted(batches: &[RecordBatch], format: RowFormat) -> Result<Vec<u8>, ArrowError> {
    let mut bytes = Vec::new();
    match format {
        RowFormat::Table => {
            bytes = pretty_format_batches(batches)?.to_string().into_bytes();
            bytes.push(b'\n');
        }
        RowFormat::Csv => {
            let mut writer = arrow::csv::WriterBuilder::new().with_header(true).build(&mut bytes);
            for batch in batches {
                writer.write(batch)?;
            }
        }
        RowFormat::Json => {
            let builder = arrow::json::WriterBuilder::new().with_explicit_nulls(true);
            let mut writer = builder.build::<_, arrow::json::writer::LineDelimited>(&mut bytes);
            for batch in batches {
                writer.write(batch)?;
            }
            writer.finish()?;
        }
    }
    Ok(bytes)
}
