//! Where the passphrase comes from: a file, the environment, or the terminal. It is never an argument, which others could see.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::Command;

use clap::Args;
use platform::config::Secret;

use crate::exit::Failure;

/// The variable that holds the passphrase.
const VARIABLE: &str = "MENSHEN_PASSPHRASE";

/// Where the passphrase is.
#[derive(Debug, Args)]
pub(crate) struct PassphraseArgs {
    /// A file whose first line is the passphrase; without it the variable MENSHEN_PASSPHRASE, or it is asked for.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Leave the key out: the file is of no use without the platform's key file, of which there is a copy elsewhere.
    #[arg(long, conflicts_with = "passphrase_file")]
    without_key: bool,
}

impl PassphraseArgs {
    /// The passphrase for a file to be written; `None` when the key is left out.
    pub(crate) fn for_writing(&self) -> anyhow::Result<Option<Secret>> {
        if self.without_key {
            return Ok(None);
        }
        if let Some(given) = self.given()? {
            return Ok(Some(given));
        }
        if !std::io::stdin().is_terminal() {
            let words = format!(
                "give --passphrase-file, {VARIABLE} or --without-key: there is no terminal to ask at"
            );
            return Err(Failure::Configuration(words).into());
        }
        let first = ask("Passphrase for the file: ")?;
        if ask("The same again: ")? != first {
            return Err(Failure::Configuration("the two passphrases differ".to_owned()).into());
        }
        Ok(Some(Secret::new(first)))
    }

    /// The passphrase for a file to be read; `None` when nobody knows one, which is fine when the key file is there.
    pub(crate) fn for_reading(&self) -> anyhow::Result<Option<Secret>> {
        match self.given()? {
            Some(given) => Ok(Some(given)),
            None if self.without_key || !std::io::stdin().is_terminal() => Ok(None),
            None => Ok(Some(ask("Passphrase of the file (empty when the key file is in its place): ")?)
                .filter(|typed| !typed.is_empty())
                .map(Secret::new)),
        }
    }

    fn given(&self) -> anyhow::Result<Option<Secret>> {
        let Some(file) = &self.passphrase_file else {
            return Ok(std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()).map(Secret::new));
        };
        let read = std::fs::read_to_string(file).map_err(|error| {
            Failure::Configuration(format!("--passphrase-file: {}: {error}", file.display()))
        })?;
        Ok(Some(Secret::new(read.lines().next().unwrap_or_default())))
    }
}

/// One line from the terminal, not shown while it is typed.
#[expect(clippy::print_stderr, reason = "a question at the terminal")]
fn ask(question: &str) -> anyhow::Result<String> {
    eprint!("{question}");
    std::io::stderr().flush()?;
    // Without stty the line is shown, which is better than not to ask.
    let _hidden = Command::new("stty").arg("-echo").status();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    let _shown = Command::new("stty").arg("echo").status();
    eprintln!();
    read?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
