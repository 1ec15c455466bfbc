//! Size and checksum of an object on a store, read in pieces.

use futures::StreamExt;
use object_store::ObjectStoreExt;
use sha2::{Digest, Sha256};

use super::folder::Folder;
use super::request_error::{Purpose, is_missing};
use super::upload::Fingerprint;
use crate::error::Result;

impl Folder {
    /// The size and checksum of an object; `None` if it does not exist. The object is read through in pieces.
    ///
    /// # Errors
    /// The store fails.
    pub async fn fingerprint(&self, relative: &str) -> Result<Option<Fingerprint>> {
        let failed = |error| self.error(Purpose::Read, relative, error);
        let mut pieces = match self.store.get(&self.path(relative)?).await {
            Ok(found) => found.into_stream(),
            Err(error) if is_missing(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut hasher = Sha256::new();
        let mut bytes = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(failed)?;
            hasher.update(&piece);
            bytes += piece.len() as u64;
        }
        Ok(Some(Fingerprint { bytes, sha256: format!("{:x}", hasher.finalize()) }))
    }
}
