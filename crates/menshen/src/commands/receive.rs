//! `menshen receive`: the documented example receiver. Shows what boxes send, and can fail on purpose.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use runtime::{CancellationToken, until_signal};
use sim::receiver::{Options, Receiver, Summary};

use crate::exit::Failure;

/// `menshen receive`
#[derive(Debug, Args)]
pub(crate) struct ReceiveArgs {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "0.0.0.0:9528", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// One JSON object a line in place of words; pictures are replaced by their length.
    #[arg(long)]
    json: bool,
    /// Keep the pictures in this folder.
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// Most pictures of one run that are kept; the oldest go first.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    keep: usize,
    /// Answer every n-th request with 500.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    fail_every: Option<u64>,
    /// Never answer every n-th request.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    hang_every: Option<u64>,
    /// Wait so many milliseconds before each answer.
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=600_000))]
    delay: u64,
    /// Answer every request with status 1: not wanted.
    #[arg(long)]
    refuse: bool,
}

impl ReceiveArgs {
    /// Receives until a signal, then says what was seen.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime")?;
        let json = self.json;
        let summary = runtime.block_on(receive(self.options(), json))?;
        say_last(&summary.to_string());
        Ok(())
    }

    fn options(self) -> Options {
        Options {
            listen: self.listen,
            json: self.json,
            pictures: self.pictures,
            keep: self.keep,
            fail_every: self.fail_every,
            hang_every: self.hang_every,
            delay: Duration::from_millis(self.delay),
            refuse: self.refuse,
        }
    }
}

async fn receive(options: Options, json: bool) -> anyhow::Result<Summary> {
    let bound = Receiver::bind(options, say).await;
    let receiver = bound.map_err(|error| Failure::Configuration(format!("{error:#}")))?;
    let address = receiver.address()?;
    if json {
        say(&serde_json::json!({"kind": "listening", "address": address.to_string()}).to_string());
    } else {
        say(&format!(
            "listening on http://{address}: /RealTimeEvent, /HistoryEvent, /DeviceStatus; Ctrl-C ends with a summary"
        ));
    }
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    tokio::spawn(async move {
        until_signal().await;
        stopper.cancel();
    });
    Ok(receiver.run(stop).await)
}

/// One line on the standard output; a reader that went away ends nothing.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// The summary goes where it does not disturb JSON lines.
fn say_last(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
