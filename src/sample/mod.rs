//! A synthetic shop with its customers, for trying staunch out and for testing it at any size.
//!
//! Three brands (the own one is `northwind`), three categories, orders of two years up to 2026-11-30 and two survey
//! waves, written as four CSV files. The same settings give the same bytes on every machine. Every customer is drawn from
//! a stream of chance of their own, so a sample of any size is written row by row and never held in memory, and the first
//! customers of a large sample are those of a small one.
//!
//! **What is planted.** Every customer has an intended behaviour and attitude, and the purchases and answers are drawn so
//! that the shared default parameters (own share of at least half over at least three occasions in the 365 days that end
//! with 2026-11-30; attitude index from 70) find exactly these. Of a thousand customers about 230 are true, 130 latent,
//! 170 spurious, 140 none; the rest is unmeasured because they never answered, broke the questionnaire off, or bought too
//! little (newcomers, lapsed and rare buyers, and some who are only on file). [`SampleSummary`] holds the exact counts.
//! Beside them a few lines are planted that a pipeline must count and leave out: without a customer, twice the same order
//! and line number, and later than 2026-11-30.

mod answers;
mod calendar;
mod catalogue;
mod customer;
mod dice;
mod files;
mod profile;
mod purchases;
mod rows;

use std::path::{Path, PathBuf};

use crate::error::Result;
use customer::Generated;
use files::Files;
use profile::{Attitude, Behaviour};

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
    /// The files, in the order transactions, survey answers, customers, products.
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

/// What the indicators must find, under the shared default parameters, brand `northwind`, as_of_date 2026-11-30 and the
/// standard questionnaire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Planted {
    /// All customers.
    pub customers_count: u64,
    /// Behaviour high, attitude high.
    pub true_count: u64,
    /// Behaviour low, attitude high.
    pub latent_count: u64,
    /// Behaviour high, attitude low.
    pub spurious_count: u64,
    /// Behaviour low, attitude low.
    pub none_count: u64,
    /// Behaviour or attitude unknown.
    pub unmeasured_count: u64,
    /// Behaviour unknown: fewer than three occasions.
    pub behaviour_insufficient_count: u64,
    /// Attitude unknown: no response.
    pub never_answered_count: u64,
    /// Attitude unknown: less than half of the weight answered in the latest response.
    pub half_answered_count: u64,
    /// Responses of all waves, anonymous ones too.
    pub responses_count: u64,
    /// Responses without a customer.
    pub anonymous_responses_count: u64,
    /// Responses without a score on at least one weighted item.
    pub incomplete_responses_count: u64,
    /// Transaction lines without a customer.
    pub lines_without_customer_count: u64,
    /// Transaction lines that repeat an order and line number, without the first of each.
    pub duplicate_lines_count: u64,
    /// Transaction lines later than 2026-11-30.
    pub lines_after_as_of_date_count: u64,
}

/// Writes `transactions.csv`, `survey_answers.csv`, `customers.csv` and `products.csv` into `folder`, which is created
/// when it is not there. Files of these names are replaced.
///
/// # Errors
///
/// [`crate::error::Error::Execution`] when the folder or a file cannot be written.
pub fn generate(folder: &Path, settings: &SampleSettings) -> Result<SampleSummary> {
    let mut files = Files::create(folder)?;
    let mut planted = Planted::default();
    for product in catalogue::products() {
        files.products.write(&product)?;
    }
    for number in (1..).take(settings.customers) {
        let generated = Generated::new(settings.seed, number);
        files.customers.write(&generated.customer)?;
        for line in &generated.lines {
            files.transactions.write(line)?;
        }
        for answer in generated.responses.iter().flat_map(|response| &response.answers) {
            files.survey_answers.write(answer)?;
        }
        planted.count(&generated);
    }
    Ok(SampleSummary { files: files.finish()?, planted })
}

impl Planted {
    fn count(&mut self, generated: &Generated) {
        let (behaviour, attitude) = generated.profile.intention();
        self.customers_count += 1;
        let segment = match (behaviour, attitude) {
            (Behaviour::High, Attitude::High) => &mut self.true_count,
            (Behaviour::Low, Attitude::High) => &mut self.latent_count,
            (Behaviour::High, Attitude::Low) => &mut self.spurious_count,
            (Behaviour::Low, Attitude::Low) => &mut self.none_count,
            _ => &mut self.unmeasured_count,
        };
        *segment += 1;
        self.behaviour_insufficient_count += u64::from(behaviour == Behaviour::Insufficient);
        self.never_answered_count += u64::from(attitude == Attitude::NeverAnswered);
        self.half_answered_count += u64::from(attitude == Attitude::HalfAnswered);
        for response in &generated.responses {
            self.responses_count += 1;
            self.anonymous_responses_count +=
                u64::from(response.answers.iter().all(|answer| answer.customer_id.is_none()));
            self.incomplete_responses_count += u64::from(response.is_incomplete);
        }
        self.lines_without_customer_count += generated.dirt.without_customer;
        self.duplicate_lines_count += generated.dirt.duplicates;
        self.lines_after_as_of_date_count += generated.dirt.after_as_of_date;
    }
}

#[cfg(test)]
mod tests;
