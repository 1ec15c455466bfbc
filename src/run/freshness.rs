//! How old the data of sources is, and whether that stops the run.

use std::time::Duration;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType as ArrowType, TimeUnit, TimestampMicrosecondType};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use datafusion::common::Column;
use datafusion::functions_aggregate::expr_fn::max;
use datafusion::logical_expr::Expr;

use crate::config::sources::OnEmpty;
use crate::engine::{Engine, sql_errors};
use crate::error::{Error, Problem, Result};
use crate::plan::source::{FreshnessPlan, SourcePlan};
pub use crate::publish::FreshnessState as State;
use crate::publish::{InputFile, SourceFreshness};

/// How old the data of one source is.
#[derive(Clone, Debug, PartialEq)]
pub struct Freshness {
    /// Name of the source.
    pub source: String,
    /// Time of its latest row or file, local to the pipeline; `None` when it has none.
    pub latest: Option<NaiveDateTime>,
    /// Time since then.
    pub age: Option<TimeDelta>,
    /// What that means.
    pub state: State,
    /// The limit that was passed, if any.
    pub limit: Option<Duration>,
}

impl Freshness {
    /// Judges the time of the latest data.
    pub fn judge(source: &SourcePlan, plan: &FreshnessPlan, latest: Option<NaiveDateTime>, now: DateTime<Utc>) -> Self {
        let local_now = now.with_timezone(&source.time_zone).naive_local();
        let age = latest.map(|latest| (local_now - latest).max(TimeDelta::zero()));
        // Without rows there is nothing that could be fresh.
        let is_beyond = |limit: &Duration| age.is_none_or(|age| age.to_std().is_ok_and(|age| age > *limit));
        let stop = plan.stop_after.filter(is_beyond);
        let warn = plan.warn_after.filter(is_beyond);
        let state = match (stop, warn) {
            (Some(_), _) => State::Stale,
            (None, Some(_)) => State::Late,
            (None, None) => State::Fresh,
        };
        Self { source: source.name.clone(), latest, age, state, limit: stop.or(warn) }
    }

    /// The judgement as the manifest records it.
    pub fn recorded(&self) -> SourceFreshness {
        SourceFreshness {
            latest: self.latest,
            age_seconds: self.age.map(|age| age.num_seconds()),
            state: self.state,
            limit_seconds: self.limit.map(|limit| limit.as_secs()),
        }
    }

    /// The judgement in words.
    pub fn described(&self) -> String {
        let (source, limit) = (&self.source, self.limit.map(|limit| duration(limit.as_secs())).unwrap_or_default());
        match (self.latest, self.age) {
            (Some(latest), Some(age)) => {
                let age = duration(age.num_seconds().unsigned_abs());
                let limit = if limit.is_empty() { String::new() } else { format!(", more than {limit}") };
                format!("source `{source}`: its latest data is of {latest}, {age} old{limit}")
            }
            _ => format!("source `{source}`: it has no data whose age could be told"),
        }
    }
}

/// A duration in the largest units that fit.
fn duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    match () {
        () if hours >= 48 => format!("{days} d {} h", hours % 24),
        () if hours >= 1 => format!("{hours} h {} min", minutes % 60),
        () => format!("{minutes} min"),
    }
}

/// The time of the latest row, or without a column that of the latest file.
///
/// # Errors
///
/// The source cannot be read.
pub async fn latest(
    source: &SourcePlan,
    plan: &FreshnessPlan,
    files: &[InputFile],
    engine: &Engine,
) -> Result<Option<NaiveDateTime>> {
    let Some(column) = &plan.column else {
        let latest = files.iter().filter_map(|file| file.last_modified).max();
        return Ok(latest.map(|latest| latest.with_timezone(&source.time_zone).naive_local()));
    };
    let failed = |error| sql_errors::running_error(&format!("looking for the latest row of `{}`", source.name), error);
    let latest = max(Expr::Column(Column::from_name(column)));
    let rows = engine.table(&source.name).await.map_err(failed)?;
    let batches = rows.aggregate(Vec::new(), vec![latest]).map_err(failed)?.collect().await.map_err(failed)?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let is_day = *batch.column(0).data_type() == ArrowType::Date32;
    let times =
        cast(batch.column(0), &ArrowType::Timestamp(TimeUnit::Microsecond, None)).map_err(|e| failed(e.into()))?;
    let times = times.as_primitive::<TimestampMicrosecondType>();
    let latest = times.iter().next().flatten().and_then(DateTime::from_timestamp_micros).map(|time| time.naive_utc());
    // A day is over when the next one begins.
    Ok(latest.map(|latest| if is_day { latest + TimeDelta::days(1) } else { latest }))
}

/// Judges a source that was read: whether it is empty, and how old its data is. Adds what the summary warns of to
/// `warnings`. `None` when the source declares no `freshness`.
///
/// # Errors
///
/// The source is empty or too old, and that stops the run.
pub async fn check(
    source: &SourcePlan,
    files: &[InputFile],
    rows: u64,
    engine: &Engine,
    now: DateTime<Utc>,
    warnings: &mut Vec<String>,
) -> Result<Option<Freshness>> {
    if rows == 0 {
        let message = format!("source `{}` has no rows", source.name);
        match source.on_empty {
            OnEmpty::Allow => {}
            OnEmpty::Warn => warnings.push(message),
            OnEmpty::Stop => {
                return Err(Error::data(
                    Problem::new(message)
                        .at(source.place.clone())
                        .hint("check whether the export ran; `on_empty: warn` goes on without rows"),
                ));
            }
        }
    }
    let Some(plan) = &source.freshness else { return Ok(None) };
    let freshness = Freshness::judge(source, plan, latest(source, plan, files, engine).await?, now);
    match freshness.state {
        State::Fresh => {}
        State::Late => warnings.push(freshness.described()),
        State::Stale => {
            return Err(Error::data(
                Problem::new(freshness.described())
                    .at(source.place.clone())
                    .hint("check whether the export ran, or raise `stop_after`"),
            ));
        }
    }
    Ok(Some(freshness))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::testing::source;

    fn judged(latest: Option<&str>) -> Freshness {
        let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
        let plan = FreshnessPlan { column: None, warn_after: hours(26), stop_after: hours(50) };
        let mut source = source("/data/");
        source.time_zone = chrono_tz::Tz::Europe__Berlin;
        let now = "2026-11-30T05:00:00Z".parse().unwrap();
        Freshness::judge(&source, &plan, latest.map(|latest| latest.parse().unwrap()), now)
    }

    #[test]
    fn ages_are_judged_in_the_pipelines_time_zone() {
        // 06:00 in Berlin.
        let state = |latest| judged(Some(latest)).state;
        assert_eq!(state("2026-11-29T04:00:00"), State::Fresh);
        assert_eq!(state("2026-11-29T03:59:59"), State::Late);
        assert_eq!(state("2026-11-28T03:59:59"), State::Stale);
        assert_eq!(state("2026-12-01T00:00:00"), State::Fresh);
        let said = judged(Some("2026-11-28T03:00:00")).described();
        assert!(said.contains("of 2026-11-28 03:00:00, 2 d 3 h old, more than 2 d 2 h"), "{said}");
    }

    #[test]
    fn no_rows_are_not_fresh() {
        assert_eq!(judged(None).state, State::Stale);
    }
}
