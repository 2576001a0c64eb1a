//! The control connection: lines in, replies out. A line is bounded, and so is the time it may take.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

/// The longest line, bytes.
const LONGEST: usize = 2048;
/// How long a client may take to read a reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a client orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// In capitals.
    pub(super) verb: String,
    /// Without the blanks around it; names that are not UTF-8 are read as well as they can be.
    pub(super) argument: String,
}

impl Command {
    fn of(line: &[u8]) -> Self {
        // Telnet's signals may stand in front of an order to abort.
        let begin = line.iter().position(u8::is_ascii_alphabetic).unwrap_or(line.len());
        let text = String::from_utf8_lossy(&line[begin..]);
        let text = text.trim_end_matches(['\r', '\n']);
        let (verb, argument) = text.split_once(' ').unwrap_or((text, ""));
        Self { verb: verb.to_ascii_uppercase(), argument: argument.trim().to_owned() }
    }
}

/// Commands as they come.
#[derive(Debug)]
pub(super) struct Commands {
    from: OwnedReadHalf,
    read: Vec<u8>,
}

/// Replies as they go.
#[derive(Debug)]
pub(super) struct Replies(OwnedWriteHalf);

/// Both directions of a control connection.
pub(super) fn split(stream: TcpStream) -> (Commands, Replies) {
    let (from, to) = stream.into_split();
    (Commands { from, read: Vec::new() }, Replies(to))
}

impl Commands {
    /// The next one; `None` when the client has gone. May be dropped while it waits: nothing is lost.
    ///
    /// # Errors
    /// The line is too long, or the connection broke.
    pub(super) async fn next(&mut self) -> io::Result<Option<Command>> {
        loop {
            if let Some(end) = self.read.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.read.drain(..=end).collect();
                return Ok(Some(Command::of(&line)));
            }
            if self.read.len() >= LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
            }
            let mut some = [0; 512];
            match self.from.read(&mut some).await? {
                0 => return Ok(None),
                n => self.read.extend_from_slice(&some[..n]),
            }
        }
    }
}

impl Replies {
    /// Sends one line.
    pub(super) async fn say(&mut self, code: u16, text: &str) -> io::Result<()> {
        self.send(format!("{code} {text}\r\n")).await
    }

    /// Sends several lines as one reply.
    pub(super) async fn say_all(&mut self, code: u16, lines: &[&str], last: &str) -> io::Result<()> {
        self.send(format!("{code}-{}\r\n{code} {last}\r\n", lines.join("\r\n "))).await
    }

    /// A client that does not read is as silent as one that does not write.
    async fn send(&mut self, text: String) -> io::Result<()> {
        let sent = tokio::time::timeout(PATIENCE, self.0.write_all(text.as_bytes())).await;
        sent.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::Command;

    #[test]
    fn commands_are_read_as_clients_write_them() {
        let command = |line: &[u8]| {
            let Command { verb, argument } = Command::of(line);
            (verb, argument)
        };
        assert_eq!(command(b"stor  a b.jpg\r\n"), ("STOR".into(), "a b.jpg".into()));
        assert_eq!(command(b"\xff\xf4\xff\xf2ABOR\r\n"), ("ABOR".into(), String::new()));
        assert_eq!(command(b"QUIT\n"), ("QUIT".into(), String::new()));
        assert_eq!(command(b"\r\n"), (String::new(), String::new()));
        assert_eq!(command(b"STOR \xc8\xcb.jpg\r\n").0, "STOR");
    }
}
