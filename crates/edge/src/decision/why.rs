//! "Why?" in sentences, made from the trace alone: what was seen, whom it resembles, what a name and a door need here, what
//! each gate said, and what the door did.

use super::{Gate, Record, Verdict};

/// Why this face was judged so, one sentence each, in the order in which it was found out.
pub fn why(record: &Record) -> Vec<String> {
    let mut sentences = vec![picture(record), quality(record)];
    sentences.extend(resemblance(record));
    sentences.push(limits(record));
    sentences.push(verdict(record));
    sentences.extend(others(record));
    sentences.push(door(record));
    sentences
}

fn picture(record: &Record) -> String {
    let trace = &record.trace;
    let [left, top, right, bottom] = trace.bbox;
    let faces = if trace.faces == 1 { "one face".to_owned() } else { format!("{} faces", trace.faces) };
    format!(
        "The picture of {} x {} pixels shows {faces}; this one is {} x {} pixels.",
        trace.picture[0],
        trace.picture[1],
        right - left,
        bottom - top
    )
}

fn quality(record: &Record) -> String {
    let quality = &record.trace.quality;
    if quality.fails.is_empty() {
        format!("It is good enough for quality level {}.", quality.level)
    } else {
        format!("It fails {} at quality level {}.", quality.fails.join(", "), quality.level)
    }
}

fn resemblance(record: &Record) -> Vec<String> {
    let Some(best) = record.trace.candidates.first() else { return Vec::new() };
    let mut sentences = vec![format!(
        "Of {} people it resembles person {} most: cosine {:.3}, score {:.2}.",
        record.trace.thresholds.enrolled, best.identity_id, best.cosine, best.score
    )];
    if let Some(next) = record.trace.candidates.get(1) {
        sentences.push(format!("Next comes person {} with {:.3}.", next.identity_id, next.cosine));
    }
    sentences
}

fn limits(record: &Record) -> String {
    let limits = &record.trace.thresholds;
    format!(
        "Among {} people a name needs {:.3} (then about {} of strangers get one) and a door {:.3} ({}).",
        limits.enrolled,
        limits.name,
        percent(limits.name_rate),
        limits.door,
        percent(limits.door_rate)
    )
}

fn verdict(record: &Record) -> String {
    let outcome = match record.verdict {
        Verdict::LetIn => "let in",
        Verdict::Refused => "refused",
        Verdict::Possible => "not named, but on the short list",
        Verdict::Stranger => "taken for a stranger",
    };
    format!("{}: {}.", capital(outcome), record.reason)
}

/// Gates behind the one that decided which would not have let the person pass either.
fn others(record: &Record) -> Vec<String> {
    let decided = record.trace.gate;
    let shut = record.trace.steps.iter().filter(|step| step.open == Some(false) && step.gate != decided);
    shut.map(|step| format!("Nor would {} have let it pass: {}.", gate(step.gate), step.found)).collect()
}

fn door(record: &Record) -> String {
    let door = &record.door;
    if door.driver == "none" {
        return "No door was moved.".to_owned();
    }
    format!("The door ({}): {} after {} ms.", door.driver, door.result, door.ms)
}

fn gate(gate: Gate) -> &'static str {
    match gate {
        Gate::Quality => "the quality",
        Gate::Match => "the resemblance",
        Gate::Standing => "the person's type",
        Gate::Group => "the permission groups",
        Gate::Validity => "the validity",
        Gate::Certainty => "the certainty",
    }
}

fn percent(rate: f64) -> String {
    format!("{:.2} %", rate * 100.0)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::{Band, Candidate, Step};
    use crate::testing::record;

    #[test]
    fn sentences_say_what_was_found_and_what_else_was_shut() {
        let mut refused = record(0, "7");
        refused.verdict = Verdict::Refused;
        refused.reason = "on the black list".into();
        refused.trace.gate = Gate::Standing;
        refused.trace.candidates =
            vec![Candidate { identity_id: "7".into(), cosine: 0.8, score: 0.99, band: Band::Door }];
        let step = |gate, open, found: &str| Step { gate, open, found: found.into() };
        refused.trace.steps = vec![
            step(Gate::Standing, Some(false), "on the black list"),
            step(Gate::Group, Some(true), "permission group 0 may pass here"),
            step(Gate::Validity, Some(false), "not valid any more"),
        ];
        let text = why(&refused).join(" ");
        for part in [
            "resembles person 7 most: cosine 0.800",
            "Refused: on the black list.",
            "Nor would the validity have let it pass: not valid any more.",
            "No door was moved.",
            "about 1.00 % of strangers",
        ] {
            assert!(text.contains(part), "{part:?} is missing in {text}");
        }
        assert!(!text.contains("permission group"), "{text}");
    }
}
