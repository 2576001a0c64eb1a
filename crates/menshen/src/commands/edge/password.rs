//! `menshen edge password`: a new password for the box's console, when the old one was lost.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use edge::config::ACCOUNT;
use edge::password::reset_this_box;

use crate::exit::Failure;

/// `menshen edge password`
#[derive(Debug, Args)]
pub(crate) struct PasswordArgs {
    /// The box's configuration file; without it the defaults and the environment serve.
    #[arg(long, env = "MENSHEN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl PasswordArgs {
    /// Makes one up and says it.
    pub(crate) fn run(self, config: Option<&Path>) -> anyhow::Result<()> {
        let file = self.config.as_deref().or(config);
        let config: edge::Config =
            runtime::config::load(file).map_err(|error| Failure::Configuration(error.to_string()))?;
        config.check().map_err(Failure::Configuration)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime")?;
        let outcome = runtime.block_on(reset_this_box(&config));
        runtime.shutdown_background();
        let password = outcome?;
        let text = format!(
            "console user {ACCOUNT}, password {password}\nIt has to be changed at the next login. All sessions have ended.\n"
        );
        std::io::stdout().lock().write_all(text.as_bytes()).context("the standard output")
    }
}
