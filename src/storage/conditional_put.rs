//! Put-if-absent whose outcome is known, even when the store's answer was lost.

use std::time::Duration;

use bytes::Bytes;

use super::folder::Folder;
use super::request_error::{Purpose, is_refusal};
use crate::error::Error;

const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = if cfg!(test) { Duration::ZERO } else { Duration::from_millis(200) };

/// What is at a key after a conditional write of it.
#[derive(Debug)]
pub enum Created {
    /// Our bytes: they were written.
    Ours,
    /// The bytes of somebody else, who was first.
    Theirs,
}

/// The object was not created, as far as is known.
#[derive(Debug)]
pub struct CreateError {
    /// What to tell the user.
    pub error: Error,
    /// Whether it is certain that our bytes are not and will not be there.
    pub surely_absent: bool,
}

impl From<CreateError> for Error {
    fn from(failure: CreateError) -> Self {
        failure.error
    }
}

impl Folder {
    /// Creates an object unless there is one. `bytes` must differ from what anybody else would write.
    ///
    /// An answer can be wrong: an error or "already exists" may come back although our bytes were written (the answer
    /// was lost and the client asked again), and "already exists" although nothing is there. So after anything but Ok
    /// the key is read back and what is there decides.
    pub async fn create(&self, relative: &str, bytes: &Bytes) -> Result<Created, CreateError> {
        let path = self.path(relative).map_err(|error| CreateError { error, surely_absent: true })?;
        let mut attempt = 0;
        loop {
            let Err(answer) = self.put_if_absent(&path, bytes.clone()).await else {
                return Ok(Created::Ours);
            };
            let refused = is_refusal(&answer);
            let (unread, error) = match self.read(relative).await {
                Ok(Some((found, _))) if found == bytes => return Ok(Created::Ours),
                Ok(Some(_)) => return Ok(Created::Theirs),
                Ok(None) => (false, self.error(Purpose::Write, relative, answer)),
                Err(error) => (true, error),
            };
            attempt += 1;
            if refused || attempt == ATTEMPTS {
                let surely_absent = refused && !unread;
                return Err(CreateError { error, surely_absent });
            }
            tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(attempt - 1)).await;
        }
    }
}
