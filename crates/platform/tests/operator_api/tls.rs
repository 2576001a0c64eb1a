use std::path::Path;
use std::time::Duration;

use reqwest::tls::TlsInfo;
use reqwest::{Certificate, Client};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::harness::{PASSWORD, PATIENCE, Platform, eventually};

/// Writes a certificate for localhost and its key; answers the certificate as PEM.
fn write_certificate(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
    made.cert.pem()
}

/// A client that believes this certificate only, on connections of its own.
fn client(pem: &str) -> Client {
    let root = Certificate::from_pem(pem.as_bytes()).unwrap();
    Client::builder()
        .tls_certs_only([root])
        .tls_info(true)
        .pool_max_idle_per_host(0)
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

#[tokio::test]
async fn by_tls_cookies_are_secure_and_the_certificate_follows_its_files() {
    let certificates = tempfile::tempdir().unwrap();
    let pem = write_certificate(certificates.path());
    let (cert, key) = (certificates.path().join("tls.crt"), certificates.path().join("tls.key"));
    let (platform, port) = Platform::start_tls(cert, key).await;
    let url = format!("https://localhost:{port}");
    let first = client(&pem);
    let opened = first.post(format!("{url}/api/v1/session"));
    let opened = opened.json(&json!({"username": "admin", "password": PASSWORD})).send().await.unwrap();
    assert_eq!(opened.status().as_u16(), 201);
    let cookie = opened.headers()["set-cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("; Secure") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(opened.headers()["strict-transport-security"], "max-age=31536000");
    let shown = opened.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).unwrap().to_vec();

    // Without TLS nobody is served.
    let plain = Client::new().get(format!("http://localhost:{port}/healthz")).send().await;
    assert!(plain.is_err(), "{plain:?}");

    // A new certificate is shown soon; one that is broken is not.
    std::fs::write(certificates.path().join("tls.key"), "nonsense").unwrap();
    tokio::time::sleep(Duration::from_millis(3_500)).await;
    first.get(format!("{url}/healthz")).send().await.unwrap();
    let renewed = client(&write_certificate(certificates.path()));
    let answer = eventually(async || renewed.get(format!("{url}/healthz")).send().await.ok()).await;
    let now = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate).unwrap();
    assert_ne!(now, shown);
    // A client that knows only the one before; not `first`, whose TLS session may be resumed.
    let late = client(&pem).get(format!("{url}/healthz")).send().await;
    assert!(late.is_err(), "the certificate before is gone: {late:?}");
    drop(platform);
}

/// Whether nobody has closed a connection.
fn still_waits(connection: &TcpStream) -> bool {
    let read = connection.try_read(&mut [0; 1]);
    read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
}

#[tokio::test]
async fn whoever_never_finishes_a_handshake_keeps_nobody_waiting_and_is_cut_off() {
    let certificates = tempfile::tempdir().unwrap();
    let pem = write_certificate(certificates.path());
    let (cert, key) = (certificates.path().join("tls.crt"), certificates.path().join("tls.key"));
    let (_platform, port) = Platform::start_tls(cert, key).await;
    // Served before any of them is cut off; a machine that is too busy for that may try again.
    let mut silent = eventually(async || {
        let mut silent = Vec::new();
        for _ in 0..50 {
            silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
        }
        let served = client(&pem).get(format!("https://localhost:{port}/healthz")).send().await.unwrap();
        assert_eq!(served.status().as_u16(), 200);
        silent.iter().all(still_waits).then_some(silent)
    })
    .await;
    let mut first = silent.remove(0);
    let ended = tokio::time::timeout(PATIENCE, first.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
}
