//! One control connection: who it is, where it stands, and what it may order. Only uploads are served; folders exist as
//! names only, so every folder may be entered.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::channel::{Channel, eprt_argument, port_argument};
use super::lines::{Command, Commands, Replies, split};
use super::path::Path;
use super::server::{Realm, Server};

/// How long a client may take to log in.
const LOGIN: Duration = Duration::from_secs(30);
/// Wrong passwords per connection, and the pause after each.
const ATTEMPTS: (u32, Duration) = (3, Duration::from_secs(1));

/// A session.
pub(super) struct Session {
    pub(super) server: Arc<Server>,
    pub(super) commands: Commands,
    replies: Replies,
    pub(super) peer: IpAddr,
    local: Option<IpAddr>,
    stop: CancellationToken,
    user: String,
    failures: u32,
    pub(super) realm: Option<Realm>,
    pub(super) here: Path,
    pub(super) channel: Option<Channel>,
    renamed: Option<Path>,
    /// An order that came during a transfer.
    pub(super) pending: Option<Command>,
}

/// Whether the session goes on.
#[derive(PartialEq, Eq)]
enum Flow {
    On,
    End,
}

impl Session {
    pub(super) fn new(server: Arc<Server>, stream: TcpStream, peer: IpAddr, stop: CancellationToken) -> Self {
        let local = stream.local_addr().ok().map(|address| address.ip().to_canonical());
        let (commands, replies) = split(stream);
        Self {
            server,
            commands,
            replies,
            peer,
            local,
            stop,
            user: String::new(),
            failures: 0,
            realm: None,
            here: Path::default(),
            channel: None,
            renamed: None,
            pending: None,
        }
    }

    /// Serves until the client leaves, is silent for too long, or the server closes.
    pub(super) async fn run(mut self) {
        let stop = self.stop.clone();
        let ended = tokio::select! {
            () = stop.cancelled() => self.say(421, "the server is closing").await,
            ended = self.serve() => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(peer = %self.peer, %error, "an FTP session broke");
        }
    }

    pub(super) async fn say(&mut self, code: u16, text: &str) -> io::Result<()> {
        self.replies.say(code, text).await
    }

    async fn serve(&mut self) -> io::Result<()> {
        self.say(220, "ready for pictures").await?;
        let login_by = Instant::now() + LOGIN;
        loop {
            let command = match self.pending.take() {
                Some(command) => command,
                None => {
                    let idle = Duration::from_secs(self.server.settings.idle_timeout);
                    let by = if self.realm.is_some() { Instant::now() + idle } else { login_by };
                    let gone = self.gone();
                    let next = tokio::select! {
                        () = gone.cancelled() => return self.say(421, "this camera was removed or changed").await,
                        next = timeout_at(by, self.commands.next()) => next,
                    };
                    match next {
                        Ok(Ok(Some(command))) => command,
                        Ok(Ok(None)) => return Ok(()),
                        Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                            return self.say(500, "the line is too long").await;
                        }
                        Ok(Err(error)) => return Err(error),
                        Err(_) => return self.say(421, "nothing was said for too long").await,
                    }
                }
            };
            if self.obey(command).await? == Flow::End {
                return Ok(());
            }
        }
    }

    /// Cancelled when the camera whose account this is has gone.
    fn gone(&self) -> CancellationToken {
        match &self.realm {
            Some(Realm::Own(account)) => account.gone.clone(),
            _ => CancellationToken::new(),
        }
    }

    async fn obey(&mut self, command: Command) -> io::Result<Flow> {
        let Command { verb, argument } = command;
        match verb.as_str() {
            "QUIT" => {
                self.say(221, "goodbye").await?;
                return Ok(Flow::End);
            }
            "USER" => {
                self.realm = None;
                self.user = argument;
                self.say(331, "the password, please").await?;
            }
            "PASS" => return self.log_in(&argument).await,
            "NOOP" => self.say(200, "ok").await?,
            "SYST" => self.say(215, "UNIX Type: L8").await?,
            "FEAT" => self.replies.say_all(211, &["features", "EPSV", "SIZE", "UTF8"], "end").await?,
            "OPTS" => self.say(200, "ok").await?,
            "HELP" => self.say(214, "this server takes pictures: log in, PASV or EPSV, STOR").await?,
            "AUTH" => self.say(502, "no encryption here").await?,
            _ if self.realm.is_none() => self.say(530, "log in first").await?,
            _ => self.obey_known(&verb, &argument).await?,
        }
        Ok(Flow::On)
    }

    async fn log_in(&mut self, password: &str) -> io::Result<Flow> {
        self.realm = self.server.log_in(&self.user, password, self.peer);
        self.here = Path::default();
        if self.realm.is_some() {
            self.say(230, "welcome").await?;
            return Ok(Flow::On);
        }
        self.failures += 1;
        tracing::warn!(peer = %self.peer, user = ?self.user, "an FTP login was refused");
        tokio::time::sleep(ATTEMPTS.1).await;
        if self.failures >= ATTEMPTS.0 {
            self.say(421, "too many wrong passwords").await?;
            return Ok(Flow::End);
        }
        self.say(530, "no such account, or a wrong password").await?;
        Ok(Flow::On)
    }

    /// What somebody who has logged in may order.
    async fn obey_known(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        match verb {
            "TYPE" | "MODE" | "STRU" => self.shape(verb, argument).await,
            "PASV" | "EPSV" => self.passive(verb, argument).await,
            "PORT" => self.active(port_argument(argument, self.peer)).await,
            "EPRT" => self.active(eprt_argument(argument, self.peer)).await,
            "STOR" => self.store(argument).await,
            "STOU" => self.store(&format!("unnamed-{:016x}", rand::random::<u64>())).await,
            "ALLO" => self.allocate(argument).await,
            "REST" if argument == "0" => self.say(350, "from the beginning").await,
            "REST" | "APPE" => self.say(502, "uploads begin at the beginning; use STOR").await,
            "LIST" | "NLST" => self.list(argument, verb == "LIST").await,
            "PWD" | "XPWD" => {
                let here = format!("\"/{}\" is where you are", self.here.to_string().replace('"', "\"\""));
                self.say(257, &here).await
            }
            "CWD" | "XCWD" => self.enter(argument).await,
            "CDUP" | "XCUP" => {
                self.here = self.here.parent();
                self.say(250, "ok").await
            }
            "MKD" | "XMKD" => self.folder(argument, 257).await,
            "RMD" | "XRMD" => self.folder(argument, 250).await,
            "RNFR" => self.rename_from(argument).await,
            "RNTO" => self.rename_to(argument).await,
            "DELE" => self.delete(argument).await,
            "SIZE" => self.size(argument).await,
            "STAT" => self.say(211, "ready").await,
            "ABOR" => self.say(226, "nothing was under way").await,
            "ACCT" | "SITE" => self.say(202, "not needed here").await,
            "RETR" | "MLSD" | "MLST" | "MDTM" => self.say(502, "nothing can be read back here").await,
            _ => self.say(502, "not known here").await,
        }
    }

    async fn shape(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        let known = match verb {
            "TYPE" => ["A", "A N", "I", "L 8"].contains(&argument.to_ascii_uppercase().as_str()),
            "MODE" => argument.eq_ignore_ascii_case("S"),
            _ => argument.eq_ignore_ascii_case("F"),
        };
        if known { self.say(200, "ok").await } else { self.say(504, "not offered").await }
    }

    async fn passive(&mut self, verb: &str, argument: &str) -> io::Result<()> {
        if verb == "EPSV" && argument.eq_ignore_ascii_case("ALL") {
            return self.say(200, "ok").await;
        }
        let Some(local) = self.local else { return self.say(425, "the connection has no address").await };
        // The old one is given up first, so that a session has one port at most.
        self.channel = None;
        let channel = Channel::passive(local, self.server.settings.passive_ports).await;
        let (channel, port) = match channel.map(|channel| (channel.port(), channel)) {
            Ok((Some(port), channel)) => (channel, port),
            Ok((None, _)) | Err(_) => {
                tracing::warn!(peer = %self.peer, "no port of ftp.passive_ports is free");
                return self.say(425, "no port is free, try again").await;
            }
        };
        let reply = if verb == "EPSV" {
            (229, format!("over here (|||{port}|)"))
        } else {
            let told = self.server.settings.passive_address;
            let Some([a, b, c, d]) = told.or(v4(local)).map(|address| address.octets()) else {
                return self.say(425, "use EPSV here").await;
            };
            (227, format!("over here ({a},{b},{c},{d},{},{})", port >> 8, port & 0xff))
        };
        self.channel = Some(channel);
        self.say(reply.0, &reply.1).await
    }

    async fn active(&mut self, address: Option<std::net::SocketAddr>) -> io::Result<()> {
        let Some(address) = address else {
            return self.say(501, "only your own address, above port 1023").await;
        };
        self.channel = Some(Channel::Active(address));
        self.say(200, "ok").await
    }

    async fn allocate(&mut self, argument: &str) -> io::Result<()> {
        let most = self.server.settings.max_file_mb << 20;
        let wanted = argument.split(' ').next().and_then(|n| n.parse::<u64>().ok());
        if wanted.is_some_and(|bytes| bytes > most) {
            return self.say(552, &format!("at most {most} bytes are taken")).await;
        }
        self.say(202, "not needed here").await
    }

    async fn enter(&mut self, argument: &str) -> io::Result<()> {
        let path = match self.here.join(argument) {
            Ok(path) => path,
            Err(why) => return self.say(550, why).await,
        };
        if let Err(why) = self.may_enter(&path) {
            return self.say(550, &why).await;
        }
        self.here = path;
        self.say(250, "ok").await
    }

    /// Folders need not be made and are never in the way.
    async fn folder(&mut self, argument: &str, code: u16) -> io::Result<()> {
        let path = match self.here.join(argument) {
            Ok(path) => path,
            Err(why) => return self.say(550, why).await,
        };
        if let Err(why) = self.may_enter(&path) {
            return self.say(550, &why).await;
        }
        let name = path.to_string().replace('"', "\"\"");
        self.say(code, &format!("\"/{name}\"")).await
    }

    /// Whether a folder is in a camera's directory, or leads to one.
    fn may_enter(&self, path: &Path) -> Result<(), String> {
        let Some(realm) = &self.realm else { return Err("log in first".into()) };
        if matches!(realm, Realm::Site)
            && self.server.directories().iter().any(|one| one.below(path).is_some())
        {
            return Ok(());
        }
        self.server.whose(realm, path).map(|_| ())
    }

    async fn rename_from(&mut self, argument: &str) -> io::Result<()> {
        let found = self.place(argument);
        match found {
            Ok((account, rest)) if account.spool.size(&rest).is_some() => {
                self.renamed = self.here.join(argument).ok();
                self.say(350, "to what?").await
            }
            Ok(_) => self.say(550, "no such file waits here").await,
            Err(why) => self.say(550, &why).await,
        }
    }

    async fn rename_to(&mut self, argument: &str) -> io::Result<()> {
        let Some(from) = self.renamed.take() else { return self.say(503, "RNFR first").await };
        let (from, to) = match (self.owner(&from), self.place(argument)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(why), _) | (_, Err(why)) => return self.say(553, &why).await,
        };
        if !Arc::ptr_eq(&from.0, &to.0) {
            return self.say(553, "files stay with their camera").await;
        }
        match from.0.spool.rename(&from.1, &to.1) {
            Ok(true) => self.say(250, "ok").await,
            Ok(false) => self.say(550, "no such file waits here").await,
            Err(error) => self.say(451, &error.to_string()).await,
        }
    }

    async fn delete(&mut self, argument: &str) -> io::Result<()> {
        let deleted = self.place(argument).map(|(account, rest)| account.spool.delete(&rest));
        match deleted {
            Ok(Ok(true)) => self.say(250, "ok").await,
            Ok(Ok(false)) => self.say(550, "no such file waits here").await,
            Ok(Err(error)) => self.say(451, &error.to_string()).await,
            Err(why) => self.say(550, &why).await,
        }
    }

    async fn size(&mut self, argument: &str) -> io::Result<()> {
        let size = self.place(argument).map(|(account, rest)| account.spool.size(&rest));
        match size {
            Ok(Some(bytes)) => self.say(213, &bytes.to_string()).await,
            Ok(None) => self.say(550, "no such file waits here").await,
            Err(why) => self.say(550, &why).await,
        }
    }
}

fn v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}
