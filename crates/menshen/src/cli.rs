//! The command line: every subcommand in one list, each implemented in a file of its own under `commands/`.

use clap::{Parser, Subcommand};

use crate::commands::doctor::DoctorArgs;
use crate::commands::edge::EdgeArgs;
use crate::commands::face::FaceArgs;
use crate::commands::models::ModelsArgs;
use crate::commands::platform::PlatformArgs;
use crate::commands::receive::ReceiveArgs;
use crate::commands::{ServeArgs, edge, platform};

/// Face access control: the management platform, the box, and the tools between them.
#[derive(Debug, Parser)]
#[command(name = "menshen", version, about, long_about = None)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The management platform: people, boxes, events; boxes log in to it.
    Platform(PlatformArgs),
    /// The box: cameras, faces, doors; logs in to a platform.
    Edge(EdgeArgs),
    /// What is installed, reachable, writable; what to do about what is not.
    Doctor(DoctorArgs),
    /// What the engine sees in photos: inspect, compare.
    Face(FaceArgs),
    /// The model packs: fetch, import, list, verify, use.
    Models(ModelsArgs),
    /// An example receiver: shows the events and status reports boxes send to it.
    Receive(ReceiveArgs),
}

impl Cli {
    /// Runs the chosen subcommand to its end.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Platform(args) => platform::run(args),
            Command::Edge(args) => edge::run(args),
            Command::Doctor(args) => args.run(),
            Command::Face(args) => args.run(),
            Command::Models(args) => args.run(),
            Command::Receive(args) => args.run(),
        }
    }
}
