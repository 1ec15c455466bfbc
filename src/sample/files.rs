//! The CSV files while they are written.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::SampleFile;
use super::customer::Generated;
use super::{catalogue, market};
use crate::error::{Error, Problem, Result};

/// Declares all files once: the field, which is also the name of the file.
macro_rules! files {
    ($($(#[doc = $meaning:literal])+ $name:ident,)+) => {
        /// All files, in the order of the summary.
        pub(super) struct Files {
            $($(#[doc = $meaning])+ pub(super) $name: Table,)+
        }

        impl Files {
            /// Creates them, empty.
            pub(super) fn create(folder: &Path) -> Result<Self> {
                fs::create_dir_all(folder).map_err(|cause| not_written(folder, cause))?;
                Ok(Self { $($name: Table::create(folder.join(concat!(stringify!($name), ".csv")))?,)+ })
            }

            /// Writes what is still in memory and says what was written.
            pub(super) fn finish(self) -> Result<Vec<SampleFile>> {
                [$(self.$name),+].into_iter().map(Table::finish).collect()
            }
        }
    };
}

files! {
    /// Purchase lines.
    transactions,
    /// Answered items.
    survey_answers,
    /// Customers on file.
    customers,
    /// Contacts.
    contacts,
    /// Who looked after whom.
    account_owners,
    /// Campaigns that reached customers.
    campaigns,
    /// Invitations to the survey.
    survey_invitations,
    /// Products of all brands.
    products,
    /// Changes of list prices.
    price_changes,
    /// Situations in the market.
    situations,
    /// What topics of complaints stand for.
    complaint_topics,
    /// What reasons of leaving stand for.
    close_reasons,
}

impl Files {
    /// Writes what concerns everybody.
    pub(super) fn write_market(&mut self) -> Result<()> {
        write_all(&mut self.products, catalogue::products())?;
        write_all(&mut self.price_changes, catalogue::price_changes())?;
        write_all(&mut self.situations, market::situations())?;
        write_all(&mut self.complaint_topics, market::COMPLAINT_TOPICS)?;
        write_all(&mut self.close_reasons, market::CLOSE_REASONS)
    }

    /// Writes all rows of one customer.
    pub(super) fn write_customer(&mut self, generated: &Generated) -> Result<()> {
        self.customers.write(&generated.customer)?;
        write_all(&mut self.transactions, &generated.lines)?;
        write_all(&mut self.survey_answers, generated.responses.iter().flat_map(|response| &response.answers))?;
        write_all(&mut self.contacts, &generated.contacts)?;
        write_all(&mut self.account_owners, &generated.account_owners)?;
        write_all(&mut self.campaigns, &generated.campaigns)?;
        write_all(&mut self.survey_invitations, &generated.invitations)
    }
}

fn write_all(table: &mut Table, rows: impl IntoIterator<Item = impl Serialize>) -> Result<()> {
    rows.into_iter().try_for_each(|row| table.write(&row))
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

fn not_written(path: &Path, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    let cause = cause.into();
    let problem = Problem::new(format!("cannot write `{}`: {cause}", path.display()));
    Error::execution(problem.hint("check that the folder may be written to and has space").caused_by(cause))
}
