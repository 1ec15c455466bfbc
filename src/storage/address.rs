//! Parses a location into its store and its key. Handles no credentials and opens no connection.

use std::borrow::Cow;
use std::path::{Component, Path as DiskPath, PathBuf};

use object_store::path::Path;
use percent_encoding::percent_decode_str;
use url::{Position, Url};

use super::credentials::what_to_set;
use super::secrets::redacted;
use crate::config::location::Location;
use crate::error::{Error, Problem, Result};

/// Kinds of store a location may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// The local disk.
    Disk,
    /// Amazon S3 and S3-compatible servers.
    S3,
    /// Google Cloud Storage.
    Google,
    /// Azure Blob Storage.
    Azure,
    /// A plain web server; single objects only.
    Http,
    /// An in-memory store, for tests only. Its objects are lost when the process ends.
    #[cfg(test)]
    Memory,
}

/// A parsed location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Which kind of store.
    pub scheme: Scheme,
    /// Scheme and authority such as `s3://bucket`; empty for the local disk.
    pub root: String,
    /// Key, prefix or glob without a leading slash, exactly as the store spells it (not percent-encoded).
    pub key: String,
    /// The query string of a web address, such as a signature; never shown.
    pub query: Option<String>,
}

impl Address {
    /// Parses a location.
    ///
    /// # Errors
    ///
    /// The location is neither an absolute path nor a URL of a known scheme, or carries a user name or password.
    pub fn parse(location: &Location) -> Result<Self> {
        let Some((scheme, rest)) = location.url.split_once("://") else {
            return Self::disk(location, &location.url);
        };
        let kind = match scheme {
            "file" => {
                let path = rest.strip_prefix("localhost").unwrap_or(rest);
                return Self::disk(location, &percent_decoded(path));
            }
            "s3" | "s3a" => Scheme::S3,
            "gs" => Scheme::Google,
            "az" | "azure" | "abfs" | "abfss" | "adl" => Scheme::Azure,
            "http" | "https" => Scheme::Http,
            #[cfg(test)]
            "memory" => Scheme::Memory,
            _ => {
                return Err(Error::invalid(
                    Problem::new(format!("`{}` has the unknown scheme `{scheme}`", shown(location)))
                        .hint("use a path, or a URL that starts with file, s3, gs, az, http or https"),
                ));
            }
        };
        // Bucket keys are used verbatim. A URL parser would escape them and interpret `?` and `#`.
        let (authority, key) = rest.split_once('/').unwrap_or((rest, ""));
        let url = match kind {
            Scheme::Http => Url::parse(&location.url),
            _ => Url::parse(&format!("{scheme}://{authority}")),
        };
        let wrong = |why: String| {
            Error::invalid(
                Problem::new(format!("`{}` {why}", shown(location))).hint(format!("write `{scheme}://bucket/path`")),
            )
        };
        if authority.is_empty() {
            return Err(wrong("names no bucket or host".into()));
        }
        let url = url.map_err(|error| wrong(format!("is not a valid address: {error}")))?;
        let names_container = kind == Scheme::Azure && url.password().is_none();
        if url.password().is_some() || !(url.username().is_empty() || names_container) {
            return Err(Error::invalid(
                Problem::new(format!("a location must not contain credentials, but `{scheme}://…@…` does"))
                    .hint(what_to_set(kind)),
            ));
        }
        Ok(match kind {
            Scheme::Http => Self {
                scheme: kind,
                root: url[..Position::BeforePath].to_owned(),
                key: percent_decoded(url.path().trim_start_matches('/')),
                query: url.query().map(str::to_owned),
            },
            _ => Self { scheme: kind, root: format!("{scheme}://{authority}"), key: key.to_owned(), query: None },
        })
    }

    fn disk(location: &Location, path: &str) -> Result<Self> {
        if !DiskPath::new(path).is_absolute() {
            return Err(Error::invalid(
                Problem::new(format!("`{}` is not an absolute path", shown(location)))
                    .hint("write the path from the root of the disk"),
            ));
        }
        let mut clean = PathBuf::new();
        for component in DiskPath::new(path).components() {
            match component {
                Component::ParentDir => {
                    clean.pop();
                }
                Component::Normal(name) => clean.push(name),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        let mut key = clean.to_string_lossy().into_owned();
        if path.ends_with('/') && !key.is_empty() {
            key.push('/');
        }
        Ok(Self { scheme: Scheme::Disk, root: String::new(), key, query: None })
    }

    /// The key as a path in the store.
    ///
    /// # Errors
    ///
    /// The key has an empty or relative segment, or a control character.
    pub fn path(&self) -> Result<Path> {
        Path::parse(&self.key).map_err(|error| {
            Error::invalid(
                Problem::new(format!("`{}/{}` is not a valid object name", self.root, self.key))
                    .hint("remove empty segments (`//`), `.`, `..` and control characters")
                    .caused_by(error),
            )
        })
    }

    /// The full name of an object in this store, for messages, without credentials.
    pub fn shown(&self, object: &Path) -> String {
        format!("{}/{object}", self.root)
    }

    /// Whether the key ends in a slash or is empty, so that it can only be a folder.
    pub fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// Whether the key has a character that globs use.
    pub fn is_glob(&self) -> bool {
        self.scheme != Scheme::Http && self.key.contains(['*', '?', '['])
    }
}

/// A location as written, for messages, without the signature that a web address may carry and without passwords.
pub fn shown(location: &Location) -> String {
    let is_web = location.url.starts_with("http://") || location.url.starts_with("https://");
    match location.written.split_once('?') {
        Some((before, _)) if is_web => redacted(before),
        _ => redacted(&location.written),
    }
}

/// A location for messages, in backticks and without secrets: as written, followed by the resolved location if it
/// differs. A path on disk resolves to its normalised form.
pub fn place(location: &Location, address: &Address) -> String {
    let written = shown(location);
    let resolved = match (address.scheme, location.url.split_once('?')) {
        (Scheme::Disk, _) => format!("/{}", address.key),
        (Scheme::Http, Some((before, _))) => before.to_owned(),
        _ => redacted(&location.url),
    };
    if written == resolved { format!("`{written}`") } else { format!("`{written}` (`{resolved}`)") }
}

/// Decodes percent-encoded characters such as `%20`. Text that does not decode to valid UTF-8 is returned unchanged.
pub fn percent_decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8().map_or_else(|_| text.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(url: &str) -> Location {
        Location { written: url.into(), url: url.into(), options: Default::default() }
    }

    #[test]
    fn locations_are_parsed() {
        let parse = |url: &str| Address::parse(&location(url)).unwrap();
        assert_eq!(parse("s3://lake/a b/c%20.csv").key, "a b/c%20.csv");
        assert_eq!(parse("file:///data/my%20folder/").key, "data/my folder/");
        assert_eq!(parse("/data/x/../y//z.csv").key, "data/y/z.csv");
        assert_eq!(parse("https://h:8080/a%20b.csv?sig=secret").root, "https://h:8080");
        assert_eq!(parse("https://h:8080/a%20b.csv?sig=secret").key, "a b.csv");
        assert_eq!(parse("abfss://c@account.dfs.core.windows.net/a").scheme, Scheme::Azure);
    }

    #[test]
    fn web_addresses_are_split_as_browsers_do() {
        let parse = |url: &str| {
            let address = Address::parse(&location(url)).unwrap();
            (address.root, address.key, address.query)
        };
        let of =
            |root: &str, key: &str, query: Option<&str>| (root.to_owned(), key.to_owned(), query.map(str::to_owned));
        assert_eq!(parse("http://[::1]:8080/a.csv"), of("http://[::1]:8080", "a.csv", None));
        assert_eq!(parse("https://h/100%25 %E9%A1%BE.csv"), of("https://h", "100% 顾.csv", None));
        assert_eq!(parse("https://h/a.csv?x=1#top"), of("https://h", "a.csv", Some("x=1")));
        assert_eq!(parse("https://h:443"), of("https://h", "", None));
    }

    #[test]
    fn keys_of_buckets_are_taken_as_they_are_written() {
        for key in ["a b/c%20.csv", "a?.csv", "part#1.csv", "客户/[x]*.csv", "a//b"] {
            assert_eq!(Address::parse(&location(&format!("s3://my_bucket.v2/{key}"))).unwrap().key, key);
        }
        assert_eq!(Address::parse(&location("file:///data/100%25/a%3F.csv")).unwrap().key, "data/100%/a?.csv");
        assert_eq!(Address::parse(&location("file://localhost/data/a?.csv#1")).unwrap().key, "data/a?.csv#1");
        assert_eq!(Address::parse(&location("gs://b")).unwrap().root, "gs://b");
    }

    #[test]
    fn addresses_without_a_host_or_with_an_impossible_one_are_refused() {
        for (url, what) in [
            ("s3:///a.csv", "names no bucket or host"),
            ("https:///a.csv", "names no bucket or host"),
            ("http://h:99999/a.csv", "is not a valid address: invalid port number"),
            ("http://[::1/a.csv", "is not a valid address: invalid IPv6 address"),
        ] {
            let error = Address::parse(&location(url)).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(what), "{error}");
        }
    }

    #[test]
    fn a_place_says_where_it_leads_when_that_is_not_what_was_written() {
        let of = |written: &str, url: &str| {
            let location = Location { written: written.into(), ..location(url) };
            place(&location, &Address::parse(&location).unwrap())
        };
        assert_eq!(of("lake/orders/", "s3://acme/loyalty/orders/"), "`lake/orders/` (`s3://acme/loyalty/orders/`)");
        assert_eq!(of("s3://acme/a*.csv", "s3://acme/a*.csv"), "`s3://acme/a*.csv`");
        assert_eq!(of("../data/a.csv", "/home/me/../data/a.csv"), "`../data/a.csv` (`/home/data/a.csv`)");
        assert_eq!(of("/x/../data/", "/x/../data/"), "`/x/../data/` (`/data/`)");
        assert_eq!(of("/data/a.csv", "/data/a.csv"), "`/data/a.csv`");
        assert_eq!(of("https://h/a%20b.csv?sig=s3cret", "https://h/a%20b.csv?sig=s3cret"), "`https://h/a%20b.csv`");
        assert_eq!(of("web/a.csv?sig=s3cret", "https://h/a.csv?sig=s3cret"), "`web/a.csv` (`https://h/a.csv`)");
    }

    #[test]
    fn credentials_and_unknown_schemes_are_refused_without_being_repeated() {
        let refused = |url: &str| Address::parse(&location(url)).unwrap_err();
        assert!(!refused("https://me:secret@host/a.csv").to_string().contains("secret"));
        assert!(!refused("s3://key:secret@bucket/a.csv").to_string().contains("secret"));
        assert!(!refused("abfss://c:secret@account.dfs.core.windows.net/a.csv").to_string().contains("secret"));
        assert!(!refused("ftp://me:secret@host/a").to_string().contains("secret"));
        assert_eq!(refused("ftp://host/a").exit_code(), 2);
        assert_eq!(refused("data/a.csv").exit_code(), 2);
        assert_eq!(shown(&location("https://host/a.csv?sig=secret")), "https://host/a.csv");
    }
}
