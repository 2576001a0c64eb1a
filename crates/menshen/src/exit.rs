//! Exit codes, a contract with scripts and service managers: 0 stopped as asked, 2 bad configuration,
//! 3 something required cannot be reached at start, 1 anything else.

use std::fmt;
use std::process::ExitCode;

/// A failure that has an exit code of its own; anything else leaves with 1.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Bad configuration or bad usage; the message names the key.
    Configuration(String),
    /// Something required at start cannot be reached; the message says what and for how long it was tried.
    Unreachable(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(text) | Self::Unreachable(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Failure {}

/// Prints the failure, if there is one, and says which code the process leaves with.
#[expect(clippy::print_stderr, reason = "the last word of a command goes to the terminal")]
pub(crate) fn code_of(outcome: anyhow::Result<()>) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("menshen: {error:#}");
    match error.downcast_ref::<Failure>() {
        Some(Failure::Configuration(_)) => ExitCode::from(2),
        Some(Failure::Unreachable(_)) => ExitCode::from(3),
        None => ExitCode::FAILURE,
    }
}
