//! The listener of the box's pages: the same API as on the local port, and the pages in front of it, by TLS and without on one
//! port. Without, only this computer itself is served: everybody else is sent to TLS, because a password may not travel in the
//! clear and browsers give cameras to secure pages only.

pub(crate) mod certificate;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use runtime::tls::{Certificate, Listener};
use tokio::net::TcpListener;

use super::answer::refuse;
use super::server::{self, Peer};
use super::write_address;
use crate::App;
use crate::reason::table as reason;

/// Holds the address of the pages, so that scripts find it when the port was chosen by the system.
pub(crate) const ADDRESS_FILE: &str = "console.addr";

/// Where there are no pages.
const API: [&str; 3] = ["/api/", "/SophonMQ/", "/SophonFogSys/"];

/// What goes along with every answer: pages of others may not show, script or read what comes from here.
const HEADERS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(self), microphone=(), geolocation=(), payment=(), usb=(), display-capture=()",
    ),
];

/// Serves `api` and the pages there until the process stops.
///
/// # Errors
/// The certificate cannot be used or made.
pub(super) async fn start(app: &App, listener: TcpListener, api: Router) -> anyhow::Result<()> {
    let directory = &app.config.data_dir;
    let certificate = certificate(app).await?;
    let address = listener.local_addr().context("console.listen")?;
    write_address(&directory.join(ADDRESS_FILE), &address.to_string())?;
    let config = app.config.clone();
    let shown = tokio::task::spawn_blocking(move || certificate::shown(&config)).await?;
    let fingerprint = shown.map(|shown| shown.fingerprint).unwrap_or_default();
    tracing::info!(%address, certificate = fingerprint, "the console is listening");
    let stopping = app.life.stopping();
    app.life.spawn("console certificate", Arc::clone(&certificate).follow(stopping.clone()));
    let listener = Listener::either(server::places(listener), certificate).context("TLS cannot be set up")?;
    app.life.spawn("console", server::serve("console", listener, router(api), stopping));
    Ok(())
}

/// The one of the configuration, or the box's own.
async fn certificate(app: &App) -> anyhow::Result<Arc<Certificate>> {
    let given = app.config.console.tls.certificate("console.tls").map_err(anyhow::Error::msg)?;
    if let Some(given) = given {
        return Ok(given);
    }
    let directory = app.config.data_dir.clone();
    let path = tokio::task::spawn_blocking(move || certificate::own(&directory)).await??;
    let own = load(&path)?;
    app.life.spawn("own certificate", certificate::keep(path, app.life.stopping()));
    Ok(own)
}

fn load(path: &Path) -> anyhow::Result<Arc<Certificate>> {
    let loaded = Certificate::load(path, path);
    loaded
        .with_context(|| format!("{} cannot be used; remove it and the box makes a new one", path.display()))
}

/// Pages behind the API's own routes.
fn router(api: Router) -> Router {
    let served = api.fallback(page).layer(middleware::from_fn(secured));
    served.layer(middleware::map_response(with_headers))
}

/// A page, at an address that is none of the API's.
async fn page(request: Request) -> Response {
    let path = request.uri().path();
    let is_api = API.iter().any(|start| path.starts_with(start));
    let found = if is_api { None } else { pages::BOX.answer(request.method(), path, request.headers()) };
    match found {
        Some(page) => page.map(Body::from),
        None => refuse(reason::no_such_address()),
    }
}

async fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Sends whoever comes without TLS from another computer to TLS on the same port.
async fn secured(request: Request, next: Next) -> Response {
    let peer = Peer::of(request.extensions());
    if peer.is_tls || peer.ip().is_loopback() {
        return next.run(request).await;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    match by_tls(host, request.uri()) {
        Some(there) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, there)]).into_response(),
        None => refuse(reason::only_https()),
    }
}

/// The same address by TLS, as the caller knows it.
fn by_tls(host: Option<&str>, uri: &Uri) -> Option<HeaderValue> {
    let authority: Authority = host?.parse().ok()?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    // An account in front of the host belongs into no address we make.
    let host = authority.host();
    let port = authority.port().map(|port| format!(":{port}")).unwrap_or_default();
    HeaderValue::from_str(&format!("https://{host}{port}{path}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_tls_is_the_callers_own() {
        let to = |host, path: &str| {
            by_tls(host, &path.parse().unwrap()).map(|there| there.to_str().unwrap().to_owned())
        };
        let there = to(Some("box.local:8886"), "/people?q=a%20b");
        assert_eq!(there.as_deref(), Some("https://box.local:8886/people?q=a%20b"));
        assert_eq!(to(Some("[fe80::1]:8886"), "/").as_deref(), Some("https://[fe80::1]:8886/"));
        assert_eq!(to(Some("evil@box:8886"), "/").as_deref(), Some("https://box:8886/"));
        for none in [None, Some(""), Some("a b"), Some("box/evil")] {
            assert_eq!(to(none, "/"), None, "{none:?}");
        }
    }
}
