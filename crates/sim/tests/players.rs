//! The players against each other and against what `protocol` writes, over a real broker.

#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use protocol::{CommandResult, Event, IdentityId, LoginReply, ResultBody, UserListReply};
use runtime::Lifecycle;
use runtime::amqp::{Declare, LinkState, Session};
use runtime::testing::PrivateBroker;
use serde_json::{Value, json};
use sim::foreign_box::{Options as BoxOptions, Passage};
use sim::foreign_platform::{Options as PlatformOptions, Person, PhotoTravels, Results};
use sim::{Broker, ForeignBox, ForeignPlatform};

const KEY: &str = "QHWMEN000720250314091500";
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_foreign_box_serves_a_foreign_platform() {
    let mut broker = PrivateBroker::start().await.unwrap();
    let platform = platform(&broker, Results::NotifyPath).await;
    for (id, travels) in
        [("p-1", PhotoTravels::Inline), ("p-2", PhotoTravels::Url), ("p-3", PhotoTravels::Relative)]
    {
        platform.put_person(person(id, travels));
    }
    let player =
        ForeignBox::start(BoxOptions { login_url: platform.login_url(), dev_sno: KEY.to_owned() }).unwrap();

    platform.add_by_ids(&["p-1", "p-2", "p-9"]).await.unwrap();
    let seen = player.wait_for(LIMIT, |seen| seen.commands.len() == 1).await.unwrap();
    assert_eq!(seen.people.keys().collect::<Vec<_>>(), ["p-1", "p-2"]);
    assert!(seen.people.values().all(|held| held.photo_bytes == 300 && held.groups == ["7"]));

    platform.add_inline(&["p-3"]).await.unwrap();
    platform.delete(&["p-1", "p-9"]).await.unwrap();
    let seen = player.wait_for(LIMIT, |seen| seen.commands.len() == 3).await.unwrap();
    assert_eq!(seen.people.keys().collect::<Vec<_>>(), ["p-2", "p-3"]);
    // Codes as text are no whole numbers: this platform does not take what this box sends, and the box does not mind.
    let seen = platform.wait_for(LIMIT, |seen| seen.refused.len() == 3).await.unwrap();
    assert_eq!(seen.refused[0], "result: /code is not a whole number");
    assert_eq!((seen.logins.len(), seen.detail_requests.len()), (1, 1));
    assert_eq!(seen.photos, ["p-2", "p-3"]);

    broker.stop().await.unwrap();
    player.wait_for(LIMIT, |seen| !seen.listening).await.unwrap();
    broker.start_again().await.unwrap();
    player.wait_for(LIMIT, |seen| seen.listening).await.unwrap();
    platform.wipe(true, false).await.unwrap();
    // The outage may have swallowed an acknowledgement: then the last command comes once more before this one.
    let wiped = |seen: &sim::foreign_box::Seen| {
        seen.commands.last().is_some_and(|last| last["method"] == "wipe_data")
    };
    let seen = player.wait_for(LIMIT, wiped).await.unwrap();
    assert!(seen.people.is_empty());
    player.stop().await;
    platform.stop().await;
}

#[tokio::test]
async fn the_foreign_platform_takes_what_we_write_and_nothing_else() {
    let broker = PrivateBroker::start().await.unwrap();
    let platform = platform(&broker, Results::NotifyPath).await;
    platform.put_person(person("p-1", PhotoTravels::Url));
    let client = client();

    let login = |key: &str| client.get(format!("{}?dev_sno={key}", platform.login_url())).send();
    let reply = login(KEY).await.unwrap();
    let reply = LoginReply::read(reply.status().as_u16(), &reply.bytes().await.unwrap()).unwrap();
    assert!(reply.rabbitmq.need_bind && reply.rabbitmq.upload_queue.is_none());
    let refused = login("UNKNOWN").await.unwrap();
    assert_eq!(
        LoginReply::read(refused.status().as_u16(), &refused.bytes().await.unwrap()).unwrap_err().http_status,
        403
    );

    let base = protocol::address::base_of(&platform.login_url());
    let post = |path: &str, body: String| {
        let url = protocol::address::with_credentials(
            &protocol::address::resolve(&base, path),
            &reply.token,
            &KEY.into(),
        );
        let request = client.post(url).body(body).send();
        async { request.await.unwrap() }
    };
    let details = post("/getSendPerson", json!({"userid_list": ["p-1", "p-2"]}).to_string()).await;
    let details = UserListReply::read(details.status().as_u16(), &details.bytes().await.unwrap()).unwrap();
    assert_eq!(details.users.len(), 1);
    assert_eq!(details.users[0].identity_id, IdentityId::new("p-1"));

    let event = json!({"timestamp": 1_742_000_000_123_i64, "identity_id": "p-1", "identity_name": "person 1",
        "group_name": "default_group", "score": 0.7, "ext_data": {"dev_sno": KEY}});
    let event = Event::read(event.to_string().as_bytes()).unwrap();
    let record = &reply.record_addrs[0];
    platform.refuse_records(1);
    assert_eq!(post(record, event.to_json()).await.status(), 500);
    assert_eq!(post(record, event.to_json()).await.status(), 200);
    assert_eq!(post(record, Event::batch_to_json(std::slice::from_ref(&event))).await.status(), 400);
    assert_eq!(post(record, "{}".to_owned()).await.status(), 400);

    let result = br#"{"messageKey": "delete_users", "dev_sno": "K", "code": "0"}"#;
    let result = CommandResult::read(result).unwrap();
    assert_eq!(post("/getResult", result.to_json()).await.status(), 200);
    let seen = platform.seen();
    assert_eq!((seen.events.len(), seen.results.len()), (1, 1));
    assert_eq!(seen.refused, ["event: not a single JSON object", "event: /identity_id is missing"]);
    platform.stop().await;
}

#[tokio::test]
async fn the_foreign_box_answers_by_queue_when_there_is_one() {
    let broker = PrivateBroker::start().await.unwrap();
    let life = Lifecycle::new(Duration::from_secs(5));
    let queues = vec![Declare::queue("box", false), Declare::queue("results", false)];
    let session = Session::start(&life, "test", broker.broker_address(), queues);
    session.state().wait_for(LinkState::is_up).await.unwrap();
    let mut results = session.consume("results", 10).await;
    let address = broker.address();
    let rabbitmq = json!({"host": address.ip(), "port": address.port(), "login": "guest", "password": "guest", "queue": "box",
        "uploadQueue": "results", "unNeedBindExchange": true, "exchange": {}});
    let login = json!({"token": "t", "recordAddr": "/records", "rabbitmq": rabbitmq}).to_string();
    let (uploads, mut uploaded) = tokio::sync::mpsc::channel(10);
    let record = move |uri: axum::http::Uri, body: String| async move {
        uploads.send((uri.to_string(), body)).await.unwrap();
    };
    let router = Router::new()
        .route("/login", get(move || async move { login }))
        .route("/records", axum::routing::post(record));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let login_url = format!("http://{}/login", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let player = ForeignBox::start(BoxOptions { login_url, dev_sno: KEY.to_owned() }).unwrap();
    player.wait_for(LIMIT, |seen| seen.listening).await.unwrap();
    player.refuse("p-2", "40094");
    let people = json!([
        {"identity_id": "p-1", "reg_photo": "AAAA", "info": {"name": "person 1"}},
        {"identity_id": "p-2", "reg_photo": "AAAA", "info": {"name": "person 2"}},
    ]);
    let command = json!({"method": "add_users_plus", "messageId": "m-1", "user_info_list": people});
    session.publisher().publish("", "box", command.to_string().into_bytes()).await.unwrap();
    let delivery = results.next().await.unwrap();
    let result = CommandResult::read(&delivery.body).unwrap();
    delivery.ack().await;
    assert_eq!((result.message_id, result.dev_sno.as_str()), (None, KEY));
    let ResultBody::Users { success, failed } = result.result else { panic!("{:?}", result.result) };
    assert_eq!((success[0].userid.as_str(), failed[0].code.clone()), ("p-1", protocol::Code::VENDOR_NO_FACE));

    let passage = Passage {
        identity_id: "p-1".to_owned(),
        name: "person 1".to_owned(),
        person_type: 1,
        score: 0.8,
        at: None,
        photo: vec![1, 2, 3],
    };
    assert_eq!(player.report(&passage).await.unwrap()[0].status, 200);
    let (uri, body) = uploaded.recv().await.unwrap();
    assert_eq!(uri, "/records?token=t");
    assert_eq!(Event::read(body.as_bytes()).unwrap().ext.dev_sno, None);
    assert!(serde_json::from_str::<Value>(&body).unwrap()["ext_data"].get("dev_sno").is_none());
    assert!(player.heartbeat().await.unwrap().is_none());

    player.stop().await;
    server.abort();
    life.stop();
    life.finish().await;
}

fn person(id: &str, travels: PhotoTravels) -> Person {
    Person {
        identity_id: id.to_owned(),
        name: format!("person {id}"),
        kind: 1,
        groups: vec!["7".to_owned()],
        photo: vec![7; 300],
        travels,
    }
}

async fn platform(broker: &PrivateBroker, results: Results) -> ForeignPlatform {
    let broker = Broker::from_url(&broker.url()).unwrap();
    ForeignPlatform::start(PlatformOptions { broker, dev_sno: KEY.to_owned(), results, records: true })
        .await
        .unwrap()
}

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
