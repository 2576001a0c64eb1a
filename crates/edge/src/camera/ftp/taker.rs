//! From the spool to the judges: pictures are taken in the order in which they came, a few at a time, and leave the disk
//! once they were judged and their events are stored. What is no picture is refused with the reason.

use std::io;
use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::sealed;
use super::spool::{Next, Spool, Taken};
use crate::camera::Outlet;
use crate::camera::sniff::{Looks, looks};
use crate::store::seal::Sealer;

/// Pictures of one camera that may be on their way at one time.
const AT_ONCE: usize = 4;
/// How often, and after which pause, a file is read that the computer cannot read now: the uploader was told that it is safe.
const TRIES: usize = 12;
const AGAIN: Duration = Duration::from_secs(5);
/// The longest note, bytes: it becomes part of the event.
const LONGEST_NOTE: u64 = 8 << 10;

/// What became of a picture; `None`: the box is stopping, it stays.
type Finished = (Taken, Option<Result<(), String>>);

/// Takes pictures until `stop`. The error is a reason for people.
pub(super) async fn run(spool: &Spool, outlet: &Outlet, stop: &CancellationToken) -> Result<(), String> {
    let told = |error: io::Error| format!("{}: {error}", spool.at.display());
    let mut under_way: FuturesUnordered<BoxFuture<'_, Finished>> = FuturesUnordered::new();
    loop {
        let mut pause = Duration::from_secs(3600);
        while under_way.len() < AT_ONCE {
            match spool.next().map_err(told)? {
                Next::Judge(taken) => under_way.push(judge(taken, outlet, &spool.sealer).boxed()),
                Next::GiveUp(path, why) => outlet.refuse(&path.to_string(), why),
                Next::Wait(until) => {
                    pause = until;
                    break;
                }
            }
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            Some((taken, outcome)) = under_way.next() => {
                if let Some(Err(reason)) = &outcome {
                    outlet.refuse(&taken.path.to_string(), reason);
                }
                if outcome.is_some() {
                    spool.done(&taken).map_err(told)?;
                }
            }
            () = spool.arrived() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Has one picture judged.
async fn judge(taken: Taken, outlet: &Outlet, sealer: &Sealer) -> Finished {
    let (bytes, looks) = match picture(sealer.clone(), taken.id, &taken.file).await {
        Ok(read) => read,
        Err(error) => return (taken, Some(Err(error.to_string()))),
    };
    match looks {
        Looks::Image => {}
        Looks::Unfinished => {
            let reason = "the picture has no end: the upload broke off, or the file is damaged";
            return (taken, Some(Err(reason.into())));
        }
        Looks::Other => return (taken, Some(Err("not a JPEG, PNG, WebP or BMP image".into()))),
    }
    let mut grab = Map::new();
    if let Some((id, note)) = &taken.note {
        match read_note(sealer, *id, note).await {
            Ok(facts) => grab = facts,
            Err(reason) => outlet.refuse(&format!("the note of {}", taken.path), &reason),
        }
    }
    let outcome = outlet.deliver(&bytes, &taken.path.to_string(), &grab).await;
    (taken, outcome)
}

async fn picture(sealer: Sealer, id: u64, file: &Path) -> io::Result<(Vec<u8>, Looks)> {
    let sealed = read(file).await?;
    let read = tokio::task::spawn_blocking(move || {
        let bytes = sealed::open(&sealer, id, &sealed)?;
        let looks = looks(&bytes);
        Ok((bytes, looks))
    });
    read.await.unwrap_or_else(|_| Err(io::Error::other("reading was interrupted")))
}

async fn read(file: &Path) -> io::Result<Vec<u8>> {
    for _ in 1..TRIES {
        match tokio::fs::read(file).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%error, file = %file.display(), "an uploaded picture cannot be read yet");
            }
            read => return read,
        }
        tokio::time::sleep(AGAIN).await;
    }
    tokio::fs::read(file).await
}

/// What a capture machine wrote about its picture.
async fn read_note(sealer: &Sealer, id: u64, file: &Path) -> Result<Map<String, Value>, String> {
    let length = tokio::fs::metadata(file).await.map_err(|error| error.to_string())?.len();
    let length = sealed::plain_length(length);
    if length > LONGEST_NOTE {
        return Err(format!("{length} bytes; at most {LONGEST_NOTE} are taken"));
    }
    let note = tokio::fs::read(file).await.and_then(|note| sealed::open(sealer, id, &note));
    facts(&note.map_err(|error| error.to_string())?)
}

/// The facts in a note: an object, or one that holds them under the protocol's name.
fn facts(bytes: &[u8]) -> Result<Map<String, Value>, String> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut facts: Map<String, Value> =
        serde_json::from_slice(text).map_err(|error| format!("not a JSON object: {error}"))?;
    match facts.remove("grab_fiqa_info") {
        Some(Value::Object(within)) => Ok(within),
        Some(_) => Err("grab_fiqa_info is not an object".into()),
        None => Ok(facts),
    }
}

#[cfg(test)]
mod tests {
    use super::facts;

    #[test]
    fn notes_are_objects_with_or_without_a_name() {
        assert_eq!(facts(b"{\"confidence\": 90}").unwrap()["confidence"], 90);
        assert_eq!(facts(b"\xef\xbb\xbf{\"grab_fiqa_info\": {\"sex\": 1}, \"x\": 2}").unwrap()["sex"], 1);
        for wrong in [&b"[]"[..], b"{", b"", b"{\"grab_fiqa_info\": 7}", b"\xff"] {
            assert!(facts(wrong).is_err());
        }
    }
}
