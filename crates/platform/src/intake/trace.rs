//! What a box says of its own decision, in the words that are searched for: known words only, whatever was sent.

use serde_json::Value;

const VERDICTS: [&str; 4] = ["let_in", "refused", "possible", "stranger"];
const GATES: [&str; 6] = ["quality", "match", "standing", "group", "validity", "certainty"];

/// What was decided.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) verdict: Option<&'static str>,
    /// Which question kept the person out; none when nothing did.
    pub(super) gate: Option<&'static str>,
    pub(super) door: Option<&'static str>,
}

impl Decision {
    /// Reads `ext_data.menshen`.
    pub(super) fn of(told: &Value) -> Self {
        let verdict = known(&VERDICTS, told.get("verdict"));
        let gate = known(&GATES, told.pointer("/trace/gate")).filter(|_| verdict != Some("let_in"));
        Self { verdict, gate, door: told.get("door").and_then(door) }
    }
}

fn known(words: &[&'static str], told: Option<&Value>) -> Option<&'static str> {
    let told = told?.as_str()?;
    words.iter().copied().find(|word| *word == told)
}

/// What the door did: whatever was asked of it and failed is `failed`.
fn door(told: &Value) -> Option<&'static str> {
    let failed =
        told.get("result").and_then(Value::as_str).is_some_and(|result| result.starts_with("failed"));
    match told.get("action")?.as_str()? {
        "none" => Some("none"),
        "open" | "close" | "alarm" if failed => Some("failed"),
        "open" => Some("opened"),
        "close" => Some("closed"),
        "alarm" => Some("alarm"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_known_words_are_taken() {
        let of = |told: Value| {
            let Decision { verdict, gate, door } = Decision::of(&told);
            (verdict, gate, door)
        };
        let opened = json!({"verdict": "let_in", "trace": {"gate": "certainty"}, "door": {"action": "open", "result": "ok"}});
        assert_eq!(of(opened), (Some("let_in"), None, Some("opened")));
        let shut = json!({"verdict": "refused", "trace": {"gate": "group"}, "door": {"action": "none", "result": ""}});
        assert_eq!(of(shut), (Some("refused"), Some("group"), Some("none")));
        let stuck = json!({"verdict": "let_in", "door": {"action": "open", "result": "failed: no answer"}});
        assert_eq!(of(stuck), (Some("let_in"), None, Some("failed")));
        for odd in [json!(null), json!("let_in"), json!({"verdict": 1, "trace": [], "door": {"action": {}}})]
        {
            assert_eq!(of(odd), (None, None, None));
        }
        assert_eq!(of(json!({"verdict": "welcome", "door": {"action": "explode"}})), (None, None, None));
    }
}
