//! One port for TLS and for those who come without: who is served how, and by which certificate.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;

use edge::config::{LocalAuth, Tls};
use reqwest::tls::TlsInfo;
use reqwest::{Client, Method, header, redirect};
use runtime::testing::left_out;
use serde_json::json;

use super::{Browser, console, set_cookie};
use crate::support::Agent;
use crate::support::agent::{PASSWORD, config};

/// A client that believes these certificates only and goes where it is told, no further.
fn client(pem: &str) -> Client {
    edge::http::client().unwrap();
    let roots = reqwest::Certificate::from_pem_bundle(certificates(pem).as_bytes()).unwrap();
    let builder = Client::builder().tls_certs_only(roots).tls_info(true).redirect(redirect::Policy::none());
    builder.build().unwrap()
}

/// A file of certificates and keys without the keys.
fn certificates(pem: &str) -> String {
    let end = "-----END CERTIFICATE-----\n";
    let from = pem.find("-----BEGIN CERTIFICATE-----").unwrap();
    pem[from..pem.find(end).unwrap() + end.len()].to_owned()
}

async fn shown(client: &Client, port: u16) -> Vec<u8> {
    let answer = client.get(format!("https://localhost:{port}/api/v1/status")).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).unwrap().to_vec()
}

fn port(agent: &Agent) -> u16 {
    console(agent).parse::<SocketAddr>().unwrap().port()
}

#[tokio::test]
async fn the_boxs_own_certificate_is_kept_and_serves_beside_plain_http() {
    let agent = Agent::start(None).await;
    let file = agent.directory.path().join("console.pem");
    let pem = std::fs::read_to_string(&file).unwrap();
    let browser = client(&pem);
    let first = shown(&browser, port(&agent)).await;
    let opened = browser.post(format!("https://localhost:{}/api/v1/session", port(&agent)));
    let opened = opened.json(&json!({"password": PASSWORD})).send().await.unwrap();
    assert_eq!(opened.status(), 201);
    assert!(set_cookie(&opened).unwrap().ends_with("; SameSite=Strict; Secure"));
    assert_eq!(Browser::at(&agent).get("/api/v1/session").await.0, 401, "plain, from this computer");

    let agent = agent.again().await;
    assert_eq!(shown(&client(&pem), port(&agent)).await, first, "the same after a restart");
    let (directory, mut config) = agent.stop().await;

    // A certificate of one's own takes its place.
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (directory.path().join("own.crt"), directory.path().join("own.key"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    config.console.tls = Tls { cert: Some(cert), key: Some(key) };
    let agent = Agent::with(directory, config).await;
    assert_eq!(shown(&client(&made.cert.pem()), port(&agent)).await, made.cert.der().as_ref());
    agent.stop().await;
}

#[tokio::test]
async fn every_answer_says_what_pages_of_others_may_not_do() {
    let agent = Agent::start(None).await;
    for path in ["/", "/api/v1/status", "/api/v1/openapi.json", "/SophonMQ/api/DevSno", "/nothing/here"] {
        let answer = Browser::at(&agent).request(Method::GET, path).send().await.unwrap();
        let says = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(says("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
        assert!(says("permissions-policy").contains("camera=(self)"), "{path}");
        assert_eq!(
            (says("x-content-type-options"), says("x-frame-options")),
            ("nosniff".into(), "DENY".into())
        );
        if answer.status() == 401 {
            assert!(!says("www-authenticate").contains("Basic"), "a browser would ask in our page's place");
        }
    }
    agent.stop().await;
}

#[tokio::test]
async fn from_other_computers_only_tls_is_served() {
    let Some(here) = address_in_the_network() else {
        left_out("this computer has no address but the loopback one");
        return;
    };
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    config.console.listen = "0.0.0.0:0".parse().unwrap();
    let agent = Agent::with(directory, config).await;
    let pem = std::fs::read_to_string(agent.directory.path().join("console.pem")).unwrap();
    let (client, at) = (client(&pem), SocketAddr::new(here, port(&agent)));
    for path in ["/", "/api/v1/status?a=b", "/SophonMQ/api/DevSno"] {
        let asked = client.put(format!("http://{at}{path}")).bearer_auth(&agent.token).send().await.unwrap();
        assert_eq!(asked.status(), 308, "{path}");
        assert_eq!(asked.headers()[header::LOCATION].to_str().unwrap(), format!("https://{at}{path}"));
        assert!(asked.headers().contains_key("content-security-policy"));
    }
    let by_tls = client.get(format!("https://{at}/api/v1/status")).bearer_auth(&agent.token).send().await;
    assert_eq!(by_tls.unwrap().status(), 200);
    agent.stop().await;
}

#[tokio::test]
async fn what_is_open_to_everybody_on_the_local_port_is_not_open_here() {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let mut config = config(directory.path(), None);
    config.local_api.auth = LocalAuth::None;
    config.local_api.allow = vec!["127.0.0.0/8".parse().unwrap()];
    let agent = Agent::with(directory, config).await;
    let browser = Browser::at(&agent);
    for path in ["/api/v1/status", "/SophonFogSys/api/groups", "/api/v1/pad/front/stream"] {
        assert_eq!(browser.get(path).await.0, 401, "{path}");
        let local = Browser { base: agent.api.clone(), ..Browser::at(&agent) };
        assert_ne!(local.get(path).await.0, 401, "{path}");
    }
    agent.stop().await;
}

/// This computer's address towards others. Nothing is sent.
fn address_in_the_network() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_loopback())
}
