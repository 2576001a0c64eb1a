//! What the platform keeps: its folder, the database, photos.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::Finding;
use crate::Config;
use crate::blobs::Blobs;
use crate::db::examine::{self, Examined};
use crate::metrics::machine;

/// Below this, in bytes, room runs out soon.
const LITTLE: u64 = 1 << 30;

/// The folder can be written, has room, and nobody else can read it.
pub(super) async fn disk(config: &Config) -> Vec<Finding> {
    let (folder, key) = (config.data_dir.clone(), config.key_file());
    let looked = tokio::task::spawn_blocking(move || {
        let mut found = vec![written(&folder), room(&folder)];
        found.extend(private(&folder, "it holds faces: chmod 700", 0o077));
        found.extend(private(&key, "whoever has it and the data can see every face: chmod 600", 0o077));
        found
    });
    looked.await.unwrap_or_default()
}

fn written(folder: &Path) -> Finding {
    let subject = folder.display().to_string();
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let Some(there) = absolute.ancestors().find(|path| path.is_dir()) else {
        return Finding::problem(subject, "no part of this path is there")
            .advice("set data_dir to a folder of this machine");
    };
    let probe = there.join(format!(".menshen-doctor-{}", std::process::id()));
    match std::fs::write(&probe, b"doctor").and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) if there == absolute => Finding::ok(subject, "can be written"),
        Ok(()) => Finding::ok(subject, "is made at the first start"),
        Err(error) => Finding::problem(subject, format!("{} cannot be written: {error}", there.display()))
            .advice(
                "make it writable for the account the platform runs under, or set data_dir to another folder",
            ),
    }
}

fn room(folder: &Path) -> Finding {
    let subject = folder.display().to_string();
    let Some(disk) = machine::disk(folder) else {
        return Finding::warning(subject, "how much room there is cannot be told").advice("look with df");
    };
    let text = format!("{} of {} MB free", disk.free >> 20, disk.size >> 20);
    if disk.free < LITTLE {
        return Finding::problem(subject, text)
            .advice("nothing is stored when the disk is full: make room, or shorten retention");
    }
    Finding::ok(subject, text)
}

/// Whether others may look into it; nothing when it is not there yet or is private.
fn private(path: &Path, advice: &str, others: u32) -> Option<Finding> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let shown = path.display();
    (mode & others != 0).then(|| {
        Finding::warning(
            shown.to_string(),
            format!("other accounts of this machine may look into it (mode {mode:o})"),
        )
        .advice(format!("{advice} {shown}"))
    })
}

/// It can be reached, is whole, and this version knows its schema.
pub(super) async fn database(config: &Config) -> Vec<Finding> {
    let key = "database.url";
    let url = config.database_url();
    let examined = match examine::look(&url).await {
        Ok(Some(examined)) => examined,
        Ok(None) => return vec![Finding::ok(key, "is made at the first start")],
        Err(error) => {
            return vec![Finding::problem(key, error.to_string()).advice(
                "is the address right, does the server run, may this account read the file? If it is damaged, restore the latest backup",
            )];
        }
    };
    vec![schema(key, &examined), whole(key, &examined)]
}

fn schema(key: &str, examined: &Examined) -> Finding {
    let text = format!(
        "{}, encoding {}, schema {} of {}",
        examined.engine, examined.encoding, examined.schema, examined.known
    );
    if examined.schema > examined.known {
        return Finding::problem(key, text).advice("a newer version of menshen wrote it: use that one");
    }
    if examined.encoding.replace('-', "").to_uppercase() != "UTF8" {
        return Finding::problem(key, text)
            .advice("names need UTF-8: make the database anew with ENCODING 'UTF8'");
    }
    Finding::ok(key, text)
}

fn whole(key: &str, examined: &Examined) -> Finding {
    match &examined.damage {
        None => Finding::ok(key, examined.checked),
        Some(damage) => Finding::problem(key, format!("damaged: {damage}"))
            .advice("stop the platform and restore the latest backup"),
    }
}

/// A blob can be written, read and removed.
pub(super) async fn blobs(config: &Config) -> Vec<Finding> {
    let key = "blobs.url";
    let url = config.blobs_url();
    if let Some(folder) = url.strip_prefix("file:")
        && !Path::new(folder.strip_prefix("//").unwrap_or(folder)).is_dir()
    {
        return vec![Finding::ok(key, "is made at the first start")];
    }
    vec![match Blobs::try_out(&url, &config.blobs).await {
        Ok(()) => Finding::ok(key, "a blob was written, read and removed"),
        Err(error) => Finding::problem(key, error.to_string())
            .advice("is the address right, is there room, and may this account write there?"),
    }]
}
