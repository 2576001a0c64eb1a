//! Somebody else's other side: a platform that says only what it must drives our box, a box that does only what it must
//! works with our platform.

use serde_json::json;
use sim::foreign_box::Passage;
use sim::foreign_platform::{Person, PhotoTravels, Results};
use sim::{Broker, ForeignBox, ForeignPlatform, foreign_box, foreign_platform};

use crate::world::{Cast, LONG, World};

const DEV_SNO: &str = "TJGSDX000120190726103455";

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_platform_drives_our_box() {
    let (world, cast) = (World::start().await, Cast::gather());
    let platform = ForeignPlatform::start(foreign_platform::Options {
        broker: Broker::from_url(&world.broker.url()).unwrap(),
        dev_sno: DEV_SNO.to_owned(),
        results: Results::NotifyPath,
        records: true,
    })
    .await
    .unwrap();
    for (id, name, photo, travels) in [
        ("1001", "Zhang San", &cast.one.photo, PhotoTravels::Url),
        ("1002", "Wang Wu", &cast.two.photo, PhotoTravels::Inline),
        ("1003", "Li Si", &cast.one.photo, PhotoTravels::Relative),
    ] {
        let (identity_id, name, photo) = (id.to_owned(), name.to_owned(), photo.bytes.clone());
        platform.put_person(Person {
            identity_id,
            name,
            kind: 1,
            groups: vec!["0".to_owned()],
            photo,
            travels,
        });
    }
    let edge = world.start_edge(DEV_SNO, &platform.login_url());
    platform.wait_for(LONG, |seen| !seen.logins.is_empty()).await.unwrap();

    platform.add_by_ids(&["1001", "nobody"]).await.unwrap();
    let seen = platform.wait_for(LONG, |seen| !seen.results.is_empty()).await.unwrap();
    let result = &seen.results[0];
    assert_eq!(result["messageKey"], "add_users_plus", "{result}");
    assert_eq!(result.pointer("/result/success_users/0/userid"), Some(&json!("1001")), "{result}");
    assert_eq!(result.pointer("/result/failed_users/0/userid"), Some(&json!("nobody")), "{result}");
    assert!(result.get("messageId").is_none(), "the command had none: {result}");
    platform.add_inline(&["1002"]).await.unwrap();
    platform.wait_for(LONG, |seen| seen.results.len() == 2).await.unwrap();
    assert_eq!(edge.own_people(), 2);

    edge.see(&cast.one.look);
    let of = |seen: &foreign_platform::Seen, id: &str| {
        seen.events.iter().filter(|event| event["identity_id"] == id).count()
    };
    platform.wait_for(LONG, |seen| of(seen, "1001") == 1).await.unwrap();
    // Refused twice, then taken: the box repeats it until it is.
    platform.refuse_records(2);
    edge.see(&cast.two.look);
    let seen = platform.wait_for(LONG, |seen| of(seen, "1002") == 1).await.unwrap();
    assert_eq!(seen.events.len(), 2, "{:?}", seen.events);

    platform.delete(&["1002"]).await.unwrap();
    platform.wait_for(LONG, |seen| seen.results.len() == 3).await.unwrap();
    platform.add_by_ids(&["1003"]).await.unwrap();
    platform.wait_for(LONG, |seen| seen.results.len() == 4).await.unwrap();
    assert_eq!(edge.own_people(), 2);
    platform.wipe(true, true).await.unwrap();
    let seen = platform.wait_for(LONG, |seen| seen.results.len() == 5).await.unwrap();
    assert_eq!(edge.own_people(), 0);
    println!("refused: {:?}", seen.refused);
    let unread: Vec<_> = seen
        .refused
        .iter()
        .filter(|reason| reason.contains("missing") || reason.contains("is not"))
        .collect();
    assert!(unread.is_empty(), "{unread:?}");
    platform.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_box_works_with_our_platform() {
    let (world, cast) = (World::start().await, Cast::gather());
    let dev_sno = world.register(json!({})).await;
    let foreign = ForeignBox::start(foreign_box::Options {
        login_url: format!("{}/device/login", world.api.base),
        dev_sno: dev_sno.clone(),
    })
    .unwrap();
    foreign.wait_for(LONG, |seen| seen.listening).await.unwrap();
    // As a box does it, again and again: one is old after a few seconds.
    let online = async || {
        foreign.heartbeat().await.unwrap().expect("the platform wants heartbeats");
        let shown = world.api.get(&format!("/api/v1/boxes/{dev_sno}")).await;
        (shown["online"] == true).then_some(())
    };
    world.wait("the box to be online", online).await;

    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&dev_sno, "1001").await;
    let held = foreign.seen().people;
    assert_eq!(held["1001"].photo_bytes, cast.one.photo.bytes.len());

    foreign.refuse("1002", "40006");
    world.enrol("1002", "Wang Wu", &["0"], &cast.two.photo).await;
    let refused = world
        .wait("the refusal to be shown", async || {
            let row = world.held(&dev_sno, "1002").await?;
            (row["state"] == "failed").then_some(row)
        })
        .await;
    assert_eq!(refused["code"], "40006", "{refused}");

    let passage = Passage {
        identity_id: "1001".to_owned(),
        name: "Zhang San".to_owned(),
        person_type: 1,
        score: 0.93,
        at: Some(1_790_000_000_000),
        photo: cast.one.look.bytes.clone(),
    };
    for _ in 0..2 {
        for answer in foreign.report(&passage).await.unwrap() {
            assert_eq!(answer.status, 200, "{answer:?}");
        }
    }
    let events = world.events().await;
    assert_eq!(events.len(), 1, "the repeat is merged: {events:?}");
    assert_eq!(events[0]["repeats"], 1, "{events:?}");
    assert_eq!(events[0]["dev_sno"], dev_sno);

    world.api.delete("/api/v1/people/1001").await;
    world.gone(&dev_sno, "1001").await;
    let seen = foreign.seen();
    assert!(seen.people.is_empty(), "{:?}", seen.people);
    assert!(seen.troubles.is_empty(), "{:?}", seen.troubles);
    foreign.stop().await;
}
