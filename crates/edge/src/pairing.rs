//! Pairing: a link with a one-time code tells the box its licence key and where to log in.
//!
//! What can be checked without using the code up is checked first: a box that belongs to a platform already keeps its code
//! for another one unless it is told to replace what it has. Key and login URL are kept together or not at all.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use protocol::{Code, ErrorObject, address};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::config::Config;
use crate::http::{self, FetchError};
use crate::link::Link;
use crate::reason::{Reason, table as reason};
use crate::running::{self, Found, RunningError};
use crate::store::{StoreError, people};

/// A platform that takes longer is no help.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Where a running box is told to pair.
const PATH: &str = "/api/v1/pairing";
/// The longest answer that is read.
const MAX_ANSWER: usize = 64 * 1024;
/// The longest link or login URL, bytes.
const MAX_URL: usize = 2048;
/// The longest licence key, characters; real ones have 24.
const MAX_KEY: usize = 128;

/// What a platform answers to a code, and what the box keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Paired {
    /// The licence key.
    pub dev_sno: String,
    /// Where to log in.
    pub login_url: String,
}

/// Where what was learned went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// The running box has taken it and logs in now.
    Running(SocketAddr),
    /// It is in the box's database; the box logs in when it is started.
    Stored(PathBuf),
}

/// Why the box is not paired. Nothing has changed then, except that a code that was shown to the platform may be used up.
#[derive(Debug, thiserror::Error)]
pub enum PairError {
    /// That is no link of a platform.
    #[error("{0}")]
    Link(Reason),
    /// The box belongs to a platform; the code has not been used.
    #[error(
        "this box is paired already: it is {dev_sno} at {platform}; to give it to another platform, replace that on purpose (--replace)"
    )]
    Already {
        /// Its licence key.
        dev_sno: String,
        /// Where it logs in.
        platform: String,
    },
    /// Nobody answers; the code may be tried again.
    #[error("{0}")]
    Unreachable(Reason),
    /// The platform, or the running box, said no.
    #[error("{0}")]
    Refused(Reason),
    /// The box's database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Shows a link's code to its platform.
///
/// # Errors
/// [`PairError::Link`], [`PairError::Unreachable`] or [`PairError::Refused`].
pub async fn ask(client: &reqwest::Client, link: &str) -> Result<Paired, PairError> {
    let link = link.trim();
    let readable = url::Url::parse(link).is_ok_and(|url| url.has_host());
    if link.len() > MAX_URL || !address::is_absolute(link) || !readable {
        return Err(PairError::Link(reason::pairing_link_shape()));
    }
    let answer = http::whole(client.post(link), TIMEOUT, MAX_ANSWER).await;
    let (status, body) = answer.map_err(|error| match error {
        FetchError::Address(_) => PairError::Link(reason::pairing_link_unusable(error.to_string())),
        other => PairError::Unreachable(reason::platform_unreachable(other.to_string())),
    })?;
    if (300..400).contains(&status) {
        let host = address::base_of(link);
        let why = FetchError::Redirect { host }.to_string();
        return Err(PairError::Link(reason::pairing_link_unusable(why)));
    }
    if status != 200 {
        return Err(PairError::Refused(reason::pairing_refused(refusal(status, &body))));
    }
    let paired: Paired =
        serde_json::from_slice(&body).map_err(|_| PairError::Refused(reason::no_pairing_platform()))?;
    check(&paired)?;
    Ok(paired)
}

/// Pairs the box `link` belongs to. With `replace` it leaves the platform it belonged to: `forget` erases the people it had from there,
/// whom the next one knows nothing of and would never remove.
///
/// # Errors
/// [`PairError`].
pub async fn pair(
    link: &Link,
    client: &reqwest::Client,
    url: &str,
    replace: bool,
    forget: impl Future<Output = Result<usize, StoreError>>,
) -> Result<Paired, PairError> {
    let before = link.dev_sno().await?.zip(link.login_url().await?);
    if let Some((dev_sno, login_url)) = &before
        && !replace
    {
        return Err(PairError::Already { dev_sno: dev_sno.clone(), platform: address::base_of(login_url) });
    }
    let paired = ask(client, url).await?;
    if before.is_some_and(|(dev_sno, _)| dev_sno != paired.dev_sno) {
        let people = forget.await?;
        tracing::info!(people, "the box leaves its platform: the people it had from there are erased");
    }
    link.pair(&paired.dev_sno, &paired.login_url).await?;
    tracing::info!(
        dev_sno = paired.dev_sno,
        platform = address::base_of(&paired.login_url),
        "the box was paired"
    );
    Ok(paired)
}

/// Pairs the box of this configuration, whether it runs or not.
///
/// # Errors
/// [`PairError`].
pub async fn pair_this_box(config: &Config, url: &str, replace: bool) -> Result<(Paired, Way), PairError> {
    let client = http::sender()
        .map_err(|error| PairError::Unreachable(reason::failed(format!("TLS cannot be set up: {error}"))))?;
    let asked = json!({"url": url, "replace": replace});
    let found = running::open_or_post(config, &client, PATH, &asked).await;
    match found.map_err(|error| match error {
        RunningError::Unreachable(_) => PairError::Unreachable(reason::failed(error.to_string())),
        RunningError::Store(error) => PairError::Store(error),
    })? {
        Found::Store(store) => {
            let path = store.path().to_owned();
            let forget = store.clone();
            let link = Link::new(store, config.identity.clone());
            let paired = pair(&link, &client, url, replace, forget.erase(people::wipe, |_| {})).await?;
            Ok((paired, Way::Stored(path)))
        }
        Found::Answer(at, status, body) => Ok((answered(status, &body)?, Way::Running(at))),
    }
}

/// What the running box said.
fn answered(status: u16, body: &[u8]) -> Result<Paired, PairError> {
    if status != 200 {
        let said = refusal(status, body);
        let code = ErrorObject::read(body).ok().map(|error| error.code);
        // The platform is out of reach, not the box: trying for longer is for whoever called.
        return Err(match code {
            Some(code) if code == Code::FOG_PARAM_ERROR => {
                PairError::Link(reason::pairing_link_unusable(said))
            }
            _ => PairError::Refused(reason::pairing_refused(said)),
        });
    }
    serde_json::from_slice(body).map_err(|_| {
        PairError::Refused(reason::pairing_refused("the running box gave an answer that cannot be read"))
    })
}

/// The words of a refusal.
fn refusal(status: u16, body: &[u8]) -> String {
    let said = running::words(body);
    if said.is_empty() { format!("the link was refused with HTTP status {status}") } else { said }
}

/// Nothing is kept that the box could not work with.
fn check(paired: &Paired) -> Result<(), PairError> {
    let Paired { dev_sno, login_url } = paired;
    let key = !dev_sno.is_empty()
        && dev_sno.chars().count() <= MAX_KEY
        && !dev_sno.chars().any(|c| c.is_control() || c.is_whitespace());
    let url = login_url.len() <= MAX_URL
        && address::is_absolute(login_url)
        && url::Url::parse(login_url).is_ok_and(|url| url.has_host());
    if key && url {
        return Ok(());
    }
    let what = if key { "login URL" } else { "licence key" };
    Err(PairError::Refused(reason::pairing_refused(format!(
        "the platform answered a {what} that cannot be used"
    ))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn only_what_can_be_used_is_kept() {
        let paired =
            |dev_sno: &str, login_url: &str| Paired { dev_sno: dev_sno.into(), login_url: login_url.into() };
        assert!(check(&paired("TJGSDX000120190726103455", "http://platform:8080/device/login")).is_ok());
        for (dev_sno, login_url) in [
            ("", "http://platform/login"),
            ("A B", "http://platform/login"),
            ("A", "/device/login"),
            ("A", "ftp://platform/login"),
            ("A", ""),
        ] {
            assert!(check(&paired(dev_sno, login_url)).is_err(), "{dev_sno} {login_url}");
        }
    }

    #[tokio::test]
    async fn what_is_no_link_is_told_without_asking_anybody() {
        let client = http::sender().unwrap();
        for link in ["", "ABCD-EFGH-JKMN-PQRS", "ftp://platform/pair/A", "http://"] {
            assert!(matches!(ask(&client, link).await, Err(PairError::Link(_))), "{link}");
        }
        let nobody = ask(&client, "http://127.0.0.1:1/pair/ABCD").await;
        assert!(matches!(nobody, Err(PairError::Unreachable(_))), "{nobody:?}");
    }

    #[tokio::test]
    async fn a_box_that_belongs_to_a_platform_keeps_it_and_the_code() {
        let directory = tempfile::tempdir().unwrap();
        let config = Config { data_dir: directory.path().to_owned(), ..Config::default() };
        let store = Store::open(directory.path()).unwrap();
        Link::new(store, config.identity.clone()).pair("KEY", "http://one:8080/login").await.unwrap();
        // Nobody listens there: the code would be tried only with `replace`.
        let kept = pair_this_box(&config, "http://127.0.0.1:1/pair/ABCD", false).await;
        assert!(
            matches!(&kept, Err(PairError::Already { dev_sno, platform }) if dev_sno == "KEY" && platform == "http://one:8080"),
            "{kept:?}"
        );
        let tried = pair_this_box(&config, "http://127.0.0.1:1/pair/ABCD", true).await;
        assert!(matches!(tried, Err(PairError::Unreachable(_))), "{tried:?}");
    }
}
