use reqwest::Method;
use reqwest::header::RANGE;
use serde_json::{Value, json};

use super::{answer, browser, call};
use crate::support::Agent;
use crate::support::photos::photo;

const MEDIA: &str = "/api/v1/welcome/media";

async fn upload(agent: &Agent, query: &str, body: Vec<u8>) -> (u16, Value) {
    let path = format!("{MEDIA}?{query}");
    answer(agent.request(|client, url| client.post(url), &path).body(body)).await
}

fn video(bytes: usize) -> Vec<u8> {
    let mut video = b"\0\0\0\x20ftypisom".to_vec();
    video.extend((0..bytes).map(|n| (n % 251) as u8));
    video
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_are_of_few_kinds_bounded_and_sent_in_parts() {
    let agent = Agent::start(None).await;
    let refused: [(&str, Vec<u8>, u16); 8] = [
        ("kind=video", photo(0, 0), 415),
        ("kind=logo", video(100), 415),
        ("kind=logo", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(), 415),
        ("kind=logo", Vec::new(), 415),
        ("kind=poster", photo(0, 0), 400),
        ("name=x", photo(0, 0), 400),
        ("kind=logo&more=1", photo(0, 0), 400),
        ("kind=background", [photo(0, 0), vec![0; 9 << 20]].concat(), 413),
    ];
    for (query, body, status) in refused {
        let (found, reply) = upload(&agent, query, body).await;
        assert_eq!(found, status, "{query}: {reply}");
        assert!(reply["error"]["message"].is_string(), "{query}: {reply}");
    }
    assert_eq!(call(&agent, Method::GET, MEDIA, Value::Null).await.1["items"], json!([]));
    let left = std::fs::read_dir(agent.directory.path().join("welcome")).unwrap().count();
    assert_eq!(left, 0, "nothing of what was refused is left");

    let film = video(200_000);
    let (status, added) = upload(&agent, "kind=video&name=Film%20%E4%B8%80.mp4", film.clone()).await;
    assert_eq!((status, &added["name"]), (201, &json!("Film 一.mp4")), "{added}");
    assert_eq!((&added["content_type"], &added["bytes"]), (&json!("video/mp4"), &json!(film.len())));
    let one = format!("{MEDIA}/{}", added["id"].as_str().unwrap());
    let get = |range: &'static str| agent.request(|client, url| client.get(url), &one).header(RANGE, range);
    let part = get("bytes=1000-1999").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.headers()["content-range"], format!("bytes 1000-1999/{}", film.len()).as_str());
    assert_eq!(part.headers()["x-content-type-options"], "nosniff");
    assert_eq!(part.bytes().await.unwrap(), film[1000..2000]);
    let rest = get("bytes=200000-").send().await.unwrap();
    assert_eq!((rest.status().as_u16(), rest.bytes().await.unwrap().len()), (206, 12));
    assert_eq!(get("bytes=900000-").send().await.unwrap().status(), 416);
    let whole = get("bytes=nonsense").send().await.unwrap();
    assert_eq!((whole.status().as_u16(), whole.bytes().await.unwrap().len()), (200, film.len()));

    // A second logo takes the place of the first.
    assert_eq!(upload(&agent, "kind=logo&name=one", photo(0, 0)).await.0, 201);
    assert_eq!(upload(&agent, "kind=logo&name=two", photo(0, 1)).await.0, 201);
    let agent = agent.again().await;
    let (_, listed) = call(&agent, Method::GET, MEDIA, Value::Null).await;
    let names: Vec<_> = listed["items"].as_array().unwrap().iter().map(|piece| &piece["name"]).collect();
    assert_eq!(names, ["Film 一.mp4", "two"]);
    assert_eq!(answer(browser(&agent, Method::GET, &one, "")).await.0, 401);
    assert_eq!(call(&agent, Method::DELETE, &one, Value::Null).await.0, 204);
    assert_eq!(call(&agent, Method::DELETE, &one, Value::Null).await.0, 404);
    assert_eq!(call(&agent, Method::GET, &one, Value::Null).await.0, 404);
    for path in ["..%2Fbox.db", "../box.db", "%2e%2e%2fbox.key"] {
        assert_eq!(call(&agent, Method::GET, &format!("{MEDIA}/{path}"), Value::Null).await.0, 404, "{path}");
    }
    assert_eq!(std::fs::read_dir(agent.directory.path().join("welcome")).unwrap().count(), 1);
    agent.stop().await;
}
