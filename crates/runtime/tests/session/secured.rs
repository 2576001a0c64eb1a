//! AMQPS: the session speaks TLS to a broker whose certificate the system believes, and to no other. Which certificates the system
//! believes is said by `SSL_CERT_FILE`, once for a process, so each case has a process of its own.

use std::path::Path;
use std::process::Command;

use runtime::amqp::{BrokerAddress, Declare};
use runtime::testing::PrivateBroker;

use crate::setting::{SOON, down_reason, life, start, up, waits};

const BROKER: &str = "SESSION_TEST_AMQPS";

#[tokio::test(flavor = "multi_thread")]
async fn amqps_is_spoken_with_a_broker_whose_certificate_is_believed() {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let broker =
        PrivateBroker::start_with_tls(&made.cert.pem(), &made.signing_key.serialize_pem()).await.unwrap();
    let url = broker.tls_url().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let believed = directory.path().join("believed.pem");
    std::fs::write(&believed, made.cert.pem()).unwrap();
    play("secured::believed", &url, &believed);
    // It went by TLS and arrived.
    waits(&broker, "secured", 1).await;

    std::fs::write(&believed, other.cert.pem()).unwrap();
    play("secured::not_believed", &url, &believed);
    // Nor is a broker that speaks no TLS taken for one that does.
    let plain = broker.url().replacen("amqp:", "amqps:", 1);
    play("secured::not_believed", &plain, &believed);
}

/// Runs one of the two below in a process of its own, which believes this certificate only.
fn play(name: &str, url: &str, believed: &Path) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name, "--ignored", "--nocapture"]).env(BROKER, url).env("SSL_CERT_FILE", believed);
    let done = child.env_remove("SSL_CERT_DIR").output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{name}: {said}");
}

fn address() -> BrokerAddress {
    BrokerAddress::from_url(&std::env::var(BROKER).unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test above"]
async fn believed() {
    let life = life();
    let session = start(&life, address(), vec![Declare::queue("secured", false)]);
    up(&session).await;
    session.publisher().publish("", "secured", b"by TLS".to_vec()).await.unwrap();
    let mut deliveries = session.consume("secured", 1).await;
    let delivery = tokio::time::timeout(SOON, deliveries.next()).await.unwrap().unwrap();
    assert_eq!(&delivery.body[..], b"by TLS");
    // Not acknowledged: the other process counts it.
    drop(delivery);
    drop(deliveries);
    session.close().await;
    assert!(life.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the test above"]
async fn not_believed() {
    let life = life();
    let session = start(&life, address(), vec![Declare::queue("secured", false)]);
    let reason = down_reason(&session).await;
    println!("{reason}");
    assert!(!reason.contains("guest:guest"), "{reason}");
    assert!(life.finish().await.is_empty());
}
