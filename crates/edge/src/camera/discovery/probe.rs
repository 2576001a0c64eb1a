//! WS-Discovery: one question to everybody in the network, and the answers that come in the next seconds. An answer counts for
//! the address it came from, whatever it says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::future::join_all;
use oxvif::soap::XmlNode;
use tokio::net::UdpSocket;
use tokio::time::Instant;
use url::Url;

use super::MOST;
use super::text::{decoded, is_too_deep};

/// Where ONVIF devices listen.
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
/// Their port.
const PORT: u16 = 3702;
/// Routers a question may pass.
const HOPS: u32 = 4;
/// The longest answer that is read; ONVIF's stay far below.
const LONGEST: usize = 16 * 1024;
/// Answers read per network; beyond it somebody makes noise.
const MOST_READ: usize = 512;
/// Scopes of one device that are looked at.
const MOST_SCOPES: usize = 64;

/// A device that answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) from: IpAddr,
    pub(super) name: String,
    pub(super) hardware: String,
    pub(super) location: String,
    /// Its service at `from`; `None` when it named none there.
    pub(super) service: Option<Url>,
}

/// Asks all networks of this computer, or only `addresses`, and collects answers for `limit`.
pub(super) async fn probe(addresses: &[IpAddr], limit: Duration) -> Result<Vec<Answer>, String> {
    let asked: Vec<SocketAddr> = addresses.iter().map(|address| (*address, PORT).into()).collect();
    probe_at(&asked, limit).await
}

/// As [`probe`], at given ports.
pub(super) async fn probe_at(asked: &[SocketAddr], limit: Duration) -> Result<Vec<Answer>, String> {
    let end = Instant::now() + limit;
    let mut sockets = Vec::new();
    let everybody = asked.is_empty();
    if everybody {
        let group = SocketAddr::from((GROUP, PORT));
        for network in oxvif::discovery::discovery_interfaces().map_err(|error| error.to_string())? {
            // Bound to a network's own address, the question leaves through that network.
            if let Ok(socket) = question(network.address.into(), &[group]).await {
                sockets.push(socket);
            }
        }
    } else {
        for (local, is_six) in
            [(IpAddr::from(Ipv4Addr::UNSPECIFIED), false), (std::net::Ipv6Addr::UNSPECIFIED.into(), true)]
        {
            let these: Vec<_> = asked.iter().copied().filter(|address| address.is_ipv6() == is_six).collect();
            if !these.is_empty() {
                let socket = question(local, &these).await;
                sockets.push(socket.map_err(|error| format!("the network cannot be asked: {error}"))?);
            }
        }
    }
    if sockets.is_empty() {
        return Err("this computer is in no network that can be asked".into());
    }
    let wanted = |from: IpAddr| {
        if everybody { !from.is_loopback() } else { asked.iter().any(|asked| asked.ip() == from) }
    };
    let heard = join_all(sockets.iter().map(|socket| listen(socket, end, wanted))).await;
    let mut answers: Vec<Answer> = Vec::new();
    for answer in heard.into_iter().flatten() {
        let known = answers.iter().any(|known| known.from == answer.from && known.service == answer.service);
        if !known && answers.len() < MOST {
            answers.push(answer);
        }
    }
    Ok(answers)
}

/// A socket that has asked `to`.
async fn question(local: IpAddr, to: &[SocketAddr]) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind((local, 0)).await?;
    if local.is_ipv4() {
        socket.set_multicast_ttl_v4(HOPS)?;
    }
    for to in to {
        for kind in [
            r#"<wsd:Types xmlns:n="http://www.onvif.org/ver10/network/wsdl">n:NetworkVideoTransmitter</wsd:Types>"#,
            r#"<wsd:Types xmlns:n="http://www.onvif.org/ver10/device/wsdl">n:Device</wsd:Types>"#,
        ] {
            // Who cannot be reached does not answer.
            let _ = socket.send_to(envelope(kind).as_bytes(), to).await;
        }
    }
    Ok(socket)
}

/// The question, in the oldest form there is: it is the one that every camera understands.
fn envelope(kind: &str) -> String {
    let id = rand::random::<u128>();
    let (a, b, c, d, e) = (
        id >> 96,
        (id >> 80) & 0xffff,
        (id >> 68) & 0xfff,
        (id >> 48) & 0x3fff | 0x8000,
        id & 0xffff_ffff_ffff,
    );
    format!(
        concat!(
            r#"<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" "#,
            r#"xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" "#,
            r#"xmlns:wsd="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>"#,
            r#"<wsa:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</wsa:Action>"#,
            "<wsa:MessageID>uuid:{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}</wsa:MessageID><wsa:ReplyTo><wsa:Address>",
            "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</wsa:Address></wsa:ReplyTo>",
            r#"<wsa:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To></s:Header>"#,
            "<s:Body><wsd:Probe>{}</wsd:Probe></s:Body></s:Envelope>",
        ),
        a, b, c, d, e, kind
    )
}

/// The answers that come until `end`.
async fn listen(socket: &UdpSocket, end: Instant, wanted: impl Fn(IpAddr) -> bool) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut buffer = vec![0; LONGEST];
    for _ in 0..MOST_READ {
        match tokio::time::timeout_at(end, socket.recv_from(&mut buffer)).await {
            Ok(Ok((length, from))) if wanted(from.ip()) => {
                let text = std::str::from_utf8(&buffer[..length]).unwrap_or_default();
                answers.extend(read(text, from.ip()));
            }
            // A refusal by one computer is told to the socket, and says nothing of the others.
            Ok(_) => {}
            Err(_) => break,
        }
        if answers.len() >= MOST {
            break;
        }
    }
    answers
}

/// The first device in an answer that came from `from`.
fn read(text: &str, from: IpAddr) -> Option<Answer> {
    if is_too_deep(text) {
        return None;
    }
    let root = XmlNode::parse(text).ok()?;
    let device = root.path(&["Body", "ProbeMatches", "ProbeMatch"])?;
    let words = |name: &str| device.child(name).map(XmlNode::text).unwrap_or_default().split_whitespace();
    let scope = |kind: &str| {
        let mut found = words("Scopes").take(MOST_SCOPES).filter_map(|scope| {
            scope.strip_prefix("onvif://www.onvif.org/")?.strip_prefix(kind)?.strip_prefix('/')
        });
        found.next().map(decoded).unwrap_or_default()
    };
    let service = words("XAddrs").take(MOST_SCOPES).filter_map(|word| Url::parse(word).ok()).find(|url| {
        let host = url.host_str().map(|host| host.trim_matches(['[', ']']).parse::<IpAddr>());
        ["http", "https"].contains(&url.scheme()) && host == Some(Ok(from))
    });
    let service = service.map(|mut url| {
        let _ = url.set_username("").and_then(|()| url.set_password(None));
        url
    });
    Some(Answer {
        from,
        name: scope("name"),
        hardware: scope("hardware"),
        location: scope("location"),
        service,
    })
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use proptest::prelude::*;

    use super::{envelope, read};

    fn answer(xaddrs: &str) -> String {
        format!(
            "<e:Envelope xmlns:e='x'><e:Body><d:ProbeMatches><d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/Front%20Door \
             onvif://www.onvif.org/hardware/X-1</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs></d:ProbeMatch></d:ProbeMatches>\
             </e:Body></e:Envelope>"
        )
    }

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 9));

    #[test]
    fn only_a_service_at_the_answering_address_counts() {
        let found = read(&answer("http://169.254.1.1/onvif http://10.0.0.9:8080/onvif/device_service"), FROM)
            .unwrap();
        assert_eq!((found.name.as_str(), found.hardware.as_str()), ("Front Door", "X-1"));
        assert_eq!(found.service.unwrap().as_str(), "http://10.0.0.9:8080/onvif/device_service");
        for elsewhere in [
            "http://127.0.0.1/",
            "file:///etc/passwd",
            "http://10.0.0.9.evil.example/",
            "",
            "ftp://10.0.0.9/",
        ] {
            assert_eq!(read(&answer(elsewhere), FROM).unwrap().service, None, "{elsewhere}");
        }
    }

    #[test]
    fn a_question_is_well_formed_and_never_the_same() {
        assert!(oxvif::soap::XmlNode::parse(&envelope("<wsd:Types/>")).is_ok());
        assert_ne!(envelope(""), envelope(""));
    }

    #[test]
    fn what_nests_without_end_is_no_answer() {
        assert_eq!(read(&"<a>".repeat(5000), FROM), None);
    }

    proptest! {
        #[test]
        fn garbage_is_survived(text in "(<[a-zA-Z/?!]{0,12}>?|[^<]{0,6}|ProbeMatch|&#x?[0-9a-f]*;){0,60}") {
            let _ = read(&text, FROM);
        }
    }
}
