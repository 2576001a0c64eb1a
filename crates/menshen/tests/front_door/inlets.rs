//! The ways in: a capture machine delivers by FTP, a gate tablet calls, and the platform hears of both.

use serde_json::{Value, json};
use suppaftp::tokio::AsyncFtpStream;
use suppaftp::types::FileType;

use crate::world::{Cast, World};

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_by_ftp_and_by_a_pad_is_an_event_on_the_platform() {
    let (world, cast) = (World::start().await, Cast::gather());
    let edge = world.add_box(json!({})).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;
    let machine = json!({"name": "hall", "kind": "ftp", "directory": "hall", "password": "of the machine",
        "address": "192.168.1.102"});
    let tablet = json!({"name": "gate", "kind": "pad", "password": "of the tablet", "address": "192.168.1.103",
        "door": {"kind": "log"}});
    for camera in [machine, tablet] {
        let (status, view) = edge.own_call("POST", "/api/v1/cameras", &camera).await;
        assert_eq!(status, 201, "{view}");
    }
    let event_at = async |address: &str| {
        let ep_id = format!("{}__{address}", edge.dev_sno);
        world
            .wait(&format!("an event of {ep_id}"), async || {
                world.events().await.into_iter().find(|event| event["ep_id"] == json!(ep_id))
            })
            .await
    };

    let is_open = async || {
        let (_, hall) = edge.own_call("GET", "/api/v1/cameras/hall", &Value::Null).await;
        (hall["status"]["state"] == "online").then_some(())
    };
    world.wait("the machine's account", is_open).await;
    let ftp = world.wait("the FTP server", async || edge.ftp_address()).await;
    let mut client = AsyncFtpStream::connect(ftp).await.unwrap();
    client.login("hall", "of the machine").await.unwrap();
    client.transfer_type(FileType::Binary).await.unwrap();
    client.put_file("2026/face.jpg.tmp", &mut cast.one.look.bytes.as_slice()).await.unwrap();
    let note = json!({"grab_fiqa_info": {"confidence": 90, "face_id": 1381}}).to_string();
    client.put_file("2026/face.json", &mut note.as_bytes()).await.unwrap();
    client.rename("2026/face.jpg.tmp", "2026/face.jpg").await.unwrap();
    let delivered = event_at("192.168.1.102").await;
    assert_eq!(
        (&delivered["identity_id"], &delivered["device_type"]),
        (&json!("1001"), &json!("1")),
        "{delivered}"
    );
    assert_eq!(
        delivered["detail"]["grab_fiqa_info"],
        json!({"confidence": 90, "face_id": 1381}),
        "{delivered}"
    );
    assert_eq!(delivered["detail"]["box_fiqa_info"]["fiqa_result"], true, "{delivered}");

    let body = json!({"image": base64(&cast.one.look.bytes)});
    let decision = edge.pad_call("gate", "of the tablet", &body).await;
    assert_eq!(
        (&decision["verdict"], &decision["door"]["result"]),
        (&json!("let_in"), &json!("ok")),
        "{decision}"
    );
    assert_eq!(decision["name"], "Zhang San");
    let called = event_at("192.168.1.103").await;
    assert_eq!((&called["identity_id"], &called["device_type"]), (&json!("1001"), &json!("0")), "{called}");
    let (status, _) = edge.server.terminate().await;
    assert_eq!(status.code(), Some(0));
}

fn base64(bytes: &[u8]) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    BASE64_STANDARD.encode(bytes)
}
