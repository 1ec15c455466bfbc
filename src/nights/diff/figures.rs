//! Figures of all customers that differ.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Result;
use crate::nights::Nights;
use crate::nights::history::figures;
use crate::publish::LogEntry;
use crate::report::{Figure, times_margin};

/// A figure of all customers that differs.
#[derive(Clone, Debug, PartialEq, JsonSchema, Serialize)]
pub struct FigureChange {
    /// Its key.
    pub indicator: String,
    /// Its value in the earlier run.
    pub before: Option<f64>,
    /// Its value in the later run.
    pub after: Option<f64>,
    /// The difference.
    pub change: Option<f64>,
    /// The difference in units of the margin of both together; above 1 when chance does not explain it. Missing when one of
    /// them has no interval.
    pub times_margin: Option<f64>,
}

/// The figures that differ, by key; none when a run published no figures.
pub(super) async fn changes(nights: &Nights, before: &LogEntry, after: &LogEntry) -> Result<Vec<FigureChange>> {
    let (Some(before), Some(after)) = (figures(nights, before).await?, figures(nights, after).await?) else {
        return Ok(Vec::new());
    };
    let before: BTreeMap<&str, Figure> = before.totals().collect();
    let after: BTreeMap<&str, Figure> = after.totals().collect();
    let keys: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let changed = keys.into_iter().filter(|key| before.get(key) != after.get(key));
    Ok(changed.map(|key| change(key, before.get(key).copied(), after.get(key).copied())).collect())
}

fn change(key: &str, before: Option<Figure>, after: Option<Figure>) -> FigureChange {
    let both = before.zip(after);
    FigureChange {
        indicator: key.to_owned(),
        before: before.map(|figure| figure.value),
        after: after.map(|figure| figure.value),
        change: both.map(|(before, after)| after.value - before.value),
        times_margin: both.and_then(|(before, after)| times_margin(before, after)),
    }
}
