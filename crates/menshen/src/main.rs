//! The binary: one command for every role. `main` dispatches and turns outcomes into exit codes.

mod cli;
mod commands;
mod exit;
mod memory;

use clap::Parser;

/// Requests are allocated for by one thread and freed by another all the time; glibc's one pool has them wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    memory::keep_little();
    exit::code_of(cli::Cli::parse().run())
}
