//! Gate and door terminals, and browsers: a capture goes up, the decision comes down, over HTTP or a WebSocket.
//!
//! A pad shows the password of its own camera, or is a browser that was paired with it, and reaches nothing else; the local API's
//! token serves as well. Every capture
//! has an answer within [`JUDGING`]: the decision, or that it was not judged and why. What pads may occupy is bounded, before
//! a body is read.

pub(super) mod access;
mod call;
mod decision;
mod hints;
mod pair;
mod seats;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::seats::Seats;
use super::Desk;
use crate::camera::{Image, Looks, Outlet, Receipt, Seen, looks};
use crate::local_api::attempts::Attempts;
use crate::local_api::token::Token;

/// The largest picture, bytes.
const LARGEST: usize = 6 << 20;
/// The longest body that is no picture, bytes.
const SHORT: usize = 4 << 10;
/// How long a capture may take from its last byte to its decision.
const JUDGING: Duration = Duration::from_secs(5);

/// What the handlers share.
#[derive(Clone)]
struct Pads {
    desk: Desk,
    /// `None`: everybody may call.
    token: Option<Arc<Token>>,
    seats: Arc<Seats>,
    attempts: Arc<Attempts>,
}

/// What became of a capture.
enum Outcome {
    /// It was looked at.
    Judged(Vec<Seen>),
    /// It is no picture.
    Unreadable(String),
    /// It was not looked at.
    Left(&'static str),
}

/// The routes, outside of the token's guard: they look for themselves.
pub(in crate::local_api) fn router(desk: Desk, token: Option<Arc<Token>>) -> Router {
    let pads = Pads { desk, token, seats: Arc::default(), attempts: Arc::default() };
    described().split_for_parts().0.with_state(pads)
}

/// The routes with what is said about them.
fn described() -> OpenApiRouter<Pads> {
    let small = OpenApiRouter::new().routes(routes!(pair::pair)).layer(DefaultBodyLimit::max(SHORT));
    let routes = OpenApiRouter::new().routes(routes!(call::capture)).routes(routes!(stream::stream));
    routes.routes(routes!(pair::session)).merge(small)
}

/// What is said about the routes.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    described().split_for_parts().1
}

/// Has a picture judged. A caller that does not wait any more gives it up.
async fn judge(outlet: &Outlet, bytes: Vec<u8>, source: String) -> Outcome {
    match looks(&bytes) {
        Looks::Image => {}
        Looks::Unfinished => return Outcome::Unreadable("the picture has no end".into()),
        Looks::Other => return Outcome::Unreadable("neither JPEG nor PNG".into()),
    }
    let receipt = outlet.ask(Image::Encoded(bytes), source);
    match tokio::time::timeout(JUDGING, receipt).await {
        Ok(Ok(Receipt::Judged(seen))) => Outcome::Judged(seen),
        // Nobody keeps a pad's pictures: its events are lost and counted.
        Ok(Ok(Receipt::Unstored)) => Outcome::Left("its event could not be stored"),
        Ok(Ok(Receipt::Unreadable(reason))) => Outcome::Unreadable(reason),
        Ok(Err(_)) => Outcome::Left("newer pictures came first: the box is busy, or stopping"),
        Err(_) => Outcome::Left("the box is overloaded: no decision within 5 seconds"),
    }
}
