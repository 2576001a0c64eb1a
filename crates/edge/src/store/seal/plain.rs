//! A database from before sealing: its rows are sealed once, at the first start with a version that seals.
//! `seal.complete` says how far that has come: 1 all but the settings, 2 everything.
//!
//! Each person and each picture is sealed in a transaction of a batch; a stop or crash goes on where it was. At the end the file
//! is written anew without the pages that once held plain bytes.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::{StoreError, empty_log, settings};
use super::{Label, Sealer, slots};

/// Rows sealed in one transaction.
const BATCH: usize = 200;
/// `seal.complete` once nothing is left to do.
const COMPLETE: i64 = 2;

/// Seals whatever is still plain; nothing to do once that was completed.
pub(super) fn seal_all(db: &Connection, sealer: &Sealer) -> Result<(), StoreError> {
    let complete: i64 = db.query_row("SELECT complete FROM seal", [], |row| row.get(0))?;
    if complete == COMPLETE {
        return Ok(());
    }
    let (mut people, mut events, mut cameras) = (0, 0, 0);
    if complete == 0 {
        people = in_batches(db, "people", |db, after| next_person(db, sealer, after))?;
        events = in_batches(db, "events", |db, after| next_event(db, sealer, after))?;
        cameras = in_batches(db, "cameras", |db, _| next_camera(db, sealer))?;
    }
    let settings = in_batches(db, "settings", |db, _| next_setting(db, sealer))?;
    if people + events + cameras + settings > 0 {
        tracing::info!(
            people,
            events,
            cameras,
            settings,
            "everything is sealed; the database is being written anew"
        );
        match db.execute_batch("VACUUM").map_err(StoreError::from) {
            Ok(()) => {}
            Err(StoreError::Full) => {
                tracing::warn!(
                    "no room to write the database anew: old plain bytes may be left in unused parts of it; it is tried again at the next start"
                );
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    empty_log(db)?;
    db.execute("UPDATE seal SET complete = ?1", [COMPLETE])?;
    Ok(())
}

/// Calls `next` with the row it did last until there is none left; how many there were.
fn in_batches(
    db: &Connection,
    what: &str,
    mut next: impl FnMut(&Connection, i64) -> Result<Option<i64>, StoreError>,
) -> Result<usize, StoreError> {
    let (mut after, mut done) = (0, 0);
    loop {
        let transaction = db.unchecked_transaction()?;
        let mut ended = false;
        for _ in 0..BATCH {
            match next(db, after)? {
                Some(row) => (after, done) = (row, done + 1),
                None => {
                    ended = true;
                    break;
                }
            }
        }
        transaction.commit()?;
        if ended {
            return Ok(done);
        }
        if done % (10 * BATCH) == 0 {
            tracing::info!(done, what, "rows of an older version are being sealed");
        }
    }
}

/// Seals the first `number` people.
#[cfg(test)]
pub(super) fn seal_people(db: &Connection, sealer: &Sealer, number: usize) -> Result<(), StoreError> {
    let mut after = 0;
    for _ in 0..number {
        after = next_person(db, sealer, after)?.unwrap_or(after);
    }
    Ok(())
}

fn next_person(db: &Connection, sealer: &Sealer, after: i64) -> Result<Option<i64>, StoreError> {
    let mut after = after;
    loop {
        let row = db
            .prepare_cached(
                "SELECT key, template, photo FROM person LEFT JOIN person_photo ON person_key = key
                 WHERE key > ?1 ORDER BY key LIMIT 1",
            )?
            .query_row([after], |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, Option<Vec<u8>>>(1)?,
                    row.get::<_, Option<Vec<u8>>>(2)?,
                ))
            })
            .optional()?;
        let Some((row, template, photo)) = row else { return Ok(None) };
        let person = u32::try_from(row).map_err(|_| StoreError::Corrupt("person.key"))?;
        if slots::read(db, person)?.is_some() {
            after = row;
            continue;
        }
        let key = sealer.renew_person(db, person)?;
        let template = template.map(|plain| key.seal(Label::Template(person), &plain)).transpose()?;
        let photo = photo.map(|plain| key.seal(Label::Photo(person), &plain)).transpose()?;
        db.prepare_cached("UPDATE person SET template = ?2 WHERE key = ?1")?
            .execute(params![row, template])?;
        if let Some(photo) = photo {
            db.prepare_cached("UPDATE person_photo SET photo = ?2 WHERE person_key = ?1")?
                .execute(params![row, photo])?;
        }
        return Ok(Some(row));
    }
}

fn next_event(db: &Connection, sealer: &Sealer, after: i64) -> Result<Option<i64>, StoreError> {
    let row: Option<(i64, Vec<u8>)> = db
        .prepare_cached(
            "SELECT seq, spot FROM event WHERE seq > ?1 AND spot IS NOT NULL AND sealed = 0 ORDER BY seq LIMIT 1",
        )?
        .query_row([after], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((seq, spot)) = row else { return Ok(None) };
    let spot = sealer.events(db)?.seal(Label::Spot(seq), &spot)?;
    db.prepare_cached("UPDATE event SET spot = ?2, sealed = 1 WHERE seq = ?1")?
        .execute(params![seq, spot])?;
    Ok(Some(seq))
}

fn next_camera(db: &Connection, sealer: &Sealer) -> Result<Option<i64>, StoreError> {
    let row: Option<(String, String)> = db
        .prepare_cached("SELECT name, settings FROM camera WHERE typeof(settings) = 'text' LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((name, settings)) = row else { return Ok(None) };
    let sealed = sealer.seal_camera(&name, &settings)?;
    db.execute("UPDATE camera SET settings = ?2 WHERE name = ?1", params![name, sealed])?;
    Ok(Some(0))
}

fn next_setting(db: &Connection, sealer: &Sealer) -> Result<Option<i64>, StoreError> {
    for name in settings::SECRET {
        let plain: Option<String> = db
            .prepare_cached("SELECT value FROM setting WHERE name = ?1 AND typeof(value) = 'text'")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        if let Some(plain) = plain {
            settings::set_secret(db, sealer, name, &plain)?;
            return Ok(Some(0));
        }
    }
    Ok(None)
}
