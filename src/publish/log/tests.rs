//! A few reads of the log answer what reading all of it would.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{Days, Months, NaiveDate};
use futures::stream::BoxStream;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, Result as StoreResult,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::publish::run_id::RunId;
use crate::publish::testing::{day, manifest};
use crate::storage::address::Scheme;
use crate::storage::folder::Folder;

/// A log that is written entry by entry, and what a reader of all its entries knows.
struct History {
    folder: Folder,
    store: Arc<CountingStore>,
    entries: BTreeMap<u64, LogEntry>,
    deleted: Vec<LogEntry>,
}

impl History {
    fn new() -> Self {
        let store = Arc::new(CountingStore::default());
        let folder = Folder {
            scheme: Scheme::Memory,
            store: store.clone(),
            root: Path::from("lake/loyalty"),
            written: "out/loyalty".into(),
        };
        Self { folder, store, entries: BTreeMap::new(), deleted: Vec::new() }
    }

    /// A history of the runs of these days; those of the first `plain_count` are of an older version of the program.
    async fn of(days: impl IntoIterator<Item = NaiveDate>, plain_count: usize) -> Self {
        let mut history = Self::new();
        for (position, day) in days.into_iter().enumerate() {
            let log = Log::after(&history.folder, history.entries.values().next_back().cloned());
            let by_date = if position < plain_count { None } else { log.by_date_with(day).await.unwrap() };
            history.add(&log, day, by_date).await;
        }
        history
    }

    /// Commits a run as the program does, or as its older versions did.
    async fn commit(&mut self, day: NaiveDate, is_plain: bool) {
        let log = Log::open(&self.folder).await.unwrap();
        let by_date = if is_plain { None } else { log.by_date_with(day).await.unwrap() };
        self.add(&log, day, by_date).await;
    }

    async fn add(&mut self, log: &Log, day: NaiveDate, by_date: Option<ByDate>) {
        let time = "2026-12-01T02:30:00Z".parse().unwrap();
        let manifest = manifest(&RunId::new(time), &day.to_string(), Vec::new(), Vec::new());
        let entry =
            LogEntry::following(log.next_version(), log.highest(), &manifest, "manifest.json".into(), time, by_date);
        self.folder.replace(&entry_path(entry.version), entry.to_bytes().unwrap()).await.unwrap();
        // A number that was given to another entry does not come back.
        self.deleted.retain(|deleted| deleted.version < entry.version);
        self.entries.insert(entry.version, entry);
    }

    async fn delete(&mut self, version: u64) {
        self.folder.delete(&entry_path(version)).await.unwrap();
        self.deleted.extend(self.entries.remove(&version));
    }

    async fn restore(&mut self, position: usize) {
        let entry = self.deleted.swap_remove(position);
        self.folder.replace(&entry_path(entry.version), entry.to_bytes().unwrap()).await.unwrap();
        self.entries.insert(entry.version, entry);
    }

    /// The entry that reading all of them gives.
    fn expected(&self, before: NaiveDate) -> Option<u64> {
        let earlier = self.entries.values().filter(|entry| entry.as_of_date < before);
        earlier.max_by_key(|entry| (entry.as_of_date, entry.version)).map(|entry| entry.version)
    }

    async fn found(&self, before: NaiveDate) -> Option<u64> {
        let log = Log::open(&self.folder).await.unwrap();
        log.latest_before(before).await.unwrap().map(|entry| entry.version)
    }

    /// Objects read to find the run before a day.
    async fn reads(&self, before: NaiveDate) -> usize {
        self.store.reads.store(0, Ordering::SeqCst);
        self.store.lists.store(0, Ordering::SeqCst);
        assert_eq!(self.found(before).await, self.expected(before), "{before}");
        assert_eq!(self.store.lists.load(Ordering::SeqCst), 1);
        self.store.reads.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn what_is_found_is_what_reading_all_entries_gives() {
    let first = day("2025-01-01");
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut history = History::new();
        // Nights, weeks or months.
        let step = [1, 7, 30][random.random_range(0..3)];
        let plain_count = random.random_range(0..40);
        let mut today = first + Days::new(random.random_range(0..400));
        for commit in 0..80 {
            let is_plain = commit < plain_count || random.random_ratio(1, 30);
            let day = match random.random_range(0..10) {
                0 => first + Days::new(random.random_range(0..800)),
                1 => today,
                _ => {
                    today = today + Days::new(step);
                    today
                }
            };
            history.commit(day, is_plain).await;
            if random.random_ratio(1, 8) {
                let position = random.random_range(0..history.entries.len());
                let version = *history.entries.keys().nth(position).unwrap();
                history.delete(version).await;
            }
            if !history.deleted.is_empty() && random.random_ratio(1, 10) {
                history.restore(random.random_range(0..history.deleted.len())).await;
            }
            for before in [today, today + Days::new(1), first + Days::new(random.random_range(0..1500))] {
                let (found, expected) = (history.found(before).await, history.expected(before));
                assert_eq!(found, expected, "seed {seed}, commit {commit}, before {before}");
            }
        }
    }
}

#[tokio::test]
async fn a_long_log_takes_a_few_reads_whatever_the_days_between_its_runs() {
    for (step, count) in [(1, 10_000), (7, 1_500), (31, 1_000)] {
        let days: Vec<NaiveDate> = (0..count).map(|number| day("1990-01-01") + Days::new(number * step)).collect();
        let last = *days.last().unwrap();
        let history = History::of(days.iter().copied(), 0).await;
        // Tonight's run, however long ago the last one was.
        assert_eq!(history.reads(last + Days::new(step)).await, 1);
        assert_eq!(history.reads(last + Months::new(9)).await, 1);
        // The same night again, and nights of long ago.
        assert!(history.reads(last).await <= 3);
        for position in [1, 31, 365, 990] {
            assert!(history.reads(days[position]).await <= 4, "{step}, {position}");
        }
        assert_eq!(history.reads(days[0]).await, 2);

        let highest = history.entries.values().next_back().unwrap();
        let lines = highest.to_bytes().unwrap().iter().filter(|byte| **byte == b'\n').count();
        // One line for each month, and one for each day of the last.
        let months = usize::try_from(count * step / 28).unwrap() + 1;
        assert!(lines < 20 + 31 + months, "{lines} lines");
    }
}

#[tokio::test]
async fn a_commit_reads_the_highest_entry_and_one_more_in_a_backfill() {
    let days = (0..1_000).map(|number| day("2020-01-01") + Days::new(number));
    let mut history = History::of(days, 0).await;
    for (day, reads) in [("2022-09-27", 1), ("2022-09-27", 1), ("2021-03-04", 2), ("2023-01-01", 1)] {
        history.store.reads.store(0, Ordering::SeqCst);
        history.commit(day.parse().unwrap(), false).await;
        assert_eq!(history.store.reads.load(Ordering::SeqCst), reads, "{day}");
    }
}

#[tokio::test]
async fn entries_of_older_versions_are_searched_without_a_limit_and_read_once_by_the_next_commit() {
    let many = std::iter::repeat_n(day("2026-11-30"), 1_000);
    let mut history = History::of([day("2020-01-01")].into_iter().chain(many), 1_001).await;
    assert_eq!(history.found(day("2026-11-30")).await, Some(1));
    assert_eq!(history.reads(day("2026-12-01")).await, 1);
    history.store.reads.store(0, Ordering::SeqCst);
    history.commit(day("2026-12-01"), false).await;
    assert_eq!(history.store.reads.load(Ordering::SeqCst), 1_001);
    assert_eq!(history.reads(day("2026-12-01")).await, 2);
    assert_eq!(history.reads(day("2026-11-30")).await, 2);
}

#[tokio::test]
async fn a_broken_entry_of_long_ago_does_not_stop_tonight() {
    let days = (0..10).map(|number| day("2026-11-01") + Days::new(number));
    let mut history = History::of(days, 10).await;
    history.folder.replace(&entry_path(2), Bytes::from_static(b"{")).await.unwrap();
    let log = Log::open(&history.folder).await.unwrap();
    let by_date = log.by_date_with(day("2026-11-11")).await.unwrap().unwrap();
    assert_eq!(by_date.gaps, [(2, 2)]);
    history.commit(day("2026-11-11"), false).await;
    assert_eq!(history.found(day("2026-11-12")).await, Some(11));
    let log = Log::open(&history.folder).await.unwrap();
    assert_eq!(log.latest_before(day("2026-11-03")).await.unwrap().unwrap().version, 1);
    // Once it is restored, it counts again.
    let restored = history.entries[&2].clone();
    history.folder.replace(&entry_path(2), restored.to_bytes().unwrap()).await.unwrap();
    assert_eq!(history.found(day("2026-11-03")).await, Some(2));
}

#[tokio::test]
async fn a_broken_entry_of_the_night_to_compare_with_is_named() {
    let days = (0..10).map(|number| day("2026-11-01") + Days::new(number));
    let history = History::of(days, 0).await;
    history.folder.replace(&entry_path(5), Bytes::from_static(b"{")).await.unwrap();
    let log = Log::open(&history.folder).await.unwrap();
    let error = log.latest_before(day("2026-11-06")).await.unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(error.to_string().contains("log entry `out/loyalty/_staunch/log/000000000005.json`"), "{error}");
}

#[test]
fn an_entry_of_an_older_version_says_nothing_of_others() {
    let text = r#"{"version":1,"run_id":"0","pipeline":"loyalty","as_of_date":"2026-11-30",
        "committed_at":"2026-12-01T02:30:00Z","manifest":"m","tables":[],"reports":[],
        "latest":{"version":1,"as_of_date":"2026-11-30"},"retired":[]}"#;
    assert_eq!(serde_json::from_str::<LogEntry>(text).unwrap().by_date, None);
}

/// A store in memory that counts what is asked of it.
#[derive(Debug, Default)]
struct CountingStore {
    inner: InMemory,
    reads: AtomicUsize,
    lists: AtomicUsize,
}

impl fmt::Display for CountingStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for CountingStore {
    async fn put_opts(&self, path: &Path, payload: PutPayload, options: PutOptions) -> StoreResult<PutResult> {
        self.inner.put_opts(path, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        path: &Path,
        options: PutMultipartOptions,
    ) -> StoreResult<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(path, options).await
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> StoreResult<GetResult> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.inner.get_opts(path, options).await
    }

    fn delete_stream(&self, paths: BoxStream<'static, StoreResult<Path>>) -> BoxStream<'static, StoreResult<Path>> {
        self.inner.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, StoreResult<ObjectMeta>> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> StoreResult<ListResult> {
        self.lists.fetch_add(1, Ordering::SeqCst);
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> StoreResult<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
