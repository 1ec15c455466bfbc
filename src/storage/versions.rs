//! Reads the version of an object that was listed, so that several requests never mix two versions.

use std::ops::Range;

use bytes::Bytes;
use object_store::{Error as StoreError, GetOptions, GetRange, ObjectMeta, ObjectStore};

/// Options that request the version of an object that was listed, if the store distinguishes versions.
pub fn same_version(object: &ObjectMeta, range: Option<GetRange>) -> GetOptions {
    let strong_etag = object.e_tag.clone().filter(|etag| !etag.starts_with("W/"));
    GetOptions { if_match: strong_etag, range, ..GetOptions::default() }
}

/// Some bytes of the version of an object that was listed.
///
/// # Errors
///
/// The store fails, has another version, or sends fewer bytes than requested.
pub async fn read_range(store: &dyn ObjectStore, object: &ObjectMeta, range: Range<u64>) -> Result<Bytes, StoreError> {
    let expected = range.end - range.start;
    let options = same_version(object, Some(GetRange::Bounded(range)));
    let bytes = store.get_opts(&object.location, options).await?.bytes().await?;
    match bytes.len() as u64 == expected {
        true => Ok(bytes),
        false => Err(incomplete(bytes.len() as u64, expected)),
    }
}

/// The store's response ended before the requested bytes did, without an error.
pub fn incomplete(found_bytes: u64, expected_bytes: u64) -> StoreError {
    let source = format!("the store sent {found_bytes} of {expected_bytes} bytes").into();
    StoreError::Generic { store: "reading", source }
}
