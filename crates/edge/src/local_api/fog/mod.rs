//! `SophonFogSys`: groups, libraries, people, receivers and wiping, as the protocol documents them; one file per noun. What is
//! written here goes the way the platform's commands go.

mod groups;
mod naming;
mod permissions;
mod person;
mod uploads;
mod users;
mod wipe;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, put};
use protocol::fog::{
    EVENT_SERVER_URL_PATH, GROUP_USERS_PATH, GROUPS_PATH, HISTORY_EVENT_URL_PATH, MONITOR_SERVER_URL_PATH,
    PERMISSIONS_PATH, USERS_PATH, WIPE_DATA_PATH,
};
use runtime::Lifecycle;

use super::Desk;
use super::answer::Refusal;
use crate::reason::table as reason;
use crate::store::StoreError;

/// The longest list of people, bytes: 50,000 ids.
const LISTS: usize = 4 << 20;
/// The longest person, bytes: the photo travels as base64.
const PERSON: usize = 16 << 20;

/// How long a call waits for what came before it, below the silence after which a connection is closed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A place in the order of changes, once it has come.
pub(super) async fn in_turn<T>(place: impl Future<Output = T>) -> Result<T, Refusal> {
    tokio::time::timeout(PATIENCE, place).await.map_err(|_| reason::busy_with_changes().into())
}

/// Has `work` done to its end, also when the caller has gone. Work that outlasts the caller's patience goes on, and that is said.
pub(super) async fn to_the_end<T: Send + 'static>(
    life: &Lifecycle,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, Refusal> {
    waited_for(PATIENCE, life, work).await
}

async fn waited_for<T: Send + 'static>(
    patience: Duration,
    life: &Lifecycle,
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, Refusal> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    life.spawn("removing", async move {
        let _ = answer.send(work.await);
    });
    let outcome = tokio::time::timeout(patience, answered).await.map_err(|_| reason::goes_on())?;
    Ok(outcome.map_err(|_| reason::stopping())??)
}

/// Every route, on one page.
pub(super) fn router() -> Router<Desk> {
    let members = put(groups::put_people).delete(groups::delete_people);
    Router::new()
        .route(
            PERMISSIONS_PATH,
            get(permissions::list)
                .post(permissions::add)
                .put(permissions::change)
                .delete(permissions::remove),
        )
        .route(GROUPS_PATH, get(groups::list).post(groups::add).put(groups::change).delete(groups::remove))
        .route(
            USERS_PATH,
            get(users::list)
                .post(users::create)
                .put(users::change)
                .delete(users::remove)
                .layer(DefaultBodyLimit::max(PERSON)),
        )
        .route(GROUP_USERS_PATH, members.layer(DefaultBodyLimit::max(LISTS)))
        .route(EVENT_SERVER_URL_PATH, get(uploads::realtime).post(uploads::set_realtime))
        .route(HISTORY_EVENT_URL_PATH, get(uploads::history).post(uploads::set_history))
        .route(MONITOR_SERVER_URL_PATH, get(uploads::status).post(uploads::set_status))
        .route(WIPE_DATA_PATH, post(wipe::wipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_takes_longer_than_a_connection_waits_goes_on_and_is_said_to() {
        let life = Lifecycle::new(Duration::from_secs(1));
        let (begin, begun) = tokio::sync::oneshot::channel();
        let (done, is_done) = tokio::sync::oneshot::channel();
        let work = async move {
            let _ = begun.await;
            let _ = done.send(());
            Ok(())
        };
        let refused = waited_for(Duration::from_millis(10), &life, work).await.unwrap_err();
        assert_eq!(refused.0, reason::goes_on());
        begin.send(()).unwrap();
        is_done.await.unwrap();
        assert_eq!(to_the_end(&life, async { Ok(7) }).await.unwrap(), 7);
    }
}
