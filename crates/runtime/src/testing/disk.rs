//! A disk that is small enough to be filled: a file system in memory that only one program sees.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::left_out;

/// The file that takes the room.
const BALLAST: &str = "ballast";

/// What starts a program with a file system of `size` (such as `24m`) at `place`; `None`, and [`left_out`] says so, where this
/// user may neither mount nor make user namespaces.
pub fn small_disk(place: &Path, size: &str) -> Option<Vec<String>> {
    small_disk_with(place, &format!("size={size},mode=700"))
}

/// As [`small_disk`], mounted with these options.
pub(super) fn small_disk_with(place: &Path, options: &str) -> Option<Vec<String>> {
    let script = format!("mount -t tmpfs -o {options} menshen {place:?} && exec \"$@\"");
    let start = |own: &[&str]| -> Vec<String> {
        let all = [&["unshare"], own, &["sh", "-c", script.as_str(), "sh"]].concat();
        all.into_iter().map(ToOwned::to_owned).collect()
    };
    let found = [start(&["-m"]), start(&["-rm"])].into_iter().find(|words| {
        let mut trial = Command::new(&words[0]);
        let done = trial.args(&words[1..]).arg("true").stdout(Stdio::null()).stderr(Stdio::null()).status();
        done.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        left_out("this user may neither mount nor make user namespaces, so there is no small disk to fill");
    }
    found
}

/// Fills the file system of `directory` until `room` bytes are left, to the last block with 0.
///
/// # Errors
/// The file that takes the room cannot be made or cut.
pub fn leave_room(directory: &Path, room: u64) -> std::io::Result<()> {
    let path = directory.join(BALLAST);
    let mut ballast = std::fs::File::options().create(true).append(true).open(path)?;
    for size in [1 << 16, 1 << 12, 1] {
        while ballast.write_all(&vec![0; size]).is_ok() {}
    }
    if room > 0 {
        ballast.set_len(ballast.metadata()?.len().saturating_sub(room))?;
    }
    Ok(())
}

/// Gives the room back.
///
/// # Errors
/// There is nothing to give back.
pub fn make_room(directory: &Path) -> std::io::Result<()> {
    std::fs::remove_file(directory.join(BALLAST))
}
