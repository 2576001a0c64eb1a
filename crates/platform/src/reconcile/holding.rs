//! One person on one box: what is wanted, what is proved, and how both change.

use super::facts::{Fact, Source};

/// Where a person stands on a box, as operators see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Something has to be sent.
    Pending,
    /// A command that carries it is on its way.
    Sent,
    /// The box has proved to hold what it should.
    Applied,
    /// The box refused.
    Failed,
}

/// What a box has to be asked to do about a person; one kind of command each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Errand {
    /// `add_users_plus`
    Bring,
    /// `delete_users`
    Remove,
}

/// How long to wait before the next attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// After the first failure, in milliseconds; doubled after each further one.
    pub(crate) first: i64,
    /// Never longer than this, in milliseconds.
    pub(crate) longest: i64,
}

/// What one box should hold of one person, and what it has proved.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Holding {
    /// The revision the box should hold; `None`: the person must not be there.
    pub(crate) desired: Option<i64>,
    /// The revision the box has proved to hold; `None`: nothing is proved.
    pub(crate) proved: Option<i64>,
    pub(crate) state: State,
    /// A command may have brought the person to the box, whatever is proved.
    pub(crate) touched: bool,
    /// Commands sent since the wish last changed or was last proved.
    pub(crate) attempts: i64,
    /// When the next command may be sent; `None`: not before something changes.
    pub(crate) next_attempt_at: Option<i64>,
    /// The last command that carries the present wish.
    pub(crate) command: Option<String>,
    /// What the box said when it refused.
    pub(crate) code: Option<String>,
    pub(crate) message: Option<String>,
    /// Since when the present wish waits for its proof, or waited until it was proved or refused: when the wish changed, or when what
    /// the box had said of it was no longer believed.
    pub(crate) changed_at: i64,
    /// When the box last proved something.
    pub(crate) proved_at: Option<i64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: 5_000, longest: 3_600_000 }
    }
}

impl Pace {
    fn after(self, attempts: i64) -> i64 {
        let doublings = u32::try_from(attempts.clamp(1, 32) - 1).unwrap_or(0);
        self.first.saturating_mul(1_i64 << doublings).min(self.longest)
    }
}

impl State {
    /// The word in the database and in answers.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Applied => "applied",
            Self::Failed => "failed",
        }
    }

    /// The state a word stands for.
    pub(crate) fn of(word: &str) -> Option<Self> {
        [Self::Pending, Self::Sent, Self::Applied, Self::Failed]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

impl Holding {
    /// A person the box should hold and was never told of.
    pub(crate) fn wanted(revision: i64, now: i64) -> Self {
        Self {
            desired: Some(revision),
            proved: None,
            state: State::Pending,
            touched: false,
            attempts: 0,
            next_attempt_at: Some(now),
            command: None,
            code: None,
            message: None,
            changed_at: now,
            proved_at: None,
        }
    }

    /// A person found on the box who should not be there.
    fn stray(revision: i64, now: i64) -> Self {
        Self {
            desired: None,
            proved: Some(revision),
            touched: true,
            proved_at: Some(now),
            ..Self::wanted(revision, now)
        }
    }

    /// The wish changed (or was computed again). `None`: there is nothing left to remember.
    pub(crate) fn wish(mut self, desired: Option<i64>, now: i64) -> Option<Self> {
        if desired == self.desired {
            return Some(self);
        }
        if desired.is_none() && !self.touched && self.proved.is_none() {
            return None;
        }
        // Whoever comes back is brought again even if nothing seems to have changed: it may be somebody else under the same id.
        self.desired = desired;
        self.changed_at = now;
        self.command = None;
        self.begin_again(now);
        Some(self)
    }

    /// What is to be done about this person now, if anything.
    pub(crate) fn errand(&self, now: i64) -> Option<Errand> {
        let waits = matches!(self.state, State::Pending | State::Failed);
        if !waits || self.next_attempt_at.is_none_or(|at| at > now) {
            return None;
        }
        Some(if self.desired.is_some() { Errand::Bring } else { Errand::Remove })
    }

    /// A command was written that carries the present wish. The database does the same to all it names at once; this is what that
    /// is compared with.
    #[cfg(test)]
    pub(crate) fn send(&mut self, command: &str) {
        self.state = State::Sent;
        self.touched = true;
        self.attempts += 1;
        self.next_attempt_at = None;
        self.command = Some(command.to_owned());
    }

    /// The box has proved that it was emptied. `None`: there is nothing left to remember. The database does the same to all rows
    /// of a box at once; this is what that is compared with.
    #[cfg(test)]
    pub(crate) fn forget(mut self, now: i64) -> Option<Self> {
        self.desired?;
        self.touched = false;
        Some(self.doubt(now))
    }

    /// What the box holds is not known any more: it may have been emptied or replaced.
    pub(crate) fn doubt(mut self, now: i64) -> Self {
        self.proved = None;
        self.command = None;
        // A photo that was refused is not better now, but other hardware may judge differently.
        self.begin_again(now);
        self
    }

    fn begin_again(&mut self, now: i64) {
        // What the box has answered is asked anew: the time until that answer is no part of the time it takes now.
        if matches!(self.state, State::Applied | State::Failed) {
            self.changed_at = now;
        }
        self.rest(State::Pending);
        self.next_attempt_at = Some(now);
    }

    fn rest(&mut self, state: State) {
        self.state = state;
        self.attempts = 0;
        self.next_attempt_at = None;
        self.code = None;
        self.message = None;
    }

    fn try_later(&mut self, state: State, now: i64, pace: Pace) {
        self.state = state;
        self.next_attempt_at = Some(now.saturating_add(pace.after(self.attempts)));
    }

    fn proven(&mut self, revision: Option<i64>, now: i64) {
        if self.proved != revision || self.state == State::Sent {
            self.proved_at = Some(now);
        }
        self.proved = revision;
    }
}

/// What becomes of a holding (or of the absence of one) when a fact arrives. `None`: nothing is left to remember.
pub(crate) fn learn(
    row: Option<Holding>,
    fact: &Fact,
    source: &Source<'_>,
    now: i64,
    pace: Pace,
) -> Option<Holding> {
    let Some(mut row) = row else {
        // A late success after the person was proved gone: the box may hold a stray, so it is asked to remove it.
        return match fact {
            Fact::Holds { revision } if source.may_be_news() => Some(Holding::stray(*revision, now)),
            _ => None,
        };
    };
    let carried = source.carries(&row);
    match fact {
        Fact::Holds { revision } if carried => {
            row.proven(Some(*revision), now);
            if row.desired == Some(*revision) {
                row.rest(State::Applied);
            } else {
                row.begin_again(now);
            }
        }
        Fact::Holds { revision } if source.is_open() => {
            // The wish changed meanwhile; the newer command will tell. What is there now is still a fact.
            row.touched = true;
            row.proven(Some(*revision), now);
        }
        // An answer that is older than what was sent since: the box may have been given a leaver again in between, so only the
        // latest removal, or the box's own word, lets go of them.
        Fact::Gone if row.desired.is_none() && !carried && source.command.is_some() => {}
        Fact::Gone if carried || source.may_undo() => {
            row.desired?;
            row.proven(None, now);
            if row.state != State::Failed {
                // A command may be on its way, executed before this or not: its success would prove nothing any more.
                row.command = None;
                row.begin_again(now);
            }
        }
        Fact::Refused { code, message, transient } if carried => {
            row.code = Some(code.clone());
            row.message = Some(message.clone());
            match (row.desired.is_some(), transient) {
                (true, true) => row.try_later(State::Pending, now, pace),
                (true, false) => {
                    row.state = State::Failed;
                    row.next_attempt_at = None;
                }
                (false, _) => row.try_later(State::Failed, now, pace),
            }
        }
        Fact::Unknown { message } if carried && row.state == State::Sent => {
            row.code = None;
            row.message = Some(message.clone());
            row.try_later(State::Pending, now, pace);
        }
        _ => {}
    }
    Some(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_failure_doubles_the_wait_up_to_the_longest() {
        let pace = Pace::default();
        let waits: Vec<i64> = (0..6).map(|attempts| pace.after(attempts) / 1_000).collect();
        assert_eq!(waits, [5, 5, 10, 20, 40, 80]);
        assert_eq!((pace.after(10), pace.after(11)), (2_560_000, 3_600_000));
        assert_eq!((pace.after(32), pace.after(i64::MAX)), (3_600_000, 3_600_000));
    }

    #[test]
    fn what_was_answered_waits_from_when_it_is_asked_anew_and_what_was_not_from_before() {
        let waiting = Holding::wanted(3, 100);
        assert_eq!(waiting.clone().doubt(900).changed_at, 100, "nothing was ever proved");
        let mut proved = waiting.clone();
        proved.proven(Some(3), 200);
        proved.rest(State::Applied);
        assert_eq!(proved.clone().doubt(900).changed_at, 900);
        let source = Source { command: None, standing: super::super::facts::Answered::Foreign };
        let gone = learn(Some(proved), &Fact::Gone, &source, 900, Pace::default()).unwrap();
        assert_eq!((gone.state, gone.changed_at), (State::Pending, 900));
        let refused = Holding { state: State::Failed, ..waiting };
        assert_eq!(refused.doubt(900).changed_at, 900);
    }
}
