//! What the person in front of the pad could do better, from what was measured.

use serde::Serialize;
use utoipa::ToSchema;

use crate::decision::Trace;

/// Below this mean brightness (0 to 1) a face is dark rather than bright.
const MIDDLE: f64 = 0.5;

/// One piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Hint {
    /// `no_face`, `several_faces`, `too_far`, `hold_still`, `look_straight`, `not_whole`, `too_dark`, `too_bright`, or
    /// `again`.
    pub(super) code: &'static str,
    /// The same in words for people.
    pub(super) text: &'static str,
}

/// Nobody is in the picture.
pub(super) const NO_FACE: Hint = Hint { code: "no_face", text: "Step in front of the camera" };
/// More than one is.
pub(super) const SEVERAL: Hint = Hint { code: "several_faces", text: "One at a time, please" };
/// Nothing particular is wrong.
pub(super) const AGAIN: Hint = Hint { code: "again", text: "Look straight at the camera" };

/// What could be better about a face, in the order of the checks it failed.
pub(super) fn hints(trace: &Trace) -> Vec<Hint> {
    let brightness = trace.quality.info.get("brightness").and_then(serde_json::Value::as_f64);
    let mut hints = Vec::new();
    if trace.faces > 1 {
        hints.push(SEVERAL);
    }
    for check in &trace.quality.fails {
        let (code, text) = match check.as_str() {
            "face_size" => ("too_far", "Come closer"),
            "clarity" => ("hold_still", "Hold still"),
            "headpose" => ("look_straight", "Look straight at the camera"),
            "partial" | "occlusion" | "landmarks" => ("not_whole", "Show your whole face"),
            "brightness" if brightness.is_some_and(|mean| mean > MIDDLE) => ("too_bright", "Too much light"),
            "brightness" => ("too_dark", "Too little light"),
            _ => continue,
        };
        let hint = Hint { code, text };
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::hints;
    use crate::testing::record;

    #[test]
    fn every_check_that_failed_has_its_advice() {
        let mut trace = record(1, "stranger").trace;
        assert!(hints(&trace).is_empty());
        trace.faces = 2;
        let checks = ["face_size", "headpose", "occlusion", "clarity", "partial", "brightness", "new"];
        trace.quality.fails = checks.map(Into::into).to_vec();
        trace.quality.info = json!({"brightness": 0.95});
        let codes: Vec<_> = hints(&trace).iter().map(|hint| hint.code).collect();
        let wanted = ["several_faces", "too_far", "look_straight", "not_whole", "hold_still", "too_bright"];
        assert_eq!(codes, wanted);
        trace.quality.info = json!({"brightness": 0.01});
        assert_eq!(hints(&trace).last().unwrap().code, "too_dark");
    }
}
