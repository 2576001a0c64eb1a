//! Trims the feed: entries older than `events.feed_days` go, and the oldest of more than `events.feed_entries` go too, unless
//! a follower still needs them.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::sleep;

use crate::app::App;
use crate::clock;
use crate::db::{DbError, Tx, feed};

/// How often it looks when there was nothing to do.
const LOOK: Duration = Duration::from_secs(300);
/// How long it rests between two portions, so that others write.
const REST: Duration = Duration::from_millis(200);
/// Entries looked at in one transaction.
const PAGE: i64 = 500;
/// Milliseconds of a day.
const DAY: i64 = 24 * 3_600_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let days = i64::from(app.config.events.feed_days.max(1));
    let entries = i64::try_from(app.config.events.feed_entries).unwrap_or(i64::MAX);
    loop {
        let before = clock::now() - days * DAY;
        let trimmed = app.db.write(move |tx| trim(tx, before, entries)).await?;
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(if trimmed > 0 { REST } else { LOOK }) => {}
        }
    }
}

/// Forgets a portion of what is too old, and of what is too much and needed by no follower; answers how many entries.
fn trim(tx: &mut Tx<'_>, before: i64, entries: i64) -> Result<u64, DbError> {
    let needless = feed::newest(tx)?.saturating_sub(entries);
    let beyond = feed::needed_after(tx)?.map_or(needless, |needed| needless.min(needed));
    Ok(feed::trim(tx, before, PAGE)? + feed::trim_to(tx, beyond, PAGE)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;

    #[tokio::test]
    async fn old_entries_go_and_so_do_those_beyond_the_number_kept() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("t.db").display())).await.unwrap();
        db.write(|tx| {
            for at in 1..=1_000 {
                feed::append_all(tx, feed::EVENT, ["x"].into_iter(), at)?;
            }
            Ok::<_, DbError>(())
        })
        .await
        .unwrap();
        let left = async |before, entries| {
            while db.write(move |tx| trim(tx, before, entries)).await.unwrap() > 0 {}
            db.read(|tx| Ok::<_, DbError>((feed::oldest(tx)?, feed::newest(tx)?))).await.unwrap()
        };
        assert_eq!(left(0, 10_000).await, (1, 1_000));
        assert_eq!(left(101, 10_000).await, (101, 1_000), "by age");
        assert_eq!(left(0, 300).await, (701, 1_000), "by number");
        assert_eq!(left(5_000, 0).await, (1_000, 1_000), "the newest stays");
    }
}
