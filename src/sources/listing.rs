//! Which objects a location means: one object, a folder read through, or a glob.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use glob::{MatchOptions, Pattern};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::decompression;
use super::formats::{endings, may_be_compressed};
use crate::error::{Error, Problem, Result};
use crate::plan::source::SourcePlan;
use crate::plan::source_format::FileFormat;
use crate::storage::address::{Address, Scheme, place, shown};
use crate::storage::request_error::{Purpose, is_link_loop, is_missing, request_error};
use crate::storage::store::connect;

/// An object that was read, as the run's manifest records it.
#[derive(Clone, Debug, PartialEq)]
pub struct InputObject {
    /// URL or path, without credentials.
    pub location: String,
    /// Size in bytes.
    pub size_bytes: u64,
    /// The store's mark of this version of the object, when it gives one.
    pub etag: Option<String>,
    /// The store's version of the object, when it keeps versions.
    pub version: Option<String>,
    /// When the object was written.
    pub last_modified: DateTime<Utc>,
}

/// The objects of one source, sorted by path.
pub(super) struct Listing {
    /// The store that has them.
    pub store: Arc<dyn ObjectStore>,
    /// Where they are.
    pub address: Address,
    /// The objects.
    pub objects: Vec<ObjectMeta>,
}

impl Listing {
    /// An object's location for messages and the manifest.
    pub fn shown(&self, object: &ObjectMeta) -> String {
        self.address.shown(&object.location)
    }

    /// A failed request for an object of this listing.
    pub fn error(&self, object: &ObjectMeta, error: object_store::Error) -> Error {
        request_error(Purpose::Read, self.address.scheme, &format!("`{}`", self.shown(object)), error)
    }

    /// The objects as the manifest records them.
    pub fn inputs(&self) -> Vec<InputObject> {
        self.objects
            .iter()
            .map(|object| InputObject {
                location: self.shown(object),
                size_bytes: object.size,
                etag: object.e_tag.clone(),
                version: object.version.clone(),
                last_modified: object.last_modified,
            })
            .collect()
    }
}

/// What a location turned out to be.
enum Meaning {
    Object(Path),
    Folder(Path),
    Glob(Box<Pattern>),
    Nothing,
}

/// Lists the objects of a source; empty only when the source is optional.
///
/// # Errors
///
/// Nothing is there, the store refuses, or an object is empty.
pub(super) async fn objects_of(source: &SourcePlan) -> Result<Listing> {
    let address = Address::parse(&source.location)?;
    let store = connect(&source.location, &address)?;
    let objects = match meaning(source, &address)? {
        Meaning::Object(path) => single(source, &address, store.as_ref(), &path).await?,
        Meaning::Folder(prefix) => {
            let found = below(source, &address, store.as_ref(), &prefix).await?;
            of_format(source, &address, store.as_ref(), found).await?
        }
        Meaning::Glob(pattern) => {
            let fixed = fixed_folder(&address.key);
            let prefix = Path::parse(fixed).map_err(|error| not_found(source, &address, error.into()))?;
            let found = below(source, &address, store.as_ref(), &prefix).await?;
            matching(source, &address, store.as_ref(), found, &pattern).await?
        }
        Meaning::Nothing => missing(source, &address, store.as_ref(), "nothing is there").await?,
    };
    let listing = Listing { store, address, objects };
    if let Some(empty) = listing.objects.iter().find(|object| object.size == 0) {
        return Err(Error::data(
            Problem::new(format!("`{}` is empty: it has 0 bytes", listing.shown(empty)))
                .hint("an interrupted upload leaves such files; upload it again, or remove it when it has no rows"),
        ));
    }
    Ok(listing)
}

/// Checks a source's location as far as that goes without a request to its store.
///
/// # Errors
///
/// The location is malformed, its scheme is unknown, or it asks for what its kind of store cannot do.
pub fn check_location(source: &SourcePlan) -> Result<()> {
    let checked = Address::parse(&source.location).and_then(|address| match address.scheme {
        // Whether a path is a glob or a strange name depends on what is there.
        Scheme::Disk => Ok(()),
        Scheme::Http if address.is_folder() => Err(web_folder(source)),
        _ if address.is_glob() => glob(source, &address).map(|_| ()),
        _ => address.path().map(|_| ()),
    });
    checked.map_err(|error| match error {
        Error::Invalid(problems) => {
            let placed = |problem: Problem| match problem.place {
                None => problem.at(source.place.clone()),
                Some(_) => problem,
            };
            Error::Invalid(problems.into_iter().map(placed).collect())
        }
        other => other,
    })
}

fn web_folder(source: &SourcePlan) -> Error {
    Error::invalid(
        Problem::new(format!("`{}` is a folder on a web server", shown(&source.location)))
            .hint("a web server cannot list folders: name one file")
            .at(source.place.clone()),
    )
}

fn glob(source: &SourcePlan, address: &Address) -> Result<Pattern> {
    Pattern::new(&address.key).map_err(|error| {
        Error::invalid(
            Problem::new(format!("`{}` is not a valid glob: {}", shown(&source.location), error.msg))
                .hint("`*` and `?` stay within a folder, `**` must stand alone between slashes, `[…]` must be closed")
                .at(source.place.clone())
                .caused_by(error),
        )
    })
}

fn meaning(source: &SourcePlan, address: &Address) -> Result<Meaning> {
    if address.scheme == Scheme::Http {
        if address.is_folder() {
            return Err(web_folder(source));
        }
        return Ok(Meaning::Object(address.path()?));
    }
    if address.scheme == Scheme::Disk {
        match std::fs::metadata(format!("/{}", address.key)) {
            Ok(metadata) if !(metadata.is_dir() || metadata.is_file()) => {
                // Opening a pipe would wait for whoever writes into it.
                let source_error = "it is neither a file nor a folder".into();
                let special = object_store::Error::NotSupported { source: source_error };
                return Err(not_found(source, address, special));
            }
            Ok(metadata) if metadata.is_dir() => return Ok(Meaning::Folder(address.path()?)),
            Ok(_) if !address.is_folder() => return Ok(Meaning::Object(address.path()?)),
            Ok(_) => return Ok(Meaning::Nothing),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                let denied =
                    object_store::Error::PermissionDenied { path: address.key.clone(), source: Box::new(error) };
                return Err(not_found(source, address, denied));
            }
            Err(error) if is_link_loop(&error) => {
                let circle = object_store::Error::Generic { store: "disk", source: Box::new(error) };
                return Err(not_found(source, address, circle));
            }
            Err(_) if !address.is_glob() => return Ok(Meaning::Nothing),
            Err(_) => {}
        }
    }
    if address.is_glob() {
        return Ok(Meaning::Glob(Box::new(glob(source, address)?)));
    }
    let path = address.path()?;
    Ok(if address.is_folder() { Meaning::Folder(path) } else { Meaning::Object(path) })
}

async fn single(
    source: &SourcePlan,
    address: &Address,
    store: &dyn ObjectStore,
    path: &Path,
) -> Result<Vec<ObjectMeta>> {
    match store.head(path).await {
        Ok(object) => Ok(vec![object]),
        Err(error) if is_missing(&error) => {
            let is_prefix = address.scheme != Scheme::Http
                && store.list(Some(path)).next().await.is_some_and(|first| first.is_ok());
            if is_prefix && !source.optional {
                let why =
                    "no object has this name, but objects are below it: end the location with `/` to read them all";
                return Err(wrong_location(source, address, why));
            }
            missing(source, address, store, "no object has this name").await
        }
        Err(error) => Err(not_found(source, address, error)),
    }
}

/// All objects below a prefix that are not hidden, sorted by path.
async fn below(
    source: &SourcePlan,
    address: &Address,
    store: &dyn ObjectStore,
    prefix: &Path,
) -> Result<Vec<ObjectMeta>> {
    let listed: Result<Vec<ObjectMeta>, _> = store.list(Some(prefix)).try_collect().await;
    let mut objects = match listed {
        Ok(objects) => objects,
        Err(error) if is_missing(&error) => Vec::new(),
        Err(error) => return Err(not_found(source, address, error)),
    };
    let is_hidden = |object: &ObjectMeta| {
        object.location.prefix_match(prefix).is_none_or(|mut rest| rest.any(|name| is_no_data(name.as_ref())))
    };
    objects.retain(|object| !is_hidden(object));
    objects.sort_by(|one, other| one.location.cmp(&other.location));
    // Some tools mark a folder by an object of 0 bytes of the folder's name.
    let folders: HashSet<String> = objects.iter().flat_map(|object| folders_of(&object.location)).collect();
    objects.retain(|object| object.size > 0 || !folders.contains(object.location.as_ref()));
    Ok(objects)
}

/// Whether a name is that of a file beside the data: of a tool, or of a workbook that somebody has open.
fn is_no_data(name: &str) -> bool {
    name.starts_with(['_', '.']) || name.starts_with("~$")
}

fn folders_of(path: &Path) -> Vec<String> {
    let text = path.as_ref();
    text.match_indices('/').map(|(end, _)| text[..end].to_owned()).collect()
}

async fn of_format(
    source: &SourcePlan,
    address: &Address,
    store: &dyn ObjectStore,
    found: Vec<ObjectMeta>,
) -> Result<Vec<ObjectMeta>> {
    let endings = endings(&source.format);
    let all_count = found.len();
    let example = found.first().and_then(|object| object.location.filename().map(str::to_owned));
    let kept: Vec<ObjectMeta> =
        found.into_iter().filter(|object| has_ending(&object.location, &source.format)).collect();
    if all_count > kept.len() {
        tracing::debug!(source = %source.name, ignored = all_count - kept.len(), "files of other kinds in the folder");
    }
    if !kept.is_empty() {
        return Ok(kept);
    }
    let instead = match example {
        Some(name) => format!("the folder has {all_count} other files, such as `{name}`"),
        None => "the folder is empty or does not exist".to_owned(),
    };
    let why = format!("looked for names that end in {}; {instead}", endings.join(", "));
    missing(source, address, store, &why).await
}

async fn matching(
    source: &SourcePlan,
    address: &Address,
    store: &dyn ObjectStore,
    found: Vec<ObjectMeta>,
    pattern: &Pattern,
) -> Result<Vec<ObjectMeta>> {
    let options =
        MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };
    let all_count = found.len();
    let kept: Vec<ObjectMeta> =
        found.into_iter().filter(|object| pattern.matches_with(object.location.as_ref(), options)).collect();
    if kept.is_empty() {
        let why = format!("the glob matches none of {all_count} files below its fixed part");
        return missing(source, address, store, &why).await;
    }
    Ok(kept)
}

/// What to do when nothing was found. It is not there yet if an earlier run read it, if the run waits for it, or if its
/// folder exists; otherwise the location is wrong.
async fn missing(
    source: &SourcePlan,
    address: &Address,
    store: &dyn ObjectStore,
    why: &str,
) -> Result<Vec<ObjectMeta>> {
    if source.optional {
        return Ok(Vec::new());
    }
    if source.was_read || source.wait.is_some() || folder_exists(address, store).await {
        let wait = if source.wait.is_some() { "" } else { "; `wait: 2h` waits for it" };
        let hint = format!("{why}; run again once it is there{wait}; `optional: true` makes it an empty table");
        return Err(Error::NotYet(Box::new(nothing_found(source, address).hint(hint))));
    }
    Err(wrong_location(source, address, why))
}

fn wrong_location(source: &SourcePlan, address: &Address, why: &str) -> Error {
    Error::invalid(nothing_found(source, address).hint(format!("{why}; `optional: true` makes it an empty table")))
}

fn nothing_found(source: &SourcePlan, address: &Address) -> Problem {
    Problem::new(format!("source `{}` finds nothing at {}", source.name, place(&source.location, address)))
        .at(source.place.clone())
}

/// Whether the folder is there that a location names, or that its file or glob is in.
async fn folder_exists(address: &Address, store: &dyn ObjectStore) -> bool {
    let folder = match address.key.as_str() {
        key if address.is_glob() => fixed_folder(key),
        key if address.is_folder() => key,
        key => key.rsplit_once('/').map_or("", |(folder, _)| folder),
    };
    match address.scheme {
        Scheme::Http => false,
        Scheme::Disk => std::fs::metadata(format!("/{folder}")).is_ok_and(|metadata| metadata.is_dir()),
        _ => match Path::parse(folder.trim_end_matches('/')) {
            Ok(prefix) => store.list(Some(&prefix)).next().await.is_some_and(|first| first.is_ok()),
            Err(_) => false,
        },
    }
}

/// A request that failed before any object was found.
fn not_found(source: &SourcePlan, address: &Address, error: object_store::Error) -> Error {
    request_error(Purpose::Find, address.scheme, &place(&source.location, address), error)
}

/// The folder before the first segment with a glob character.
fn fixed_folder(glob: &str) -> &str {
    let first = glob.find(['*', '?', '[']).unwrap_or(glob.len());
    glob[..first].rfind('/').map_or("", |end| &glob[..end])
}

fn has_ending(path: &Path, format: &FileFormat) -> bool {
    let name = path.filename().unwrap_or_default().to_ascii_lowercase();
    let bare = decompression::ENDINGS
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .filter(|_| may_be_compressed(format));
    let bare = bare.unwrap_or(&name);
    endings(format).iter().any(|ending| bare.ends_with(ending))
}
