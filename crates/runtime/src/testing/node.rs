//! One RabbitMQ node as a process group that cannot outlive this process: a shell leads the group, holds the other
//! end of a pipe, and kills all of it when the pipe closes, even after a SIGKILL of ours.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::listen;

const SERVER: &str = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const CONTROL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";
/// A loaded machine of two cores needs up to 20 s; an idle one 3 s.
const START: Duration = Duration::from_secs(90);
const STOP: Duration = Duration::from_secs(60);

/// Ports and directory of a node; they stay the same over restarts.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) dir: PathBuf,
    pub(super) port: u16,
    distribution: u16,
    epmd: u16,
    management: Option<u16>,
    tls: Option<u16>,
}

/// What a node has beside its plain listener.
#[derive(Default)]
pub(super) struct Wishes<'a> {
    pub(super) management: bool,
    /// Certificate and key, PEM.
    pub(super) tls: Option<(&'a str, &'a str)>,
}

/// A node that runs.
pub(super) struct Running {
    leader: Child,
    /// Closing it ends the node.
    lifeline: Option<ChildStdin>,
}

impl Place {
    pub(super) fn new(dir: &Path, wishes: &Wishes<'_>) -> io::Result<Self> {
        // Held together so that they differ.
        let free = [listen()?, listen()?, listen()?, listen()?, listen()?];
        let [port, distribution, epmd] = [port_of(&free[0])?, port_of(&free[1])?, port_of(&free[2])?];
        let management = wishes.management.then(|| port_of(&free[3])).transpose()?;
        let tls = wishes.tls.map(|_| port_of(&free[4])).transpose()?;
        drop(free);
        std::fs::create_dir_all(dir.join("db"))?;
        std::fs::create_dir_all(dir.join("log"))?;
        let mut settings = format!("listeners.tcp.1 = 127.0.0.1:{port}\ndisk_free_limit.absolute = 50MB\n");
        if let Some(management) = management {
            settings += &format!("management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}\n");
        }
        if let Some(((cert, key), port)) = wishes.tls.zip(tls) {
            let files = [dir.join("tls.crt"), dir.join("tls.key")];
            std::fs::write(&files[0], cert)?;
            std::fs::write(&files[1], key)?;
            let [cert, key] = files.map(|file| file.display().to_string());
            settings += &format!(
                "listeners.ssl.1 = 127.0.0.1:{port}\nssl_options.cacertfile = {cert}\nssl_options.certfile = {cert}\n\
                 ssl_options.keyfile = {key}\nssl_options.verify = verify_none\n"
            );
        }
        std::fs::write(dir.join("rabbitmq.conf"), settings)?;
        let plugins = if wishes.management { "[rabbitmq_management]." } else { "[]." };
        std::fs::write(dir.join("enabled_plugins"), plugins)?;
        Ok(Self { dir: dir.to_owned(), port, distribution, epmd, management, tls })
    }

    pub(super) fn address(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))
    }

    /// Where the management API listens, if it does.
    pub(super) fn management(&self) -> Option<SocketAddr> {
        self.management.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// Where it listens with TLS, if it does.
    pub(super) fn tls(&self) -> Option<SocketAddr> {
        self.tls.map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }

    /// Has the running node do something by its own tool.
    pub(super) fn control(&self, words: &[&str]) -> io::Result<()> {
        let done = Command::new(CONTROL)
            .args(["--node", &self.node()])
            .args(words)
            .env("HOME", &self.dir)
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("ERL_EPMD_PORT", self.epmd.to_string())
            .env("ERL_FLAGS", "-start_epmd false")
            .stdin(Stdio::null())
            .output()?;
        if done.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        Err(io::Error::other(format!("{words:?}: {said}")))
    }

    fn node(&self) -> String {
        format!("menshen-test-{}@localhost", self.port)
    }

    /// Starts the node; returns before it is ready.
    pub(super) fn spawn(&self) -> io::Result<Running> {
        if !Path::new(SERVER).exists() {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("{SERVER} is missing: run scripts/setup"),
            ));
        }
        let log = std::fs::File::options().create(true).append(true).open(self.dir.join("console.log"))?;
        let mut leader = Command::new("/bin/sh")
            .args(["-c", LEADER, "menshen-test-broker", SERVER])
            .env("HOME", &self.dir)
            .env("RABBITMQ_NODENAME", self.node())
            .env("RABBITMQ_MNESIA_BASE", self.dir.join("db"))
            .env("RABBITMQ_LOG_BASE", self.dir.join("log"))
            .env("RABBITMQ_CONFIG_FILE", self.dir.join("rabbitmq.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", self.dir.join("enabled_plugins"))
            .env("RABBITMQ_DIST_PORT", self.distribution.to_string())
            .env("RABBITMQ_CONF_ENV_FILE", "/dev/null")
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 2:2 -kernel inet_dist_use_interface {127,0,0,1}")
            .env("ERL_EPMD_ADDRESS", "127.0.0.1")
            // Also for the helper the node starts outside of the group: nobody but the leader starts an epmd.
            .env("ERL_FLAGS", "-start_epmd false")
            .env("ERL_EPMD_PORT", self.epmd.to_string())
            .current_dir(&self.dir)
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let lifeline = leader.stdin.take();
        Ok(Running { leader, lifeline })
    }

    /// Waits until the broker answers an AMQP greeting. An error when the node ends or takes too long.
    pub(super) async fn ready(&self, running: &mut Running) -> io::Result<()> {
        let end = Instant::now() + START;
        while Instant::now() < end {
            if self.greets() && self.manages() {
                return Ok(());
            }
            if let Some(status) = running.leader.try_wait()? {
                return Err(io::Error::other(format!("the broker ended with {status}\n{}", self.log_tail())));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(io::Error::other(format!("the broker was not ready after {START:?}\n{}", self.log_tail())))
    }

    fn greets(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect_timeout(&self.address(), Duration::from_millis(200)) else {
            return false;
        };
        let mut first = [0u8; 1];
        stream.set_read_timeout(Some(Duration::from_millis(500))).is_ok()
            && stream.write_all(b"AMQP\x00\x00\x09\x01").is_ok()
            && stream.read_exact(&mut first).is_ok()
            // A method frame: connection.start.
            && first == [1]
    }

    /// Whether the management API takes connections, where there is to be one.
    fn manages(&self) -> bool {
        self.management().is_none_or(|at| TcpStream::connect_timeout(&at, Duration::from_millis(200)).is_ok())
    }

    /// The end of what the node said, for people who look at a failed test.
    pub(super) fn log_tail(&self) -> String {
        let text = std::fs::read_to_string(self.dir.join("console.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.get(lines.len().saturating_sub(30)..).unwrap_or_default().join("\n")
    }
}

impl Running {
    /// Asks the node to stop, as a service manager does, and waits until it has.
    pub(super) async fn stop(mut self) -> io::Result<()> {
        self.signal("TERM");
        let end = Instant::now() + STOP;
        while Instant::now() < end {
            if self.leader.try_wait()?.is_some() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.kill_now();
        Err(io::Error::other(format!("the broker did not stop within {STOP:?} and was killed")))
    }

    /// SIGKILL to the whole group.
    pub(super) fn kill_now(&mut self) {
        self.signal("KILL");
        self.lifeline = None;
        // Reaped, so that no zombie stays.
        let _gone = self.leader.wait();
    }

    fn signal(&self, signal: &str) {
        // The group's number is its leader's.
        let _gone = Command::new("/bin/sh")
            .args(["-c", "kill -s \"$1\" -- \"-$2\"", "kill", signal, &self.leader.id().to_string()])
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.leader.try_wait(), Ok(None)) {
            self.kill_now();
        }
    }
}

/// The group's leader. epmd runs inside the group on a port of its own, so the machine's epmd is never touched; it must
/// answer before the node looks for it, or the node would start one that leaves the group. The subshell is the
/// watchdog: `read` returns when the pipe's other end closes, which happens to a running node only when this process
/// has ended without stopping it; then nobody wants its data any more.
const LEADER: &str = r#"
trap : TERM
ulimit -S -n "$(ulimit -H -n)" 2>/dev/null
exec 3<&0 </dev/null
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 3<&- &
tries=0
until epmd -port "$ERL_EPMD_PORT" -names >/dev/null 2>&1 || [ "$tries" -ge 200 ]; do
  tries=$((tries + 1)); sleep 0.05
done
"$1" 3<&- &
server=$!
(
  trap '' TERM
  read -r _ <&3
  case "$HOME" in */menshen-broker-*) setsid --fork sh -c 'sleep 1; rm -rf "$HOME"' 3<&-; sleep 0.2 ;; esac
  kill -s KILL -- "-$$"
) &
wait "$server"
while kill -0 "$server" 2>/dev/null; do wait "$server"; done
kill -s KILL -- "-$$"
"#;

fn port_of(listener: &TcpListener) -> io::Result<u16> {
    Ok(listener.local_addr()?.port())
}
