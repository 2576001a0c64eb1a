//! Under which address others reach us: as configured, else as their request names us.

use axum::http::{HeaderMap, Uri, header};

use crate::config::Config;

/// `scheme://host[:port]`, without a slash at the end; empty when the request names no usable host.
pub(crate) fn of_request(config: &Config, headers: &HeaderMap, uri: &Uri) -> String {
    if let Some(url) = &config.http.public_url {
        return url.as_str().trim_end_matches('/').to_owned();
    }
    let text = |name: &str| -> Option<String> {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let host = text(header::HOST.as_str()).or_else(|| uri.authority().map(ToString::to_string));
    let forwarded = text("x-forwarded-proto");
    let scheme =
        if forwarded.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) { "https" } else { "http" };
    // A host that is no host would be stored and sent around: relative addresses are always right.
    let is_host =
        |host: &String| url::Url::parse(&format!("{scheme}://{host}/")).is_ok_and(|url| url.path() == "/");
    host.filter(is_host).map(|host| format!("{scheme}://{host}")).unwrap_or_default()
}
