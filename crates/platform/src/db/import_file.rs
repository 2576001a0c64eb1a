//! Files of imports: in whose place they lie, and which of them lie in the blob store as well.
//!
//! A file without a copy is loose: it lies in one place only. An import without loose files can be worked on anywhere. The copies, and
//! the keys that open them, are forgotten in the transaction that ends the import.

use std::collections::HashSet;

use super::person_import::{Import, find};
use super::{DbError, Row, Tx, vals};

/// What makes an import independent of its place: all of its files are in the store.
const IS_COPIED: &str =
    "loose = 0 AND EXISTS (SELECT 1 FROM import_file f WHERE f.import_id = person_import.id)";

/// A file that lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ImportFile {
    /// 32 random digits; later files have later names.
    pub(crate) name: String,
    /// Bytes, as it came.
    pub(crate) size: i64,
    /// How many parts it was cut into.
    pub(crate) parts: i64,
    /// Its key as it is kept.
    pub(crate) sealed: Vec<u8>,
}

/// An import that is worked on from now on.
#[derive(Debug)]
pub(crate) struct Begun {
    pub(crate) import: Import,
    /// It was another place's before.
    pub(crate) has_moved: bool,
    /// All of its files are in the store.
    pub(crate) is_copied: bool,
}

/// Notes a file that lies in the store.
pub(super) fn add(tx: &mut Tx<'_>, import: &str, file: &ImportFile) -> Result<(), DbError> {
    tx.exec(
        "INSERT INTO import_file(import_id, name, size, parts, sealed) VALUES($1, $2, $3, $4, $5)",
        vals![import, &file.name, file.size, file.parts, file.sealed.clone()],
    )?;
    Ok(())
}

/// The files of an import that lie in the store, oldest first.
pub(crate) fn of(tx: &mut Tx<'_>, import: &str) -> Result<Vec<ImportFile>, DbError> {
    let sql = "SELECT name, size, parts, sealed FROM import_file WHERE import_id = $1 ORDER BY name";
    tx.query(sql, vals![import])?.iter().map(file).collect()
}

/// Forgets the files of an import, loose ones too, and destroys the keys of the others; answers which those were.
pub(super) fn forget(tx: &mut Tx<'_>, import: &str) -> Result<Vec<ImportFile>, DbError> {
    let files = of(tx, import)?;
    tx.exec("DELETE FROM import_file WHERE import_id = $1", vals![import])?;
    tx.exec("UPDATE person_import SET loose = 0 WHERE id = $1", vals![import])?;
    Ok(files)
}

/// The names of all files that are to lie in the store.
pub(crate) fn names(tx: &mut Tx<'_>) -> Result<HashSet<String>, DbError> {
    tx.query("SELECT name FROM import_file", &[])?.iter().map(|row| row.text("name")).collect()
}

/// Imports of this place that have work to be done, oldest first.
pub(crate) fn at_work(tx: &mut Tx<'_>, place: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let sql =
        "SELECT id FROM person_import WHERE state IN ('checking', 'running') AND (place = $1 OR place IS NULL)
         ORDER BY id LIMIT $2";
    ids(&tx.query(sql, vals![place, limit])?)
}

/// Imports of other places that have work to be done and can be worked on anywhere, and that nobody has worked on since before a
/// moment; oldest first.
pub(crate) fn resting(tx: &mut Tx<'_>, place: &str, before: i64, limit: i64) -> Result<Vec<String>, DbError> {
    let sql = format!(
        "SELECT id FROM person_import WHERE state IN ('checking', 'running') AND place <> $1 AND updated_at < $2 AND {IS_COPIED}
         ORDER BY id LIMIT $3"
    );
    ids(&tx.query(&sql, vals![place, before, limit])?)
}

/// Imports of other places that nobody has worked on since before a moment.
pub(crate) fn stranded(
    tx: &mut Tx<'_>,
    place: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    let sql = "SELECT id FROM person_import WHERE state IN ('checking', 'running') AND place <> $1 AND updated_at < $2
               ORDER BY id LIMIT $3";
    ids(&tx.query(sql, vals![place, before, limit])?)
}

/// The next file of an import comes to this place; answers false when the import waits for more beside the files it has elsewhere.
/// `is_shared`: files that arrive anywhere go to the store as well.
pub(crate) fn settle_at(tx: &mut Tx<'_>, id: &str, place: &str, is_shared: bool) -> Result<bool, DbError> {
    let settled = tx.exec(
        "UPDATE person_import SET place = $1 WHERE id = $2
         AND (place IS NULL OR place = $1 OR state <> 'receiving' OR (loose = 0 AND $3 = 1))",
        vals![place, id, i64::from(is_shared)],
    )?;
    Ok(settled > 0)
}

/// Whoever has these copies begins to work on an import in this place, which becomes the import's own. `None`: there is nothing to be
/// done, it has other files by now, or some that lie in another place only.
pub(crate) fn begin_at(
    tx: &mut Tx<'_>,
    id: &str,
    place: &str,
    copies: &[ImportFile],
) -> Result<Option<Begun>, DbError> {
    let open = "SELECT 1 FROM person_import WHERE id = $1 AND state IN ('checking', 'running')";
    let is_copied = tx.first(&format!("{open} AND {IS_COPIED}"), vals![id])?.is_some();
    let here = format!("{open} AND (place IS NULL OR place = $2)");
    if !is_copied && tx.first(&here, vals![id, place])?.is_none() || of(tx, id)? != copies {
        return Ok(None);
    }
    // Where the files of one without a place are, nobody knows.
    let moved =
        tx.exec("UPDATE person_import SET place = $1 WHERE id = $2 AND place <> $1", vals![place, id])?;
    Ok(find(tx, id)?.map(|import| Begun { import, has_moved: moved > 0, is_copied }))
}

/// Whether an import is another place's now and needs nothing of what lies in this one.
pub(crate) fn has_left(tx: &mut Tx<'_>, id: &str, place: &str) -> Result<bool, DbError> {
    let sql = format!("SELECT 1 FROM person_import WHERE id = $1 AND place <> $2 AND {IS_COPIED}");
    Ok(tx.first(&sql, vals![id, place])?.is_some())
}

fn ids(rows: &[Row]) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.text("id")).collect()
}

fn file(row: &Row) -> Result<ImportFile, DbError> {
    Ok(ImportFile {
        name: row.text("name")?,
        size: row.int("size")?,
        parts: row.int("parts")?,
        sealed: row.bytes("sealed")?,
    })
}
