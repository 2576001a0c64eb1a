//! PostgreSQL: one thread writes, a few read; a success is answered only after the commit that holds it was confirmed.
//!
//! * Group commit: the writer takes what is queued, runs each closure in a savepoint of its own inside one transaction,
//!   commits once, and only then answers all of them.
//! * Writers run one after another across processes: each group begins by taking an advisory lock that ends with its
//!   transaction, so every statement after it sees whatever any writer committed before.
//! * A lost connection is made again with growing pauses. Closures that had begun are answered with an error, because
//!   nobody knows what became of them; those that had not are run on the new connection, or refused after a while.
//! * Every wait is bounded, on the server's side and on ours.

mod address;
mod encryption;
mod failure;
mod fitness;
mod link;
mod reading;
mod session;
mod value;
mod writing;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use address::Address;
use link::Link;

use super::job::{self, Queues};
use super::{DbError, Row, Statements, Tx, Val};

/// Threads that read, each with its own connection.
const READERS: usize = 4;

/// Connects to the database, trying for `patience`, makes sure that it is fit for use, and starts the threads that work on it.
pub(super) fn open(url: &str, patience: Duration) -> Result<Queues, DbError> {
    let address = Arc::new(Address::read(url)?);
    let mut writer = Link::new(Arc::clone(&address))?;
    fitness::check(writer.first(patience)?)?;
    let (queues, writes, reads) = job::queues();
    job::start("db-writer", move || writing::run(writer, writes))?;
    for _ in 0..READERS {
        let (reader, reads) = (Link::new(Arc::clone(&address))?, reads.clone());
        job::start("db-reader", move || reading::run(reader, &reads))?;
    }
    Ok(queues)
}
