//! One relay: its connection, and the promise that a coil that was switched on goes off again.
//!
//! * One transaction at a time; a connection on which anything went wrong is not used again, so no late answer is taken for
//!   that of a later question.
//! * A coil stands in [`Holds`] before it is switched on. While anything stands there a task releases what is due, over a new
//!   connection if the old one broke, again and again; it starts anew should it ever panic.
//! * When the box stops, nothing is opened any more and everything is released.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use runtime::Lifecycle;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};
use tokio_modbus::client::{Context, Writer as _, tcp};
use tokio_modbus::{ExceptionCode, Slave};

use super::Coils;
use super::hold::Holds;

/// How long a relay may take for one step: to accept a connection, to confirm one coil.
const STEP: Duration = Duration::from_millis(1000);
/// How long releases are tried once the box stops.
const LAST_MOMENTS: Duration = Duration::from_secs(4);

/// One piece of hardware, reached at one address under one unit id.
pub(in crate::door) struct Relay {
    address: SocketAddr,
    unit: u8,
    life: Lifecycle,
    line: tokio::sync::Mutex<Option<Context>>,
    holds: Mutex<Holds>,
    changed: Notify,
    keeping: AtomicBool,
    own: Weak<Self>,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("place", &self.place()).finish_non_exhaustive()
    }
}

/// Why a coil was not switched.
#[derive(Debug)]
enum Fault {
    /// No connection was made: nothing was asked.
    Away(String),
    /// The relay answered with an exception.
    Refused(ExceptionCode),
    /// It is not known whether the coil was switched.
    Broken(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Away(text) | Self::Broken(text) => f.write_str(text),
            Self::Refused(code) => write!(f, "the relay refuses: {code}"),
        }
    }
}

impl Relay {
    pub(super) fn new(address: SocketAddr, unit: u8, life: &Lifecycle) -> Arc<Self> {
        Arc::new_cyclic(|own| Self {
            address,
            unit,
            life: life.clone(),
            line: tokio::sync::Mutex::default(),
            holds: Mutex::default(),
            changed: Notify::new(),
            keeping: AtomicBool::new(false),
            own: own.clone(),
        })
    }

    /// Where it is, for people.
    pub(super) fn place(&self) -> String {
        if self.unit == 1 { self.address.to_string() } else { format!("{} unit {}", self.address, self.unit) }
    }

    /// Whether nothing is to be released.
    pub(super) fn is_idle(&self) -> bool {
        self.holds().next().is_none()
    }

    /// Connects, and leaves everything as it is.
    pub(super) async fn reach(&self) -> Result<(), String> {
        self.connect().await.map(drop).map_err(|fault| fault.to_string())
    }

    /// Switches coils on for `duration`; where one of them is on already, for that long from now.
    ///
    /// # Errors
    /// Why not, for people. What may have been switched on is switched off.
    pub(in crate::door) async fn pulse(&self, coils: Coils, duration: Duration) -> Result<(), String> {
        if self.life.stopping().is_cancelled() {
            return Err("the box is stopping".to_owned());
        }
        let mut line = self.line.lock().await;
        if line.is_none() {
            *line = Some(self.connect().await.map_err(|fault| fault.to_string())?);
        }
        for coil in coils.addresses() {
            // Should the caller stop waiting in the middle, the coil is known and released.
            self.holds().begin(coil, Instant::now());
            self.keep();
            match self.switch(&mut line, coil, true).await {
                Ok(()) => self.holds().confirm(coil, Instant::now() + duration),
                Err(fault) => {
                    if !matches!(fault, Fault::Broken(_)) {
                        self.holds().refused(coil);
                    }
                    let was_last = matches!(fault, Fault::Refused(ExceptionCode::IllegalDataAddress));
                    if was_last && coil > 0 && matches!(coils, Coils::All(_)) {
                        break;
                    }
                    self.changed.notify_one();
                    return Err(fault.to_string());
                }
            }
        }
        self.changed.notify_one();
        Ok(())
    }

    /// Switches coils off now.
    ///
    /// # Errors
    /// Why not, for people; it is tried again until it succeeds.
    pub(in crate::door) async fn release(&self, coils: Coils) -> Result<(), String> {
        let mut line = self.line.lock().await;
        for coil in coils.addresses() {
            self.holds().close(coil, Instant::now());
            self.keep();
            match self.switch(&mut line, coil, false).await {
                Ok(()) => self.holds().released(coil),
                Err(Fault::Refused(ExceptionCode::IllegalDataAddress))
                    if coil > 0 && matches!(coils, Coils::All(_)) =>
                {
                    self.holds().refused(coil);
                    break;
                }
                Err(fault) => {
                    self.changed.notify_one();
                    return Err(fault.to_string());
                }
            }
        }
        Ok(())
    }

    /// Coils of which nobody knows what an earlier run of the box left them at go off, soon.
    pub(super) fn secure(&self, coils: Coils) {
        for coil in coils.addresses() {
            self.holds().begin(coil, Instant::now());
        }
        self.keep();
    }

    /// How long the door of these coils stays open, if it is.
    pub(super) fn open_for(&self, coils: Coils) -> Option<Duration> {
        let (holds, now) = (self.holds(), Instant::now());
        coils.addresses().filter_map(|coil| holds.left(coil, now)).max()
    }

    /// What an operator should know: coils that could not be released.
    pub(super) fn trouble(&self, coils: Coils) -> Option<String> {
        let (holds, now) = (self.holds(), Instant::now());
        let (overdue, reason) = coils.addresses().find_map(|coil| holds.overdue(coil, now))?;
        Some(format!("not released for {} s: {reason}", overdue.as_secs()))
    }

    /// Makes sure that somebody releases what is due, also what has just become so.
    fn keep(&self) {
        let Some(relay) = self.own.upgrade() else { return };
        if self.keeping.swap(true, Ordering::SeqCst) {
            self.changed.notify_one();
            return;
        }
        self.life.spawn(format!("relay {}", self.place()), async move {
            while AssertUnwindSafe(relay.watch()).catch_unwind().await.is_err() {
                tracing::error!(relay = %relay.address, "releasing a relay broke down; it goes on");
                tokio::time::sleep(STEP / 10).await;
            }
        });
    }

    /// Releases what is due until nothing is left.
    async fn watch(&self) {
        let stopping = self.life.stopping();
        let mut end = None;
        loop {
            if stopping.is_cancelled() {
                end.get_or_insert_with(|| Instant::now() + LAST_MOMENTS);
                self.holds().end(Instant::now());
            }
            let Some(next) = self.rest() else { return };
            if end.is_some_and(|end| Instant::now().max(next) > end) {
                let coils = self.holds().all();
                tracing::error!(relay = %self.address, ?coils, "the box stops and could not release these coils");
                return;
            }
            tokio::select! {
                () = tokio::time::sleep_until(next) => self.release_due().await,
                () = self.changed.notified() => {}
                () = stopping.cancelled(), if end.is_none() => {}
            }
        }
    }

    /// When there is work again; with nothing left, the task's end is settled before anybody can add something.
    fn rest(&self) -> Option<Instant> {
        let holds = self.holds();
        let next = holds.next();
        if next.is_none() {
            self.keeping.store(false, Ordering::SeqCst);
            drop(holds);
            // Other masters may want the relay's few places; an opening in progress keeps its connection.
            if let Ok(mut line) = self.line.try_lock() {
                *line = None;
            }
        }
        next
    }

    async fn release_due(&self) {
        let due = self.holds().due(Instant::now());
        for coil in due {
            let mut line = self.line.lock().await;
            // Somebody may have opened it again while the line was busy.
            if !self.holds().due(Instant::now()).contains(&coil) {
                continue;
            }
            let Err(fault) = self.switch(&mut line, coil, false).await else {
                self.holds().released(coil);
                continue;
            };
            if matches!(fault, Fault::Refused(ExceptionCode::IllegalDataAddress)) {
                // There is no such coil.
                self.holds().refused(coil);
            }
            let goes_on = self.holds().postpone(coil, Instant::now(), &fault.to_string());
            tracing::warn!(relay = %self.address, coil, reason = %fault, goes_on, "a relay was not released");
        }
    }

    /// Switches one coil. A connection from before may have been closed since: that is no answer, and asked once more.
    async fn switch(&self, line: &mut Option<Context>, coil: u16, on: bool) -> Result<(), Fault> {
        let is_old = line.is_some();
        let began = Instant::now();
        match self.ask(line, coil, on).await {
            Err(Fault::Broken(reason)) if is_old && began.elapsed() < STEP / 2 => {
                let again = self.ask(line, coil, on).await;
                // The first question may have been heard.
                again.map_err(|fault| if let Fault::Away(_) = fault { Fault::Broken(reason) } else { fault })
            }
            other => other,
        }
    }

    async fn ask(&self, line: &mut Option<Context>, coil: u16, on: bool) -> Result<(), Fault> {
        let mut context = match line.take() {
            Some(context) => context,
            None => self.connect().await?,
        };
        match timeout(STEP, context.write_single_coil(coil, on)).await {
            Err(_) => Err(Fault::Broken(format!("no answer within {} ms", STEP.as_millis()))),
            Ok(Err(error)) => Err(Fault::Broken(format!("the connection broke: {error}"))),
            Ok(Ok(answer)) => {
                *line = Some(context);
                answer.map_err(Fault::Refused)
            }
        }
    }

    async fn connect(&self) -> Result<Context, Fault> {
        match timeout(STEP, TcpStream::connect(self.address)).await {
            Ok(Ok(stream)) => {
                // Two dozen bytes that must not wait for more.
                let _ = stream.set_nodelay(true);
                Ok(tcp::attach_slave(stream, Slave(self.unit)))
            }
            Ok(Err(error)) => Err(Fault::Away(format!("{} cannot be reached: {error}", self.address))),
            Err(_) => Err(Fault::Away(format!(
                "{} takes no connection within {} ms",
                self.address,
                STEP.as_millis()
            ))),
        }
    }

    fn holds(&self) -> MutexGuard<'_, Holds> {
        self.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use runtime::testing::wait_until;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// A board that hears everything and, while it is mute, confirms nothing.
    #[derive(Default)]
    struct Board {
        mute: AtomicBool,
        written: Mutex<Vec<(u16, bool)>>,
    }

    impl Board {
        async fn start(self: Arc<Self>) -> SocketAddr {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(async move {
                while let Ok((mut stream, _)) = listener.accept().await {
                    let board = Arc::clone(&self);
                    tokio::spawn(async move {
                        // Every question is the writing of one coil: 12 bytes, confirmed by the same.
                        let mut frame = [0; 12];
                        while stream.read_exact(&mut frame).await.is_ok() {
                            let coil = u16::from_be_bytes([frame[8], frame[9]]);
                            board.written.lock().unwrap().push((coil, frame[10] == 0xff));
                            if !board.mute.load(Ordering::SeqCst) {
                                stream.write_all(&frame).await.unwrap();
                            }
                        }
                    });
                }
            });
            address
        }

        fn written(&self) -> Vec<(u16, bool)> {
            self.written.lock().unwrap().clone()
        }
    }

    #[tokio::test]
    async fn a_coil_whose_order_was_given_up_is_released_while_another_stays_on() {
        const LONG: Duration = Duration::from_secs(600);
        let (life, board) = (Lifecycle::new(Duration::from_secs(20)), Arc::new(Board::default()));
        let relay = Relay::new(Arc::clone(&board).start().await, 1, &life);
        relay.pulse(Coils::One(0), LONG).await.unwrap();
        board.mute.store(true, Ordering::SeqCst);
        let given_up = timeout(Duration::from_millis(200), relay.pulse(Coils::One(1), LONG)).await;
        assert!(given_up.is_err(), "{given_up:?}");
        board.mute.store(false, Ordering::SeqCst);
        let released = || async { board.written().ends_with(&[(1, false)]) };
        assert!(wait_until(Duration::from_secs(60), released).await, "{:?}", board.written());
        assert!(relay.open_for(Coils::One(0)).is_some());
        assert_eq!(life.finish().await, Vec::<String>::new());
        assert_eq!(board.written().last(), Some(&(0, false)), "the box has stopped");
    }
}
