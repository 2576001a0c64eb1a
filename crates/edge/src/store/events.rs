//! The event ring and the cursors of the history uploads.
//!
//! The contract:
//!
//! * An event has its number (`seq`) once its row is committed. Numbers only grow and none is used twice.
//! * An event whose door is still moving is *open*; [`after`] ends before the first open event, so no cursor can pass one.
//!   [`close_all`] closes what a crash left open.
//! * A cursor names the last event that one target has accepted. [`advance`] moves it, forward only, and is called after
//!   the target's success only. A crash between success and `advance` repeats events; nothing skips one.
//! * [`trim`] keeps the newest `keep` events and every event that a current target has not accepted; what leaves leaves in steps, so
//!   the ring may be larger for a while. Only [`shed`] and
//!   [`shed_to_fit`], called when the disk is nearly full, drop such an event, and what they drop is counted for ever.
//! * Before the first login the platform's targets are not known. [`await_targets`] holds their place: no event counts as
//!   delivered until [`set_targets`] says who they are.
//! * An event that could not be stored at all never had a number; it is counted too ([`count_lost`]).
//! * Whoever is erased takes the pictures of their events along ([`forget_pictures`]); the events stay.
//! * The picture is sealed ([`super::seal`]); a picture that cannot be opened is left out, the event stays.
//! * An event that a target can never accept is set aside for that target ([`set_aside`]): the cursor passes it, and it is
//!   listed and counted.

mod leaving;
mod pictures;

use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::StoreError;
use super::seal::{Key, Label, Sealer};

use leaving::{DROPPED_UNSENT, LOST, tally};
pub use leaving::{count_lost, shed, shed_to_fit, trim};
pub use pictures::{forget_all_pictures, forget_pictures};

/// Target cursors that are remembered, those no longer in use included: a platform that comes back goes on where it was.
const MOST_TARGETS: i64 = 32;
/// Stands for the targets a login is still to name: nothing has been delivered to them. No address is empty.
const AWAITED: &str = "";
/// Set-aside events that are listed; the count goes on.
const MOST_ASIDE: i64 = 1000;

/// A new event. It has no text form: pictures never reach a log.
#[derive(Clone)]
pub struct NewEvent {
    /// When the picture was taken, milliseconds UTC.
    pub taken_at: i64,
    /// The event, JSON of the box's own.
    pub body: String,
    /// The picture that is sent with it, JPEG.
    pub spot: Option<Vec<u8>>,
    /// Whether its door is still moving.
    pub open: bool,
}

/// An event as it is kept. It has no text form: pictures never reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub seq: i64,
    /// The event, JSON of the box's own.
    pub body: String,
    /// The picture that is sent with it, JPEG.
    pub spot: Option<Vec<u8>>,
}

/// Where one target is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = HistoryCursor)]
pub struct Cursor {
    /// The target's address.
    pub target: String,
    /// The last event it has accepted; 0 before the first.
    pub seq: i64,
    /// Events it has not accepted yet.
    pub pending: i64,
    /// Events set aside for it so far.
    pub set_aside: i64,
}

/// The ring in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = EventRing)]
pub struct Ring {
    /// Events kept now.
    pub kept: i64,
    /// The newest event's number; 0 before the first.
    pub newest: i64,
    /// Events dropped before every target had them, ever.
    pub dropped_unsent: i64,
    /// Events that could not be stored, ever.
    pub lost: i64,
}

impl NewEvent {
    /// Its size in bytes, text and picture.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.spot.as_ref().map_or(0, Vec::len)
    }
}

impl Row {
    /// Its size in bytes, text and picture.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.spot.as_ref().map_or(0, Vec::len)
    }
}

/// Adds an event and returns its number.
pub fn insert(db: &Connection, sealer: &Sealer, event: &NewEvent) -> Result<i64, StoreError> {
    db.prepare_cached("INSERT INTO event (taken_at, body, open) VALUES (?1, ?2, ?3)")?.execute(params![
        event.taken_at,
        event.body,
        event.open
    ])?;
    let seq = db.last_insert_rowid();
    if let Some(spot) = &event.spot {
        let sealed = sealer.events(db)?.seal(Label::Spot(seq), spot)?;
        db.prepare_cached("UPDATE event SET spot = ?2, sealed = 1 WHERE seq = ?1")?
            .execute(params![seq, sealed])?;
    }
    Ok(seq)
}

/// Closes an open event with its final text; whether it is still there.
pub fn close(db: &Connection, seq: i64, body: &str) -> Result<bool, StoreError> {
    let closed = db
        .prepare_cached("UPDATE event SET body = ?2, open = 0 WHERE seq = ?1")?
        .execute(params![seq, body])?;
    Ok(closed > 0)
}

/// Closes what a crash left open, as it stands. Returns how many there were.
pub fn close_all(db: &Connection) -> Result<usize, StoreError> {
    Ok(db.execute("UPDATE event SET open = 0 WHERE open = 1", [])?)
}

/// At most `most` events after `seq` and at most about `bytes` of them (one at least), ending before the first open one.
pub fn after(
    db: &Connection,
    sealer: &Sealer,
    seq: i64,
    most: usize,
    bytes: usize,
) -> Result<Vec<Row>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(
        "SELECT seq, body, spot FROM event WHERE seq > ?1
         AND seq < coalesce((SELECT min(seq) FROM event WHERE open = 1), 9223372036854775807) ORDER BY seq LIMIT ?2",
    )?;
    let key = sealer.events(db)?;
    let mut rows = statement.query(params![seq, most])?;
    let mut found = Vec::new();
    let mut total = 0;
    while let Some(row) = rows.next()? {
        let row = read(row, &key)?;
        total += row.bytes();
        if total > bytes && !found.is_empty() {
            break;
        }
        found.push(row);
    }
    Ok(found)
}

/// The newest events first, at most `most`.
pub fn newest(db: &Connection, sealer: &Sealer, most: usize) -> Result<Vec<Row>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached("SELECT seq, body, spot FROM event ORDER BY seq DESC LIMIT ?1")?;
    let key = sealer.events(db)?;
    let mut rows = statement.query([most])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row, &key)?);
    }
    Ok(found)
}

/// At most `most` complete events older than `before` and taken within `span` (from, and before), newest first, without
/// their pictures.
pub fn bodies(
    db: &Connection,
    before: i64,
    (from, to): (i64, i64),
    most: usize,
) -> Result<Vec<Row>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(
        "SELECT seq, body FROM event WHERE seq < ?1 AND taken_at >= ?2 AND taken_at < ?3 AND open = 0
         ORDER BY seq DESC LIMIT ?4",
    )?;
    let rows = statement.query_map([before, from, to, most], |row| {
        Ok(Row { seq: row.get(0)?, body: row.get(1)?, spot: None })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// At most `most` complete events after `seq`, oldest first and ending before the first open one, without their pictures.
pub fn bodies_after(db: &Connection, seq: i64, most: usize) -> Result<Vec<Row>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut statement = db.prepare_cached(
        "SELECT seq, body FROM event WHERE seq > ?1
         AND seq < coalesce((SELECT min(seq) FROM event WHERE open = 1), 9223372036854775807) ORDER BY seq LIMIT ?2",
    )?;
    let rows = statement
        .query_map(params![seq, most], |row| Ok(Row { seq: row.get(0)?, body: row.get(1)?, spot: None }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The number up to which every event is complete; 0 before the first.
pub fn settled(db: &Connection) -> Result<i64, StoreError> {
    let open: Option<i64> =
        db.prepare_cached("SELECT min(seq) FROM event WHERE open = 1")?.query_row([], |row| row.get(0))?;
    open.map_or_else(|| Ok(ring(db)?.newest), |open| Ok(open - 1))
}

/// The complete event with this number.
pub fn one(db: &Connection, sealer: &Sealer, seq: i64) -> Result<Option<Row>, StoreError> {
    let mut statement = db.prepare_cached("SELECT seq, body, spot FROM event WHERE seq = ?1 AND open = 0")?;
    let mut rows = statement.query([seq])?;
    rows.next()?.map(|row| read(row, &sealer.events(db)?)).transpose()
}

fn read(row: &rusqlite::Row<'_>, key: &Key) -> Result<Row, StoreError> {
    let (seq, sealed): (i64, Option<Vec<u8>>) = (row.get(0)?, row.get(2)?);
    let spot = sealed.and_then(|sealed| {
        let opened = key.open(Label::Spot(seq), &sealed);
        opened.inspect_err(|error| tracing::error!(seq, %error, "an event has lost its picture")).ok()
    });
    Ok(Row { seq, body: row.get(1)?, spot })
}

/// Forgets every event and the key of their pictures; cursors and numbers stay. To be called from
/// [`Store::erase`](super::Store::erase).
pub fn wipe(db: &Connection, sealer: &Sealer) -> Result<usize, StoreError> {
    sealer.renew_events(db)?;
    Ok(db.execute("DELETE FROM event", [])?)
}

/// Makes `targets` current beside those that are. A new one starts before the oldest event kept; one that was current before
/// goes on where it was.
pub fn add_targets(db: &Connection, targets: &[String], now: i64) -> Result<(), StoreError> {
    let mut upsert = db.prepare_cached(
        "INSERT INTO upload_cursor (target, seq, moved_at, current) VALUES (?1, 0, ?2, 1)
         ON CONFLICT (target) DO UPDATE SET current = 1",
    )?;
    for target in targets {
        upsert.execute(params![target, now])?;
    }
    Ok(())
}

/// Makes the box's `own` targets current beside those that are, and holds the place of those that a login is to name when
/// none of an earlier login is current.
pub fn await_targets(db: &Connection, own: &[String], now: i64) -> Result<(), StoreError> {
    let mut statement = db.prepare_cached("SELECT target FROM upload_cursor WHERE current = 1")?;
    let current = statement.query_map([], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    add_targets(db, own, now)?;
    if current.iter().all(|target| own.contains(target)) {
        add_targets(db, &[AWAITED.to_owned()], now)?;
    }
    Ok(())
}

/// Makes `targets` the only current ones, as [`add_targets`] does.
pub fn set_targets(db: &Connection, targets: &[String], now: i64) -> Result<(), StoreError> {
    db.execute("UPDATE upload_cursor SET current = 0", [])?;
    db.execute("DELETE FROM upload_cursor WHERE target = ?1", [AWAITED])?;
    add_targets(db, targets, now)?;
    db.execute(
        "DELETE FROM upload_cursor WHERE current = 0 AND target NOT IN
         (SELECT target FROM upload_cursor ORDER BY current DESC, moved_at DESC LIMIT ?1)",
        [MOST_TARGETS],
    )?;
    Ok(())
}

/// Where `target` is: the last event it has accepted, 0 when it has none.
pub fn cursor(db: &Connection, target: &str) -> Result<i64, StoreError> {
    let seq = db
        .prepare_cached("SELECT seq FROM upload_cursor WHERE target = ?1")?
        .query_row([target], |row| row.get(0))
        .optional()?;
    Ok(seq.unwrap_or(0))
}

/// Moves the cursor of `target` to `seq`: it has accepted everything up to there. Never moves it back.
pub fn advance(db: &Connection, target: &str, seq: i64, now: i64) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE upload_cursor SET seq = ?2, moved_at = ?3 WHERE target = ?1 AND seq < ?2")?
        .execute(params![target, seq, now])?;
    Ok(())
}

/// Lists event `seq` as one that `target` can never accept. The cursor is moved by the caller, in the same step.
pub fn set_aside(db: &Connection, target: &str, seq: i64, reason: &str, now: i64) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO upload_aside (target, seq, reason, at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![target, seq, reason, now])?;
    db.prepare_cached("UPDATE upload_cursor SET set_aside = set_aside + 1 WHERE target = ?1")?
        .execute([target])?;
    db.prepare_cached(
        "DELETE FROM upload_aside WHERE rowid NOT IN (SELECT rowid FROM upload_aside ORDER BY at DESC, seq DESC LIMIT ?1)",
    )?
    .execute([MOST_ASIDE])?;
    Ok(())
}

/// Every current target's place.
pub fn cursors(db: &Connection) -> Result<Vec<Cursor>, StoreError> {
    let mut statement = db.prepare_cached(
        "SELECT target, seq, (SELECT count(*) FROM event WHERE event.seq > upload_cursor.seq), set_aside
         FROM upload_cursor WHERE current = 1 AND target <> ?1 ORDER BY target",
    )?;
    let rows = statement.query_map([AWAITED], |row| {
        Ok(Cursor { target: row.get(0)?, seq: row.get(1)?, pending: row.get(2)?, set_aside: row.get(3)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The ring in numbers. Constant cost: events leave at the old end only, or all together.
pub fn ring(db: &Connection) -> Result<Ring, StoreError> {
    let (oldest, newest): (Option<i64>, Option<i64>) = db
        .prepare_cached("SELECT (SELECT min(seq) FROM event), (SELECT max(seq) FROM event)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let last: i64 = db
        .prepare_cached("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event'), 0)")?
        .query_row([], |row| row.get(0))?;
    let kept = newest.zip(oldest).map_or(0, |(newest, oldest)| newest - oldest + 1);
    Ok(Ring { kept, newest: last, dropped_unsent: tally(db, DROPPED_UNSENT)?, lost: tally(db, LOST)? })
}

#[cfg(test)]
mod tests;
