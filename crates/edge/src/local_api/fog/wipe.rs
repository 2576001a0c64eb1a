//! Wiping, after which the documented box restarts: ours answers, then drops its links and makes them anew.

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use protocol::fog::{Data, WipeData};

use crate::local_api::Desk;
use crate::local_api::answer::{Refusal, json};
use crate::local_api::sent::Sent;
use crate::store::event_log;

/// The answer is on its way before the links are dropped.
const MOMENT: Duration = Duration::from_millis(200);

/// `POST WipeData`: people with their groups, or events, or both. Everything that was ordered before is done first.
pub(super) async fn wipe(State(desk): State<Desk>, sent: Sent) -> Result<Response, Refusal> {
    let request = sent.json(WipeData::read)?;
    let options = &request.wipe_options;
    let _place = desk.commands.place_of_all().await;
    if options.users {
        let people = desk.app.people.wipe().await?;
        desk.app.people.wipe_groups().await?;
        tracing::warn!(people, "everybody was erased through the local API");
    }
    if options.events {
        let events = event_log::wipe(&desk.app.store).await?;
        tracing::warn!(events, "every event was erased through the local API");
    }
    if options.users || options.events {
        let link = desk.app.link.clone();
        desk.app.life.spawn("links after wiping", async move {
            tokio::time::sleep(MOMENT).await;
            link.renew();
        });
    }
    json(&Data::new(request))
}
