//! Trims the feed: entries older than `events.feed_days` go, and the oldest of more than `events.feed_entries` go too, unless a
//! follower has still to be told of them. Those it waits for go after `events.feed_days_needed`, and the log says so.

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

/// What is kept.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// What came before goes.
    since: i64,
    /// What came before goes, whoever needs it.
    since_needed: i64,
    entries: i64,
}

/// What a portion took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gone {
    entries: u64,
    /// Of them, those a follower was not told of.
    untold: u64,
}

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let events = &app.config.events;
    let days = |days: u32| i64::from(days.max(1)) * DAY;
    let (normal, needed) = (days(events.feed_days), days(events.feed_days.max(events.feed_days_needed)));
    let entries = i64::try_from(events.feed_entries).unwrap_or(i64::MAX);
    loop {
        let now = clock::now();
        let kept = Kept { since: now - normal, since_needed: now - needed, entries };
        let gone = app.db.write(move |tx| trim(tx, kept)).await?;
        if gone.untold > 0 {
            let why = "they are older than events.feed_days_needed";
            tracing::warn!(entries = gone.untold, why, "the feed forgot what a follower was not told of");
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = sleep(if gone.entries > 0 { REST } else { LOOK }) => {}
        }
    }
}

/// Forgets a portion of what is too old or too much.
fn trim(tx: &mut Tx<'_>, kept: Kept) -> Result<Gone, DbError> {
    let needed = feed::needed_after(tx)?.unwrap_or(i64::MAX);
    let free = feed::trim(tx, kept.since, needed, PAGE)?;
    let needless = feed::newest(tx)?.saturating_sub(kept.entries).min(needed);
    let free = free + feed::trim_to(tx, needless, PAGE)?;
    let untold = feed::trim(tx, kept.since_needed, i64::MAX, PAGE)?;
    Ok(Gone { entries: free + untold, untold })
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
        let left = async |since, since_needed, entries| {
            let kept = Kept { since, since_needed, entries };
            let mut untold = 0;
            loop {
                let gone = db.write(move |tx| trim(tx, kept)).await.unwrap();
                untold += gone.untold;
                if gone.entries == 0 {
                    break;
                }
            }
            let (oldest, newest) =
                db.read(|tx| Ok::<_, DbError>((feed::oldest(tx)?, feed::newest(tx)?))).await.unwrap();
            (oldest, newest, untold)
        };
        assert_eq!(left(0, 0, 10_000).await, (1, 1_000, 0));
        assert_eq!(left(101, 0, 10_000).await, (101, 1_000, 0), "by age");
        assert_eq!(left(0, 0, 300).await, (701, 1_000, 0), "by number");
        // Somebody was told until 750 only.
        let follow =
            |tx: &mut Tx<'_>| tx.exec("INSERT INTO feed_follower(name, told_until) VALUES('slow', 750)", &[]);
        db.write(follow).await.unwrap();
        assert_eq!(left(900, 0, 10).await, (751, 1_000, 0), "what is needed stays");
        assert_eq!(left(900, 801, 10).await, (801, 1_000, 50), "for some time");
        db.write(|tx| tx.exec("DELETE FROM feed_follower", &[])).await.unwrap();
        assert_eq!(left(5_000, 0, 0).await, (1_000, 1_000, 0), "the newest stays");
    }
}
