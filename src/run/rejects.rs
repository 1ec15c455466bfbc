//! Writes the rejected rows of sources into the run's folder.

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;
use tokio::sync::mpsc;

use crate::error::{Error, Problem, Result};
use crate::publish::{ColumnDescription, PublishedTable, RunFolder, TableDescription};
use crate::sources::{Intake, reject_fields, reject_schema};

/// Batches read ahead of the writer.
const BATCHES_AHEAD: usize = 2;

/// One file for each source that rejected rows.
///
/// # Errors
///
/// The disk or the store fails.
pub async fn write(rejects: &[(String, Arc<Intake>)], folder: &RunFolder) -> Result<Vec<PublishedTable>> {
    let mut written = Vec::with_capacity(rejects.len());
    for (source, intake) in rejects {
        written.push(write_source(source, Arc::clone(intake), folder).await?);
    }
    Ok(written)
}

async fn write_source(source: &str, intake: Arc<Intake>, folder: &RunFolder) -> Result<PublishedTable> {
    let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
    let reading = tokio::task::spawn_blocking(move || {
        intake.rejects(|batch| {
            // When nobody listens any more, writing has failed for another reason.
            let _ = sender.blocking_send(Ok::<_, DataFusionError>(batch));
            Ok(())
        })
    });
    let batches =
        stream::unfold(batches, |mut batches| async move { batches.recv().await.map(|batch| (batch, batches)) });
    let rows = Box::pin(RecordBatchStreamAdapter::new(reject_schema(), batches));
    let written = folder.write_rejects(&description(source), rows).await?;
    reading.await.map_err(|error| {
        Error::execution(Problem::new(format!("writing rejected rows stopped unexpectedly: {error}")).caused_by(error))
    })??;
    Ok(written)
}

fn description(source: &str) -> TableDescription {
    let column = |(name, description): (&str, &str)| ColumnDescription {
        name: name.to_owned(),
        unit: None,
        description: description.to_owned(),
        label_en: None,
        label_zh: None,
        is_required: false,
    };
    TableDescription {
        name: source.to_owned(),
        description: format!("Rows of the source {source} that broke its contract"),
        columns: reject_fields().map(column).into(),
        ..TableDescription::default()
    }
}
