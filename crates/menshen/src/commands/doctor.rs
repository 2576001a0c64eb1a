//! `menshen doctor`: what is installed, reachable, writable; what to do about what is not.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use edge::doctor::{Level, Report};

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
        let Patient::Edge(args) = self.patient;
        let config: edge::Config = runtime::config::load(args.config.as_deref())
            .map_err(|error| Failure::Configuration(error.to_string()))?;
        config.check().map_err(Failure::Configuration)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime")?;
        let report = runtime.block_on(edge::doctor::examine(config))?;
        // A check that overran its time may still be busy on a thread of its own.
        runtime.shutdown_background();
        let text = if args.json { serde_json::to_string_pretty(&report)? + "\n" } else { words(&report) };
        std::io::stdout().lock().write_all(text.as_bytes()).context("the standard output")?;
        match report.problems {
            0 => Ok(()),
            1 => anyhow::bail!("there is a problem"),
            many => anyhow::bail!("there are {many} problems"),
        }
    }
}

fn words(report: &Report) -> String {
    let mut text = String::new();
    for line in &report.findings {
        let mark = match line.finding.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Problem => "PROBLEM",
        };
        text += &format!("{mark:<8} {:<10} {}: {}\n", line.check, line.finding.subject, line.finding.found);
        if let Some(advice) = &line.finding.advice {
            text += &format!("{:<8} {:<10} -> {advice}\n", "", "");
        }
    }
    text + &format!("{} problems, {} warnings\n", report.problems, report.warnings)
}
