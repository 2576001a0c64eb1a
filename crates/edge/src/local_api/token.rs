//! The local API's token: random, made at the first start, readable by the box's own account only.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};

/// What a caller has to know; only its digest is kept in memory.
pub(super) struct Token([u8; 32]);

impl Token {
    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether `text` is the token. Digests are compared, so the time it takes tells nothing about the token.
    pub(super) fn is(&self, text: &str) -> bool {
        self.0 == Self::of(text).0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// The token of `path`, made and written there when there is none.
pub(super) fn read_or_create(path: &Path) -> anyhow::Result<Token> {
    match std::fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= 32 => return Ok(Token::of(text.trim())),
        Ok(_) => anyhow::bail!(
            "{} holds no token of at least 32 characters; delete it to get a new one",
            path.display()
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
    let secret: [u8; 32] = rand::random();
    let text: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    // A crash while writing must not leave half a token behind.
    let fresh = path.with_extension("token.new");
    let written = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&fresh)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&fresh, path));
    written.with_context(|| format!("{} cannot be written", path.display()))?;
    tracing::info!(file = %path.display(), "a token for the local API has been made");
    Ok(Token::of(&text))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_is_made_once_and_for_the_owner_only() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("local_api.token");
        let token = read_or_create(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.len(), 64);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(token.is(&text) && !token.is("") && !token.is(&text[1..]));
        assert!(read_or_create(&path).unwrap().is(&text));
        std::fs::write(&path, "short").unwrap();
        assert!(read_or_create(&path).unwrap_err().to_string().contains("local_api.token"));
    }
}
