//! `menshen edge`: the box, and what is done with it from its command line.

mod pair;
mod password;

use clap::{Args, Subcommand};
use runtime::Lifecycle;

use super::serve::ServeArgs;
use crate::exit::Failure;
use crate::memory;

/// The arguments of `menshen edge`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = false, subcommand_negates_reqs = true)]
pub(crate) struct EdgeArgs {
    #[command(flatten)]
    serve: ServeArgs,
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Pairs this box with a platform by the link it issued, whether the box runs or not.
    Pair(pair::PairArgs),
    /// Makes up a new password for the box's console, whether the box runs or not, and ends all sessions there.
    Password(password::PasswordArgs),
}

/// Runs it until a signal asks it to stop, or does what was asked.
pub(crate) fn run(args: EdgeArgs) -> anyhow::Result<()> {
    match args.action {
        None => {
            memory::give_back_soon();
            args.serve.run(serve)
        }
        Some(Action::Pair(action)) => action.run(args.serve.config()),
        Some(Action::Password(action)) => action.run(args.serve.config()),
    }
}

async fn serve(config: edge::Config, life: Lifecycle) -> anyhow::Result<()> {
    config.check().map_err(Failure::Configuration)?;
    config.local_api.certificate().map_err(Failure::Configuration)?;
    edge::run(config, life).await
}
