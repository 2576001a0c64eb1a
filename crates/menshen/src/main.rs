//! The binary: one command for every role. `main` dispatches and turns outcomes into exit codes.

mod cli;
mod commands;
mod exit;
mod memory;

use clap::Parser;

fn main() -> std::process::ExitCode {
    memory::keep_little();
    exit::code_of(cli::Cli::parse().run())
}
