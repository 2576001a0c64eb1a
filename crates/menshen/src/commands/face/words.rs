//! The answers of `menshen face` for people: aligned, with units, and the verdict in a sentence.

use std::fmt::Write;

use super::{Comparison, Inspected, InspectedFace, Verdict};

/// One photo and its faces.
pub(super) fn inspected(photo: &Inspected, level: &str) -> String {
    let mut out = String::new();
    let size = match (photo.width, photo.height) {
        (Some(width), Some(height)) => format!("  {width} x {height} pixels"),
        _ => String::new(),
    };
    let _ = writeln!(out, "{}{size}", photo.file.display());
    if let Some(error) = &photo.error {
        let _ = writeln!(out, "  {error}");
    }
    for (index, face) in photo.faces.iter().enumerate() {
        describe(&mut out, index + 1, face, level);
    }
    out
}

fn describe(out: &mut String, number: usize, face: &InspectedFace, level: &str) {
    let info = &face.quality.info;
    let [left, top, right, bottom] = face.bbox;
    let _ = writeln!(
        out,
        "  face {number} at {left:.0},{top:.0} to {right:.0},{bottom:.0}, detected with {:.2}",
        face.score
    );
    let mut line = |name: &str, value: String, check: Option<&str>| {
        let mark = match check {
            Some(check) if face.quality.fails.iter().any(|failed| failed == check) => "failed",
            Some(check) if face.quality.success.iter().any(|passed| passed == check) => "ok",
            _ => "",
        };
        let text = format!("    {name:<12} {value:<44} {mark}");
        let _ = writeln!(out, "{}", text.trim_end());
    };
    let pose = info.headpose;
    line("size", format!("{:.0} pixels", info.face_size), Some("face_size"));
    line(
        "turned",
        format!("yaw {:.0}, roll {:.0}, pitch about {:.0} degrees", pose.yaw, pose.roll, pose.pitch),
        Some("headpose"),
    );
    line("brightness", format!("{:.2} of 1", info.brightness), Some("brightness"));
    line("clarity", format!("{:.1}", info.clarity), Some("clarity"));
    line(
        "complete",
        (if info.partial { "no, cut off by the edge" } else { "yes" }).to_owned(),
        Some("partial"),
    );
    if let (Some(age), Some(male)) = (face.age, face.male) {
        let (word, sure) = if male >= 0.5 { ("man", male) } else { ("woman", 1.0 - male) };
        line("looks like", format!("{word} ({:.0} %), about {age:.0} years", sure * 100.0), None);
    }
    let verdict = if face.quality.fiqa_result { "good enough" } else { "not good enough" };
    let _ = writeln!(out, "    {verdict} for level {level}");
}

/// Two faces compared.
pub(super) fn compared(comparison: &Comparison) -> String {
    let chance = comparison.chance_of_different_people;
    let how_often = match chance {
        rare if rare < 1e-6 => {
            "less than one pair of different people in a million is this similar".to_owned()
        }
        some if some < 0.5 => {
            format!("about one pair of different people in {:.0} is this similar", 1.0 / some)
        }
        _ => "most pairs of different people are this similar".to_owned(),
    };
    let verdict = match comparison.verdict {
        Verdict::Same => "the same person",
        Verdict::Uncertain => "not certain: perhaps the same person",
        Verdict::Different => "different people",
    };
    let mut out = format!("{verdict}\n");
    let _ = writeln!(out, "  similarity  {:.3} of 1", comparison.similarity);
    let _ = writeln!(
        out,
        "  cosine      {:.3}, from {:.3} on two photos count as one person",
        comparison.cosine, comparison.verification_threshold
    );
    let _ = writeln!(out, "  chance      {how_often}");
    let _ = writeln!(out, "  pack        {}", comparison.pack);
    out
}
