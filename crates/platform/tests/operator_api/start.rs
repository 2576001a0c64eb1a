use std::time::Duration;

use platform::config::Secret;
use platform::{Config, StartError};
use runtime::Lifecycle;

/// What a platform with this configuration says instead of starting.
async fn start(adjust: impl FnOnce(&mut Config)) -> StartError {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config { data_dir: folder.path().join("data"), ..Config::default() };
    config.broker.url = Secret::new("amqp://guest:guest@127.0.0.1:1/%2f");
    config.vision.models = folder.path().join("models");
    adjust(&mut config);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let life = Lifecycle::new(Duration::from_secs(1));
    let ended =
        tokio::time::timeout(Duration::from_secs(60), platform::run(config, listener, life.clone())).await;
    life.stop();
    ended.unwrap().unwrap_err().downcast().unwrap()
}

#[tokio::test]
async fn a_value_that_cannot_be_used_is_named_by_its_key() {
    type Adjust = fn(&mut Config);
    let cases: [(&str, Adjust); 7] = [
        ("database.url", |config| config.database.url = Some("mysql://user:secret@host/db".to_owned())),
        ("blobs.url", |config| config.blobs.url = Some("ftp://user:secret@host".to_owned())),
        ("broker.url", |config| config.broker.url = Secret::new("http://user:secret@host")),
        ("http.trusted_proxies", |config| config.http.trusted_proxies = vec!["10.0.0.0/40".to_owned()]),
        ("http.tls.key", |config| config.http.tls.cert = Some("/nonexistent/tls.crt".into())),
        ("http.tls.cert", |config| {
            config.http.tls.cert = Some("/nonexistent/tls.crt".into());
            config.http.tls.key = Some("/nonexistent/tls.key".into());
        }),
        ("auth.admin_password", |config| config.auth.admin_password = Some(Secret::new("secret"))),
    ];
    for (key, adjust) in cases {
        let error = start(adjust).await;
        assert!(matches!(error, StartError::Configuration(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.starts_with(key) && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_certificates_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let pair = || rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (one, other) = (pair(), pair());
    std::fs::write(path("tls.crt"), one.cert.pem()).unwrap();
    for (content, words) in [
        (other.signing_key.serialize_pem(), "is not the key of the certificate"),
        (one.cert.pem(), "holds no private key"),
    ] {
        std::fs::write(path("tls.key"), content).unwrap();
        let error = start(|config| {
            (config.http.tls.cert, config.http.tls.key) = (Some(path("tls.crt")), Some(path("tls.key")));
        })
        .await;
        let text = error.to_string();
        assert!(matches!(error, StartError::Configuration(_)), "{text}");
        assert!(text.starts_with("http.tls.key: ") && text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_too() {
    let error = start(|config| config.database.url = Some("sqlite:/dev/null/platform.db".to_owned())).await;
    assert!(matches!(&error, StartError::Unreachable(text) if text.starts_with("database.url")), "{error:?}");
    let error = start(|config| config.blobs.url = Some("file:/dev/null/blobs".to_owned())).await;
    assert!(matches!(&error, StartError::Unreachable(text) if text.starts_with("blobs.url")), "{error:?}");
}
