//! `wipe_data`: everything that came before it is done first, everything that comes later waits.

use protocol::{Code, ResultBody, WipeOptions};

use super::execute::Outcome;
use super::lanes::Turn;
use super::{Commands, Interrupted};
use crate::event_log;

impl Commands {
    pub(super) async fn wipe(&self, options: WipeOptions, turn: Turn) -> Result<Outcome, Interrupted> {
        let stopping = self.app.life.stopping();
        tokio::select! {
            () = stopping.cancelled() => return Err(Interrupted),
            () = turn.wait() => {}
        }
        let mut gone = Vec::new();
        if options.users {
            match self.app.people.wipe().await {
                Ok(people) => gone.push(format!("{people} people")),
                Err(error) => return Ok(failed(&error, options)),
            }
        }
        if options.events {
            match event_log::wipe(&self.app.store).await {
                Ok(events) => gone.push(format!("{events} events")),
                Err(error) => return Ok(failed(&error, options)),
            }
        }
        let text = if gone.is_empty() {
            "nothing was to be erased".into()
        } else {
            format!("erased {}", gone.join(", "))
        };
        Ok(Outcome::done(text, ResultBody::Wipe(options)))
    }
}

fn failed(error: &crate::store::StoreError, options: WipeOptions) -> Outcome {
    Outcome::failed(Code::SERVER_PROCESS_FAILED, error.to_string(), ResultBody::Wipe(options))
}
