//! One face from what was seen of it to its verdict and the record of it. Blocking; changes nothing but the thresholds.

use std::sync::Arc;

use protocol::{DeviceType, FaceQuality, FiqaLevel, PersonType};
use serde_json::{Map, Value, json};
use vision::{Decision, Engine, Hit, Thresholds, decide};

use super::habits::Habits;
use super::look::{Look, Scene, look, spot};
use super::recent::Sighting;
use super::thresholds::Keeper;
use super::{Label, SeenFace, Sights};
use crate::camera::{Card, Image};
use crate::decision::{
    Attributes, Band, Candidate, Facts, Flag, Judgement, Limits, Liveness, Person, Quality, Record, STRANGER,
    Times, Trace, Validity, info, judge, short,
};
use crate::door;
use crate::people::{Groups, People, PersonCard};
use crate::store::people::DEFAULT_LIBRARY;

/// People named in a trace.
const CANDIDATES: usize = 5;

/// What a verdict is made with.
pub(super) struct Judge {
    pub(super) engine: Arc<Engine>,
    pub(super) people: Arc<People>,
    pub(super) thresholds: Keeper,
    pub(super) habits: Habits,
}

/// Where a picture came from.
#[derive(Clone)]
pub(super) struct Shot {
    /// A number of its own.
    pub(super) number: u64,
    pub(super) camera: Arc<Card>,
    pub(super) taken_at: i64,
    pub(super) source: String,
    /// What a capture machine measured itself.
    pub(super) grab: Map<String, Value>,
    pub(super) times: Times,
    /// Quality asked of faces where the camera asks for none of its own.
    pub(super) level: FiqaLevel,
}

/// A face with its verdict, on its way to become an event.
pub(super) struct Case {
    pub(super) record: Record,
    pub(super) sighting: Sighting,
    pub(super) spot: Option<Vec<u8>>,
}

impl Judge {
    /// Looks at a picture and judges every face in it, largest first; `sights` shows it to those who watch. The error says why it
    /// is no picture.
    pub(super) fn cases(
        &self,
        image: Image,
        mut shot: Shot,
        sights: Option<&Sights>,
    ) -> Result<Vec<Case>, String> {
        let begun = std::time::Instant::now();
        let level = shot.camera.quality.unwrap_or(shot.level);
        let scene = look(&self.engine, image, level, &self.habits.of(&shot.camera.name))?;
        shot.times.looked = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let cases = scene.faces.iter().zip(0..).map(|(face, place)| {
            let mut case = self.case(&scene, face, &shot);
            // Receivers know a capture by camera, person and millisecond: strangers of one picture differ in the last.
            case.record.taken_at += place;
            case
        });
        let mut cases: Vec<Case> = cases.collect();
        if let Some(sights) = sights {
            sights.show(&shot.camera.name, shot.taken_at, &scene.picture, || {
                cases.iter().map(|case| seen(&case.record)).collect()
            });
        }
        // A capture machine speaks of one face: the one it took the picture of.
        if let Some(first) = cases.first_mut() {
            first.record.grab_fiqa_info = shot.grab;
        }
        Ok(cases)
    }

    /// Judges one face of a scene.
    pub(super) fn case(&self, scene: &Scene, look: &Look, shot: &Shot) -> Case {
        let thresholds = self.thresholds.now(&self.people);
        let hits = look.template.as_ref().map_or_else(Vec::new, |face| self.people.search(face, CANDIDATES));
        let decision = decide(&hits, &thresholds);
        let card = match decision {
            Decision::Named { key, .. } => self.people.get(key),
            _ => None,
        };
        let known = self.people.groups();
        let person = card.as_deref().map(|card| person(card, known));
        let judgement = judge(&Facts {
            poor: if look.quality.fiqa_result { &[] } else { &look.quality.fails },
            too_poor: look.template.is_none(),
            decision: &decision,
            thresholds: &thresholds,
            person: person.as_ref(),
            groups: &known.resolve(&shot.camera.groups),
            now: shot.taken_at,
        });
        let named = card.filter(|_| judgement.named);
        let trace = self.trace(scene, look, shot, &thresholds, (&hits, &decision), &judgement);
        let sighting = Sighting {
            capture: shot.number,
            camera: shot.camera.name.clone(),
            at: shot.taken_at,
            interval: shot.camera.duplicate_interval,
            identity: named.as_ref().map(|card| card.identity_id.to_string()),
            verdict: judgement.verdict,
            template: look.template.clone(),
        };
        let record = self.record(shot, named.as_deref(), look, &hits, judgement, trace);
        Case { record, sighting, spot: spot(&scene.picture, &look.face) }
    }

    fn record(
        &self,
        shot: &Shot,
        named: Option<&PersonCard>,
        look: &Look,
        hits: &[Hit],
        judgement: Judgement,
        trace: Trace,
    ) -> Record {
        let camera = &shot.camera;
        let is_capture_machine = camera.device_type == DeviceType::CaptureMachine;
        Record {
            taken_at: shot.taken_at,
            camera: camera.name.clone(),
            address: camera.address.clone(),
            device_type: camera.device_type.as_str().to_owned(),
            identity_id: named.map(|card| card.identity_id.to_string()).unwrap_or_default(),
            identity_name: named.map_or_else(|| STRANGER.to_owned(), |card| card.name.clone()),
            group_name: named.map_or_else(|| DEFAULT_LIBRARY.to_owned(), |card| self.library(card)),
            person_type: named.map_or(PersonType::Stranger, |card| card.kind).number(),
            score: hits.first().map_or(0.0, |hit| short(self.engine.score(hit.cosine))),
            box_fiqa_info: if is_capture_machine { fiqa(look) } else { Map::new() },
            grab_fiqa_info: Map::new(),
            verdict: judgement.verdict,
            door: door::Outcome::untouched("none", &judgement.reason),
            reason: judgement.reason,
            trace,
        }
    }

    fn trace(
        &self,
        scene: &Scene,
        look: &Look,
        shot: &Shot,
        thresholds: &Thresholds,
        (hits, decision): (&[Hit], &Decision),
        judgement: &Judgement,
    ) -> Trace {
        let candidate = |hit: &Hit| {
            let identity_id = self.people.get(hit.key)?.identity_id.to_string();
            let band = band(hit.cosine, thresholds);
            Some(Candidate { identity_id, cosine: short(hit.cosine), score: self.score(hit.cosine), band })
        };
        Trace {
            source: shot.source.clone(),
            pack: self.engine.pack_id().to_owned(),
            picture: [scene.picture.width(), scene.picture.height()],
            faces: scene.found,
            bbox: look.face.with_margin(0.0),
            detection: short(look.face.score),
            quality: Quality {
                level: shot.camera.quality.unwrap_or(shot.level).as_str().to_owned(),
                fails: look.quality.fails.clone(),
                info: info(&look.quality.info),
                score: short(look.quality.score),
            },
            attributes: look.attributes.map(|a| Attributes { age: short(a.age), male: short(a.male) }),
            liveness: look.liveness.map(|l| Liveness { score: short(l.score), checked: l.checked }),
            thresholds: Limits {
                enrolled: thresholds.enrolled,
                door: short(thresholds.door),
                door_score: self.score(thresholds.door),
                name: short(thresholds.name),
                name_score: self.score(thresholds.name),
                possible: short(thresholds.possible),
                possible_score: self.score(thresholds.possible),
                door_rate: thresholds.door_rate,
                name_rate: thresholds.name_rate,
            },
            candidates: hits.iter().filter_map(candidate).collect(),
            flag: self.flag(decision),
            gate: judgement.gate,
            steps: judgement.steps.clone(),
            ms: shot.times,
        }
    }

    /// Somebody on the black list is told even where nothing else follows from it.
    fn flag(&self, decision: &Decision) -> Option<Flag> {
        let black = |key| self.people.get(key).is_some_and(|card| card.kind == PersonType::Blacklist);
        match *decision {
            Decision::Named { key, .. } if black(key) => Some(Flag::Blacklist),
            Decision::Named { ambiguous_with: Some(rival), .. } => {
                black(rival).then_some(Flag::PossibleBlacklist)
            }
            Decision::Possible(ref list) => {
                list.iter().any(|hit| black(hit.key)).then_some(Flag::PossibleBlacklist)
            }
            _ => None,
        }
    }

    fn library(&self, card: &PersonCard) -> String {
        let key = self.people.find(&card.identity_id).map(|(key, _)| key);
        key.map_or_else(|| DEFAULT_LIBRARY.to_owned(), |key| self.people.groups().library(key))
    }

    fn score(&self, cosine: f32) -> f64 {
        short(self.engine.score(cosine))
    }
}

/// A face as those who watch see it.
fn seen(record: &Record) -> SeenFace {
    SeenFace::new(record.trace.bbox, record.trace.picture, Some(Label::of(record)))
}

/// What a cosine is enough for.
fn band(cosine: f32, thresholds: &Thresholds) -> Band {
    match cosine {
        _ if cosine >= thresholds.door => Band::Door,
        _ if cosine >= thresholds.name => Band::Name,
        _ if cosine >= thresholds.possible => Band::Possible,
        _ => Band::None,
    }
}

/// What the verdict needs of a person; validity dates travel among the further facts.
fn person(card: &PersonCard, known: &Groups) -> Person {
    let groups = known.resolve(&card.permission_ids);
    Person { kind: card.kind, groups, validity: Validity::of(&card.info) }
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
