//! Two processes behind nginx, as the how-to configures it: what is sent to a process that is lost with it is sent again only where it may
//! be done twice.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::how_to::Page;
use crate::world::{Api, World, free_address};

/// A process that is lost with every request it gets.
struct Lost {
    address: String,
    requests: Arc<AtomicUsize>,
}

impl Lost {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::<AtomicUsize>::default();
        let counted = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut line, _)) = listener.accept().await {
                let mut read = [0; 4096];
                let read = line.read(&mut read).await.unwrap_or(0);
                counted.fetch_add(usize::from(read > 0), Ordering::SeqCst);
            }
        });
        Self { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// nginx with the page's site, in front of these two.
struct Nginx {
    process: Child,
    address: String,
}

impl Nginx {
    async fn start(folder: &Path, upstream: [&str; 2]) -> Self {
        let [site] = Page::open("run-on-postgresql.md").blocks("nginx").try_into().unwrap();
        let address = free_address();
        let mut site = site.replace("listen 8080;", &format!("listen {address};"));
        for (printed, address) in ["127.0.0.1:8081", "127.0.0.1:8082"].iter().zip(upstream) {
            assert!(site.contains(printed), "{site}");
            site = site.replace(printed, address);
        }
        let paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {kind};\n"));
        let config = format!(
            "daemon off;\nmaster_process off;\npid pid;\nerror_log errors;\nevents {{}}\nhttp {{\naccess_log off;\n{}\n{site}\n}}\n",
            paths.concat()
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&file).args(["-e", "errors"]).stdin(Stdio::null());
        let process = command.spawn().expect("nginx is missing: run scripts/setup --tests");
        let mut nginx = Self { process, address };
        while TcpStream::connect(&nginx.address).await.is_err() {
            assert!(
                nginx.process.try_wait().unwrap().is_none(),
                "{}",
                std::fs::read_to_string(folder.join("errors")).unwrap_or_default()
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_may_be_done_twice_is_sent_again() {
    let (world, folder) = (World::start().await, tempfile::tempdir().unwrap());
    let dev_sno = world.register(json!({})).await;
    let (status, login) =
        world.api.call("GET", &format!("/device/login?dev_sno={dev_sno}&hex_mac=0xe0a50900062b"), None).await;
    assert_eq!(status, 200, "{login}");
    let device = format!("token={}&dev_sno={dev_sno}", login["token"].as_str().unwrap());
    let event = json!({"identity_id": "1001", "identity_name": "Zhang San", "timestamp": 1_790_000_000_000_i64, "score": 0.9,
        "ext_data": {"device_ip": "192.0.2.1", "person_type": 1}});
    let person = json!({"identity_id": "1001", "name": "Zhang San"});
    let own = world.api.base.strip_prefix("http://").unwrap();
    for (method, path, body, status) in [
        ("POST", format!("/device/records?{device}"), json!([event]), 200),
        ("POST", format!("/device/realtime?{device}"), event, 200),
        ("GET", "/api/v1/people".to_owned(), Value::Null, 200),
        ("POST", "/api/v1/people".to_owned(), person.clone(), 502),
        ("PATCH", "/api/v1/people/1001".to_owned(), json!({"name": "Li Si"}), 502),
        ("POST", "/pair/0000-0000-0000-0000".to_owned(), json!({}), 502),
    ] {
        // The first of the two is asked first, and left out for a while once it was lost: each request has an nginx of its own.
        let lost = Lost::start().await;
        let nginx = Nginx::start(folder.path(), [&lost.address, own]).await;
        let mut api = Api::new(&nginx.address);
        api.token.clone_from(&world.api.token);
        let (answered, answer) = api.call(method, &path, (!body.is_null()).then_some(&body)).await;
        assert_eq!((answered, lost.requests()), (status, 1), "{method} {path}: {answer}");
        // Whoever sends it again reaches the one that is left.
        if path == "/api/v1/people" && method == "POST" {
            assert_eq!(world.api.call("GET", "/api/v1/people/1001", None).await.0, 404, "it was not done");
            assert_eq!(api.call("POST", &path, Some(&person)).await.0, 201);
        }
    }
    assert_eq!(world.events().await.len(), 1, "both reports are of one capture");
    assert_eq!(world.api.get("/api/v1/people/1001").await["name"], "Zhang San");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_cannot_be_reached_costs_nobody_a_request() {
    let (world, folder) = (World::start().await, tempfile::tempdir().unwrap());
    let own = world.api.base.strip_prefix("http://").unwrap();
    let nginx = Nginx::start(folder.path(), [&free_address(), own]).await;
    let mut api = Api::spread(&nginx.address);
    api.token.clone_from(&world.api.token);
    for n in 0..20 {
        let person = json!({"identity_id": n.to_string(), "name": "Zhang San"});
        api.must("POST", "/api/v1/people", &person).await;
    }
    assert_eq!(api.all("/api/v1/people").await.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_both_refuse_takes_neither_out_of_service() {
    let dead = format!("http://guest:guest@{}", free_address());
    let world = World::start_told(&[("MENSHEN_BROKER__MANAGEMENT_URL", &dead)]).await;
    let folder = tempfile::tempdir().unwrap();
    let dev_sno = world.register(json!({})).await;
    let own = world.api.base.strip_prefix("http://").unwrap();
    // Which of the two is asked does not matter here: they answer alike.
    let nginx = Nginx::start(folder.path(), [own, own]).await;
    let api = Api::spread(&nginx.address);
    let login = format!("/device/login?dev_sno={dev_sno}&hex_mac=0xe0a50900062b");
    for _ in 0..3 {
        let (status, refused) = api.call("GET", &login, None).await;
        assert_eq!(status, 503, "{refused}");
    }
    let (status, answer) = api.call("GET", "/healthz", None).await;
    assert_eq!(status, 200, "{answer}");
}
