//! The columns of a published file, and the copy of it that can be read.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use super::location::PublishLocation;
use super::log::{LogEntry, LoggedTable};
use super::open_table::{published_file, unreadable};
use super::refresh::history_path;
use super::run_files::is_cleaned;
use crate::error::Result;

impl PublishLocation {
    /// The columns of a table's file, from its footer.
    ///
    /// # Errors
    /// `Error::Data` when the file is missing or damaged, `Error::Execution` when the store failed.
    pub async fn table_schema(&self, table: &LoggedTable) -> Result<SchemaRef> {
        let mut reader = published_file(&self.folder, &table.path, table.bytes)?;
        let footer = ArrowReaderMetadata::load_async(&mut reader, ArrowReaderOptions::new()).await;
        let footer = footer.map_err(|error| unreadable(&self.folder, &table.path, error))?;
        // Without the words of the file, so that two nights with other descriptions have the same columns.
        let fields: Vec<_> = footer.schema().fields().iter().map(|field| plain(field)).collect();
        Ok(Arc::new(arrow::datatypes::Schema::new(fields)))
    }

    /// The file of a table in the run's folder, or the copy in `history/` once `staunch clean` removed the folder.
    ///
    /// # Errors
    /// The store fails.
    pub async fn readable_copy(&self, entry: &LogEntry, table: &LoggedTable) -> Result<LoggedTable> {
        if !is_cleaned(&self.folder, entry.run_id.as_str()).await? {
            return Ok(table.clone());
        }
        Ok(LoggedTable { path: history_path(&table.name, entry.as_of_date), ..table.clone() })
    }
}

fn plain(field: &arrow::datatypes::Field) -> arrow::datatypes::Field {
    field.clone().with_metadata(std::collections::HashMap::new())
}
