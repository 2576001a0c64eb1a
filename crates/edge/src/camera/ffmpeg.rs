//! `ffmpeg` as a child process: it decodes, drops frames beyond the rate, scales, and hands over raw frames through a pipe.
//! It never outlives the box for long: it is killed when its owner lets go of it, and without a reader of its pipe it ends
//! with its next frame.
//!
//! Frames come as PPM, raw RGB with a header that names the size: no second process has to be asked for it, and a stream
//! whose size changes stays readable. Needs ffmpeg 5.1 or newer.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use vision::Picture;

use super::{Image, Outlet};
use crate::config;

/// The longer side of a frame is reduced to this.
const LONG_SIDE: u32 = 1920;
/// Most pixels of a frame that are accepted; more than `LONG_SIDE` allows, whatever the shape.
const MOST_PIXELS: usize = (LONG_SIDE * LONG_SIDE) as usize;
/// The first frame may take this long, however impatient one is later: a stream is looked at before it is shown, and begins with a
/// whole picture.
const FIRST: Duration = Duration::from_secs(20);
/// Bytes of ffmpeg's complaints that are kept.
const COMPLAINT: usize = 2048;
/// Frames per second that are analysed where every frame stands for itself: somebody who walks past is seen several times, and
/// four 1080p streams leave a computer with two cores room to breathe.
const STATIC_RATE: f64 = 3.0;
/// Frames per second where faces are followed from frame to frame: a face may move by half its size between two.
const DYNAMIC_RATE: f64 = 8.0;
/// `device_type` of a camera whose faces are followed.
const DYNAMIC: u8 = 3;

/// What follows ffmpeg's input: at most `rate` frames per second, as this module reads them, to its standard output.
pub(crate) fn output(rate: f64) -> Vec<String> {
    let filters = filters(rate);
    let words = ["-an", "-sn", "-dn", "-vf", &filters, "-fps_mode", "passthrough", "-f", "image2pipe"];
    let format = ["-c:v", "ppm", "-pix_fmt", "rgb24", "pipe:1"];
    words.into_iter().chain(format).map(ToOwned::to_owned).collect()
}

/// Whether a complaint of ffmpeg's says that it is older than the box needs.
pub(crate) fn is_too_old(complaint: &str) -> bool {
    ["Unrecognized option", "Option not found"].iter().any(|words| complaint.contains(words))
}

/// A running ffmpeg.
pub(super) struct Player {
    child: Child,
    out: BufReader<ChildStdout>,
    complaints: JoinHandle<String>,
}

/// What came of playing: how many frames, and why there are no more.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) frames: u64,
    pub(super) end: End,
}

/// Why there are no more frames.
#[derive(Debug)]
pub(super) enum End {
    /// The box did not want more.
    Stopped,
    /// No frame came for this long.
    Silent(Duration),
    /// ffmpeg has left.
    Left {
        /// Whether it was content.
        success: bool,
        /// What it complained about, in one line; may hold addresses with passwords.
        complaint: String,
    },
    /// What it sent is no frame.
    Garbled(String),
}

/// Frames per second that are analysed for a camera.
pub(super) fn rate(settings: &config::Camera) -> f64 {
    let usual = if settings.device_type() == DYNAMIC { DYNAMIC_RATE } else { STATIC_RATE };
    settings.rate.unwrap_or(usual)
}

impl Player {
    /// Starts ffmpeg with these arguments up to and including its input, `script` as its standard input, and at most `rate`
    /// frames per second to come. The error says what to do.
    pub(super) async fn start(input: &[&OsStr], script: Option<&str>, rate: f64) -> Result<Self, String> {
        let mut child = Command::new("ffmpeg")
            .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-threads", "1"])
            .args(input)
            .args(output(rate))
            .stdin(if script.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => {
                    "ffmpeg is not installed; streams and videos need it".to_owned()
                }
                _ => format!("ffmpeg cannot be started: {error}"),
            })?;
        let (Some(out), Some(complaints)) = (child.stdout.take(), child.stderr.take()) else {
            return Err("ffmpeg has no pipes".into());
        };
        if let (Some(mut stdin), Some(script)) = (child.stdin.take(), script) {
            // One that has left already says why on its other pipe.
            let _ = stdin.write_all(script.as_bytes()).await;
        }
        let complaints = tokio::spawn(last_of(complaints));
        Ok(Self { child, out: BufReader::with_capacity(1 << 16, out), complaints })
    }

    /// Hands every frame to `outlet` until there are no more, none comes for `patience`, or `stop`.
    pub(super) async fn play(
        mut self,
        outlet: &Outlet,
        patience: Duration,
        stop: &CancellationToken,
    ) -> Played {
        let mut frames = 0;
        let end = loop {
            let waits = if frames == 0 { patience.max(FIRST) } else { patience };
            let frame = tokio::select! {
                () = stop.cancelled() => break End::Stopped,
                frame = tokio::time::timeout(waits, frame(&mut self.out)) => frame,
            };
            match frame {
                Ok(Ok(Some(picture))) => {
                    frames += 1;
                    outlet.online();
                    outlet.offer(Image::Frame(picture), format!("frame {frames}"));
                }
                Ok(Ok(None)) => break self.left(patience, stop).await,
                Ok(Err(error)) => break End::Garbled(error),
                Err(_) => break End::Silent(waits),
            }
        };
        // Killing also reaps it; that it has ended meanwhile is as good.
        let _ = self.child.kill().await;
        Played { frames, end }
    }

    /// Waits for the end of an ffmpeg that has closed its pipe.
    async fn left(&mut self, patience: Duration, stop: &CancellationToken) -> End {
        let status = tokio::select! {
            () = stop.cancelled() => return End::Stopped,
            status = tokio::time::timeout(patience, self.child.wait()) => status,
        };
        let Ok(Ok(status)) = status else { return End::Silent(patience) };
        let complaint = (&mut self.complaints).await.unwrap_or_default();
        let complaint =
            if complaint.is_empty() && !status.success() { status.to_string() } else { complaint };
        End::Left { success: status.success(), complaint }
    }
}

/// Drops frames that come sooner than the rate allows, and scales. A frame is never repeated: a clock inside the stream that
/// jumps must not turn into thousands of copies.
fn filters(rate: f64) -> String {
    // The first frame of each period is taken; a hundredth forgives clocks that are rounded.
    format!(
        "select='isnan(t)+isnan(prev_selected_t)+not(eq(floor(t*{rate}+0.01),floor(prev_selected_t*{rate}+0.01)))',\
         scale='if(gt(iw,ih),min({LONG_SIDE},iw),-2)':'if(gt(iw,ih),-2,min({LONG_SIDE},ih))'"
    )
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
    use super::{frame, last_of, size_in};

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

    #[tokio::test]
    async fn of_many_complaints_the_last_are_kept() {
        let many = "the same again\n".repeat(1000) + "and this last";
        let kept = last_of(many.as_bytes()).await;
        assert!(kept.ends_with("again and this last") && kept.len() <= super::COMPLAINT, "{kept}");
    }
}
