//! The box's own HTTP API: the calls the protocol documents, and our own beside them.
//!
//! Two listeners serve them: the local port, and the console's with the pages ([`console`]). Who may call is decided in front of
//! every route ([`guard`]): by default whoever knows the token of `data_dir/local_api.token`, or is logged in ([`sessions`]). Every refusal is the protocol's error object.

mod answer;
mod attempts;
pub(crate) mod console;
mod cookie;
mod fog;
mod gate;
mod guard;
mod listeners;
mod sent;
mod server;
mod sessions;
mod settings;
mod token;
mod v1;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use protocol::mq_api::{DEV_SNO_PATH, LOGIN_URL_PATH};
use runtime::tls;
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use crate::App;
use crate::command::Commands;
use crate::config::LocalAuth;
use crate::reason::table as reason;
use crate::running::{ADDRESS_FILE, TOKEN_FILE};
use crate::stations::Stations;
use crate::{password, private};
use answer::Refusal;
use attempts::Attempts;
use guard::Guard;
pub use listeners::Listeners;
use sessions::Sessions;

/// The longest body a setting may have, bytes.
const MAX_BODY: usize = 64 * 1024;
/// Requests with a photo that are read at one time.
const PHOTOS: usize = 4;
/// Those who follow the events at one time; the other connections stay free for calls.
const LISTENERS: usize = 16;

/// The box's own port, as others see it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = LocalPort)]
struct Port {
    port: u16,
    /// Whether it is reached by https.
    tls: bool,
    /// Whether nobody reaches it but this computer itself.
    here_only: bool,
}

/// What the handlers share.
#[derive(Clone)]
struct Desk {
    app: Arc<App>,
    commands: Arc<Commands>,
    stations: Stations,
    /// Where the box's own port is.
    port: Port,
    /// Who is logged in at the console.
    sessions: Arc<Sessions>,
    /// Who has sent wrong credentials.
    attempts: Arc<Attempts>,
    /// Held while cameras are changed, so that rows and running cameras agree.
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Room for requests that carry a photo.
    room: Arc<Semaphore>,
    /// Room for those who follow the events: they stay, so they may not take every connection.
    listeners: Arc<Semaphore>,
    /// Room for those who watch a camera.
    viewers: Arc<Semaphore>,
}

/// Serves the API and the console until the process stops.
///
/// # Errors
/// The token, an address file or the certificate cannot be written or used.
pub async fn start(
    app: Arc<App>,
    commands: Arc<Commands>,
    stations: Stations,
    listeners: Listeners,
) -> anyhow::Result<()> {
    let settings = app.config.local_api.clone();
    let directory = &app.config.data_dir;
    let token = Arc::new(token::read_or_create(&directory.join(TOKEN_FILE))?);
    for warning in settings.warnings() {
        tracing::warn!(listen = %settings.listen, "{warning}");
    }
    password::first_start(&app.store, app.config.console.password.as_deref()).await?;
    let sessions = Arc::new(Sessions::load(&app.store).await.context("the console's sessions")?);
    let attempts = Arc::new(Attempts::default());
    let guard = |is_open, allow, challenge| Guard {
        token: Arc::clone(&token),
        is_open,
        allow,
        sessions: Arc::clone(&sessions),
        attempts: Arc::clone(&attempts),
        challenge,
    };
    let certificate = settings.certificate().map_err(anyhow::Error::msg)?;
    let is_open = settings.auth == LocalAuth::None;
    let local = guard(is_open, settings.allow, "Bearer, Basic realm=\"box\"");
    // A browser that is offered Basic asks its visitor for a name and a password, in the place of our page. What is open to
    // everybody who reaches the local port, or to some, is not open here.
    let pages = guard(false, Vec::new(), "Bearer realm=\"box\"");
    let address = listeners.api.local_addr().context("local_api.listen")?;
    let port = Port {
        port: address.port(),
        tls: certificate.is_some(),
        here_only: address.ip().to_canonical().is_loopback(),
    };
    let life = app.life.clone();
    let desk = Desk {
        app: Arc::clone(&app),
        commands,
        stations,
        port,
        sessions: Arc::clone(&sessions),
        attempts,
        turn: Arc::default(),
        room: Arc::new(Semaphore::new(PHOTOS)),
        listeners: Arc::new(Semaphore::new(LISTENERS)),
        viewers: Arc::new(Semaphore::new(v1::live::VIEWERS)),
    };
    console::start(&app, listeners.console, router(desk.clone(), pages)).await?;
    let listener = tls::Listener::new(server::places(listeners.api), certificate.clone())
        .context("TLS cannot be set up")?;
    let is_tls = listener.is_tls();
    if let Some(certificate) = certificate {
        life.spawn("certificate of the local API", certificate.follow(life.stopping()));
    }
    life.spawn("sessions", sessions.keep(life.stopping()));
    life.spawn("local API", server::serve("local API", listener, router(desk, local), life.stopping()));
    // Whoever waits for this file finds everything listening.
    write_address(&directory.join(ADDRESS_FILE), &address.to_string())?;
    tracing::info!(%address, tls = is_tls, "the local API is listening");
    Ok(())
}

/// Every route, on one page.
fn router(desk: Desk, guard: Guard) -> Router {
    let token = (!guard.is_open).then(|| Arc::clone(&guard.token));
    let pads = v1::pad::router(desk.clone(), token.clone());
    let screens = v1::welcome::router(desk.clone(), token);
    Router::new()
        .route(DEV_SNO_PATH, get(settings::dev_sno).put(settings::put_dev_sno))
        .route(LOGIN_URL_PATH, get(settings::login_url).put(settings::put_login_url))
        .merge(gate::router())
        .merge(fog::router())
        .merge(v1::router())
        .fallback(|| async { Refusal(reason::no_such_address()) })
        .method_not_allowed_fallback(|| async { Refusal(reason::no_such_method()) })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::new(guard), guard::guard))
        .with_state(desk)
        .merge(pads)
        .merge(screens)
        .layer(middleware::map_response(answer::last_of_its_connection))
}

/// Written whole or not at all: a reader never sees half an address.
fn write_address(path: &Path, address: &str) -> anyhow::Result<()> {
    let fresh = path.with_extension("addr.new");
    private::write(&fresh, address)
        .and_then(|()| std::fs::rename(&fresh, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}
