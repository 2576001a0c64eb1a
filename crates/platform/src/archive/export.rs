//! Writing everything to a file while the platform runs: rows of one snapshot first, then the blobs they refer to.
//!
//! Blobs are looked up after the snapshot, so one may be gone meanwhile. When that is because somebody got a new photo, the person's
//! present row and photo are added; anything else is counted as missing.
//!
//! The schema is left as it is: the program may be newer than the platform that runs.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::hash::BuildHasher as _;
use std::io::{BufRead as _, BufReader, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use runtime::seal::KeyFile;
use serde_json::json;

use super::pack::{Entry, Packer};
use super::tables::exported;
use super::{ArchiveError, End, FORMAT, Manifest, Report, keys, pack, rows};
use crate::blobs::Blobs;
use crate::blobs::address::{self, Owner};
use crate::clock;
use crate::config::{Config, Secret};
use crate::db::audit::{self, Deed};
use crate::db::{Db, DbError, Row, Tx, examine, migrate, seal as sealed, vals};
use crate::seal::Seal;

/// Photos are sealed from this version of the schema on.
const SEALED: i64 = 3;
/// A page of rows is ended at this size, in bytes.
const ENTRY: usize = 4 << 20;
/// Addresses remembered, so that a picture many events share is mostly written once.
const REMEMBERED: usize = 200_000;
/// Rows and blobs after which the log says how far it is.
const TOLD: u64 = 100_000;

/// What is to be exported, and how.
#[derive(Debug, Clone)]
pub struct Export {
    /// The file to be written; it must not exist.
    pub file: PathBuf,
    /// What wraps the key of the photos; `None`: the key is left out, and the key file has to be kept elsewhere.
    pub passphrase: Option<Secret>,
    /// What the audit log calls it: `platform.export` or `platform.backup`.
    pub action: &'static str,
}

/// Writes everything to a file. The platform may run meanwhile.
///
/// # Errors
/// [`ArchiveError`]; no file is left under its name then.
pub async fn export(config: &Config, asked: Export) -> Result<Report, ArchiveError> {
    let url = config.database_url();
    if url.strip_prefix("sqlite:").is_some_and(|path| !Path::new(path.trim_start_matches("//")).exists()) {
        return Err(ArchiveError::Refused(format!("database.url: there is no database at {url}")));
    }
    let db = Db::connect(&url).await?;
    let state = begun(&db, &url).await?;
    let file = KeyFile::at(config.key_file());
    let seal = Seal::open(&db, &file).await?;
    let blobs = Blobs::open(&config.blobs_url(), &config.blobs, seal)?;
    let key = match &asked.passphrase {
        Some(passphrase) => {
            let bytes = file.read().map_err(|error| ArchiveError::Refused(error.to_string()))?;
            let missing = || ArchiveError::Refused("seal.key_file: the key file is gone".to_owned());
            let (bytes, passphrase) = (bytes.ok_or_else(missing)?, passphrase.clone());
            let wrapped = tokio::task::spawn_blocking(move || keys::wrap(&bytes, passphrase.reveal()));
            Some(wrapped.await.map_err(|_| ArchiveError::Store("wrapping the key panicked".to_owned()))??)
        }
        None => None,
    };
    let (packer, packing) = pack::begin(&asked.file)?;
    let written = write(&db, &blobs, &asked, key, &state.proof, packer).await;
    // Whoever reads the queue knows better why it was not emptied.
    let file = packing.finish().await?;
    let (mut report, missing) = written?;
    let end = End { tables: report.tables.clone(), blobs: report.blobs, missing, sha256: file.sha256() };
    let end = Entry { name: "end.json".to_owned(), content: to_json(&end)? };
    let completed = tokio::task::spawn_blocking(move || file.complete(&end)).await;
    report.bytes = completed.map_err(|_| ArchiveError::Store("writing the file panicked".to_owned()))??;
    Ok(report)
}

/// What says that photos of this database are sealed; refuses a schema that cannot be exported.
async fn begun(db: &Db, url: &str) -> Result<sealed::State, ArchiveError> {
    let refused = |words: String| ArchiveError::Refused(format!("database.url: {words}"));
    let (found, known) = (examine::schema(db, url).await?, migrate::known());
    if found > known {
        return Err(DbError::Newer { found, known }.into());
    }
    if (1..SEALED).contains(&found) {
        return Err(refused(format!(
            "the database has schema version {found}, from before photos were sealed; start the platform on it once"
        )));
    }
    let state = if found == 0 { None } else { db.read(sealed::state).await? };
    state.ok_or_else(|| refused("no platform was ever started on this database".to_owned()))
}

async fn write(
    db: &Db,
    blobs: &Blobs,
    asked: &Export,
    key: Option<keys::Wrapped>,
    proof: &[u8],
    packer: Packer,
) -> Result<(Report, Vec<String>), ArchiveError> {
    let now = clock::now();
    let deed = Deed {
        actor: "system".to_owned(),
        address: String::new(),
        action: asked.action,
        subject: asked.file.display().to_string(),
        detail: json!({"key": key.is_some()}),
    };
    let schema = db
        .write(move |tx| {
            audit::append(tx, &deed, now)?;
            migrate::version(tx)
        })
        .await?;
    let manifest = Manifest {
        format: FORMAT,
        menshen: env!("CARGO_PKG_VERSION").to_owned(),
        schema,
        created_at: now,
        proof: BASE64_STANDARD.encode(proof),
        key,
    };
    packer.add(Entry { name: "manifest.json".to_owned(), content: to_json(&manifest)? }).await?;
    let list = List::create(&asked.file)?;
    let pages = packer.clone();
    let (tables, list) = db.read(move |tx| snapshot(tx, schema, &pages, list)).await?;
    let (count, missing) = copy_blobs(db, blobs, &packer, list).await?;
    let report = Report { tables, blobs: count, missing: missing.len() as u64, bytes: 0 };
    Ok((report, missing))
}

/// Writes the rows of all tables as they are at one moment; answers their numbers and the blobs they refer to.
fn snapshot(
    tx: &mut Tx<'_>,
    schema: i64,
    packer: &Packer,
    mut list: List,
) -> Result<(BTreeMap<String, u64>, List), ArchiveError> {
    let mut counts = BTreeMap::new();
    if migrate::version(tx)? != schema {
        let words = "database.url: the platform was upgraded at this moment; try again";
        return Err(ArchiveError::Store(words.to_owned()));
    }
    for table in exported(schema) {
        let (mut number, mut count, mut after) = (0_u64, 0_u64, None);
        let mut content = Vec::new();
        loop {
            let page = rows::page(tx, &table, after.as_deref())?;
            for row in &page {
                rows::to_line(row, &mut content);
                list.note(row)?;
            }
            let before = count / TOLD;
            count += page.len() as u64;
            if count / TOLD > before {
                tracing::info!(table = table.name, rows = count, "exporting");
            }
            after = page.last().map(|row| rows::key_of(&table, row)).transpose()?;
            let is_last = page.len() < rows::PAGE;
            if !content.is_empty() && (is_last || content.len() >= ENTRY) {
                number += 1;
                let name = format!("tables/{}/{number:06}.jsonl", table.name);
                packer.add_blocking(Entry { name, content: std::mem::take(&mut content) })?;
            }
            if is_last {
                break;
            }
        }
        if count > 0 {
            counts.insert(table.name, count);
        }
    }
    tracing::info!(rows = counts.values().sum::<u64>(), "all rows are written, photos and pictures follow");
    Ok((counts, list))
}

/// Writes the listed blobs; answers how many there were, and which were not there.
async fn copy_blobs(
    db: &Db,
    blobs: &Blobs,
    packer: &Packer,
    list: List,
) -> Result<(u64, Vec<String>), ArchiveError> {
    let (mut count, mut missing, mut amended) = (0, Vec::new(), Vec::new());
    let mut addresses = list.read()?;
    while let Some(address) = addresses.next()? {
        if copy(blobs, packer, &address).await? {
            count += 1;
            if count % (TOLD / 10) == 0 {
                tracing::info!(blobs = count, "exporting");
            }
            continue;
        }
        match present_photo(db, &address).await? {
            Some((row, now_at)) if now_at != address && copy(blobs, packer, &now_at).await? => {
                count += 1;
                rows::to_line(&row, &mut amended);
            }
            _ => missing.push(address),
        }
    }
    if !amended.is_empty() {
        packer.add(Entry { name: "tables/person/amended.jsonl".to_owned(), content: amended }).await?;
    }
    Ok((count, missing))
}

async fn copy(blobs: &Blobs, packer: &Packer, address: &str) -> Result<bool, ArchiveError> {
    let Some(stored) = blobs.stored(address).await? else { return Ok(false) };
    packer.add(Entry { name: format!("blobs/{address}"), content: stored.into() }).await?;
    Ok(true)
}

/// The present row of the person whose photo was at an address, and where their photo is now.
async fn present_photo(db: &Db, address: &str) -> Result<Option<(Row, String)>, DbError> {
    let Some(Owner::Person(name)) = address::owner(address) else { return Ok(None) };
    let row = db
        .read(move |tx: &mut Tx<'_>| {
            tx.first(
                "SELECT * FROM person WHERE photo_key IS NOT NULL
                 AND identity_id = (SELECT identity_id FROM person_key WHERE name = $1)",
                vals![name],
            )
        })
        .await?;
    row.map(|row| row.text("photo_key").map(|address| (row, address))).transpose()
}

/// The addresses of blobs, in a file of their own: there may be millions.
struct List {
    into: BufWriter<File>,
    seen: HashSet<u64>,
}

/// The addresses, one after the other.
struct Addresses(std::io::Lines<BufReader<File>>);

impl List {
    /// Beside the file that is written; it has no name, so nothing is left of it whatever happens.
    fn create(beside: &Path) -> Result<Self, ArchiveError> {
        let mut path = beside.as_os_str().to_owned();
        path.push(".list");
        let open = File::options().read(true).write(true).create(true).truncate(true).open(&path);
        let file = open
            .and_then(|file| std::fs::remove_file(&path).map(|()| file))
            .map_err(|error| listed(&error))?;
        Ok(Self { into: BufWriter::new(file), seen: HashSet::new() })
    }

    fn note(&mut self, row: &Row) -> Result<(), ArchiveError> {
        for address in rows::blobs_of(row) {
            if self.seen.len() >= REMEMBERED {
                self.seen.clear();
            }
            let hash = self.seen.hasher().hash_one(address);
            if self.seen.insert(hash) {
                writeln!(self.into, "{address}").map_err(|error| listed(&error))?;
            }
        }
        Ok(())
    }

    fn read(self) -> Result<Addresses, ArchiveError> {
        let mut file = self.into.into_inner().map_err(|error| listed(error.error()))?;
        file.rewind().map_err(|error| listed(&error))?;
        Ok(Addresses(BufReader::new(file).lines()))
    }
}

impl Addresses {
    fn next(&mut self) -> Result<Option<String>, ArchiveError> {
        self.0.next().transpose().map_err(|error| listed(&error))
    }
}

fn listed(error: &std::io::Error) -> ArchiveError {
    pack::failed(Path::new("the list of photos beside the file"), error)
}

fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>, ArchiveError> {
    serde_json::to_vec(value).map_err(|error| ArchiveError::Store(error.to_string()))
}
