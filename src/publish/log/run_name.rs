//! How people name a run, in one place for all commands.

use std::fmt;
use std::pin::pin;
use std::str::FromStr;

use chrono::NaiveDate;
use futures::{StreamExt, TryStreamExt, stream};

use super::entry::LogEntry;
use super::read::Log;
use crate::error::{Error, Problem, Result};

/// Fewest letters of the beginning of a run's identifier.
const SHORTEST_BEGINNING: usize = 6;
/// Most digits of a number; longer ones are the beginning of an identifier.
const LONGEST_NUMBER: usize = 7;
/// Entries read at the same time.
const READS_AT_ONCE: usize = 8;
const EXAMPLES: &str = "name a run by its day (2026-11-30), its number (42), its identifier, `latest` or `latest~1`";

/// The name of a published run on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunName {
    /// The run that `latest/` shows, or the run of so many published days before it.
    Latest(usize),
    /// The newest run of a day.
    Day(NaiveDate),
    /// The number of its log entry.
    Number(u64),
    /// Its identifier, or the beginning of it.
    Identifier(String),
}

impl FromStr for RunName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(back) = text.strip_prefix("latest") {
            return match back.strip_prefix('~') {
                None if back.is_empty() => Ok(Self::Latest(0)),
                Some(number) => number.parse().map(Self::Latest).map_err(|_| EXAMPLES.to_owned()),
                None => Err(EXAMPLES.to_owned()),
            };
        }
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        let is_short = text.len() <= LONGEST_NUMBER;
        if let Some(number) = text.parse().ok().filter(|_| is_short && !text.starts_with('+')) {
            return Ok(Self::Number(number));
        }
        let is_part = |letter: char| letter.is_ascii_hexdigit() || letter == '-';
        if text.len() >= SHORTEST_BEGINNING && text.chars().all(is_part) {
            return Ok(Self::Identifier(text.to_ascii_lowercase()));
        }
        Err(EXAMPLES.to_owned())
    }
}

impl fmt::Display for RunName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latest(0) => f.write_str("latest"),
            Self::Latest(back) => write!(f, "latest~{back}"),
            Self::Day(day) => write!(f, "{day}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Identifier(text) => f.write_str(text),
        }
    }
}

impl Log {
    /// The entry of the run of this name.
    ///
    /// # Errors
    /// `Error::Invalid` when there is no such run, or when several begin like this; otherwise its entry cannot be read.
    pub async fn named(&self, name: &RunName) -> Result<LogEntry> {
        let Some(highest) = self.highest() else {
            return Err(Error::invalid(
                Problem::new(format!("nothing is published at `{}` yet", self.written()))
                    .hint("`staunch run` publishes the first night"),
            ));
        };
        let found = match name {
            RunName::Latest(0) => self.shown().await?,
            RunName::Latest(back) => {
                let mut nights = self.nights_before(highest.latest.as_of_date, *back).await?.entries;
                if nights.len() < *back { None } else { Some(nights.swap_remove(0)) }
            }
            RunName::Day(day) => self.night(*day).await?,
            RunName::Number(number) => self.find(*number).await?,
            RunName::Identifier(beginning) => self.beginning_with(beginning).await?,
        };
        found.ok_or_else(|| {
            Error::invalid(
                Problem::new(format!("there is no run `{name}` at `{}`", self.written()))
                    .hint(format!("`staunch history` lists the runs; {EXAMPLES}")),
            )
        })
    }

    /// The newest entry of the run whose identifier begins like this.
    async fn beginning_with(&self, beginning: &str) -> Result<Option<LogEntry>> {
        let mut found: Option<LogEntry> = None;
        let mut entries = pin!(stream::iter(&self.versions).map(|version| self.read(*version)).buffered(READS_AT_ONCE));
        while let Some(entry) = entries.try_next().await? {
            if !entry.run_id.as_str().starts_with(beginning) {
                continue;
            }
            match &found {
                Some(other) if other.run_id != entry.run_id => {
                    return Err(Error::invalid(
                        Problem::new(format!(
                            "both run `{}` and run `{}` begin with `{beginning}`",
                            other.run_id, entry.run_id
                        ))
                        .hint("give more letters of the identifier, or the number of the run"),
                    ));
                }
                Some(_) => {}
                None => found = Some(entry),
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_named_by_day_number_identifier_and_from_the_latest_back() {
        let name = |text: &str| text.parse::<RunName>();
        assert_eq!(name("latest"), Ok(RunName::Latest(0)));
        assert_eq!(name("latest~12"), Ok(RunName::Latest(12)));
        assert_eq!(name("2026-11-30"), Ok(RunName::Day("2026-11-30".parse().unwrap())));
        assert_eq!(name("42"), Ok(RunName::Number(42)));
        assert_eq!(name("019AE5C0"), Ok(RunName::Identifier("019ae5c0".into())));
        assert_eq!(name("019ae5c0-7d2e"), Ok(RunName::Identifier("019ae5c0-7d2e".into())));
        assert_eq!(name("01938472"), Ok(RunName::Identifier("01938472".into())));
        for wrong in ["", "latest~", "latest~x", "latest1", "yesterday", "+42", "-1", "abc", "2026-11-31x"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
        for text in ["latest", "latest~3", "2026-11-30", "7", "019ae5c0"] {
            assert_eq!(name(text).unwrap().to_string(), text);
        }
    }
}
