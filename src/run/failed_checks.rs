//! Checks that stop the run. They are collected, so that one night shows all of them and not one night each.

use std::sync::{Mutex, PoisonError};

use crate::checks::{self, CheckResult};
use crate::error::{Error, Result};

/// The checks that failed so far.
#[derive(Default)]
pub struct FailedChecks(Mutex<Vec<CheckResult>>);

impl FailedChecks {
    /// Notes those of `results` that stop the run; returns whether there are any.
    pub fn note(&self, results: &[CheckResult]) -> bool {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = failed.len();
        failed.extend(results.iter().filter(|check| check.stops_the_run()).cloned());
        failed.len() > before
    }

    /// What was computed, unless checks failed.
    ///
    /// # Errors
    /// `Error::Data` with every failed check, in the order of the tables, and with the error that ended the computation
    /// afterwards, if any; or that error alone.
    pub fn judge<T>(&self, computed: Result<T>) -> Result<T> {
        let mut failed = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        failed.sort_by(|a, b| a.table.cmp(&b.table));
        let Some(error) = checks::into_error(failed) else { return computed };
        Err(match (error, computed) {
            (Error::Data(mut problem), Err(later)) => {
                // A table that breaks its rules often makes later queries fail, too.
                problem.message.push_str(&format!("\n\nafter that: {later}"));
                Error::Data(problem)
            }
            (error, _) => error,
        })
    }
}
