//! The clock: heartbeats, sessions and validity dates are judged by it.

use std::path::Path;

use super::Finding;
use crate::clock;

/// No platform of this version runs before this moment (the first of January 2026), milliseconds since 1970.
const EARLIEST: i64 = 1_767_225_600_000;

pub(super) async fn look() -> Vec<Finding> {
    let now = clock::now();
    if now < EARLIEST {
        return vec![
            Finding::problem("time", "it is set to a time long ago")
                .advice("set the clock, and let it be kept: timedatectl set-ntp true"),
        ];
    }
    // Where a time server is asked, systemd or chrony leave a trace.
    let kept = ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid"]
        .iter()
        .any(|path| Path::new(path).exists());
    vec![if kept {
        Finding::ok("time", "the clock is kept by a time server")
    } else {
        Finding::warning("time", "whether the clock is kept by a time server cannot be told here")
            .advice("timedatectl set-ntp true, or install chrony; in a container the host's clock counts")
    }]
}
