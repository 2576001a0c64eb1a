//! The console's one account, `admin`: there is no default password. The first one is made up and shown once, or configured; a
//! lost one is replaced by a new one that has to be changed. Only an argon2id hash is kept, and whatever replaces it ends every
//! session in the same transaction.

use std::io::Write as _;

use anyhow::Context as _;
use runtime::password::{self, PasswordError};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::config::{ACCOUNT, Config};
use crate::http;
use crate::running::{self, Found};
use crate::store::{Store, StoreError, sessions, settings};

/// Where a running box makes up a new password for whoever knows its token.
pub(crate) const RESET_PATH: &str = "/api/v1/session/password";

/// What is kept of the password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) hash: String,
    /// It was made up by the box and shown to somebody: it opens nothing but its own change.
    pub(crate) must_change: bool,
}

/// A password that was made up in the place of a lost one, as it travels from a running box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct MadeUp {
    /// It has to be changed at the next login.
    pub(crate) password: String,
}

/// What is kept, if there ever was a first start.
pub(crate) fn kept(db: &Connection) -> Result<Option<Kept>, StoreError> {
    let text = settings::get(db, settings::CONSOLE_PASSWORD)?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Keeps a password in the place of the one before and ends every session.
pub(crate) fn replace(db: &Connection, kept: &Kept) -> Result<(), StoreError> {
    settings::set(db, settings::CONSOLE_PASSWORD, &serde_json::to_string(kept)?)?;
    sessions::clear(db)
}

/// A new random password, and what is to be kept of it.
pub(crate) async fn make_up() -> Result<(String, Kept), PasswordError> {
    let password = password::new_password();
    let hash = password::hash(password.clone()).await?;
    Ok((password, Kept { hash, must_change: true }))
}

/// On the first start, keeps the configured password, or makes one up and says it once.
///
/// # Errors
/// The made-up one cannot be shown, or the store fails.
pub(crate) async fn first_start(store: &Store, configured: Option<&str>) -> anyhow::Result<()> {
    if store.read(kept).await?.is_some() {
        return Ok(());
    }
    let Some(configured) = configured else { return say_first(store).await };
    let hash = password::hash(configured.to_owned()).await?;
    let new = Kept { hash, must_change: false };
    store.write(move |db| replace(db, &new)).await?;
    Ok(())
}

async fn say_first(store: &Store) -> anyhow::Result<()> {
    let (password, new) = make_up().await?;
    // To the terminal of whoever started it, never to the log, which is kept and shipped. Said before it is kept: a crash in
    // between leaves a password that opens nothing, not one that nobody knows.
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "first start: console user {ACCOUNT}, password {password}").and_then(|()| out.flush())
    }
    .context("the console's first password cannot be shown")?;
    store.write(move |db| replace(db, &new)).await?;
    Ok(())
}

/// Makes up a new password for the box of this configuration, whether it runs or not, and ends all sessions.
///
/// # Errors
/// The box's database cannot be used, or the box runs and does not answer.
pub async fn reset_this_box(config: &Config) -> anyhow::Result<String> {
    let client = http::sender().context("TLS cannot be set up")?;
    match running::open_or_post(config, &client, RESET_PATH, &json!({})).await? {
        Found::Store(store) => {
            let (password, new) = make_up().await?;
            store.write(move |db| replace(db, &new)).await?;
            Ok(password)
        }
        Found::Answer(_, 200, body) => {
            let made: MadeUp = serde_json::from_slice(&body)
                .context("the running box gave an answer that cannot be read")?;
            Ok(made.password)
        }
        Found::Answer(_, status, body) => {
            anyhow::bail!("the running box refused with HTTP status {status}: {}", running::words(&body))
        }
    }
}
