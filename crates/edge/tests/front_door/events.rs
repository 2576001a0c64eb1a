//! Events as they happen: whoever comes back misses nothing and is told nothing twice.

use serde_json::{Value, json};

use crate::support::photos::photo;
use crate::support::{Agent, PATIENCE};

/// What follows the events, from its first answer on.
struct Follower {
    stream: reqwest::Response,
    text: String,
}

impl Follower {
    async fn open(agent: &Agent, query: &str, last: Option<&str>) -> Result<Self, u16> {
        let path = format!("/api/v1/events/stream{query}");
        let mut request = agent.request(|client, url| client.get(url), &path);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let stream = request.send().await.unwrap();
        if stream.status() != 200 {
            return Err(stream.status().as_u16());
        }
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        Ok(Self { stream, text: String::new() })
    }

    /// The next that is told: its name, its id, and its data.
    async fn next(&mut self) -> (String, String, Value) {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name));
                    line.unwrap_or_default().trim().to_owned()
                };
                let told = (
                    field("event:"),
                    field("id:"),
                    serde_json::from_str(&field("data:")).unwrap_or_default(),
                );
                self.text = rest.to_owned();
                if !told.0.is_empty() {
                    return told;
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.stream.chunk()).await.expect("nothing was told");
            self.text.push_str(std::str::from_utf8(&chunk.unwrap().expect("the stream ended")).unwrap());
        }
    }

    /// The next is this event.
    async fn is_told(&mut self, seq: i64) {
        let (name, id, data) = self.next().await;
        assert_eq!((name.as_str(), id, &data["seq"]), ("event", seq.to_string(), &json!(seq)), "{data}");
        assert!(data["verdict"].is_string(), "{data}");
    }
}

/// Somebody stands before the pad: one event more.
async fn happen(agent: &Agent, seq: i64) {
    let capture = agent.request(|client, url| client.post(url), "/api/v1/pad/gate/captures");
    let answer = capture.header("content-type", "image/jpeg").body(photo(0, 0)).send().await.unwrap();
    let decision: Value = answer.json().await.unwrap();
    assert_eq!(decision["event"], seq, "{decision}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_comes_back_misses_nothing_and_is_told_nothing_twice() {
    let agent = Agent::start(None).await;
    let gate = json!({"name": "gate", "kind": "pad", "duplicate_interval": 0.0, "quality": "low"});
    let added = agent.request(|client, url| client.post(url), "/api/v1/cameras").json(&gate).send().await;
    assert_eq!(added.unwrap().status(), 201);

    let mut follower = Follower::open(&agent, "", None).await.unwrap();
    let (name, id, data) = follower.next().await;
    assert_eq!((name.as_str(), id.as_str(), data), ("hello", "0", json!({"after": 0})));
    happen(&agent, 1).await;
    follower.is_told(1).await;
    drop(follower);
    happen(&agent, 2).await;
    happen(&agent, 3).await;

    // By the address, by what browsers send themselves, and by both: the header is the newer one.
    for (query, last, after) in
        [("?after=1", None, 1), ("", Some("1"), 1), ("?after=0", Some("2"), 2), ("?after=3", None, 3)]
    {
        let mut again = Follower::open(&agent, query, last).await.unwrap();
        assert_eq!(again.next().await.1, after.to_string(), "{query}");
        for seq in after + 1..=3 {
            again.is_told(seq).await;
        }
    }
    let mut again = Follower::open(&agent, "?after=2", None).await.unwrap();
    let mut now = Follower::open(&agent, "", None).await.unwrap();
    assert_eq!((again.next().await.1, now.next().await.1), ("2".to_owned(), "3".to_owned()));
    happen(&agent, 4).await;
    again.is_told(3).await;
    again.is_told(4).await;
    now.is_told(4).await;

    for (query, last) in [("?after=x", None), ("?after=-1", None), ("?since=1", None), ("", Some("x"))] {
        assert_eq!(Follower::open(&agent, query, last).await.err(), Some(400), "{query} {last:?}");
    }
    // Over a restart, too; and followers do not keep the box from stopping.
    let agent = agent.again().await;
    let mut after = Follower::open(&agent, "?after=3", None).await.unwrap();
    assert_eq!(after.next().await.0, "hello");
    after.is_told(4).await;
    agent.stop().await;
}
