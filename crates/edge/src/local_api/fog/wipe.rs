//! Wiping, after which the documented box restarts: ours answers, then drops its links and makes them anew.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use protocol::fog::{Data, WipeData};
use protocol::{Code, WipeOptions};
use tokio::sync::oneshot;

use super::in_turn;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::store::{StoreError, event_log};

/// The answer is on its way before the links are dropped.
const MOMENT: Duration = Duration::from_millis(200);

/// `POST WipeData`: people with their groups, or events, or both. Everything that was ordered before is done first. Once begun
/// it is done to the end, also when the caller has gone.
pub(super) async fn wipe(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = sent.json(WipeData::read)?;
    let options = request.wipe_options.clone();
    let place = in_turn(desk.commands.place_of_all()).await?;
    let (answer, answered) = oneshot::channel();
    let task = desk.clone();
    desk.app.life.spawn("wiping", async move {
        let outcome = erase(&task, &options).await;
        drop(place);
        let done = outcome.is_ok() && (options.users || options.events);
        let _ = answer.send(outcome);
        if done {
            tokio::time::sleep(MOMENT).await;
            task.app.link.renew();
        }
    });
    answered.await.map_err(|_| Refusal::new(Code::SERVER_PROCESS_FAILED, "the box is stopping"))??;
    json(&Data::new(request))
}

async fn erase(desk: &Desk, options: &WipeOptions) -> Result<(), StoreError> {
    if options.users {
        let people = desk.app.people.wipe().await?;
        desk.app.people.wipe_groups().await?;
        tracing::warn!(people, "everybody was erased through the local API");
    }
    if options.events {
        let events = event_log::wipe(&desk.app.store).await?;
        tracing::warn!(events, "every event was erased through the local API");
    }
    Ok(())
}
