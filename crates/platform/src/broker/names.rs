//! Every name the platform uses at the broker.

use std::time::Duration;

use protocol::DevSno;
use runtime::amqp::Declare;
use serde_json::Value;

use crate::db::event_list::EventRow;
use crate::db::feed::{self, Entry};

/// The topic exchange all commands go through.
pub(crate) const COMMANDS: &str = "menshen.commands";
/// The queue every box answers to.
pub(crate) const RESULTS: &str = "menshen.results";
/// The queue of quality checks: boxes that serve as quality-check servers compete for it.
pub(crate) const FIQA: &str = "menshen.fiqa";
/// The queue quality checks are answered to.
pub(crate) const FIQA_RESULTS: &str = "menshen.fiqa.results";

/// The topic exchange everything that happens is published to, for whoever binds a queue.
pub(crate) const EVENTS: &str = "menshen.events";

/// Commands a box has not fetched for so long are dropped: they expired long ago, and the reconciler sends what is due anew.
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Commands that may wait for one box. The reconciler keeps two at most; the rest is room for operators.
const MAX_WAITING: u32 = 1_000;

/// The command queue of one box; its routing key is the same.
pub(crate) fn box_queue(dev_sno: &DevSno) -> String {
    format!("menshen.box.{dev_sno}")
}

/// The routing key of what happened: `event.<type>.<dev_sno>` of a recognition, `<kind>.<state>.<subject>` of anything else, such as
/// `box.offline.<dev_sno>`.
pub(crate) fn event_key(entry: &Entry, event: Option<&EventRow>) -> String {
    let Some(event) = event else {
        let state = entry.data.get("state").and_then(Value::as_str).unwrap_or("changed");
        return format!("{}.{state}.{}", entry.kind, entry.subject);
    };
    let kind = match event.person_type {
        Some(1) => "employee",
        Some(2) => "visitor",
        Some(3) => "blacklist",
        Some(4) => "stranger",
        Some(5) => "vip",
        _ => "other",
    };
    format!("{}.{kind}.{}", feed::EVENT, event.dev_sno)
}

/// What all boxes share. The few shared queues are quorum queues: several times faster for persistent, confirmed messages.
pub(crate) fn shared() -> Vec<Declare> {
    vec![
        Declare::topic(COMMANDS),
        Declare::topic(EVENTS),
        Declare::queue(RESULTS, true),
        Declare::queue(FIQA_RESULTS, true),
        Declare::queue(FIQA, true),
        Declare::bind(FIQA, COMMANDS, FIQA),
    ]
}

/// Where results come from, in a virtual host of their own.
pub(crate) fn results() -> Vec<Declare> {
    vec![Declare::queue(RESULTS, true), Declare::queue(FIQA_RESULTS, true)]
}

/// The part of it that holds whoever made the queue.
pub(crate) fn binding_of_box(dev_sno: &DevSno) -> Vec<Declare> {
    let queue = box_queue(dev_sno);
    vec![Declare::bind(&queue, COMMANDS, &queue)]
}

/// What one box needs. A classic queue: thousands of them are light where thousands of quorum queues are not.
pub(crate) fn of_box(dev_sno: &DevSno) -> Vec<Declare> {
    let queue = box_queue(dev_sno);
    vec![Declare::bounded_queue(&queue, MAX_AGE, MAX_WAITING), Declare::bind(&queue, COMMANDS, &queue)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_these() {
        assert_eq!(COMMANDS, "menshen.commands");
        assert_eq!(RESULTS, "menshen.results");
        assert_eq!(EVENTS, "menshen.events");
        assert_eq!(FIQA, "menshen.fiqa");
        assert_eq!(FIQA_RESULTS, "menshen.fiqa.results");
        assert_eq!(
            box_queue(&DevSno::new("TJGSDX000120190726103455")),
            "menshen.box.TJGSDX000120190726103455"
        );
    }

    #[test]
    fn every_broker_from_3_10_to_4_takes_what_is_declared() {
        // No transient, exclusive, mirrored or self-deleting queue; what processes share is a quorum queue.
        for declare in shared() {
            match declare {
                Declare::Exchange { kind, durable, auto_delete, arguments, .. } => {
                    assert_eq!((kind.as_str(), durable, auto_delete), ("topic", true, false));
                    assert!(arguments.is_null(), "{arguments}");
                }
                Declare::Queue { name, durable, quorum, passive_first } => {
                    assert_eq!((durable, quorum, passive_first), (true, true, false), "{name}");
                }
                Declare::Bind { exchange, .. } => assert_eq!(exchange, COMMANDS),
                Declare::BoundedQueue { name, .. } => panic!("{name} is shared and not a quorum queue"),
            }
        }
    }

    #[test]
    fn keys_of_events_are_these() {
        let entry = |kind: &str, subject: &str, data| Entry {
            seq: 1,
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            data,
            at: 0,
            epoch: None,
        };
        let gone = entry("box", "A1", serde_json::json!({"state": "offline"}));
        assert_eq!(event_key(&gone, None), "box.offline.A1");
        assert_eq!(event_key(&entry("box", "A1", Value::Null), None), "box.changed.A1");
    }

    #[test]
    fn a_box_has_one_queue_bound_under_its_own_name() {
        let name = "menshen.box.A1";
        let week = Duration::from_secs(604_800);
        let expected =
            vec![Declare::bounded_queue(name, week, 1_000), Declare::bind(name, "menshen.commands", name)];
        assert_eq!(of_box(&DevSno::new("A1")), expected);
    }
}
