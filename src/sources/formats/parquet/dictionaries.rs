//! The dictionaries of Parquet columns: where a row group names every text of a column once, the contract is checked on these
//! instead of on all rows.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Int32Type, Schema};
use arrow::error::ArrowError;
use chrono_tz::Tz;
use parquet::basic::Encoding;
use parquet::file::metadata::ColumnChunkMetaData;

use super::footer::ParquetFile;
use crate::plan::source::SourceColumn;
use crate::sources::contract::columns::ColumnMatch;
use crate::sources::formats::typed_rows::checked;

/// The schema of a file with the layout of dictionaries for those texts among `roots` that a row group stores so.
pub fn kept(file: &ParquetFile, group: usize, roots: &[usize]) -> Schema {
    let leaves = file.metadata.file_metadata().schema_descr();
    let is_kept = |root: usize| {
        let mut chunks = (0..leaves.num_columns()).filter(|leaf| leaves.get_column_root_idx(*leaf) == root);
        matches!((chunks.next(), chunks.next()), (Some(leaf), None)
            if is_dictionary(file.metadata.row_group(group).column(leaf)))
    };
    let fields = file.schema.fields().iter().enumerate().map(|(root, field)| {
        let is_text = matches!(field.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        if !is_text || !roots.contains(&root) || !is_kept(root) {
            return Arc::clone(field);
        }
        let texts = if *field.data_type() == DataType::LargeUtf8 { DataType::LargeUtf8 } else { DataType::Utf8 };
        let kind = DataType::Dictionary(Box::new(DataType::Int32), Box::new(texts));
        Arc::new(field.as_ref().clone().with_data_type(kind))
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), file.schema.metadata().clone())
}

/// Whether all pages of a column refer to its dictionary, as far as the footer says. Without statistics of the pages, a column
/// with a dictionary may have others too: they are read all the same, a little more slowly.
fn is_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    let only = |encoding| chunk.page_encoding_stats_mask().is_none_or(|pages| pages.is_only(encoding));
    chunk.dictionary_page_offset().is_some() && (only(Encoding::RLE_DICTIONARY) || only(Encoding::PLAIN_DICTIONARY))
}

/// The dictionary of one column, as the last batch had it.
#[derive(Clone, Default)]
pub struct Dictionary {
    values: Option<ArrayRef>,
    is_sound: bool,
}

impl Dictionary {
    /// Whether every text of the dictionary keeps the contract, so that no row needs to be looked at. A dictionary may hold
    /// texts that no row has, so that `false` says nothing about the rows.
    ///
    /// # Errors
    ///
    /// The batch is not as its file's schema says.
    pub fn keeps(
        &mut self,
        batch: &RecordBatch,
        column: &ColumnMatch,
        declared: &SourceColumn,
        time_zone: Tz,
    ) -> Result<bool, ArrowError> {
        let Some((index, array)) = column.index.map(|index| (index, batch.column(index))) else { return Ok(false) };
        let Some(array) = array.as_dictionary_opt::<Int32Type>() else { return Ok(false) };
        if declared.required && array.null_count() > 0 {
            return Ok(false);
        }
        let is_known = |values: &ArrayRef| values.to_data().ptr_eq(&array.values().to_data());
        if !self.values.as_ref().is_some_and(is_known) {
            let field = batch.schema().field(index).as_ref().clone().with_data_type(array.values().data_type().clone());
            let values = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::clone(array.values())])?;
            let column = ColumnMatch { index: Some(0), ..column.clone() };
            let (_, broken) = checked(&values, &[column], std::slice::from_ref(declared), time_zone)?;
            self.is_sound = broken.is_empty();
            self.values = Some(Arc::clone(array.values()));
        }
        Ok(self.is_sound)
    }
}
