//! The command line: every subcommand in one list, each implemented in a file of its own under `commands/`.

use clap::{Parser, Subcommand};

use crate::commands::models::ModelsArgs;

/// Face access control: the management platform, the box, and the tools between them.
#[derive(Debug, Parser)]
#[command(name = "menshen", version, about, long_about = None)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The model packs: fetch, import, list, verify, use.
    Models(ModelsArgs),
}

impl Cli {
    /// Runs the chosen subcommand to its end.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Models(args) => args.run(),
        }
    }
}
