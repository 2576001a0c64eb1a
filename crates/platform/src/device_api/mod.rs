//! What boxes speak to: `/device/…`, in the shapes of the protocol.
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
mod cameras;
mod crowd;
mod events;
mod guard;
mod login;
mod pace;
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
use axum::routing::{get, post};

use self::auth::Tokens;
use self::crowd::Crowd;
use self::guard::Guard;
#[cfg(test)]
pub(crate) use self::pass::Pass;
use self::refused::Refused;
use crate::app::App;

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

/// What the endpoints share.
struct Device {
    app: Arc<App>,
    tokens: Tokens,
    guard: Guard,
    crowd: Crowd,
    room: body::Room,
    pace: pace::Pace,
}

/// The boxes' half of the web server.
pub(crate) fn router(app: Arc<App>) -> Router {
    let device = Arc::new(Device {
        tokens: Tokens::default(),
        guard: Guard::default(),
        crowd: Crowd::new(app.config.limits.box_logins_at_once),
        room: body::Room::default(),
        pace: pace::Pace::new(app.config.events.box_rate),
        app,
    });
    let in_turn = from_fn_with_state(Arc::clone(&device), crowd::one_after_another);
    Router::new()
        .route(LOGIN, get(login::login).post(login::login).layer(in_turn))
        .route(PERSONS, get(persons::by_query).post(persons::by_body))
        .route(&format!("{PHOTOS}/{{key}}"), get(photos::photo))
        .route(RECORDS, post(events::records))
        .route(REALTIME, post(events::realtime))
        .route(CAMERAS, post(cameras::report))
        .route(STATUS, post(status::take))
        .route(RESULTS, post(results::result))
        .route(&format!("{PAIR}/{{code}}"), post(pairing::redeem).get(pairing::explain))
        .with_state(device)
}
