//! Network cameras: a stream of a known face becomes an event on the platform, and what is wrong with a stream is told.

use std::path::Path;

use runtime::testing::{Codec, RtspCamera};
use serde_json::{Value, json};

use crate::world::{Cast, EdgeBox, World};

/// Nothing before and nothing after, and in between somebody who walks through the picture in five seconds.
const WALK: &str = "scale=-2:480,pad=iw+1300:480:650:0:color=gray,crop=640:480:'max(0,(iw-640)*(1-t/5))':0";

#[tokio::test(flavor = "multi_thread")]
async fn a_face_in_a_stream_is_an_event_on_the_platform() {
    let (world, cast) = (World::start().await, Cast::gather());
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join(format!("look.{}", cast.one.look.extension));
    std::fs::write(&photo, &cast.one.look.bytes).unwrap();
    let camera = serve(&photo, folder.path()).await;
    let edge = world.add_box(json!({})).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;
    a_static_camera_is_mended_and_delivers(&world, &edge, &camera).await;
    one_walk_is_one_event(&world, &edge, &camera).await;
    passwords_stay_on_the_box(&edge).await;
    a_killed_box_leaves_no_child(&world, &edge).await;
}

async fn serve(photo: &Path, folder: &Path) -> RtspCamera {
    let (still, walk) = (folder.join("still"), folder.join("walk"));
    for folder in [&still, &walk] {
        std::fs::create_dir(folder).unwrap();
    }
    let still = Codec::H264.film(photo, (1280, 720), 300, &still).await.unwrap();
    let one_picture = ["-loop", "1", "-framerate", "10"];
    let walk = Codec::H264.encode(&one_picture, photo, WALK, 300, &walk).await.unwrap();
    let films = [("still", Codec::H264, still.as_path()), ("walk", Codec::H264, walk.as_path())];
    RtspCamera::start(Some("viewer:s3cret-right"), &films).await.unwrap()
}

async fn a_static_camera_is_mended_and_delivers(world: &World, edge: &EdgeBox, camera: &RtspCamera) {
    let settings = json!({"name": "hall", "kind": "rtsp", "url": camera.url("still"), "user": "viewer",
        "password": "s3cret-wrong", "address": "192.168.1.104", "device_type": 2, "rate": 1,
        "duplicate_interval": 600, "door": {"kind": "log"}});
    let (status, view) = edge.own_call("POST", "/api/v1/cameras", &settings).await;
    assert_eq!(status, 201, "{view}");
    world
        .wait("the wrong password to be told", async || {
            let (_, view) = edge.own_call("GET", "/api/v1/cameras/hall", &Value::Null).await;
            let reason = view["status"]["reason"].as_str()?.to_owned();
            reason.contains("refuses user or password").then_some(())
        })
        .await;
    let right = json!({"password": "s3cret-right"});
    let (status, view) = edge.own_call("PATCH", "/api/v1/cameras/hall", &right).await;
    assert_eq!(status, 200, "{view}");
    let event = event_at(world, edge, "192.168.1.104").await;
    assert_eq!((&event["identity_id"], &event["device_type"]), (&json!("1001"), &json!("2")), "{event}");
    assert_eq!((&event["verdict"], &event["door"]["result"]), (&json!("let_in"), &json!("ok")), "{event}");
}

async fn one_walk_is_one_event(world: &World, edge: &EdgeBox, camera: &RtspCamera) {
    // Without following, every frame would make an event.
    let settings = json!({"name": "corridor", "kind": "rtsp", "url": camera.url("walk"), "user": "viewer",
        "password": "s3cret-right", "address": "192.168.1.105", "device_type": 3, "duplicate_interval": 0,
        "door": {"kind": "log"}});
    let (status, view) = edge.own_call("POST", "/api/v1/cameras", &settings).await;
    assert_eq!(status, 201, "{view}");
    let event = event_at(world, edge, "192.168.1.105").await;
    assert_eq!((&event["identity_id"], &event["device_type"]), (&json!("1001"), &json!("3")), "{event}");
    world
        .wait("the walk to be over", async || {
            let (_, view) = edge.own_call("GET", "/api/v1/cameras/corridor", &Value::Null).await;
            (view["status"]["captures"].as_u64()? >= 80).then_some(())
        })
        .await;
    let ep_id = format!("{}__192.168.1.105", edge.dev_sno);
    let events: Vec<Value> =
        world.events().await.into_iter().filter(|event| event["ep_id"] == json!(ep_id)).collect();
    assert_eq!(events.len(), 1, "{events:#?}");
}

async fn passwords_stay_on_the_box(edge: &EdgeBox) {
    for path in ["/api/v1/cameras", "/api/v1/status"] {
        let (_, shown) = edge.own_call("GET", path, &Value::Null).await;
        assert!(shown.to_string().contains("hall") && !shown.to_string().contains("s3cret"), "{shown}");
    }
    assert!(!edge.server.log().contains("s3cret"), "a password is in the log");
}

/// Two streams are being fetched; their processes end with the box, however it ends.
async fn a_killed_box_leaves_no_child(world: &World, edge: &EdgeBox) {
    world.wait("both streams to be fetched", async || (edge.players() == 2).then_some(())).await;
    edge.server.kill();
    world.wait("the children to end", async || (edge.players() == 0).then_some(())).await;
}

async fn event_at(world: &World, edge: &EdgeBox, address: &str) -> Value {
    let ep_id = format!("{}__{address}", edge.dev_sno);
    world
        .wait(&format!("an event of {ep_id}"), async || {
            world.events().await.into_iter().find(|event| event["ep_id"] == json!(ep_id))
        })
        .await
}
