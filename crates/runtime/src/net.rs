//! Accepting connections from outside: a bounded number of them, none of which may be silent for long.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// How long accepting pauses when the system has no descriptor left.
const EXHAUSTED: Duration = Duration::from_millis(200);

/// What a peer may still send after the last answer, so that it reads that answer instead of a reset: bytes.
const FAREWELL_BYTES: usize = 16 << 20;
/// How long the same may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// A listener with a fixed number of places.
#[derive(Debug)]
pub struct Places {
    listener: TcpListener,
    places: Arc<Semaphore>,
    silence: Duration,
}

/// A connection that occupies a place and ends when nothing moves on it for too long.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    limit: Duration,
    silence: Pin<Box<Sleep>>,
    /// Bytes that may still come once our half is closed.
    farewell: Option<usize>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Places {
    /// At most `most` connections at one time (at least 1), each closed when nothing moves on it for `silence`.
    pub fn new(listener: TcpListener, most: usize, silence: Duration) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(most.max(1))), silence }
    }

    /// The next connection, once there is a place for it. Errors of the system are waited out.
    pub async fn accept(&self) -> (Connection, SocketAddr) {
        // The semaphore is never closed; without a place the connection would merely be uncounted.
        let place = Arc::clone(&self.places).acquire_owned().await.ok();
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!(%error, "no TCP_NODELAY");
                    }
                    let silence = Box::pin(tokio::time::sleep(self.silence));
                    let limit = self.silence;
                    let connection = Connection { stream, limit, silence, farewell: None, _place: place };
                    return (connection, address);
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection was not accepted");
                    tokio::time::sleep(EXHAUSTED).await;
                }
            }
        }
    }

    /// The address listened on.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connection {
    /// The first byte the peer sends, which can still be read; `None` when it sends none. Waits without limit.
    ///
    /// # Errors
    /// What the system says.
    pub async fn first_byte(&self) -> io::Result<Option<u8>> {
        let mut first = [0];
        Ok((self.stream.peek(&mut first).await? > 0).then_some(first[0]))
    }

    fn moved(&mut self) {
        self.silence.as_mut().reset(Instant::now() + self.limit);
    }

    /// Reads and forgets what still comes, up to the limits of a farewell.
    fn poll_farewell(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scrap = [0; 8 << 10];
        while let Some(left @ 1..) = self.farewell {
            let mut into = ReadBuf::new(&mut scrap);
            match Pin::new(&mut self.stream).poll_read(cx, &mut into) {
                Poll::Ready(Ok(())) if !into.filled().is_empty() => {
                    self.farewell = Some(left.saturating_sub(into.filled().len()));
                }
                Poll::Ready(_) => break,
                Poll::Pending => return self.silence.as_mut().poll(cx),
            }
        }
        Poll::Ready(())
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_read(cx, into) {
            Poll::Ready(outcome) => {
                this.moved();
                Poll::Ready(outcome)
            }
            Poll::Pending if this.silence.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match Pin::new(&mut this.stream).poll_write(cx, from) {
            Poll::Ready(outcome) => {
                this.moved();
                Poll::Ready(outcome)
            }
            // A peer that does not read is as silent as one that does not write.
            Poll::Pending if this.silence.as_mut().poll(cx).is_ready() => {
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    /// Closes our half, then lets the peer finish for a while: whoever is refused in the middle of a long body would
    /// otherwise meet a reset instead of the refusal.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.farewell.is_none() {
            ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
            this.farewell = Some(FAREWELL_BYTES);
            this.silence.as_mut().reset(Instant::now() + FAREWELL);
        }
        this.poll_farewell(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;

    #[tokio::test]
    async fn one_place_serves_one_after_another_and_ends_the_silent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let places = Places::new(listener, 1, Duration::from_millis(50));
        let address = places.local_addr().unwrap();
        let _first = TcpStream::connect(address).await.unwrap();
        let _second = TcpStream::connect(address).await.unwrap();
        let (mut connection, _) = places.accept().await;
        assert!(tokio::time::timeout(Duration::from_millis(20), places.accept()).await.is_err());
        let silent = connection.read(&mut [0; 1]).await.unwrap_err();
        assert_eq!(silent.kind(), io::ErrorKind::TimedOut);
        drop(connection);
        places.accept().await;
    }

    #[tokio::test]
    async fn whoever_asks_and_never_reads_the_answer_loses_its_place() {
        use tokio::io::AsyncWriteExt as _;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let places = Places::new(listener, 1, Duration::from_millis(100));
        let _deaf = TcpStream::connect(places.local_addr().unwrap()).await.unwrap();
        let (mut connection, _) = places.accept().await;
        let answer = vec![0; 64 << 20];
        let refused = connection.write_all(&answer).await.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn whoever_still_sends_when_refused_reads_the_refusal() {
        use tokio::io::AsyncWriteExt as _;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let places = Places::new(listener, 1, Duration::from_secs(30));
        let mut wordy = TcpStream::connect(places.local_addr().unwrap()).await.unwrap();
        let (mut connection, _) = places.accept().await;
        let refusing = tokio::spawn(async move {
            connection.read_exact(&mut [0; 1]).await.unwrap();
            connection.write_all(b"no").await.unwrap();
            connection.shutdown().await.unwrap();
        });
        wordy.write_all(&vec![0; 9 << 20]).await.unwrap();
        wordy.shutdown().await.unwrap();
        let mut answer = Vec::new();
        wordy.read_to_end(&mut answer).await.unwrap();
        assert_eq!(answer, b"no");
        refusing.await.unwrap();
    }

    #[tokio::test]
    async fn a_farewell_has_an_end() {
        use tokio::io::AsyncWriteExt as _;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let places = Places::new(listener, 1, Duration::from_secs(3600));
        let _stays = TcpStream::connect(places.local_addr().unwrap()).await.unwrap();
        let (mut connection, _) = places.accept().await;
        tokio::time::timeout(Duration::from_secs(30), connection.shutdown()).await.unwrap().unwrap();
    }
}
