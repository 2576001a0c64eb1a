//! Where blobs lie: a folder, or a bucket of an S3-compatible service. Whatever it is, no request waits for ever.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use url::Url;

use super::BlobError;
use crate::config::BlobStore;

/// To reach the service.
const CONNECT: Duration = Duration::from_secs(3);
/// Repeats of a request that failed for a reason that may pass, and how long they may go on. A box that waits for its answer
/// comes again by itself.
const RETRIES: usize = 3;
const RETRY_FOR: Duration = Duration::from_secs(10);

/// Opens the store at `url`: `file:<folder>` or `s3://<bucket>[/<prefix>]`.
pub(super) fn open(url: &str, config: &BlobStore) -> Result<Arc<dyn ObjectStore>, BlobError> {
    match url.split_once(':') {
        Some(("file", folder)) => folder_at(folder.strip_prefix("//").unwrap_or(folder)),
        Some(("s3", _)) => bucket(url, config),
        _ => Err(BlobError::Url("expected file:<folder> or s3://<bucket>/<prefix>".to_owned())),
    }
}

fn folder_at(folder: &str) -> Result<Arc<dyn ObjectStore>, BlobError> {
    let folder = PathBuf::from(folder);
    create_private(&folder)?;
    Ok(Arc::new(LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true)))
}

/// Photos are personal: the folder is the owner's only.
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

fn bucket(url: &str, config: &BlobStore) -> Result<Arc<dyn ObjectStore>, BlobError> {
    let wrong = |what: &str| BlobError::Url(what.to_owned());
    let parsed = Url::parse(url).map_err(|error| BlobError::Url(error.to_string()))?;
    let name = parsed.host_str().filter(|name| !name.is_empty()).ok_or_else(|| wrong("names no bucket"))?;
    if parsed.password().is_some() || !parsed.username().is_empty() || parsed.query().is_some() {
        return Err(wrong(
            "expected s3://<bucket>/<prefix>; keys are set with blobs.access_key and blobs.secret_key",
        ));
    }
    // One request, its body included.
    let answer_within = Duration::from_secs(config.answer_within.max(1));
    let client = ClientOptions::new()
        .with_connect_timeout(CONNECT.min(answer_within))
        .with_timeout(answer_within)
        .with_allow_http(config.allow_http);
    let backoff = BackoffConfig { max_backoff: Duration::from_secs(2), ..BackoffConfig::default() };
    let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRY_FOR.min(answer_within), backoff };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(name)
        .with_region(&config.region)
        .with_client_options(client)
        .with_retry(retry);
    if let Some(endpoint) = &config.endpoint {
        if endpoint.scheme() == "http" && !config.allow_http {
            return Err(wrong("blobs.endpoint is not encrypted: use https, or set blobs.allow_http = true"));
        }
        builder = builder.with_endpoint(endpoint.as_str().trim_end_matches('/'));
    }
    match (&config.access_key, &config.secret_key) {
        (Some(access), Some(secret)) => {
            builder = builder.with_access_key_id(access.reveal()).with_secret_access_key(secret.reveal());
        }
        (None, None) => {}
        _ => return Err(wrong("blobs.access_key and blobs.secret_key must be set together")),
    }
    let store = builder.build()?;
    Ok(match parsed.path().trim_matches('/') {
        "" => Arc::new(store),
        prefix => Arc::new(PrefixStore::new(store, prefix)),
    })
}
