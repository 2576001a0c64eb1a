//! What the box's own API does to people: by the steps the platform's commands take, and in line with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::{Code, FiqaLevel, IdentityId, image};

use super::lanes::Turn;
use super::{Commands, Interrupted};
use crate::people::Face;
use crate::store::StoreError;

/// People removed in one transaction: other writes do not wait long for it.
const TOGETHER: usize = 500;
/// The largest photo, bytes.
const MAX_PHOTO: usize = 10 << 20;

/// A person's place in the order of everything that changes people; the next in line goes when it is dropped.
pub struct Place(#[expect(dead_code, reason = "held until the change is done")] Turn);

impl Commands {
    /// Waits until everything that came before is done to this person.
    pub async fn place(&self, id: &IdentityId) -> Place {
        let turn = self.lanes.enter(id);
        turn.wait().await;
        Place(turn)
    }

    /// Waits until everything that came before is done to anybody; what comes later waits.
    pub async fn place_of_all(&self) -> Place {
        let turn = self.lanes.enter_all();
        turn.wait().await;
        Place(turn)
    }

    /// The face of a photo written as base64, judged at `level`; the error is a code and a sentence.
    ///
    /// # Errors
    /// The photo's own trouble, or 50072 when the box is stopping.
    pub async fn face(&self, text: String, level: FiqaLevel) -> Result<Face, (Code, String)> {
        let decoding = tokio::task::spawn_blocking(move || image::decode_base64_photo(&text));
        match decoding.await {
            Ok(Ok(photo)) => self.face_in(photo, level).await,
            Ok(Err(error)) => Err((Code::IMAGE_ERROR, error.to_string())),
            Err(_) => Err((Code::SERVER_PROCESS_FAILED, "the photo's text could not be decoded".into())),
        }
    }

    /// The face in a photo's bytes, judged at this level; the refusal is a code and a sentence.
    ///
    /// # Errors
    /// As [`Commands::face`].
    pub async fn face_in(&self, photo: Vec<u8>, level: FiqaLevel) -> Result<Face, (Code, String)> {
        let engine = Arc::clone(&self.app.engine);
        let judge = move || {
            if photo.len() > MAX_PHOTO {
                let text = format!("the photo has more than {MAX_PHOTO} bytes");
                return Err((Code::IMAGE_TOO_LARGE, text));
            }
            let judged = engine.judge(&photo, level).map_err(|refused| (refused.code, refused.message))?;
            Ok(Face { template: judged.template, photo, crop: judged.crop_jpeg })
        };
        let failed = |text: &str| Err((Code::SERVER_PROCESS_FAILED, text.to_owned()));
        match self.on_engine(judge).await {
            Ok(Some(judged)) => judged,
            Ok(None) => failed("the engine failed on this photo"),
            Err(Interrupted) => failed("the box is stopping"),
        }
    }

    /// Removes these people, some hundred in one transaction, after everything that came before for them; how many were there.
    ///
    /// # Errors
    /// What the store says; those removed before stay so.
    pub async fn remove_people(&self, people: &BTreeSet<IdentityId>) -> Result<usize, StoreError> {
        let people: Vec<&IdentityId> = people.iter().collect();
        let mut removed = 0;
        for some in people.chunks(TOGETHER) {
            let turns = self.lanes.enter_each(some.iter().copied());
            for turn in &turns {
                turn.wait().await;
            }
            removed += self.app.people.remove_all(some.iter().map(ToString::to_string).collect()).await?;
        }
        Ok(removed)
    }
}
