//! Conditional writes (put if absent) whose outcome is known even if the store's response is lost.

use bytes::Bytes;
use object_store::Error as StoreError;

use super::address::Scheme;
use super::folder::Folder;
use super::request_error::{Purpose, is_refusal};
use super::retry::{ATTEMPTS, pause};
use crate::error::Error;

/// The outcome of a conditional write.
#[derive(Debug)]
pub enum Created {
    /// The object holds our bytes.
    Ours,
    /// Another writer created the object first.
    Theirs,
}

/// The object was not created, or it is unknown whether it was.
#[derive(Debug)]
pub struct CreateError {
    /// What to tell the user.
    pub error: Error,
    /// Whether it is certain that our bytes were not written and will not appear later.
    pub surely_absent: bool,
}

impl From<CreateError> for Error {
    fn from(failure: CreateError) -> Self {
        failure.error
    }
}

impl Folder {
    /// Creates an object unless it already exists. `bytes` must be unique to this writer.
    ///
    /// The store's response can be misleading: it may report an error or "already exists" although our bytes were
    /// written (the response was lost and the client retried), or "already exists" although the object is absent. After
    /// any response but success, the key is therefore read back, and its contents decide.
    pub async fn create(&self, relative: &str, bytes: &Bytes) -> Result<Created, CreateError> {
        let path = self.path(relative).map_err(|error| CreateError { error, surely_absent: true })?;
        let mut attempt = 0;
        loop {
            let Err(answer) = self.put_if_absent(&path, bytes.clone()).await else {
                return Ok(Created::Ours);
            };
            // "Already exists" about an object that is gone by now says nothing about the next attempt.
            let is_taken = matches!(answer, StoreError::AlreadyExists { .. } | StoreError::Precondition { .. });
            let refused = is_refusal(&answer) && !is_taken;
            let (may_be_there, error) = match self.read(relative).await {
                // A disk whose folder could not be synchronised may lose the name in a power failure. The next attempt
                // finds the name taken, and synchronises the folder before it says so.
                Ok(Some((found, _))) if found == bytes && self.scheme == Scheme::Disk && !is_taken => {
                    (true, self.error(Purpose::Write, relative, answer))
                }
                Ok(Some((found, _))) if found == bytes => return Ok(Created::Ours),
                Ok(Some(_)) => return Ok(Created::Theirs),
                Ok(None) => (false, self.error(Purpose::Write, relative, answer)),
                Err(error) => (true, error),
            };
            attempt += 1;
            if refused || attempt == ATTEMPTS {
                let surely_absent = refused && !may_be_there;
                return Err(CreateError { error, surely_absent });
            }
            pause(attempt).await;
        }
    }
}
