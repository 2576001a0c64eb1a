//! The judges: as many as there are cores, each takes the next capture, looks at it on a blocking thread and settles it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use protocol::{DeviceType, FaceQuality, FiqaLevel, Millis, PersonType};
use runtime::Lifecycle;
use serde::Serialize;
use serde_json::{Map, Value, json};
use vision::{Decision, Engine, Hit, Thresholds, decide};

use super::look::{Look, Scene, look, spot};
use super::recent::{Recent, Sighting};
use super::thresholds::Keeper;
use super::trace::{self, Candidate, Limits, Quality, Times, Trace, short};
use super::{Attributes, Facts, Judgement, Person, Record, STRANGER, Verdict, judge};
use crate::camera::{Capture, Card, Intake, Receipt};
use crate::people::{People, PersonCard};
use crate::stations::InForce;
use crate::store::event_log::EventLog;
use crate::{clock, config, door};

/// People named in a trace.
const CANDIDATES: usize = 5;
/// The library everybody is in.
const LIBRARY: &str = "default_group";
/// More judges than this only take memory: each holds a decoded picture.
const MOST_JUDGES: usize = 4;

/// What recognition has done since the start.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counters {
    /// Captures looked at.
    pub captures: u64,
    /// Captures that were no pictures.
    pub unreadable: u64,
    /// Faces judged.
    pub faces: u64,
    /// Faces that made no event because the same person had just made one.
    pub repeated: u64,
    /// Events by verdict.
    pub let_in: u64,
    /// Events by verdict.
    pub refused: u64,
    /// Events by verdict.
    pub possible: u64,
    /// Events by verdict.
    pub strangers: u64,
    /// Events that could not be stored.
    pub lost: u64,
    /// Captures waiting.
    pub waiting: usize,
    /// Milliseconds from the last capture to its verdict.
    pub last_ms: u64,
}

/// The judges and what they share (cheap to clone).
#[derive(Clone)]
pub struct Recognition {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Arc<Engine>,
    people: Arc<People>,
    events: EventLog,
    doors: HashMap<String, Result<Arc<dyn door::Driver>, String>>,
    level: FiqaLevel,
    thresholds: Keeper,
    recent: Mutex<Recent>,
    intake: Arc<Intake>,
    tally: Tally,
}

#[derive(Default)]
struct Tally {
    captures: AtomicU64,
    unreadable: AtomicU64,
    faces: AtomicU64,
    repeated: AtomicU64,
    let_in: AtomicU64,
    refused: AtomicU64,
    possible: AtomicU64,
    strangers: AtomicU64,
    lost: AtomicU64,
    last_ms: AtomicU64,
}

/// One face on its way from the verdict to the event.
struct Case {
    record: Record,
    sighting: Sighting,
    spot: Option<Vec<u8>>,
}

impl Recognition {
    /// Opens the doors and starts the judges; they stop with `life`.
    pub fn start(
        life: &Lifecycle,
        settings: &config::Config,
        engine: Arc<Engine>,
        people: Arc<People>,
        events: EventLog,
        intake: Arc<Intake>,
    ) -> Self {
        let doors = settings.camera.iter().filter_map(|camera| {
            let driver = door::driver(camera.door.as_ref()?);
            if let Err(reason) = &driver {
                tracing::error!(camera = %camera.name, %reason, "the door cannot be opened");
            }
            Some((camera.name.clone(), driver))
        });
        let thresholds = Keeper::new(*engine.rule(), &settings.recognition);
        #[expect(clippy::cast_possible_truncation, reason = "saturates; the configuration is checked")]
        let interval = (settings.recognition.duplicate_interval * 1000.0) as i64;
        let inner = Inner {
            doors: doors.collect(),
            level: level(&settings.recognition.quality),
            recent: Mutex::new(Recent::new(interval, thresholds.same_face())),
            thresholds,
            engine,
            people,
            events,
            intake: intake.clone(),
            tally: Tally::default(),
        };
        let recognition = Self { inner: Arc::new(inner) };
        let judges = std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_JUDGES));
        for n in 0..judges {
            let inner = recognition.inner.clone();
            life.spawn(format!("judge {n}"), async move { inner.work().await });
        }
        let stopping = life.stopping();
        life.spawn("intake", async move {
            stopping.cancelled().await;
            intake.close();
        });
        recognition
    }

    /// What was done since the start.
    pub fn counters(&self) -> Counters {
        let tally = &self.inner.tally;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counters {
            captures: read(&tally.captures),
            unreadable: read(&tally.unreadable),
            faces: read(&tally.faces),
            repeated: read(&tally.repeated),
            let_in: read(&tally.let_in),
            refused: read(&tally.refused),
            possible: read(&tally.possible),
            strangers: read(&tally.strangers),
            lost: read(&tally.lost),
            waiting: self.inner.intake.waiting(),
            last_ms: read(&tally.last_ms),
        }
    }

    /// The thresholds last used; `None` before the first face.
    pub fn thresholds(&self) -> Option<InForce> {
        let now = self.inner.thresholds.last()?;
        Some(InForce {
            enrolled: now.enrolled,
            door: now.door,
            door_score: self.inner.engine.score(now.door),
            name: now.name,
            name_score: self.inner.engine.score(now.name),
            door_rate: now.door_rate,
            name_rate: now.name_rate,
            warning: now.warning.clone(),
        })
    }
}

impl Inner {
    async fn work(self: Arc<Self>) {
        while let Some(mut capture) = self.intake.next().await {
            let receipt = self.clone().settle(&mut capture).await;
            capture.settle(receipt);
        }
    }

    /// Looks at one capture and carries out what follows from it.
    async fn settle(self: Arc<Self>, capture: &mut Capture) -> Receipt {
        self.tally.captures.fetch_add(1, Ordering::Relaxed);
        let image = std::mem::replace(&mut capture.image, crate::camera::Image::Encoded(Vec::new()));
        let (card, taken_at, source) = (capture.camera.clone(), capture.taken_at, capture.source.clone());
        let this = self.clone();
        let waited = since(taken_at);
        let judged = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            let scene = look(&this.engine, image, this.level)?;
            let times = Times { waited, looked: millis(begun), total: 0 };
            Ok::<_, String>(
                scene
                    .faces
                    .iter()
                    .map(|face| this.case(&scene, face, &card, taken_at, &source, times))
                    .collect::<Vec<_>>(),
            )
        });
        let cases = match judged.await {
            Ok(Ok(cases)) => cases,
            Ok(Err(reason)) => {
                self.tally.unreadable.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(camera = %capture.camera.name, source = %capture.source, %reason, "capture cannot be judged");
                return Receipt::Unreadable(reason);
            }
            Err(_) => {
                self.tally.unreadable.fetch_add(1, Ordering::Relaxed);
                tracing::error!(camera = %capture.camera.name, source = %capture.source, "judging broke down");
                return Receipt::Unreadable("judging it broke down".into());
            }
        };
        for case in cases {
            self.carry_out(case).await;
        }
        self.tally.last_ms.store(since(taken_at), Ordering::Relaxed);
        Receipt::Judged
    }

    /// The verdict on one face and everything that belongs to it.
    fn case(
        &self,
        scene: &Scene,
        look: &Look,
        camera: &Card,
        taken_at: i64,
        source: &str,
        times: Times,
    ) -> Case {
        let thresholds = self.thresholds.now(&self.people);
        let hits = look.template.as_ref().map_or_else(Vec::new, |face| self.people.search(face, CANDIDATES));
        let decision = decide(&hits, &thresholds);
        let card = match decision {
            Decision::Named { key, .. } => self.people.get(key),
            _ => None,
        };
        let person = card.as_deref().map(person);
        let judgement = judge(&Facts {
            poor: if look.quality.fiqa_result { &[] } else { &look.quality.fails },
            too_poor: look.template.is_none(),
            decision: &decision,
            thresholds: &thresholds,
            person: person.as_ref(),
            groups: &camera.groups,
            now: taken_at,
        });
        let named = card.filter(|_| judgement.named);
        let best = hits.first().map_or(0.0, |hit| short(self.engine.score(hit.cosine)));
        let trace = self.trace(scene, look, source, &thresholds, &hits, &judgement, times);
        let sighting = Sighting {
            camera: camera.name.clone(),
            at: taken_at,
            identity: named.as_ref().map(|card| card.identity_id.to_string()),
            verdict: judgement.verdict,
            template: look.template.clone(),
        };
        let kind = named.as_ref().map_or(PersonType::Stranger, |card| card.kind);
        let record = Record {
            taken_at,
            camera: camera.name.clone(),
            address: camera.address.clone(),
            device_type: camera.device_type.as_str().to_owned(),
            identity_id: named.as_ref().map(|card| card.identity_id.to_string()).unwrap_or_default(),
            identity_name: named.as_ref().map_or_else(|| STRANGER.to_owned(), |card| card.name.clone()),
            group_name: LIBRARY.to_owned(),
            person_type: kind.number(),
            score: best,
            box_fiqa_info: if camera.device_type == DeviceType::CaptureMachine {
                fiqa(look)
            } else {
                Map::new()
            },
            verdict: judgement.verdict,
            door: door::Outcome::untouched("none", &judgement.reason),
            reason: judgement.reason,
            trace,
        };
        Case { record, sighting, spot: spot(&scene.picture, &look.face) }
    }

    #[expect(clippy::too_many_arguments, reason = "a trace is made of everything there is")]
    fn trace(
        &self,
        scene: &Scene,
        look: &Look,
        source: &str,
        thresholds: &Thresholds,
        hits: &[Hit],
        judgement: &Judgement,
        times: Times,
    ) -> Trace {
        let score = |cosine: f32| short(self.engine.score(cosine));
        let candidate = |hit: &Hit| {
            let identity_id = self.people.get(hit.key)?.identity_id.to_string();
            Some(Candidate { identity_id, cosine: short(hit.cosine), score: score(hit.cosine) })
        };
        Trace {
            source: source.to_owned(),
            pack: self.engine.pack_id().to_owned(),
            picture: [scene.picture.width(), scene.picture.height()],
            faces: scene.found,
            bbox: look.face.with_margin(0.0),
            detection: short(look.face.score),
            quality: Quality {
                level: self.level.as_str().to_owned(),
                fails: look.quality.fails.clone(),
                info: trace::info(&look.quality.info),
                score: short(look.quality.score),
            },
            attributes: look.attributes.map(|a| Attributes { age: short(a.age), male: short(a.male) }),
            thresholds: Limits {
                enrolled: thresholds.enrolled,
                door: short(thresholds.door),
                door_score: score(thresholds.door),
                name: short(thresholds.name),
                name_score: score(thresholds.name),
                possible: short(thresholds.possible),
                door_rate: thresholds.door_rate,
                name_rate: thresholds.name_rate,
            },
            candidates: hits.iter().filter_map(candidate).collect(),
            gate: judgement.gate,
            ms: times,
        }
    }

    /// Makes the event, opens the door, and tells nobody before both are done.
    async fn carry_out(&self, case: Case) {
        self.tally.faces.fetch_add(1, Ordering::Relaxed);
        if !self.recent.lock().unwrap_or_else(PoisonError::into_inner).admit(case.sighting) {
            self.tally.repeated.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let Case { mut record, spot, .. } = case;
        record.trace.ms.total = since(record.taken_at);
        self.count(record.verdict);
        let stored = match (record.verdict, self.doors.get(&record.camera)) {
            (Verdict::LetIn, Some(Ok(driver))) => self.open(&**driver, &mut record, spot).await,
            (Verdict::LetIn, Some(Err(reason))) => {
                record.door = door::Outcome::untouched("none", reason);
                self.events.add(&record, spot).await
            }
            (Verdict::LetIn, None) => {
                record.door = door::Outcome::untouched("none", "this camera has no door");
                self.events.add(&record, spot).await
            }
            _ => self.events.add(&record, spot).await,
        };
        if let Err(error) = stored {
            self.tally.lost.fetch_add(1, Ordering::Relaxed);
            tracing::error!(camera = %record.camera, %error, "an event could not be stored");
        }
        tracing::info!(
            camera = %record.camera,
            identity_id = %record.identity_id,
            verdict = ?record.verdict,
            reason = %record.reason,
            door = %record.door.result,
            ms = record.trace.ms.total,
            "face judged"
        );
    }

    /// The event is durable before the door moves; until the door has answered it is open and nobody reads it.
    async fn open(
        &self,
        driver: &dyn door::Driver,
        record: &mut Record,
        spot: Option<Vec<u8>>,
    ) -> Result<(), crate::store::StoreError> {
        record.door = door::Outcome::interrupted(driver.kind(), &record.reason);
        let begun = self.events.begin(record, spot.clone()).await;
        let order = door::Order {
            camera: record.camera.clone(),
            identity_id: record.identity_id.clone(),
            reason: record.reason.clone(),
        };
        // A full disk must not lock anybody out: the door moves whether the event could be stored or not.
        record.door = door::act(driver, &order).await;
        self.events.finish(begun?, record, spot).await
    }

    fn count(&self, verdict: Verdict) {
        let counter = match verdict {
            Verdict::LetIn => &self.tally.let_in,
            Verdict::Refused => &self.tally.refused,
            Verdict::Possible => &self.tally.possible,
            Verdict::Stranger => &self.tally.strangers,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the verdict needs of a person; validity dates travel among the further facts, in seconds or milliseconds.
fn person(card: &PersonCard) -> Person {
    let date = |names: &[&str]| {
        let value = names.iter().find_map(|name| card.info.get(*name))?;
        serde_json::from_value::<Millis>(value.clone()).ok().map(|Millis(at)| at).filter(|at| *at > 0)
    };
    Person {
        kind: card.kind,
        groups: card.permission_ids.clone(),
        valid_from: date(&["valid_from", "validFrom"]),
        valid_until: date(&["valid_until", "validUntil"]),
    }
}

/// The quality verdict in the shape events carry it.
fn fiqa(look: &Look) -> Map<String, Value> {
    let FaceQuality { fails, success, fiqa_result, info, .. } = &look.quality;
    let mut facts = Map::new();
    if let Some(attributes) = look.attributes {
        #[expect(clippy::cast_possible_truncation, reason = "whole years")]
        let years = attributes.age.round() as i64;
        facts.insert("age".into(), years.into());
        facts.insert("sex".into(), i32::from(attributes.male < 0.5).into());
    }
    facts.insert("info".into(), json!(info));
    facts.insert("fiqa_result".into(), json!(fiqa_result));
    facts.insert("success".into(), json!(success));
    facts.insert("fails".into(), json!(fails));
    facts
}

fn level(word: &str) -> FiqaLevel {
    serde_json::from_value(Value::String(word.to_owned())).unwrap_or_default()
}

fn since(at: i64) -> u64 {
    u64::try_from(clock::now() - at).unwrap_or(0)
}

fn millis(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}
