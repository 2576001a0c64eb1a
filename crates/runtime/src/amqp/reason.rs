//! The broker's refusals in plain words.

use lapin::ErrorKind;

/// Why a step at the broker did not succeed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refused {
    /// The queue, exchange or virtual host does not exist.
    #[error("{0}")]
    NotFound(String),
    /// Anything else the broker or the network said.
    #[error("{0}")]
    Other(String),
    /// No answer in time.
    #[error("{0}: the broker did not answer in time")]
    Silent(String),
}

/// Says what was tried and what came back.
pub(super) fn plain(what: &str, error: &lapin::Error) -> Refused {
    match error.kind() {
        ErrorKind::ProtocolError(answer) => {
            let code = answer.get_id();
            let text = format!("{what}: {}", answer.get_message());
            if code == 404 { Refused::NotFound(text) } else { Refused::Other(text) }
        }
        ErrorKind::IOError(io) => Refused::Other(format!("{what}: {io}")),
        _ => Refused::Other(format!("{what}: {error}")),
    }
}
