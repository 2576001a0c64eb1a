//! Wiping, after which the documented box restarts: ours answers, then drops its links and makes them anew.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use protocol::WipeOptions;
use protocol::fog::{Data, WipeData};

use super::to_the_end;
use crate::event_log;
use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::store::StoreError;

/// The answer is on its way before the links are dropped.
const MOMENT: Duration = Duration::from_millis(200);

/// `POST WipeData`: people with their groups, or events, or both. Everything that was ordered before is done first. Once ordered
/// it is done to the end, also when the caller has gone.
pub(super) async fn wipe(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = sent.json(WipeData::read)?;
    let options = request.wipe_options.clone();
    let task = desk.clone();
    let wiping = async move {
        let place = task.commands.place_of_all().await;
        erase(&task, &options).await?;
        drop(place);
        if options.users || options.events {
            renew_soon(&task);
        }
        Ok(())
    };
    to_the_end(&desk.app.life, wiping).await?;
    json(&Data::new(request))
}

fn renew_soon(desk: &Desk) {
    let link = desk.app.link.clone();
    desk.app.life.spawn("renewing the link", async move {
        tokio::time::sleep(MOMENT).await;
        link.renew();
    });
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
