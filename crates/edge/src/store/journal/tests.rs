use std::collections::{BTreeSet, HashSet};

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;

/// A command of the model: adds or deletes one of a few people.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Message {
    id: Option<u8>,
    add: bool,
    person: u8,
}

/// The process ended without warning.
#[derive(Debug)]
struct Crash;

/// The box between two crashes: it dies after `left` more steps.
struct Process<'a> {
    db: &'a Connection,
    left: usize,
    sent: &'a mut Vec<Message>,
}

fn database() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    crate::store::migrations::run(&mut db).unwrap();
    db.execute_batch("CREATE TABLE here (person INTEGER PRIMARY KEY); CREATE TABLE effect (message TEXT)")
        .unwrap();
    db
}

fn arrival(message: &Message, redelivered: bool) -> Arrival {
    Arrival {
        fingerprint: Sha256::digest(format!("{message:?}")).into(),
        message_id: message.id.map(|id| id.to_string()),
        method: "m".into(),
        redelivered,
    }
}

fn apply(people: &mut BTreeSet<u8>, message: &Message) {
    if message.add {
        people.insert(message.person);
    } else {
        people.remove(&message.person);
    }
}

impl Process<'_> {
    fn step(&mut self) -> Result<(), Crash> {
        self.left = self.left.checked_sub(1).ok_or(Crash)?;
        Ok(())
    }

    fn transaction<T>(&mut self, work: impl FnOnce(&Connection) -> T) -> Result<T, Crash> {
        self.step()?;
        let tx = self.db.unchecked_transaction().unwrap();
        let value = work(&tx);
        tx.commit().unwrap();
        Ok(value)
    }

    /// One message, as the box handles it; `Ok` when the broker has the acknowledgement.
    fn handle(&mut self, message: &Message, redelivered: bool) -> Result<(), Crash> {
        let seq = match self.transaction(|db| admit(db, &arrival(message, redelivered), 1).unwrap())? {
            Admission::Done(seq) => seq,
            Admission::New(seq) | Admission::Unfinished(seq) => {
                let person = message.person.to_string();
                if !steps(self.db, seq).unwrap().contains_key(&person) {
                    self.transaction(|db| {
                        let sql = if message.add {
                            "INSERT OR IGNORE INTO here VALUES (?1)"
                        } else {
                            "DELETE FROM here WHERE person = ?1"
                        };
                        db.execute(sql, [message.person]).unwrap();
                        db.execute("INSERT INTO effect VALUES (?1)", [format!("{message:?}")]).unwrap();
                        let step = Step { seq, identity_id: person, name: None, message: String::new() };
                        record_step(db, &step).unwrap();
                    })?;
                }
                let result = format!("{message:?}").into_bytes();
                self.transaction(|db| finish(db, seq, &result, "{}", 2, 3).unwrap())?;
                seq
            }
        };
        let waiting = pending(self.db, seq).unwrap().unwrap();
        assert_eq!(waiting.result, format!("{message:?}").into_bytes());
        self.step()?;
        self.sent.push(message.clone());
        self.transaction(|db| {
            answered(db, seq, 4, None).unwrap();
            settle(db, seq).unwrap();
        })?;
        self.step()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// However often the process dies, the people end as the commands say, in their order; a command with an id has one effect
    /// however often it was published, and every command is answered.
    #[test]
    fn crashes_repeat_nothing_and_lose_nothing(
        messages in prop::collection::vec(
            (prop::option::of(0..3u8), any::<bool>(), 0..3u8).prop_map(|(id, add, person)| Message { id, add, person }),
            1..12,
        ),
        lives in prop::collection::vec(0..14usize, 0..12),
    ) {
        let db = database();
        let mut sent = Vec::new();
        let mut lives = lives.into_iter().chain(std::iter::repeat(usize::MAX));
        let mut process = Process { db: &db, left: lives.next().unwrap(), sent: &mut sent };
        for message in &messages {
            let mut redelivered = false;
            while process.handle(message, redelivered).is_err() {
                redelivered = true;
                process.left = lives.next().unwrap();
            }
        }
        let mut wanted = BTreeSet::new();
        let mut known = HashSet::new();
        for message in &messages {
            if message.id.is_none() || known.insert(message) {
                apply(&mut wanted, message);
            }
        }
        let mut statement = db.prepare("SELECT person FROM here").unwrap();
        let here: BTreeSet<u8> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        prop_assert_eq!(here, wanted);
        for message in &messages {
            prop_assert!(sent.contains(message));
            if message.id.is_some() {
                let effects: i64 = db
                    .query_row("SELECT count(*) FROM effect WHERE message = ?1", [format!("{message:?}")], |row| row.get(0))
                    .unwrap();
                prop_assert_eq!(effects, 1);
            }
        }
        prop_assert_eq!(unsent(&db).unwrap(), 0);
    }
}

#[test]
fn a_result_that_was_not_taken_is_due_later_and_in_order() {
    let db = database();
    let message = |person| Message { id: None, add: true, person };
    let mut rows = Vec::new();
    for person in 0..3 {
        let Admission::New(seq) = admit(&db, &arrival(&message(person), false), 1).unwrap() else {
            panic!("not new")
        };
        finish(&db, seq, b"{}", "{}", 10, 100).unwrap();
        rows.push(seq);
    }
    assert!(due(&db, 99, i64::MAX, 10).unwrap().is_empty());
    assert_eq!(due(&db, 100, i64::MAX, 2).unwrap().len(), 2);
    failed(&db, rows[0], "refused", 500).unwrap();
    answered(&db, rows[1], 101, None).unwrap();
    assert_eq!(due(&db, 400, i64::MAX, 10).unwrap().iter().map(|p| p.seq).collect::<Vec<_>>(), [rows[2]]);
    postpone(&db, rows[2], 600).unwrap();
    assert_eq!(next_due(&db).unwrap(), Some(500));
    assert_eq!(due(&db, 99, 450, 10).unwrap().len(), 2, "written before the clock was set back");
    let waiting = due(&db, 600, i64::MAX, 10).unwrap();
    assert_eq!(waiting.iter().map(|p| (p.seq, p.attempts)).collect::<Vec<_>>(), [(rows[0], 1), (rows[2], 0)]);
    assert_eq!(unsent(&db).unwrap(), 2);
}

#[test]
fn old_and_surplus_commands_are_forgotten_but_never_an_unsent_result() {
    let db = database();
    let day = 25 * 3_600_000;
    for n in 0..2_500_u32 {
        let arrival = Arrival {
            fingerprint: Sha256::digest(n.to_le_bytes()).into(),
            message_id: Some(n.to_string()),
            method: "m".into(),
            redelivered: false,
        };
        let Admission::New(seq) = admit(&db, &arrival, 1).unwrap() else { panic!("not new") };
        finish(&db, seq, b"{}", "{}", 10, 10).unwrap();
        if n != 5 {
            answered(&db, seq, 20, None).unwrap();
        }
    }
    assert_eq!(prune(&db, 1000).unwrap(), 499);
    assert_eq!(prune(&db, day).unwrap(), 2_000);
    assert_eq!(unsent(&db).unwrap(), 1);
    assert_eq!(due(&db, day, i64::MAX, 10).unwrap()[0].message_id.as_deref(), Some("5"));
}
