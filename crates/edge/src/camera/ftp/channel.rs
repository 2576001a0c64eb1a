//! The data connection: the client comes to a port of ours (passive), or we go to a port of the client's (active). Either
//! way only the client at the other end of the control connection is talked to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// How long a data connection may take to come about.
const OPENING: Duration = Duration::from_secs(10);

/// What was agreed on for the next transfer.
#[derive(Debug)]
pub(super) enum Channel {
    /// The client comes here.
    Passive(TcpListener),
    /// We go there.
    Active(SocketAddr),
}

impl Channel {
    /// A port of `range` on the address that the client called; the first to be tried is random.
    pub(super) async fn passive(local: IpAddr, range: [u16; 2]) -> io::Result<Self> {
        let [first, last] = range;
        let ports = u32::from(last.saturating_sub(first)) + 1;
        let start = rand::random::<u32>() % ports;
        let mut failure = io::Error::other("no port");
        for step in 0..ports {
            let offset = u16::try_from((start + step) % ports).unwrap_or(0);
            match TcpListener::bind((local, first + offset)).await {
                Ok(listener) => return Ok(Self::Passive(listener)),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The port of a passive channel.
    pub(super) fn port(&self) -> Option<u16> {
        match self {
            Self::Passive(listener) => listener.local_addr().ok().map(|address| address.port()),
            Self::Active(_) => None,
        }
    }

    /// The connection with the client at `peer`, and nobody else.
    pub(super) async fn open(self, peer: IpAddr) -> io::Result<TcpStream> {
        let opening = async {
            match self {
                Self::Active(address) => TcpStream::connect(address).await,
                Self::Passive(listener) => loop {
                    let (stream, from) = listener.accept().await?;
                    if from.ip().to_canonical() == peer {
                        return Ok(stream);
                    }
                },
            }
        };
        timeout(OPENING, opening).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// The address in `h1,h2,h3,h4,p1,p2`, which must be the client's own and no port of the system.
pub(super) fn port_argument(text: &str, peer: IpAddr) -> Option<SocketAddr> {
    let numbers: Vec<u8> = text.split(',').map(|n| n.trim().parse()).collect::<Result<_, _>>().ok()?;
    let [a, b, c, d, high, low] = numbers[..] else { return None };
    allowed(SocketAddr::from((Ipv4Addr::new(a, b, c, d), u16::from_be_bytes([high, low]))), peer)
}

/// The same for `|1|address|port|`.
pub(super) fn eprt_argument(text: &str, peer: IpAddr) -> Option<SocketAddr> {
    let mark = text.chars().next()?;
    let parts: Vec<&str> = text.split(mark).collect();
    let ["", "1" | "2", address, port, ""] = parts[..] else { return None };
    allowed(SocketAddr::new(address.parse().ok()?, port.parse().ok()?), peer)
}

/// Whoever could send us anywhere could make us talk to machines it cannot reach itself.
fn allowed(address: SocketAddr, peer: IpAddr) -> Option<SocketAddr> {
    (address.ip().to_canonical() == peer && address.port() >= 1024).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sends_the_box_elsewhere() {
        let peer: IpAddr = "10.0.0.9".parse().unwrap();
        assert_eq!(port_argument("10,0,0,9,4,1", peer), Some("10.0.0.9:1025".parse().unwrap()));
        assert_eq!(eprt_argument("|1|10.0.0.9|2000|", peer), Some("10.0.0.9:2000".parse().unwrap()));
        for evil in ["10,0,0,8,4,1", "10,0,0,9,0,80", "10,0,0,9,4", "a", "10,0,0,9,4,1,1", "10,0,0,9,4,300"] {
            assert_eq!(port_argument(evil, peer), None, "{evil}");
        }
        for evil in ["|1|10.0.0.8|2000|", "|1|10.0.0.9|80|", "", "|", "|1|10.0.0.9|2000"] {
            assert_eq!(eprt_argument(evil, peer), None, "{evil}");
        }
    }

    #[tokio::test]
    async fn a_passive_port_is_found_while_one_is_free() {
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        let taken = TcpListener::bind((local, 0)).await.unwrap();
        let port = taken.local_addr().unwrap().port();
        assert!(Channel::passive(local, [port, port]).await.is_err());
        drop(taken);
        assert_eq!(Channel::passive(local, [port, port]).await.unwrap().port(), Some(port));
    }
}
