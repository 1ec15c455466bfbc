//! Keeps secrets out of messages, logs and error causes. Store errors contain the URLs of requests and the responses to
//! them, and both may carry a signature or a password.

use std::error::Error as StdError;
use std::fmt;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::error::ForeignError;

/// Replaces a secret.
const HIDDEN: &str = "…";
/// Schemes whose user name names a container, not a user.
const CONTAINER_SCHEMES: [&str; 5] = ["abfs", "abfss", "adl", "az", "azure"];

/// Scheme, user and password, the rest up to the query, and the query of an address.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\b([a-z][a-z0-9+.-]*)://([^\s/?#"'`<>@]*@)?([^\s?"'`<>]*)(\?[^\s"'`<>]*)?"#));
/// A setting that is a secret or reveals part of one.
static SETTING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(^|[^a-z0-9_-])((?:x-(?:amz|goog)-)?(?:signature|credential|security-token)|sig|awsaccesskeyid|googleaccessid|access_token|sharedaccesssignature|accountkey|password)(\s*[=:]\s*)[^\s&,;"'`<>]+"#,
    )
});
/// Elements of an S3 server's response to a wrong signature.
static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?s)<(AWSAccessKeyId|SignatureProvided|StringToSign|StringToSignBytes|CanonicalRequest|CanonicalRequestBytes)>.*?(?:</|$)",
    )
});
/// A token in an `Authorization` header.
static BEARER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}"));

#[expect(clippy::expect_used, reason = "the patterns are constants, and the tests of this module compile them")]
fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a valid pattern")
}

/// The text without user names and passwords in addresses, without queries of web addresses, and without signatures,
/// keys and tokens.
pub fn redacted(text: &str) -> String {
    let address = |found: &Captures<'_>| {
        let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
        let scheme = part(1).to_ascii_lowercase();
        let is_container = CONTAINER_SCHEMES.contains(&scheme.as_str()) && !part(2).contains(':');
        let user = if part(2).is_empty() || is_container { part(2).to_owned() } else { format!("{HIDDEN}@") };
        let is_web = matches!(scheme.as_str(), "http" | "https");
        let query = if is_web && part(4).len() > 1 { format!("?{HIDDEN}") } else { part(4).to_owned() };
        format!("{}://{user}{}{query}", part(1), part(3))
    };
    let text = ADDRESS.replace_all(text, address);
    let text = SETTING.replace_all(&text, format!("$1$2$3{HIDDEN}"));
    let text = ELEMENT.replace_all(&text, format!("<$1>{HIDDEN}</"));
    BEARER.replace_all(&text, format!("$1 {HIDDEN}")).into_owned()
}

/// The error as a cause: unchanged if it contains no secrets, otherwise a copy of its messages without them.
pub fn cause(error: object_store::Error) -> ForeignError {
    let has_none = |text: String| redacted(&text) == text;
    let is_clean = has_none(format!("{error:?}")) && chain(&error).all(|error| has_none(error.to_string()));
    if is_clean {
        return ForeignError::from(error);
    }
    let texts: Vec<String> = chain(&error).map(|error| redacted(&error.to_string())).collect();
    let inner = texts.into_iter().rev().fold(None, |source, text| Some(Box::new(Redacted { text, source })));
    match inner {
        Some(redacted) => ForeignError::from(*redacted),
        None => ForeignError::from(error),
    }
}

/// An error and its sources, innermost last.
pub fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let current = next?;
        next = current.source();
        Some(current)
    })
}

/// The messages of an error that contained secrets, without the secrets.
#[derive(Debug)]
struct Redacted {
    text: String,
    source: Option<Box<Redacted>>,
}

impl fmt::Display for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for Redacted {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_are() {
        for (text, expected) in [
            ("GET https://h:8080/a%20b?sig=s3cret&x=1 in 3ms", "GET https://h:8080/a%20b?… in 3ms"),
            ("(https://me:s3cret@h/a): no", "(https://…@h/a): no"),
            ("s3://key:s3cret@bucket/a.csv", "s3://…@bucket/a.csv"),
            ("url (http://h/a?X-Amz-Signature=s3cret)", "url (http://h/a?…"),
            ("/a.csv?X-Amz-Credential=AKIA%2F1&X-Amz-Signature=s3cret", "/a.csv?X-Amz-Credential=…&X-Amz-Signature=…"),
            (
                "Credential=AKIA/1, SignedHeaders=host, Signature=s3cret",
                "Credential=…, SignedHeaders=host, Signature=…",
            ),
            ("Authorization: Bearer eyJhbGciOi.s3cret", "Authorization: Bearer …"),
            (
                "<Code>No</Code><SignatureProvided>s3cret</SignatureProvided><a>",
                "<Code>No</Code><SignatureProvided>…</SignatureProvided><a>",
            ),
            ("<StringToSign>AWS4\ns3cret", "<StringToSign>…</"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn text_without_secrets_is_unchanged() {
        for text in [
            "s3://lake/a?.csv",
            "abfss://container@account.dfs.core.windows.net/a",
            "/data/me@home/100%?.csv",
            "continuation-token=x: timed out",
            "https://h/a.csv",
            "the token is at line 3",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn a_cause_keeps_its_chain_and_loses_its_secrets() {
        let clean = object_store::Error::Generic { store: "S3", source: "connection refused".into() };
        let clean = cause(clean);
        assert!(clean.downcast_ref::<object_store::Error>().is_some());
        let io = std::io::Error::other("GET https://h/a?sig=s3cret failed");
        let shown = cause(object_store::Error::Generic { store: "HTTP", source: Box::new(io) });
        let texts: Vec<String> = chain(&*shown).map(ToString::to_string).collect();
        assert_eq!(texts, ["Generic HTTP error: GET https://h/a?… failed", "GET https://h/a?… failed"]);
        assert!(!format!("{shown:?}").contains("s3cret"));
    }
}
