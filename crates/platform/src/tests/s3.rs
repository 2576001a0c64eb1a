//! Photos in a bucket: against a server that speaks S3.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use runtime::testing::left_out;
use serde_json::json;

use super::scripted::log_in;
use super::world::{PATIENCE, World, folder};
use crate::archive::{Export, Import, export, import};
use crate::config::{Config, Secret};
use crate::db::Tx;

const NO_BROKER: &str = "amqp://127.0.0.1:1";

/// moto, a server that speaks S3; it ends when this is dropped.
pub(super) struct S3 {
    server: Child,
    pub(super) address: SocketAddr,
}

impl Drop for S3 {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

impl S3 {
    /// `None`, and [`left_out`] says so, where the server is not installed.
    pub(super) async fn start() -> Option<Self> {
        let Some(program) = program() else {
            left_out(
                "no S3 server: scripts/setup --tests could not install it, and MENSHEN_S3_SERVER names none",
            );
            return None;
        };
        // Another process may take a port between choosing and using it: choose again.
        for _ in 0..3 {
            if let Some(started) = Self::start_program(&program).await {
                return Some(started);
            }
        }
        panic!("the S3 server does not start");
    }

    /// One with a bucket; `None` when it ends because somebody else has its port.
    async fn start_program(program: &Path) -> Option<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let port = address.port().to_string();
        let mut command = Command::new(program);
        command
            .args(["-H", "127.0.0.1", "-p", &port])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut started = Self { server: command.spawn().unwrap(), address };
        let (http, began) = (reqwest::Client::new(), Instant::now());
        loop {
            let bucket = http.put(format!("http://{address}/photos")).send().await;
            if started.server.try_wait().unwrap().is_some() {
                return None;
            }
            if bucket.as_ref().is_ok_and(|answer| answer.status().is_success()) {
                return Some(started);
            }
            assert!(began.elapsed() < PATIENCE, "the S3 server does not start: {bucket:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn program() -> Option<PathBuf> {
    let named = std::env::var_os("MENSHEN_S3_SERVER").map(PathBuf::from);
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/s3-server/bin/moto_server");
    named.or(Some(installed)).filter(|program| program.exists())
}

pub(super) fn in_bucket(config: &mut Config, address: SocketAddr) {
    config.blobs.url = Some("s3://photos/menshen/one".to_owned());
    config.blobs.endpoint = Some(format!("http://{address}").parse().unwrap());
    config.blobs.access_key = Some(Secret::new("name"));
    config.blobs.secret_key = Some(Secret::new("secret"));
    config.blobs.allow_http = true;
}

fn event(n: i64) -> String {
    let picture = BASE64_STANDARD.encode(format!("\u{ff}picture {n}"));
    json!({
        "identity_id": format!("p{n}"), "identity_name": "Zhang San", "group_name": "default_group",
        "timestamp": 1_566_016_554_020_i64 + n, "score": 0.5,
        "ext_data": {"device_ip": "192.0.2.9", "person_type": 1, "device_type": "2", "spot_pic": picture},
    })
    .to_string()
}

#[tokio::test]
async fn a_bucket_holds_what_a_folder_would_and_is_moved_into_one() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let Some(s3) = S3::start().await else { return };
    let home = folder();
    let world = World::start_with(home.path(), NO_BROKER, |config| in_bucket(config, s3.address)).await;
    world.app.blobs.probe().await.unwrap();
    let dev_sno = world.add_box("BUCKET0001", false).await;
    let token = log_in(&world, &dev_sno, None).await.token;
    let records = format!("/device/records?token={token}");
    assert_eq!(world.post(&records, event(1)).await.0, 200);
    world.add_people(["p1".to_owned()]).await;
    assert!(!home.path().join("blobs").exists());

    assert_eq!(world.post(&records, event(2)).await.0, 200);
    let keys = world
        .app
        .db
        .read(|tx: &mut Tx<'_>| tx.query("SELECT spot_key AS t FROM event ORDER BY identity_id", &[]));
    for (n, row) in (1..).zip(keys.await.unwrap()) {
        let content = world.app.blobs.get(&row.text("t").unwrap()).await.unwrap().unwrap();
        assert_eq!(content, format!("\u{ff}picture {n}"));
    }

    // Out of the bucket into a folder.
    let file = home.path().join("export.tar.gz");
    let asked = Export {
        file: file.clone(),
        passphrase: Some(Secret::new("correct horse battery")),
        action: "platform.export",
    };
    let written = export(&world.app.config, asked).await.unwrap();
    assert_eq!((written.blobs, written.missing), (3, 0));
    let mut elsewhere = Config { data_dir: home.path().join("elsewhere"), ..Config::default() };
    elsewhere.database.url = runtime::testing::database_of(&home.path().join("other"));
    let passphrase = Some(Secret::new("correct horse battery"));
    let read =
        import(&elsewhere, Import { file, passphrase, replace: false, boxes_unchanged: true }).await.unwrap();
    assert_eq!(read.blobs, 3);
    // A day's pictures are found by their folder, in a bucket as well.
    let day = 1_566_016_554_020 / (24 * 3_600_000);
    assert_eq!(world.app.blobs.delete_day(day).await.unwrap(), 2);
    assert_eq!(world.app.blobs.delete_day(day).await.unwrap(), 0);
    world.stop().await;
}
