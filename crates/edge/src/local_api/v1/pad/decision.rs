//! What a pad is told about one capture: the decision, what the door did, and what to show.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::hints::{AGAIN, Hint, NO_FACE, hints};
use crate::camera::Seen;
use crate::decision::{Gate, Record, Verdict};
use crate::{clock, door};

/// The answer to one capture. When there are several faces it speaks of the one let in, else of the largest.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Decision {
    /// `decision`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// The camera.
    pub(super) camera: String,
    /// On a stream: the capture's number, from 1 in the order in which they were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capture: Option<u64>,
    /// When the capture arrived, milliseconds UTC.
    pub(super) taken_at: i64,
    /// Faces in the picture.
    pub(super) faces: usize,
    /// `let_in`, `refused`, `possible`, `stranger` or `no_face`.
    pub(super) verdict: Value,
    /// The person, when there is a name; else null.
    pub(super) identity_id: Option<String>,
    /// The person's name.
    pub(super) name: Option<String>,
    /// 1 employee, 2 visitor, 3 blacklist, 4 stranger, 5 VIP; null without a face.
    pub(super) person_type: Option<i64>,
    /// Score of the best match, 0 to 1; null without a face.
    pub(super) score: Option<f64>,
    /// Why, for the people who run the box.
    pub(super) reason: String,
    /// The gate that decided: `quality`, `match`, `standing`, `group`, `validity` or `certainty`; null without a face.
    pub(super) gate: Value,
    /// Number of the stored event; null when there is none.
    pub(super) event: Option<i64>,
    /// Whether there is none because this person had just made one; the door is then not asked again.
    pub(super) repeated: bool,
    /// What the door did: driver, action, result, reason, ms; null without a face.
    #[schema(value_type = Option<Object>)]
    pub(super) door: Option<door::Outcome>,
    /// What to show.
    pub(super) screen: Screen,
    /// What the person could do better; empty when let in.
    pub(super) guidance: Vec<Hint>,
    /// The face in the picture: left, top, right, bottom in pixels; null without one.
    pub(super) face: Option<[i32; 4]>,
    /// The picture's width and height in pixels; null without a face.
    pub(super) picture: Option<[u32; 2]>,
    /// The registration photo as base64, when it was asked for and there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) photo: Option<String>,
}

/// What to show to the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Screen {
    /// What is shown, for pages with words of their own: `welcome`, `door_failed`, `not_here`, `ask`, `not_valid`, `again`,
    /// `unknown`, or `no_face`.
    pub(super) code: &'static str,
    /// A few words.
    pub(super) title: &'static str,
    /// One line more; may be empty.
    pub(super) text: String,
    /// `green`, `amber`, `red` or `neutral`.
    pub(super) colour: &'static str,
}

impl Decision {
    /// The decision on a capture with these faces.
    pub(super) fn of(camera: &str, seen: Vec<Seen>) -> Self {
        let chosen = seen.iter().position(|seen| seen.record.verdict == Verdict::LetIn).unwrap_or(0);
        match seen.into_iter().nth(chosen) {
            Some(seen) => Self::on(seen),
            None => Self::nobody(camera),
        }
    }

    fn on(Seen { record, event, repeated }: Seen) -> Self {
        let known = record.is_match();
        let guidance = if record.verdict == Verdict::LetIn { Vec::new() } else { hints(&record.trace) };
        Self {
            kind: "decision",
            capture: None,
            taken_at: record.taken_at,
            faces: record.trace.faces,
            verdict: value(record.verdict),
            identity_id: known.then(|| record.identity_id.clone()),
            name: known.then(|| record.identity_name.clone()),
            person_type: Some(record.person_type),
            score: Some(record.score),
            reason: record.reason.clone(),
            gate: value(record.trace.gate),
            event,
            repeated,
            screen: screen(&record, &guidance),
            guidance,
            face: Some(record.trace.bbox),
            picture: Some(record.trace.picture),
            photo: None,
            door: Some(record.door),
            camera: record.camera,
        }
    }

    fn nobody(camera: &str) -> Self {
        Self {
            kind: "decision",
            camera: camera.to_owned(),
            capture: None,
            taken_at: clock::now(),
            faces: 0,
            verdict: "no_face".into(),
            identity_id: None,
            name: None,
            person_type: None,
            score: None,
            reason: "there is no face in the picture".into(),
            gate: Value::Null,
            event: None,
            repeated: false,
            door: None,
            screen: Screen {
                code: "no_face",
                title: "Welcome",
                text: NO_FACE.text.into(),
                colour: "neutral",
            },
            guidance: vec![NO_FACE],
            face: None,
            picture: None,
            photo: None,
        }
    }
}

/// What the person is shown. A name is shown only to those who may know that it is theirs.
fn screen(record: &Record, guidance: &[Hint]) -> Screen {
    let name = || record.identity_name.clone();
    let advice = || guidance.first().map_or(AGAIN.text, |hint| hint.text).to_owned();
    let ask = || "Please ask at the reception".to_owned();
    let (code, title, text, colour) = match (record.verdict, record.trace.gate) {
        (Verdict::LetIn, _) if record.door.has_failed() => {
            ("door_failed", "The door did not open", ask(), "amber")
        }
        (Verdict::LetIn, _) => ("welcome", "Welcome", name(), "green"),
        (Verdict::Refused, Gate::Group) => ("not_here", "You may not pass here", name(), "red"),
        (Verdict::Refused, Gate::Validity) => ("not_valid", "Not valid today", name(), "red"),
        (Verdict::Refused, Gate::Standing) => ("ask", "You may not pass here", ask(), "red"),
        (Verdict::Refused, _) | (Verdict::Possible, _) => ("again", "Once more, please", advice(), "amber"),
        (Verdict::Stranger, _) if !guidance.is_empty() => ("again", "Once more, please", advice(), "amber"),
        (Verdict::Stranger, _) => ("unknown", "Not known here", ask(), "red"),
    };
    Screen { code, title, text, colour }
}

/// A word of ours as it is written.
fn value(word: impl Serialize) -> Value {
    serde_json::to_value(word).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::STRANGER;
    use crate::testing::record;

    fn seen(record: Record) -> Seen {
        Seen { record, event: Some(7), repeated: false }
    }

    #[test]
    fn whoever_is_let_in_is_named_however_large_the_others_are() {
        let decision = Decision::of("front", vec![seen(record(1, STRANGER)), seen(record(2, "Tom"))]);
        assert_eq!(
            (decision.verdict, decision.name.as_deref(), decision.event),
            ("let_in".into(), Some("Tom"), Some(7))
        );
        assert_eq!(
            decision.screen,
            Screen { code: "welcome", title: "Welcome", text: "Tom".into(), colour: "green" }
        );
    }

    #[test]
    fn nobody_is_named_who_should_not_be() {
        let mut refused = record(1, "Tom");
        (refused.verdict, refused.trace.gate) = (Verdict::Refused, Gate::Certainty);
        let shown = Decision::of("front", vec![seen(refused.clone())]).screen;
        assert_eq!((shown.title, shown.text.as_str()), ("Once more, please", AGAIN.text));
        refused.trace.gate = Gate::Standing;
        assert!(!Decision::of("front", vec![seen(refused.clone())]).screen.text.contains("Tom"));
        refused.trace.gate = Gate::Validity;
        assert_eq!(Decision::of("front", vec![seen(refused)]).screen.text, "Tom");
        let stranger = Decision::of("front", vec![seen(record(1, STRANGER))]);
        assert_eq!((stranger.name, stranger.person_type), (None, Some(4)));
        assert_eq!(stranger.screen.colour, "red");
        let nobody = Decision::of("front", Vec::new());
        assert_eq!((nobody.verdict, nobody.faces), ("no_face".into(), 0));
    }

    #[test]
    fn a_door_that_did_not_open_is_not_called_open() {
        let mut record = record(1, "Tom");
        record.door.result = "failed: no answer".into();
        assert_eq!(Decision::of("front", vec![seen(record)]).screen.title, "The door did not open");
    }
}
