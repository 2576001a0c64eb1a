//! Pairing through the box's own API: for its console, and for `menshen edge pair` while the box runs.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::pairing::{self, PairError, Paired};
use crate::reason::table as reason;

/// A link, as it is sent.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PairingLink)]
pub(super) struct LinkSent {
    /// What the platform issued: `http(s)://platform/pair/<code>`.
    url: String,
    /// Leave the platform the box belongs to, and erase the people it has from there.
    #[serde(default)]
    replace: bool,
}

/// Whom the box belongs to.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Pairing)]
pub(super) struct Belonging {
    /// Whether there are both a licence key and a login URL.
    paired: bool,
    dev_sno: Option<String>,
    login_url: Option<String>,
}

/// Whether the box is paired: its licence key and login URL.
#[utoipa::path(get, path = "/api/v1/pairing", tag = "box", responses((status = OK, body = Belonging)))]
pub(super) async fn show(State(desk): State<Desk>) -> Result<Response, Refusal> {
    let link = &desk.app.link;
    let (dev_sno, login_url) = (link.dev_sno().await?, link.login_url().await?);
    json(&Belonging { paired: dev_sno.is_some() && login_url.is_some(), dev_sno, login_url })
}

/// Pairs the box by a link of a platform, `{"url": …, "replace": false}`: answers `{dev_sno, login_url}` and logs in with them.
/// A box that is paired already refuses with 409 unless `replace` is true; the link's code is not used up then. One that changes its
/// licence key erases whoever it holds.
#[utoipa::path(post, path = "/api/v1/pairing", tag = "box", request_body = LinkSent,
    responses((status = OK, body = Paired), (status = BAD_REQUEST), (status = CONFLICT), (status = BAD_GATEWAY)))]
pub(super) async fn pair(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let LinkSent { url, replace } = sent.plain()?;
    // One after the other: which of two links wins would be chance.
    let _turn = desk.turn.lock().await;
    let app = &desk.app;
    match pairing::pair(&app.link, &app.sender, &url, replace, app.people.wipe()).await {
        Ok(paired) => json(&paired),
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: PairError) -> Refusal {
    match error {
        PairError::Link(why) | PairError::Refused(why) | PairError::Unreachable(why) => why.into(),
        PairError::Already { dev_sno, platform } => reason::paired_already(dev_sno, platform).into(),
        PairError::Store(error) => error.into(),
    }
}
