//! What the tests of publishing share: the same location on several stores, a clock that is set by hand, a store that
//! injects faults, and small tables.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::TryStreamExt;
use indexmap::IndexMap;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use tempfile::TempDir;

use super::{
    Clock, ColumnDescription, Manifest, PublishLocation, PublishedReport, PublishedTable, RunId, TableDescription,
};
use crate::storage::address::Scheme;
use crate::storage::disk_store::DiskStore;
use crate::storage::folder::{Folder, staging_folder};
pub use crate::storage::testing::Fault;
use crate::storage::testing::FaultyStore;

/// A clock that is set by hand.
#[derive(Debug)]
pub struct HandClock(Mutex<DateTime<Utc>>);

impl HandClock {
    /// Half past two in the morning.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new("2026-12-01T02:30:00Z".parse().unwrap())))
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        *self.0.lock().unwrap() += TimeDelta::seconds(seconds);
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

/// A publish location in a test, its clock, and the folder that goes when the test ends.
pub struct Place {
    pub location: PublishLocation,
    pub clock: Arc<HandClock>,
    pub store: Arc<dyn ObjectStore>,
    pub disk: Option<TempDir>,
}

/// One empty location on every kind of store.
pub fn places() -> Vec<Place> {
    let disk = TempDir::new().unwrap();
    let folder = disk.path().join("out").join("loyalty");
    let root = Path::from_absolute_path(&folder).unwrap();
    let local = disk_store(&folder);
    vec![place(Arc::new(InMemory::new()), Path::from("lake/loyalty"), None), place(local, root, Some(disk))]
}

/// The local disk as a location at `folder` uses it.
pub fn disk_store(folder: &std::path::Path) -> Arc<dyn ObjectStore> {
    Arc::new(DiskStore::new(staging_folder(&Path::from_absolute_path(folder).unwrap())))
}

/// The same location seen through another store.
pub fn place(store: Arc<dyn ObjectStore>, root: Path, disk: Option<TempDir>) -> Place {
    let clock = HandClock::new();
    let scheme = if store.to_string().starts_with("LocalFileSystem") { Scheme::Disk } else { Scheme::Memory };
    let folder = Folder { scheme, store: store.clone(), root, written: "out/loyalty".into() };
    Place { location: PublishLocation::new(folder).with_clock(clock.clone()), clock, store, disk }
}

impl Place {
    /// The same location through a store that injects a fault.
    pub fn through(&self, fault: Fault, path_part: &str, times: usize) -> PublishLocation {
        let store = Arc::new(FaultyStore::new(self.store.clone(), fault, path_part, times));
        let folder = Folder { store, ..self.location.folder.clone() };
        PublishLocation::new(folder).with_clock(self.clock.clone())
    }

    /// The same location through a store that lets others run before each of its answers.
    pub fn contended(&self) -> PublishLocation {
        self.through(Fault::Unavailable, "", 0)
    }

    /// Every object below the location, with its bytes.
    pub async fn objects(&self) -> Vec<(String, Bytes)> {
        let root = &self.location.folder.root;
        let found: Vec<ObjectMeta> = self.store.list(Some(root)).try_collect().await.unwrap();
        let mut objects = Vec::new();
        for object in found {
            let name = object.location.as_ref()[root.as_ref().len() + 1..].to_owned();
            objects.push((name, self.store.get(&object.location).await.unwrap().bytes().await.unwrap()));
        }
        objects.sort();
        objects
    }

    /// Names of the objects below a folder of the location.
    pub async fn names(&self, below: &str) -> Vec<String> {
        let objects = self.objects().await;
        objects.into_iter().map(|(name, _)| name).filter(|name| name.starts_with(below)).collect()
    }

    /// The bytes of one object.
    pub async fn bytes(&self, name: &str) -> Bytes {
        self.location.folder.read(name).await.unwrap().unwrap_or_else(|| panic!("{name} is there")).0
    }

    /// Publishes one table of these numbers under each of these names, and refreshes.
    pub async fn publish(&self, as_of_date: &str, tables: &[&str], numbers: &[i64]) -> super::LogEntry {
        let entry = self.commit(as_of_date, tables, numbers).await;
        super::refresh(&self.location, &entry).await.unwrap();
        entry
    }

    /// Publishes as [`Place::publish`] does, without the refresh.
    pub async fn commit(&self, as_of_date: &str, tables: &[&str], numbers: &[i64]) -> super::LogEntry {
        let run_id = RunId::new(self.clock.now());
        let lock = self.location.lock(&run_id, "a test".into(), LEASE).await.unwrap();
        let run = self.location.run_folder(&run_id);
        let mut published = Vec::new();
        for table in tables {
            published.push(run.write_table(&description(table), number_rows(numbers, 3)).await.unwrap());
        }
        let report = run.write_report("loyalty.en.md", Bytes::from(format!("# {as_of_date}\n"))).await.unwrap();
        let entry = run.commit(manifest(&run_id, as_of_date, published, vec![report]), &lock).await.unwrap();
        lock.release().await.unwrap();
        entry
    }
}

/// A lease that no test outlives, unless its clock is set forward.
pub const LEASE: std::time::Duration = std::time::Duration::from_secs(300);

/// A day.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A manifest with these tables and reports.
pub fn manifest(
    run_id: &RunId,
    as_of_date: &str,
    tables: Vec<PublishedTable>,
    reports: Vec<PublishedReport>,
) -> Manifest {
    let time = "2026-12-01T02:30:00Z".parse().unwrap();
    Manifest {
        staunch_version: "0.1.0".into(),
        pipeline: "loyalty".into(),
        run_id: run_id.clone(),
        as_of_date: day(as_of_date),
        published_by: Some("a test".into()),
        started_at: time,
        finished_at: time,
        parameters: IndexMap::new(),
        definitions: Vec::new(),
        overrides: Vec::new(),
        inputs: Vec::new(),
        queries: Vec::new(),
        tables,
        reports,
        models: Vec::new(),
        rejects: Vec::new(),
        notes: Vec::new(),
        freshness: BTreeMap::new(),
        checks: Vec::new(),
        compared_to: None,
        trend_runs: Vec::new(),
    }
}

/// So many numbers that do not compress: with [`rows`] of them, more than one row group and more than one part.
pub fn scattered(count: i64) -> Vec<i64> {
    (1..=count).map(|number| number.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64.cast_signed())).collect()
}

/// A described table.
pub fn description(name: &str) -> TableDescription {
    TableDescription {
        name: name.into(),
        description: "one row per customer".into(),
        columns: vec![ColumnDescription {
            name: "share".into(),
            unit: Some("share".into()),
            description: "own part of all purchases".into(),
            label_en: Some("Share".into()),
            label_zh: Some("份额".into()),
            is_required: false,
        }],
        ..TableDescription::default()
    }
}

/// The schema of [`rows`].
pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("number", DataType::Int64, false),
        Field::new("share", DataType::Float64, true),
        Field::new("customer_id", DataType::Utf8View, true),
    ]))
}

/// A batch of rows for these numbers; every seventh text and every fifth share is NULL.
pub fn batch(numbers: &[i64]) -> RecordBatch {
    let share = |number: i64| (number % 5 != 0).then(|| number as f64 / 3.0);
    let text = |number: i64| (number % 7 != 0).then(|| format!("customer number {number}"));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(numbers.iter().copied())),
        Arc::new(Float64Array::from_iter(numbers.iter().map(|number| share(*number)))),
        Arc::new(StringViewArray::from_iter(numbers.iter().map(|number| text(*number)))),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

/// Rows for these numbers in batches of this size.
pub fn number_rows(numbers: &[i64], batch_rows: usize) -> SendableRecordBatchStream {
    rows(numbers.chunks(batch_rows).map(|chunk| Ok(batch(chunk))).collect())
}

/// A stream of these batches.
pub fn rows(batches: Vec<Result<RecordBatch, DataFusionError>>) -> SendableRecordBatchStream {
    Box::pin(RecordBatchStreamAdapter::new(schema(), futures::stream::iter(batches)))
}
