//! What failed requests mean.

use std::error::Error as StdError;
use std::io;

use object_store::aws::AmazonS3Builder;
use object_store::{Error as StoreError, ObjectStore, ObjectStoreExt, RetryConfig};

use super::address::Scheme;
use super::request_error::{Purpose, is_refusal, request_error};
use super::secrets::chain;
use crate::error::Error;

const PURPOSES: [Purpose; 6] =
    [Purpose::Find, Purpose::Read, Purpose::List, Purpose::Write, Purpose::Delete, Purpose::Probe];

fn because(why: &str) -> Box<dyn StdError + Send + Sync> {
    why.into()
}

fn of_the_system(kind: io::ErrorKind) -> StoreError {
    StoreError::Generic { store: "LocalFileSystem", source: Box::new(io::Error::from(kind)) }
}

/// The error of a location below the store `lake`, which leads to S3.
fn below_lake(error: StoreError) -> Error {
    request_error(Purpose::Find, Scheme::S3, "`lake/transactions/` (`s3://acme/transactions/`)", error)
}

/// A bucket that answers at once, if at all.
fn bucket() -> AmazonS3Builder {
    let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    AmazonS3Builder::new().with_bucket_name("acme").with_region("eu-central-1").with_retry(retry)
}

async fn refusal(store: &dyn ObjectStore) -> Error {
    below_lake(store.head(&"transactions/a.parquet".into()).await.unwrap_err())
}

/// The error's chain of causes as text.
fn causes(error: &Error) -> String {
    let first = StdError::source(error).expect("a failed request keeps its cause");
    chain(first).map(|error| format!("{error}\n")).collect()
}

#[test]
fn every_failure_has_the_exit_code_of_its_purpose_and_keeps_its_cause() {
    let path = || "a".to_owned();
    type Make<'a> = &'a dyn Fn() -> StoreError;
    // In the order of `PURPOSES`: find, read, list, write, delete, probe.
    let table: [(Make<'_>, [u8; 6]); 14] = [
        (&|| StoreError::NotFound { path: path(), source: because("why") }, [2, 1, 1, 1, 1, 2]),
        (&|| of_the_system(io::ErrorKind::NotFound), [2, 1, 1, 1, 1, 2]),
        (&|| StoreError::PermissionDenied { path: path(), source: because("why") }, [1, 1, 1, 1, 1, 2]),
        (&|| of_the_system(io::ErrorKind::PermissionDenied), [1, 1, 1, 1, 1, 2]),
        (&|| StoreError::Unauthenticated { path: path(), source: because("why") }, [1, 1, 1, 1, 1, 2]),
        (&|| of_the_system(io::ErrorKind::NotADirectory), [2, 1, 1, 1, 1, 2]),
        (&|| of_the_system(io::ErrorKind::ReadOnlyFilesystem), [2, 1, 1, 1, 1, 2]),
        (
            &|| StoreError::NotImplemented { operation: "put".into(), implementer: "a web server".into() },
            [2, 1, 1, 1, 1, 2],
        ),
        (&|| StoreError::Generic { store: "S3", source: because("URL scheme is not allowed") }, [2; 6]),
        (&|| StoreError::Precondition { path: path(), source: because("why") }, [1; 6]),
        (&|| StoreError::Generic { store: "S3", source: because("connection reset by peer") }, [1; 6]),
        (&|| of_the_system(io::ErrorKind::StorageFull), [1; 6]),
        // "Too many levels of symbolic links" of Linux.
        (
            &|| StoreError::Generic { store: "disk", source: Box::new(io::Error::from_raw_os_error(40)) },
            [2, 1, 1, 1, 1, 2],
        ),
        (
            &|| StoreError::PermissionDenied { path: path(), source: because("<Code>RequestTimeTooSkewed</Code>") },
            [1; 6],
        ),
    ];
    for (make, expected) in table {
        let codes = PURPOSES.map(|purpose| {
            let error = request_error(purpose, Scheme::S3, "`s3://b/a`", make());
            assert!(!causes(&error).is_empty());
            error.exit_code()
        });
        assert_eq!(codes, expected, "{}", make());
    }
}

#[test]
fn a_listing_that_is_refused_is_told_by_its_status_and_code() {
    let answer = |status: &str, code: &str| StoreError::Generic {
        store: "S3",
        source: format!(
            "Server returned non-2xx status code: {status}: <?xml version=\"1.0\"?>\n<Error><Code>{code}</Code>\
             <Message>It is not valid.</Message><Resource>/acme</Resource></Error>"
        )
        .into(),
    };
    for (status, code, expected) in [
        ("403 Forbidden", "AccessDenied", "permission denied"),
        ("403 Forbidden", "SignatureDoesNotMatch", "the credentials were not accepted"),
        ("400 Bad Request", "ExpiredToken", "the credentials were not accepted"),
        ("401 Unauthorized", "Other", "the credentials were not accepted"),
    ] {
        let message = below_lake(answer(status, code)).to_string();
        let reason =
            format!("{expected}: Server returned non-2xx status code: {status}: {code}: It is not valid (hint: ");
        assert!(message.contains(&reason), "{message}");
        assert!(is_refusal(&answer(status, code)), "{status} {code}");
    }
    let unknown = below_lake(answer("500 Internal Server Error", "InternalError")).to_string();
    assert!(unknown.contains(": Server returned non-2xx status code: 500 Internal Server Error: InternalError: "));
}

#[test]
fn an_answer_that_may_change_is_no_refusal() {
    assert!(is_refusal(&of_the_system(io::ErrorKind::ReadOnlyFilesystem)));
    assert!(is_refusal(&StoreError::PermissionDenied { path: "a".into(), source: because("why") }));
    assert!(!is_refusal(&of_the_system(io::ErrorKind::StorageFull)));
    assert!(!is_refusal(&StoreError::Generic { store: "S3", source: because("timed out") }));
}

#[test]
fn a_message_says_what_failed_where_why_and_what_to_check() {
    for (scheme, hint) in [
        (Scheme::S3, "AWS_REGION"),
        (Scheme::Google, "GOOGLE_SERVICE_ACCOUNT"),
        (Scheme::Azure, "AZURE_STORAGE_ACCOUNT_NAME"),
        (Scheme::Disk, "this user may read"),
    ] {
        let refused = || StoreError::Generic { store: "S3", source: because("connection refused") };
        let message = request_error(Purpose::Find, scheme, "`lake/orders/`", refused()).to_string();
        assert!(message.starts_with("cannot read `lake/orders/`: connection refused (hint: "), "{message}");
        assert!(message.contains(hint), "{message}");
    }
    let denied = StoreError::PermissionDenied { path: "a".into(), source: because("403 Forbidden") };
    let message = request_error(Purpose::Write, Scheme::S3, "`lake/out/a`", denied).to_string();
    assert!(message.starts_with("cannot write `lake/out/a`: permission denied: 403 Forbidden"), "{message}");
    assert!(message.contains("AWS_ACCESS_KEY_ID"), "{message}");
}

#[test]
fn secrets_of_an_answer_are_in_no_message_and_no_cause() {
    let why = "GET https://h/a.csv?sig=s3cret: <StringToSign>s3cret</StringToSign>; https://me:s3cret@h/ refused";
    for make in [
        StoreError::Generic { store: "HTTP", source: because(why) },
        StoreError::PermissionDenied { path: "a".into(), source: because(why) },
        StoreError::Unauthenticated { path: "a".into(), source: because(why) },
    ] {
        let error = request_error(Purpose::Read, Scheme::Http, "`https://h/a.csv`", make);
        let all = format!("{error} {error:?} {}", causes(&error));
        assert!(!all.contains("s3cret"), "{all}");
        assert!(causes(&error).contains("GET https://h/a.csv?…"), "{all}");
    }
}

#[tokio::test]
async fn without_credentials_the_hint_says_which_variables_give_them() {
    let store = bucket().with_metadata_endpoint("http://127.0.0.1:1").build().unwrap();
    let error = refusal(&store).await;
    assert_eq!(error.exit_code(), 1);
    let message = error.to_string();
    let start = "cannot read `lake/transactions/` (`s3://acme/transactions/`): the environment has no credentials, and";
    assert!(message.starts_with(start), "{message}");
    assert!(message.contains("hint: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"), "{message}");
    assert!(message.contains("AWS_SKIP_SIGNATURE"), "{message}");
    let google = "GET http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token";
    let error = StoreError::Generic { store: "GCS", source: because(google) };
    let message = request_error(Purpose::Probe, Scheme::Google, "`gs://acme/`", error).to_string();
    assert!(message.contains("set GOOGLE_APPLICATION_CREDENTIALS"), "{message}");
}

#[test]
fn names_that_sound_like_credentials_are_no_lack_of_them() {
    let why = "GET https://acme.s3.amazonaws.com/metadata/token/a?continuation-token=x in 169.254ms: timed out";
    let message = below_lake(StoreError::Generic { store: "S3", source: because(why) }).to_string();
    assert!(message.contains("): GET https://acme.s3.amazonaws.com/metadata/token/a?… in 169.254ms"), "{message}");
}

#[tokio::test]
async fn a_plain_http_endpoint_gets_the_hint_to_allow_it() {
    let keys = bucket().with_access_key_id("key").with_secret_access_key("secret");
    let error = refusal(&keys.with_endpoint("http://127.0.0.1:1").build().unwrap()).await;
    assert_eq!(error.exit_code(), 2);
    let message = error.to_string();
    assert!(message.contains("its endpoint is a plain `http://` address, which is not allowed"), "{message}");
    assert!(message.contains("set `allow_http: true` on the store"), "{message}");
    assert!(causes(&error).contains("URL scheme is not allowed"));
}
