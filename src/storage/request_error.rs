//! Failed requests to a store, in words that say what was asked for, where, why it failed and what to do. One mapping for
//! reading inputs and for publishing; what a failure means depends on what the request was for.
//!
//! | the store says | finding inputs | reading what was found | writing, listing, deleting | probing before a run |
//! |---|---|---|---|---|
//! | there is no such object | 2 | 1 | 1 | 2 |
//! | permission denied, wrong credentials | 1 | 1 | 1 | 2 |
//! | a file is in the way, the disk is read-only, it cannot do that | 2 | 1 | 1 | 2 |
//! | the client may not use plain `http://` | 2 | 2 | 2 | 2 |
//! | replaced since it was found | 1 | 1 | 1 | 1 |
//! | anything else: no credentials, no answer, no space | 1 | 1 | 1 | 1 |

use std::io;

use object_store::Error as StoreError;

use super::address::Scheme;
use super::credentials::{what_to_check, what_to_set};
use super::secrets::{cause, chain, redacted};
use crate::error::{Error, Problem};

/// Characters of a store's own words that a message repeats.
const LONGEST_REASON: usize = 300;

/// What a request was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Finding the objects that a location of the pipeline file names.
    Find,
    /// Reading an object that was found before.
    Read,
    /// Listing what is published.
    List,
    /// Writing what is published.
    Write,
    /// Deleting what a run left behind or what is out of date.
    Delete,
    /// Trying out the publish location before a run does any work.
    Probe,
}

/// What a failed request means. `place` names the object or the location, in backticks and without secrets.
pub fn request_error(purpose: Purpose, scheme: Scheme, place: &str, error: StoreError) -> Error {
    let failure = Failure::of(&error);
    let activity = match purpose {
        Purpose::Find | Purpose::Read => "read",
        Purpose::List => "list",
        Purpose::Write => "write",
        Purpose::Delete => "delete",
        Purpose::Probe => "write to publish location",
    };
    let problem = Problem::new(format!("cannot {activity} {place}: {}", failure.reason(purpose, scheme, &error)))
        .hint(failure.hint(purpose, scheme))
        .caused_by(cause(error));
    if failure.is_misconfiguration(purpose) { Error::invalid(problem) } else { Error::execution(problem) }
}

/// Whether the store answered with a clear no, so that nothing was done and trying again changes nothing.
pub fn is_refusal(error: &StoreError) -> bool {
    matches!(
        Failure::of(error),
        Failure::Missing
            | Failure::Denied
            | Failure::Unauthenticated
            | Failure::InTheWay
            | Failure::ReadOnly
            | Failure::Unsupported
            | Failure::PlainHttp
    )
}

/// Whether the store says that there is no such object.
pub fn is_missing(error: &StoreError) -> bool {
    Failure::of(error) == Failure::Missing
}

/// The innermost error's words, in one line and without secrets.
pub fn reason(error: &StoreError) -> String {
    let text = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let line = redacted(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(LONGEST_REASON).collect();
    short.trim_end_matches('.').to_owned()
}

/// The kinds of failure that mean something different or need different advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// No such object, bucket or folder.
    Missing,
    /// Whoever asks may not do this.
    Denied,
    /// The store does not know who asks.
    Unauthenticated,
    /// Another version of the object is there now.
    Replaced,
    /// The client sends nothing to an address without `https://`.
    PlainHttp,
    /// The environment has no credentials and the machine has none either.
    NoCredentials,
    /// A file is where a folder should be, or the other way round.
    InTheWay,
    /// The file system cannot be written.
    ReadOnly,
    /// The disk is full.
    Full,
    /// The store cannot do this at all.
    Unsupported,
    /// Anything else, such as no answer.
    Other,
}

impl Failure {
    fn of(error: &StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => return Self::Missing,
            StoreError::PermissionDenied { .. } => return Self::Denied,
            StoreError::Unauthenticated { .. } => return Self::Unauthenticated,
            StoreError::Precondition { .. } => return Self::Replaced,
            StoreError::InvalidPath { .. } | StoreError::NotSupported { .. } | StoreError::NotImplemented { .. } => {
                return Self::Unsupported;
            }
            other if is_plain_http(other) => return Self::PlainHttp,
            other if asked_the_machine(other) => return Self::NoCredentials,
            _ => {}
        }
        match chain(error).find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind) {
            Some(io::ErrorKind::NotFound) => Self::Missing,
            Some(io::ErrorKind::PermissionDenied) => Self::Denied,
            Some(
                io::ErrorKind::NotADirectory
                | io::ErrorKind::IsADirectory
                | io::ErrorKind::AlreadyExists
                | io::ErrorKind::DirectoryNotEmpty,
            ) => Self::InTheWay,
            Some(io::ErrorKind::ReadOnlyFilesystem) => Self::ReadOnly,
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => Self::Full,
            _ => Self::Other,
        }
    }

    /// Whether a person has to change the configuration before a retry can help.
    fn is_misconfiguration(self, purpose: Purpose) -> bool {
        match self {
            Self::PlainHttp => true,
            Self::Missing | Self::InTheWay | Self::ReadOnly | Self::Unsupported => {
                matches!(purpose, Purpose::Find | Purpose::Probe)
            }
            Self::Denied | Self::Unauthenticated => purpose == Purpose::Probe,
            Self::Replaced | Self::NoCredentials | Self::Full | Self::Other => false,
        }
    }

    fn reason(self, purpose: Purpose, scheme: Scheme, error: &StoreError) -> String {
        let is_disk = scheme == Scheme::Disk;
        let why = reason(error);
        match (self, purpose) {
            (Self::Missing, Purpose::Find) => "it does not exist".into(),
            (Self::Missing, Purpose::Read) => "it was removed after it was listed".into(),
            (Self::Missing, _) if is_disk => "the folder does not exist and cannot be created".into(),
            (Self::Missing, _) => "the bucket or folder does not exist".into(),
            (Self::Denied, _) if is_disk => "permission denied".into(),
            (Self::Denied, _) => format!("permission denied: {why}"),
            (Self::Unauthenticated, _) => format!("the credentials were not accepted: {why}"),
            (Self::Replaced, _) => "it was replaced while it was read".into(),
            (Self::PlainHttp, _) => "its endpoint is a plain `http://` address, which is not allowed".into(),
            (Self::NoCredentials, _) => {
                format!("the environment has no credentials, and asking this machine for its own failed: {why}")
            }
            (Self::InTheWay, _) if chain(error).any(is_a_directory) => "a folder is where a file should be".into(),
            (Self::InTheWay, _) => "a file is where a folder should be".into(),
            (Self::ReadOnly, _) => "the file system is read-only".into(),
            (Self::Full, _) => "no space is left".into(),
            (Self::Unsupported | Self::Other, _) => why,
        }
    }

    fn hint(self, purpose: Purpose, scheme: Scheme) -> String {
        let is_reading = matches!(purpose, Purpose::Find | Purpose::Read);
        match self {
            Self::Missing if purpose == Purpose::Find => "check the location for spelling, upper and lower case".into(),
            Self::Missing | Self::Replaced if purpose == Purpose::Read => {
                "run again when whatever changes the files has finished".into()
            }
            Self::Missing if scheme == Scheme::Disk => {
                "create the folder, or set `publish.location` to another one".into()
            }
            Self::Missing => "check the bucket and the folder".into(),
            Self::Denied if is_reading => format!("check {}", what_to_check(scheme)),
            Self::Denied if scheme == Scheme::Disk => "give the user who runs this the right to write there".into(),
            Self::Denied => {
                let variables = what_to_check(scheme);
                format!("the credentials need to read, list, write and delete below this location; check {variables}")
            }
            Self::Unauthenticated => format!("check {}", what_to_check(scheme)),
            Self::Replaced => "run again, and let no other program change the files meanwhile".into(),
            Self::PlainHttp => "set `allow_http: true` on the store, or use an `https://` endpoint".into(),
            Self::NoCredentials => what_to_set(scheme),
            Self::InTheWay if is_reading => "check the location".into(),
            Self::InTheWay => "move what is in the way, or set `publish.location` to another folder".into(),
            Self::ReadOnly => "set `publish.location` to a folder that can be written".into(),
            Self::Full => "free some space, then run again".into(),
            Self::Unsupported if is_reading => "check the location".into(),
            Self::Unsupported => "set `publish.location` to a folder or to a bucket of S3, Google or Azure".into(),
            Self::Other if is_reading || scheme != Scheme::Disk => {
                format!("check the network, permissions and {}", what_to_check(scheme))
            }
            Self::Other => "check the disk, then run again".into(),
        }
    }
}

fn is_a_directory(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::IsADirectory)
}

/// Whether the client refused to send a request because its address is not `https://`.
fn is_plain_http(error: &StoreError) -> bool {
    chain(error).any(|error| error.to_string().contains("URL scheme is not allowed"))
}

/// Whether the request that failed was one to the platform's metadata service, the last place where stores look for
/// credentials. The service is known by its address; a word such as `token` may also be in the name of an object.
fn asked_the_machine(error: &StoreError) -> bool {
    const SERVICES: [&str; 5] = [
        "://169.254.",
        "://metadata.google.internal",
        "/latest/api/token",
        "/latest/meta-data/iam/",
        "/metadata/identity/oauth2/token",
    ];
    chain(error).any(|error| SERVICES.iter().any(|service| error.to_string().contains(service)))
}
