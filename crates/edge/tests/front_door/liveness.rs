//! A pack with a network for liveness: what it says of a face is with the event and in its reasons, and decides nothing. The network
//! is a toy made on the spot; all it knows is which colour prevails.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Agent;
use crate::support::agent::config;
use crate::support::photos::{models, photo};

/// A field of a protocol buffer that holds bytes, a text or a message.
fn field(number: u8, content: &[u8]) -> Vec<u8> {
    assert!(content.len() < 1 << 14);
    let length = [(content.len() & 0x7f) as u8 | 0x80, (content.len() >> 7) as u8];
    [&[number << 3 | 2], length.as_slice(), content].concat()
}

/// A field that holds a small number.
fn number(number: u8, value: u8) -> Vec<u8> {
    assert!(value < 0x80);
    vec![number << 3, value]
}

fn node(operator: &str, input: &str, output: &str) -> Vec<u8> {
    [field(1, input.as_bytes()), field(2, output.as_bytes()), field(4, operator.as_bytes())].concat()
}

/// A tensor of floats by name and shape.
fn tensor(name: &str, shape: &[u8]) -> Vec<u8> {
    let dims: Vec<u8> = shape.iter().flat_map(|size| field(1, &number(1, *size))).collect();
    let kind = field(1, &[number(1, 1), field(2, &dims)].concat());
    [field(1, name.as_bytes()), field(2, &kind)].concat()
}

/// An ONNX network that answers with the mean of each of a picture's three planes.
fn network() -> Vec<u8> {
    let graph = [
        field(1, &node("GlobalAveragePool", "picture", "means")),
        field(1, &node("Flatten", "means", "classes")),
        field(2, b"toy"),
        field(11, &tensor("picture", &[1, 3, 16, 16])),
        field(12, &tensor("classes", &[1, 3])),
    ];
    [number(1, 8), field(7, &graph.concat()), field(8, &number(2, 13))].concat()
}

/// The pack in use with the toy beside its own networks.
fn pack(directory: &Path) {
    let from = std::fs::canonicalize(models()).unwrap();
    let id = std::fs::read_to_string(from.join("active")).unwrap();
    let (from, to) = (from.join(id.trim()), directory.join(id.trim()));
    std::fs::create_dir(&to).unwrap();
    std::fs::write(directory.join("active"), &id).unwrap();
    for file in std::fs::read_dir(&from).unwrap().map(|entry| entry.unwrap().file_name()) {
        if file != "pack.toml" {
            std::os::unix::fs::symlink(from.join(&file), to.join(&file)).unwrap();
        }
    }
    let toy = network();
    let more = format!(
        "\n[[liveness]]\nfile = \"toy.onnx\"\nsize = 16\nchannels = \"rgb\"\nmean = [0.0, 0.0, 0.0]\nscale = 0.01\nreach = 1.0\nlive = 1\n\
         [[file]]\nname = \"toy.onnx\"\nsize = {}\nsha256 = \"{}\"\nlicence = \"MIT\"\nsource = \"a test\"\n",
        toy.len(),
        "0".repeat(64)
    );
    let manifest = std::fs::read_to_string(from.join("pack.toml")).unwrap();
    std::fs::write(to.join("pack.toml"), manifest + &more).unwrap();
    std::fs::write(to.join("toy.onnx"), toy).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_network_for_liveness_says_is_told_and_decides_nothing() {
    let (directory, models) = (Arc::new(tempfile::tempdir().unwrap()), tempfile::tempdir().unwrap());
    pack(models.path());
    let mut config = config(directory.path(), None);
    config.vision.models = models.path().to_owned();
    let agent = Agent::with(directory, config).await;
    let ask = async |method: Method, path: &str, body: Value| -> Value {
        let request = agent.request(|client, url| client.request(method, url), path);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    };
    let person = json!({"identity_id": "1", "reg_photo": BASE64_STANDARD.encode(photo(0, 0)), "group_name": "default_group",
        "info": {"name": "One", "type": 1}});
    ask(Method::POST, "/SophonFogSys/api/users", person).await;
    let camera = json!({"name": "front", "kind": "file", "path": agent.frames.path(), "quality": "low"});
    ask(Method::POST, "/api/v1/cameras", camera).await;
    std::fs::write(agent.frames.path().join("one.tmp"), photo(0, 1)).unwrap();
    std::fs::rename(agent.frames.path().join("one.tmp"), agent.frames.path().join("one.jpg")).unwrap();
    agent.until("let in", |status| status["recognition"]["let_in"] == 1).await;
    let newest = async || ask(Method::GET, "/api/v1/events", Value::Null).await["items"][0].clone();
    let listed = || async { !newest().await.is_null() };
    assert!(runtime::testing::wait_until(crate::support::PATIENCE, listed).await);
    let event = ask(Method::GET, &format!("/api/v1/events/{}", newest().await["seq"]), Value::Null).await;
    let liveness = &event["trace"]["liveness"];
    assert_eq!((&event["verdict"], &liveness["checked"]), (&json!("let_in"), &json!(true)), "{event}");
    let score = liveness["score"].as_f64().unwrap();
    assert!(score > 0.0 && score < 1.0, "{liveness}");
    agent.stop().await;
}
