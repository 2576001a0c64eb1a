//! Each gate refuses with its own reason, and no combination of facts opens a door that one of them keeps shut.

use proptest::prelude::*;
use vision::Hit;

use super::*;

const NOW: i64 = 1_700_000_000_000;

fn thresholds() -> Thresholds {
    Thresholds {
        door: 0.5,
        name: 0.4,
        possible: 0.3,
        margin: 0.05,
        enrolled: 10,
        door_rate: 0.001,
        name_rate: 0.01,
        warning: None,
    }
}

fn person() -> Person {
    Person { kind: PersonType::Employee, groups: vec![GroupId::new("0")], validity: Validity::default() }
}

fn named(cosine: f32) -> Decision {
    Decision::Named { key: 1, cosine, opens: cosine >= 0.5, ambiguous_with: None }
}

fn verdict_of(decision: &Decision, person: Option<&Person>, poor: &[String], groups: &[&str]) -> Judgement {
    let groups: Vec<GroupId> = groups.iter().map(|id| GroupId::new(*id)).collect();
    let thresholds = thresholds();
    judge(&Facts {
        poor,
        too_poor: false,
        decision,
        thresholds: &thresholds,
        person,
        groups: &groups,
        now: NOW,
    })
}

#[test]
fn a_known_person_who_may_pass_is_let_in() {
    let judged = verdict_of(&named(0.7), Some(&person()), &[], &["0"]);
    assert_eq!((judged.verdict, judged.named), (Verdict::LetIn, true));
    assert!(judged.reason.contains("0.700"), "{}", judged.reason);
}

#[test]
fn every_refusal_names_its_gate() {
    let poor = ["face_size".to_owned()];
    let soon = Person { validity: Validity { from: Some(NOW + 1), ..Validity::default() }, ..person() };
    let over = Person { validity: Validity { until: Some(NOW), ..Validity::default() }, ..person() };
    let unclear =
        Person { validity: Validity { unclear: Some("soon".into()), ..Validity::default() }, ..person() };
    let banned = Person { kind: PersonType::Blacklist, ..person() };
    let stranger = Person { kind: PersonType::Stranger, ..person() };
    let ambiguous = Decision::Named { key: 1, cosine: 0.9, opens: false, ambiguous_with: Some(2) };
    type Case<'a> = (&'a Decision, &'a Person, &'a [String], &'a [&'a str], Gate, &'a str);
    let cases: [Case<'_>; 9] = [
        (&named(0.7), &banned, &[], &["0"], Gate::Standing, "black list"),
        (&named(0.7), &stranger, &[], &["0"], Gate::Standing, "known stranger"),
        (&named(0.7), &person(), &[], &["9"], Gate::Group, "group 0 may not pass here (here: 9)"),
        (&named(0.7), &soon, &[], &["0"], Gate::Validity, "not valid yet"),
        (&named(0.7), &over, &[], &["0"], Gate::Validity, "not valid any more"),
        (&named(0.7), &unclear, &[], &["0"], Gate::Validity, "cannot be read: soon"),
        (&named(0.7), &person(), &poor, &["0"], Gate::Quality, "too poor to open: face_size"),
        (
            &named(0.45),
            &person(),
            &[],
            &["0"],
            Gate::Certainty,
            "not certain enough to open (0.450 of 0.500)",
        ),
        (&ambiguous, &person(), &[], &["0"], Gate::Certainty, "another enrolled person"),
    ];
    for (decision, person, poor, groups, gate, text) in cases {
        let judged = verdict_of(decision, Some(person), poor, groups);
        assert_eq!(
            (judged.verdict, judged.gate, judged.named),
            (Verdict::Refused, gate, true),
            "{}",
            judged.reason
        );
        assert!(judged.reason.contains(text), "{}", judged.reason);
    }
}

#[test]
fn who_is_not_known_gets_no_name() {
    let possible = Decision::Possible(vec![Hit { key: 1, cosine: 0.35 }, Hit { key: 2, cosine: 0.31 }]);
    let judged = verdict_of(&possible, None, &[], &["0"]);
    assert_eq!((judged.verdict, judged.named), (Verdict::Possible, false));
    assert!(judged.reason.contains("2 enrolled people"));
    let unknown = Decision::Unknown { best: Some(Hit { key: 1, cosine: 0.1 }) };
    let judged = verdict_of(&unknown, None, &["clarity".into()], &["0"]);
    assert_eq!((judged.verdict, judged.named), (Verdict::Stranger, false));
    assert!(judged.reason.ends_with("the picture is poor: clarity"));
    assert_eq!(verdict_of(&Decision::Unknown { best: None }, None, &[], &[]).verdict, Verdict::Stranger);
    assert_eq!(verdict_of(&named(0.9), None, &[], &["0"]).verdict, Verdict::Stranger);
}

/// One row of the table of everything that can be true of a named person, and what follows.
struct Row {
    kind: PersonType,
    groups: &'static [&'static str],
    validity: Validity,
    poor: bool,
    cosine: f32,
    rival: bool,
    outcome: (Verdict, Gate),
}

/// Every person type with every kind of obstacle: who passes, and which gate decides where several are shut.
#[test]
fn the_whole_table_of_named_people() {
    let running = Validity { from: Some(NOW - 1), until: Some(NOW + 1), unclear: None };
    let ended = Validity { until: Some(NOW), ..Validity::default() };
    let ordinary = |kind, outcome| Row {
        kind,
        groups: &["0"],
        validity: running.clone(),
        poor: false,
        cosine: 0.7,
        rival: false,
        outcome,
    };
    let refused = |gate| (Verdict::Refused, gate);
    let let_in = (Verdict::LetIn, Gate::Certainty);
    let mut rows = Vec::new();
    for kind in [PersonType::Employee, PersonType::Visitor, PersonType::Vip, PersonType::Other(9)] {
        let row = |outcome| ordinary(kind, outcome);
        rows.extend([
            row(let_in),
            Row { groups: &["1", "0"], ..row(let_in) },
            Row { groups: &["1"], ..row(refused(Gate::Group)) },
            Row { groups: &[], ..row(refused(Gate::Group)) },
            Row { validity: ended.clone(), ..row(refused(Gate::Validity)) },
            Row { groups: &["1"], validity: ended.clone(), ..row(refused(Gate::Group)) },
            Row { poor: true, ..row(refused(Gate::Quality)) },
            Row { cosine: 0.49, ..row(refused(Gate::Certainty)) },
            Row { rival: true, ..row(refused(Gate::Certainty)) },
            Row { poor: true, cosine: 0.49, ..row(refused(Gate::Quality)) },
            Row { validity: ended.clone(), poor: true, ..row(refused(Gate::Validity)) },
        ]);
    }
    for kind in [PersonType::Blacklist, PersonType::Stranger] {
        let row = || ordinary(kind, refused(Gate::Standing));
        rows.extend([
            row(),
            Row { groups: &["1"], ..row() },
            Row { validity: ended.clone(), ..row() },
            Row { poor: true, cosine: 0.49, rival: true, ..row() },
        ]);
    }
    for row in rows {
        let person = Person {
            kind: row.kind,
            groups: row.groups.iter().map(|id| GroupId::new(*id)).collect(),
            validity: row.validity,
        };
        let opens = row.cosine >= 0.5 && !row.rival;
        let ambiguous_with = row.rival.then_some(2);
        let decision = Decision::Named { key: 1, cosine: row.cosine, opens, ambiguous_with };
        let poor: Vec<String> = row.poor.then(|| "clarity".to_owned()).into_iter().collect();
        let judged = verdict_of(&decision, Some(&person), &poor, &["0"]);
        assert_eq!((judged.verdict, judged.gate), row.outcome, "{person:?}: {}", judged.reason);
        assert!(judged.named, "whoever is refused has a name");
        let deciding = judged.steps.iter().find(|step| step.gate == judged.gate).unwrap();
        assert_eq!(deciding.open, Some(judged.verdict == Verdict::LetIn));
        assert_eq!(deciding.found, judged.reason);
        let shut = judged.steps.iter().filter(|step| step.open == Some(false)).count();
        assert_eq!(shut == 0, judged.verdict == Verdict::LetIn, "{:?}", judged.steps);
    }
}

proptest! {
    #[test]
    fn a_door_opens_only_when_every_gate_is_open(
        cosine in -1.0f32..1.0,
        ambiguous in any::<bool>(),
        kind in 1i64..6,
        mine in prop::collection::vec(0u8..4, 0..3),
        here in prop::collection::vec(0u8..4, 0..3),
        from in prop::option::of(-5i64..5),
        until in prop::option::of(-5i64..5),
        poor in any::<bool>(),
        too_poor in any::<bool>(),
    ) {
        let thresholds = thresholds();
        let decision = Decision::Named {
            key: 1, cosine, opens: cosine >= thresholds.door && !ambiguous, ambiguous_with: ambiguous.then_some(2),
        };
        let groups = |ids: &[u8]| ids.iter().map(|id| GroupId::new(id.to_string())).collect::<Vec<_>>();
        let person = Person {
            kind: kind.into(),
            groups: groups(&mine),
            validity: Validity { from: from.map(|d| NOW + d), until: until.map(|d| NOW + d), unclear: None },
        };
        let poor: Vec<String> = poor.then(|| "partial".to_owned()).into_iter().collect();
        let here_groups = groups(&here);
        let judged = judge(&Facts {
            poor: &poor, too_poor, decision: &decision, thresholds: &thresholds,
            person: Some(&person), groups: &here_groups, now: NOW,
        });
        let opens = !too_poor && poor.is_empty() && !ambiguous && cosine >= thresholds.door && kind != 3 && kind != 4
            && mine.iter().any(|id| here.contains(id)) && from.is_none_or(|d| d <= 0) && until.is_none_or(|d| d > 0);
        prop_assert_eq!(judged.verdict == Verdict::LetIn, opens, "{}", judged.reason);
        prop_assert!(!judged.reason.is_empty());
    }
}
