//! The hold a process has on an import while it works on it: a lease that is renewed meanwhile and asked for in every transaction
//! that writes, so that whoever slept and was replaced changes nothing any more.

use std::time::Duration;

use tokio::time::sleep;

use crate::clock;
use crate::db::{Db, DbError, Tx, lease};

/// A process that does not renew its hold for so long has lost it, in milliseconds.
pub(crate) const HELD: i64 = 12_000;
/// How often it is renewed.
const RENEW: Duration = Duration::from_secs(3);

/// The hold on one import.
#[derive(Debug, Clone)]
pub(crate) struct Hold {
    name: String,
    holder: String,
}

impl Hold {
    /// The hold on an import that `holder` (of one process only) has or asks for.
    pub(crate) fn of(import: &str, holder: &str) -> Self {
        Self { name: format!("import:{import}"), holder: holder.to_owned() }
    }

    /// Takes or renews it; whether it is ours.
    pub(crate) async fn take(&self, db: &Db) -> Result<bool, DbError> {
        let (hold, now) = (self.clone(), clock::now());
        db.write(move |tx: &mut Tx<'_>| lease::take(tx, &hold.name, &hold.holder, now, now + HELD)).await
    }

    /// Gives back every hold of its holder.
    pub(crate) async fn give_back(self, db: &Db) -> Result<(), DbError> {
        db.write(move |tx: &mut Tx<'_>| lease::give_back(tx, &self.holder)).await
    }

    /// Does `work` while the hold is renewed; `None`: it was lost, and the work is given up.
    pub(crate) async fn during<R>(
        &self,
        db: &Db,
        work: impl Future<Output = Result<R, DbError>>,
    ) -> Result<Option<R>, DbError> {
        let renewing = async {
            loop {
                sleep(RENEW).await;
                if !self.take(db).await? {
                    return Ok(None);
                }
            }
        };
        tokio::select! {
            done = work => done.map(Some),
            lost = renewing => lost,
        }
    }

    /// As [`Db::write`]; `None`, and nothing was done, when another process has the import now.
    pub(crate) async fn write<R: Send + 'static>(
        &self,
        db: &Db,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, DbError> + Send + 'static,
    ) -> Result<Option<R>, DbError> {
        let hold = self.clone();
        db.write(move |tx: &mut Tx<'_>| match lease::is_held(tx, &hold.name, &hold.holder)? {
            true => work(tx).map(Some),
            false => Ok(None),
        })
        .await
    }
}
