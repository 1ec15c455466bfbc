//! Where objects are: a location as written, resolved against named stores and folders.

use std::path::{Component, Path, PathBuf};

/// An object, a folder (trailing `/`) or a glob on some store, fully resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// As written in the pipeline file, for messages.
    pub written: String,
    /// Absolute path on the local disk, or a URL with scheme (`s3`, `gs`, `az`, `http`, `https`, `memory`, `file`).
    pub url: String,
    /// Settings that are not part of the URL.
    pub options: StoreOptions,
}

/// Settings of an object store; never credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreOptions {
    /// Endpoint of an S3-compatible server.
    pub endpoint: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// Whether plain `http://` endpoints are allowed.
    pub allow_http: bool,
}

/// Named stores and their definitions.
pub type Stores = indexmap::IndexMap<super::located::Located<String>, super::schema::StoreDefinition>;

impl Location {
    /// Resolves what was written: a URL stays, `store/path` goes below the store's URL, anything else is a path below
    /// `folder`.
    pub fn resolve(written: &str, stores: &Stores, folder: &Path) -> Self {
        let (first, rest) = written.split_once('/').unwrap_or((written, ""));
        if !written.contains("://")
            && let Some(store) = stores.get(first)
        {
            let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
            let root = Self::resolve(&store.url, &Stores::new(), folder).url;
            return Self {
                written: written.to_owned(),
                url: format!("{}/{rest}", root.trim_end_matches('/')),
                options: StoreOptions {
                    endpoint: filled(&store.endpoint),
                    region: filled(&store.region),
                    allow_http: store.allow_http,
                },
            };
        }
        let url = if written.contains("://") { written.to_owned() } else { absolute(written, folder) };
        Self { written: written.to_owned(), url, options: StoreOptions::default() }
    }
}

/// The absolute path, `.` and `..` taken out, a trailing slash kept.
fn absolute(written: &str, folder: &Path) -> String {
    let joined = folder.join(written);
    let absolute = std::path::absolute(&joined).unwrap_or(joined);
    let mut plain = PathBuf::new();
    for component in absolute.components() {
        match component {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    let mut text = plain.to_string_lossy().into_owned();
    if written.ends_with('/') && !text.ends_with('/') {
        text.push('/');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{located::Located, schema::StoreDefinition};

    fn resolved(written: &str) -> Location {
        let store = StoreDefinition {
            url: Located::unwritten("s3://acme/loyalty/".into()),
            endpoint: Some(String::new()),
            region: Some("eu-central-1".into()),
            allow_http: false,
        };
        let stores = Stores::from_iter([(Located::unwritten("lake".to_owned()), store)]);
        Location::resolve(written, &stores, Path::new("/home/pipelines"))
    }

    #[test]
    fn a_store_name_a_url_and_a_path_lead_to_their_places() {
        assert_eq!(resolved("lake/orders/*.csv").url, "s3://acme/loyalty/orders/*.csv");
        assert_eq!(resolved("lake/orders/*.csv").options.region.as_deref(), Some("eu-central-1"));
        assert_eq!(resolved("lake/orders/*.csv").options.endpoint, None);
        assert_eq!(resolved("gs://other/x/").url, "gs://other/x/");
        assert_eq!(resolved("../data/orders/").url, "/home/data/orders/");
        assert_eq!(resolved("/tmp/a b/100%.csv").url, "/tmp/a b/100%.csv");
    }
}
