//! The FTP server: one for all cameras, open while at least one of them needs it, with a bounded number of sessions. It
//! knows the accounts; a session asks it who may come in and where a path belongs.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use runtime::Lifecycle;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::path::Path;
use super::session::Session;
use super::spool::{Limits, Spool};
use crate::camera::Outlet;
use crate::store::seal::Sealer;
use crate::{config, secret};

/// Holds the address the server listens on, so that scripts find it when the port was chosen by the system.
const ADDRESS_FILE: &str = "ftp.addr";
/// Holds a spool for each camera.
const SPOOLS: &str = "ftp";
/// The site-wide account's name when none is configured.
const SITE: &str = "camera";
/// How often a port that is just being given up is asked for again, and the pause in between.
const BINDING: (usize, Duration) = (20, Duration::from_millis(50));
/// How long accepting pauses when the system has no descriptor left.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// The server (open or not).
pub(crate) struct Server {
    pub(super) settings: config::Ftp,
    directory: PathBuf,
    sealer: Sealer,
    life: Lifecycle,
    state: Mutex<State>,
    /// Held while a camera gets its place, so that no two get the same and the server opens once.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    accounts: Vec<Arc<Account>>,
    open: Option<CancellationToken>,
    sessions: HashMap<IpAddr, usize>,
}

/// Where one camera's pictures are put.
pub(super) struct Account {
    pub(super) outlet: Outlet,
    pub(super) spool: Arc<Spool>,
    /// Its own account: name and password.
    login: Option<(String, String)>,
    /// Its directory in the site-wide account.
    directory: Path,
    /// Cancelled when the camera goes.
    pub(super) gone: CancellationToken,
}

/// What a session may see.
#[derive(Clone)]
pub(super) enum Realm {
    /// One camera's directory.
    Own(Arc<Account>),
    /// The directories of all cameras.
    Site,
}

/// A camera's place on the server; given up when it is dropped.
pub(super) struct Place {
    server: Arc<Server>,
    pub(super) account: Arc<Account>,
}

impl Server {
    /// A server that is not open yet.
    pub(crate) fn new(life: &Lifecycle, settings: &config::Config, sealer: Sealer) -> Self {
        Self {
            settings: settings.ftp.clone(),
            directory: settings.data_dir.clone(),
            sealer,
            life: life.clone(),
            state: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Gives a camera its place, and opens the server for the first one. The error says what to do.
    pub(super) async fn register(
        self: &Arc<Self>,
        settings: &config::Camera,
        outlet: &Outlet,
    ) -> Result<Place, String> {
        let login = settings
            .password
            .clone()
            .map(|password| (settings.user.clone().unwrap_or_else(|| settings.name.clone()), password));
        if login.is_none() && self.settings.password.is_none() {
            return Err(
                "no password: set user and password of this camera, or ftp.user and ftp.password for \
                        all cameras, and the same in the capture machine"
                    .into(),
            );
        }
        let directory = settings.directory.as_deref().unwrap_or(&settings.name);
        let directory =
            Path::default().join(directory).map_err(|why| format!("directory: \"{directory}\" is {why}"))?;
        let _turn = self.turn.lock().await;
        self.is_free(login.as_ref(), &directory)?;
        let spool = self.spool(&settings.name).await?;
        let gone = CancellationToken::new();
        let account = Arc::new(Account { outlet: outlet.clone(), spool, login, directory, gone });
        // Known before anybody can come; a place that is dropped takes its account with it.
        self.lock().accounts.push(account.clone());
        let place = Place { server: self.clone(), account };
        self.open().await?;
        Ok(place)
    }

    /// Whether nobody else uses this account and this directory.
    fn is_free(&self, login: Option<&(String, String)>, directory: &Path) -> Result<(), String> {
        let user = login.map(|(user, _)| user.as_str());
        if user == Some(self.site_user()) && self.settings.password.is_some() {
            return Err("user: this is the account of ftp.user; give the camera one of its own".into());
        }
        if directory.is_root() {
            return Err("directory: it has no name".into());
        }
        for other in &self.lock().accounts {
            let name = other.outlet.name();
            if user.is_some() && other.login.as_ref().map(|(user, _)| user.as_str()) == user {
                return Err(format!("user: camera \"{name}\" has the same account; give each its own"));
            }
            if directory.below(&other.directory).or(other.directory.below(directory)).is_some() {
                return Err(format!("directory: camera \"{name}\" has it; give each its own"));
            }
        }
        Ok(())
    }

    async fn spool(&self, camera: &str) -> Result<Arc<Spool>, String> {
        let name = folder(camera).ok_or("name: too long for a directory")?;
        let at = self.directory.join(SPOOLS).join(name);
        let limits = Limits {
            file: self.settings.max_file_mb << 20,
            files: self.settings.max_waiting,
            bytes: self.settings.max_waiting_mb << 20,
        };
        let shown = at.display().to_string();
        let sealer = self.sealer.clone();
        let opened = tokio::task::spawn_blocking(move || Spool::open(at, limits, sealer)).await;
        let opened = opened.unwrap_or_else(|_| Err(io::Error::other("reading it was interrupted")));
        opened.map(Arc::new).map_err(|error| format!("{shown}: {error}"))
    }

    async fn open(self: &Arc<Self>) -> Result<(), String> {
        if self.lock().open.is_some() {
            return Ok(());
        }
        let wanted = self.settings.listen;
        let listener = bind(wanted).await.map_err(|error| {
            format!("ftp.listen: {wanted} cannot be taken: {error}; choose another address or port")
        })?;
        let address = listener.local_addr().map_err(|error| format!("ftp.listen: {error}"))?;
        // Only scripts read it; the server works without.
        if let Err(error) = crate::private::write(&self.directory.join(ADDRESS_FILE), &address.to_string()) {
            tracing::warn!(%error, "{ADDRESS_FILE} could not be written");
        }
        tracing::info!(%address, "the FTP server is listening");
        let stop = self.life.stopping().child_token();
        self.lock().open = Some(stop.clone());
        self.life.spawn("FTP server", self.clone().accept(listener, stop));
        Ok(())
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, stop: CancellationToken) {
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => self.admit(stream, peer, &stop),
                Err(error) => {
                    tracing::debug!(%error, "an FTP connection was not accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }

    /// Begins a session if there is a seat for it.
    fn admit(self: &Arc<Self>, mut stream: TcpStream, peer: SocketAddr, stop: &CancellationToken) {
        // Without it every reply waits for the acknowledgement of the one before: 44 ms for each file.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let peer = peer.ip().to_canonical();
        match self.seat(peer) {
            Some(seat) => {
                let session = Session::new(self.clone(), stream, peer, stop.clone());
                self.life.spawn(format!("FTP session of {peer}"), async move {
                    session.run().await;
                    drop(seat);
                });
            }
            None => {
                tracing::warn!(%peer, "too many FTP sessions; this one was turned away");
                let text = b"421 too many connections, come back later\r\n";
                // What fits into an empty buffer needs no waiting.
                let _ = futures_util::FutureExt::now_or_never(stream.write_all(text));
            }
        }
    }

    fn seat(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let mut state = self.lock();
        let all: usize = state.sessions.values().sum();
        let here = state.sessions.entry(peer).or_default();
        let most = self.settings.max_sessions;
        if all >= most || *here >= most.div_ceil(2) {
            return None;
        }
        *here += 1;
        Some(Seat { server: self.clone(), peer })
    }

    /// Who this is; `None`: nobody we know.
    pub(super) fn log_in(&self, user: &str, password: &str, peer: IpAddr) -> Option<Realm> {
        if let Some(site) = &self.settings.password
            && user == self.site_user()
        {
            return secret::same(site, password).then_some(Realm::Site);
        }
        let of = |account: &&Arc<Account>| account.login.as_ref().is_some_and(|(name, _)| name == user);
        let account = self.lock().accounts.iter().find(of).cloned()?;
        let (_, known) = account.login.as_ref()?;
        if !secret::same(known, password) {
            account.outlet.refuse("login", &format!("wrong password from {peer}"));
            return None;
        }
        Some(Realm::Own(account))
    }

    /// Whose path this is, and what is left of it there. The error is a list of the directories there are.
    pub(super) fn whose(&self, realm: &Realm, path: &Path) -> Result<(Arc<Account>, Path), String> {
        if let Realm::Own(account) = realm {
            return Ok((account.clone(), path.clone()));
        }
        let state = self.lock();
        let found = state
            .accounts
            .iter()
            .find_map(|account| Some((account.clone(), path.below(&account.directory)?)));
        found.ok_or_else(|| {
            let all: Vec<String> =
                state.accounts.iter().map(|account| account.directory.to_string()).collect();
            format!("no camera has this directory; there are: {}", all.join(", "))
        })
    }

    /// The directories of all cameras.
    pub(super) fn directories(&self) -> Vec<Path> {
        self.lock().accounts.iter().map(|account| account.directory.clone()).collect()
    }

    fn site_user(&self) -> &str {
        self.settings.user.as_deref().unwrap_or(SITE)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.account.gone.cancel();
        let mut state = self.server.lock();
        state.accounts.retain(|other| !Arc::ptr_eq(other, &self.account));
        if state.accounts.is_empty()
            && let Some(open) = state.open.take()
        {
            open.cancel();
            tracing::info!("the FTP server is closed: no camera needs it");
        }
    }
}

/// Removes what lies in spools of cameras that are gone: nobody will ever judge those pictures.
pub(crate) fn forget_others(directory: &std::path::Path, cameras: &[config::Camera]) {
    let kept: Vec<String> = cameras
        .iter()
        .filter(|camera| camera.kind == config::CameraKind::Ftp)
        .filter_map(|camera| folder(&camera.name))
        .collect();
    let Ok(spools) = std::fs::read_dir(directory.join(SPOOLS)) else { return };
    for spool in spools.flatten() {
        if kept.iter().any(|name| spool.file_name() == name.as_str()) {
            continue;
        }
        match std::fs::remove_dir_all(spool.path()) {
            Ok(()) => tracing::info!(spool = ?spool.file_name(), "what a former camera left was removed"),
            Err(error) => tracing::warn!(spool = ?spool.file_name(), %error, "a former camera's spool stays"),
        }
    }
}

/// The name of a camera's spool; `None` when it is too long for a file system.
fn folder(camera: &str) -> Option<String> {
    Some(Path::of_name(camera)?.on_disk().replace('.', "%2e"))
}

/// A session's seat.
struct Seat {
    server: Arc<Server>,
    peer: IpAddr,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut state = self.server.lock();
        if let Some(here) = state.sessions.get_mut(&self.peer) {
            *here -= 1;
            if *here == 0 {
                state.sessions.remove(&self.peer);
            }
        }
    }
}

/// The listener. A port that the server itself is just giving up is waited for.
async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    for _ in 1..BINDING.0 {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => tokio::time::sleep(BINDING.1).await,
            other => return other,
        }
    }
    TcpListener::bind(address).await
}
