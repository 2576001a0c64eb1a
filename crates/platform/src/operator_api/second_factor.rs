//! The second factor: time-based codes (RFC 6238) of an application on the operator's telephone. Each code is good once, and
//! each recovery code too.

use std::sync::Arc;

use axum::Json;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};
use utoipa::ToSchema;

use super::access::Caller;
use super::error::{ApiResult, ErrorBody};
use super::extract::{At, Body};
use super::identify::hash_of;
use super::own_password::prove;
use super::password::new_password;
use crate::app::App;
use crate::clock;
use crate::db::second_factor::{self, SecondFactor};
use crate::db::{Db, Tx, audit, operator};
use crate::refusal::Refusal;
use crate::seal::Sealer;
use crate::server::Peer;

/// Recovery codes made at once.
const RECOVERY_CODES: usize = 10;

/// Proof of who asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proof {
    /// One's own password.
    password: String,
}

/// The secret to be put into the application; it counts once it is confirmed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Enrolment {
    /// Base32, to be typed.
    secret: String,
    /// `otpauth://…`, to be shown as a QR code.
    url: String,
}

/// A code of the application.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// Six digits.
    code: String,
}

/// For who loses the telephone: each is good once. They are not kept and cannot be shown again.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Begins to set up a second factor. Nothing changes until it is confirmed with a code.
#[utoipa::path(post, path = "/api/v1/session/totp", tag = "session", request_body = Proof, responses(
    (status = CREATED, body = Enrolment), (status = UNAUTHORIZED, body = ErrorBody),
    (status = CONFLICT, body = ErrorBody, description = "there is one already"),
    (status = FORBIDDEN, body = ErrorBody, description = "an API key has no second factor")))]
pub(crate) async fn begin(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<Proof>,
) -> ApiResult<(StatusCode, Json<Enrolment>)> {
    let found = prove(&app, &caller, peer.ip(), asked.password, "second factor").await?;
    let secret = Secret::new_stack(rand::random()).to_base32();
    let url = format!(
        "otpauth://totp/Menshen:{}?secret={secret}&issuer=Menshen&algorithm=SHA1&digits=6&period=30",
        found.username.replace('@', "%40")
    );
    let kept = close(&app.seal.sealer(), &found.username, &secret)?;
    app.db
        .write(move |tx| {
            if second_factor::find(tx, &found.username)?.is_some_and(|factor| factor.confirmed) {
                let text = "there is a second factor already: DELETE /api/v1/session/totp first";
                return Err(Refusal::Conflict(text.to_owned()));
            }
            let now = clock::now();
            second_factor::begin(tx, &found.username, kept, now)?;
            audit::append(tx, &caller.deed("second_factor.begin", found.username, json!({})), now)?;
            Ok(())
        })
        .await?;
    Ok((StatusCode::CREATED, Json(Enrolment { secret, url })))
}

/// Confirms the second factor with a code: from now on logging in needs one. The answer holds the recovery codes.
#[utoipa::path(put, path = "/api/v1/session/totp", tag = "session", request_body = Confirmation, responses(
    (status = OK, body = RecoveryCodes), (status = CONFLICT, body = ErrorBody, description = "nothing to confirm"),
    (status = UNPROCESSABLE_ENTITY, body = ErrorBody, description = "the code is wrong"),
    (status = TOO_MANY_REQUESTS, body = ErrorBody)))]
pub(crate) async fn confirm(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<Confirmation>,
) -> ApiResult<Json<RecoveryCodes>> {
    caller.session().map_err(|_| Refusal::NotASession("second factor"))?;
    app.gate.tries(peer.ip())?;
    let recovery_codes: Vec<String> = std::iter::repeat_with(new_password).take(RECOVERY_CODES).collect();
    let sealer = app.seal.sealer();
    let hashes: Vec<String> = recovery_codes.iter().map(|code| hash_of(code)).collect();
    app.db
        .write(move |tx| {
            let (name, now) = (caller.username.clone(), clock::now());
            let factor = second_factor::find(tx, &name)?.filter(|factor| !factor.confirmed);
            let factor = factor.ok_or_else(|| {
                Refusal::Conflict("there is nothing to confirm: POST /api/v1/session/totp first".to_owned())
            })?;
            let step = step_of(&open(&sealer, &name, &factor)?, &asked.code, now);
            let step =
                step.ok_or_else(|| Refusal::invalid("code", "is wrong: is the telephone's clock right?"))?;
            second_factor::use_step(tx, &name, step)?;
            second_factor::confirm(tx, &name, &hashes)?;
            audit::append(tx, &caller.deed("second_factor.confirm", name, json!({})), now)?;
            Ok::<_, Refusal>(())
        })
        .await?;
    app.gate.succeeded(peer.ip());
    Ok(Json(RecoveryCodes { recovery_codes }))
}

/// Gives up one's own second factor: logging in needs no code any more.
#[utoipa::path(delete, path = "/api/v1/session/totp", tag = "session", request_body = Proof, responses(
    (status = NO_CONTENT), (status = UNAUTHORIZED, body = ErrorBody), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn give_up(
    State(app): State<Arc<App>>,
    ConnectInfo(Peer(peer)): ConnectInfo<Peer>,
    Extension(caller): Extension<Caller>,
    Body(asked): Body<Proof>,
) -> ApiResult<StatusCode> {
    let found = prove(&app, &caller, peer.ip(), asked.password, "second factor").await?;
    app.db.write(move |tx| remove(tx, &caller, &found.username)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes away the second factor of an operator who lost it.
#[utoipa::path(delete, path = "/api/v1/operators/{username}/totp", tag = "operators", params(("username" = String, Path)),
    responses((status = NO_CONTENT), (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn reset(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    At(username): At<String>,
) -> ApiResult<StatusCode> {
    app.db
        .write(move |tx| {
            operator::find(tx, &username)?
                .ok_or_else(|| Refusal::not_found("operator", username.as_str()))?;
            remove(tx, &caller, &username)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Uses up a code or a recovery code of somebody's confirmed second factor; whether it was good.
pub(super) fn accepts(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    username: &str,
    code: &str,
    now: i64,
) -> Result<bool, Refusal> {
    let Some(factor) = second_factor::find(tx, username)? else { return Ok(false) };
    match step_of(&open(sealer, username, &factor)?, code, now) {
        Some(step) => Ok(second_factor::use_step(tx, username, step)?),
        None => Ok(second_factor::use_recovery_code(tx, username, &hash_of(code.trim()))?),
    }
}

fn remove(tx: &mut Tx<'_>, caller: &Caller, username: &str) -> Result<(), Refusal> {
    let left = second_factor::recovery_codes(tx, username)?;
    if !second_factor::remove(tx, username)? {
        return Err(Refusal::not_found("second factor of", username));
    }
    let told = json!({"recovery_codes_left": left});
    audit::append(tx, &caller.deed("second_factor.remove", username, told), clock::now())?;
    Ok(())
}

/// Seals the secrets that a version before this one left open.
pub(crate) async fn seal_open_ones(db: &Db, sealer: Sealer) -> Result<(), Refusal> {
    if db.read(second_factor::plain).await?.is_empty() {
        return Ok(());
    }
    let sealed = db
        .write(move |tx| {
            let plain = second_factor::plain(tx)?;
            for (username, secret) in &plain {
                second_factor::seal(tx, username, close(&sealer, username, secret)?)?;
            }
            Ok::<_, Refusal>(plain.len())
        })
        .await?;
    tracing::info!(sealed, "secrets of second factors of an older version are sealed now");
    Ok(())
}

/// What a secret is sealed under.
fn label(username: &str) -> String {
    format!("second factor {username}")
}

/// A secret as it is kept.
fn close(sealer: &Sealer, username: &str, secret: &str) -> Result<Vec<u8>, Refusal> {
    let sealed = sealer.seal_secret(&label(username), secret.as_bytes());
    sealed.map_err(|error| Refusal::Internal(error.to_string()))
}

/// A secret that was kept.
fn open(sealer: &Sealer, username: &str, factor: &SecondFactor) -> Result<String, Refusal> {
    let opened = sealer.open_secret(&label(username), &factor.secret);
    let opened = opened.map_err(|error| Refusal::Internal(error.to_string()))?;
    String::from_utf8(opened).map_err(|_| Refusal::Internal("a second factor is not text".to_owned()))
}

/// The time step a code belongs to: the present one, or one before or after it, as clocks differ.
fn step_of(secret: &str, code: &str, now: i64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = totp(secret)?.check(&code, u64::try_from(now / 1000).ok()?)?;
    i64::try_from(step).ok()
}

fn totp(secret: &str) -> Option<Totp> {
    let secret = Secret::try_from_base32(secret).ok()?;
    Builder::new().with_secret(secret).build().ok()
}

#[cfg(test)]
mod tests {
    use runtime::seal::KeyFile;

    use super::*;
    use crate::db::vals;
    use crate::seal::Seal;

    /// RFC 6238, appendix B: the last six digits of what SHA-1 gives for "12345678901234567890".
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(step_of(&secret, code, second * 1000), Some(second / 30), "{code}");
        }
        assert_eq!(step_of(&secret, "287 082", 59_000 + 30_000), Some(1), "a clock may be one step off");
        assert_eq!(step_of(&secret, "287082", 59_000 + 60_000), None);
        for bad in ["", "28708", "2870822", "+87082", "abcdef", "２８７０８２"] {
            assert_eq!(step_of(&secret, bad, 59_000), None, "{bad}");
        }
    }

    #[tokio::test]
    async fn what_a_version_before_left_open_is_sealed_once_and_still_good() {
        let folder = tempfile::tempdir().unwrap();
        let folder_of_it = folder.path().join("database");
        let here = || format!("sqlite:{}", folder_of_it.display());
        let url = runtime::testing::database_of(&folder_of_it).unwrap_or_else(here);
        let db = Db::open(&url).await.unwrap();
        let file = KeyFile::at(folder.path().join("key"));
        let sealer = Seal::open(&db, &file).await.unwrap().sealer();
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        let kept = secret.clone();
        db.write(move |tx| {
            tx.exec(
                "INSERT INTO operator(username, password_hash, role, created_at) VALUES('a', '', 'admin', 0)",
                &[],
            )?;
            let sql =
                "INSERT INTO second_factor(username, secret, confirmed, created_at) VALUES('a', $1, 1, 0)";
            tx.exec(sql, vals![kept])
        })
        .await
        .unwrap();
        for _ in 0..2 {
            seal_open_ones(&db, sealer.clone()).await.unwrap();
        }
        let lies = "SELECT COUNT(*) FROM second_factor WHERE secret <> '' OR sealed IS NULL";
        assert_eq!(db.read(|tx| tx.number(lies, &[])).await.unwrap(), 0);
        let now = 1_111_111_109_000;
        let enter = move |tx: &mut Tx<'_>| accepts(tx, &sealer, "a", "081804", now);
        assert!(db.write(enter).await.unwrap());
        let found = db.read(|tx| second_factor::find(tx, "a")).await.unwrap().unwrap();
        let holds = found.secret.windows(secret.len()).any(|part| part == secret.as_bytes());
        assert!(!holds, "the secret can be read in the database");
    }
}
