//! The data directory: it can be written, has room, and nobody else can read it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use futures_util::FutureExt as _;

use super::facts::Facts;
use super::{Check, Finding};
use crate::machine;

/// Below this a box of some size runs out of room soon, gigabytes.
const LITTLE: f64 = 1.0;

pub(super) const CHECK: Check = Check { name: "disk", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    let directory = facts.config.data_dir.clone();
    tokio::task::spawn_blocking(move || inspect(&directory)).await.unwrap_or_default()
}

fn inspect(directory: &Path) -> Vec<Finding> {
    let subject = directory.display().to_string();
    if directory.exists() && !directory.is_dir() {
        return vec![Finding::problem(subject, "is no directory").advice("set data_dir to a directory")];
    }
    let Some(there) = nearest(directory) else {
        return vec![
            Finding::problem(subject, "no part of this path is there")
                .advice("set data_dir to a directory of this machine"),
        ];
    };
    let mut found = Vec::new();
    let probe = there.join(format!(".menshen-doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"doctor").and_then(|()| std::fs::remove_file(&probe));
    found.push(match written {
        Err(error) => Finding::problem(&subject, format!("{} cannot be written: {error}", there.display()))
            .advice(
                "make it writable for the account the box runs under, or set data_dir to another directory",
            ),
        Ok(()) if there == directory => Finding::ok(&subject, "can be written"),
        Ok(()) => Finding::ok(&subject, "is made at the first start"),
    });
    found.push(room(&subject, &there));
    if there == directory
        && let Ok(facts) = std::fs::metadata(directory)
        && facts.permissions().mode() & 0o077 != 0
    {
        let mode = facts.permissions().mode() & 0o777;
        found.push(
            Finding::warning(
                &subject,
                format!("other accounts of this machine may look into it (mode {mode:o})"),
            )
            .advice(format!("it holds faces: chmod 700 {subject}")),
        );
    }
    found
}

fn room(subject: &str, there: &Path) -> Finding {
    let Some(disk) = machine::disk(there) else {
        return Finding::warning(subject, "how much room there is cannot be told").advice("look with df");
    };
    let room = format!("{:.1} of {:.1} GB free", disk.free_gb(), disk.size_gb());
    if disk.is_low() {
        Finding::problem(subject, room)
            .advice("events are dropped when the disk is full: make room, or set data_dir to a larger disk")
    } else if disk.free_gb() < LITTLE {
        Finding::warning(subject, room).advice("10,000 events with pictures need about half of it: make room")
    } else {
        Finding::ok(subject, room)
    }
}

/// The directory itself, or the nearest above it that exists.
fn nearest(directory: &Path) -> Option<PathBuf> {
    let absolute = std::path::absolute(directory).ok()?;
    if directory.is_dir() {
        return Some(directory.to_owned());
    }
    absolute.ancestors().find(|path| path.is_dir()).map(Path::to_owned)
}
