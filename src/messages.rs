//! What people and logs are told on stderr: without secrets, and never a reason to fail.

use std::io::{self, Write};

use crate::storage::secrets::redacted;

/// Stderr as the only way for messages to leave the program. Pass a whole message to one `write_all`, because a secret is
/// recognised by the text around it.
///
/// A message that cannot be written is lost: the reader of a pipe may have gone, or the disk of a log may be full, and
/// neither is a reason to lose a night.
#[derive(Clone, Copy, Debug, Default)]
pub struct Messages;

impl Messages {
    /// Writes one message and a line break.
    pub fn say(self, message: &str) {
        let _ = io::stderr().write_all(format!("{}\n", redacted(message)).as_bytes());
    }
}

impl Write for Messages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = io::stderr().write_all(redacted(&String::from_utf8_lossy(bytes)).as_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
