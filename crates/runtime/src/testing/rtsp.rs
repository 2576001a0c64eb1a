//! A network camera of a test's own: GStreamer's RTSP server with prepared films. It can be frozen, lost, and brought back.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::listen;

/// Debian's own Python, which sees Debian's GStreamer.
const PYTHON: &str = "/usr/bin/python3";
/// What its start takes at most on a busy machine.
const START: Duration = Duration::from_secs(60);

/// How a film is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// H.264, what most cameras deliver.
    H264,
    /// H.265, also called HEVC.
    H265,
    /// Motion JPEG.
    Mjpeg,
}

/// A camera that plays films by RTSP on a loopback port.
pub struct RtspCamera {
    port: u16,
    account: String,
    films: Vec<String>,
    child: Option<Child>,
}

impl RtspCamera {
    /// A camera that demands this account (`user:password`), if any, and serves these films (name, codec, file).
    ///
    /// # Errors
    /// When it does not start, with what it said: mostly that GStreamer is missing.
    pub async fn start(account: Option<&str>, films: &[(&str, Codec, &Path)]) -> io::Result<Self> {
        let films =
            films.iter().map(|(name, codec, file)| format!("{name}={}={}", codec.word(), file.display()));
        let mut camera = Self {
            port: listen()?.local_addr()?.port(),
            account: account.unwrap_or("-").to_owned(),
            films: films.chain(["sound=sound=".to_owned()]).collect(),
            child: None,
        };
        camera.start_again().await?;
        Ok(camera)
    }

    /// Starts it after [`RtspCamera::lose`], at the same port.
    ///
    /// # Errors
    /// As at the first start.
    pub async fn start_again(&mut self) -> io::Result<()> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/testing/rtsp_server.py");
        let mut child = Command::new(PYTHON)
            .arg(script)
            .args([&self.port.to_string(), &self.account])
            .args(&self.films)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let failed = || io::Error::other("the RTSP server did not start; run scripts/setup --tests");
        let out = child.stdout.take().ok_or_else(failed)?;
        let mut line = String::new();
        tokio::time::timeout(START, BufReader::new(out).read_line(&mut line)).await??;
        let port = line.trim().strip_prefix("ready ").and_then(|port| port.parse().ok());
        self.port = port.ok_or_else(failed)?;
        self.child = Some(child);
        Ok(())
    }

    /// Where a film is, without account.
    pub fn url(&self, film: &str) -> String {
        format!("rtsp://127.0.0.1:{}/{film}", self.port)
    }

    /// Where there is sound and no film.
    pub fn sound(&self) -> String {
        self.url("sound")
    }

    /// Gone from one moment to the next: its connections break.
    pub async fn lose(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill().await;
        }
    }

    /// It keeps its connections and sends nothing more.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn freeze(&self) -> io::Result<()> {
        self.signal("-STOP").await
    }

    /// It goes on where it was frozen.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn thaw(&self) -> io::Result<()> {
        self.signal("-CONT").await
    }

    async fn signal(&self, signal: &str) -> io::Result<()> {
        let process = self.child.as_ref().and_then(Child::id);
        let process = process.ok_or_else(|| io::Error::other("the camera does not run"))?;
        let script = format!("kill {signal} {process}");
        let status = Command::new("/bin/sh").args(["-c", &script]).status().await?;
        if status.success() { Ok(()) } else { Err(io::Error::other("the camera cannot be signalled")) }
    }
}

impl Codec {
    fn word(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
            Self::Mjpeg => "mjpeg",
        }
    }

    /// Makes a film of a photo that stands still for `seconds` at 10 frames per second, in a frame of `size` (width, height).
    ///
    /// # Errors
    /// What ffmpeg says.
    pub async fn film(
        self,
        photo: &Path,
        size: (u32, u32),
        seconds: u32,
        folder: &Path,
    ) -> io::Result<PathBuf> {
        let (width, height) = size;
        let fit = format!(
            "scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1:color=gray"
        );
        self.encode(&["-loop", "1", "-framerate", "10"], photo, &fit, seconds, folder).await
    }

    /// Makes a film by ffmpeg's filter from one input.
    ///
    /// # Errors
    /// What ffmpeg says.
    pub async fn encode(
        self,
        before: &[&str],
        input: &Path,
        filter: &str,
        seconds: u32,
        folder: &Path,
    ) -> io::Result<PathBuf> {
        // RTP leaves the tables of a JPEG out: only the standard ones are known on the other side.
        let (codec, pixels, name): (&[&str], _, _) = match self {
            Self::H264 => {
                (&["libx264", "-preset", "ultrafast", "-g", "10", "-bf", "0"], "yuv420p", "h264.mp4")
            }
            Self::H265 => (
                &[
                    "libx265",
                    "-preset",
                    "ultrafast",
                    "-g",
                    "10",
                    "-tag:v",
                    "hvc1",
                    "-x265-params",
                    "log-level=error",
                ],
                "yuv420p",
                "h265.mp4",
            ),
            Self::Mjpeg => (&["mjpeg", "-huffman", "default", "-q:v", "3"], "yuvj420p", "mjpeg.mov"),
        };
        let film = folder.join(name);
        let made = Command::new("ffmpeg")
            .args(["-nostdin", "-v", "error", "-y"])
            .args(before)
            .arg("-i")
            .arg(input)
            .args([
                "-t",
                &seconds.to_string(),
                "-r",
                "10",
                "-vf",
                &format!("{filter},format={pixels}"),
                "-c:v",
            ])
            .args(codec)
            .arg(&film)
            .status()
            .await?;
        if made.success() { Ok(film) } else { Err(io::Error::other("ffmpeg could not make the film")) }
    }
}
