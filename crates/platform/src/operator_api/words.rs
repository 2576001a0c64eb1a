//! Drift in words: each names the observed fact behind it, and none claims more.

use crate::db::held::{Drift, Held, Reason, Spread};

/// Boxes named in one sentence about a person.
const NAMED: usize = 5;

/// A box: `4,211 of 4,213 proved; missing: 1 refused (40004 no face), 1 to be sent`.
pub(super) fn of_box(drift: &Drift, has_joined: bool, silent_since: Option<i64>) -> String {
    let mut text = format!("{} of {} proved", grouped(drift.proved), grouped(drift.wanted));
    if drift.wanted > drift.proved || drift.leaving > 0 {
        let reasons: Vec<String> = drift.reasons.iter().map(reason).collect();
        let what = if drift.wanted > drift.proved { "missing" } else { "still to be removed" };
        text.push_str(&format!("; {what}: {}", reasons.join(", ")));
    }
    if !has_joined {
        text.push_str("; the box has never logged in");
    } else if silent_since.is_some() && drift.pending + drift.sent > 0 {
        text.push_str("; the box leaves commands unanswered and gives no sign of life");
    }
    text
}

/// A person: `on 11 of 12 boxes; missing: Gate 3 (the box refused: no face)`. `rows` are some of the boxes, those first that have not
/// proved it.
pub(super) fn of_person(spread: &Spread, rows: &[Held]) -> String {
    let mut text = format!("on {} of {} boxes", grouped(spread.proved), grouped(spread.wanted));
    let missing = spread.wanted - spread.proved;
    for (what, leaving, boxes) in
        [("missing", false, missing), ("still to be removed from", true, spread.leaving)]
    {
        let open = rows.iter().filter(|row| row.desired_revision.is_none() == leaving).filter_map(|row| {
            let name = if row.box_name.is_empty() { row.dev_sno.as_str() } else { &row.box_name };
            of_row(row).map(|why| format!("{name} ({why})"))
        });
        let named: Vec<String> = open.take(NAMED).collect();
        if !named.is_empty() {
            let more = boxes - i64::try_from(named.len()).unwrap_or(i64::MAX);
            let more = if more > 0 { format!(" and {} more", grouped(more)) } else { String::new() };
            text.push_str(&format!("; {what}: {}{more}", named.join(", ")));
        }
    }
    text
}

/// Why one person is not on one box as they should be; `None` when they are.
pub(super) fn of_row(row: &Held) -> Option<String> {
    let said = said(row.code.as_deref().unwrap_or(""), row.message.as_deref().unwrap_or(""));
    let text = match row.state.as_str() {
        "applied" => return None,
        "failed" if row.desired_revision.is_some() => {
            format!("the box refused: {said}; not sent again before person or photo changes")
        }
        "failed" => format!("the box could not remove them: {said}; tried again later"),
        _ if row.login_at.is_none() => "the box has never logged in".to_owned(),
        _ if row.silent_since.is_some() => "the box gives no sign of life".to_owned(),
        "sent" => "sent, not answered yet".to_owned(),
        _ if row.attempts > 0 && !said.is_empty() => {
            format!("tried {} times, the last time: {said}; tried again later", row.attempts)
        }
        _ => "to be sent".to_owned(),
    };
    Some(text)
}

fn reason(reason: &Reason) -> String {
    let said = said(&reason.code, &reason.message);
    let said = if said.is_empty() { said } else { format!(" ({said})") };
    let people = grouped(reason.people);
    match reason.state.as_str() {
        "failed" => format!("{people} refused{said}"),
        "sent" => format!("{people} sent and not answered yet"),
        _ => format!("{people} to be sent{said}"),
    }
}

fn said(code: &str, message: &str) -> String {
    [code, message].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `4,211`
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use protocol::DevSno;

    use super::*;

    fn row(name: &str, state: &str, wanted: bool) -> Held {
        Held {
            dev_sno: DevSno::new("KEY"),
            box_name: name.to_owned(),
            login_at: Some(1),
            silent_since: None,
            identity_id: "1001".to_owned(),
            name: None,
            desired_revision: wanted.then_some(1),
            proved_revision: None,
            state: state.to_owned(),
            code: None,
            message: None,
            attempts: 0,
            next_attempt_at: None,
            command_id: None,
            changed_at: 0,
            proved_at: None,
        }
    }

    #[test]
    fn a_box_says_how_many_are_missing_and_why() {
        let reason = |state: &str, code: &str, message: &str, people| Reason {
            state: state.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            people,
            example: "1001".to_owned(),
        };
        let mut drift = Drift { wanted: 4213, proved: 4211, failed: 1, pending: 1, ..Drift::default() };
        drift.reasons = vec![reason("failed", "40004", "no face", 1), reason("pending", "", "", 1)];
        let told = "4,211 of 4,213 proved; missing: 1 refused (40004 no face), 1 to be sent";
        assert_eq!(of_box(&drift, true, None), told);
        assert!(of_box(&drift, true, Some(5)).ends_with("gives no sign of life"));
        assert!(of_box(&drift, false, None).ends_with("the box has never logged in"));
        let all = Drift { wanted: 1_234_567, proved: 1_234_567, ..Drift::default() };
        assert_eq!(of_box(&all, true, Some(5)), "1,234,567 of 1,234,567 proved");
    }

    #[test]
    fn a_person_says_on_which_boxes_they_are_missing_and_why() {
        let mut refused = row("Gate 3", "failed", true);
        (refused.code, refused.message) = (Some("40004".to_owned()), Some("no face".to_owned()));
        let rows = [row("Gate 1", "applied", true), refused, row("", "sent", false)];
        let spread = Spread { wanted: 2, proved: 1, leaving: 1 };
        assert_eq!(
            of_person(&spread, &rows),
            "on 1 of 2 boxes; missing: Gate 3 (the box refused: 40004 no face; not sent again before person or photo \
             changes); still to be removed from: KEY (sent, not answered yet)"
        );
        let crowd: Vec<Held> = (0..9).map(|n| row(&format!("Gate {n}"), "pending", true)).collect();
        let told = of_person(&Spread { wanted: 2_009, proved: 1_000, leaving: 0 }, &crowd);
        assert!(told.starts_with("on 1,000 of 2,009 boxes; missing: Gate 0 (to be sent), "), "{told}");
        assert!(told.ends_with("Gate 4 (to be sent) and 1,004 more"), "{told}");
        assert_eq!(of_person(&Spread::default(), &[]), "on 0 of 0 boxes");
    }
}
