//! The four CSV files while they are written.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::SampleFile;
use crate::error::{Error, Problem, Result};

/// All four files.
pub(super) struct Files {
    pub(super) transactions: Table,
    pub(super) survey_answers: Table,
    pub(super) customers: Table,
    pub(super) products: Table,
}

impl Files {
    /// Creates them, empty.
    pub(super) fn create(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(|cause| not_written(folder, cause))?;
        let table = |name: &str| Table::create(folder.join(name));
        Ok(Self {
            transactions: table("transactions.csv")?,
            survey_answers: table("survey_answers.csv")?,
            customers: table("customers.csv")?,
            products: table("products.csv")?,
        })
    }

    /// Writes what is still in memory and says what was written.
    pub(super) fn finish(self) -> Result<Vec<SampleFile>> {
        [self.transactions, self.survey_answers, self.customers, self.products].into_iter().map(Table::finish).collect()
    }
}

/// One CSV file: a header from the field names, one line a row, `\n` at the end of each.
pub(super) struct Table {
    path: PathBuf,
    writer: csv::Writer<BufWriter<File>>,
    rows: u64,
}

impl Table {
    fn create(path: PathBuf) -> Result<Self> {
        let file = File::create(&path).map_err(|cause| not_written(&path, cause))?;
        Ok(Self { path, writer: csv::Writer::from_writer(BufWriter::new(file)), rows: 0 })
    }

    /// Writes one row.
    pub(super) fn write(&mut self, row: &impl Serialize) -> Result<()> {
        self.rows += 1;
        self.writer.serialize(row).map_err(|cause| not_written(&self.path, cause))
    }

    fn finish(mut self) -> Result<SampleFile> {
        self.writer.flush().map_err(|cause| not_written(&self.path, cause))?;
        Ok(SampleFile { path: self.path, rows: self.rows })
    }
}

fn not_written(path: &Path, cause: impl Into<crate::error::Cause>) -> Error {
    let cause = cause.into();
    let problem = Problem::new(format!("cannot write `{}`: {cause}", path.display()));
    Error::execution(problem.hint("check that the folder may be written to and has space").caused_by(cause))
}
