//! Opens object stores. Only this module handles credentials, and only through each builder's `from_env`: they come
//! from the environment or the platform, never from a file of the pipeline. Builders are never printed, because their
//! `Debug` output shows secrets.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::{ClientConfigKey, HttpClient, HttpConnector};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::local::LocalFileSystem;
use object_store::{ClientOptions, ObjectStore};

use super::address::{Address, Scheme, place};
use super::credentials::what_to_check;
use super::request_error::reason;
use super::secrets::cause;
use crate::config::location::{Location, StoreOptions};
use crate::error::{Error, Problem, Result};

/// Longest wait for a web server to accept a connection, as that of the other clients.
const CONNECTING: Duration = Duration::from_secs(5);
/// Longest silence of a web server.
const SILENCE: Duration = Duration::from_secs(30);

/// Opens the store of an address; `location` gives the options and its name in messages.
pub fn connect(location: &Location, address: &Address) -> Result<Arc<dyn ObjectStore>> {
    let options = &location.options;
    let opened: object_store::Result<Arc<dyn ObjectStore>> = match address.scheme {
        Scheme::Disk => Ok(Arc::new(LocalFileSystem::new())),
        #[cfg(test)]
        Scheme::Memory => Ok(super::testing::memory_store(&address.root)),
        Scheme::S3 => amazon(&address.root, options),
        Scheme::Google => google(&address.root, options),
        Scheme::Azure => azure(&address.root, options),
        Scheme::Http => web(address),
    };
    opened.map_err(|error| {
        Error::invalid(
            Problem::new(format!("cannot open the store of {}: {}", place(location, address), reason(&error)))
                .hint(format!("check {}", what_to_check(address.scheme)))
                .caused_by(cause(error)),
        )
    })
}

fn amazon(root: &str, options: &StoreOptions) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = AmazonS3Builder::from_env().with_url(root);
    if let Some(endpoint) = non_empty(&options.endpoint) {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(region) = non_empty(&options.region) {
        builder = builder.with_region(region);
    }
    if options.allow_http {
        builder = builder.with_allow_http(true);
    }
    Ok(Arc::new(builder.build()?))
}

fn google(root: &str, options: &StoreOptions) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = GoogleCloudStorageBuilder::from_env().with_url(root);
    if let Some(endpoint) = non_empty(&options.endpoint) {
        builder = builder.with_base_url(endpoint);
    }
    if options.allow_http {
        builder = builder.with_config(GoogleConfigKey::Client(ClientConfigKey::AllowHttp), "true");
    }
    Ok(Arc::new(builder.build()?))
}

fn azure(root: &str, options: &StoreOptions) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut builder = MicrosoftAzureBuilder::from_env().with_url(root);
    if let Some(endpoint) = non_empty(&options.endpoint) {
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
    let is_plain = address.root.starts_with("http://");
    let client = ClientOptions::new().with_allow_http(is_plain);
    let builder = HttpBuilder::new().with_url(url).with_client_options(client);
    Ok(Arc::new(builder.with_http_connector(WebConnector { is_plain }).build()?))
}

/// Connects to web servers. A file comes in one answer, which may take as long as it likes while bytes arrive; the usual
/// client gives every answer 30 seconds, whatever its size.
#[derive(Debug)]
struct WebConnector {
    is_plain: bool,
}

impl HttpConnector for WebConnector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let builder = reqwest::Client::builder()
            .user_agent(concat!("staunch/", env!("CARGO_PKG_VERSION")))
            .https_only(!self.is_plain)
            .connect_timeout(CONNECTING)
            .read_timeout(SILENCE)
            // Sizes are those of the bytes as they are sent.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate();
        let failed = |error| object_store::Error::Generic { store: "HTTP", source: Box::new(error) };
        builder.build().map(HttpClient::new).map_err(failed)
    }
}

fn non_empty(option: &Option<String>) -> Option<&str> {
    option.as_deref().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use object_store::ObjectStoreExt;

    use super::super::folder::Folder;
    use super::*;

    fn folder(url: &str) -> Folder {
        Folder::open(&Location { written: url.into(), url: url.into(), options: StoreOptions::default() }).unwrap()
    }

    #[tokio::test]
    async fn memory_stores_are_shared_by_name() {
        let one = folder("memory://shared-by-name/a/b");
        one.store.put(&one.root, "x".into()).await.unwrap();
        let two = folder("memory://shared-by-name/");
        assert_eq!(two.store.head(&one.root).await.unwrap().size, 1);
        let missing = folder("memory://another-name/").store.head(&one.root).await.unwrap_err();
        assert!(matches!(missing, object_store::Error::NotFound { .. }), "{missing}");
    }

    #[tokio::test]
    async fn strange_characters_in_disk_paths_survive() {
        let disk = tempfile::tempdir().unwrap();
        let file = disk.path().join("a folder").join("100% 客户 [x]#1?.csv");
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "abc").unwrap();
        let found = folder(file.to_str().unwrap());
        assert_eq!(found.store.head(&found.root).await.unwrap().size, 3);
    }
}
