//! The model test: one platform, one box, every disturbance in random order; when the disturbances end, the box holds
//! exactly what it should.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;
use protocol::IdentityId;

use super::facts::{Answered, Fact, Source};
use super::{Errand, Holding, Open, Pace, Standing, State, learn, plan};

const PEOPLE: u8 = 5;
const PACE: Pace = Pace { first: 10, longest: 80 };
const ANSWER_WITHIN: i64 = 50;

/// One disturbance, or one step of ordinary work.
#[derive(Debug, Clone)]
enum Step {
    /// The operator changes a person; the flag says whether the box should hold them.
    Change {
        person: u8,
        wanted: bool,
    },
    /// A group, the groups a box serves or a validity brings a person onto the box or takes them off it: nothing about the
    /// person changes.
    Toggle {
        person: u8,
    },
    /// An operator has everything sent again.
    Resync,
    /// An operator has one person sent again.
    ResyncOne {
        person: u8,
    },
    /// The box finds the photo of this person's present revision unusable.
    Spoil {
        person: u8,
    },
    Plan,
    /// The box executes the oldest command in its queue; these people fail for a passing reason.
    Execute {
        failing: u8,
        mentions: u8,
    },
    /// The queue drops its oldest command (it was too old).
    Drop,
    /// The oldest result arrives.
    Deliver,
    /// The oldest result arrives, and stays in the queue.
    DeliverTwice,
    /// The oldest result is lost.
    Lose,
    /// An old result arrives once more.
    Replay {
        which: u8,
    },
    Pass {
        time: u8,
    },
    /// An operator empties the box by a command.
    Wipe,
    /// The box is replaced by an empty one, which logs in.
    Replace,
    /// Somebody removes a person behind the platform's back and the box reports it.
    ForeignRemoval {
        person: u8,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let person = 0..PEOPLE;
    let step = prop_oneof![
        4 => (person.clone(), any::<bool>()).prop_map(|(person, wanted)| Step::Change { person, wanted }),
        2 => person.clone().prop_map(|person| Step::Toggle { person }),
        1 => Just(Step::Resync),
        1 => person.clone().prop_map(|person| Step::ResyncOne { person }),
        1 => person.clone().prop_map(|person| Step::Spoil { person }),
        6 => Just(Step::Plan),
        5 => (any::<u8>(), any::<u8>()).prop_map(|(failing, mentions)| Step::Execute { failing: failing & mentions, mentions: mentions | 3 }),
        1 => Just(Step::Drop),
        5 => Just(Step::Deliver),
        1 => Just(Step::DeliverTwice),
        1 => Just(Step::Lose),
        1 => any::<u8>().prop_map(|which| Step::Replay { which }),
        4 => (1..60_u8).prop_map(|time| Step::Pass { time }),
        1 => Just(Step::Wipe),
        1 => Just(Step::Replace),
        1 => person.prop_map(|person| Step::ForeignRemoval { person }),
    ];
    proptest::collection::vec(step, 0..120)
}

#[derive(Debug, Clone)]
struct Command {
    kind: Kind,
    people: Vec<(IdentityId, Option<i64>)>,
    state: Answered,
    sent_at: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Errand(Errand),
    Wipe,
}

/// A result on its way: the command, and what it says of each person it mentions.
#[derive(Debug, Clone)]
struct Answer {
    command: usize,
    facts: Vec<(IdentityId, Fact)>,
}

#[derive(Debug, Default)]
struct World {
    now: i64,
    /// What the operator wants: revision and whether this box should hold the person.
    wishes: BTreeMap<IdentityId, (i64, bool)>,
    /// Revisions whose photo the box refuses.
    spoiled: BTreeSet<(IdentityId, i64)>,
    rows: BTreeMap<IdentityId, Holding>,
    commands: Vec<Command>,
    queue: VecDeque<usize>,
    answers: VecDeque<Answer>,
    delivered: Vec<Answer>,
    /// What the box really holds.
    held: BTreeMap<IdentityId, i64>,
}

fn person(number: u8) -> IdentityId {
    IdentityId::new(format!("person {number}"))
}

fn name_of(command: usize) -> String {
    format!("{command:04}")
}

impl World {
    fn step(&mut self, step: &Step) {
        match *step {
            Step::Change { person: number, wanted } => {
                let wish = self.wishes.entry(person(number)).or_insert((0, false));
                *wish = (wish.0 + 1, wanted);
                let desired = wanted.then_some(wish.0);
                self.wish(&person(number), desired);
            }
            Step::Toggle { person: number } => {
                if let Some(wish) = self.wishes.get_mut(&person(number)) {
                    wish.1 = !wish.1;
                    let desired = wish.1.then_some(wish.0);
                    self.wish(&person(number), desired);
                }
            }
            Step::Resync => {
                let now = self.now;
                let rows = std::mem::take(&mut self.rows);
                self.rows = rows.into_iter().map(|(id, row)| (id, row.doubt(now))).collect();
            }
            Step::ResyncOne { person: number } => {
                if let Some(row) = self.rows.remove(&person(number)) {
                    self.rows.insert(person(number), row.doubt(self.now));
                }
            }
            Step::Spoil { person: number } => {
                if let Some((revision, _)) = self.wishes.get(&person(number)) {
                    self.spoiled.insert((person(number), *revision));
                }
            }
            Step::Plan => self.plan(),
            Step::Execute { failing, mentions } => self.execute(failing, mentions),
            Step::Drop => {
                self.queue.pop_front();
            }
            Step::Deliver => {
                if let Some(answer) = self.answers.pop_front() {
                    self.deliver(&answer);
                }
            }
            Step::DeliverTwice => {
                if let Some(answer) = self.answers.front().cloned() {
                    self.deliver(&answer);
                }
            }
            Step::Lose => {
                self.answers.pop_front();
            }
            Step::Replay { which } => {
                if !self.delivered.is_empty() {
                    let answer = self.delivered[usize::from(which) % self.delivered.len()].clone();
                    self.deliver(&answer);
                }
            }
            Step::Pass { time } => {
                self.now += i64::from(time);
                self.expire();
            }
            Step::Wipe => self.send(Kind::Wipe, Vec::new()),
            Step::Replace => {
                // The key was unbound and moves to other hardware: it is empty, has executed nothing, and logs in.
                self.held.clear();
                self.forget(usize::MAX, false);
            }
            Step::ForeignRemoval { person: number } => {
                self.held.remove(&person(number));
                let source = Source { command: None, standing: Answered::Foreign };
                self.learn(&person(number), &Fact::Gone, source);
            }
        }
    }

    fn wish(&mut self, id: &IdentityId, desired: Option<i64>) {
        let next = match (self.rows.remove(id), desired) {
            (Some(row), desired) => row.wish(desired, self.now),
            (None, Some(revision)) => Some(Holding::wanted(revision, self.now)),
            (None, None) => None,
        };
        if let Some(row) = next {
            self.rows.insert(id.clone(), row);
        }
    }

    fn open(&self, kind: Kind) -> Option<&Command> {
        self.commands.iter().find(|command| command.kind == kind && command.state == Answered::NotYet)
    }

    fn plan(&mut self) {
        let people_of =
            |command: &Command| Open { people: command.people.iter().map(|(id, _)| id.clone()).collect() };
        let standing = Standing {
            has_joined: true,
            silent_since: None,
            is_being_wiped: self.open(Kind::Wipe).is_some(),
            is_bringing: self.open(Kind::Errand(Errand::Bring)).is_some(),
            removing: self.open(Kind::Errand(Errand::Remove)).map(people_of),
        };
        let rows: Vec<_> = self.rows.iter().map(|(id, row)| (id.clone(), row.clone())).collect();
        for order in plan(&standing, &rows, self.now) {
            let name = name_of(self.commands.len());
            for (id, _) in &order.people {
                if let Some(row) = self.rows.get_mut(id) {
                    row.send(&name);
                }
            }
            self.send(Kind::Errand(order.errand), order.people);
        }
    }

    fn send(&mut self, kind: Kind, people: Vec<(IdentityId, Option<i64>)>) {
        self.queue.push_back(self.commands.len());
        self.commands.push(Command { kind, people, state: Answered::NotYet, sent_at: self.now });
    }

    /// The box works through one command. It fetches what is current at that moment, as a real one does.
    fn execute(&mut self, failing: u8, mentions: u8) {
        let Some(command) = self.queue.pop_front() else { return };
        let Command { kind, people, .. } = self.commands[command].clone();
        let mut facts = Vec::new();
        for (at, (id, revision)) in people.into_iter().enumerate() {
            let fails = failing & (1 << at) != 0;
            let current = self.wishes.get(&id).filter(|(_, wanted)| *wanted).map(|(revision, _)| *revision);
            let fact = match (kind, current) {
                _ if fails => {
                    Fact::Refused { code: "50073".into(), message: "later".into(), transient: true }
                }
                (Kind::Errand(Errand::Bring), Some(now)) if self.spoiled.contains(&(id.clone(), now)) => {
                    Fact::Refused { code: "40004".into(), message: "no face".into(), transient: false }
                }
                (Kind::Errand(Errand::Bring), Some(now)) => {
                    self.held.insert(id.clone(), now);
                    Fact::Holds { revision: revision.unwrap_or(0) }
                }
                (Kind::Errand(Errand::Bring), None) => Fact::Refused {
                    code: "50074".into(),
                    message: "not in the answer".into(),
                    transient: false,
                },
                (Kind::Errand(Errand::Remove), _) => {
                    self.held.remove(&id);
                    Fact::Gone
                }
                (Kind::Wipe, _) => continue,
            };
            if mentions & (1 << at) != 0 {
                facts.push((id, fact));
            } else {
                facts.push((id, Fact::Unknown { message: "not mentioned".into() }));
            }
        }
        if kind == Kind::Wipe {
            self.held.clear();
        }
        self.answers.push_back(Answer { command, facts });
    }

    fn deliver(&mut self, answer: &Answer) {
        let Command { kind, state, .. } = self.commands[answer.command];
        let name = name_of(answer.command);
        if kind == Kind::Wipe {
            if state != Answered::Before {
                self.forget(answer.command, state == Answered::NotYet);
            }
        } else {
            for (id, fact) in &answer.facts {
                self.learn(id, fact, Source { command: Some(&name), standing: state });
            }
        }
        self.commands[answer.command].state = Answered::Before;
        self.delivered.push(answer.clone());
    }

    /// The box was emptied, proved or not: commands written before that are over, nothing is proved.
    fn forget(&mut self, before: usize, is_proved: bool) {
        for (at, command) in self.commands.iter_mut().enumerate() {
            if at < before && command.state == Answered::NotYet {
                command.state = Answered::Expired;
            }
        }
        let now = self.now;
        self.rows = std::mem::take(&mut self.rows)
            .into_iter()
            .filter_map(|(id, row)| Some((id, if is_proved { row.forget(now)? } else { row.doubt(now) })))
            .collect();
    }

    fn learn(&mut self, id: &IdentityId, fact: &Fact, source: Source<'_>) {
        if let Some(row) = learn(self.rows.remove(id), fact, &source, self.now, PACE) {
            self.rows.insert(id.clone(), row);
        }
    }

    fn expire(&mut self) {
        for at in 0..self.commands.len() {
            let command = &mut self.commands[at];
            if command.state != Answered::NotYet || self.now < command.sent_at + ANSWER_WITHIN {
                continue;
            }
            command.state = Answered::Expired;
            if command.kind == Kind::Wipe {
                // It may have been carried out.
                self.forget(at, false);
                continue;
            }
            let name = name_of(at);
            for (id, _) in self.commands[at].people.clone() {
                let source = Source { command: Some(&name), standing: Answered::Expired };
                self.learn(&id, &Fact::Unknown { message: "no answer".into() }, source);
            }
        }
    }

    /// Ordinary work until nothing more is to be done.
    fn settle(&mut self) {
        for _ in 0..200 {
            self.plan();
            while !self.queue.is_empty() {
                self.execute(0, u8::MAX);
            }
            while let Some(answer) = self.answers.pop_front() {
                self.deliver(&answer);
            }
            self.now += 20;
            self.expire();
        }
    }

    fn should_hold(&self) -> BTreeMap<IdentityId, i64> {
        self.wishes
            .iter()
            .filter(|(_, (_, wanted))| *wanted)
            .map(|(id, (rev, _))| (id.clone(), *rev))
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn converges_from_any_state(steps in steps()) {
        let mut world = World::default();
        for step in &steps {
            world.step(step);
            // What is due is looked for by its time alone.
            let waits = |row: &Holding| matches!(row.state, State::Pending | State::Failed);
            prop_assert!(world.rows.values().all(|row| row.next_attempt_at.is_none() || waits(row)));
        }
        world.settle();
        let should = world.should_hold();
        for (id, revision) in &should {
            let row = world.rows.get(id).expect("whoever is wanted has a row");
            prop_assert_eq!(row.desired, Some(*revision));
            if world.spoiled.contains(&(id.clone(), *revision)) {
                // Either refused for good, or brought before its photo was found to be unusable.
                prop_assert!(matches!(row.state, State::Failed | State::Applied), "{:?}", row);
                continue;
            }
            prop_assert_eq!(row.state, State::Applied, "{} {:?}", id, row);
            prop_assert_eq!(row.proved, Some(*revision));
            prop_assert_eq!(world.held.get(id), Some(revision));
        }
        for id in world.held.keys() {
            let may = should.contains_key(id);
            prop_assert!(may, "{} is on the box and must not be", id);
        }
        for (id, row) in &world.rows {
            prop_assert!(row.desired.is_some(), "{} has left: {:?}", id, row);
        }
    }
}

#[test]
fn a_refused_person_is_left_alone_until_they_change() {
    let mut world = World::default();
    world.step(&Step::Change { person: 0, wanted: true });
    world.step(&Step::Spoil { person: 0 });
    world.settle();
    assert_eq!(world.commands.len(), 1);
    assert_eq!(world.rows[&person(0)].state, State::Failed);
    world.step(&Step::Change { person: 0, wanted: true });
    world.settle();
    assert_eq!(world.commands.len(), 2);
    assert_eq!(world.held[&person(0)], 2);
}

#[test]
fn at_most_one_open_command_of_a_kind() {
    let mut world = World::default();
    for number in 0..PEOPLE {
        world.step(&Step::Change { person: number, wanted: true });
        world.plan();
    }
    assert_eq!(world.queue.len(), 1);
    world.settle();
    assert_eq!(world.held.len(), usize::from(PEOPLE));
    assert_eq!(world.commands.len(), 2);
}
