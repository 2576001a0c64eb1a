//! Discovery against a peer of its own: oxvif's mock device, over UDP and HTTP on the loopback interface.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use oxvif::discovery::DiscoveredDevice;
use oxvif::mock::{DiscoveryResponder, MockServer};
use runtime::testing::left_out;
use tokio::net::UdpSocket;

use super::probe::{probe, probe_at};
use super::{Account, Device, complete, post};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const SOON: Duration = Duration::from_secs(2);

fn admin(password: &str) -> Account {
    Account { user: "admin".into(), password: password.into() }
}

/// Finds the devices that answer at a port and asks each.
async fn found(at: SocketAddr, account: Option<&Account>) -> Vec<Device> {
    let (mut answers, mut devices) = (Vec::new(), Vec::new());
    // A busy machine may need more than one search to hear the answer in time.
    for _ in 0..10 {
        answers = probe_at(&[at], SOON).await.unwrap();
        if !answers.is_empty() {
            break;
        }
    }
    for answer in answers {
        let until = tokio::time::Instant::now() + Duration::from_secs(30);
        devices.push(complete(answer, account, &post::client().unwrap(), until).await);
    }
    devices
}

fn front_door(services: Vec<String>) -> DiscoveredDevice {
    DiscoveredDevice {
        endpoint: "urn:uuid:0b1d0f6e-0000-4000-8000-000000000001".into(),
        types: vec!["dn:NetworkVideoTransmitter".into(), "tds:Device".into()],
        scopes: vec![
            "onvif://www.onvif.org/name/Front%20Door".into(),
            "onvif://www.onvif.org/hardware/X-1".into(),
        ],
        xaddrs: services,
    }
}

async fn announce(services: Vec<String>) -> DiscoveryResponder {
    DiscoveryResponder::spawn("127.0.0.1:0", false, front_door(services)).await.unwrap()
}

/// Whether what is sent to a group comes back to a listener in the network of this address.
async fn has_multicast(network: Ipv4Addr) -> std::io::Result<bool> {
    let group = Ipv4Addr::new(239, 255, 255, 249);
    let listener = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
    listener.join_multicast_v4(group, network)?;
    let speaker = UdpSocket::bind((network, 0)).await?;
    speaker.send_to(b"hello", (group, listener.local_addr()?.port())).await?;
    Ok(tokio::time::timeout(SOON, listener.recv(&mut [0; 8])).await.is_ok())
}

#[tokio::test]
async fn a_camera_in_the_network_is_found_by_asking_everybody() {
    let networks = oxvif::discovery::discovery_interfaces().unwrap();
    let mut usable = None;
    for network in networks.into_iter().map(|network| network.address) {
        if has_multicast(network).await.unwrap_or(false) {
            usable = Some(network);
            break;
        }
    }
    let Some(network) = usable else {
        left_out("this computer is in no network with multicast");
        return;
    };
    let service = format!("http://{network}/onvif/device_service");
    let device = vec![front_door(vec![service.clone()])];
    // Another program's test may have the port just now.
    let end = tokio::time::Instant::now() + Duration::from_secs(90);
    let responder = loop {
        match DiscoveryResponder::spawn_many("0.0.0.0:3702", Some(network), device.clone()).await {
            Ok(responder) => break responder,
            Err(error) => assert!(tokio::time::Instant::now() < end, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let (mut answers, mut ours) = (Vec::new(), None);
    // A busy machine may need more than one search to hear the answer in time.
    for _ in 0..10 {
        answers = probe(&[], SOON).await.unwrap();
        ours = answers.iter().find(|answer| answer.from == IpAddr::V4(network)).cloned();
        if ours.is_some() {
            break;
        }
    }
    let ours = ours.unwrap_or_else(|| panic!("it did not answer: {answers:?}"));
    assert_eq!((ours.name.as_str(), ours.hardware.as_str()), ("Front Door", "X-1"));
    assert_eq!(ours.service.as_ref().map(ToString::to_string), Some(service));
    responder.shutdown().await;
}

#[tokio::test]
async fn a_device_is_listed_and_tells_its_streams_to_those_who_have_an_account() {
    let server = MockServer::builder().enforce_auth(true).start().await.unwrap();
    // The first address is one it has in another network.
    let services = vec!["http://192.0.2.1/onvif".into(), server.device_url().into()];
    let responder = announce(services).await;
    let at = responder.local_addr();

    let [device] = found(at, None).await.try_into().unwrap();
    assert_eq!((device.address.as_str(), device.name.as_str()), ("127.0.0.1", "Front Door"));
    assert_eq!((device.hardware.as_str(), device.service.as_str()), ("X-1", server.device_url()));
    assert!(device.streams.is_empty() && device.error.is_none(), "{device:?}");

    let [device] = found(at, Some(&admin("wrong"))).await.try_into().unwrap();
    assert!(device.error.as_deref().is_some_and(|error| error.contains("user or password")), "{device:?}");

    let [device] = found(at, Some(&admin("admin"))).await.try_into().unwrap();
    assert_eq!(device.error, None, "{device:?}");
    assert_eq!(device.details.unwrap().manufacturer, "oxvif-mock");
    assert!(!device.streams.is_empty());
    for stream in &device.streams {
        assert!(stream.url.starts_with("rtsp://127.0.0.1"), "{stream:?}");
        assert!(!stream.profile.is_empty() && !stream.url.contains('@'), "{stream:?}");
    }
    assert!(device.streams.iter().any(|stream| stream.size.is_some() && !stream.codec.is_empty()));
}

#[tokio::test]
async fn nobody_is_asked_but_who_answered() {
    let elsewhere = MockServer::start().await.unwrap();
    let services =
        vec![elsewhere.device_url().replace("127.0.0.1", "localhost"), "http://[::1]/onvif".into()];
    let responder = announce(services).await;
    let [device] = found(responder.local_addr(), Some(&admin("admin"))).await.try_into().unwrap();
    assert_eq!(device.service, "");
    assert!(device.error.unwrap().contains("no service at the address"));
}

#[tokio::test]
async fn a_flood_of_garbage_ends_in_time_with_nothing() {
    let noise = UdpSocket::bind((HERE, 0)).await.unwrap();
    let at = noise.local_addr().unwrap();
    let shouting = tokio::spawn(async move {
        let mut buffer = [0; 2048];
        let (_, asker) = noise.recv_from(&mut buffer).await.unwrap();
        let deep = "<a>".repeat(5000);
        let many = format!(
            "<e><Body><ProbeMatches>{}",
            "<ProbeMatch><XAddrs>http://127.0.0.1:1/</XAddrs></ProbeMatch>"
        );
        loop {
            for text in [deep.as_bytes(), b"\xff\xfe", b"", b"<", many.as_bytes()] {
                let _ = noise.send_to(text, asker).await;
            }
            tokio::task::yield_now().await;
        }
    });
    let begun = tokio::time::Instant::now();
    let answers = probe_at(&[at], SOON).await.unwrap();
    shouting.abort();
    assert!(answers.is_empty(), "{answers:?}");
    assert!(begun.elapsed() < SOON * 10);
}

#[tokio::test]
async fn a_service_that_is_none_is_told_with_the_reason() {
    use axum::http::StatusCode;
    use axum::routing::post;
    let app = axum::Router::new()
        .route("/html", post(|| async { "<html><body>hello" }))
        .route("/deep", post(|| async { "<a>".repeat(100_000) }))
        .route("/long", post(|| async { "x".repeat(1 << 20) }))
        .route(
            "/away",
            post(|| async { (StatusCode::TEMPORARY_REDIRECT, [("location", "http://192.0.2.1/")]) }),
        )
        .route("/shut", post(|| async { StatusCode::UNAUTHORIZED }));
    let listener = tokio::net::TcpListener::bind((HERE, 0)).await.unwrap();
    let base = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    for (path, words) in [
        ("html", "cannot be read"),
        ("deep", "cannot be read"),
        ("long", "longer than"),
        ("away", "status 307"),
        ("shut", "user or password"),
    ] {
        let responder = announce(vec![format!("http://{base}/{path}")]).await;
        let [device] = found(responder.local_addr(), Some(&admin("admin"))).await.try_into().unwrap();
        assert!(device.error.as_deref().is_some_and(|error| error.contains(words)), "{path}: {device:?}");
    }
}
