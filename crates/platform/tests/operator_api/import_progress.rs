//! How far an import is, told while it runs: rows per second and the seconds that are left, and neither before nor afterwards.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Platform, User};

const IMPORTS: &str = "/api/v1/people/imports";
/// So many that it runs long enough to be looked at.
const ROWS: i64 = 6_000;

fn list() -> Vec<u8> {
    let mut list = "identity_id,name\n".to_owned();
    (0..ROWS).for_each(|n| list.push_str(&format!("{n},Name {n}\n")));
    list.into_bytes()
}

fn number(import: &Value, name: &str) -> i64 {
    import[name].as_i64().unwrap()
}

fn tells_nothing(import: &Value) {
    assert_eq!((&import["rate"], &import["eta_s"]), (&Value::Null, &Value::Null), "{import}");
}

/// Looks at an import until it is over, or `enough`; what was seen, and when.
async fn watched(admin: &User, id: &str, enough: impl Fn(&Value) -> bool) -> Vec<(Instant, Value)> {
    let (begun, mut seen) = (Instant::now(), Vec::new());
    loop {
        let import = admin.get(&format!("{IMPORTS}/{id}")).await.expect(200);
        let is_over = import["finished_at"].is_i64() || enough(&import);
        seen.push((Instant::now(), import));
        if is_over {
            return seen;
        }
        assert!(begun.elapsed() < Duration::from_secs(120), "{:?}", seen.last());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// What is told of a running import agrees with itself; answers the rate.
fn agrees(import: &Value) -> f64 {
    let (rate, eta) = (import["rate"].as_f64().unwrap(), number(import, "eta_s"));
    assert!(rate.is_finite() && rate > 0.0, "{import}");
    let finished = number(import, "done") + number(import, "failed");
    // The work began after the import was made.
    let at_least =
        finished as f64 * 1000.0 / (number(import, "updated_at") - number(import, "created_at")) as f64;
    assert!(rate >= at_least - 0.05, "{import}");
    let left = (number(import, "total") - finished) as f64;
    let expected = left / (rate + 0.05)..=left / (rate - 0.05) + 1.0;
    assert!(expected.contains(&(eta as f64)), "{expected:?}: {import}");
    rate
}

#[tokio::test]
async fn how_fast_an_import_is_and_how_long_it_takes_is_told_while_it_runs() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let photos = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    let begun = admin.post_bytes(&format!("{IMPORTS}?more=true"), photos).await.expect(201);
    let id = begun["id"].as_str().unwrap();
    tells_nothing(&begun);
    tells_nothing(&admin.post_bytes(&format!("{IMPORTS}/{id}/files"), list()).await.expect(200));

    let mut seen = watched(&admin, id, |_| false).await;
    let (ended, done) = seen.pop().unwrap();
    assert_eq!((&done["state"], &done["done"]), (&json!("done"), &json!(ROWS)), "{done}");
    tells_nothing(&done);
    let (running, others): (Vec<_>, Vec<_>) =
        seen.into_iter().partition(|(_, import)| import["state"] == "running" && number(import, "done") > 0);
    others.iter().for_each(|(_, import)| tells_nothing(import));
    assert!(running.len() >= 3, "it was too fast to be looked at: {running:?}");
    let told: Vec<i64> = running.iter().map(|(_, import)| number(import, "done")).collect();
    assert!(told.is_sorted() && told.first() < told.last(), "{told:?}");
    for (_, import) in &running {
        agrees(import);
    }
    // Half way, what was said of the rest came true, give or take what else this machine does.
    let (at, half) = running.iter().find(|(_, import)| number(import, "done") >= ROWS / 2).unwrap();
    let (said, took) = (number(half, "eta_s") as f64, (ended - *at).as_secs_f64());
    assert!(said <= 10.0 * took + 30.0 && took <= 10.0 * said + 30.0, "said {said} s, took {took} s");
    assert_eq!(admin.get(IMPORTS).await.expect(200)["items"][0], done);
}

#[tokio::test]
async fn an_import_taken_up_again_counts_from_then_on_and_a_cancelled_one_tells_nothing() {
    let platform = Platform::start().await;
    let admin = platform.admin().await;
    let begun = admin.post_bytes(IMPORTS, list()).await.expect(201);
    let id = begun["id"].as_str().unwrap();
    let seen = watched(&admin, id, |import| number(import, "done") >= ROWS / 10).await;
    assert_eq!(seen.last().unwrap().1["state"], "running");

    // As if it had been taken up a day ago: what was done until the stop is no part of the rate.
    platform.tamper("UPDATE person_import SET resumed_at = resumed_at - 86400000").await;
    let platform = platform.restart().await;
    // The session goes on: a new one would take its time, in which the import may come to its end.
    let admin = User { base: platform.base.clone(), ..admin };
    let first = admin.get(&format!("{IMPORTS}/{id}")).await.expect(200);
    let before = number(&first, "done");
    let seen = watched(&admin, id, |import| number(import, "done") >= before + ROWS / 10).await;
    let (_, again) = seen.last().unwrap();
    assert_eq!(again["state"], "running", "{again}");
    let (rate, eta) = (again["rate"].as_f64().unwrap(), number(again, "eta_s"));
    assert!(rate > 1.0 && (0..=ROWS).contains(&eta), "{again}");

    tells_nothing(&admin.post(&format!("{IMPORTS}/{id}/cancel"), Value::Null).await.expect(200));
    tells_nothing(&admin.get(&format!("{IMPORTS}/{id}")).await.expect(200));
}
