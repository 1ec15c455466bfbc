//! Object stores. This module alone sees credentials, and only through `from_env` of each builder: the environment or the
//! platform has them, never a file of ours. Builders are never printed, their `Debug` shows secrets.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::ClientConfigKey;
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore};

use super::address::{Address, Scheme, place};
use super::read_error::{reason, variables};
use crate::config::location::{Location, StoreOptions};
use crate::error::{Error, Problem, Result};

/// Opens the store of a location. The path is the object, or the folder's prefix without a trailing slash.
/// Nothing is requested from the store yet.
///
/// # Errors
///
/// The location is malformed, or the store's settings in the environment are.
pub fn open_store(location: &Location) -> Result<(Arc<dyn ObjectStore>, Path)> {
    let address = Address::parse(location)?;
    Ok((connect(location, &address)?, address.path()?))
}

/// Opens the store of an address; `location` gives the options and its name in messages.
pub fn connect(location: &Location, address: &Address) -> Result<Arc<dyn ObjectStore>> {
    let options = &location.options;
    let opened: object_store::Result<Arc<dyn ObjectStore>> = match address.scheme {
        Scheme::Disk => Ok(Arc::new(LocalFileSystem::new())),
        Scheme::Memory => Ok(memory_store(&address.root)),
        Scheme::S3 => amazon(&address.root, options),
        Scheme::Google => google(&address.root, options),
        Scheme::Azure => azure(&address.root, options),
        Scheme::Http => web(address),
    };
    opened.map_err(|error| {
        Error::invalid(
            Problem::new(format!("cannot open the store of {}: {}", place(location, address), reason(&error)))
                .hint(format!("check {}", variables(address.scheme))),
        )
    })
}

fn amazon(root: &str, options: &StoreOptions) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = AmazonS3Builder::from_env().with_url(root);
    if let Some(endpoint) = written(&options.endpoint) {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(region) = written(&options.region) {
        builder = builder.with_region(region);
    }
    if options.allow_http {
        builder = builder.with_allow_http(true);
    }
    Ok(Arc::new(builder.build()?))
}

fn google(root: &str, options: &StoreOptions) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = GoogleCloudStorageBuilder::from_env().with_url(root);
    if let Some(endpoint) = written(&options.endpoint) {
        builder = builder.with_base_url(endpoint);
    }
    if options.allow_http {
        builder = builder.with_config(GoogleConfigKey::Client(ClientConfigKey::AllowHttp), "true");
    }
    Ok(Arc::new(builder.build()?))
}

fn azure(root: &str, options: &StoreOptions) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = MicrosoftAzureBuilder::from_env().with_url(root);
    if let Some(endpoint) = written(&options.endpoint) {
        builder = builder.with_endpoint(endpoint.to_owned());
    }
    if options.allow_http {
        builder = builder.with_allow_http(true);
    }
    Ok(Arc::new(builder.build()?))
}

fn web(address: &Address) -> object_store::Result<Arc<dyn ObjectStore>> {
    let url = match &address.query {
        Some(query) => format!("{}/?{query}", address.root),
        None => address.root.clone(),
    };
    let plain = address.root.starts_with("http://");
    let client = ClientOptions::new().with_allow_http(plain);
    Ok(Arc::new(HttpBuilder::new().with_url(url).with_client_options(client).build()?))
}

/// The one in-memory store of this name in this process, so that a test and the code under test see the same objects.
fn memory_store(root: &str) -> Arc<dyn ObjectStore> {
    static STORES: LazyLock<Mutex<HashMap<String, Arc<InMemory>>>> = LazyLock::new(Mutex::default);
    let mut stores = STORES.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(stores.entry(root.to_owned()).or_default()) as _
}

fn written(option: &Option<String>) -> Option<&str> {
    option.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt;

    use super::*;

    fn location(url: &str) -> Location {
        Location { written: url.into(), url: url.into(), options: StoreOptions::default() }
    }

    #[tokio::test]
    async fn memory_stores_are_shared_by_name() {
        let (one, path) = open_store(&location("memory://shared-by-name/a/b")).unwrap();
        let (two, _) = open_store(&location("memory://shared-by-name/")).unwrap();
        one.put(&path, "x".into()).await.unwrap();
        assert_eq!(two.head(&path).await.unwrap().size, 1);
        let (other, _) = open_store(&location("memory://another-name/")).unwrap();
        let missing = other.head(&path).await.unwrap_err();
        assert!(matches!(missing, object_store::Error::NotFound { .. }), "{missing}");
    }

    #[tokio::test]
    async fn strange_characters_in_disk_paths_survive() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a folder").join("100% 顾客 [x]#1?.csv");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "abc").unwrap();
        let (store, path) = open_store(&location(file.to_str().unwrap())).unwrap();
        assert_eq!(store.head(&path).await.unwrap().size, 3);
    }
}
