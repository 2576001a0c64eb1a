//! `fiqa`: the quality of every face of a picture, nothing is stored.

use std::sync::Arc;

use protocol::{Code, FiqaLevel, ResultBody, image};

use super::execute::Outcome;
use super::{Commands, Interrupted};

impl Commands {
    pub(super) async fn fiqa(&self, text: String, level: FiqaLevel) -> Result<Outcome, Interrupted> {
        let engine = Arc::clone(&self.app.engine);
        let judged = self
            .on_engine(move || {
                let bytes = image::decode_base64_photo(&text)
                    .map_err(|error| (Code::IMAGE_ERROR, error.to_string()))?;
                engine.fiqa(&bytes, level).map_err(|refused| (refused.code, refused.message))
            })
            .await?;
        Ok(match judged {
            Some(Ok(faces)) => {
                let passed = faces.iter().filter(|face| face.fiqa_result).count();
                let text = format!("{passed} of {} faces pass at level {}", faces.len(), level.as_str());
                Outcome::done(text, ResultBody::Fiqa(faces))
            }
            Some(Err((code, message))) => Outcome::failed(code, message, ResultBody::Fiqa(Vec::new())),
            None => {
                let text = "the engine failed on this picture";
                Outcome::failed(Code::SERVER_PROCESS_FAILED, text, ResultBody::Fiqa(Vec::new()))
            }
        })
    }

    /// Runs something heavy on a blocking thread, as many at a time as there are cores. `None` when it panicked.
    pub(super) async fn on_engine<T, F>(&self, work: F) -> Result<Option<T>, Interrupted>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let stopping = self.app.life.stopping();
        let permit = tokio::select! {
            biased;
            () = stopping.cancelled() => return Err(Interrupted),
            permit = Arc::clone(&self.engine).acquire_owned() => permit.map_err(|_| Interrupted)?,
        };
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(done.await.inspect_err(|error| tracing::error!(%error, "the engine failed on a picture")).ok())
    }
}
