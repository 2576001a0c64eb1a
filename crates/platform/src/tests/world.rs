//! One platform at work, on a broker it has to itself until the test is over.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use bytes::Bytes;
use protocol::{CommandBody, DevSno, ExtendParams, GroupId, IdentityId, MessageId};
use runtime::Lifecycle;
use runtime::testing::{PrivateBroker, wait_until};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, MutexGuard, OnceCell};

use crate::app::App;
use crate::blobs::StoredPhoto;
use crate::broker::names;
use crate::config::{Config, Secret};
use crate::db::boxes::{self, Settings};
use crate::db::command::{self, NewCommand};
use crate::db::person::{self, Fields};
use crate::db::{DbError, Tx, desired};
use crate::reconcile::Holding;
use crate::{clock, server};

/// Everything a test waits for happens within this time even on a busy machine.
pub(super) const PATIENCE: Duration = Duration::from_secs(90);

/// As many as tests run side by side on a small machine.
static BROKERS: LazyLock<[OnceCell<Mutex<PrivateBroker>>; 2]> = LazyLock::new(Default::default);

/// One of the brokers the tests share, each used by one after another.
pub(super) async fn broker() -> MutexGuard<'static, PrivateBroker> {
    static TURN: AtomicUsize = AtomicUsize::new(0);
    let start = || async { Mutex::new(PrivateBroker::start().await.expect("a private RabbitMQ")) };
    let turn = TURN.fetch_add(1, Ordering::Relaxed) % BROKERS.len();
    let mut broker = BROKERS[turn].get_or_init(start).await.lock().await;
    broker.start_again().await.expect("the broker comes back");
    for queue in [names::RESULTS, names::FIQA, names::FIQA_RESULTS] {
        // Emptied, not deleted: a quorum queue made again under its old name does not always survive the broker being killed.
        if broker.waiting(queue).await.expect("the broker answers").is_some() {
            broker.purge(queue).await.expect("the broker empties a queue");
        }
    }
    broker
}

/// A running platform.
pub(super) struct World {
    pub(super) app: Arc<App>,
    /// Where it listens, so that nobody else takes its address before another platform has begun there.
    pub(super) door: std::net::TcpListener,
    pub(super) base: String,
    pub(super) http: reqwest::Client,
    pub(super) life: Lifecycle,
}

/// Where a platform keeps its data across restarts.
pub(super) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

impl World {
    /// Starts a platform on `folder` and the broker at `url`.
    pub(super) async fn start(folder: &Path, url: &str) -> Self {
        Self::start_with(folder, url, |_| {}).await
    }

    pub(super) async fn start_with(folder: &Path, url: &str, change: impl FnOnce(&mut Config)) -> Self {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap().into_std().unwrap();
        Self::start_at(door, folder, url, change).await
    }

    /// As [`World::start_with`], at the door of a platform that has stopped.
    pub(super) async fn start_at(
        door: std::net::TcpListener,
        folder: &Path,
        url: &str,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        if std::env::var_os("MENSHEN_LOG").is_some() {
            runtime::telemetry::init(runtime::telemetry::Format::Text);
        }
        // Whoever was first has installed it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut config = Config { data_dir: folder.to_owned(), ..Config::default() };
        config.broker.url = Secret::new(url);
        config.vision.models = folder.join("no-models");
        config.http.listen = door.local_addr().unwrap().to_string();
        config.database.url = runtime::testing::database_of(&folder.join("database"));
        change(&mut config);
        let life = Lifecycle::new(PATIENCE);
        let app = App::open(config, &life).await.unwrap();
        crate::broker::start(&app, &life);
        crate::jobs::start(&app, &life);
        let listener = TcpListener::from_std(door.try_clone().unwrap()).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (router, stopping) = (crate::routes::router(&app), life.stopping());
        tokio::spawn(server::serve(listener, router, 1000, None, stopping));
        Self { app, door, base, http: reqwest::Client::new(), life }
    }

    /// Stops it as a signal would.
    pub(super) async fn stop(self) {
        assert_eq!(self.life.finish().await, Vec::<String>::new());
    }

    pub(super) async fn write<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<R, DbError> + Send + 'static,
    ) -> R {
        self.app.db.write(work).await.unwrap()
    }

    /// A registered box that serves the default group.
    pub(super) async fn add_box(&self, dev_sno: &str, legacy: bool) -> DevSno {
        let dev_sno = DevSno::new(dev_sno);
        let id = dev_sno.clone();
        self.write(move |tx| {
            let settings = Settings { name: "box".into(), site: String::new(), legacy, fiqa_server: true };
            boxes::insert(tx, &id, &settings, clock::now())?;
            boxes::set_groups(tx, &id, &[GroupId::default_group()])?;
            desired::recompute_for_box(tx, &id, clock::now())
        })
        .await;
        self.app.nudge();
        dev_sno
    }

    /// People of the default group, each with a photo of their own; those whose id ends in x have one that is nowhere, because writing
    /// thousands would only test the disk.
    pub(super) async fn add_people(&self, ids: impl IntoIterator<Item = String>) {
        let ids: Vec<IdentityId> = ids.into_iter().map(IdentityId::new).collect();
        let people = ids.clone();
        self.write(move |tx| {
            for id in &people {
                let fields = Fields {
                    name: format!("name of {id}"),
                    kind: 1,
                    info: Value::Object(serde_json::Map::new()),
                    valid_from: None,
                    valid_until: None,
                    groups: vec![GroupId::default_group()],
                };
                person::insert(tx, id, &fields, clock::now())?;
            }
            Ok(())
        })
        .await;
        let mut photos = Vec::with_capacity(ids.len());
        for id in &ids {
            photos.push(match id.as_str().ends_with('x') {
                true => StoredPhoto { key: "nowhere".to_owned(), hash: "0".repeat(64) },
                false => {
                    let photo = Bytes::from(format!("\u{ff}photo of {id}"));
                    self.app.blobs.put_person(id, photo).await.unwrap()
                }
            });
        }
        self.write(move |tx| {
            for (id, photo) in ids.iter().zip(&photos) {
                person::set_photo(tx, id, photo, clock::now())?;
                desired::recompute_for_person(tx, id, clock::now())?;
            }
            Ok(())
        })
        .await;
        self.app.nudge();
    }

    pub(super) async fn remove_person(&self, id: &str) {
        let id = IdentityId::new(id);
        self.write(move |tx| {
            person::delete(tx, &id)?;
            desired::recompute_for_person(tx, &id, clock::now())
        })
        .await;
        self.app.nudge();
    }

    /// A command as an operator asks for it.
    pub(super) async fn order(&self, dev_sno: &DevSno, body: CommandBody) -> MessageId {
        let new = NewCommand {
            dev_sno: dev_sno.clone(),
            body,
            extend: ExtendParams::default(),
            people: Vec::new(),
            answer_within: 600_000,
            origin: "operator".to_owned(),
        };
        let id = self.write(move |tx| command::queue(tx, new, clock::now())).await;
        self.app.nudge();
        id
    }

    pub(super) async fn holding(&self, dev_sno: &DevSno, id: &str) -> Option<Holding> {
        let (dev_sno, id) = (dev_sno.clone(), IdentityId::new(id));
        self.app.db.read(move |tx: &mut Tx<'_>| desired::find(tx, &dev_sno, &id)).await.unwrap()
    }

    /// A number the database knows.
    pub(super) async fn number(&self, sql: &'static str) -> i64 {
        self.app.db.read(move |tx: &mut Tx<'_>| tx.number(sql, &[])).await.unwrap()
    }

    /// The state of a command.
    pub(super) async fn command(&self, id: &MessageId) -> (String, Option<String>) {
        let id = id.clone();
        let row = self.app.db.read(move |tx: &mut Tx<'_>| {
            tx.first("SELECT state, code FROM command WHERE id = $1", crate::db::vals![id.as_str()])
        });
        let row = row.await.unwrap().expect("the command is kept");
        (row.text("state").unwrap(), row.opt_text("code").unwrap())
    }

    /// Waits until a query answers a number.
    pub(super) async fn until(&self, sql: &'static str, expected: i64) {
        let reached = wait_until(PATIENCE, || async { self.number(sql).await == expected }).await;
        if reached {
            return;
        }
        let found = self.number(sql).await;
        let open = self.app.db.read(|tx: &mut Tx<'_>| {
            let rows = tx.query(
                "SELECT method || ' ' || state || ' ' || COALESCE(message, '') AS t FROM command",
                &[],
            )?;
            rows.iter().map(|row| row.text("t")).collect::<Result<Vec<_>, DbError>>()
        });
        let open = open.await.unwrap();
        let link = self.app.broker.state().borrow().clone();
        assert!(
            reached,
            "{sql}: expected {expected}, found {found}; commands {open:?}; link {link:?}; counts {:?}",
            self.app.counts.all()
        );
    }

    pub(super) async fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let response = self.http.get(format!("{}{path}", self.base)).send().await.unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    }
}
