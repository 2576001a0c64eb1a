//! `menshen doctor`: what is installed, reachable, writable; what to do about what is not.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::exit::Failure;

/// `menshen doctor`
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(subcommand)]
    patient: Patient,
}

#[derive(Debug, Subcommand)]
enum Patient {
    /// The box: models, ffmpeg, disk, database, ports, clock, cameras, doors, platform. Ends with 1 when there is a problem.
    Edge(PatientArgs),
    /// The platform: disk, database, photo store, broker, certificate, models, ports, public URL, clock. Ends with 1 when there is a problem.
    Platform(PatientArgs),
}

#[derive(Debug, Args)]
struct PatientArgs {
    /// The configuration file; without it the defaults and the environment serve.
    #[arg(long, env = "MENSHEN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// One JSON object in place of words.
    #[arg(long)]
    json: bool,
}

impl DoctorArgs {
    /// Looks, says what was found, and fails when there is a problem.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (args, report) = match self.patient {
            Patient::Edge(args) => {
                let config: edge::Config = load(&args)?;
                config.check().map_err(Failure::Configuration)?;
                let report = examined(edge::doctor::examine(config))??;
                (args, serde_json::to_value(&report)?)
            }
            Patient::Platform(args) => {
                let config: platform::Config = load(&args)?;
                // An error means that a provider is installed already.
                let _installed = rustls::crypto::ring::default_provider().install_default();
                let report = examined(async move { platform::doctor::examine(&config).await })?;
                (args, serde_json::to_value(&report)?)
            }
        };
        let text = if args.json { serde_json::to_string_pretty(&report)? + "\n" } else { words(&report) };
        std::io::stdout().lock().write_all(text.as_bytes()).context("the standard output")?;
        match report["problems"].as_u64().unwrap_or_default() {
            0 => Ok(()),
            1 => anyhow::bail!("there is a problem"),
            many => anyhow::bail!("there are {many} problems"),
        }
    }
}

fn load<C: DeserializeOwned>(args: &PatientArgs) -> anyhow::Result<C> {
    let loaded = runtime::config::load(args.config.as_deref());
    loaded.map_err(|error| Failure::Configuration(error.to_string()).into())
}

fn examined<T>(look: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime")?;
    let report = runtime.block_on(look);
    // A check that overran its time may still be busy on a thread of its own.
    runtime.shutdown_background();
    Ok(report)
}

/// Both reports have the same form.
fn words(report: &Value) -> String {
    let mut text = String::new();
    for line in report["findings"].as_array().into_iter().flatten() {
        let field = |name: &str| line[name].as_str().unwrap_or_default();
        let mark = match field("level") {
            "problem" => "PROBLEM",
            other => other,
        };
        text += &format!("{mark:<8} {:<10} {}: {}\n", field("check"), field("subject"), field("found"));
        if let Some(advice) = line["advice"].as_str() {
            text += &format!("{:<8} {:<10} -> {advice}\n", "", "");
        }
    }
    text + &format!("{} problems, {} warnings\n", report["problems"], report["warnings"])
}
