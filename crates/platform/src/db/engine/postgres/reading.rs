//! The readers: each closure on a snapshot of its own that nothing can change.

use super::super::job::{BoxedJob, Reads};
use super::Tx;
use super::link::Link;
use super::session::Session;

/// Works until nobody can send work any more.
pub(super) fn run(mut link: Link, reads: &Reads) {
    let mut jobs = Vec::with_capacity(1);
    while let Some(job) = reads.next() {
        jobs.push(job);
        link.serve(&mut jobs, read);
    }
}

fn read(session: &mut Session, jobs: &mut Vec<BoxedJob>) {
    if let Err(error) = session.batch("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") {
        if session.broken().is_none() {
            jobs.drain(..).for_each(|job| job.answer(Some(error.clone())));
        }
        return;
    }
    if let Some(mut job) = jobs.pop() {
        job.run(&mut Tx::new(session));
        // Answered before the end of the transaction, which changes nothing for the caller.
        job.answer(None);
    }
    // A failure is the line's: the session knows, and is not used again.
    drop(session.batch("ROLLBACK"));
}
