//! `menshen platform`: the management platform, and what is done to its data from outside.

mod archive;
mod passphrase;

use clap::{Args, Subcommand};
use platform::StartError;
use runtime::Lifecycle;
use tokio::net::TcpListener;

use super::serve::ServeArgs;
use crate::exit::Failure;

/// Without a subcommand the platform runs.
#[derive(Debug, Args)]
pub(crate) struct PlatformArgs {
    #[command(flatten)]
    serve: ServeArgs,
    #[command(subcommand)]
    command: Option<PlatformCommand>,
}

#[derive(Debug, Subcommand)]
enum PlatformCommand {
    /// Write everything (rows, photos, the wrapped key) to one file; the platform may run meanwhile.
    Export(archive::ExportArgs),
    /// Read a file of `export` or `backup` into an empty database; the platform must not run.
    Import(archive::ImportArgs),
    /// As `export`, into a folder under a name with the date, for a timer.
    Backup(archive::BackupArgs),
    /// After the database was brought back by other means (`pg_restore`, a copy of a disk): have boxes brought up again, and tell others
    /// nothing under an id that was used; the platform must not run.
    Restored,
}

/// Runs the platform until a signal asks it to stop, or the subcommand to its end.
pub(crate) fn run(args: PlatformArgs) -> anyhow::Result<()> {
    match args.command {
        None => args.serve.run(serve),
        Some(PlatformCommand::Export(export)) => export.run(args.serve),
        Some(PlatformCommand::Import(import)) => import.run(args.serve),
        Some(PlatformCommand::Backup(backup)) => backup.run(args.serve),
        Some(PlatformCommand::Restored) => archive::restored(args.serve),
    }
}

async fn serve(config: platform::Config, life: Lifecycle) -> anyhow::Result<()> {
    let address = config.http.listen.clone();
    let listener = TcpListener::bind(&address).await.map_err(|error| {
        Failure::Configuration(format!("http.listen: cannot listen on {address}: {error}"))
    })?;
    platform::run(config, listener, life).await.map_err(with_exit_code)
}

fn with_exit_code(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<StartError>() {
        Ok(error) => failure_of(error).into(),
        Err(other) => other,
    }
}

fn failure_of(error: StartError) -> Failure {
    match error {
        StartError::Configuration(text) => Failure::Configuration(text),
        StartError::Unreachable(text) => Failure::Unreachable(text),
    }
}
