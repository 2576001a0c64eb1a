//! With another model pack every stored template is foreign: new ones are made from the stored photos, in the background, one
//! after another so that cameras and commands keep the machine. A crash or stop goes on where it was at the next start.

use std::sync::Arc;

use protocol::{Code, FiqaLevel};
use runtime::CancellationToken;
use vision::{Engine, Template};

use super::People;
use super::searched::Searched;
use crate::store::people as rows;
use crate::store::{StoreError, more_photos};

impl People {
    /// Makes the templates that are missing. Returns when there is nobody left, or when the box stops.
    ///
    /// # Errors
    /// What the store says; it is worth trying again later.
    pub async fn reembed(
        self: Arc<Self>,
        engine: Arc<Engine>,
        stopping: CancellationToken,
    ) -> Result<(), StoreError> {
        let (mut after, mut made, mut unusable) = (0, 0_usize, 0_usize);
        loop {
            if stopping.is_cancelled() {
                return Ok(());
            }
            let (pack, sealer) = (self.pack.clone(), self.store.sealer());
            let next = self.store.read(move |db| rows::next_unembedded(db, &sealer, &pack, after)).await?;
            let Some(person) = next else { break };
            after = person.key;
            let template = match person.photo {
                Some(photo) => embed(Arc::clone(&engine), photo).await,
                None => Some(Err("no photo of this person is kept".to_owned())),
            };
            let Some(template) = template else {
                tracing::error!(
                    person = person.identity_id,
                    "the engine failed on a photo; it is tried again at the next start"
                );
                continue;
            };
            if let Err(reason) = &template {
                tracing::warn!(
                    person = person.identity_id,
                    reason,
                    "a person cannot be recognised with this model pack"
                );
            }
            let usable = self.set_template(person.key, person.updated_at, template).await?;
            *(if usable { &mut made } else { &mut unusable }) += 1;
        }
        self.reembed_further(&engine, &stopping).await?;
        if made + unusable > 0 {
            tracing::info!(
                made,
                unusable,
                pack = self.pack,
                "templates have been made for the model pack in use"
            );
        }
        Ok(())
    }

    /// The same for further photos. One in which this pack finds no face is left out of the search and kept.
    async fn reembed_further(
        &self,
        engine: &Arc<Engine>,
        stopping: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut after = 0;
        while !stopping.is_cancelled() {
            let (pack, sealer) = (self.pack.clone(), self.store.sealer());
            let next =
                move |db: &rusqlite::Connection| more_photos::next_unembedded(db, &sealer, &pack, after);
            let Some(photo) = self.store.read(next).await? else { break };
            after = photo.id;
            let Some(template) = embed(Arc::clone(engine), photo.photo).await else { continue };
            let template = template.ok();
            let (pack, index, sealer) = (self.pack.clone(), Arc::clone(&self.index), self.store.sealer());
            let (person, id) = (photo.person, photo.id);
            let job = move |db: &rusqlite::Connection| {
                let bytes = template.as_ref().map(Template::to_bytes);
                more_photos::set_template(db, &sealer, person, id, &pack, bytes.as_deref())?;
                Searched::read(db, &sealer, person, &pack)
            };
            let then = move |face: &Option<Searched>| {
                if let Some(face) = face {
                    index.put_face(person, face);
                }
            };
            self.store.write_then(job, then).await?;
        }
        Ok(())
    }

    /// Writes one template, or why there is none; whether the person can be recognised with it.
    async fn set_template(
        &self,
        key: u32,
        updated_at: i64,
        template: Result<Template, String>,
    ) -> Result<bool, StoreError> {
        let (pack, index, sealer) = (self.pack.clone(), Arc::clone(&self.index), self.store.sealer());
        let bytes = template.as_ref().map(Template::to_bytes).map_err(Clone::clone);
        let usable = template.is_ok();
        let write = move |db: &rusqlite::Connection| {
            let written = match &bytes {
                Ok(bytes) => Ok(bytes.as_slice()),
                Err(reason) => Err(reason.as_str()),
            };
            let set = rows::set_template(db, &sealer, key, updated_at, &pack, written)?;
            Ok((set, if set { Searched::read(db, &sealer, key, &pack)? } else { None }))
        };
        let then = move |(_, face): &(bool, Option<Searched>)| {
            if let Some(face) = face {
                index.put_face(key, face);
            }
        };
        Ok(self.store.write_then(write, then).await?.0 && usable)
    }
}

/// The photo was judged when the person was enrolled: only the face has to be found again. `None`: the engine failed, which says
/// nothing about the photo.
async fn embed(engine: Arc<Engine>, photo: Vec<u8>) -> Option<Result<Template, String>> {
    let judged = tokio::task::spawn_blocking(move || match engine.judge(&photo, FiqaLevel::No) {
        Ok(judged) => Some(Ok(judged.template)),
        Err(refused) if refused.code == Code::SERVER_PROCESS_FAILED => None,
        Err(refused) => Some(Err(refused.message)),
    });
    judged.await.unwrap_or(None)
}
