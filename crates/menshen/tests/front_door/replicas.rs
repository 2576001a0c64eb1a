//! Two platforms behind a load balancer: what comes to either is seen at both, and when one is killed in the middle of its work the
//! other goes on with all of it.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sim::ForeignBox;
use sim::foreign_box::{Options, Passage};

use crate::world::{Cast, LONG, Pair, Picture, Shown, Viewer, World};

/// People who are added while one platform is killed.
const PEOPLE: usize = 8;
/// Events and commands that are acknowledged before the kill, and as many after it.
const SHARE: usize = 30;
/// The other goes on within this time, also on a busy machine.
const TAKEN_OVER: Duration = Duration::from_secs(30);
const FIRST_EVENT: i64 = 1_790_000_000_000;
/// Rows of an import in the middle of which one platform is killed.
const ROWS: usize = 6_000;

#[tokio::test(flavor = "multi_thread")]
async fn two_platforms_share_the_work_and_one_goes_on_with_it_when_the_other_is_killed() {
    let (pair, cast) = (Pair::start().await, Cast::gather());
    let world = &pair.world;
    let viewers = pair.viewers().await;
    let edge = world.add_box(json!({})).await;
    let busy = Busy::start(world).await;
    world.enrol("1001", "Zhang San", &["0"], &cast.one.photo).await;
    world.proved(&edge.dev_sno, "1001").await;
    edge.see(&cast.one.look);
    world.wait("an event of the box", async || (!world.events().await.is_empty()).then_some(())).await;
    for viewer in &viewers {
        everything_was_shown(world, || viewer.shown()).await;
    }

    let killing = async {
        busy.acknowledged(SHARE).await;
        world.platform.kill();
        let began = Instant::now();
        let before = busy.counts();
        busy.acknowledged(before.0.max(before.1) + SHARE).await;
        let took = began.elapsed();
        println!("events and commands were taken again {took:?} after the kill");
        assert!(took < TAKEN_OVER, "{took:?}");
        busy.is_over.store(true, Ordering::Relaxed);
    };
    let people = enrol_all(world, cast.two.photo.shrunk(480));
    tokio::join!(killing, people, busy.reports(), busy.orders());
    edge.see(&cast.one.look);
    busy.lost_and_doubled_nothing().await;
    for number in 0..PEOPLE {
        world.proved(&edge.dev_sno, &name(number)).await;
    }
    assert_eq!(edge.own_people(), i64::try_from(PEOPLE + 1).unwrap());
    let [gone, other] = viewers;
    everything_was_shown(world, || other.shown()).await;
    // Whoever watched at the one that is gone goes on where it was.
    let seen = gone.shown();
    let again = Viewer::after(&world.api.base, &world.api.token, seen.last().unwrap().number).await;
    everything_was_shown(world, || [seen.clone(), again.shown()].concat()).await;
    // The one that was killed is one of two again.
    assert!(pair.other.is_as_wanted(), "the other has ended by itself");
    world.platform.start_again();
    pair.until_both_answer().await;
    let given = pair.balancer.given();
    println!("connections given to each: {given:?}");
    assert!(given.iter().all(|given| *given > 10), "{given:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_at_the_other_when_its_platform_is_lost_with_its_folder() {
    let pair = Pair::start().await;
    let world = &pair.world;
    let line = |row: usize| format!("i{row:04},Zhang San\n");
    let list = format!("identity_id,name\n{}", (0..ROWS).map(line).collect::<String>()).into_bytes();
    let imports = "/api/v1/people/imports";
    let (status, begun) = pair.straight().send("POST", imports, "text/csv", list).await;
    assert_eq!(status, 201, "{begun}");
    let import = format!("{imports}/{}", begun["id"].as_str().unwrap());
    let so_far = async || world.api.get(&import).await["done"].as_u64().unwrap();
    world.wait("the first rows", async || (so_far().await > 0).then_some(())).await;

    world.platform.kill();
    std::fs::remove_dir_all(world.data()).unwrap();
    let (killed, before) = (
        Instant::now(),
        insist(async || {
            let (status, said) = world.api.call("GET", &import, None).await;
            (status == 200).then(|| said["done"].as_u64().unwrap()).ok_or((status, said))
        })
        .await,
    );
    assert!(before < ROWS as u64, "it was over too soon");
    world.wait("the other to take it over", async || (so_far().await > before).then_some(())).await;
    println!("an import was gone on with {:?} after the kill, from row {before} on", killed.elapsed());
    let done = world
        .wait("the import to be done", async || {
            let import = world.api.get(&import).await;
            import["finished_at"].is_i64().then_some(import)
        })
        .await;
    assert_eq!(
        (&done["state"], &done["done"], &done["failed"]),
        (&json!("done"), &json!(ROWS), &json!(0)),
        "{done}"
    );
    assert_eq!(world.api.get("/api/v1/stats").await["people"], ROWS);
    let copies = world.data().with_file_name("blobs").join("import");
    // They go when the import is done.
    let are_gone = async || (std::fs::read_dir(&copies).unwrap().count() == 0).then_some(());
    world.wait("the copies to be removed", are_gone).await;
    world.platform.start_again();
    pair.until_both_answer().await;
}

fn name(number: usize) -> String {
    format!("p{number:02}")
}

/// Adds everybody, each until it was acknowledged.
async fn enrol_all(world: &World, photo: Picture) {
    for number in 0..PEOPLE {
        let id = name(number);
        let person = json!({"identity_id": id, "name": id, "groups": ["0"]});
        insist(async || {
            let (status, said) = world.api.call("POST", "/api/v1/people", Some(&person)).await;
            // Added already: the answer was lost with the platform that gave it.
            (status == 201 || status == 409).then_some(()).ok_or((status, said))
        })
        .await;
        let photo = photo.numbered(number);
        insist(async || {
            let (status, said) = world.api.put_photo(&id, &photo).await;
            (status == 200).then_some(()).ok_or((status, said))
        })
        .await;
    }
}

/// Asks until it is done. Only somebody who is away (0) or busy (502 and beyond) is asked again.
async fn insist<T>(mut ask: impl AsyncFnMut() -> Result<T, (u16, Value)>) -> T {
    loop {
        match ask().await {
            Ok(done) => return done,
            Err((status, said)) => assert!(status == 0 || status > 500, "{status}: {said}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until all events there are were shown; each once, in the order of their numbers.
async fn everything_was_shown(world: &World, shown: impl Fn() -> Vec<Shown>) {
    let id = |event: &Value| event["id"].as_str().unwrap().to_owned();
    world
        .wait("everything to be shown", async || {
            let there: BTreeSet<String> = world.events().await.iter().map(id).collect();
            let shown: BTreeSet<String> = shown().iter().map(|one| id(&one.event)).collect();
            (there == shown).then_some(())
        })
        .await;
    let shown = shown();
    assert!(shown.is_sorted_by(|one, next| one.number < next.number), "{shown:?}");
    let ids: BTreeSet<String> = shown.iter().map(|one| id(&one.event)).collect();
    assert_eq!(ids.len(), shown.len(), "some were shown twice");
}

/// A box that reports and is told commands without a pause, and what was acknowledged of either.
struct Busy<'a> {
    world: &'a World,
    dev_sno: String,
    foreign: ForeignBox,
    events: Mutex<BTreeSet<i64>>,
    commands: Mutex<BTreeSet<String>>,
    is_over: AtomicBool,
}

impl<'a> Busy<'a> {
    async fn start(world: &'a World) -> Self {
        let dev_sno = world.register(json!({})).await;
        let login_url = format!("{}/device/login", world.api.base);
        let foreign = ForeignBox::start(Options { login_url, dev_sno: dev_sno.clone() }).unwrap();
        foreign.wait_for(LONG, |seen| seen.listening).await.unwrap();
        let (events, commands, is_over) = (Mutex::default(), Mutex::default(), AtomicBool::new(false));
        Self { world, dev_sno, foreign, events, commands, is_over }
    }

    /// How many events and commands were acknowledged.
    fn counts(&self) -> (usize, usize) {
        (self.events.lock().unwrap().len(), self.commands.lock().unwrap().len())
    }

    /// Waits until so many events and as many commands were acknowledged.
    async fn acknowledged(&self, share: usize) {
        let enough = async || {
            let (events, commands) = self.counts();
            (events >= share && commands >= share).then_some(())
        };
        self.world.wait(&format!("{share} events and commands to be acknowledged"), enough).await;
    }

    /// Reports one passage after the other, each until it was acknowledged.
    async fn reports(&self) {
        let mut at = FIRST_EVENT;
        while !self.is_over.load(Ordering::Relaxed) {
            at += 1;
            let (identity_id, name) = ("1002".to_owned(), "Wang Wu".to_owned());
            let passage =
                Passage { identity_id, name, person_type: 1, score: 0.9, at: Some(at), photo: Vec::new() };
            insist(async || match self.foreign.report(&passage).await {
                Ok(answers) if answers.iter().all(|answer| answer.status == 200) => Ok(()),
                Ok(answers) => Err((answers[0].status, answers[0].json())),
                Err(away) => Err((0, json!(away.to_string()))),
            })
            .await;
            self.events.lock().unwrap().insert(at);
        }
    }

    /// Orders one command after the other. What became of one whose answer was lost is not known.
    async fn orders(&self) {
        let path = format!("/api/v1/boxes/{}/commands", self.dev_sno);
        let wipe = json!({"method": "wipe_data", "users": false, "events": true});
        while !self.is_over.load(Ordering::Relaxed) {
            let (status, said) = self.world.api.call("POST", &path, Some(&wipe)).await;
            match status {
                202 => drop(self.commands.lock().unwrap().insert(said["id"].as_str().unwrap().to_owned())),
                _ => assert!(status == 0 || status > 500, "{status}: {said}"),
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// All that was acknowledged is there once: events at the platform, commands at the box.
    async fn lost_and_doubled_nothing(&self) {
        let path = format!("/api/v1/commands?dev_sno={}&method=wipe_data", self.dev_sno);
        let ordered = self
            .world
            .wait("every command to be done", async || {
                let all = self.world.api.all(&path).await;
                all.iter().all(|command| command["state"] == "done").then_some(all)
            })
            .await;
        let ordered: BTreeSet<String> =
            ordered.iter().map(|command| command["id"].as_str().unwrap().to_owned()).collect();
        assert!(self.commands.lock().unwrap().is_subset(&ordered), "an acknowledged command is not there");
        let told = self.foreign.seen().commands;
        let told: Vec<&str> = told
            .iter()
            .filter(|command| command["method"] == "wipe_data")
            .map(|command| command["messageId"].as_str().unwrap())
            .collect();
        let once: BTreeSet<String> = told.iter().map(|&id| id.to_owned()).collect();
        println!("{} commands, {} of them told twice under the same id", once.len(), told.len() - once.len());
        assert_eq!(once, ordered);
        let events = self.world.events().await;
        let of_box = events.iter().filter(|event| event["dev_sno"] == self.dev_sno.as_str());
        let times: Vec<i64> = of_box.map(|event| event["taken_at"].as_i64().unwrap()).collect();
        let once: BTreeSet<i64> = times.iter().copied().collect();
        println!("{} events", times.len());
        assert_eq!(times.len(), once.len(), "some events are double");
        assert!(self.events.lock().unwrap().is_subset(&once), "an acknowledged event is not there");
    }
}
