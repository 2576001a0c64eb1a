//! The details of people a command names by id only, fetched from the address it gives.

use std::sync::Arc;
use std::time::Duration;

use protocol::limits::MAX_HEAVY_BODY;
use protocol::{Code, IdentityId, UserListReply, UserListRequest};

use super::Commands;
use super::ask::Limits;
use crate::link::Joined;

/// Ids asked for in one request: the answer may carry their photos.
pub(super) const CHUNK: usize = 50;
/// The longest one request may take.
const LIMIT: Duration = Duration::from_secs(30);
/// Attempts at a platform that answers with a server error or not at all.
const ATTEMPTS: u32 = 3;

impl Commands {
    /// What the platform says about these people. The error holds for all of them: code and a sentence.
    pub(super) async fn details(
        &self,
        path: &str,
        ids: &[IdentityId],
        joined: &Arc<Joined>,
    ) -> Result<UserListReply, (Code, String)> {
        let url = joined.resolve(path);
        let request = UserListRequest { userid_list: ids.to_vec() };
        let limits = Limits { time: LIMIT, bytes: MAX_HEAVY_BODY };
        let mut attempt = 1;
        loop {
            let answer = self.ask(joined, &url, limits, |url| self.app.sender.post(url).json(&request)).await;
            let (reason, worth_repeating) = match answer {
                Ok((status, body)) => {
                    let reading = tokio::task::spawn_blocking(move || UserListReply::read(status, &body));
                    match reading.await {
                        Ok(Ok(reply)) => return Ok(reply),
                        Ok(Err(refusal)) if refusal.code.same_as(&Code::REMOTE_DATA_FAILED) => {
                            let text = format!("the details cannot be read: {}", refusal.message);
                            return Err((Code::REMOTE_DATA_FAILED, text));
                        }
                        Ok(Err(refusal)) => {
                            (format!("the details were {refusal}"), refusal.http_status >= 500)
                        }
                        Err(_) => {
                            return Err((Code::SERVER_PROCESS_FAILED, "the details cannot be read".into()));
                        }
                    }
                }
                Err(error) => (error.to_string(), true),
            };
            if !worth_repeating || attempt == ATTEMPTS {
                return Err((Code::REMOTE_SERVER_FAILED, reason));
            }
            tracing::info!(reason, attempt, "details of people are asked for again");
            tokio::time::sleep(Duration::from_millis(500) * attempt * attempt).await;
            attempt += 1;
        }
    }
}
