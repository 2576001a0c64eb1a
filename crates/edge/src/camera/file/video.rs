//! A video file as a camera: `ffmpeg` plays it once at its own speed, scales and rate-limits it, and hands over raw frames
//! through a pipe; afterwards the camera is offline until the file changes.
//!
//! Frames come as PPM, raw RGB with a header that names the size: no second process has to be asked for it, and a stream
//! whose size changes stays readable.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;
use vision::Picture;

use crate::camera::{Image, Outlet};

/// Frames per second that are judged.
const RATE: u32 = 5;
/// The longer side of a frame is reduced to this.
const LONG_SIDE: u32 = 1920;
/// A video that shows nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(15);
/// Pause between two looks whether a video that ended was replaced.
const PAUSE: Duration = Duration::from_secs(1);
/// Most pixels of a frame that are accepted; more than `LONG_SIDE` allows, whatever the shape.
const MOST_PIXELS: usize = (LONG_SIDE * LONG_SIDE) as usize;
/// Bytes of ffmpeg's complaints that are kept.
const COMPLAINT: usize = 2048;

pub(super) async fn run(file: &Path, outlet: &Outlet, stop: &CancellationToken) -> Result<(), String> {
    let version = fingerprint(file).await?;
    let frames = play(file, outlet, stop).await?;
    if stop.is_cancelled() {
        return Ok(());
    }
    outlet.offline(format!("the video has ended after {frames} frames"));
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(PAUSE) => {}
        }
        if fingerprint(file).await? != version {
            return Ok(());
        }
    }
}

async fn fingerprint(file: &Path) -> Result<(u64, Option<SystemTime>), String> {
    let facts = tokio::fs::metadata(file).await.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok((facts.len(), facts.modified().ok()))
}

/// Plays the video once; returns the number of frames.
async fn play(file: &Path, outlet: &Outlet, stop: &CancellationToken) -> Result<u64, String> {
    let scale =
        format!("scale='if(gt(iw,ih),min({LONG_SIDE},iw),-2)':'if(gt(iw,ih),-2,min({LONG_SIDE},ih))'");
    let mut child = Command::new("ffmpeg")
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1", "-re", "-i"])
        .arg(file)
        .args(["-an", "-sn", "-dn", "-vf", &format!("fps={RATE},{scale}")])
        .args(["-f", "image2pipe", "-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "ffmpeg is not installed; videos need it".to_owned(),
            _ => format!("ffmpeg cannot be started: {error}"),
        })?;
    let (Some(out), Some(complaints)) = (child.stdout.take(), child.stderr.take()) else {
        return Err("ffmpeg has no pipes".into());
    };
    let complaints = tokio::spawn(last_of(complaints));
    let mut out = BufReader::with_capacity(1 << 16, out);
    let mut frames = 0;
    let ended = loop {
        let frame = tokio::select! {
            () = stop.cancelled() => break Ok(()),
            frame = tokio::time::timeout(SILENCE, frame(&mut out)) => frame,
        };
        match frame {
            Ok(Ok(Some(picture))) => {
                frames += 1;
                outlet.online();
                outlet.offer(Image::Frame(picture), format!("frame {frames}"));
            }
            Ok(Ok(None)) => break Ok(()),
            Ok(Err(error)) => break Err(format!("ffmpeg's frames cannot be read: {error}")),
            Err(_) => break Err(format!("no frame for {} s", SILENCE.as_secs())),
        }
    };
    if stop.is_cancelled() || ended.is_err() {
        // Killing also reaps it; that it has ended meanwhile is as good.
        let _ = child.kill().await;
        return ended.map(|()| frames);
    }
    let status = child.wait().await.map_err(|error| format!("ffmpeg: {error}"))?;
    let complaint = complaints.await.unwrap_or_default();
    if status.success() && frames > 0 {
        return Ok(frames);
    }
    Err(if complaint.is_empty() {
        format!("ffmpeg ended with {status}")
    } else {
        format!("ffmpeg: {complaint}")
    })
}

/// The next frame; `None` at the end.
async fn frame(out: &mut (impl AsyncBufRead + Unpin)) -> Result<Option<Picture>, String> {
    let mut head = Vec::new();
    // "P6\n<width> <height>\n255\n", as ffmpeg writes it.
    for _ in 0..3 {
        let before = head.len();
        let read = out.take(32).read_until(b'\n', &mut head).await.map_err(|error| error.to_string())?;
        if read == 0 && before == 0 {
            return Ok(None);
        }
        if !head.ends_with(b"\n") {
            return Err("the stream broke off".into());
        }
    }
    let (width, height) = size_in(&head).ok_or("not a picture header")?;
    let mut rgb = vec![0; width as usize * height as usize * 3];
    out.read_exact(&mut rgb).await.map_err(|_| "the stream broke off")?;
    Picture::from_rgb(width, height, rgb).map(Some).map_err(|error| error.to_string())
}

fn size_in(head: &[u8]) -> Option<(u32, u32)> {
    let mut words = std::str::from_utf8(head).ok()?.split_ascii_whitespace();
    if words.next()? != "P6" {
        return None;
    }
    let (width, height): (u32, u32) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let fits = (width as usize).checked_mul(height as usize).is_some_and(|n| (1..=MOST_PIXELS).contains(&n));
    (fits && words.next()? == "255").then_some((width, height))
}

/// The end of what ffmpeg complained about, in one line.
async fn last_of(mut complaints: impl AsyncRead + Unpin) -> String {
    let mut kept = Vec::new();
    let mut chunk = [0; 512];
    while let Ok(read @ 1..) = complaints.read(&mut chunk).await {
        kept.extend_from_slice(&chunk[..read]);
        let over = kept.len().saturating_sub(COMPLAINT);
        kept.drain(..over);
    }
    let text = String::from_utf8_lossy(&kept);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{frame, size_in};

    #[tokio::test]
    async fn frames_are_read_one_after_another() {
        let mut stream = b"P6\n1 2\n255\nabcdefP6\n1 1\n255\nxyz".as_slice();
        let first = frame(&mut stream).await.unwrap().unwrap();
        assert_eq!((first.width(), first.height(), first.rgb()), (1, 2, b"abcdef".as_slice()));
        assert_eq!(frame(&mut stream).await.unwrap().unwrap().rgb(), b"xyz");
        assert!(frame(&mut stream).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_broken_stream_is_an_error() {
        for broken in [&b"P6\n1 2\n255\nabc"[..], b"P6\n1", b"P5\n1 1\n255\nx", b"P6\n99999 99999\n255\n"] {
            let mut stream = broken;
            assert!(frame(&mut stream).await.is_err());
        }
        assert_eq!(size_in(b"P6\n0 1\n255\n"), None);
    }
}
