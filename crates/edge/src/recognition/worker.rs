//! The judges: each takes the next capture, looks at it on a blocking thread and settles it. As many look at one time as there
//! are cores; a judge that waits for a door lets another one look.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use runtime::Lifecycle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use vision::Engine;

use super::case::{Case, Judge, Shot};
use super::follow::{Followers, SWEEP};
use super::habits::Habits;
use super::recent::Recent;
use super::tally::{Counters, Tally};
use super::thresholds::Keeper;
use super::traffic::{Expected, Traffic};
use super::unstored::{self, Unstored};
use super::{InForce, Sights, watch};
use crate::camera::{Capture, Card, Image, Intake, Receipt, Seen};
use crate::decision::{Flag, Record, Times, Verdict};
use crate::door::Doors;
use crate::event_log::EventLog;
use crate::people::People;
use crate::store::StoreError;
use crate::{clock, config, door};

/// More judges than this only take memory: each holds a decoded picture.
const MOST_JUDGES: usize = 4;
/// Judges that may wait for doors while the others look.
const AT_DOORS: usize = 8;

/// The judges and what they share (cheap to clone).
#[derive(Clone)]
pub struct Recognition {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) judge: Judge,
    followers: Followers,
    sights: Sights,
    pub(super) events: EventLog,
    pub(super) traffic: Mutex<Traffic>,
    settings: Mutex<config::Recognition>,
    doors: Arc<Doors>,
    recent: Mutex<Recent>,
    unstored: Mutex<Unstored>,
    intake: Arc<Intake>,
    tally: Tally,
    trials: Semaphore,
    /// Who looks at a picture has one.
    seats: Semaphore,
}

impl Recognition {
    /// Starts the judges; they stop with `life`.
    pub fn start(
        life: &Lifecycle,
        settings: &config::Recognition,
        engine: Arc<Engine>,
        people: Arc<People>,
        events: EventLog,
        intake: Arc<Intake>,
        doors: Arc<Doors>,
    ) -> Self {
        let thresholds = Keeper::new(*engine.rule(), settings);
        let judges = std::thread::available_parallelism().map_or(1, |n| n.get().min(MOST_JUDGES));
        let inner = Inner {
            doors,
            recent: Mutex::new(Recent::new(settings.interval(), thresholds.same_face())),
            unstored: Mutex::default(),
            judge: Judge { engine, people, thresholds, habits: Habits::default() },
            followers: Followers::default(),
            sights: Sights::default(),
            events,
            traffic: Mutex::default(),
            settings: Mutex::new(settings.clone()),
            intake: intake.clone(),
            tally: Tally::default(),
            trials: Semaphore::new(1),
            seats: Semaphore::new(judges),
        };
        let recognition = Self { inner: Arc::new(inner) };
        for n in 0..judges + AT_DOORS {
            let inner = recognition.inner.clone();
            life.spawn(format!("judge {n}"), async move { inner.work().await });
        }
        life.spawn("calibration", watch::watch(recognition.inner.clone(), life.stopping()));
        let (inner, stopping) = (recognition.inner.clone(), life.stopping());
        life.spawn("followed faces", async move { inner.sweep(stopping).await });
        let stopping = life.stopping();
        life.spawn("intake", async move {
            stopping.cancelled().await;
            intake.close();
        });
        recognition
    }

    /// What the judges saw last.
    pub fn sights(&self) -> &Sights {
        &self.inner.sights
    }

    /// What was done since the start.
    pub fn counters(&self) -> Counters {
        self.inner.tally.read(self.inner.intake.waiting())
    }

    /// The thresholds in force; `None` in the first moment after the start.
    pub fn thresholds(&self) -> Option<InForce> {
        let Judge { engine, thresholds, people, .. } = &self.inner.judge;
        thresholds.refresh(people);
        Some(InForce::of(engine, &thresholds.grounds()?))
    }

    /// False names and openings to expect from the faces that pass here; `None` in the first moment after the start.
    pub fn expected(&self) -> Option<Expected> {
        self.inner.expected()
    }

    /// The settings in force.
    pub fn settings(&self) -> config::Recognition {
        self.inner.settings()
    }

    /// What other settings would lead to with the people and faces of this place. They are not put in force.
    pub fn preview(&self, settings: &config::Recognition) -> (InForce, Expected) {
        let Judge { engine, thresholds, people, .. } = &self.inner.judge;
        let grounds = thresholds.preview(settings, people.site());
        let now = &grounds.thresholds;
        let expected = self.inner.traffic().expected(clock::now(), now.name_rate, now.door_rate);
        (InForce::of(engine, &grounds), expected)
    }

    /// Judges a photo as if `camera` had just taken it: no event, no door, nothing is remembered.
    ///
    /// # Errors
    /// Why it is no picture.
    pub async fn try_photo(&self, photo: Vec<u8>, camera: Arc<Card>) -> Result<Vec<Record>, String> {
        let inner = self.inner.clone();
        // One at a time: cameras need the cores.
        let _turn = inner.trials.acquire().await.map_err(|_| "the box is stopping".to_owned())?;
        let shot = Shot {
            number: u64::MAX,
            camera,
            taken_at: clock::now(),
            source: "try".to_owned(),
            grab: serde_json::Map::new(),
            times: Times::default(),
            level: inner.settings().level(),
        };
        let this = inner.clone();
        let judged =
            tokio::task::spawn_blocking(move || this.judge.cases(Image::Encoded(photo), shot, None)).await;
        let cases = judged.unwrap_or_else(|_| Err("judging it broke down".to_owned()))?;
        Ok(cases.into_iter().map(|case| case.record).collect())
    }

    /// Puts other settings in force, from the next picture on.
    pub fn follow(&self, settings: config::Recognition) {
        self.inner.judge.thresholds.follow(&settings);
        self.inner.recent.lock().unwrap_or_else(PoisonError::into_inner).follow(settings.interval());
        *self.inner.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }
}

impl Inner {
    fn settings(&self) -> config::Recognition {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn work(self: Arc<Self>) {
        // A picture is taken when there is a seat for it: one that still waits can give way to a newer one.
        while let Ok(seat) = self.seats.acquire().await {
            let Some(mut capture) = self.intake.next().await else { return };
            if !capture.is_wanted() {
                continue;
            }
            let receipt = self.clone().settle(&mut capture, seat).await;
            capture.settle(receipt);
        }
    }

    /// Looks at one capture, gives up the seat, and carries out what follows from it.
    async fn settle(self: Arc<Self>, capture: &mut Capture, seat: SemaphorePermit<'_>) -> Receipt {
        let number = Tally::add(&self.tally.captures);
        let image = std::mem::replace(&mut capture.image, Image::Encoded(Vec::new()));
        let taken_at = capture.taken_at;
        let shot = Shot {
            number,
            camera: capture.camera.clone(),
            taken_at,
            source: capture.source.clone(),
            grab: std::mem::take(&mut capture.grab_fiqa_info),
            times: Times { waited: since(taken_at), ..Times::default() },
            level: self.settings().level(),
        };
        let this = self.clone();
        let judged = tokio::task::spawn_blocking(move || this.cases(image, shot)).await;
        drop(seat);
        let cases = match judged.unwrap_or_else(|_| Err("judging it broke down".to_owned())) {
            Ok(cases) => cases,
            Err(reason) => {
                Tally::add(&self.tally.unreadable);
                tracing::warn!(camera = %capture.camera.name, source = %capture.source, %reason, "capture cannot be judged");
                return Receipt::Unreadable(reason);
            }
        };
        if !capture.is_wanted() {
            return Receipt::Unreadable("its source has given it up".to_owned());
        }
        let seen = self.carry_out_all(cases, capture).await;
        self.tally.last_ms.store(since(taken_at), Ordering::Relaxed);
        if !seen.iter().any(Seen::is_unstored) {
            return Receipt::Judged(seen);
        }
        if let Some(number) = capture.kept {
            self.unstored().keep(number, &seen, Instant::now());
            return Receipt::Unstored;
        }
        Receipt::Judged(seen)
    }

    /// Carries out what follows from each face; of a picture that comes again, only what is still to be done.
    async fn carry_out_all(&self, cases: Vec<Case>, capture: &Capture) -> Vec<Seen> {
        let door = capture.camera.door.as_ref();
        let before = capture.kept.map(|number| self.unstored().take(number, Instant::now()));
        let before = before.unwrap_or_default();
        let mut seen = Vec::with_capacity(cases.len());
        for case in cases {
            seen.push(match unstored::face_of(&before, &case.record) {
                Some(face) if face.done => Seen { record: case.record, event: None, repeated: true },
                Some(face) => self.store_again(case, face.door.clone()).await,
                None => self.carry_out(case, door).await,
            });
        }
        let missed = seen.iter().filter(|seen| seen.is_unstored()).count();
        if capture.kept.is_none() {
            (0..missed).for_each(|_| self.lost());
        }
        seen
    }

    /// Stores the event of a face whose door has been asked.
    async fn store_again(&self, case: Case, door: door::Outcome) -> Seen {
        let record = Record { door, ..case.record };
        let stored = self.events.add(&record, case.spot).await;
        Seen { event: told(&record, stored), record, repeated: false }
    }

    /// An event that could not be stored and whose picture nobody keeps.
    fn lost(&self) {
        Tally::add(&self.tally.lost);
        self.events.count_lost();
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unstored(&self) -> MutexGuard<'_, Unstored> {
        self.unstored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cases(&self, image: Image, shot: Shot) -> Result<Vec<Case>, String> {
        if Followers::follow(&shot.camera, &image) {
            return self.followers.cases(&self.judge, image, &shot, &self.sights);
        }
        self.judge.cases(image, shot, Some(&self.sights))
    }

    /// Judges walks that have ended, until `stop`.
    async fn sweep(self: Arc<Self>, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(Duration::from_millis(SWEEP));
        // A door that does not answer holds up its own walk and no other.
        let mut at_doors = FuturesUnordered::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(_) = at_doors.next() => continue,
                _ = ticks.tick(), if at_doors.len() < AT_DOORS => {}
            }
            let this = self.clone();
            let ended = tokio::task::spawn_blocking(move || {
                this.followers.ended(&this.judge, |camera| this.intake.waits(camera))
            });
            for (case, camera) in ended.await.unwrap_or_default() {
                let this = &self;
                at_doors.push(async move {
                    if this.carry_out(case, camera.door.as_ref()).await.is_unstored() {
                        this.lost();
                    }
                });
            }
        }
        while at_doors.next().await.is_some() {}
    }

    /// Makes the event, opens the door, and tells nobody before both are done.
    async fn carry_out(&self, case: Case, door: Option<&config::Door>) -> Seen {
        Tally::add(&self.tally.faces);
        let Case { mut record, spot, sighting } = case;
        record.trace.ms.total = since(record.taken_at);
        if !self.recent().admit(sighting) {
            Tally::add(&self.tally.repeated);
            // Whoever looks at a pad is not to be told that a door opens that does not.
            if let (Verdict::LetIn, Some(failure)) =
                (record.verdict, door.and_then(|door| self.doors.failure(door)))
            {
                record.door = failure;
            }
            return Seen { record, event: None, repeated: true };
        }
        self.tally.verdict(record.verdict);
        if record.trace.flag == Some(Flag::Blacklist) {
            Tally::add(&self.tally.blacklisted);
        }
        if matches!(record.verdict, Verdict::Possible | Verdict::Stranger) {
            self.traffic().seen(clock::now(), door.is_some());
        }
        let stored = match (record.verdict, door.map(|door| self.doors.passage(door))) {
            (Verdict::LetIn, Some(Ok(passage))) => self.open(&passage, &mut record, spot).await,
            (Verdict::LetIn, Some(Err(untouched))) => {
                record.door = untouched;
                self.events.add(&record, spot).await
            }
            (Verdict::LetIn, None) => {
                record.door = door::Outcome::untouched("none", "this camera has no door");
                self.events.add(&record, spot).await
            }
            _ => self.events.add(&record, spot).await,
        };
        if record.door.has_failed() {
            self.recent().door_failed(&record.camera, &record.identity_id);
        }
        tracing::info!(
            camera = %record.camera,
            identity_id = %record.identity_id,
            verdict = ?record.verdict,
            reason = %record.reason,
            door = %record.door.result,
            ms = record.trace.ms.total,
            "face judged"
        );
        Seen { event: told(&record, stored), record, repeated: false }
    }

    /// The event is durable before the door moves; until the door has answered it is open and nobody reads it.
    async fn open(
        &self,
        passage: &door::Passage,
        record: &mut Record,
        spot: Option<Vec<u8>>,
    ) -> Result<i64, StoreError> {
        record.door = passage.interrupted(&record.reason);
        let begun = self.events.begin(record, spot.clone()).await;
        let order = door::Order {
            camera: record.camera.clone(),
            identity_id: record.identity_id.clone(),
            reason: record.reason.clone(),
        };
        // A full disk must not lock anybody out: the door moves whether the event could be stored or not.
        record.door = passage.take(&order).await;
        let seq = begun?;
        if let Err(error) = self.events.finish(seq, record, spot).await {
            // Its row is there; it is completed with the next event.
            tracing::error!(camera = %record.camera, %error, "an event could not be completed yet");
        }
        Ok(seq)
    }
}

/// The number of an event that was stored; a line in the log when it was not.
fn told(record: &Record, stored: Result<i64, StoreError>) -> Option<i64> {
    let failed = |error: &StoreError| {
        tracing::error!(camera = %record.camera, %error, "an event could not be stored");
    };
    stored.inspect_err(failed).ok()
}

fn since(at: i64) -> u64 {
    u64::try_from(clock::now() - at).unwrap_or(0)
}
