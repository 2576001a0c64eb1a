//! A TCP line that gives each connection to the next of several servers, as a load balancer does.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// Stands before several servers. One that takes no connection is passed over. It ends when it is dropped.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    targets: Arc<Targets>,
    _end: DropGuard,
}

#[derive(Debug)]
struct Targets {
    /// Each with the connections it was given.
    all: Vec<(SocketAddr, AtomicU64)>,
    next: AtomicUsize,
}

impl Balancer {
    /// Listens on a free port of the loopback address.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(targets: &[SocketAddr]) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let all = targets.iter().map(|target| (*target, AtomicU64::new(0))).collect();
        let targets = Arc::new(Targets { all, next: AtomicUsize::new(0) });
        let end = CancellationToken::new();
        let accepting = accept(listener, Arc::clone(&targets), end.clone());
        tokio::spawn(end.clone().run_until_cancelled_owned(accepting));
        Ok(Self { address, targets, _end: end.drop_guard() })
    }

    /// Connect here instead of to one of the servers.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// How many connections each server was given, in the order of the servers.
    pub fn given(&self) -> Vec<u64> {
        self.targets.all.iter().map(|(_, given)| given.load(Ordering::Relaxed)).collect()
    }
}

impl Targets {
    /// A connection to the next server that takes one.
    async fn connect(&self) -> Option<TcpStream> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for (target, given) in self.all.iter().cycle().skip(first % self.all.len()).take(self.all.len()) {
            if let Ok(server) = TcpStream::connect(target).await {
                given.fetch_add(1, Ordering::Relaxed);
                return Some(server);
            }
        }
        None
    }
}

async fn accept(listener: TcpListener, targets: Arc<Targets>, end: CancellationToken) {
    while let Ok((mut client, _)) = listener.accept().await {
        let targets = Arc::clone(&targets);
        let carrying = async move {
            let Some(mut server) = targets.connect().await else { return };
            let _fast = (client.set_nodelay(true), server.set_nodelay(true));
            // However it ends, both ends are closed.
            let _ended = copy_bidirectional(&mut client, &mut server).await;
        };
        tokio::spawn(end.clone().run_until_cancelled_owned(carrying));
    }
}
