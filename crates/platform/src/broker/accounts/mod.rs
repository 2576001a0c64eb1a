//! One account at the broker for each box, so that a box can read its own queue and write results, and nothing else.
//!
//! The contract:
//! * Each login of a box gets a new random password, known to nobody but the box: it is not kept.
//! * A box has two accounts in turn. A login renews the one that is not in use, so the connections and the password of the login
//!   before stay good while the box moves over; [`OVERLAP`] later that password is taken away, which cuts no connection.
//! * Whoever changes a password holds the account's row, so that two processes of the platform never change the same one.
//! * An account is written down before the broker is told of it, and forgotten after the broker has removed it: none is ever left
//!   over. When a box is unbound or removed, its accounts are removed, which cuts its connections.
//! * When the management API cannot be asked, no login is answered ([`AccountError`], tried again by the box): a box never gets the
//!   platform's own account instead. What is connected stays connected.

mod management;
mod rights;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use protocol::DevSno;
use rand::Rng;
use runtime::CancellationToken;
use runtime::amqp::BrokerAddress;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::time::{sleep, timeout};

use self::management::{Management, ManagementError};
pub(crate) use self::rights::results_vhost;
use crate::app::App;
use crate::clock;
use crate::db::broker_account::{self, Account, Due};
use crate::db::{Db, DbError, Tx};

/// How long the password of the login before stays good, in milliseconds.
pub(crate) const OVERLAP: i64 = 10 * 60_000;
/// Accounts made at the same time; the management API is slow.
const AT_ONCE: usize = 16;
/// A login is not kept waiting longer than this for its turn.
const TURN_WITHIN: Duration = Duration::from_secs(8);
/// Logins of one box come one after another; boxes are spread over so many turns.
const TURNS: usize = 64;
/// How often it is looked whether another process is done with a box's account.
const ANOTHERS: Duration = Duration::from_millis(100);
/// How often it is looked for passwords to take away and accounts to remove.
const LOOK: Duration = Duration::from_secs(2);
/// How often the virtual host of results is made sure of, as the broker may come back empty.
const SETUP_EVERY: i64 = 30_000;
/// Accounts worked on in one go.
const PAGE: i64 = 100;

/// The accounts of all boxes.
#[derive(Clone)]
pub(crate) struct Accounts {
    shared: Arc<Shared>,
}

struct Shared {
    management: Management,
    vhost: String,
    results_vhost: String,
    /// The platform's own account.
    platform: String,
    places: Semaphore,
    turns: Vec<Arc<tokio::sync::Mutex<()>>>,
    state: Mutex<State>,
}

/// What is known of the management API.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// `None`: it does what it should.
    pub(crate) trouble: Option<String>,
    /// When that was observed.
    pub(crate) at: i64,
}

/// Credentials of a box, to be handed out once the login is written down. While it lives no other login of this box is
/// worked on.
pub(crate) struct Prepared {
    pub(crate) login: String,
    pub(crate) password: String,
    pub(crate) results_vhost: String,
    _turn: OwnedMutexGuard<()>,
}

/// Why a box gets no account just now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// The management API.
    #[error(transparent)]
    Management(#[from] ManagementError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// Too many others.
    #[error("too many boxes ask for an account at the same time")]
    Crowded,
}

impl Accounts {
    /// Accounts made through the management API at `url`, for the broker at `address`. The error names what is wrong with `url`.
    pub(crate) fn new(url: &str, address: &BrokerAddress) -> Result<Self, String> {
        let shared = Shared {
            management: Management::of(url)?,
            vhost: address.vhost.clone(),
            results_vhost: results_vhost(&address.vhost),
            platform: address.login.clone(),
            places: Semaphore::new(AT_ONCE),
            turns: (0..TURNS).map(|_| Arc::default()).collect(),
            state: Mutex::new(State { trouble: Some("not asked yet".to_owned()), at: clock::now() }),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// What is known of the management API.
    pub(crate) fn state(&self) -> State {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the management API answers and would let us make accounts, without making any.
    pub(crate) async fn try_out(&self) -> Result<(), ManagementError> {
        self.shared.management.administrator().await
    }

    /// An account of a box with a new password and exactly its rights.
    pub(crate) async fn prepare(
        &self,
        db: &Db,
        dev_sno: &DevSno,
        fiqa_server: bool,
    ) -> Result<Prepared, AccountError> {
        let waiting = async { (self.turn(dev_sno).await, self.shared.places.acquire().await) };
        let (turn, _place) = timeout(TURN_WITHIN, waiting).await.map_err(|_| AccountError::Crowded)?;
        let reserving = timeout(TURN_WITHIN, reserve(db, dev_sno)).await;
        let login = reserving.map_err(|_| AccountError::Crowded)??;
        let password = secret();
        let made = self.make(&login, &password, dev_sno, fiqa_server).await;
        self.note(made.as_ref().err());
        if let Err(error) = made {
            db.write(move |tx: &mut Tx<'_>| broker_account::retired(tx, &login)).await?;
            return Err(error.into());
        }
        let results_vhost = self.shared.results_vhost.clone();
        Ok(Prepared { login, password, results_vhost, _turn: turn })
    }

    async fn make(
        &self,
        login: &str,
        password: &str,
        dev_sno: &DevSno,
        fiqa_server: bool,
    ) -> Result<(), ManagementError> {
        let Shared { management, vhost, results_vhost, .. } = &*self.shared;
        management.account(login, password).await?;
        management.permit(vhost, login, &rights::over_commands(dev_sno, fiqa_server)).await?;
        management.permit(results_vhost, login, &rights::over_results()).await
    }

    async fn turn(&self, dev_sno: &DevSno) -> OwnedMutexGuard<()> {
        let mut hasher = DefaultHasher::new();
        dev_sno.as_str().hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % TURNS as u64).unwrap_or(0);
        Arc::clone(&self.shared.turns[at]).lock_owned().await
    }

    /// Remembers how the last call went, and tells when that is news.
    fn note(&self, trouble: Option<&ManagementError>) {
        let mut state = self.shared.state.lock().unwrap_or_else(PoisonError::into_inner);
        let before = state.trouble.take();
        *state = State { trouble: trouble.map(ToString::to_string), at: clock::now() };
        match (&before, &state.trouble) {
            (_, Some(reason)) if before != state.trouble => {
                tracing::warn!(
                    reason,
                    "accounts of boxes cannot be managed: no box can log in until that is over"
                );
            }
            (Some(_), None) => tracing::info!("accounts of boxes can be managed"),
            _ => {}
        }
    }

    /// Makes sure of the virtual host, or of the API alone.
    async fn look(&self, setup: bool) {
        let Shared { management, results_vhost, platform, .. } = &*self.shared;
        let outcome = match setup {
            true => management.vhost(results_vhost, platform).await,
            false => management.probe().await,
        };
        self.note(outcome.as_ref().err());
    }

    /// Takes away passwords whose time is over and removes accounts nobody shall have any more.
    async fn sweep(&self, db: &Db) -> Result<(), AccountError> {
        let now = clock::now();
        let due = db.read(move |tx: &mut Tx<'_>| broker_account::due(tx, now, PAGE)).await?;
        for account in due {
            let _turn = self.turn(&account.dev_sno).await;
            let outcome = self.settle(db, &account).await;
            if let Err(AccountError::Management(error)) = &outcome {
                self.note(Some(error));
            }
            outcome?;
        }
        Ok(())
    }

    async fn settle(&self, db: &Db, account: &Account) -> Result<(), AccountError> {
        let (login, now) = (account.login.clone(), clock::now());
        // A login may have taken the account in the meantime.
        let due = db.write(move |tx: &mut Tx<'_>| broker_account::take_due(tx, &login, now)).await?;
        let login = account.login.clone();
        match due {
            Some(Due::Remove) => {
                self.shared.management.remove(&login).await?;
                db.write(move |tx: &mut Tx<'_>| broker_account::removed(tx, &login)).await?;
                tracing::info!(dev_sno = %account.dev_sno, login = account.login, "a broker account was removed");
            }
            Some(Due::Lock) => {
                self.shared.management.lock(&login).await?;
                db.write(move |tx: &mut Tx<'_>| broker_account::retired(tx, &login)).await?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Keeps accounts as they should be until `stopping`.
pub(super) async fn run(
    app: Arc<App>,
    accounts: Accounts,
    stopping: CancellationToken,
) -> Result<(), DbError> {
    let mut set_up_at = 0;
    loop {
        let now = clock::now();
        let setup = now - set_up_at >= SETUP_EVERY || accounts.state().trouble.is_some();
        if setup {
            accounts.look(true).await;
            set_up_at = now;
        } else {
            accounts.look(false).await;
        }
        // Any other trouble was told in the log; what is due stays due.
        if let Err(AccountError::Db(error)) = accounts.sweep(&app.db).await {
            return Err(error);
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(LOOK) => {}
        }
    }
}

/// An account for the next login of a box, as soon as nobody else changes one of this box: another process of the platform may.
async fn reserve(db: &Db, dev_sno: &DevSno) -> Result<String, DbError> {
    let fresh = new_login(dev_sno);
    loop {
        let (asked, fresh, now) = (dev_sno.clone(), fresh.clone(), clock::now());
        let reserved = db.write(move |tx: &mut Tx<'_>| broker_account::reserve(tx, &asked, &fresh, now));
        if let Some(login) = reserved.await? {
            return Ok(login);
        }
        sleep(ANOTHERS).await;
    }
}

/// A name nobody had before: an account that is being removed never meets its successor.
fn new_login(dev_sno: &DevSno) -> String {
    let mut bits = [0_u8; 4];
    rand::rng().fill_bytes(&mut bits);
    format!("menshen.box.{dev_sno}.{}", crate::blobs::hex(&bits))
}

/// 192 random bits.
fn secret() -> String {
    let mut bits = [0_u8; 24];
    rand::rng().fill_bytes(&mut bits);
    BASE64_URL_SAFE_NO_PAD.encode(bits)
}
