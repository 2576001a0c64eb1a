//! The model pack in use: there, and every file as it was made.

use std::path::Path;

use futures_util::FutureExt as _;
use vision::pack::{Pack, PackError};

use super::facts::Facts;
use super::{Check, Finding};

pub(super) const CHECK: Check = Check { name: "models", look: |facts: &Facts| look(facts).boxed() };

async fn look(facts: &Facts) -> Vec<Finding> {
    let models = facts.config.vision.models.clone();
    let subject = models.display().to_string();
    let verified = tokio::task::spawn_blocking(move || verify(&models)).await;
    vec![match verified {
        Ok(Ok(found)) => Finding::ok(subject, found),
        Ok(Err(error @ PackError::Checksum { .. })) => Finding::problem(subject, error.to_string())
            .advice("a file was damaged or changed; `menshen models fetch` gets it again"),
        Ok(Err(error)) => Finding::problem(subject, error.to_string()).advice(
            "`menshen models fetch` fills the directory; if the models are elsewhere, set vision.models",
        ),
        Err(_) => Finding::problem(subject, "verifying the models broke down")
            .advice("`menshen models verify` says more"),
    }]
}

fn verify(models: &Path) -> Result<String, PackError> {
    let pack = Pack::active(models)?;
    pack.verify()?;
    Ok(format!("pack {}, {} files with the right checksums", pack.id(), pack.manifest().files.len()))
}
