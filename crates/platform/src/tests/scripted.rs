//! A box that executes commands as a real one does, with habits the test chooses. It knows nothing of the platform but what the login
//! told it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use protocol::{DevSno, LoginReply, UserListReply, address};
use runtime::amqp::{BrokerAddress, Declare, Publisher, Session, SessionOptions};
use runtime::{Backoff, Lifecycle};
use serde_json::{Value, json};

use super::world::{PATIENCE, World};

/// How a box behaves.
#[derive(Debug, Clone, Default)]
pub(super) struct Habits {
    /// Leaves `messageId` out of its results.
    pub(super) forgets_ids: bool,
    /// Writes codes as texts.
    pub(super) texts: bool,
    /// Posts results to `notify_path` although it has a queue.
    pub(super) by_http: bool,
    /// Executes and does not answer.
    pub(super) is_mute: bool,
    /// Executes what comes again under the same id no second time, and answers it as before.
    pub(super) drops_repeats: bool,
    /// Answers everything twice.
    pub(super) stutters: bool,
    /// Whom it holds when it comes.
    pub(super) holds: Option<String>,
    /// What it answers for these people instead of executing: a code, and how many times.
    pub(super) refuses: BTreeMap<String, (i64, u32)>,
}

/// What a box holds and has seen.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) people: BTreeMap<String, Value>,
    pub(super) photos: usize,
    /// What it was told to do, each command once.
    pub(super) methods: Vec<String>,
    pub(super) ids: BTreeSet<String>,
    /// The ids as they came.
    pub(super) told: Vec<String>,
    pub(super) habits: Habits,
}

/// A running box.
pub(super) struct ScriptedBox {
    pub(super) reply: LoginReply,
    pub(super) memory: Arc<Mutex<Memory>>,
    life: Lifecycle,
}

struct Hands {
    reply: LoginReply,
    base: String,
    dev_sno: DevSno,
    http: reqwest::Client,
    publisher: Publisher,
    memory: Arc<Mutex<Memory>>,
}

/// Logs in, as often as it is told to come again, and answers the reply.
pub(super) async fn log_in(world: &World, dev_sno: &DevSno, mac: Option<&str>) -> LoginReply {
    let mac = mac.map(|mac| format!("&hex_mac={mac}")).unwrap_or_default();
    let (path, began) = (format!("/device/login?dev_sno={dev_sno}{mac}"), Instant::now());
    loop {
        let (status, body) = world.get(&path).await;
        match LoginReply::read(status, &body) {
            Ok(reply) => return reply,
            Err(refused) => assert!(status == 503 && began.elapsed() < PATIENCE, "{refused}"),
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// The hardware address of a box: each has its own.
fn hardware_of(dev_sno: &DevSno) -> String {
    let mix = |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte));
    format!("0xe0a5{:08x}", dev_sno.as_str().bytes().fold(0, mix))
}

impl ScriptedBox {
    /// Logs in, connects to the broker it was told, and works.
    pub(super) async fn start(world: &World, dev_sno: &DevSno, habits: Habits) -> Self {
        let reply = log_in(world, dev_sno, Some(&hardware_of(dev_sno))).await;
        Self::with_reply(world, dev_sno, reply, habits).await
    }

    pub(super) async fn with_reply(
        world: &World,
        dev_sno: &DevSno,
        reply: LoginReply,
        habits: Habits,
    ) -> Self {
        let life = Lifecycle::new(Duration::from_secs(2));
        let told = &reply.rabbitmq;
        let broker = BrokerAddress {
            host: told.host.clone(),
            port: told.port,
            vhost: told.vhost.clone(),
            login: told.login.clone(),
            password: told.password.clone(),
            tls: false,
        };
        let topology = vec![Declare::foreign_queue(&told.queue)];
        let upload = broker.with_vhost(&told.upload_vhost);
        let options = SessionOptions {
            backoff: Backoff::new(Duration::from_millis(200), Duration::from_secs(1)),
            ..SessionOptions::default()
        };
        let session = Session::start_with(&life, "scripted box", broker.clone(), topology, options.clone());
        let results = if upload == broker {
            session.clone()
        } else {
            Session::start_with(&life, "scripted results", upload, Vec::new(), options)
        };
        let people = habits.holds.iter().map(|id| (id.clone(), Value::Null)).collect();
        let memory = Arc::new(Mutex::new(Memory { people, habits, ..Memory::default() }));
        let hands = Hands {
            reply: reply.clone(),
            base: world.base.clone(),
            dev_sno: dev_sno.clone(),
            http: world.http.clone(),
            publisher: results.publisher(),
            memory: Arc::clone(&memory),
        };
        let mut deliveries = session.consume(&told.queue, 10).await;
        life.spawn("scripted box", async move {
            let _sessions = (session, results);
            while let Some(delivery) = deliveries.next().await {
                let command: Value = serde_json::from_slice(&delivery.body).unwrap();
                hands.execute(&command).await;
                delivery.ack().await;
            }
        });
        Self { reply, memory, life }
    }

    pub(super) fn people(&self) -> BTreeSet<String> {
        self.memory.lock().unwrap().people.keys().cloned().collect()
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Memory) -> T) -> T {
        change(&mut self.memory.lock().unwrap())
    }

    /// The ids in the order in which they first came: what the broker did not confirm in time comes again.
    pub(super) fn told_once(&self) -> Vec<String> {
        let (mut told, mut seen) = (self.change(|memory| memory.told.clone()), BTreeSet::new());
        told.retain(|id| seen.insert(id.clone()));
        told
    }

    pub(super) async fn stop(self) {
        self.life.finish().await;
    }
}

impl Hands {
    async fn execute(&self, command: &Value) {
        let method = command["method"].as_str().unwrap_or("").to_owned();
        let (is_repeat, habits) = {
            let mut memory = self.memory.lock().unwrap();
            let id = command["messageId"].as_str().unwrap_or("").to_owned();
            memory.told.push(id.clone());
            let is_repeat = !memory.ids.insert(id);
            if !is_repeat {
                memory.methods.push(method.clone());
            }
            (is_repeat, memory.habits.clone())
        };
        let is_new = !is_repeat || !habits.drops_repeats;
        assert!(!is_repeat || method != "wipe_data" || !is_new, "a wipe came twice");
        let result = match method.as_str() {
            "add_users_plus" => self.bring(command).await,
            "delete_users" => self.remove(command),
            "wipe_data" => {
                if is_new {
                    self.memory.lock().unwrap().people.clear();
                }
                json!({"wipe_options": command["wipe_options"]})
            }
            _ => json!({}),
        };
        if habits.is_mute {
            return;
        }
        let mut answer = json!({
            "success": true,
            "code": if habits.texts { json!("0") } else { json!(0) },
            "message": "ok",
            "dev_sno": self.dev_sno.as_str(),
            "messageKey": method,
            "result": result,
        });
        if !habits.forgets_ids {
            answer["messageId"] = command["messageId"].clone();
        }
        for _ in 0..if habits.stutters { 2 } else { 1 } {
            self.answer(command, &answer, &habits).await;
        }
    }

    async fn answer(&self, command: &Value, answer: &Value, habits: &Habits) {
        if habits.by_http {
            let notify = command["extend_params"]["notify_path"].as_str().unwrap();
            let url = address::with_credentials(
                &address::resolve(&self.base, notify),
                &self.reply.token,
                &self.dev_sno,
            );
            let response = self.http.post(url).body(answer.to_string()).send().await.unwrap();
            assert!(response.status().is_success(), "{}", response.status());
            return;
        }
        let queue = self.reply.rabbitmq.upload_queue.clone().unwrap();
        while let Err(error) = self.publisher.publish("", &queue, answer.to_string().into_bytes()).await {
            tracing::debug!(%error, "a result waits");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn bring(&self, command: &Value) -> Value {
        let path = command["extend_params"]["path"].as_str().unwrap();
        let url =
            address::with_credentials(&address::resolve(&self.base, path), &self.reply.token, &self.dev_sno);
        let asked = json!({"userid_list": command["userid_list"]});
        let response = self.http.post(url).body(asked.to_string()).send().await.unwrap();
        let (status, body) = (response.status().as_u16(), response.bytes().await.unwrap());
        let reply = UserListReply::read(status, &body).unwrap();
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for id in command["userid_list"].as_array().unwrap() {
            let id = id.as_str().unwrap().to_owned();
            if let Some(code) = self.refusal(&id) {
                failed.push(self.entry(&id, &code, "refused as the test asks"));
                continue;
            }
            let Some(user) = reply.users.iter().find(|user| user.identity_id.as_str() == id) else {
                failed.push(self.entry(&id, &json!(50074), "not in the answer"));
                continue;
            };
            let record = serde_json::to_value(user).unwrap();
            if let Some(url) = record["reg_url"].as_str() {
                let photo = self.http.get(url).send().await.unwrap();
                assert!(photo.status().is_success(), "{url}: {}", photo.status());
                self.memory.lock().unwrap().photos += 1;
            }
            self.memory.lock().unwrap().people.insert(id.clone(), record);
            done.push(self.entry(&id, &json!(0), "ok"));
        }
        json!({"success_users": done, "failed_users": failed})
    }

    fn remove(&self, command: &Value) -> Value {
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for id in command["userid_list"].as_array().unwrap() {
            let id = id.as_str().unwrap();
            let held = self.memory.lock().unwrap().people.remove(id).is_some();
            if held {
                done.push(self.entry(id, &json!(0), "ok"));
            } else {
                failed.push(self.entry(id, &json!(40401), "no such id"));
            }
        }
        json!({"success_users": done, "failed_users": failed})
    }

    fn refusal(&self, id: &str) -> Option<Value> {
        let mut memory = self.memory.lock().unwrap();
        let (code, left) = memory.habits.refuses.get_mut(id)?;
        if *left == 0 {
            return None;
        }
        *left -= 1;
        Some(json!(*code))
    }

    fn entry(&self, id: &str, code: &Value, message: &str) -> Value {
        let texts = self.memory.lock().unwrap().habits.texts;
        let code = if texts { json!(code.to_string()) } else { code.clone() };
        json!({"userid": id, "username": "", "message": message, "code": code})
    }
}
