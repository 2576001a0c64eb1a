//! `menshen edge pair`: the box learns from a link of a platform who it is there and where to log in.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use edge::pairing::{PairError, Paired, Way, pair_this_box};

use crate::exit::Failure;

/// `menshen edge pair`
#[derive(Debug, Args)]
pub(crate) struct PairArgs {
    /// The link as the platform issued it: http(s)://platform/pair/CODE
    #[arg(value_name = "URL")]
    url: String,
    /// Leave the platform this box belongs to. Whoever the box holds is erased; its new platform brings its own people.
    #[arg(long)]
    replace: bool,
    /// The box's configuration file; without it the defaults and the environment serve.
    #[arg(long, env = "MENSHEN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl PairArgs {
    /// Pairs, and says where what was learned went.
    pub(crate) fn run(self, config: Option<&Path>) -> anyhow::Result<()> {
        let file = self.config.as_deref().or(config);
        let config: edge::Config =
            runtime::config::load(file).map_err(|error| Failure::Configuration(error.to_string()))?;
        config.check().map_err(Failure::Configuration)?;
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the async runtime")?;
        let outcome = runtime.block_on(pair_this_box(&config, &self.url, self.replace));
        runtime.shutdown_background();
        let (Paired { dev_sno, login_url }, way) = outcome.map_err(with_exit_code)?;
        let next = match way {
            Way::Running(at) => format!("the box that runs (local API at {at}) has taken it and logs in now"),
            Way::Stored(path) => {
                format!("kept in {}; the box logs in when it is started", path.display())
            }
        };
        let text = format!("paired: this box is {dev_sno}, its platform {login_url}\n{next}\n");
        std::io::stdout().lock().write_all(text.as_bytes()).context("the standard output")
    }
}

fn with_exit_code(error: PairError) -> anyhow::Error {
    match error {
        PairError::Link(why) => Failure::Configuration(why.to_string()).into(),
        PairError::Unreachable(why) => Failure::Unreachable(why.to_string()).into(),
        other => other.into(),
    }
}
