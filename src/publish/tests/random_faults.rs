//! Nights on a store that fails at random. The seed is the number of the run, so that each can be repeated.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::path::Path as StorePath;
use object_store::{
    CopyOptions, Error as StoreError, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use super::crashes::{assert_whole, night, on};
use crate::publish::PublishLocation;
use crate::publish::testing::Place;
use crate::storage::disk_writes::SystemDisk;
use crate::storage::folder::Folder;
use crate::storage::testing::{Fault, FaultyStore};

/// Runs in the suite, and in the long form (`STAUNCH_LONG=1`).
const RUNS: u64 = 40;
const LONG_RUNS: u64 = 500;
/// Most requests of a thousand that meet a fault; each run has its own share.
const MOST_PER_MILLE: u32 = 150;

const CONDITIONAL: [Fault; 4] =
    [Fault::AnswerLost, Fault::AnswerLostAndRepeated, Fault::FalselyExists, Fault::Unavailable];
const WRITING: [Fault; 2] = [Fault::AnswerLost, Fault::Unavailable];
const READING: [Fault; 2] = [Fault::ReadUnavailable, Fault::ReadBreaksOff];

/// A store of which some requests meet a fault.
#[derive(Debug)]
struct SometimesFaulty {
    inner: Arc<dyn ObjectStore>,
    per_mille: u32,
    dice: Mutex<ChaCha8Rng>,
}

impl SometimesFaulty {
    fn new(inner: Arc<dyn ObjectStore>, seed: u64) -> Self {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        Self { inner, per_mille: dice.random_range(1..=MOST_PER_MILLE), dice: Mutex::new(dice) }
    }

    /// One of the faults, for some requests.
    fn fault(&self, faults: &[Fault]) -> Option<Fault> {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let is_struck = dice.random_range(0..1000) < self.per_mille;
        is_struck.then(|| faults[dice.random_range(0..faults.len())])
    }

    /// The store for a request that may meet one of these faults.
    fn store(&self, faults: &[Fault]) -> Arc<dyn ObjectStore> {
        match self.fault(faults) {
            Some(fault) => Arc::new(FaultyStore::new(Arc::clone(&self.inner), fault, "", 1)),
            None => Arc::clone(&self.inner),
        }
    }
}

impl fmt::Display for SometimesFaulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SometimesFaulty({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for SometimesFaulty {
    async fn put_opts(
        &self,
        location: &StorePath,
        payload: PutPayload,
        options: PutOptions,
    ) -> Result<PutResult, StoreError> {
        let faults = if options.mode == PutMode::Create { &CONDITIONAL[..] } else { &WRITING[..] };
        self.store(faults).put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &StorePath,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>, StoreError> {
        self.store(&WRITING).put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &StorePath, options: GetOptions) -> Result<GetResult, StoreError> {
        self.store(&READING).get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: BoxStream<'static, Result<StorePath, StoreError>>,
    ) -> BoxStream<'static, Result<StorePath, StoreError>> {
        match self.fault(&WRITING) {
            None => self.inner.delete_stream(locations),
            // Nothing is deleted.
            Some(_) => stream::iter([Err(reset())]).boxed(),
        }
    }

    fn list(&self, prefix: Option<&StorePath>) -> BoxStream<'static, Result<ObjectMeta, StoreError>> {
        self.store(&[Fault::ListUnavailable]).list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&StorePath>) -> Result<ListResult, StoreError> {
        match self.fault(&[Fault::ListUnavailable]) {
            None => self.inner.list_with_delimiter(prefix).await,
            Some(_) => Err(reset()),
        }
    }

    async fn copy_opts(&self, from: &StorePath, to: &StorePath, options: CopyOptions) -> Result<(), StoreError> {
        self.inner.copy_opts(from, to, options).await
    }
}

fn reset() -> StoreError {
    StoreError::Generic { store: "faulty", source: "connection reset".into() }
}

/// The same location on a store that fails at random.
fn sometimes_faulty(place: &Place, seed: u64) -> Place {
    let store: Arc<dyn ObjectStore> = Arc::new(SometimesFaulty::new(Arc::clone(&place.store), seed));
    let folder = Folder { store: Arc::clone(&store), ..place.location.folder.clone() };
    let location = PublishLocation::new(folder).with_clock(place.clock.clone());
    Place { location, clock: place.clock.clone(), store, disk: None }
}

#[tokio::test]
async fn a_store_that_fails_at_random_loses_nothing() {
    let is_long = std::env::var_os("STAUNCH_LONG").is_some_and(|long| long == "1");
    let runs = if is_long { LONG_RUNS } else { RUNS };
    let (mut survived, mut not_ended) = (0, 0);
    for seed in 0..runs {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join("out");
        let next = on(Arc::new(SystemDisk), &root);
        night(&next, "2026-11-28").await.unwrap();
        let second = night(&sometimes_faulty(&next, seed), "2026-11-29").await;
        not_ended += u64::from(second.is_ok());
        next.clock.pass(301);
        let third = night(&next, "2026-11-30").await.unwrap();
        assert_whole(&next, &root, &third, second.is_ok(), &format!("seed {seed}")).await;
        survived += 1;
    }
    println!("survived {survived} of {runs}; {not_ended} of them did not end the night");
    assert_eq!(survived, runs);
    // Otherwise nothing was tested.
    assert!(not_ended > 0 && not_ended < runs, "{not_ended} of {runs}");
}
