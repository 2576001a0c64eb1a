//! What both servers share: the configuration, the log, the signals and the end.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{Args, ValueEnum};
use runtime::telemetry::{self, Format};
use runtime::{Lifecycle, until_signal};
use serde::de::DeserializeOwned;

use crate::exit::Failure;

/// From the signal to the end of the process.
const GRACE: Duration = Duration::from_secs(10);

/// The arguments of every server.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The configuration file; without it the defaults and the environment serve.
    #[arg(long, env = "MENSHEN_CONFIG", value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// How log lines look.
    #[arg(long, env = "MENSHEN_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text, global = true)]
    log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl ServeArgs {
    /// The configuration file, if one was named.
    pub(crate) fn config(&self) -> Option<&Path> {
        self.config.as_deref()
    }

    /// Reads the configuration, then runs `server` until it ends by itself or a signal asks it to, and gives
    /// what is left the grace period.
    pub(crate) fn run<C, S, F>(self, server: S) -> anyhow::Result<()>
    where
        C: DeserializeOwned,
        S: FnOnce(C, Lifecycle) -> F,
        F: Future<Output = anyhow::Result<()>>,
    {
        telemetry::init(match self.log_format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        });
        let config = load(self.config.as_deref())?;
        // An error means that a provider is installed already.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime")?;
        let outcome = runtime.block_on(until_stopped(config, server));
        // Blocking work that is still busy (a picture being judged) does not hold the process.
        runtime.shutdown_background();
        outcome
    }
}

async fn until_stopped<C, S, F>(config: C, server: S) -> anyhow::Result<()>
where
    S: FnOnce(C, Lifecycle) -> F,
    F: Future<Output = anyhow::Result<()>>,
{
    let life = Lifecycle::new(GRACE);
    let stopper = life.clone();
    let signals = tokio::spawn(async move {
        until_signal().await;
        stopper.stop();
    });
    let running = server(config, life.clone());
    let stopping = life.stopping();
    let overdue = async {
        stopping.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let outcome = tokio::select! {
        outcome = running => outcome,
        () = overdue => {
            tracing::error!(grace_s = GRACE.as_secs(), "the server itself did not stop within the grace period");
            Ok(())
        }
    };
    life.finish().await;
    signals.abort();
    outcome
}

fn load<C: DeserializeOwned>(file: Option<&Path>) -> anyhow::Result<C> {
    runtime::config::load(file).map_err(|error| Failure::Configuration(error.to_string()).into())
}
