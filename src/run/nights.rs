//! The earlier nights that the trends of reports show.

use futures::{StreamExt, stream};

use crate::error::Result;
use crate::plan::Plan;
use crate::publish::{ComparedRun, Log, LogEntry, NightsBefore, PublishLocation};
use crate::report::{self, NightFigures};

/// Most nights of a trend; of more, the latest.
const MOST_NIGHTS: usize = 400;
/// Files read at the same time.
const READS_AT_ONCE: usize = 8;

/// The published nights before a run's day, found when the run began.
pub struct Nights {
    location: PublishLocation,
    entries: Vec<LogEntry>,
    /// Names of log entries that are damaged.
    damaged: Vec<String>,
}

/// What the nights' tables of figures hold.
#[derive(Default)]
pub struct ReadNights {
    /// The nights that were read, oldest first.
    pub runs: Vec<ComparedRun>,
    /// Their figures.
    pub figures: Vec<NightFigures>,
    /// The nights whose file is lost or damaged, in words.
    pub unreadable: Vec<String>,
}

impl Nights {
    /// Looks up the nights before the plan's day; none when no report shows a trend.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn find(location: PublishLocation, log: &Log, plan: &Plan) -> Result<Self> {
        let NightsBefore { entries, damaged } = match plan.reports.is_empty() {
            true => NightsBefore::default(),
            false => log.nights_before(plan.as_of_date, MOST_NIGHTS).await?,
        };
        Ok(Self { location, entries, damaged })
    }

    /// Reads their figures. A night whose file is lost or damaged is left out, and told.
    ///
    /// # Errors
    /// The store failed.
    pub async fn read(&self) -> Result<ReadNights> {
        let tables = self.entries.iter().filter_map(|entry| Some((entry, entry.table(report::FIGURES_TABLE)?)));
        let mut files = stream::iter(tables)
            .map(|(entry, table)| async move { (entry, self.location.read_table(entry, table).await) })
            .buffered(READS_AT_ONCE);
        let mut nights = ReadNights::default();
        let left_out = |name: &String| format!("the trends leave out log entry `{name}`, which is damaged");
        nights.unreadable.extend(self.damaged.iter().map(left_out));
        while let Some((entry, rows)) = files.next().await {
            let figures = rows.and_then(|rows| NightFigures::read(entry.as_of_date, &rows));
            match figures {
                Ok(figures) => {
                    nights.runs.push(ComparedRun { run_id: entry.run_id.clone(), as_of_date: entry.as_of_date });
                    nights.figures.push(figures);
                }
                Err(error) if error.exit_code() == 3 => {
                    nights.unreadable.push(format!("the trends leave out {}: {error}", entry.as_of_date));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(nights)
    }
}
