//! A synthetic shop with its customers, for trying staunch out and for testing it at any size.
//!
//! Three brands (the own one is `northwind`), three categories, orders of two years up to 2026-11-30 and two survey
//! waves, with the register, contacts, account owners, campaigns, prices and situations, written as CSV files. The same
//! settings give the same bytes on every machine. Every customer is drawn from streams of chance of their own, so a
//! sample of any size is written row by row and never held in memory, and the first customers of a large sample are
//! those of a small one.
//!
//! **What is planted.** Every customer has a plan (`plan`), drawn before anything else: an intended behaviour and
//! attitude, the reason to stay, whether, when and why the customer left, what keeps latent ones from buying, a
//! complaint, and what decides about care. Purchases, answers and contacts are then drawn so that they clearly show the
//! plan, away from the cuts of the shared default parameters. So the indicators must find in every customer what was
//! planted there, and nothing else ([`planted_customers`]). Of a thousand customers about 230 are true, 115 latent, 130
//! spurious, 130 none, 100 former; the rest is unmeasured because they never answered, broke the questionnaire off, or
//! bought too little (newcomers, lapsed and rare buyers, and some who are only on file). [`SampleSummary`] holds the exact counts.
//! Beside them a few lines are planted that a pipeline must count and leave out: without a customer, twice the same order
//! and line number, and later than 2026-11-30.
//!
//! In reading order: `profile` and `plan`; `schedule`, `basket`, `purchases` and `measures`; `items`, `answers` and
//! `sheet`; `contacts` and `desk`; `register` and `touches`; `catalogue` and `market` for what concerns everybody.

mod answers;
mod basket;
mod calendar;
mod catalogue;
mod contacts;
mod customer;
mod desk;
mod dice;
mod files;
mod ids;
mod items;
mod market;
mod measures;
mod plan;
mod planted;
mod profile;
mod purchases;
mod register;
mod rows;
mod schedule;
mod service_rows;
mod sheet;
mod touches;

use std::path::{Path, PathBuf};

use crate::error::Result;
use customer::Generated;
use files::Files;
pub use planted::{Planted, PlantedCustomer, planted_customers};

/// What to generate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampleSettings {
    /// Customers on file.
    pub customers: usize,
    /// Seed of all chance; another seed gives other customers.
    pub seed: u64,
}

impl Default for SampleSettings {
    /// The sample that ships in `pipelines/sample/`.
    fn default() -> Self {
        Self { customers: 2000, seed: 1 }
    }
}

/// What was generated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSummary {
    /// The files, in the order transactions, survey answers, customers, contacts, then all others.
    pub files: Vec<SampleFile>,
    /// What the indicators must find in them.
    pub planted: Planted,
}

/// A file of the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleFile {
    /// Where it is.
    pub path: PathBuf,
    /// Lines below the header.
    pub rows: u64,
}

/// Writes the files of the sample (`transactions.csv`, `survey_answers.csv`, `customers.csv` and so on) into `folder`,
/// which is created when it is not there. Files of these names are replaced.
///
/// # Errors
///
/// [`crate::error::Error::Execution`] when the folder or a file cannot be written.
pub fn generate(folder: &Path, settings: &SampleSettings) -> Result<SampleSummary> {
    let mut files = Files::create(folder)?;
    let mut planted = Planted::default();
    files.write_market()?;
    for number in (1..).take(settings.customers) {
        let generated = Generated::new(settings.seed, number);
        files.write_customer(&generated)?;
        planted.count(&generated);
    }
    Ok(SampleSummary { files: files.finish()?, planted })
}

#[cfg(test)]
mod tests;
