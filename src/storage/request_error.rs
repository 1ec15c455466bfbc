//! Maps failed requests to errors that say what was requested, where, why it failed and what to do. One mapping serves
//! reading inputs and publishing; the exit code depends on the purpose of the request.
//!
//! | failure | finding inputs | reading what was found | writing, listing, deleting | probing before a run |
//! |---|---|---|---|---|
//! | the object does not exist | 2 | 1 | 1 | 2 |
//! | permission denied, wrong credentials | 1 | 1 | 1 | 2 |
//! | the clocks of this machine and the store differ too much | 1 | 1 | 1 | 1 |
//! | symbolic links in a circle | 2 | 1 | 1 | 2 |
//! | a file is in the way, the disk is read-only, the operation is not supported | 2 | 1 | 1 | 2 |
//! | plain `http://` is not allowed | 2 | 2 | 2 | 2 |
//! | the object was replaced since it was listed | 1 | 1 | 1 | 1 |
//! | anything else: no credentials, no response, no space | 1 | 1 | 1 | 1 |

use std::io;

use object_store::Error as StoreError;

use super::address::Scheme;
use super::credentials::{what_to_check, what_to_set};
use super::secrets::{cause, chain, redacted};
use crate::error::{Error, Problem};

/// The number of the error "too many levels of symbolic links" on Linux.
const ELOOP: i32 = 40;

/// Most characters of a store's own message that our message quotes.
const LONGEST_REASON: usize = 300;

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Listing the objects at a location in the pipeline file.
    Find,
    /// Reading an object that was listed before.
    Read,
    /// Listing published objects.
    List,
    /// Writing an object to publish.
    Write,
    /// Deleting leftovers of a run or outdated files.
    Delete,
    /// Probing the publish location before a run does any work.
    Probe,
}

/// The error of a failed request. `place` names the object or the location, in backticks and without secrets.
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

/// Whether the store definitely rejected the request: nothing was written, and a retry would fail too.
pub fn is_refusal(error: &StoreError) -> bool {
    matches!(
        Failure::of(error),
        Failure::Missing
            | Failure::Denied
            | Failure::Unauthenticated
            | Failure::InTheWay
            | Failure::LinkLoop
            | Failure::OtherDisk
            | Failure::Skewed
            | Failure::ReadOnly
            | Failure::Unsupported
            | Failure::PlainHttp
    )
}

/// Whether the error means that the object does not exist.
pub fn is_missing(error: &StoreError) -> bool {
    Failure::of(error) == Failure::Missing
}

/// Whether a path cannot be followed because its symbolic links lead in a circle.
pub fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(ELOOP)
}

/// The innermost error's message, on one line and without secrets.
pub fn reason(error: &StoreError) -> String {
    let text = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let line = without_markup(&redacted(&text)).split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(LONGEST_REASON).collect();
    short.trim_end_matches('.').to_owned()
}

/// The kinds of failure that mean something different or need different advice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// No such object, bucket or folder.
    Missing,
    /// The credentials do not permit this request.
    Denied,
    /// The store did not accept the credentials.
    Unauthenticated,
    /// The clocks of this machine and of the store differ too much.
    Skewed,
    /// The object was replaced since it was listed.
    Replaced,
    /// The client does not send requests to plain `http://` addresses.
    PlainHttp,
    /// Neither the environment nor the machine provides credentials.
    NoCredentials,
    /// A file is where a folder should be, or the other way round.
    InTheWay,
    /// Symbolic links lead in a circle.
    LinkLoop,
    /// The target of a rename is on another file system.
    OtherDisk,
    /// The file system cannot be written.
    ReadOnly,
    /// The disk is full.
    Full,
    /// The store does not support this operation.
    Unsupported,
    /// Anything else, such as no response.
    Other,
}

impl Failure {
    fn of(error: &StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } => return Self::Missing,
            other if is_skewed(other) => return Self::Skewed,
            StoreError::PermissionDenied { .. } if !names_credentials(error) => return Self::Denied,
            StoreError::Unauthenticated { .. } => return Self::Unauthenticated,
            StoreError::Precondition { .. } => return Self::Replaced,
            StoreError::InvalidPath { .. } | StoreError::NotSupported { .. } | StoreError::NotImplemented { .. } => {
                return Self::Unsupported;
            }
            other if is_plain_http(other) => return Self::PlainHttp,
            other if is_metadata_request(other) => return Self::NoCredentials,
            // Errors of listing, and of some other requests, come without their kind.
            other if names_credentials(other) || is_status(other, 401) => return Self::Unauthenticated,
            other if is_status(other, 403) => return Self::Denied,
            _ => {}
        }
        let system = chain(error).find_map(|error| error.downcast_ref::<io::Error>());
        // A folder that is listed: `File system loop found: a/b points to an ancestor a`.
        let is_walked = || chain(error).any(|error| error.to_string().starts_with("File system loop found"));
        if system.is_some_and(is_link_loop) || is_walked() {
            return Self::LinkLoop;
        }
        match system.map(io::Error::kind) {
            Some(io::ErrorKind::CrossesDevices) => Self::OtherDisk,
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

    /// Whether a retry is useless until the configuration is changed.
    fn is_misconfiguration(self, purpose: Purpose) -> bool {
        match self {
            Self::PlainHttp => true,
            Self::Missing | Self::InTheWay | Self::LinkLoop | Self::OtherDisk | Self::ReadOnly | Self::Unsupported => {
                matches!(purpose, Purpose::Find | Purpose::Probe)
            }
            Self::Denied | Self::Unauthenticated => purpose == Purpose::Probe,
            Self::Replaced | Self::Skewed | Self::NoCredentials | Self::Full | Self::Other => false,
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
                format!("the environment has no credentials, and the machine's metadata service gave none: {why}")
            }
            (Self::InTheWay, _) if chain(error).any(is_a_directory) => {
                "a folder exists where a file is expected".into()
            }
            (Self::InTheWay, _) => "a file exists where a folder is expected".into(),
            (Self::LinkLoop, _) => "its symbolic links lead in a circle".into(),
            (Self::OtherDisk, _) => "it is not on the file system of `_staunch/`".into(),
            (Self::Skewed, _) => format!("the clocks of this machine and of the store differ too much: {why}"),
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
                "run again when the program that changes the files has finished".into()
            }
            Self::Missing if scheme == Scheme::Disk => {
                "create the folder, or set `publish.location` to another one".into()
            }
            Self::Missing => "check the bucket and the folder".into(),
            Self::Denied if is_reading => format!("check {}", what_to_check(scheme)),
            Self::Denied if scheme == Scheme::Disk => "give the user who runs staunch write permission there".into(),
            Self::Denied => {
                let variables = what_to_check(scheme);
                format!("the credentials need to read, list, write and delete below this location; check {variables}")
            }
            Self::Unauthenticated => format!("check {}", what_to_check(scheme)),
            Self::Replaced => "run again, and make sure that no other program changes the files meanwhile".into(),
            Self::PlainHttp => "set `allow_http: true` on the store, or use an `https://` endpoint".into(),
            Self::NoCredentials => what_to_set(scheme),
            Self::Skewed => "set the clock of this machine, then run again".into(),
            Self::LinkLoop => "correct the links".into(),
            Self::OtherDisk => "put the whole publish location on one file system".into(),
            Self::InTheWay if is_reading => "check the location".into(),
            Self::InTheWay => "move the conflicting file or folder, or set `publish.location` to another folder".into(),
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

/// Whether the store refused the time of a request.
fn is_skewed(error: &StoreError) -> bool {
    chain(error).any(|error| error.to_string().contains("<Code>RequestTimeTooSkewed</Code>"))
}

fn is_a_directory(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::IsADirectory)
}

/// Whether the store answered with this status.
fn is_status(error: &StoreError, status: u16) -> bool {
    let told = format!("status code: {status} ");
    chain(error).any(|error| error.to_string().contains(&told))
}

/// Whether the store's answer says that the credentials themselves are wrong or expired, whatever its status is.
fn names_credentials(error: &StoreError) -> bool {
    const CODES: [&str; 7] = [
        "<Code>ExpiredToken</Code>",
        "<Code>TokenRefreshRequired</Code>",
        "<Code>InvalidToken</Code>",
        "<Code>InvalidAccessKeyId</Code>",
        "<Code>SignatureDoesNotMatch</Code>",
        "<Code>AuthenticationFailed</Code>",
        "<Code>InvalidAuthenticationInfo</Code>",
    ];
    chain(error).any(|error| {
        let text = error.to_string();
        CODES.iter().any(|code| text.contains(code))
    })
}

/// A store's answer in XML as its code and message; any other text as it is.
fn without_markup(text: &str) -> String {
    let element = |name: &str| {
        let (_, after) = text.split_once(&format!("<{name}>"))?;
        after.split('<').next().map(str::trim).filter(|found| !found.is_empty())
    };
    let Some(code) = element("Code") else { return text.to_owned() };
    let before = text.split('<').next().unwrap_or_default().trim_end();
    let message = element("Message").map(|message| format!(": {message}")).unwrap_or_default();
    format!("{before} {code}{message}")
}

/// Whether the client refused to send a request because its address is not `https://`.
fn is_plain_http(error: &StoreError) -> bool {
    chain(error).any(|error| error.to_string().contains("URL scheme is not allowed"))
}

/// Whether the failed request went to the platform's metadata service, where clients look for credentials last. The
/// service is recognised by its address, because a word such as `token` may also occur in an object's name.
fn is_metadata_request(error: &StoreError) -> bool {
    const SERVICES: [&str; 5] = [
        "://169.254.",
        "://metadata.google.internal",
        "/latest/api/token",
        "/latest/meta-data/iam/",
        "/metadata/identity/oauth2/token",
    ];
    chain(error).any(|error| SERVICES.iter().any(|service| error.to_string().contains(service)))
}
