//! What goes over the data connection: a picture that comes, or a list that goes.

use std::fmt::Write as _;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::incoming::Incoming;
use super::path::Path;
use super::server::{Account, Realm};
use super::session::Session;
use super::spool::Rejected;

/// A transfer on which nothing moves for this long has broken off.
const SILENCE: Duration = Duration::from_secs(30);
/// No upload takes longer.
const LONGEST: Duration = Duration::from_secs(300);
/// Bytes read at one time.
const PIECE: usize = 64 << 10;

/// How a transfer ended early.
enum Broken {
    /// It is not wanted.
    Rejected(Rejected),
    /// The client took it back.
    Aborted,
    /// The connection, the client or the camera went away.
    Off(String),
}

impl Session {
    /// The camera that a path of the client's belongs to, and the rest of the path there.
    pub(super) fn place(&self, argument: &str) -> Result<(Arc<Account>, Path), String> {
        self.owner(&self.here.join(argument)?)
    }

    pub(super) fn owner(&self, path: &Path) -> Result<(Arc<Account>, Path), String> {
        let realm = self.realm.as_ref().ok_or("log in first")?;
        let (account, rest) = self.server.whose(realm, path)?;
        if rest.is_root() {
            return Err("a file needs a name".into());
        }
        Ok((account, rest))
    }

    /// Receives a file. What is told to the client is also told to the camera's status.
    pub(super) async fn store(&mut self, argument: &str) -> io::Result<()> {
        let (account, path) = match self.place(argument) {
            Ok(place) => place,
            Err(why) => {
                if let Some(Realm::Own(account)) = &self.realm {
                    account.outlet.refuse("an upload", &why);
                }
                return self.say(553, &why).await;
            }
        };
        let Some(channel) = self.channel.take() else { return self.say(425, "PASV or PORT first").await };
        let shown = path.to_string();
        let mut incoming = match account.spool.receive(path).await {
            Ok(incoming) => incoming,
            Err(rejected) => return self.reject(&account, &shown, rejected).await,
        };
        self.say(150, "go ahead").await?;
        let stream = match channel.open(self.peer).await {
            Ok(stream) => stream,
            Err(error) => return self.say(425, &format!("no data connection: {error}")).await,
        };
        let outcome = match self.fill(stream, &mut incoming, &account).await {
            Ok(()) => incoming.finish().await.map_err(Broken::Rejected),
            Err(broken) => {
                drop(incoming);
                Err(broken)
            }
        };
        match outcome {
            Ok(bytes) => self.say(226, &format!("{bytes} bytes are safe")).await,
            Err(Broken::Rejected(rejected)) => self.reject(&account, &shown, rejected).await,
            Err(Broken::Aborted) => {
                self.say(426, "aborted").await?;
                self.say(226, "ok").await
            }
            Err(Broken::Off(why)) => {
                account.outlet.refuse(&shown, &format!("the upload broke off: {why}"));
                self.say(426, &why).await
            }
        }
    }

    /// Reads until the client closes the data connection.
    async fn fill(
        &mut self,
        mut stream: TcpStream,
        incoming: &mut Incoming,
        account: &Account,
    ) -> Result<(), Broken> {
        let end = Instant::now() + LONGEST;
        let mut buffer = vec![0; PIECE];
        let mut listening = true;
        loop {
            let by = end.min(Instant::now() + SILENCE);
            let read = tokio::select! {
                () = account.gone.cancelled() => return Err(Broken::Off("the camera was removed or changed".into())),
                read = timeout_at(by, stream.read(&mut buffer)) => read,
                command = self.commands.next(), if listening => match command {
                    Ok(Some(command)) if command.verb == "ABOR" => return Err(Broken::Aborted),
                    // Whatever else it wants comes after this; one that has hung up may have sent all of the file.
                    Ok(command) => {
                        self.pending = command;
                        listening = false;
                        continue;
                    }
                    Err(_) => {
                        listening = false;
                        continue;
                    }
                },
            };
            match read {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(n)) => incoming.write(&buffer[..n]).await.map_err(Broken::Rejected)?,
                Ok(Err(error)) => return Err(Broken::Off(error.to_string())),
                Err(_) => return Err(Broken::Off("nothing came for too long".into())),
            }
        }
    }

    async fn reject(&mut self, account: &Account, shown: &str, rejected: Rejected) -> io::Result<()> {
        let (code, why) = match rejected {
            Rejected::TooLarge(most) => (552, format!("larger than {most} bytes (ftp.max_file_mb)")),
            Rejected::Full => {
                (452, "too much waits to be judged (ftp.max_waiting, ftp.max_waiting_mb)".into())
            }
            Rejected::Disk(error) => (452, format!("it cannot be stored: {error}")),
        };
        account.outlet.refuse(shown, &why);
        self.say(code, &why).await
    }

    /// Lists what waits in a folder.
    pub(super) async fn list(&mut self, argument: &str, long: bool) -> io::Result<()> {
        let name = argument.split(' ').filter(|word| !word.starts_with('-')).collect::<Vec<_>>().join(" ");
        let text = match self.here.join(&name).map_err(ToOwned::to_owned).and_then(|at| self.names(&at)) {
            Ok(names) => listing(names, long),
            Err(why) => return self.say(550, &why).await,
        };
        let Some(channel) = self.channel.take() else { return self.say(425, "PASV or PORT first").await };
        self.say(150, "here it comes").await?;
        let sent = async {
            let mut stream = channel.open(self.peer).await?;
            stream.write_all(text.as_bytes()).await?;
            stream.shutdown().await
        };
        match timeout(SILENCE, sent).await {
            Ok(Ok(())) => self.say(226, "that is all").await,
            Ok(Err(error)) => self.say(426, &error.to_string()).await,
            Err(_) => self.say(426, "it took too long").await,
        }
    }

    /// Names in a folder with the sizes of files; folders have none.
    fn names(&self, at: &Path) -> Result<Vec<(String, Option<u64>)>, String> {
        let realm = self.realm.as_ref().ok_or("log in first")?;
        if let Ok((account, rest)) = self.server.whose(realm, at) {
            return Ok(account.spool.list(&rest).into_iter().collect());
        }
        let below = self.server.directories().into_iter().filter_map(|one| one.below(at));
        let mut names: Vec<_> = below.filter_map(|path| Some((path.first()?.to_owned(), None))).collect();
        names.sort();
        names.dedup();
        if names.is_empty() { Err("no such folder".into()) } else { Ok(names) }
    }
}

fn listing(names: Vec<(String, Option<u64>)>, long: bool) -> String {
    let mut text = String::new();
    for (name, size) in names {
        // Writing to a string cannot fail.
        let _ = match (long, size) {
            (false, _) => write!(text, "{name}\r\n"),
            (true, Some(bytes)) => write!(text, "-rw------- 1 box box {bytes:>10} Jan 01 00:00 {name}\r\n"),
            (true, None) => write!(text, "drwx------ 1 box box {:>10} Jan 01 00:00 {name}\r\n", 0),
        };
    }
    text
}
