//! A PostgreSQL of a test's own: own directory, own port, gone with the test process however that ends.
//!
//! One server serves all tests of a binary, each with a database of its own. Whether tests that could run on either engine
//! use it is told by `MENSHEN_TEST_DATABASE=postgres`.

mod installed;
mod small;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use installed::{Account, account, free_port, programs};
use tempfile::TempDir;

/// A loaded machine of two cores needs several seconds; an idle one less than one.
const START: Duration = Duration::from_secs(90);
/// The role of the tests and its password.
const ROLE: &str = "menshen";

/// A private server. Its data survive [`PrivatePostgres::kill`] and [`PrivatePostgres::stop`]; dropping it, or the end of this
/// process, ends the server and removes its directory.
pub struct PrivatePostgres {
    running: Option<Running>,
    programs: PathBuf,
    user: Option<Account>,
    /// What starts the server, when it is to have a small disk.
    through: Vec<String>,
    settings: Vec<String>,
    port: u16,
    dir: TempDir,
}

struct Running {
    leader: Child,
    /// Closing it ends the server.
    lifeline: Option<ChildStdin>,
}

/// The URL of the database that belongs to a test's folder when `MENSHEN_TEST_DATABASE` is `postgres`, else `None`. The database
/// is made when it is first asked for and dropped some time after the folder has gone.
///
/// # Panics
/// When there is no server and none can be started.
pub fn database_of(folder: &Path) -> Option<String> {
    /// The database of a folder, and what was there of its path: once that is gone, nobody needs it.
    static FOLDERS: Mutex<BTreeMap<PathBuf, (PathBuf, String)>> = Mutex::new(BTreeMap::new());
    if std::env::var_os("MENSHEN_TEST_DATABASE")? != "postgres" {
        return None;
    }
    let server = PrivatePostgres::shared();
    let mut folders = FOLDERS.lock().unwrap_or_else(PoisonError::into_inner);
    for (_, (_, url)) in folders.extract_if(.., |_, (home, _)| !home.exists()) {
        server.drop_database(&url);
    }
    let fresh = || {
        let home = folder.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(folder);
        (home.to_owned(), server.fresh_database().expect("a fresh database"))
    };
    Some(folders.entry(folder.to_owned()).or_insert_with(fresh).1.clone())
}

impl PrivatePostgres {
    /// The server all tests of this process share.
    ///
    /// # Panics
    /// When none can be started.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<PrivatePostgres> = OnceLock::new();
        SHARED.get_or_init(|| Self::start().expect("a private PostgreSQL"))
    }

    /// A new server that answers. Takes about a second on an idle machine.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start, with what it said.
    pub fn start() -> io::Result<Self> {
        Self::start_with(&[], &[])
    }

    /// A new server with further settings (`name=value`) and files (name, content) in its directory.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start, with what it said.
    pub fn start_with(settings: &[&str], files: &[(&str, &str)]) -> io::Result<Self> {
        let mut server = Self::new(settings)?;
        for (name, content) in files {
            server.put(name, content)?;
        }
        server.begin()?;
        Ok(server)
    }

    fn new(settings: &[&str]) -> io::Result<Self> {
        let programs = programs()?;
        let dir = tempfile::Builder::new().prefix("menshen-postgres-").tempdir()?;
        let user = account()?;
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let (through, port) = (Vec::new(), free_port()?);
        let server = Self { running: None, programs, user, through, settings, port, dir };
        server.give(server.dir.path())?;
        server.put("password", ROLE)?;
        Ok(server)
    }

    /// Makes its data and starts it for the first time.
    fn begin(&mut self) -> io::Result<()> {
        let data = self.data();
        self.run(
            "initdb",
            &[
                "-D".into(),
                data.into(),
                "--no-sync".into(),
                "--encoding=UTF8".into(),
                "--locale=C".into(),
                format!("--username={ROLE}").into(),
                "--auth=scram-sha-256".into(),
                format!("--pwfile={}", self.dir.path().join("password").display()).into(),
            ],
        )?;
        self.start_again()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// The URL of the database `name`; also through another address, for instance a [`super::ChaosProxy`]'s.
    pub fn url_at(address: SocketAddr, name: &str) -> String {
        format!("postgres://{ROLE}:{ROLE}@{address}/{name}?sslmode=disable")
    }

    /// A new, empty database that compares text byte by byte; answers its URL.
    ///
    /// # Errors
    /// What the server says.
    pub fn fresh_database(&self) -> io::Result<String> {
        let name = format!("t{:016x}", rand::random::<u64>());
        self.sql("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(Self::url_at(self.address(), &name))
    }

    /// Drops a database that [`PrivatePostgres::fresh_database`] made, as far as that is possible.
    pub fn drop_database(&self, url: &str) {
        let name = url.split(['/', '?']).nth(3).unwrap_or_default();
        let _best_effort = self.sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }

    /// Runs a statement as the owner of everything; answers its rows, one a line, columns parted by `|`.
    ///
    /// # Errors
    /// What the server says.
    pub fn sql(&self, database: &str, statement: &str) -> io::Result<String> {
        self.run(
            "psql",
            &[
                "-XqAt".into(),
                "-v".into(),
                "ON_ERROR_STOP=1".into(),
                "-d".into(),
                Self::url_at(self.address(), database).into(),
                "-c".into(),
                statement.into(),
            ],
        )
    }

    /// Starts it again with the same data and port, and waits until it answers.
    ///
    /// # Errors
    /// When it does not, with what it said.
    pub fn start_again(&mut self) -> io::Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        let end = Instant::now() + START;
        let mut running = self.spawn()?;
        while self.sql("postgres", "SELECT 1").is_err() {
            if running.leader.try_wait()?.is_some() {
                // What is left of a killed server may hold its memory for a moment.
                running = self.spawn()?;
            }
            if Instant::now() >= end {
                let log = std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default();
                return Err(io::Error::other(format!("PostgreSQL did not start within {START:?}\n{log}")));
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
        self.running = Some(running);
        Ok(())
    }

    /// Asks it to stop, ending every connection, and waits until it has.
    pub fn stop(&mut self) {
        self.end("INT");
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.end("QUIT");
    }

    fn end(&mut self, signal: &str) {
        let Some(mut running) = self.running.take() else { return };
        let _gone = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$1\" \"$(head -n 1 \"$2/postmaster.pid\")\"", "kill", signal])
            .arg(self.data())
            .stderr(Stdio::null())
            .status();
        // Reaped, so that no zombie stays.
        let _gone = running.leader.wait();
    }

    fn spawn(&self) -> io::Result<Running> {
        let log = std::fs::File::options().create(true).append(true).open(self.dir.path().join("log"))?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", LEADER, "menshen-test-postgres"]).arg(self.dir.path());
        command
            .args(&self.through)
            .args(self.prefix())
            .arg(self.programs.join("postgres"))
            .arg("-D")
            .arg(self.data());
        let port = format!("port={}", self.port);
        let fixed = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "autovacuum=off"];
        let sizes = ["max_connections=200", "shared_buffers=64MB", "full_page_writes=off"];
        let own = self.settings.iter().map(String::as_str);
        for setting in [port.as_str()].into_iter().chain(fixed).chain(sizes).chain(own) {
            command.args(["-c", setting]);
        }
        let command = command.current_dir(self.dir.path()).stdin(Stdio::piped());
        let mut leader = command.stdout(log.try_clone()?).stderr(log).process_group(0).spawn()?;
        let lifeline = leader.stdin.take();
        Ok(Running { leader, lifeline })
    }

    /// Runs one of PostgreSQL's programs to its end; answers what it printed.
    fn run(&self, program: &str, args: &[OsString]) -> io::Result<String> {
        let mut words: Vec<OsString> = self.prefix().into_iter().map(OsString::from).collect();
        words.push(self.programs.join(program).into());
        let (first, rest) = words.split_first().ok_or_else(|| io::Error::other("no program"))?;
        let command = Command::new(first).args(rest).args(args).current_dir(self.dir.path()).output()?;
        if command.status.success() {
            return Ok(String::from_utf8_lossy(&command.stdout).trim_end().to_owned());
        }
        Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&command.stderr))))
    }

    /// What goes before a command so that it does not run as root.
    fn prefix(&self) -> Vec<String> {
        self.user.as_ref().map_or_else(Vec::new, |user| {
            let (uid, gid) = (format!("--reuid={}", user.uid), format!("--regid={}", user.gid));
            vec!["setpriv".to_owned(), uid, gid, "--clear-groups".to_owned(), "--".to_owned()]
        })
    }

    fn put(&self, name: &str, content: &str) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;
        let path = self.dir.path().join(name);
        std::fs::write(&path, content)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        self.give(&path)
    }

    fn give(&self, path: &Path) -> io::Result<()> {
        self.user
            .as_ref()
            .map_or(Ok(()), |user| std::os::unix::fs::chown(path, Some(user.uid), Some(user.gid)))
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.lifeline = None;
            // Reaped, so that no zombie stays.
            let _gone = running.leader.wait();
        }
    }
}

/// Holds the other end of a pipe: when it closes, this process has ended or wants the server no more.
const LEADER: &str = r#"
trap : TERM INT QUIT
dir=$1; shift
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( trap '' TERM INT QUIT
  read -r _ <&3
  : >"$dir/closing"
  kill -s QUIT "$server"; tries=0
  while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 40 ]; do tries=$((tries + 1)); sleep 0.05; done
  case "$dir" in */menshen-postgres-*) rm -rf "$dir" ;; esac
  kill -s KILL -- "-$$" ) &
watchdog=$!
wait "$server"
while kill -0 "$server" 2>/dev/null; do wait "$server"; done
[ -e "$dir/closing" ] || kill -s KILL "$watchdog"
wait "$watchdog"
"#;
