//! Sources for tests.

use chrono_tz::Tz;

use crate::config::location::{Location, StoreOptions};
use crate::config::sources::{OnDuplicate, OnEmpty};
use crate::error::Place;
use crate::plan::source::SourcePlan;
use crate::plan::source_format::FileFormat;

/// A source of a location, undeclared and of Parquet.
pub fn source(location: impl AsRef<str>) -> SourcePlan {
    let url = location.as_ref().to_owned();
    SourcePlan {
        name: "t".into(),
        location: Location { written: url.clone(), url, options: StoreOptions::default() },
        format: FileFormat::Parquet,
        partitions: Vec::new(),
        columns: Vec::new(),
        metadata: Vec::new(),
        unpivot: None,
        unique: Vec::new(),
        on_duplicate: OnDuplicate::Reject,
        rejects: None,
        drops: Vec::new(),
        on_empty: OnEmpty::Allow,
        freshness: None,
        optional: false,
        was_read: false,
        wait: None,
        time_zone: Tz::UTC,
        place: Place::file("p.yml"),
        salt: None,
    }
}
