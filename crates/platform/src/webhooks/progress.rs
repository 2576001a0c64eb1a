//! What an answer means for a webhook: whether it goes on to the next entry, and when this one is tried again.
//!
//! * What was taken (2xx) moves the cursor.
//! * A receiver that cannot answer (no connection, no answer in time, 408, 425, 429, 502, 503, 504) is waited for, however long it
//!   takes: nothing else is sent until the entry is taken, so order is kept.
//! * An entry that is refused while others are taken is set aside and tried again on a schedule of its own, so that
//!   one entry a receiver cannot digest does not hold up the rest. When several are refused in a row it is the receiver that is
//!   ill, and it is waited for; after [`GIVE_UP`] the entry is set aside nevertheless, in case it is the entries after all.
//! * An entry set aside has failed when it was refused for [`GIVE_UP`] by a receiver that answered all the while and is not ill: it
//!   stays in the log and can be replayed.
//! * 410 says that the address is gone: the webhook is disabled.

/// What is refused is tried for so long, in milliseconds.
pub(super) const GIVE_UP: i64 = 12 * 3_600_000;
/// The delay after the first attempt that failed, and the longest, in milliseconds.
const FIRST_DELAY: i64 = 1_000;
const LONGEST_DELAY: i64 = 5 * 60_000;
/// Entries set aside are not urgent: their schedule begins here and reaches further, in milliseconds.
const ASIDE_DELAY: i64 = 30_000;
const LONGEST_ASIDE: i64 = 3_600_000;
/// What a receiver may ask for by `Retry-After`, in milliseconds.
const PATIENCE: i64 = 3_600_000;
/// Entries refused in a row before the receiver itself is taken to be ill.
const IN_A_ROW: u32 = 3;

/// What kind of answer it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 2xx.
    Taken,
    /// Answered, and not taken.
    Refused,
    /// No answer, or one that says that there is nobody to ask just now.
    Silent,
    /// 410.
    Gone,
}

/// What came back from one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) answer: Answer,
    /// HTTP status; `None` when there was no answer.
    pub(crate) status: Option<u16>,
    pub(crate) took_ms: i64,
    /// Its first bytes.
    pub(crate) body: String,
    pub(crate) error: Option<String>,
    /// What it asked for by `Retry-After`, in milliseconds.
    pub(crate) retry_after: Option<i64>,
}

/// What happens to the entry next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// On to the next one.
    Done,
    /// Tried again at this time, while others go on.
    Aside(i64),
    /// Tried again at this time, and nothing else before.
    Wait(i64),
    /// Refused for too long; on to the next one.
    GivenUp,
    /// The webhook is disabled.
    Disable,
}

/// How the receiver has been lately. Forgotten at a restart: then it is simply asked again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Health {
    refused_in_a_row: u32,
    waits_in_a_row: u32,
    /// Since when it has answered every time, milliseconds since 1970; `None` while it does not.
    answers_since: Option<i64>,
}

/// Whether a status means that somebody took it, refused it, or that there is nobody to ask.
pub(super) fn answer_of(status: u16) -> Answer {
    match status {
        200..=299 => Answer::Taken,
        410 => Answer::Gone,
        408 | 425 | 429 | 502 | 503 | 504 => Answer::Silent,
        _ => Answer::Refused,
    }
}

impl Health {
    /// What follows from an answer. `attempts` counts this one; `is_aside` tells that the entry was set aside before.
    pub(super) fn judge(
        &mut self,
        reply: &Reply,
        attempts: i64,
        first_tried_at: i64,
        is_aside: bool,
        now: i64,
    ) -> Next {
        match reply.answer {
            Answer::Taken => {
                let answers_since = self.answers_since.or(Some(now));
                *self = Self { answers_since, ..Self::default() };
                Next::Done
            }
            Answer::Gone => Next::Disable,
            Answer::Silent => {
                self.answers_since = None;
                self.wait(reply, now)
            }
            Answer::Refused => {
                let refused_since = first_tried_at.max(*self.answers_since.get_or_insert(now));
                self.refused_in_a_row += u32::from(!is_aside);
                self.refused(reply, attempts, is_aside, now - refused_since >= GIVE_UP, now)
            }
        }
    }

    /// What follows when an entry is refused; `is_long` tells that it has been for [`GIVE_UP`].
    fn refused(&mut self, reply: &Reply, attempts: i64, is_aside: bool, is_long: bool, now: i64) -> Next {
        let is_ill = self.refused_in_a_row > IN_A_ROW;
        match (is_aside, is_ill, is_long) {
            (true, false, true) => Next::GivenUp,
            (false, true, false) => self.wait(reply, now),
            _ => Next::Aside(now + asked(reply).max(delay(ASIDE_DELAY, LONGEST_ASIDE, attempts))),
        }
    }

    fn wait(&mut self, reply: &Reply, now: i64) -> Next {
        self.waits_in_a_row = self.waits_in_a_row.saturating_add(1);
        Next::Wait(now + asked(reply).max(delay(FIRST_DELAY, LONGEST_DELAY, self.waits_in_a_row.into())))
    }
}

/// What the receiver asked for, as far as it is granted.
fn asked(reply: &Reply) -> i64 {
    reply.retry_after.unwrap_or(0).clamp(0, PATIENCE)
}

/// Doubles from `first` to `longest`; a quarter of it is random, so that many do not knock in step.
fn delay(first: i64, longest: i64, attempt: i64) -> i64 {
    let doubled = u32::try_from(attempt.clamp(1, 30) - 1).unwrap_or(0);
    let full = first.saturating_mul(1_i64 << doubled).min(longest);
    full - rand::random_range(0..=full / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16) -> Reply {
        Reply {
            answer: answer_of(status),
            status: Some(status),
            took_ms: 1,
            body: String::new(),
            error: None,
            retry_after: None,
        }
    }

    #[test]
    fn a_receiver_that_cannot_answer_is_waited_for_ever_longer() {
        let mut health = Health::default();
        let mut before = 0;
        for attempt in 1..=20 {
            let Next::Wait(at) = health.judge(&reply(503), attempt, 0, false, 0) else { panic!("{attempt}") };
            assert!((1..=LONGEST_DELAY).contains(&at) && at * 2 > before, "{attempt}: {at}");
            before = at;
        }
        assert_eq!(health.judge(&reply(204), 21, 0, false, 0), Next::Done);
        assert_eq!(health, Health { answers_since: Some(0), ..Health::default() });
    }

    #[test]
    fn one_refused_entry_is_set_aside_and_several_mean_the_receiver() {
        let mut health = Health::default();
        for _ in 0..IN_A_ROW {
            assert!(matches!(health.judge(&reply(500), 1, 0, false, 0), Next::Aside(_)));
        }
        assert!(matches!(health.judge(&reply(500), 1, 0, false, 0), Next::Wait(_)));
        assert_eq!(health.judge(&reply(200), 2, 0, false, 0), Next::Done);
        assert!(matches!(health.judge(&reply(400), 1, 0, false, 0), Next::Aside(_)));
        // What was set aside says nothing new of the receiver.
        for attempt in 2..20 {
            let Next::Aside(at) = health.judge(&reply(400), attempt, 0, true, 0) else { panic!("{attempt}") };
            assert!(at <= LONGEST_ASIDE);
        }
    }

    #[test]
    fn only_what_is_refused_for_long_is_given_up_and_an_address_that_is_gone_at_once() {
        let mut health = Health::default();
        let days = 10 * GIVE_UP;
        assert!(matches!(health.judge(&reply(503), 9, 0, false, days), Next::Wait(_)));
        assert!(matches!(health.judge(&reply(503), 9, 0, true, days), Next::Wait(_)));
        // It answers again: from now on what is refused counts.
        assert!(matches!(health.judge(&reply(404), 9, 0, true, days), Next::Aside(_)));
        assert!(matches!(health.judge(&reply(404), 9, 0, true, days + GIVE_UP - 1), Next::Aside(_)));
        assert_eq!(health.judge(&reply(404), 9, 0, true, days + GIVE_UP), Next::GivenUp);
        assert_eq!(health.judge(&reply(410), 1, 0, false, 0), Next::Disable);
        let patient = Reply { retry_after: Some(120_000), ..reply(429) };
        assert_eq!(health.judge(&patient, 1, 0, false, 0), Next::Wait(120_000));
    }

    #[test]
    fn who_refuses_everything_loses_nothing_for_it() {
        let mut health = Health::default();
        for _ in 0..IN_A_ROW {
            assert!(matches!(health.judge(&reply(500), 1, 0, false, 0), Next::Aside(_)));
        }
        assert!(matches!(health.judge(&reply(500), 9, 0, false, GIVE_UP - 1), Next::Wait(_)));
        assert!(matches!(health.judge(&reply(500), 9, 0, true, GIVE_UP), Next::Aside(_)));
        // It may be the entries after all: the next one is tried.
        assert!(matches!(health.judge(&reply(500), 9, 0, false, GIVE_UP), Next::Aside(_)));
        assert_eq!(health.judge(&reply(200), 1, GIVE_UP, false, GIVE_UP), Next::Done);
        assert_eq!(health.judge(&reply(500), 10, 0, true, GIVE_UP), Next::GivenUp);
    }
}
