//! Packs of other people's making: a directory with a `pack.toml` and the files it names. Sizes and checksums may be
//! left out of such a manifest and are filled in; files that are not in the directory (the runtime, the detector) are taken
//! from another installed pack that has a file of that name.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::draft::{Content, Draft};
use super::error::PackError;
use super::manifest::{Manifest, is_plain_name};
use super::recipe::Recipe;
use super::{MANIFEST, Pack, small_text};

/// Reads the pack in `dir`.
///
/// # Errors
/// The manifest is wrong, takes the id of a pack this program makes or of an installed one with other files (templates
/// carry that id and would be mixed), a file is missing, or a checksum it states is another.
pub fn gather(dir: &Path, installed: &[Pack]) -> Result<Draft, PackError> {
    let path = dir.join(MANIFEST);
    let wrong = |why: String| PackError::Manifest { path: path.clone(), why };
    let mut table: Table = small_text(&path)?.parse().map_err(|e: toml::de::Error| wrong(e.to_string()))?;
    let id = table.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let others: Vec<_> = installed.iter().filter(|pack| pack.id() != id).collect();
    let mut contents = Vec::new();
    let files = table
        .get_mut("file")
        .and_then(Value::as_array_mut)
        .ok_or_else(|| wrong("lists no [[file]]".into()))?;
    for file in files.iter_mut().filter_map(Value::as_table_mut) {
        let name = file.get("name").and_then(Value::as_str).filter(|name| is_plain_name(name));
        let name = name.ok_or_else(|| wrong("a [[file]] has no plain name".into()))?;
        let content = Content::File(find(dir, name, &others)?);
        complete(file, &content, &wrong)?;
        contents.push(content);
    }
    let manifest = Manifest::read(&table.to_string()).map_err(wrong)?;
    if Recipe::ALL.iter().any(|recipe| recipe.id() == manifest.id) {
        return Err(wrong(format!(
            "the id {} is that of a pack this program makes; choose another",
            manifest.id
        )));
    }
    if installed.iter().any(|pack| pack.id() == manifest.id && pack.manifest().files != manifest.files) {
        return Err(wrong(format!(
            "{} is installed with other files; give the changed pack a new id",
            manifest.id
        )));
    }
    Ok(Draft { manifest, contents })
}

fn find(dir: &Path, name: &str, others: &[&Pack]) -> Result<PathBuf, PackError> {
    let own = dir.join(name);
    if own.is_file() {
        return Ok(own);
    }
    let other = others.iter().find(|pack| pack.manifest().file(name).is_some());
    other.map(|pack| pack.path(name)).ok_or(PackError::Missing(own))
}

fn complete(
    file: &mut Table,
    content: &Content,
    wrong: &dyn Fn(String) -> PackError,
) -> Result<(), PackError> {
    let Content::File(path) = content else { return Ok(()) };
    let (size, sha256) = (fs::metadata(path).map_err(|e| PackError::io(path, e))?.len(), content.sha256()?);
    let stated = |key: &str| file.get(key).map(ToString::to_string);
    if let Some(wanted) = file.get("sha256").and_then(Value::as_str) {
        let wanted = wanted.parse().map_err(|e| wrong(format!("sha256 of {}: {e}", path.display())))?;
        if wanted != sha256 {
            return Err(PackError::Checksum { path: path.clone(), wanted, found: sha256 });
        }
    }
    if let Some(wanted) = stated("size").filter(|wanted| *wanted != size.to_string()) {
        return Err(wrong(format!("{} has {size} bytes, not {wanted}", path.display())));
    }
    file.insert("sha256".to_owned(), Value::String(sha256.to_string()));
    file.insert("size".to_owned(), Value::Integer(i64::try_from(size).unwrap_or(i64::MAX)));
    Ok(())
}
