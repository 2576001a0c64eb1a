//! What is wrong with a stream, in words for people. Made from what was observed and from known phrases of ffmpeg; ffmpeg's
//! own text is never passed on, because it may hold the address with the password.

use std::time::Duration;

use super::address::Address;
use crate::camera::ffmpeg::{End, Played, is_too_old};

/// Why there is no picture.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// For people.
    pub(crate) reason: String,
    /// Where to look.
    pub(crate) cause: Cause,
    /// Whether trying again soon may lock the account.
    pub(super) locks: bool,
}

/// Where the reason of a fault is to be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// In user and password.
    Account,
    /// In the stream's path.
    Path,
    /// In the ffmpeg of this machine.
    Ffmpeg,
    /// Anywhere else.
    Other,
}

impl Fault {
    /// A fault that may be tried again with the usual pauses.
    pub(super) fn other(reason: impl Into<String>) -> Self {
        Self::of(Cause::Other, reason)
    }

    /// The same, of a cause that is known.
    pub(super) fn of(cause: Cause, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), cause, locks: false }
    }
}

/// What ended a stream; `None` when the box wanted it so.
pub(super) fn explain(played: &Played, address: &Address, frozen_after: Duration) -> Option<Fault> {
    let seconds = frozen_after.as_secs_f64();
    let host = address.host();
    let fault = match &played.end {
        End::Stopped => return None,
        End::Silent(waited) if played.frames == 0 => {
            Fault::other(format!("{host} answers, but no picture came within {} s", waited.as_secs()))
        }
        End::Silent(_) => Fault::other(format!("the stream is frozen: no frame for {seconds} s")),
        End::Garbled(error) => Fault::other(format!("ffmpeg's frames cannot be read: {error}")),
        End::Left { complaint, .. } if played.frames > 0 => after(played.frames, complaint, seconds),
        End::Left { complaint, .. } => before(complaint, address, seconds),
    };
    Some(fault)
}

/// Why a stream that had delivered ended.
fn after(frames: u64, complaint: &str, seconds: f64) -> Fault {
    Fault::other(if has(complaint, &["timed out"]) {
        format!("the stream is frozen: nothing came for {seconds} s")
    } else {
        format!("the stream was lost after {frames} frames")
    })
}

/// Why a stream never began.
fn before(complaint: &str, address: &Address, seconds: f64) -> Fault {
    let host = address.host();
    if has(complaint, &["401 Unauthorized", "403 Forbidden"]) {
        let reason = if address.has_user() {
            "the camera refuses user or password"
        } else {
            "the camera wants a user and a password"
        };
        return Fault { locks: address.has_user(), ..Fault::of(Cause::Account, reason) };
    }
    if has(complaint, &["404 Not Found"]) {
        return Fault::of(Cause::Path, format!("{host} has no stream at {}", address.path()));
    }
    if is_too_old(complaint) {
        return Fault::of(Cause::Ffmpeg, "this ffmpeg is too old; 5.1 or newer is needed");
    }
    Fault::other(if has(complaint, &["Failed to resolve", "Name or service not known"]) {
        format!("the name of {host} is not known")
    } else if has(complaint, &["Connection refused"]) {
        format!("{host} refuses the connection: nothing serves streams there")
    } else if has(complaint, &["No route to host", "Network is unreachable", "Network unreachable"]) {
        format!("there is no way to {host} in this network")
    } else if has(complaint, &["timed out"]) {
        format!("{host} does not answer within {seconds} s")
    } else if has(complaint, &["does not contain any stream", "matches no streams", "Could not find codec"]) {
        "there is no video in the stream".into()
    } else if let Some(status) = status_in(complaint) {
        format!("{host} does not give the stream: it answers {status}")
    } else if has(complaint, &["Connection reset", "End of file", "Broken pipe", "Input/output error"]) {
        format!("{host} closed the connection before the first picture")
    } else {
        format!("what {host} sends cannot be decoded")
    })
}

fn has(complaint: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| complaint.contains(phrase))
}

/// The camera's own answer to a failed request, as ffmpeg repeats it: `method SETUP failed: 461 Unsupported transport`.
fn status_in(complaint: &str) -> Option<&str> {
    let rest = complaint.split_once("failed: ")?.1;
    rest.split_whitespace().next().filter(|word| word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::{Fault, explain};
    use crate::camera::ffmpeg::{End, Played};
    use crate::camera::rtsp::address::Address;
    use crate::config;

    fn told(frames: u64, complaint: &str) -> Fault {
        let settings: config::Camera = serde_json::from_value(
            json!({"name": "hall", "kind": "rtsp", "url": "rtsp://u:s3cret@10.0.0.9:554/a"}),
        )
        .unwrap();
        let end = End::Left { success: false, complaint: complaint.into() };
        let address = Address::of(&settings).unwrap();
        explain(&Played { frames, end }, &address, Duration::from_secs(15)).unwrap()
    }

    /// As ffmpeg 5.1 says it, and what people are told.
    #[test]
    fn failures_are_told_apart() {
        let cases = [
            (
                0,
                "[rtsp] method DESCRIBE failed: 401 Unauthorized [concat] Impossible to open 'rtsp://u:s3cret@10.0.0.9:554/a'",
                "refuses user or password",
            ),
            (
                0,
                "[tcp] Connection to tcp://10.0.0.9:554?timeout=5000000 failed: Connection refused",
                "refuses the connection",
            ),
            (
                0,
                "[tcp] Failed to resolve hostname cam: Name or service not known pipe:0: Input/output error",
                "is not known",
            ),
            (
                0,
                "[tcp] Connection to tcp://10.0.0.9:554?timeout=1 failed: Connection timed out",
                "does not answer",
            ),
            (0, "[tcp] Connection to tcp://10.0.0.9:554?timeout=1 failed: No route to host", "no way to"),
            (0, "[rtsp] method DESCRIBE failed: 404 Not Found", "no stream at /a"),
            (0, "[rtsp] method SETUP failed: 461 Unsupported transport", "answers 461"),
            (0, "Output file #0 does not contain any stream", "no video"),
            (0, "Unrecognized option 'fps_mode'.", "too old"),
            (0, "pipe:0: Invalid data found when processing input", "cannot be decoded"),
            (7, "pipe:0: Connection timed out", "frozen"),
            (7, "", "lost after 7 frames"),
        ];
        for (frames, complaint, word) in cases {
            let fault = told(frames, complaint);
            assert!(fault.reason.contains(word), "{complaint}: {}", fault.reason);
            assert!(!fault.reason.contains("s3cret"), "{}", fault.reason);
            assert_eq!(fault.locks, complaint.contains("401"), "{complaint}");
        }
    }
}
