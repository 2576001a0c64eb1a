//! The box's own directory is no camera's: a folder camera shows the pictures it finds and moves every file away.

use crate::reason::{Reason, table as reason};
use std::path::{Component, Path, PathBuf};

/// Whether `path` and what lies in it have nothing to do with `data_dir`, symbolic links followed.
///
/// # Errors
/// How they meet.
pub(crate) fn check(path: &Path, data_dir: &Path) -> Result<(), Reason> {
    let (place, own) = (resolved(path), resolved(data_dir));
    let how = if place == own {
        "is"
    } else if place.starts_with(&own) {
        "lies within"
    } else if own.starts_with(&place) {
        "holds"
    } else {
        return Ok(());
    };
    Err(reason::boxs_own_directory(path.display().to_string(), how))
}

/// The path from the root with every link followed, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    let mut at = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            Component::ParentDir => _ = at.pop(),
            other => at.push(other),
        }
        if let Ok(real) = at.canonicalize() {
            at = real;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_meets_the_boxs_own_directory_is_no_cameras() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        std::fs::create_dir_all(at("box/data/welcome")).unwrap();
        std::fs::create_dir_all(at("frames")).unwrap();
        std::os::unix::fs::symlink(at("box/data"), at("link")).unwrap();
        let own = at("box/data");
        for (path, how) in [
            ("box/data", "is"),
            ("link", "is"),
            ("frames/../link/.", "is"),
            ("box/data/welcome", "lies within"),
            ("box/data/not/yet", "lies within"),
            ("link/welcome", "lies within"),
            ("box", "holds"),
            ("box/data/../../frames/..", "holds"),
        ] {
            let refused = check(&at(path), &own).unwrap_err();
            assert!(
                refused.to_string().contains(&format!("{path} {how} the box's own directory")),
                "{refused}"
            );
            // The box may be told of its directory by a link, too.
            assert_eq!(check(&at(path), &at("link")), Err(refused));
        }
        for path in ["frames", "frames/deep", "box/database", "not/yet", "box/data/../frames"] {
            assert_eq!(check(&at(path), &own), Ok(()), "{path}");
        }
    }
}
