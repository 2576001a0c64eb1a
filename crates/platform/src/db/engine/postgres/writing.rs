//! The writer: a group of closures in one transaction, under the lock that all processes' writers share.

use super::super::job::{BoxedJob, Writes};
use super::link::Link;
use super::session::Session;
use super::{DbError, Tx};

/// The advisory lock of all writers: the letters of "menshen". It belongs to one database, others are not disturbed.
const LOCK: u64 = 0x006d_656e_7368_656e;

/// Works until nobody can send work any more.
pub(super) fn run(mut link: Link, mut writes: Writes) {
    let mut group = Vec::new();
    while writes.next(&mut group) {
        link.serve(&mut group, commit_group);
    }
}

/// Runs the jobs of the group in one transaction and answers them. When the connection is lost, those that had not begun stay.
fn commit_group(session: &mut Session, group: &mut Vec<BoxedJob>) {
    let mut begun = 0;
    let failed = run_group(session, group, &mut begun).err();
    if let Some(error) = &failed {
        tracing::warn!(%error, jobs = group.len(), begun, "a group of database writes failed");
        if session.broken().is_none() {
            drop(session.batch("ROLLBACK"));
            // Nothing is wrong with the line: whoever has not begun would fail for the same reason.
            begun = group.len();
        }
    }
    for job in group.drain(..begun) {
        job.answer(failed.clone());
    }
}

/// Runs the jobs and commits; `begun` counts those that ran.
fn run_group(session: &mut Session, group: &mut [BoxedJob], begun: &mut usize) -> Result<(), DbError> {
    let alone = group.len() == 1;
    let savepoint = if alone { "" } else { "; SAVEPOINT job" };
    session.batch(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK}){savepoint}"))?;
    let last = group.len() - 1;
    for (at, job) in group.iter_mut().enumerate() {
        *begun += 1;
        let keep = job.run(&mut Tx::new(session));
        session.batch(match (keep, at == last) {
            (true, true) => "COMMIT",
            (true, false) => "RELEASE job; SAVEPOINT job",
            (false, true) if alone => "ROLLBACK",
            (false, true) => "ROLLBACK TO job; COMMIT",
            (false, false) => "ROLLBACK TO job",
        })?;
    }
    Ok(())
}
