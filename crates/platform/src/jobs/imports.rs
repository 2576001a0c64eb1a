//! Works off imports, one at a time in each process; only one process works on the same one, and only one that has its files.

use std::sync::Arc;
use std::time::Duration;

use runtime::CancellationToken;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::db::person_import::{self, Import, State};
use crate::db::{DbError, Tx, lease};
use crate::import::check::check;
use crate::import::work::work;
use crate::import::{place, upload};

/// How often it looks without being woken: for what waits, and what other processes left behind.
const LOOK: Duration = Duration::from_secs(5);
/// A process that does not renew its hold on an import for so long has lost it, in milliseconds.
const HELD: i64 = 30_000;
/// How often the hold is renewed.
const RENEW: Duration = Duration::from_secs(8);
/// Imports looked at.
const AT_WORK: i64 = 100;
/// How often old imports are forgotten.
const SWEEP: Duration = Duration::from_secs(600);
/// An import that waits for a file this long is given up, in milliseconds.
const ABANDONED: i64 = 24 * 3_600_000;
/// What became of an import is kept this long, in milliseconds: its rows hold what is known of people.
const KEPT: i64 = 30 * 24 * 3_600_000;
/// Rows forgotten in one transaction.
const FORGOTTEN: i64 = 2_000;

/// Works until `stopping`.
pub(super) async fn run(app: Arc<App>, stopping: CancellationToken) -> Result<(), DbError> {
    let holder = Uuid::now_v7().to_string();
    let mut next_sweep = Instant::now();
    loop {
        let Some(place) = here(&app).await else {
            tokio::select! {
                () = stopping.cancelled() => return Ok(()),
                () = sleep(LOOK) => continue,
            }
        };
        place::sweep(&app).await?;
        let mine = place.clone();
        let imports = app.db.read(move |tx: &mut Tx<'_>| person_import::at_work(tx, &mine, AT_WORK)).await?;
        for import in imports {
            if stopping.is_cancelled() {
                return Ok(());
            }
            let name = format!("import:{}", import.id);
            if take(&app, &name, &holder).await? {
                let outcome = held(&app, import, &name, &holder, &stopping).await;
                let holder = holder.clone();
                app.db.write(move |tx: &mut Tx<'_>| lease::give_back(tx, &holder)).await?;
                outcome?;
            }
        }
        if Instant::now() >= next_sweep {
            sweep(&app, place).await?;
            next_sweep = Instant::now() + SWEEP;
        }
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = app.wake.imports.notified() => {}
            () = sleep(LOOK) => {}
        }
    }
}

/// Where this process has its files; `None` when that cannot be told now.
async fn here(app: &App) -> Option<String> {
    let place = place::mark(app).await;
    place.inspect_err(|error| tracing::warn!(%error, "the folder of imports cannot be used")).ok()
}

/// Works on an import while its lease is renewed; gives up when it is lost.
async fn held(
    app: &Arc<App>,
    import: Import,
    name: &str,
    holder: &str,
    stopping: &CancellationToken,
) -> Result<(), DbError> {
    let renewing = async {
        loop {
            sleep(RENEW).await;
            match take(app, name, holder).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    };
    tokio::select! {
        done = advance(app, import, stopping) => done,
        lost = renewing => lost,
    }
}

async fn advance(app: &Arc<App>, import: Import, stopping: &CancellationToken) -> Result<(), DbError> {
    let id = import.id.clone();
    if import.state == State::Checking {
        check(app, &import).await?;
    }
    let found = app.db.read(move |tx: &mut Tx<'_>| person_import::find(tx, &id)).await?;
    match found.filter(|import| import.state == State::Running) {
        Some(import) => work(app, import, stopping).await,
        None => Ok(()),
    }
}

async fn take(app: &Arc<App>, name: &str, holder: &str) -> Result<bool, DbError> {
    let (name, holder, now) = (name.to_owned(), holder.to_owned(), clock::now());
    app.db.write(move |tx: &mut Tx<'_>| lease::take(tx, &name, &holder, now, now + HELD)).await
}

/// Gives up imports nobody continues, and forgets those that were over long ago.
async fn sweep(app: &Arc<App>, place: String) -> Result<(), DbError> {
    let now = clock::now();
    let words = "no further file came within a day";
    let elsewhere =
        "the process that has the files of this import did not come back within a day; send them again";
    let given_up = app
        .db
        .write(move |tx: &mut Tx<'_>| {
            let abandoned = person_import::abandoned(tx, now - ABANDONED, AT_WORK)?;
            for id in &abandoned {
                person_import::advance(tx, id, State::Failed, Some(words), now)?;
            }
            // Their files are removed by whoever has them, should it ever come back.
            for id in person_import::stranded(tx, &place, now - ABANDONED, AT_WORK)? {
                person_import::advance(tx, &id, State::Failed, Some(elsewhere), now)?;
            }
            Ok::<_, DbError>(abandoned)
        })
        .await?;
    for id in given_up {
        upload::remove(&upload::folder(app, &id)).await;
    }
    while let Some(id) = app.db.read(move |tx| person_import::outlived(tx, now - KEPT)).await? {
        forget(app, &id).await?;
    }
    Ok(())
}

/// Forgets an import with its rows and files.
pub(crate) async fn forget(app: &Arc<App>, id: &str) -> Result<(), DbError> {
    loop {
        let asked = id.to_owned();
        if app.db.write(move |tx: &mut Tx<'_>| person_import::delete(tx, &asked, FORGOTTEN)).await? {
            break;
        }
    }
    upload::remove(&upload::folder(app, id)).await;
    Ok(())
}
