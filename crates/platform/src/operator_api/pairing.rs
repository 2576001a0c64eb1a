//! Pairing a box of ours without typing: a link with a one-time code, good for a quarter of an hour.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::{Extension, Json};
use protocol::DevSno;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::access::Caller;
use super::boxes::visible;
use super::error::{ApiResult, ErrorBody};
use super::extract::At;
use crate::app::App;
use crate::db::audit;
use crate::db::pairing::{self, Pairing, Standing};
use crate::device_api::{LOGIN, PAIR};
use crate::pairing::{hash_of, new_code};
use crate::refusal::Refusal;
use crate::{base_url, clock};

/// A new link. It is shown this once; only its hash is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairingLink {
    dev_sno: String,
    /// For `menshen edge pair <url>` on the box.
    url: String,
    /// For boxes of other makes: typed into the box beside its key.
    login_url: String,
    /// The last part of the link, to be typed by hand: sixteen letters and digits; blanks, dashes and case do not matter.
    code: String,
    /// Milliseconds since 1970, UTC.
    expires_at: i64,
    /// Milliseconds from now.
    valid_for_ms: i64,
}

/// What became of the last link of a box. The code itself is not known any more.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PairingView {
    /// `open` (can be used), `used`, `expired` or `revoked`.
    state: &'static str,
    issued_at: i64,
    issued_by: String,
    expires_at: i64,
    used_at: Option<i64>,
    /// The address it was used from.
    used_from: Option<String>,
    revoked_at: Option<i64>,
}

/// Issues a link that pairs a box: good once, for 15 minutes. Links of this box that were issued before are good no more.
#[utoipa::path(post, path = "/api/v1/boxes/{dev_sno}/pairing", tag = "boxes", params(("dev_sno" = String, Path)),
    responses((status = CREATED, body = PairingLink), (status = NOT_FOUND, body = ErrorBody),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody, description = "the request names no host and http.public_url is not set")))]
pub(crate) async fn issue(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    uri: Uri,
    At(id): At<String>,
) -> ApiResult<(StatusCode, Json<PairingLink>)> {
    let base = base_url::of_request(&app.config, &headers, &uri);
    if base.is_empty() {
        let todo = "names no address boxes could use; set http.public_url";
        return Err(Refusal::invalid("Host", todo).into());
    }
    let code = new_code();
    let hash = hash_of(&code).ok_or_else(|| Refusal::Internal("a new pairing code is none".to_owned()))?;
    let (dev_sno, now) = (DevSno::new(id), clock::now());
    let issued = app
        .db
        .write(move |tx| {
            visible(tx, &caller, &dev_sno)?;
            let issued = pairing::issue(tx, &dev_sno, &hash, &caller.username, now)?;
            let detail = json!({"expires_at": issued.expires_at});
            audit::append(tx, &caller.deed("box.pairing_issue", dev_sno.as_str(), detail), now)?;
            Ok::<_, Refusal>(issued)
        })
        .await?;
    let link = PairingLink {
        dev_sno: issued.dev_sno.as_str().to_owned(),
        url: format!("{base}{PAIR}/{code}"),
        login_url: format!("{base}{LOGIN}"),
        code,
        expires_at: issued.expires_at,
        valid_for_ms: pairing::LIFETIME,
    };
    Ok((StatusCode::CREATED, Json(link)))
}

/// What became of the last link of a box.
#[utoipa::path(get, path = "/api/v1/boxes/{dev_sno}/pairing", tag = "boxes", params(("dev_sno" = String, Path)),
    responses((status = OK, body = PairingView),
    (status = NOT_FOUND, body = ErrorBody, description = "there is no such box, or no link was issued lately")))]
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<Json<PairingView>> {
    let dev_sno = DevSno::new(id);
    let last = app
        .db
        .read(move |tx| {
            visible(tx, &caller, &dev_sno)?;
            pairing::last(tx, &dev_sno)?.ok_or_else(|| Refusal::not_found("pairing", dev_sno.as_str()))
        })
        .await?;
    Ok(Json(last.into()))
}

/// Takes back the open link of a box.
#[utoipa::path(delete, path = "/api/v1/boxes/{dev_sno}/pairing", tag = "boxes", params(("dev_sno" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody, description = "there is nothing to take back")))]
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(id): At<String>,
) -> ApiResult<StatusCode> {
    let (dev_sno, now) = (DevSno::new(id), clock::now());
    app.db
        .write(move |tx| {
            visible(tx, &caller, &dev_sno)?;
            if !pairing::revoke(tx, &dev_sno, now)? {
                return Err(Refusal::not_found("open pairing", dev_sno.as_str()));
            }
            audit::append(tx, &caller.deed("box.pairing_revoke", dev_sno.as_str(), json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<Pairing> for PairingView {
    fn from(found: Pairing) -> Self {
        let state = match found.standing(clock::now()) {
            Standing::Open => "open",
            Standing::Used => "used",
            Standing::Revoked => "revoked",
            Standing::Expired => "expired",
        };
        Self {
            state,
            issued_at: found.issued_at,
            issued_by: found.issued_by,
            expires_at: found.expires_at,
            used_at: found.used_at,
            used_from: found.used_from,
            revoked_at: found.revoked_at,
        }
    }
}
