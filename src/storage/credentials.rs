//! The environment variables that hold a store's credentials and settings.

use super::address::Scheme;

/// What to check when a store refuses or does not answer.
pub fn what_to_check(scheme: Scheme) -> &'static str {
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
        #[cfg(test)]
        Scheme::Memory => "the name of the store",
    }
}

/// What to set so that a store has credentials.
pub fn what_to_set(scheme: Scheme) -> String {
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
        Scheme::Disk | Scheme::Http => return format!("check {}", what_to_check(scheme)),
        #[cfg(test)]
        Scheme::Memory => return format!("check {}", what_to_check(scheme)),
    };
    format!("set {keys} in the environment, or {public}")
}
