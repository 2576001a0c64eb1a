//! One attempt to log in.

use std::time::Duration;

use protocol::{DevSno, LoginReply, LoginRequest, Mac, address};

use super::Joined;
use crate::clock;
use crate::http::{self, FetchError};

/// A platform that takes longer is asked again later.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const MAX_REPLY: usize = 1 << 20;

/// Asks `login_url` for token and broker. The error is one sentence for people and never holds the token.
pub(crate) async fn attempt(
    client: &reqwest::Client,
    login_url: &str,
    dev_sno: &DevSno,
    mac: &Mac,
) -> Result<Joined, String> {
    // A login URL typed without scheme is read as http, as its base is.
    let base = address::base_of(login_url);
    let complete =
        if address::is_absolute(login_url) { login_url.to_owned() } else { format!("http://{login_url}") };
    let request = LoginRequest { dev_sno: dev_sno.clone(), hex_mac: Some(mac.clone()) };
    let get = client.get(&complete).query(&request.to_query());
    let asked_at = clock::now();
    let (status, body, date) = http::dated(get, TIMEOUT, MAX_REPLY).await.map_err(|error| match error {
        FetchError::TooLarge { .. } => "the platform's answer is too long for a login".to_owned(),
        other => other.to_string(),
    })?;
    let reply = LoginReply::read(status, &body).map_err(|refused| refused.to_string())?;
    let at = clock::now();
    Ok(Joined {
        dev_sno: dev_sno.clone(),
        mac: mac.clone(),
        login_url: complete,
        base,
        reply,
        at,
        ahead_ms: date.map(|there| ahead(asked_at, at, there)),
    })
}

/// By how much our clock is ahead of one that said `there` (a whole second, cut off) between two moments of ours.
fn ahead(before: i64, after: i64, there: i64) -> i64 {
    (before + after) / 2 - (there + 500)
}

#[cfg(test)]
mod tests {
    use super::ahead;

    #[test]
    fn clocks_are_compared_in_the_middle_of_the_exchange_and_of_the_second() {
        assert_eq!(ahead(10_400, 10_600, 10_000), 0);
        assert_eq!(ahead(70_400, 70_600, 10_000), 60_000);
        assert_eq!(ahead(10_400, 10_600, 70_000), -60_000);
    }
}
