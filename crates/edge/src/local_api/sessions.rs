//! Who is logged in: sessions in memory, each backed by a row, so that they survive a restart. A session ends by age, by not being
//! used, by logging out, and by every change of the password; whatever still flows on its behalf ends with it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use runtime::{CancellationToken, password};
use sha2::{Digest as _, Sha256};

use crate::clock;
use crate::password::{Kept, kept, replace};
use crate::store::sessions::{self as rows, Digest, Session};
use crate::store::{Store, StoreError, settings};

/// A session ends after so many milliseconds.
const LIFETIME: i64 = 12 * 3_600_000;
/// One that is not used for so many ends sooner.
const IDLE: i64 = 2 * 3_600_000;
/// Its use is written down at most this often, in milliseconds.
const TOUCH: i64 = 60_000;
/// Sessions at one time: the one used longest ago makes room.
const MOST: usize = 32;
/// How often sessions that have ended are looked for.
const SWEEP: Duration = Duration::from_secs(15);
/// What the cookie's name begins with: browsers send the cookies of a host to all its ports, and there may be several boxes.
const COOKIE: &str = "menshen_box_";

/// The sessions of this box.
pub(super) struct Sessions {
    store: Store,
    cookie: String,
    must_change: AtomicBool,
    all: Mutex<HashMap<Digest, Live>>,
}

struct Live {
    opened_at: i64,
    used_at: i64,
    written_at: i64,
    ended: CancellationToken,
}

/// A session that holds right now.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) digest: Digest,
    /// When it ends whatever happens, milliseconds UTC.
    pub(super) expires_at: i64,
    /// Cancelled when it ends.
    pub(super) ended: CancellationToken,
}

/// A session that was opened, with what its owner has to show.
pub(super) struct Opened {
    pub(super) cookie: HeaderValue,
    pub(super) expires_at: i64,
}

impl Sessions {
    /// Those of the store that have not ended meanwhile.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let fresh = format!("{COOKIE}{:08x}", rand::random::<u32>());
        let (cookie, must_change, kept) = store
            .write(move |db| {
                let cookie = match settings::get(db, settings::CONSOLE_COOKIE)? {
                    Some(cookie) => cookie,
                    None => {
                        settings::set(db, settings::CONSOLE_COOKIE, &fresh)?;
                        fresh
                    }
                };
                let must_change = kept(db)?.is_some_and(|kept| kept.must_change);
                Ok((cookie, must_change, rows::all(db)?))
            })
            .await?;
        let live = |row: Session| {
            let Session { digest, opened_at, used_at } = row;
            (digest, Live { opened_at, used_at, written_at: used_at, ended: CancellationToken::new() })
        };
        let all = Mutex::new(kept.into_iter().map(live).collect());
        let sessions = Self { store: store.clone(), cookie, must_change: AtomicBool::new(must_change), all };
        sessions.sweep().await?;
        Ok(sessions)
    }

    /// Whether a session opens nothing but the change of the password.
    pub(super) fn must_change(&self) -> bool {
        self.must_change.load(Ordering::Relaxed)
    }

    /// Opens a session for whoever has shown the password behind `hash`; `None` when the password was changed meanwhile.
    pub(super) async fn open(
        self: &Arc<Self>,
        hash: String,
        is_tls: bool,
    ) -> Result<Option<Opened>, StoreError> {
        let (token, now) = (password::new_token(), clock::now());
        let session = Session { digest: digest_of(&token), opened_at: now, used_at: now };
        let this = Arc::clone(self);
        let opened = self.store.write_then(
            move |db| {
                let holds = kept(db)?.is_some_and(|kept| kept.hash == hash);
                if holds {
                    rows::put(db, &session)?;
                }
                Ok(holds)
            },
            move |holds| {
                if *holds {
                    this.enter(session);
                }
            },
        );
        if !opened.await? {
            return Ok(None);
        }
        self.make_room().await?;
        Ok(Some(Opened { cookie: self.cookie(&token, LIFETIME / 1000, is_tls), expires_at: now + LIFETIME }))
    }

    /// The session a request shows, if it holds; from now on it has been used.
    pub(super) fn of(&self, headers: &HeaderMap) -> Option<Held> {
        let digest = digest_of(self.shown(headers)?);
        let now = clock::now();
        let mut all = self.lock();
        let live = all.get_mut(&digest).filter(|live| live.holds(now))?;
        live.used_at = now;
        let is_due = now - live.written_at >= TOUCH;
        if is_due {
            live.written_at = now;
        }
        let held = Held { digest, expires_at: live.opened_at + LIFETIME, ended: live.ended.clone() };
        drop(all);
        if is_due {
            self.write_down(digest, now);
        }
        Some(held)
    }

    /// Whether a request shows a session, be it one that has ended.
    pub(super) fn is_shown(&self, headers: &HeaderMap) -> bool {
        self.shown(headers).is_some()
    }

    /// Ends a session; the answer is the cookie that takes its own away.
    pub(super) async fn close(self: &Arc<Self>, digest: Digest) -> Result<HeaderValue, StoreError> {
        let this = Arc::clone(self);
        self.store.write_then(move |db| rows::remove(db, &digest), move |()| this.leave(&digest)).await?;
        Ok(self.cookie("", 0, false))
    }

    /// Keeps another password in the place of the one behind `before` and ends every session; `false` when that one was
    /// replaced meanwhile.
    pub(super) async fn replace(
        self: &Arc<Self>,
        before: Option<String>,
        new: Kept,
    ) -> Result<bool, StoreError> {
        let (this, must_change) = (Arc::clone(self), new.must_change);
        let job = move |db: &rusqlite::Connection| {
            let holds = before.is_none() || kept(db)?.map(|kept| kept.hash) == before;
            if holds {
                replace(db, &new)?;
            }
            Ok(holds)
        };
        self.store
            .write_then(job, move |holds| {
                if *holds {
                    this.must_change.store(must_change, Ordering::Relaxed);
                    this.lock().drain().for_each(|(_, live)| live.ended.cancel());
                }
            })
            .await
    }

    /// Ends sessions whose time has come, until `stopping`.
    pub(super) async fn keep(self: Arc<Self>, stopping: CancellationToken) {
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(SWEEP) => {}
            }
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "sessions that have ended could not be removed");
            }
        }
    }

    async fn sweep(&self) -> Result<(), StoreError> {
        let now = clock::now();
        let over: Vec<Digest> =
            self.lock().iter().filter(|(_, live)| !live.holds(now)).map(|(digest, _)| *digest).collect();
        self.remove(over).await
    }

    async fn make_room(&self) -> Result<(), StoreError> {
        let mut by_use: Vec<(i64, Digest)> =
            self.lock().iter().map(|(digest, live)| (live.used_at, *digest)).collect();
        by_use.sort_unstable();
        let over = by_use.len().saturating_sub(MOST);
        self.remove(by_use.into_iter().take(over).map(|(_, digest)| digest).collect()).await
    }

    async fn remove(&self, over: Vec<Digest>) -> Result<(), StoreError> {
        if over.is_empty() {
            return Ok(());
        }
        over.iter().for_each(|digest| self.leave(digest));
        self.store.write(move |db| over.iter().try_for_each(|digest| rows::remove(db, digest))).await
    }

    fn enter(&self, session: Session) {
        let Session { digest, opened_at, used_at } = session;
        let live = Live { opened_at, used_at, written_at: used_at, ended: CancellationToken::new() };
        self.lock().insert(digest, live);
    }

    fn leave(&self, digest: &Digest) {
        if let Some(live) = self.lock().remove(digest) {
            live.ended.cancel();
        }
    }

    /// Nobody waits for it: a crash makes a session end a little sooner.
    fn write_down(&self, digest: Digest, now: i64) {
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.write(move |db| rows::touch(db, &digest, now)).await {
                tracing::warn!(%error, "the use of a session was not written down");
            }
        });
    }

    fn shown<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, value)| *name == self.cookie && !value.is_empty()).map(|(_, value)| value)
    }

    fn cookie(&self, token: &str, seconds: i64, is_tls: bool) -> HeaderValue {
        let secure = if is_tls { "; Secure" } else { "" };
        let text =
            format!("{}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}", self.cookie);
        // Name and token are letters and digits of ours.
        HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Live>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Live {
    fn holds(&self, now: i64) -> bool {
        now - self.opened_at < LIFETIME && now - self.used_at < IDLE
    }
}

fn digest_of(token: &str) -> Digest {
    Sha256::digest(token.as_bytes()).into()
}
