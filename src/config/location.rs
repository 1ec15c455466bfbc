//! Where objects are: a location as written, resolved against named stores and folders.

/// An object, a folder (trailing `/`) or a glob on some store, fully resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// As written in the pipeline file, for messages.
    pub written: String,
    /// Absolute path on the local disk, or a URL with scheme (`s3`, `gs`, `az`, `http`, `https`, `memory`, `file`).
    pub url: String,
    /// Settings that the URL cannot say.
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
