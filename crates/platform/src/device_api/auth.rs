//! Whose request it is. Tokens are looked up in the database and remembered for a few seconds, so that a flood of uploads
//! costs no query each; a revoked token is dead within that time.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::header;
use axum::http::request::Parts;
use protocol::DevSno;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::{Device, Refused};
use crate::blobs::hex;
use crate::clock;
use crate::db::{Tx, device, token};

/// How long a looked-up token is believed without another look, in milliseconds.
const FRESH: i64 = 3_000;
/// Tokens remembered at most.
const MOST: usize = 20_000;

/// Tokens looked up lately, by hash.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    seen: Mutex<HashMap<String, Seen>>,
}

#[derive(Debug, Clone)]
struct Seen {
    dev_sno: DevSno,
    expires_at: i64,
    looked_at: i64,
}

/// What a request says of its sender.
#[derive(Debug, Clone, Default)]
pub(super) struct Claim {
    pub(super) token: Option<String>,
    pub(super) dev_sno: Option<DevSno>,
}

impl Claim {
    /// Reads `token` and `dev_sno` from the query in any order, and a bearer token from the headers. Empty values count as none.
    pub(super) fn of(parts: &Parts) -> Self {
        let mut claim = Self::default();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or("").as_bytes()) {
            match name.as_ref() {
                _ if value.trim().is_empty() => {}
                "token" => claim.token = Some(value.trim().to_owned()),
                "dev_sno" => claim.dev_sno = Some(DevSno::new(value.trim())),
                _ => {}
            }
        }
        let bearer = || {
            let header = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
            let (scheme, token) = header.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        };
        claim.token = claim.token.or_else(bearer);
        claim
    }
}

/// The SHA-256 of a token, as it is kept.
pub(super) fn hash_of(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

impl Device {
    /// The box a request comes from. Without a token only a legacy box is recognised, by its key: `from_body` is what the body
    /// says of it where the query says nothing.
    pub(super) async fn identify(
        &self,
        claim: &Claim,
        peer: SocketAddr,
        from_body: Option<&DevSno>,
    ) -> Result<DevSno, Refused> {
        let identified = match (&claim.token, claim.dev_sno.as_ref().or(from_body)) {
            (Some(token), named) => {
                self.by_token(token, claim.dev_sno.as_ref()).await.map(|found| (found, named))
            }
            (None, Some(named)) => self.by_address(named, peer).await.map(|found| (found, Some(named))),
            (None, None) => Ok((None, None)),
        }?;
        if let (Some(dev_sno), _) = identified {
            return self.paced(dev_sno);
        }
        // A legacy box may send a token it got long ago.
        if let (Some(_), Some(named)) = (&claim.token, claim.dev_sno.as_ref().or(from_body))
            && let Some(dev_sno) = self.by_address(named, peer).await?
        {
            return self.paced(dev_sno);
        }
        self.app.counts.requests_unauthenticated.add();
        tracing::debug!(%peer, dev_sno = claim.dev_sno.as_ref().map(tracing::field::display), "a box's request without a valid token");
        Err(Refused::stranger("no valid token: log in again"))
    }

    /// Lets a box that does not ask too often pass.
    fn paced(&self, dev_sno: DevSno) -> Result<DevSno, Refused> {
        match self.pace.request(&dev_sno, clock::now()) {
            Ok(()) => Ok(dev_sno),
            Err(seconds) => {
                self.app.counts.requests_paced.add();
                tracing::debug!(%dev_sno, seconds, "a box asks too often");
                Err(Refused::too_many(seconds))
            }
        }
    }

    async fn by_token(&self, token: &str, named: Option<&DevSno>) -> Result<Option<DevSno>, Refused> {
        let (hash, now) = (hash_of(token), clock::now());
        let known = self.tokens.fresh(&hash, now);
        let owner = match known {
            Some(owner) => Some(owner),
            None => {
                let wanted = hash.clone();
                let found = self.app.db.read(move |tx: &mut Tx<'_>| token::owner(tx, &wanted, now)).await?;
                found.map(|(dev_sno, expires_at)| self.tokens.remember(hash, dev_sno, expires_at, now))
            }
        };
        // A token that belongs to another box than the request names is no token of this box.
        Ok(owner.filter(|owner| named.is_none_or(|named| named == owner)))
    }

    /// A legacy box, at the address it last logged in from.
    async fn by_address(&self, named: &DevSno, peer: SocketAddr) -> Result<Option<DevSno>, Refused> {
        let dev_sno = named.clone();
        let known = self.app.db.read(move |tx: &mut Tx<'_>| device::find(tx, &dev_sno)).await?;
        let address = plain_ip(peer);
        let is_it =
            known.is_some_and(|known| known.legacy && known.login_addr.as_deref() == Some(address.as_str()));
        Ok(is_it.then(|| named.clone()))
    }
}

impl Tokens {
    fn fresh(&self, hash: &str, now: i64) -> Option<DevSno> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let found = seen.get(hash).filter(|seen| now - seen.looked_at < FRESH && seen.expires_at > now);
        found.map(|seen| seen.dev_sno.clone())
    }

    fn remember(&self, hash: String, dev_sno: DevSno, expires_at: i64, now: i64) -> DevSno {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MOST {
            seen.retain(|_, seen| now - seen.looked_at < FRESH);
        }
        if seen.len() < MOST {
            seen.insert(hash, Seen { dev_sno: dev_sno.clone(), expires_at, looked_at: now });
        }
        dev_sno
    }
}

/// An address without its port; a mapped IPv4 address as the IPv4 address it is.
pub(super) fn plain_ip(peer: SocketAddr) -> String {
    peer.ip().to_canonical().to_string()
}
