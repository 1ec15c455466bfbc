//! Which later nights compared themselves with a day that has changed since.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::COMPARE_TO;
use crate::error::Result;
use crate::publish::{ComparedRun, LogEntry, PublishLocation};

/// A night whose comparison is out of date.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema, Serialize)]
pub struct OutdatedNight {
    /// Its day.
    #[schemars(with = "String", extend("format" = "date"))]
    pub as_of_date: NaiveDate,
    /// Number of its log entry.
    pub number: u64,
    /// The day that it was compared with.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub compared_to: Option<NaiveDate>,
}

/// The nights that should be run again, because each would be compared with another run now than it was, oldest first;
/// only those after `first_changed`.
///
/// # Errors
/// The log or a manifest cannot be read.
pub async fn outdated_after(location: &PublishLocation, first_changed: NaiveDate) -> Result<Vec<OutdatedNight>> {
    let log = location.log().await?;
    // Nothing is later than what `latest/` shows.
    if log.highest().is_none_or(|highest| highest.latest.as_of_date <= first_changed) {
        return Ok(Vec::new());
    }
    let nights = log.nights().await?;
    let mut outdated = Vec::new();
    for (position, night) in nights.iter().enumerate().filter(|(_, night)| night.as_of_date > first_changed) {
        let was = compared(location, night).await?;
        let now = match &was {
            Compared::Chosen(was) => nights.iter().find(|other| other.as_of_date == was.as_of_date),
            Compared::Nearest(_) => position.checked_sub(1).and_then(|before| nights.get(before)),
        };
        let was = match was {
            Compared::Chosen(was) => Some(was),
            Compared::Nearest(was) => was,
        };
        if was.as_ref().map(|was| &was.run_id) != now.map(|now| &now.run_id) {
            outdated.push(OutdatedNight {
                as_of_date: night.as_of_date,
                number: night.version,
                compared_to: was.map(|was| was.as_of_date),
            });
        }
    }
    Ok(outdated)
}

/// What a night was compared with.
enum Compared {
    /// The day that `compare_to` named.
    Chosen(ComparedRun),
    /// The nearest earlier day, if there was one.
    Nearest(Option<ComparedRun>),
}

async fn compared(location: &PublishLocation, night: &LogEntry) -> Result<Compared> {
    let Some(manifest) = location.manifest_of(night).await? else {
        return Ok(Compared::Nearest(night.compared_to.clone()));
    };
    let is_chosen = manifest.parameters.contains_key(COMPARE_TO);
    Ok(match manifest.compared_to {
        Some(compared) if is_chosen => Compared::Chosen(compared),
        compared => Compared::Nearest(compared),
    })
}
