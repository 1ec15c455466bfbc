//! Keeps secrets out of messages, logs and error causes. Store errors contain the URLs of requests and the responses to
//! them, and both may carry a signature or a password.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::LazyLock;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
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
        r#"(?i)(^|[^a-z0-9_-])((?:x-(?:amz|goog)-)?(?:signature|credential|security-token)|sig|awsaccesskeyid|googleaccessid|(?:[a-z0-9]+_)*(?:access_token|refresh_token|session_token|sas_token|secret_access_key|secret_key|account_key|client_secret|private_key|password|passwd)|secretaccesskey|sessiontoken|sharedaccesssignature|sharedaccesskey|accountkey|clientsecret)("?\s*[=:]\s*(?:Some\()?"?)[^\s&,;"'`<>)]+"#,
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

/// Values of environment variables that hold secrets, wherever they appear.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| secret_values(std::env::vars()));
/// Ends of the names of such variables.
const SECRET_NAMES: [&str; 10] = [
    "SECRET_ACCESS_KEY",
    "SESSION_TOKEN",
    "ACCOUNT_KEY",
    "ACCESS_KEY",
    "CLIENT_SECRET",
    "SAS_TOKEN",
    "SAS_KEY",
    "PASSWORD",
    "SERVICE_ACCOUNT_KEY",
    "STAUNCH_SALT",
];
/// Shorter values are no secrets, and hiding them would make messages unreadable.
const SHORTEST_SECRET: usize = 8;

/// The secrets among some variables: their values, and the passwords of addresses.
fn secret_values(variables: impl Iterator<Item = (String, String)>) -> Vec<String> {
    let mut values = Vec::new();
    for (name, value) in variables {
        if SECRET_NAMES.iter().any(|end| name.to_ascii_uppercase().ends_with(end)) {
            values.push(value);
        } else if let Some((user, _)) = value.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'))
            && let Some((_, password)) = user.split_once(':')
        {
            values.push(password.to_owned());
        }
    }
    values.retain(|value| value.len() >= SHORTEST_SECRET);
    values
}

/// The text without these secrets, as they are and as addresses and JSON write them.
fn without<'a>(text: &'a str, secrets: &[String]) -> Cow<'a, str> {
    let mut text = Cow::Borrowed(text);
    for secret in secrets {
        let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let escaped = secret.replace('\\', "\\\\").replace('"', "\\\"");
        for form in [secret, &encoded, &escaped] {
            if text.contains(form.as_str()) {
                text = Cow::Owned(text.replace(form.as_str(), HIDDEN));
            }
        }
    }
    text
}

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
        let path = match part(3).split_once('#') {
            Some((path, fragment)) if is_web && !fragment.is_empty() => format!("{path}#{HIDDEN}"),
            _ => part(3).to_owned(),
        };
        format!("{}://{user}{path}{query}", part(1))
    };
    let text = without(text, &KNOWN);
    let text = ADDRESS.replace_all(&text, address);
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
            ("`az://box/a.csv?sv=2024&sig=s3cret%2F`", "`az://box/a.csv?sv=2024&sig=…`"),
            ("ftp://me:s3cret@host/a", "ftp://…@host/a"),
            ("https://h/a.csv#access_token=s3cret", "https://h/a.csv#…"),
            ("secret_access_key: Some(\"s3cret\")", "secret_access_key: Some(\"…\")"),
            ("{\"aws_session_token\":\"s3cret\"}", "{\"aws_session_token\":\"…\"}"),
            ("AZURE_STORAGE_ACCOUNT_KEY=s3cret==", "AZURE_STORAGE_ACCOUNT_KEY=…"),
        ] {
            assert_eq!(redacted(text), expected);
        }
    }

    #[test]
    fn secrets_of_the_environment_are_hidden_in_every_spelling() {
        let variables = [
            ("AWS_SECRET_ACCESS_KEY", "canary/+one"),
            ("S3_ENDPOINT", "http://me:canary-two@localhost:9000"),
            ("STAUNCH_OUTPUT", "canary-three"),
            ("DB_PASSWORD", "short"),
        ];
        let secrets = secret_values(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        assert_eq!(secrets, ["canary/+one", "canary-two"]);
        let text = "a canary/+one, b canary%2F%2Bone, c http://me:canary-two@h, d canary-three, short";
        assert_eq!(without(text, &secrets), "a …, b …, c http://me:…@h, d canary-three, short");
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
