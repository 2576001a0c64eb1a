//! Who may call as a pad: a browser that was paired with that camera, and whoever knows its password or the local API's token.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::Pads;
use super::pair::COOKIE;
use crate::camera::Outlet;
use crate::config::{self, CameraKind};
use crate::local_api::answer::{refuse, refuse_for};
use crate::local_api::cookie;
use crate::local_api::server::Peer;
use crate::reason::{Reason, table as reason};
use crate::secret;

/// A camera that may be used.
pub(super) struct Admitted {
    pub(super) outlet: Outlet,
    pub(super) settings: Arc<config::Camera>,
    /// The terminal's key, where a paired browser calls; whoever serves it looks whether it is still good.
    pub(super) terminal: Option<String>,
}

/// Where a call comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::local_api::v1) struct Caller(pub(in crate::local_api::v1) IpAddr);

impl Caller {
    pub(in crate::local_api::v1) fn of(peer: Option<&ConnectInfo<Peer>>) -> Self {
        Self(peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip()))
    }
}

/// What a caller shows.
struct Shown {
    /// The name, where there is one.
    user: Option<String>,
    secret: String,
}

impl Pads {
    /// Lets a caller use `camera`, by its headers or, where a browser can set none, by a `code` in the address.
    pub(super) async fn admit(
        &self,
        camera: &str,
        caller: Caller,
        headers: &HeaderMap,
        code: Option<String>,
    ) -> Result<Admitted, Response> {
        // What others guess at this address does not concern a browser that was paired.
        if let Some(terminal) = self.terminal(camera, headers) {
            return self.find(camera, Some(terminal)).ok_or_else(|| self.no_pad(camera));
        }
        if let Some(wait) = self.attempts.wait(caller.0, Instant::now()) {
            return Err(too_many(wait));
        }
        let shown = shown(headers).or(code.map(|secret| Shown { user: None, secret }));
        let settings = self.desk.stations.cameras.settings(camera);
        let is_master = match &self.token {
            None => true,
            Some(token) => shown.as_ref().is_some_and(|shown| token.is(&shown.secret)),
        };
        let is_own =
            settings.as_deref().zip(shown.as_ref()).is_some_and(|(of, shown)| is_pads_own(of, shown));
        if !is_master && !is_own {
            if shown.is_some() {
                self.attempts.failed(caller.0, Instant::now());
            }
            tracing::warn!(camera = ?camera, caller = %caller.0, "a pad was refused: wrong password, or none");
            // Nobody learns here which cameras there are.
            return Err(unauthorised(headers));
        }
        self.find(camera, None).ok_or_else(|| self.no_pad(camera))
    }

    /// The key of a browser that was paired with this very camera. A cookie comes along whoever asks the browser to send it, so
    /// it counts for pages of this box alone.
    fn terminal(&self, camera: &str, headers: &HeaderMap) -> Option<String> {
        let key = self.desk.stations.screens.keys.find(cookie::read(headers, COOKIE.0)?)?;
        (key.camera.as_deref() == Some(camera) && is_from_here(headers)).then(|| key.id.clone())
    }

    fn find(&self, camera: &str, terminal: Option<String>) -> Option<Admitted> {
        let cameras = &self.desk.stations.cameras;
        let (settings, outlet) = cameras.settings(camera).zip(cameras.outlet(camera))?;
        (settings.kind == CameraKind::Pad).then_some(Admitted { outlet, settings, terminal })
    }

    fn no_pad(&self, camera: &str) -> Response {
        let is_there = self.desk.stations.cameras.settings(camera).is_some();
        if is_there {
            return refuse(reason::not_a_pad(camera));
        }
        refuse(reason::no_camera(camera))
    }
}

/// Whether this is the account of this very camera.
fn is_pads_own(camera: &config::Camera, shown: &Shown) -> bool {
    let known = camera.password.as_deref().filter(|_| camera.kind == CameraKind::Pad);
    let name = camera.user.as_deref().unwrap_or(&camera.name);
    known.is_some_and(|known| secret::same(known, &shown.secret))
        && shown.user.as_deref().is_none_or(|user| user == name)
}

fn shown(headers: &HeaderMap) -> Option<Shown> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, rest) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Shown { user: None, secret: rest.trim().to_owned() });
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let plain = String::from_utf8(BASE64_STANDARD.decode(rest.trim()).ok()?).ok()?;
        let (user, secret) = plain.split_once(':')?;
        return Some(Shown { user: Some(user.to_owned()), secret: secret.to_owned() });
    }
    None
}

/// Whether the page that calls, if it is one, comes from this box: its host is the one that was called, whatever the port.
pub(in crate::local_api::v1) fn is_from_here(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else { return true };
    let origin = origin.to_str().ok().and_then(|origin| url::Url::parse(origin).ok());
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| url::Url::parse(&format!("http://{host}")).ok());
    match (origin.as_ref().and_then(url::Url::host_str), host.as_ref().and_then(url::Url::host_str)) {
        (Some(from), Some(to)) => from.eq_ignore_ascii_case(to),
        _ => false,
    }
}

fn unauthorised(headers: &HeaderMap) -> Response {
    challenge(reason::pad_password_needed(), headers)
}

/// A refusal that says what is needed. A page is not offered Basic: its browser would ask the visitor for a password.
pub(in crate::local_api::v1) fn challenge(why: Reason, headers: &HeaderMap) -> Response {
    let mut response = refuse(why);
    let is_page = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-mode");
    let ways = if is_page { "Bearer" } else { "Bearer, Basic realm=\"pad\"" };
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(ways));
    response
}

/// The refusal of an address that guesses.
pub(in crate::local_api::v1) fn too_many(wait: Duration) -> Response {
    refuse_for(wait.as_secs(), reason::too_many_attempts(wait.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn pages_of_other_hosts_are_not_from_here() {
        let from = |origin, host| is_from_here(&headers(&[(header::ORIGIN, origin), (header::HOST, host)]));
        assert!(is_from_here(&headers(&[(header::HOST, "box:5555")])), "no browser");
        assert!(from("https://box:8886", "box:5555") && from("http://BOX", "box:5555"));
        assert!(from("http://[::1]:8886", "[::1]:5555"));
        for origin in ["http://evil.example", "null", "http://box.evil.example:5555", "file:///x"] {
            assert!(!from(origin, "box:5555"), "{origin}");
        }
    }

    #[test]
    fn a_pads_password_is_good_for_that_pad() {
        let camera: config::Camera =
            serde_json::from_value(serde_json::json!({"name": "gate", "kind": "pad", "password": "p"}))
                .unwrap();
        let shown =
            |user: Option<&str>, secret: &str| Shown { user: user.map(Into::into), secret: secret.into() };
        assert!(is_pads_own(&camera, &shown(None, "p")) && is_pads_own(&camera, &shown(Some("gate"), "p")));
        assert!(
            !is_pads_own(&camera, &shown(None, "q")) && !is_pads_own(&camera, &shown(Some("other"), "p"))
        );
        let open = config::Camera { password: None, ..camera.clone() };
        assert!(!is_pads_own(&open, &shown(None, "")));
        let file = config::Camera { kind: CameraKind::File, ..camera };
        assert!(!is_pads_own(&file, &shown(None, "p")));
    }
}
