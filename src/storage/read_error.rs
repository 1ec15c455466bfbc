//! Failed requests to a store, in words that say what was asked for, where, and what to do.

use std::error::Error as StdError;

use super::address::{Address, Scheme, place};
use crate::config::location::{Location, StoreOptions};
use crate::error::{Error, Problem};

/// What a failed request means, about one object; `name` is its full location, with the scheme.
pub fn storage_error(name: &str, error: object_store::Error) -> Error {
    let object = Location { written: name.into(), url: name.into(), options: StoreOptions::default() };
    let scheme = Address::parse(&object).map_or(Scheme::Disk, |address| address.scheme);
    failed(scheme, &format!("`{name}`"), error)
}

/// What a failed request means, about a location of the pipeline file.
pub fn location_error(location: &Location, address: &Address, error: object_store::Error) -> Error {
    failed(address.scheme, &place(location, address), error)
}

/// A failed request that [`storage_error`] would call a missing object.
pub fn is_missing(error: &object_store::Error) -> bool {
    matches!(error, object_store::Error::NotFound { .. })
}

/// `place` is in backticks.
fn failed(scheme: Scheme, place: &str, error: object_store::Error) -> Error {
    let why = reason(&error);
    match error {
        object_store::Error::NotFound { .. } => Error::invalid(
            Problem::new(format!("{place} does not exist"))
                .hint("check the location for spelling, upper and lower case"),
        ),
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => Error::execution(
            Problem::new(format!("access to {place} was denied: {why}"))
                .hint(format!("check the credentials: {}", variables(scheme))),
        ),
        object_store::Error::Precondition { .. } => Error::execution(
            Problem::new(format!("{place} was replaced while it was read"))
                .hint("run again when whatever writes it has finished"),
        ),
        other if is_plain_http(&other) => Error::invalid(
            Problem::new(format!("the endpoint of {place} is a plain `http://` address, which is not allowed: {why}"))
                .hint("set `allow_http: true` on the store, or use an `https://` endpoint"),
        ),
        other if asked_the_machine(&other) => Error::execution(
            Problem::new(format!(
                "there are no credentials for {place}: the environment has none, and asking this machine for its own \
                 failed: {why}"
            ))
            .hint(credentials(scheme)),
        ),
        _ => Error::execution(
            Problem::new(format!("cannot reach or read {place}: {why}"))
                .hint(format!("check the network, permissions and {}", variables(scheme))),
        ),
    }
}

/// Whether the client refused to send a request because its address is not `https://`.
fn is_plain_http(error: &object_store::Error) -> bool {
    chain(error).any(|error| error.to_string().contains("URL scheme is not allowed"))
}

/// Whether the request that failed was one to the platform's metadata service, the last place where stores look for
/// credentials. The service is known by its address; a word such as `token` may also be in the name of an object.
fn asked_the_machine(error: &object_store::Error) -> bool {
    const SERVICES: [&str; 5] = [
        "://169.254.",
        "://metadata.google.internal",
        "/latest/api/token",
        "/latest/meta-data/iam/",
        "/metadata/identity/oauth2/token",
    ];
    chain(error).any(|error| SERVICES.iter().any(|service| error.to_string().contains(service)))
}

/// What to set so that a store has credentials.
fn credentials(scheme: Scheme) -> String {
    let (keys, public) = match scheme {
        Scheme::S3 => (
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, with AWS_SESSION_TOKEN for temporary ones,",
            "AWS_SKIP_SIGNATURE=true for a public bucket",
        ),
        Scheme::Google => (
            "GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT to a key file,",
            "GOOGLE_SKIP_SIGNATURE=true for a public bucket",
        ),
        Scheme::Azure => (
            "AZURE_STORAGE_ACCOUNT_KEY, or AZURE_CLIENT_ID, AZURE_CLIENT_SECRET and AZURE_TENANT_ID,",
            "AZURE_SKIP_SIGNATURE=true for a public container",
        ),
        Scheme::Disk | Scheme::Http | Scheme::Memory => return format!("check {}", variables(scheme)),
    };
    format!("set {keys} in the environment, or {public}")
}

/// What a store's settings are called, or what else to check.
pub fn variables(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Disk => "that this user may read the file and its folder",
        Scheme::S3 => {
            "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION and AWS_ENDPOINT in the environment"
        }
        Scheme::Google => "GOOGLE_APPLICATION_CREDENTIALS or GOOGLE_SERVICE_ACCOUNT in the environment",
        Scheme::Azure => {
            "AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY (or AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, \
             AZURE_TENANT_ID) in the environment"
        }
        Scheme::Http => "that the address opens without a login",
        Scheme::Memory => "the name of the store",
    }
}

/// The innermost error's words, in one line, without what follows `?` in web addresses.
pub fn reason(error: &object_store::Error) -> String {
    let text = chain(error).last().map(ToString::to_string).unwrap_or_default();
    let words = text.split_whitespace().map(|word| match word.split_once('?') {
        Some((before, after)) if before.contains("://") && !after.is_empty() => format!("{before}?…"),
        _ => word.to_owned(),
    });
    let line = words.collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(300).collect();
    short.trim_end_matches('.').to_owned()
}

/// The error and what is behind it, the innermost last.
fn chain(error: &object_store::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let mut next: Option<&(dyn StdError + 'static)> = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.source();
        Some(current)
    })
}

#[cfg(test)]
mod tests {
    use object_store::aws::AmazonS3Builder;
    use object_store::{ObjectStore, ObjectStoreExt, RetryConfig};

    use super::*;

    fn because(why: &str) -> Box<dyn StdError + Send + Sync> {
        why.into()
    }

    /// The error of a location below the store `lake`, which leads to `url`.
    fn below_lake(url: &str, error: object_store::Error) -> Error {
        let location =
            Location { written: "lake/transactions/".into(), url: url.into(), options: StoreOptions::default() };
        location_error(&location, &Address::parse(&location).unwrap(), error)
    }

    /// A bucket that answers at once, if at all.
    fn bucket() -> AmazonS3Builder {
        let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
        AmazonS3Builder::new().with_bucket_name("acme").with_region("eu-central-1").with_retry(retry)
    }

    async fn refusal(store: &dyn ObjectStore) -> Error {
        let error = store.head(&"transactions/a.parquet".into()).await.unwrap_err();
        below_lake("s3://acme/transactions/", error)
    }

    #[test]
    fn a_missing_object_is_a_wrong_path_and_a_refused_one_is_not() {
        let missing = object_store::Error::NotFound { path: "a".into(), source: because("why") };
        assert_eq!(storage_error("s3://b/a", missing).exit_code(), 2);
        let denied = object_store::Error::PermissionDenied { path: "a".into(), source: because("why") };
        let denied = storage_error("s3://b/a", denied);
        assert_eq!(denied.exit_code(), 1);
        assert!(denied.to_string().contains("AWS_ACCESS_KEY_ID"), "{denied}");
    }

    #[test]
    fn a_named_store_gets_the_hint_of_where_it_leads() {
        for (url, hint) in [
            ("s3://acme/transactions/", "AWS_REGION"),
            ("gs://acme/transactions/", "GOOGLE_SERVICE_ACCOUNT"),
            ("az://acme/transactions/", "AZURE_STORAGE_ACCOUNT_NAME"),
            ("/data/transactions/", "this user may read"),
        ] {
            let error = object_store::Error::Generic { store: "S3", source: because("connection refused") };
            let message = below_lake(url, error).to_string();
            let place = format!("cannot reach or read `lake/transactions/` (`{url}`): connection refused");
            assert!(message.starts_with(&place) && message.contains(hint), "{message}");
        }
    }

    #[tokio::test]
    async fn without_credentials_the_hint_says_which_variables_give_them() {
        let store = bucket().with_metadata_endpoint("http://127.0.0.1:1").build().unwrap();
        let error = refusal(&store).await;
        assert_eq!(error.exit_code(), 1);
        let message = error.to_string();
        assert!(message.starts_with("there are no credentials for `lake/transactions/` (`s3://acme/"), "{message}");
        assert!(message.contains("hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), "{message}");
        assert!(message.contains("AWS_SKIP_SIGNATURE"), "{message}");
        let google = "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token";
        let error = object_store::Error::Generic { store: "GCS", source: because(google) };
        assert!(below_lake("gs://acme/", error).to_string().contains("set GOOGLE_APPLICATION_CREDENTIALS"));
    }

    #[test]
    fn names_that_sound_like_credentials_are_no_lack_of_them() {
        let why = "GET https://acme.s3.amazonaws.com/metadata/token/a?continuation-token=x in 169.254ms: timed out";
        let error = object_store::Error::Generic { store: "S3", source: because(why) };
        let message = below_lake("s3://acme/metadata/token/", error).to_string();
        assert!(message.starts_with("cannot reach or read"), "{message}");
    }

    #[tokio::test]
    async fn a_plain_http_endpoint_gets_the_hint_to_allow_it() {
        let keys = bucket().with_access_key_id("key").with_secret_access_key("secret");
        let error = refusal(&keys.with_endpoint("http://127.0.0.1:1").build().unwrap()).await;
        assert_eq!(error.exit_code(), 2);
        let message = error.to_string();
        assert!(message.contains("URL scheme is not allowed"), "{message}");
        assert!(message.contains("set `allow_http: true` on the store"), "{message}");
    }
}
