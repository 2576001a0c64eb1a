//! A box that serves as quality-check server answers through queues of its own, in the documented shape.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use crate::world::{Cast, Picture, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_quality_check_answers_in_the_documented_shape() {
    let (world, cast) = (World::start().await, Cast::gather());
    let edge = world.add_box(json!({"fiqa_server": true})).await;

    let done = ask(&world, &edge.dev_sno, &cast.one.photo, Some("low")).await;
    assert_eq!(done["state"], "done", "{done}");
    let face = faces(&done).first().unwrap_or_else(|| panic!("no face: {done}")).clone();
    let whole = |value: &Value| value.is_i64();
    assert!(face["bbox"].as_array().is_some_and(|bbox| bbox.len() == 4 && bbox.iter().all(whole)), "{face}");
    assert!(face["fiqa_result"].is_boolean() && face["score"].is_number(), "{face}");
    assert!(face["success"].is_array() && face["fails"].is_array(), "{face}");
    let info = &face["info"];
    for key in ["brightness", "clarity", "face_size", "mask"] {
        assert!(info[key].is_number(), "{key}: {info}");
    }
    for key in ["pitch_angle", "roll_angle", "yaw_angle"] {
        assert!(info["headpose"][key].is_number(), "{key}: {info}");
    }
    assert!(info["occlusion"].is_array() && info["partial"].is_boolean(), "{info}");

    let none = ask(&world, &edge.dev_sno, &Picture::without_face(), None).await;
    println!("without a face: {} {}", none["code"], none["message"]);
    assert!(faces(&none).is_empty(), "{none}");
    assert_eq!(world.broker.waiting("menshen.fiqa").await.unwrap(), Some(0));
    assert_eq!(world.broker.waiting("menshen.fiqa.results").await.unwrap(), Some(0));
}

async fn ask(world: &World, dev_sno: &str, picture: &Picture, level: Option<&str>) -> Value {
    let mut asked = json!({"method": "fiqa", "image_base64": BASE64_STANDARD.encode(&picture.bytes)});
    if let Some(level) = level {
        asked["level"] = json!(level);
    }
    let sent = world.api.must("POST", &format!("/api/v1/boxes/{dev_sno}/commands"), &asked).await;
    world.answered(sent["id"].as_str().unwrap()).await
}

/// The faces of an answer, wherever its envelope ends.
fn faces(done: &Value) -> Vec<Value> {
    let found = done["result"].pointer("/data").or_else(|| done["result"].pointer("/result/data"));
    found.or(Some(&done["result"])).and_then(Value::as_array).cloned().unwrap_or_default()
}
