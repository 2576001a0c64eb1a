//! Licence key and login URL: kept in the store, and followed by a new login at once.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::Response;
use protocol::mq_api::{DevSnoReply, DevSnoRequest, LoginUrlReply, LoginUrlRequest};
use protocol::{DevSno, address};

use super::Desk;
use super::answer::{Refusal, body, json};
use crate::reason::table as reason;

/// The longest licence key that is taken, characters; real ones have 24.
const MAX_KEY: usize = 128;
/// The longest URL that is taken, bytes.
const MAX_URL: usize = 2048;

/// `GET DevSno`: the licence key, empty when there is none.
pub(super) async fn dev_sno(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let dev_sno = desk.app.link.dev_sno().await?.unwrap_or_default();
    json(&DevSnoReply { dev_sno: DevSno::new(dev_sno) })
}

/// `PUT DevSno`
pub(super) async fn put_dev_sno(
    State(desk): State<Desk>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let request = DevSnoRequest::read(&body(sent)?)?;
    let key = request.dev_sno.as_str();
    if key.chars().count() > MAX_KEY || key.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(reason::licence_key_shape(MAX_KEY).of("dev_sno").into());
    }
    desk.app.link.set_dev_sno(key).await?;
    tracing::info!(dev_sno = key, "the licence key was set through the local API");
    json(&DevSnoReply { dev_sno: request.dev_sno })
}

/// `GET LoginUrl`: the login URL, empty when there is none.
pub(super) async fn login_url(State(desk): State<Desk>) -> Result<Response, Refusal> {
    json(&LoginUrlReply { login_url: desk.app.link.login_url().await?.unwrap_or_default() })
}

/// `PUT LoginUrl`
pub(super) async fn put_login_url(
    State(desk): State<Desk>,
    sent: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let request = LoginUrlRequest::read(&body(sent)?)?;
    let url = request.login_url.trim();
    let readable = url::Url::parse(url).is_ok_and(|url| url.has_host());
    if url.len() > MAX_URL || !address::is_absolute(url) || !readable {
        return Err(reason::not_a_web_address().of("login_url").into());
    }
    desk.app.link.set_login_url(url).await?;
    tracing::info!(platform = address::base_of(url), "the login URL was set through the local API");
    json(&LoginUrlReply { login_url: url.to_owned() })
}
