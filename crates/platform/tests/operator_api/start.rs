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
        tokio::time::timeout(Duration::from_secs(20), platform::run(config, listener, life.clone())).await;
    life.stop();
    ended.unwrap().unwrap_err().downcast().unwrap()
}

#[tokio::test]
async fn a_value_that_cannot_be_used_is_named_by_its_key() {
    type Adjust = fn(&mut Config);
    let cases: [(&str, Adjust); 4] = [
        ("database.url", |config| config.database.url = Some("mysql://user:secret@host/db".to_owned())),
        ("blobs.url", |config| config.blobs.url = Some("ftp://user:secret@host".to_owned())),
        ("broker.url", |config| config.broker.url = Secret::new("http://user:secret@host")),
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
async fn what_cannot_be_opened_is_named_too() {
    let error = start(|config| config.database.url = Some("sqlite:/dev/null/platform.db".to_owned())).await;
    assert!(matches!(&error, StartError::Unreachable(text) if text.starts_with("database.url")), "{error:?}");
    let error = start(|config| config.blobs.url = Some("file:/dev/null/blobs".to_owned())).await;
    assert!(matches!(&error, StartError::Unreachable(text) if text.starts_with("blobs.url")), "{error:?}");
}
