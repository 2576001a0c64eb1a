//! The clock: events carry its time, validity dates are judged by it.

use std::path::Path;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;

use super::facts::Facts;
use super::{Check, Finding, tool};

/// No box of this version runs before this moment (the first of January 2026).
const EARLIEST: i64 = 1_767_225_600;
/// A difference to the platform that deserves a look, seconds.
const NOTABLE: i64 = 5;
/// One with which events are in the wrong place, seconds.
const WRONG: i64 = 120;
/// How long anybody may take to say what time it is.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) const CHECK: Check = Check { name: "clock", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    let now = Timestamp::now();
    let shown = now.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let mut found = vec![if now.as_second() < EARLIEST {
        Finding::problem("time", format!("{shown}: that was long ago"))
            .advice("set the clock, and let it be kept: timedatectl set-ntp true; a box without battery needs a time server")
    } else {
        Finding::ok("time", shown)
    }];
    found.push(kept().await);
    if let Some(url) = &facts.login_url {
        found.extend(difference(facts, url).await);
    }
    found
}

/// Whether something keeps the clock right.
async fn kept() -> Finding {
    let advice = "timedatectl set-ntp true, or install chrony";
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        return Finding::ok("time server", "the clock is synchronised");
    }
    let asked = tool::run("timedatectl", &["show", "--property=NTPSynchronized", "--value"], LIMIT).await;
    match asked.map(|done| tool::last_line(&done.stdout)).as_deref() {
        Ok("yes") => Finding::ok("time server", "the clock is synchronised"),
        Ok("no") => Finding::warning("time server", "the clock is not synchronised").advice(advice),
        _ => Finding::warning("time server", "whether the clock is synchronised cannot be told here")
            .advice(advice),
    }
}

/// How far the platform's clock is from ours; nothing when it does not say.
async fn difference(facts: &Facts, url: &str) -> Option<Finding> {
    let base = protocol::address::base_of(url);
    let answer = tokio::time::timeout(LIMIT, facts.http.get(&base).send()).await.ok()?.ok()?;
    let date = answer.headers().get("date")?.to_str().ok()?;
    let there = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_second();
    let ahead = Timestamp::now().as_second() - there;
    let direction = if ahead >= 0 { "ahead of" } else { "behind" };
    let text = format!("{} s {direction} the platform's", ahead.abs());
    Some(match ahead.abs() {
        0..NOTABLE => Finding::ok("platform's clock", text),
        NOTABLE..WRONG => {
            Finding::warning("platform's clock", text).advice("let both be kept by a time server")
        }
        _ => Finding::problem("platform's clock", text)
            .advice("set the clock that is wrong: events and validity dates are judged by this box's"),
    })
}
