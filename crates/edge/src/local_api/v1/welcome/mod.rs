//! Greeting screens: what they show is managed with the box's token; a screen itself shows the secret of its link, and other boxes
//! send the people they recognise.

mod links;
mod media;
mod range;
mod receiver;
mod screen;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Desk;
use crate::local_api::Port;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::attempts::Attempts;
use crate::local_api::sent::Sent;
use crate::local_api::token::Token;
use crate::screen::welcome::Settings;

/// What the handlers that look for themselves share.
#[derive(Clone)]
struct Lobby {
    desk: Desk,
    /// `None`: everybody may call.
    token: Option<Arc<Token>>,
    attempts: Arc<Attempts>,
}

/// Settings, and how many look.
#[derive(Serialize, ToSchema)]
struct View {
    settings: Settings,
    /// Screens that look now, of 16.
    screens: usize,
    /// The box's own port, which takes the events of other boxes; the port of the pages does so, too, by https.
    local_api: Port,
}

/// What is managed with the token.
pub(super) fn managed() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(show, change))
        .routes(routes!(media::list, media::add))
        .routes(routes!(media::show, media::remove))
        .routes(routes!(links::list, links::make))
        .routes(routes!(links::revoke))
}

/// The routes outside of the token's guard: they look for themselves.
pub(in crate::local_api) fn router(desk: Desk, token: Option<Arc<Token>>) -> Router {
    let lobby = Lobby { desk, token, attempts: Arc::default() };
    described().split_for_parts().0.with_state(lobby)
}

fn described() -> OpenApiRouter<Lobby> {
    let small = OpenApiRouter::new().routes(routes!(screen::enter)).layer(DefaultBodyLimit::max(4 << 10));
    let large = OpenApiRouter::new()
        .routes(routes!(receiver::receive))
        .layer(DefaultBodyLimit::max(receiver::LARGEST));
    let routes = OpenApiRouter::new().routes(routes!(screen::stream));
    routes.routes(routes!(screen::picture)).routes(routes!(screen::piece)).merge(small).merge(large)
}

/// What is said about them.
pub(super) fn document() -> utoipa::openapi::OpenApi {
    described().split_for_parts().1
}

/// What greeting screens are told to do.
#[utoipa::path(get, path = "/api/v1/welcome", tag = "welcome", responses((status = OK, body = View)))]
pub(super) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    view(&desk)
}

/// Changes it, for every screen at once: keys that are left out stay, `null` takes one back to its default.
#[utoipa::path(put, path = "/api/v1/welcome", tag = "welcome", request_body = Settings,
    responses((status = OK, body = View), (status = BAD_REQUEST)))]
pub(super) async fn change(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let changes: Map<String, Value> = sent.plain()?;
    let turn = desk.turn.lock().await;
    desk.stations.screens.welcome.change(changes).await??;
    drop(turn);
    tracing::info!("the greeting screens' settings were changed");
    view(&desk)
}

fn view(desk: &Desk) -> Result<Response, Refusal> {
    let welcome = &desk.stations.screens.welcome;
    json(&View { settings: (*welcome.settings()).clone(), screens: welcome.screens(), local_api: desk.port })
}
