//! What boxes speak to: `/device/…`, in the shapes of the protocol.
//!
//! What each needs stands in [`ENDPOINTS`], which the router is made from.
//!
//! | address | who may | module |
//! |---|---|---|
//! | `GET\|POST /device/login` | who knows a licence key (and is the hardware that occupies it) | `login` |
//! | `POST\|GET /device/persons` | a box | `persons` |
//! | `GET /device/photos/{key}` | a box, or who was told the address on its behalf | `photos`, `pass` |
//! | `POST /device/records`, `/device/realtime` | a box | `events` |
//! | `POST /device/cameras` | a box | `cameras` |
//! | `POST /device/status` | a box | `status` |
//! | `POST /device/results` | a box | `results` |
//! | `POST /pair/{code}` | who was given the code | `pairing` |
//!
//! "A box" carries its token in the query (`token`, `dev_sno`) or as bearer. A box registered as legacy needs neither token nor query:
//! its key and the address it last logged in from are enough. A box that is recognised and asks too often is told to come back (`pace`).

mod auth;
mod body;
mod bounds;
mod cameras;
mod crowd;
mod events;
mod guard;
mod login;
mod pairing;
mod pass;
mod persons;
mod photos;
mod refused;
mod results;
mod status;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};

use self::auth::Tokens;
use self::crowd::Crowd;
use self::guard::Guard;
#[cfg(test)]
pub(crate) use self::pass::Pass;
use self::refused::Refused;
use crate::app::App;
use crate::pace::Pace;

/// Where boxes log in.
pub(crate) const LOGIN: &str = "/device/login";
/// Where boxes fetch the details of people.
pub(crate) const PERSONS: &str = "/device/persons";
/// Where boxes fetch photos, followed by `/` and the key.
pub(crate) const PHOTOS: &str = "/device/photos";
/// Where boxes upload historic events.
pub(crate) const RECORDS: &str = "/device/records";
/// Where boxes send real-time events.
pub(crate) const REALTIME: &str = "/device/realtime";
/// Where boxes report their cameras.
pub(crate) const CAMERAS: &str = "/device/cameras";
/// Where boxes send heartbeats.
pub(crate) const STATUS: &str = "/device/status";
/// Where boxes without a result queue answer commands.
pub(crate) const RESULTS: &str = "/device/results";

/// Where boxes are paired, followed by `/` and the code.
pub(crate) const PAIR: &str = "/pair";

/// What a request must show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A licence key, and to be the hardware that occupies it.
    LicenceKey,
    /// The token of a box, or to be a legacy box at its address.
    Box,
    /// A pass in the path, or what [`Need::Box`] asks for.
    Pass,
    /// A pairing code in the path.
    Code,
    /// Nothing.
    Nothing,
}

/// An address boxes speak to.
pub(crate) struct Endpoint {
    pub(crate) path: &'static str,
    /// What each method needs; no other method is served.
    pub(crate) needs: &'static [(&'static str, Need)],
    methods: fn() -> MethodRouter<Arc<Device>>,
}

impl Endpoint {
    /// Whether a path is one of this address.
    pub(crate) fn serves(&self, path: &str) -> bool {
        match self.path.split_once('{') {
            Some((begins, _)) => path.starts_with(begins),
            None => path == self.path,
        }
    }
}

/// All of them. What is not here is not served.
#[rustfmt::skip]
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { path: LOGIN, needs: &[("GET", Need::LicenceKey), ("POST", Need::LicenceKey)], methods: || get(login::login).post(login::login) },
    Endpoint { path: PERSONS, needs: &[("GET", Need::Box), ("POST", Need::Box)], methods: || get(persons::by_query).post(persons::by_body) },
    Endpoint { path: "/device/photos/{key}", needs: &[("GET", Need::Pass)], methods: || get(photos::photo) },
    Endpoint { path: RECORDS, needs: &[("POST", Need::Box)], methods: || post(events::records) },
    Endpoint { path: REALTIME, needs: &[("POST", Need::Box)], methods: || post(events::realtime) },
    Endpoint { path: CAMERAS, needs: &[("POST", Need::Box)], methods: || post(cameras::report) },
    Endpoint { path: STATUS, needs: &[("POST", Need::Box)], methods: || post(status::take) },
    Endpoint { path: RESULTS, needs: &[("POST", Need::Box)], methods: || post(results::result) },
    Endpoint { path: "/pair/{code}", needs: &[("GET", Need::Nothing), ("POST", Need::Code)], methods: || post(pairing::redeem).get(pairing::explain) },
];

/// What the endpoints share.
struct Device {
    app: Arc<App>,
    tokens: Tokens,
    guard: Guard,
    crowd: Crowd,
    room: body::Room,
    pace: Pace,
}

/// What remains of a request that took too long.
pub(crate) fn gave_up() -> Response {
    Refused::busy().into_response()
}

/// The boxes' half of the web server.
pub(crate) fn router(app: Arc<App>) -> Router {
    let device = Arc::new(Device {
        tokens: Tokens::default(),
        guard: Guard::default(),
        crowd: Crowd::new(app.config.limits.box_logins_at_once),
        room: body::Room::default(),
        pace: Pace::new(app.config.events.box_rate),
        app,
    });
    let in_turn = from_fn_with_state(Arc::clone(&device), crowd::one_after_another);
    let mut router = Router::new();
    for endpoint in ENDPOINTS {
        let methods = (endpoint.methods)();
        let is_login = endpoint.needs.iter().any(|(_, need)| *need == Need::LicenceKey);
        let methods = if is_login { methods.layer(in_turn.clone()) } else { methods };
        router = router.route(endpoint.path, methods);
    }
    router.with_state(device)
}
