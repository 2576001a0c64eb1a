//! Reading everything back into an empty database: the file is checked as a whole first, then rows and blobs are written, and only
//! the last step makes the database one that a platform starts on.
//!
//! What boxes hold may have changed since the file was written. So unless it is known that it has not, what they had proved is
//! forgotten: they log in again and are brought up again, and nothing is claimed that nobody has seen. Nor are ids used again under
//! which others may have been told something else meanwhile.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use protocol::DevSno;
use runtime::seal::{Key, KeyBytes, KeyFile};
use serde_json::json;
use tokio::sync::mpsc;

use super::pack::Entry;
use super::tables::{Table, exported, up_to};
use super::{ArchiveError, End, Manifest, Report, keys, rows, unpack};
use crate::blobs::{Blobs, address};
use crate::clock;
use crate::config::{Config, Secret};
use crate::db::audit::{self, Deed};
use crate::db::{Db, DbError, Tx, desired, feed, migrate, seal as sealed, vals};
use crate::seal::{Label, Seal};

/// Entries on their way from the file.
const QUEUE: usize = 4;
/// Blobs written at the same time.
const AT_ONCE: usize = 8;
/// Blobs after which the log says how far it is.
const TOLD: u64 = 10_000;

/// Why nothing is done while a platform works on the database.
pub(super) const RUNNING: &str =
    "database.url: a platform is running on this database: stop it first, and wait a minute if it was killed";

/// What is to be imported, and how.
#[derive(Debug, Clone)]
pub struct Import {
    /// A file that [`super::export()`] wrote.
    pub file: PathBuf,
    /// What the key was wrapped with; not needed when the file has no key, or the key file is there already.
    pub passphrase: Option<Secret>,
    /// Whether a database that is not empty is emptied first.
    pub replace: bool,
    /// Whether the boxes hold exactly what the file says and nobody was told anything since, because the platform was stopped before
    /// it was written.
    pub boxes_unchanged: bool,
}

/// Reads a file into the configured database and photo store. No platform may run on them.
///
/// # Errors
/// [`ArchiveError`]. When it happens after the database was found empty and the file whole, the database is left marked: no platform
/// starts on it until an import with `replace` came to its end.
pub async fn import(config: &Config, asked: Import) -> Result<Report, ArchiveError> {
    let path = asked.file.clone();
    let (manifest, end) = blocking(move || unpack::verify(&path)).await?;
    tracing::info!(rows = end.tables.values().sum::<u64>(), blobs = end.blobs, "the file is whole");
    let key = KeyFile::at(config.key_file());
    let bytes = key_of(&manifest, &asked, &key).await?;
    let db = Db::connect(&config.database_url()).await?;
    prepare(&db, &manifest, asked.replace).await?;
    if let Some(bytes) = bytes {
        key.put(&bytes).map_err(|error| {
            let advice = "the file brings its own key: move the present key file away, or set seal.key_file to another path";
            ArchiveError::Refused(format!("seal.key_file: {error}; {advice}"))
        })?;
    }
    let tables = exported(manifest.schema);
    let proof = decoded(&manifest)?;
    let schema = manifest.schema;
    db.write(move |tx| begin(tx, schema, proof)).await?;
    let blobs = Blobs::open(&config.blobs_url(), &config.blobs, Seal::while_importing(&db, &key).await?)?;
    fill(&db, &blobs, &asked, &tables).await?;
    finish(&db, &asked, &manifest, &end).await?;
    let bytes = std::fs::metadata(&asked.file).map_or(0, |about| about.len());
    Ok(Report { tables: end.tables, blobs: end.blobs, missing: end.missing.len() as u64, bytes })
}

async fn blocking<R: Send + 'static>(
    work: impl FnOnce() -> Result<R, ArchiveError> + Send + 'static,
) -> Result<R, ArchiveError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| ArchiveError::Store("reading the file panicked".to_owned()))?
}

/// The key of the file's photos, when the key file does not hold it yet.
async fn key_of(
    manifest: &Manifest,
    asked: &Import,
    file: &KeyFile,
) -> Result<Option<KeyBytes>, ArchiveError> {
    let refused = |words: String| Err(ArchiveError::Refused(words));
    let proof = decoded(manifest)?;
    let proves = |bytes: &KeyBytes| Key::of(bytes).open(&Label::Proof.bytes(), &proof).is_ok();
    let present = file.read().map_err(|error| ArchiveError::Refused(format!("seal.key_file: {error}")))?;
    if present.as_ref().is_some_and(proves) {
        return Ok(None);
    }
    let at = file.path().display();
    if present.is_some() {
        return refused(format!(
            "seal.key_file: {at} holds another key than the photos in the file were sealed with: move it away"
        ));
    }
    match (&manifest.key, &asked.passphrase) {
        (None, _) => refused(format!(
            "the file was written without its key: put the platform's key file at {at} first"
        )),
        (Some(_), None) => {
            refused("the file holds its key wrapped: give the passphrase it was written with".to_owned())
        }
        (Some(wrapped), Some(passphrase)) => {
            let (wrapped, passphrase) = (wrapped.clone(), passphrase.clone());
            let bytes = blocking(move || keys::unwrap(&wrapped, passphrase.reveal())).await?;
            if proves(&bytes) {
                Ok(Some(bytes))
            } else {
                refused("the key in the file is not that of its photos".to_owned())
            }
        }
    }
}

fn decoded(manifest: &Manifest) -> Result<Vec<u8>, ArchiveError> {
    let proof = BASE64_STANDARD.decode(&manifest.proof);
    proof.map_err(|_| ArchiveError::Refused("manifest.json: proof is not base64".to_owned()))
}

/// Brings the database to the schema of the file, if it can be, and refuses one that is in use.
async fn prepare(db: &Db, manifest: &Manifest, replace: bool) -> Result<(), ArchiveError> {
    let (schema, tables) = (manifest.schema, exported(manifest.schema));
    let checked = db.write(move |tx| {
        migrate::run_to(tx, Some(schema))?;
        let found = migrate::version(tx)?;
        let holders = holders(tx)?;
        let mut full = None;
        for table in tables
            .iter()
            .filter(|table| !matches!(table.name.as_str(), "permission_group" | "feed" | "audit"))
        {
            if found == schema && tx.first(&format!("SELECT 1 FROM {} LIMIT 1", table.name), &[])?.is_some() {
                full = Some(table.name.clone());
                break;
            }
        }
        let begun = sealed::state(tx)?.is_some_and(|state| state.importing);
        Ok::<_, DbError>((found, holders, full, begun))
    });
    let (found, holders, full, begun) = checked.await?;
    let refused = |words: String| Err(ArchiveError::Refused(words));
    if found != schema {
        return refused(format!(
            "database.url: the database has schema {found}, the file {schema}: use an empty database, which is brought to the \
             newest schema after the import"
        ));
    }
    if holders > 0 {
        return refused(RUNNING.to_owned());
    }
    match full {
        Some(_) if begun && !replace => refused(
            "database.url: an import into this database was not completed: run it again with --replace"
                .to_owned(),
        ),
        Some(table) if !replace => refused(format!(
            "database.url: the database is not empty (there are rows in {table}): use another one, or --replace, which deletes what is there"
        )),
        _ => Ok(()),
    }
}

/// How many leases running platforms hold.
pub(super) fn holders(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.number("SELECT COUNT(*) FROM lease WHERE until > $1", vals![clock::now()])
}

/// Empties the database and marks it.
fn begin(tx: &mut Tx<'_>, schema: i64, proof: Vec<u8>) -> Result<(), DbError> {
    let tables = up_to(schema);
    let names = tables.iter().rev().map(|table| table.name.as_str()).filter(|name| *name != "schema_version");
    migrate::empty(tx, &names.collect::<Vec<_>>())?;
    sealed::begin_import(tx, proof)
}

/// Writes rows and blobs in the order of the file.
async fn fill(db: &Db, blobs: &Blobs, asked: &Import, tables: &[Table]) -> Result<(), ArchiveError> {
    let (sender, mut entries) = mpsc::channel::<Entry>(QUEUE);
    let path = asked.file.clone();
    let stopped = || ArchiveError::Store("reading the file has stopped".to_owned());
    let reading = tokio::task::spawn_blocking(move || {
        unpack::each(&path, |entry| sender.blocking_send(entry).map_err(|_| stopped()))
    });
    let (mut writing, mut count) = (FuturesUnordered::new(), 0_u64);
    while let Some(entry) = entries.recv().await {
        if let Some(blob) = entry.name.strip_prefix("blobs/") {
            let blob = blob.to_owned();
            if address::owner(&blob).is_none() {
                return Err(unpack::damaged(&asked.file, format!("{blob} is no address of a photo")));
            }
            writing.push(async move { blobs.store_again(&blob, Bytes::from(entry.content)).await });
            if writing.len() >= AT_ONCE {
                writing.next().await.transpose()?;
            }
            count += 1;
            if count % TOLD == 0 {
                tracing::info!(blobs = count, "importing");
            }
        } else if let Some(("tables", rest)) = entry.name.split_once('/') {
            let name = rest.split('/').next().unwrap_or(rest);
            let table = tables.iter().find(|table| table.name == name).cloned();
            let table =
                table.ok_or_else(|| unpack::damaged(&asked.file, format!("there is no table {name}")))?;
            put(db, asked, table, &entry).await?;
        }
    }
    while let Some(written) = writing.next().await {
        written?;
    }
    reading.await.map_err(|_| ArchiveError::Store("reading the file panicked".to_owned()))?
}

async fn put(db: &Db, asked: &Import, table: Table, entry: &Entry) -> Result<(), ArchiveError> {
    let mut rows = rows::from_lines(&entry.content)
        .map_err(|what| unpack::damaged(&asked.file, format!("{}: {what}", entry.name)))?;
    tracing::debug!(entry = entry.name, rows = rows.len(), "importing");
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(500));
        let (page, table) = (std::mem::replace(&mut rows, rest), table.clone());
        db.write(move |tx| rows::put(tx, &table, &page)).await?;
    }
    Ok(())
}

/// What is left to be done when everything is there; the last transaction makes the database whole.
async fn finish(db: &Db, asked: &Import, manifest: &Manifest, end: &End) -> Result<(), ArchiveError> {
    for gone in end.missing.clone() {
        db.write(move |tx| {
            tx.exec(
                "UPDATE person SET photo_key = NULL, photo_hash = NULL, photo_at = NULL WHERE photo_key = $1",
                vals![gone],
            )
        })
        .await?;
    }
    // From here on the schema is the newest, whatever the file's was.
    db.write(|tx| migrate::run_to(tx, None)).await?;
    if !asked.boxes_unchanged {
        distrust(db).await?;
    }
    complete(db, asked, manifest, end).await
}

/// Nothing is claimed of boxes that nobody has seen, and ids under which others may have been told something else are not used again.
pub(super) async fn distrust(db: &Db) -> Result<(), DbError> {
    db.write(feed::begin_epoch).await?;
    db.write(|tx| forget_boxes(tx, clock::now())).await?;
    let boxes = db.read(|tx| tx.query("SELECT dev_sno FROM box ORDER BY dev_sno", &[])).await?;
    for row in boxes {
        let dev_sno = DevSno::new(row.text("dev_sno")?);
        db.write(move |tx| desired::doubt_box(tx, &dev_sno, clock::now())).await?;
    }
    Ok(())
}

/// Boxes log in again and are told where the platform is now; commands of the time before are over.
fn forget_boxes(tx: &mut Tx<'_>, now: i64) -> Result<(), DbError> {
    tx.exec("DELETE FROM box_token", &[])?;
    tx.exec("UPDATE box SET login_at = NULL, base_url = NULL", &[])?;
    tx.exec(
        "UPDATE command SET state = 'expired', finished_at = $1, message = 'the platform was restored'
         WHERE state IN ('queued', 'published')",
        vals![now],
    )?;
    Ok(())
}

/// Writes down what was done and opens the database to platforms.
async fn complete(db: &Db, asked: &Import, manifest: &Manifest, end: &End) -> Result<(), ArchiveError> {
    let deed = Deed {
        actor: "system".to_owned(),
        address: String::new(),
        action: "platform.import",
        subject: asked.file.display().to_string(),
        detail: json!({"written_at": manifest.created_at, "rows": end.tables.values().sum::<u64>(), "blobs": end.blobs,
            "missing": end.missing.len(), "boxes_unchanged": asked.boxes_unchanged}),
    };
    db.write(move |tx| {
        audit::append(tx, &deed, clock::now())?;
        sealed::end_import(tx)
    })
    .await?;
    Ok(())
}
