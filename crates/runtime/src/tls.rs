//! TLS for servers: a certificate that follows its files, and handshakes that keep nobody else waiting.
//!
//! A handshake occupies one of the listener's places from its first byte and has a limit of its own, so whoever connects and
//! says nothing costs a place for a few seconds and never the accepting of others.

mod files;
mod pinned;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use crate::net::{Connection, Places};

pub use files::Files;
pub use pinned::pinned;

/// A handshake takes at most this long.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(3);
/// What a TLS connection begins with: a record that holds a handshake.
const TLS_RECORD: u8 = 0x16;
/// Largest file of a certificate or key, in bytes.
const FILE: u64 = 1 << 20;

/// Why a certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsError {
    /// The certificate's file.
    #[error("{}: {reason}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The key's file.
    #[error("{}: {reason}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// A certificate with its key, as their files are now.
#[derive(Debug)]
pub struct Certificate {
    cert: PathBuf,
    key: PathBuf,
    present: RwLock<Present>,
}

#[derive(Debug)]
struct Present {
    certified: Arc<CertifiedKey>,
    /// Of the files' content.
    digest: u64,
}

/// A listener with a fixed number of places, with TLS, without, or as each connection begins.
pub struct Listener {
    places: Places,
    acceptor: Option<TlsAcceptor>,
    /// Whether connections that do not begin with TLS are served as they come.
    takes_plain: bool,
    handshakes: JoinSet<Option<(Stream, SocketAddr)>>,
}

/// A connection that was accepted.
#[derive(Debug)]
pub enum Stream {
    /// As it came.
    Plain(Connection),
    /// After the handshake.
    Tls(Box<TlsStream<Connection>>),
}

impl Certificate {
    /// Reads a chain of certificates, the server's own first, and the key of that one; both PEM.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn load(cert: &Path, key: &Path) -> Result<Arc<Self>, TlsError> {
        let present = read(cert, key)?;
        let (cert, key) = (cert.to_owned(), key.to_owned());
        Ok(Arc::new(Self { cert, key, present: RwLock::new(present) }))
    }

    /// Reads the files again; answers whether they had changed. On an error the certificate stays as it was.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn reload(&self) -> Result<bool, TlsError> {
        let found = read(&self.cert, &self.key)?;
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        let changed = present.digest != found.digest;
        *present = found;
        Ok(changed)
    }

    /// Follows the files until `stopping`: looks at them every few seconds, and at once on SIGHUP.
    pub async fn follow(self: Arc<Self>, stopping: CancellationToken) {
        let mut hangup = Hangup::new();
        let mut last_trouble = None;
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(LOOK) => {}
                () = hangup.heard() => {}
            }
            let certificate = Arc::clone(&self);
            let Ok(outcome) = tokio::task::spawn_blocking(move || certificate.reload()).await else {
                continue;
            };
            let trouble = outcome.as_ref().err().cloned();
            match outcome {
                Ok(true) => tracing::info!(file = %self.cert.display(), "the certificate was replaced"),
                Ok(false) => {}
                // Said once, not at every look.
                Err(error) if last_trouble.as_ref() != Some(&error) => {
                    tracing::error!(%error, "the changed certificate cannot be used, the one before stays");
                }
                Err(_) => {}
            }
            last_trouble = trouble;
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&present.certified))
    }
}

/// The signal that asks a server to read its files again.
struct Hangup(Option<tokio::signal::unix::Signal>);

impl Hangup {
    fn new() -> Self {
        Self(tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok())
    }

    async fn heard(&mut self) {
        let heard = match &mut self.0 {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

impl Listener {
    /// With a certificate, every connection begins with a TLS handshake.
    ///
    /// # Errors
    /// None of the protocol versions wanted is known to the TLS library: a fault of the build.
    pub fn new(places: Places, certificate: Option<Arc<Certificate>>) -> io::Result<Self> {
        let acceptor = certificate.map(acceptor).transpose()?;
        Ok(Self { places, takes_plain: acceptor.is_none(), acceptor, handshakes: JoinSet::new() })
    }

    /// With TLS for those who begin with it, without for all others; their first byte tells.
    ///
    /// # Errors
    /// As [`Listener::new`].
    pub fn either(places: Places, certificate: Arc<Certificate>) -> io::Result<Self> {
        Ok(Self { takes_plain: true, ..Self::new(places, Some(certificate))? })
    }

    /// Whether every connection begins with a TLS handshake.
    pub fn is_tls(&self) -> bool {
        !self.takes_plain
    }

    /// The next connection that is ready to be served.
    pub async fn accept(&mut self) -> (Stream, SocketAddr) {
        loop {
            let (connection, address) = tokio::select! {
                accepted = self.places.accept() => accepted,
                Some(ended) = self.handshakes.join_next() => match ended {
                    Ok(Some(ready)) => return ready,
                    Ok(None) | Err(_) => continue,
                },
            };
            let Some(acceptor) = self.acceptor.clone() else { return (Stream::Plain(connection), address) };
            let takes_plain = self.takes_plain;
            self.handshakes.spawn(async move {
                match timeout(HANDSHAKE, begin(acceptor, connection, takes_plain)).await {
                    Ok(Ok(stream)) => Some((stream, address)),
                    Ok(Err(error)) => {
                        tracing::debug!(%address, %error, "a connection did not begin");
                        None
                    }
                    Err(_) => {
                        tracing::debug!(%address, "a connection took too long to begin");
                        None
                    }
                }
            });
        }
    }

    /// The address listened on.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.places.local_addr()
    }
}

/// Takes a connection as it begins.
async fn begin(acceptor: TlsAcceptor, connection: Connection, takes_plain: bool) -> io::Result<Stream> {
    if takes_plain && connection.first_byte().await? != Some(TLS_RECORD) {
        return Ok(Stream::Plain(connection));
    }
    Ok(Stream::Tls(Box::new(acceptor.accept(connection).await?)))
}

fn acceptor(certificate: Arc<Certificate>) -> io::Result<TlsAcceptor> {
    let builder = ServerConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let mut config = builder.map_err(io::Error::other)?.with_no_client_auth().with_cert_resolver(certificate);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn read(cert: &Path, key: &Path) -> Result<Present, TlsError> {
    let of_cert = |reason: String| TlsError::Certificate { path: cert.to_owned(), reason };
    let of_key = |reason: String| TlsError::Key { path: key.to_owned(), reason };
    let (chain, chain_text) = chain(cert)?;
    let key_text = content(key).map_err(|error| of_key(error.to_string()))?;
    let private = PrivateKeyDer::from_pem_slice(&key_text)
        .map_err(|_| of_key("holds no private key in PEM form".to_owned()))?;
    let signing = provider()
        .key_provider
        .load_private_key(private)
        .map_err(|error| of_key(format!("holds a key that cannot be used: {error}")))?;
    let certified = CertifiedKey::new(chain, signing);
    certified.end_entity_cert().map_err(|error| of_cert(error.to_string()))?;
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
        Err(rustls::Error::InconsistentKeys(_)) => {
            return Err(of_key(format!("is not the key of the certificate in {}", cert.display())));
        }
        Err(error) => return Err(of_cert(format!("holds a certificate that cannot be used: {error}"))),
    }
    let mut digest = DefaultHasher::new();
    (&chain_text, &key_text).hash(&mut digest);
    Ok(Present { certified: Arc::new(certified), digest: digest.finish() })
}

/// The certificates of a file, at least one, and its text.
fn chain(cert: &Path) -> Result<(Vec<CertificateDer<'static>>, Vec<u8>), TlsError> {
    let of_cert = |reason: String| TlsError::Certificate { path: cert.to_owned(), reason };
    let text = content(cert).map_err(|error| of_cert(error.to_string()))?;
    let chain = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| of_cert(format!("is no PEM file of certificates: {error}")))?;
    if chain.is_empty() {
        return Err(of_cert("holds no certificate in PEM form".to_owned()));
    }
    Ok((chain, text))
}

fn content(path: &Path) -> io::Result<Vec<u8>> {
    let size = std::fs::metadata(path)?.len();
    if size > FILE {
        return Err(io::Error::other(format!("is larger than {FILE} bytes")));
    }
    std::fs::read(path)
}

macro_rules! either {
    ($self:ident, $inner:ident => $work:expr) => {
        match $self.get_mut() {
            Stream::Plain($inner) => $work,
            Stream::Tls($inner) => $work,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => Pin::new(inner).poll_read(cx, into))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, inner => Pin::new(inner).poll_write(cx, from))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => Pin::new(inner).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, inner => Pin::new(inner).poll_shutdown(cx))
    }
}
