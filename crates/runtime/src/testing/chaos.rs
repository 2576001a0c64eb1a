//! A TCP line that can be cut, frozen, slowed and restored.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Stands between a client and `target`. It ends when it is dropped.
#[derive(Debug)]
pub struct ChaosProxy {
    address: SocketAddr,
    line: watch::Sender<Line>,
    _end: DropGuard,
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    cut: bool,
    frozen: bool,
    mute: bool,
    delay: Duration,
    target: SocketAddr,
    /// Grows with each cut: a connection of an older age is dead.
    age: u64,
}

impl ChaosProxy {
    /// Listens on a free port of the loopback address.
    pub async fn start(target: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (line, watched) = watch::channel(Line {
            cut: false,
            frozen: false,
            mute: false,
            delay: Duration::ZERO,
            target,
            age: 0,
        });
        let end = CancellationToken::new();
        tokio::spawn(end.clone().run_until_cancelled_owned(accept(listener, watched, end.clone())));
        Ok(Self { address, line, _end: end.drop_guard() })
    }

    /// Connect here instead of to the target.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection and refuses new ones.
    pub fn cut(&self) {
        self.line.send_modify(|line| {
            line.cut = true;
            line.age += 1;
        });
    }

    /// Closes every connection; new ones work.
    pub fn drop_connections(&self) {
        self.line.send_modify(|line| line.age += 1);
    }

    /// Nothing passes, but connections stay open: what a dead router does.
    pub fn freeze(&self) {
        self.line.send_modify(|line| line.frozen = true);
    }

    /// What the client says arrives; what the target answers does not.
    pub fn mute(&self) {
        self.line.send_modify(|line| line.mute = true);
    }

    /// Every piece of data waits this long, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.line.send_modify(|line| line.delay = delay);
    }

    /// Everything passes at once again.
    pub fn restore(&self) {
        self.line.send_modify(|line| {
            line.cut = false;
            line.frozen = false;
            line.mute = false;
            line.delay = Duration::ZERO;
        });
    }

    /// New connections go to another target.
    pub fn retarget(&self, target: SocketAddr) {
        self.line.send_modify(|line| line.target = target);
    }
}

async fn accept(listener: TcpListener, line: watch::Receiver<Line>, end: CancellationToken) {
    while let Ok((client, _)) = listener.accept().await {
        let line = line.clone();
        tokio::spawn(end.clone().run_until_cancelled_owned(carry(client, line)));
    }
}

async fn carry(client: TcpStream, mut line: watch::Receiver<Line>) {
    let (age, target) = {
        let now = line.borrow();
        if now.cut {
            return;
        }
        (now.age, now.target)
    };
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _fast = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    let (there, back) = (line.clone(), line.clone());
    tokio::select! {
        // Each direction may end by itself (half-closed): only when both have is the connection over.
        _ = async { tokio::join!(pump(client_in, server_out, there, false), pump(server_in, client_out, back, true)) } => {}
        _ = line.wait_for(|now| now.age != age) => {}
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut line: watch::Receiver<Line>,
    answers: bool,
) {
    let mut buffer = vec![0u8; 16 * 1024];
    loop {
        let Ok(length) = from.read(&mut buffer).await else { return };
        if length == 0 {
            return;
        }
        let delay = line.borrow().delay;
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if line.wait_for(|now| !(now.frozen || answers && now.mute)).await.is_err() {
            return;
        }
        let Some(data) = buffer.get(..length) else { return };
        if to.write_all(data).await.is_err() {
            return;
        }
    }
}
