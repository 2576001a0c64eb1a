//! The box's own API by TLS: nothing readable is served, the certificate follows its files, and the command line finds its way in.

use std::path::Path;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::routing::post;
use runtime::testing::wait_until;
use serde_json::json;

use crate::support::agent::{DEV_SNO, believing, config};
use crate::support::{Agent, PATIENCE};

/// Writes a certificate for these names and its key; the certificate as PEM.
fn write_certificate(folder: &Path, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
    made.cert.pem()
}

async fn start(names: &[&str]) -> (Agent, String) {
    let directory = Arc::new(tempfile::tempdir().unwrap());
    let pem = write_certificate(directory.path(), names);
    let mut config = config(directory.path(), None);
    config.local_api.tls.cert = Some(directory.path().join("tls.crt"));
    config.local_api.tls.key = Some(directory.path().join("tls.key"));
    (Agent::with(directory, config).await, pem)
}

#[tokio::test]
async fn the_local_api_is_served_by_tls_alone_and_the_certificate_follows_its_files() {
    let (agent, before) = start(&["127.0.0.1"]).await;
    assert_eq!(agent.status().await["people"], 0);
    let url = format!("{}/api/v1/status", agent.api);
    let plain = reqwest::Client::new().get(url.replacen("https:", "http:", 1)).send().await;
    assert!(plain.is_err(), "{plain:?}");

    // One that is broken is not taken; another one is, soon.
    std::fs::write(agent.directory.path().join("tls.key"), "nonsense").unwrap();
    assert_eq!(agent.status().await["people"], 0);
    let now = write_certificate(agent.directory.path(), &["127.0.0.1"]);
    let asked = async |pem: &str| {
        believing(pem.as_bytes())
            .get(&url)
            .bearer_auth(&agent.token)
            .send()
            .await
            .is_ok_and(|a| a.status() == 200)
    };
    assert!(wait_until(PATIENCE, || async { asked(&now).await }).await, "the new certificate is not shown");
    assert!(!asked(&before).await, "the certificate before is gone");
    agent.stop().await;
}

#[tokio::test]
async fn the_command_line_pairs_a_running_box_by_tls_and_shows_its_token_to_nobody_else() {
    // Issued to a name that is not the one it is called by.
    let (agent, _) = start(&["box.example"]).await;
    let told = json!({"dev_sno": DEV_SNO, "login_url": "http://127.0.0.1:9/login"});
    let platform = Router::new().route("/pair/{code}", post(move || std::future::ready(Json(told.clone()))));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = format!("http://{}/pair/ABCD-EFGH-JKMN-PQRS", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, platform).await });
    let (paired, way) = edge::pairing::pair_this_box(&agent.config, &link, false).await.unwrap();
    assert_eq!(paired.dev_sno, DEV_SNO);
    assert!(matches!(way, edge::pairing::Way::Running(_)), "{way:?}");

    // Whoever sits there with another certificate hears nothing.
    let elsewhere = tempfile::tempdir().unwrap();
    write_certificate(elsewhere.path(), &["box.example"]);
    let mut wrong = agent.config.clone();
    wrong.local_api.tls.cert = Some(elsewhere.path().join("tls.crt"));
    let refused = edge::pairing::pair_this_box(&wrong, &link, true).await.unwrap_err();
    assert!(refused.to_string().contains("its local API does not answer"), "{refused}");
    serving.abort();
    agent.stop().await;
}

#[test]
fn files_that_are_no_certificate_are_refused_by_the_name_of_their_key() {
    let directory = tempfile::tempdir().unwrap();
    write_certificate(directory.path(), &["127.0.0.1"]);
    let mut config = config(directory.path(), None);
    config.local_api.tls.cert = Some(directory.path().join("tls.crt"));
    assert_eq!(config.check().unwrap_err(), "local_api.tls.key: is missing, local_api.tls.cert is there");
    config.local_api.tls.key = Some(directory.path().join("tls.key"));
    config.check().unwrap();
    assert!(config.local_api.certificate().unwrap().is_some());
    let own = std::fs::read(directory.path().join("tls.key")).unwrap();
    write_certificate(directory.path(), &["127.0.0.1"]);
    std::fs::write(directory.path().join("tls.key"), own).unwrap();
    let refused = config.local_api.certificate().unwrap_err();
    assert!(refused.starts_with("local_api.tls.key: ") && refused.contains("is not the key of"), "{refused}");
}
