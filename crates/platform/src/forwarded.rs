//! Where a request came from: the peer of its connection, or, when that is a trusted proxy, whoever the proxy says.
//!
//! `X-Forwarded-For` is read from its end: each trusted proxy added the one it heard, and the first that is not trusted is the
//! client, whatever stands before it. From anybody else the headers mean nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::server::{Accepted, Peer};
use crate::start::StartError;

const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
/// For a year, browsers come by TLS only.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// How the client reached us, beside every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

/// The proxies that are believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Proxies(Vec<Network>);

/// Addresses that share their first bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Scheme {
    /// As it stands in a URL.
    const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

impl Proxies {
    /// Reads addresses and networks such as `10.0.0.0/8`.
    ///
    /// # Errors
    /// Names the one that is neither.
    pub(crate) fn read(texts: &[String]) -> Result<Self, StartError> {
        let read = |text: &String| {
            Network::read(text).ok_or_else(|| {
                let rule = "is neither an address nor a network such as 10.0.0.0/8";
                StartError::Configuration(format!("http.trusted_proxies: {text:?} {rule}"))
            })
        };
        Ok(Self(texts.iter().map(read).collect::<Result<_, _>>()?))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.holds(address))
    }

    /// The client behind a connection, and how it reached the outermost proxy.
    fn client(&self, accepted: Accepted, headers: &HeaderMap) -> (SocketAddr, Scheme) {
        let own = if accepted.is_tls { Scheme::Https } else { Scheme::Http };
        if !self.trusts(accepted.address.ip()) {
            return (accepted.address, own);
        }
        let mut client = accepted.address;
        for hop in entries(headers, FOR).rev() {
            let Some(address) = read_hop(hop) else { break };
            client = SocketAddr::new(address, 0);
            if !self.trusts(address) {
                break;
            }
        }
        let scheme = match entries(headers, PROTO).next_back() {
            Some(word) if word.eq_ignore_ascii_case("https") => Scheme::Https,
            Some(_) => Scheme::Http,
            None => own,
        };
        (client, scheme)
    }
}

impl Network {
    fn read(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u8>().ok()?)),
            None => (text.trim().parse::<IpAddr>().ok()?, None),
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(asked)) => {
                let differ = net.to_bits() ^ asked.to_bits();
                differ.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(asked)) => {
                let differ = net.to_bits() ^ asked.to_bits();
                differ.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Puts the client's address and scheme beside the request, and tells browsers to stay with TLS. What the headers say
/// afterwards is what is believed.
pub(crate) async fn whence(
    State(proxies): State<Arc<Proxies>>,
    ConnectInfo(accepted): ConnectInfo<Accepted>,
    mut request: Request,
    next: Next,
) -> Response {
    let (client, scheme) = proxies.client(accepted, request.headers());
    request.extensions_mut().insert(ConnectInfo(Peer(client)));
    request.extensions_mut().insert(scheme);
    request.headers_mut().remove(FOR);
    request.headers_mut().insert(PROTO, HeaderValue::from_static(scheme.word()));
    let mut response = next.run(request).await;
    if scheme == Scheme::Https {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}

/// The comma-separated entries of all lines of a header.
fn entries<'a>(headers: &'a HeaderMap, name: &'static str) -> impl DoubleEndedIterator<Item = &'a str> {
    let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?")).collect();
    lines.into_iter().flat_map(|line| line.split(',').map(str::trim).collect::<Vec<_>>())
}

/// An address with or without a port.
fn read_hop(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|hop| hop.ip()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, lines: &[(&'static str, &str)]) -> (String, Scheme) {
        let proxies = ["10.0.0.0/8", "2001:db8::/32", "192.0.2.1"].map(str::to_owned);
        let headers = lines
            .iter()
            .map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let accepted = Accepted { address: SocketAddr::new(peer.parse().unwrap(), 4000), is_tls: false };
        let (client, scheme) = Proxies::read(&proxies).unwrap().client(accepted, &headers);
        (client.ip().to_string(), scheme)
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let told = [("x-forwarded-for", "203.0.113.9"), ("x-forwarded-proto", "https")];
        assert_eq!(client("198.51.100.1", &told), ("198.51.100.1".to_owned(), Scheme::Http));
        assert_eq!(client("10.1.2.3", &told), ("203.0.113.9".to_owned(), Scheme::Https));
        assert_eq!(client("::ffff:10.1.2.3", &told), ("203.0.113.9".to_owned(), Scheme::Https));
        assert_eq!(client("2001:db8::7", &[]), ("2001:db8::7".to_owned(), Scheme::Http));
    }

    #[test]
    fn what_the_client_itself_wrote_is_not_believed() {
        let told =
            [("x-forwarded-for", "1.1.1.1, 203.0.113.9"), ("x-forwarded-for", "192.0.2.1:80, 10.0.0.9")];
        assert_eq!(client("10.1.2.3", &told).0, "203.0.113.9");
        assert_eq!(client("10.1.2.3", &[("x-forwarded-for", "unknown, 10.0.0.9")]).0, "10.0.0.9");
        assert_eq!(client("10.1.2.3", &[("x-forwarded-for", "[2001:db9::1]:443")]).0, "2001:db9::1");
        assert_eq!(client("10.1.2.3", &[("x-forwarded-proto", "https, http")]).1, Scheme::Http);
    }

    #[test]
    fn networks_are_read_and_nonsense_is_named() {
        for bad in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "host", "10.0.0.1/x"] {
            let refused = Proxies::read(&[bad.to_owned()]).unwrap_err().to_string();
            assert!(refused.starts_with("http.trusted_proxies: "), "{refused}");
        }
        let all = Network::read("0.0.0.0/0").unwrap();
        assert!(all.holds("203.0.113.9".parse().unwrap()) && !all.holds("::1".parse().unwrap()));
        assert!(Network::read("::/0").unwrap().holds("2001:db8::1".parse().unwrap()));
    }
}
