//! The log as collectors read it: one JSON object a line, in which a command and a recognition can be followed from side to side, and
//! nothing that opens anything or shows anybody.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Value, json};

use crate::world::{Cast, PASSWORD, Server, World};

/// Everything the log can tell.
const TOLD: [(&str, &str); 2] =
    [("MENSHEN_LOG_FORMAT", "json"), ("MENSHEN_LOG", "info,platform=debug,edge=debug,runtime=debug")];
/// Where nobody takes webhooks. The address may hold what opens a door elsewhere.
const WEBHOOK: &str = "http://somebody:s3cret-of-the-address@127.0.0.1:1/menshen/s3cret-path?key=s3cret-key";

#[tokio::test(flavor = "multi_thread")]
async fn a_story_can_be_followed_through_the_structured_logs_of_both_sides() {
    let (world, cast) = (World::start_told(&TOLD).await, Cast::gather());
    let hook = json!({"url": WEBHOOK, "filter": {"kinds": ["event"]}});
    let hook = world.api.must("POST", "/api/v1/webhooks", &hook).await;
    let dev_sno = world.register(json!({})).await;
    let edge = world.start_edge_told(&dev_sno, &TOLD);
    world.online(&dev_sno).await;
    let (_, refused) = world.api.call("GET", "/api/v1/people/1001", None).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&dev_sno, "1001").await;
    edge.see(&cast.one.look);
    let event = world.wait("the event", async || world.events().await.pop()).await;
    let event_id = event["id"].as_str().unwrap();
    world
        .wait("the webhook to be tried", async || {
            let path = format!("/api/v1/webhooks/{}/deliveries", hook["id"].as_str()?);
            (!world.api.all(&path).await.is_empty()).then_some(())
        })
        .await;
    let commands = world.api.all(&format!("/api/v1/commands?dev_sno={dev_sno}")).await;
    for server in [&edge.server, &world.platform] {
        assert_eq!(server.terminate().await.0.code(), Some(0));
    }

    let [platform, box_] = [&world.platform, &edge.server].map(lines);
    assert!(!commands.is_empty());
    for command in &commands {
        let id = command["id"].as_str().unwrap();
        for told in ["command queued", "a command was answered"] {
            let line = only(&platform, "message_id", id, told);
            assert_eq!(line["dev_sno"], json!(dev_sno), "{line}");
        }
        for told in ["a command begins", "a command is done"] {
            only(&box_, "message_id", id, told);
        }
    }
    let of_commands = platform.iter().filter(|line| line["message"].as_str().unwrap().contains("command"));
    for line in of_commands.filter(|line| line["message"].as_str().unwrap().starts_with("a command was")) {
        assert!(line["message_id"].is_string() && line["dev_sno"].is_string(), "{line}");
    }
    let stored = only(&platform, "event_id", event_id, "a recognition was stored");
    assert_eq!((&stored["dev_sno"], &stored["level"]), (&json!(dev_sno), &json!("DEBUG")));
    let told: Vec<_> = platform.iter().filter(|line| line["message"] == "webhook told").collect();
    assert!(!told.is_empty() && told.iter().all(|line| line["event_id"] == event_id), "{told:?}");
    // Whoever reads a refusal out over the telephone is found.
    let request = &refused["error"]["request_id"];
    assert!(request.is_string(), "{refused}");
    let within = |line: &&Value| line["spans"].as_array().is_some_and(|all| !all.is_empty());
    let spans: Vec<_> = platform.iter().filter(within).collect();
    assert!(spans.iter().any(|line| line["spans"][0]["request_id"].is_string()), "no line of a request");

    let secrets = [
        PASSWORD.to_owned(),
        world.api.token.clone(),
        edge.own_token().unwrap(),
        hook["secret"].as_str().unwrap().to_owned(),
        "s3cret".to_owned(),
        "guest:guest".to_owned(),
    ];
    let pictures = [&cast.one.photo, &cast.one.look].map(|picture| &picture.bytes);
    for (server, all) in [(&world.platform, &platform), (&edge.server, &box_)] {
        let log = server.log();
        for secret in &secrets {
            assert!(!log.contains(secret.trim()), "{secret:?} is in a log");
        }
        for picture in pictures {
            // Somewhere in the middle, where no other picture is the same.
            let part = &picture[3 * (picture.len() / 6)..][..48];
            for text in [BASE64_STANDARD.encode(part), BASE64_URL_SAFE_NO_PAD.encode(part)] {
                assert!(!log.contains(&text), "a picture is in a log");
            }
        }
        // Templates and pictures have no words and are long.
        let long = |text: &str| {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+' && c != '/')
                .any(|run| run.len() > 160)
        };
        let numbers = |text: &str| text.matches("0.").count() > 60;
        for line in all {
            let text = line.to_string();
            assert!(!long(&text) && !numbers(&text), "a line holds data: {text}");
        }
    }
}

/// What a server has logged; each line is an object with a time, a level, a target and words.
fn lines(server: &Server) -> Vec<Value> {
    let log = server.log();
    let read = |line: &str| {
        let read: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        for field in ["timestamp", "level", "target", "message"] {
            assert!(read[field].is_string(), "no {field}: {line}");
        }
        read
    };
    log.lines().map(read).collect()
}

/// The one line with these words about this id.
#[track_caller]
fn only<'l>(lines: &'l [Value], field: &str, id: &str, words: &str) -> &'l Value {
    let about: Vec<_> = lines.iter().filter(|line| line[field] == id).collect();
    let mut found = about.iter().filter(|line| line["message"].as_str().unwrap().starts_with(words));
    match (found.next(), found.next()) {
        (Some(line), None) => line,
        _ => panic!("not one line {words:?} with {field} {id}: {about:#?}"),
    }
}
