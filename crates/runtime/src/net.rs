//! Accepting connections from outside: a bounded number of them, none of which may be silent for long.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

/// How long accepting pauses when the system has no descriptor left.
const EXHAUSTED: Duration = Duration::from_millis(200);

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
                    return (Connection { stream, limit: self.silence, silence, _place: place }, address);
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
    fn moved(&mut self) {
        self.silence.as_mut().reset(Instant::now() + self.limit);
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

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
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
}
