//! Several photos of one person: taken when they show that person, searched as one, kept over restarts and repeats.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Agent, photos};

impl Agent {
    async fn photos(&self, method: Method, path: &str, photo: Option<Vec<u8>>) -> (u16, Value) {
        let path = format!("/api/v1/people/ada/photos{path}");
        let request = self.request(|client, url| client.request(method, url), &path);
        let request = match photo {
            Some(photo) => request.header("content-type", "image/jpeg").body(photo),
            None => request,
        };
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn enrol_ada(&self, photo: &[u8], again: bool) {
        let user = json!({"identity_id": "ada", "reg_photo": BASE64_STANDARD.encode(photo), "group_name": "default_group",
            "ignore_exist": again, "info": {"name": "Ada", "type": 1, "permission_ids": ["0"]}});
        let request = self.request(|client, url| client.post(url), "/SophonFogSys/api/users").json(&user);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    async fn numbers(&self) -> Vec<i64> {
        let (_, list) = self.photos(Method::GET, "", None).await;
        list["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
    }

    /// Cosine of the best match when this photo is tried.
    async fn best(&self, photo: Vec<u8>) -> f64 {
        let request = self.request(|client, url| client.post(url), "/api/v1/recognition/try");
        let answer: Value = request.body(photo).send().await.unwrap().json().await.unwrap();
        answer["faces"][0]["trace"]["candidates"][0]["cosine"].as_f64().unwrap()
    }
}

#[tokio::test]
async fn further_photos_are_searched_with_the_first_and_go_with_it() {
    let (first, second) = (photos::photo(0, 0), photos::photo(0, 1));
    let agent = Agent::start(None).await;
    agent.enrol_ada(&first, false).await;
    let alone = agent.best(second.clone()).await;

    let (status, reply) = agent.photos(Method::POST, "", Some(second.clone())).await;
    assert_eq!(status, 201, "{reply}");
    let number = reply["id"].as_i64().unwrap();
    assert_eq!(agent.numbers().await, [number]);
    if first != second {
        let together = agent.best(second.clone()).await;
        assert!(together > alone + 0.01, "{together} of {alone}");
    }

    // A restart and the same registration photo again change nothing.
    let before = agent.best(second.clone()).await;
    let agent = agent.again().await;
    agent.enrol_ada(&first, true).await;
    assert_eq!(agent.numbers().await, [number]);
    assert!((agent.best(second.clone()).await - before).abs() < 1e-3);
    let path = format!("/api/v1/people/ada/photos/{number}");
    let bytes =
        agent.request(|client, url| client.get(url), &path).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes, second);

    assert_eq!(agent.photos(Method::DELETE, &format!("/{number}"), None).await.0, 204);
    assert_eq!(agent.photos(Method::DELETE, &format!("/{number}"), None).await.0, 404);
    assert!((agent.best(second.clone()).await - alone).abs() < 1e-3, "as it was with one photo");

    // Another registration photo takes further ones away.
    assert_eq!(agent.photos(Method::POST, "", Some(second.clone())).await.0, 201);
    if first != second {
        agent.enrol_ada(&second, true).await;
        assert_eq!(agent.numbers().await, Vec::<i64>::new());
    }
    agent.stop().await;
}

#[tokio::test]
async fn what_shows_nobody_or_somebody_else_is_refused() {
    let agent = Agent::start(None).await;
    assert_eq!(agent.photos(Method::POST, "", Some(photos::photo(0, 0))).await.0, 404);
    agent.enrol_ada(&photos::photo(0, 0), false).await;
    for (photo, code) in [
        (photos::photo(1, 0), 40010),
        (photos::scenery(), 40004),
        (b"not a picture".to_vec(), 40003),
        (Vec::new(), 40002),
    ] {
        let (status, reply) = agent.photos(Method::POST, "", Some(photo)).await;
        assert_eq!((status, &reply["error"]["code"]), (400, &json!(code)), "{reply}");
    }
    for _ in 0..9 {
        assert_eq!(agent.photos(Method::POST, "", Some(photos::photo(0, 0))).await.0, 201);
    }
    let (status, reply) = agent.photos(Method::POST, "", Some(photos::photo(0, 0))).await;
    assert!(status == 400 && reply["error"]["message"].as_str().unwrap().contains("remove one"), "{reply}");
    assert_eq!(agent.photos(Method::GET, "/99", None).await.0, 404);
    agent.stop().await;
}
