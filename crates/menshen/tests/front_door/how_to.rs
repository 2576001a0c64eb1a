//! The how-tos are followed to the letter: their commands and programs are run as they are printed, against a real platform.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::world::{Api, Cast, PASSWORD, Picture, World, free_address};

/// A page of `docs/how-to`.
pub(crate) struct Page(String);

impl Page {
    pub(crate) fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/how-to").join(name);
        Self(std::fs::read_to_string(path).unwrap())
    }

    /// What stands in its blocks of this language, in order.
    pub(crate) fn blocks(&self, language: &str) -> Vec<String> {
        let fence = format!("```{language}\n");
        let after = self.0.split(&fence).skip(1);
        after.map(|text| text.split_once("```").unwrap().0.to_owned()).collect()
    }
}

/// Where the commands of a page are run, one after another, as in one shell.
struct Shell {
    folder: TempDir,
}

impl Shell {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs lines after those before; answers what they print. What they leave running writes into the same file, so each run ends
    /// its line.
    fn run(&self, lines: &str) -> String {
        let script = format!(
            "set -eu\n[ ! -e kept ] || . ./kept\n{lines}\necho\nset > all\ngrep -E '^(PLATFORM|HOST|TOKEN|AUTH|IMPORT|ID|MENSHEN_SECRET|PASSWORD)=' all > kept || :\n"
        );
        std::fs::write(self.path("script"), script).unwrap();
        let said = self.path("said");
        let open = || std::fs::File::options().create(true).append(true).open(&said).unwrap();
        let before = open().metadata().unwrap().len();
        let mut shell = Command::new("bash");
        shell.arg("script").current_dir(&self.folder).stdin(Stdio::null()).stdout(open()).stderr(open());
        let done = shell.status().unwrap();
        let said = self.said().split_off(usize::try_from(before).unwrap());
        assert!(done.success(), "{lines}\n{said}");
        said.strip_suffix('\n').unwrap().to_owned()
    }

    /// Everything that was printed.
    fn said(&self) -> String {
        std::fs::read_to_string(self.path("said")).unwrap_or_default()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        if let Ok(left) = std::fs::read_to_string(self.path("left")) {
            // It may have ended already.
            drop(Command::new("kill").args(left.split_whitespace()).status());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_imported_as_the_page_says() {
    let (world, cast) = (World::start().await, Cast::gather());
    let (page, shell) = (Page::open("import-people.md"), Shell::new());
    let photos = shell.path("photos");
    std::fs::create_dir(&photos).unwrap();
    std::fs::write(photos.join("1001.jpg"), &cast.one.photo.bytes).unwrap();
    std::fs::write(photos.join("1003.jpg"), Picture::without_face().bytes).unwrap();
    // Behind the template's example, such rows that the page's answers are these.
    let rows: String =
        ["1002,Li Si,", "1003,Zhao Liu,", "1004,Sun Qi,", "1005,Zhou Ba,", "1006,Wu Jiu,warehouse"]
            .map(|row| row.split(',').collect::<Vec<_>>())
            .iter()
            .map(|row| format!("{},{},,,{},,,,,\n", row[0], row[1], row[2]))
            .collect();
    let mut answered = 0;
    for block in page.blocks("console") {
        let (commands, answers): (Vec<_>, Vec<_>) = block.lines().partition(|line| line.starts_with("$ "));
        let commands = commands.iter().map(|line| format!("{}\n", &line[2..])).collect::<String>();
        let commands =
            commands.replace("http://127.0.0.1:8080", &world.api.base).replace("the password", PASSWORD);
        let said = shell.run(&commands).replace('\r', "");
        if answers.is_empty() {
            continue;
        }
        answered += 1;
        let answers = answers.iter().map(|line| format!("{line}\n")).collect::<String>();
        assert_eq!(said.trim_start_matches('\u{feff}'), answers, "{commands}");
        if commands.contains("template.csv") {
            std::fs::write(shell.path("people.csv"), format!("{said}{rows}")).unwrap();
        }
        if commands.contains("failed.csv") || commands.contains("state=failed") {
            std::fs::write(photos.join("../1002.jpg"), &cast.two.photo.bytes).unwrap();
            shell.run("zip -q more.zip 1002.jpg");
        }
    }
    assert_eq!(answered, 3, "the template, the rows that failed and the later photos have answers");
    world
        .wait("the later photo", async || {
            (world.api.call("GET", "/api/v1/people/1002", None).await.1["photo"].is_object()).then_some(())
        })
        .await;
    assert_eq!(world.api.all("/api/v1/people").await.len(), 4, "two rows failed");
    let exported = std::fs::read_to_string(shell.path("people.csv")).unwrap();
    assert!(exported.starts_with('\u{feff}') && exported.contains("\n1001,Wang Wu,"), "{exported}");
    let listed = shell.run("python3 -m zipfile -l people.zip");
    assert!(listed.contains("1001.jpg"), "{listed}");
    assert!(shell.run("cat failed.csv").contains("1006,Wu Jiu"));
}

/// Puts programs of a machine where the shell finds them first: the binary, and those only an administrator may use.
fn stand_ins(shell: &Shell) -> PathBuf {
    let bin = shell.path("bin");
    std::fs::create_dir(&bin).unwrap();
    let own = env!("CARGO_BIN_EXE_menshen");
    for (name, lines) in [
        ("menshen", format!("unset \"${{!MENSHEN_@}}\"\nexec '{own}' \"$@\"")),
        ("runuser", "[ \"$1 $2 $3\" = '-u menshen --' ]\nshift 3\nexec \"$@\"".to_owned()),
        ("systemctl", format!("echo \"$@\" >> '{}'", shell.path("asked").display())),
    ] {
        let file = bin.join(name);
        std::fs::write(&file, format!("#!/bin/bash\nset -eu\n{lines}\n")).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    bin
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_made_and_brought_back_as_the_page_says() {
    let (world, cast) = (World::start().await, Cast::gather());
    let (page, shell) = (Page::open("restore-a-backup.md"), Shell::new());
    world.enrol("1001", "Wang Wu", &["0"], &cast.one.photo).await;
    let (bin, etc, units, data) = (stand_ins(&shell), shell.path("etc"), shell.path("units"), world.data());
    for folder in [&etc, &units] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::write(etc.join("platform.toml"), format!("data_dir = {:?}\n", data.display().to_string()))
        .unwrap();
    let backups = shell.path("backups");
    let packaging = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging");
    let path = |path: &Path| path.display().to_string();
    let adapted = |text: &str| {
        let text = text
            .replace("/etc/systemd/system", &path(&units))
            .replace("/etc/menshen", &path(&etc))
            .replace("/var/backups/menshen", &path(&backups))
            .replace("/var/lib/menshen/platform", &path(&data))
            .replace("packaging/", &format!("{}/", path(&packaging)))
            .replace("-o menshen -g menshen", "-o $(id -un) -g $(id -gn)")
            .replace("menshen:menshen", "$(id -un):$(id -gn)")
            .replace("http://127.0.0.1:8080", &world.api.base);
        format!("PATH='{}':\"$PATH\"\n{text}", path(&bin))
    };
    let made = || -> Vec<String> {
        let found = std::fs::read_dir(&backups).unwrap();
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };

    let [prepare, backup, timer, stop, read, start] = page.blocks("sh").try_into().unwrap();
    shell.run(&adapted(&prepare));
    let said = shell.run(&adapted(&backup));
    assert!(said.contains(" 1 rows of person\n") && said.contains("\nwritten: "), "{said}");
    let [first] = made().try_into().unwrap();
    shell.run(&adapted(&timer));
    // What the timer starts: the unit's own command.
    let unit = std::fs::read_to_string(units.join("menshen-backup.service")).unwrap();
    let command = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).unwrap();
    std::fs::rename(backups.join(&first), backups.join("menshen-20260131-030000.tar.gz")).unwrap();
    shell.run(&adapted(command));
    assert_eq!(made().len(), 2, "the unit's command has made another one");

    assert!(world.platform.terminate().await.0.success());
    shell.run(&adapted(&stop));
    let said = shell.run(&adapted(&read));
    assert!(said.contains(" 1 rows of person\n"), "{said}");
    world.platform.start_again();
    let said = shell.run(&adapted(&start));
    // The broker may not be reached yet, and that costs nothing.
    assert!(said.contains(r#""database":{"ok":true"#) && said.contains(r#""blobs":{"ok":true"#), "{said}");
    let asked = std::fs::read_to_string(shell.path("asked")).unwrap();
    assert_eq!(
        asked.lines().collect::<Vec<_>>(),
        [
            "daemon-reload",
            "enable --now menshen-backup.timer",
            "start menshen-backup.service",
            "stop menshen-platform",
            "start menshen-platform"
        ]
    );

    assert_eq!(world.api.call("GET", "/api/v1/people", None).await.0, 401, "operators log in again");
    let mut api = Api::new(world.api.base.strip_prefix("http://").unwrap());
    let login = json!({"username": "admin", "password": PASSWORD});
    api.token = api.must("POST", "/api/v1/session", &login).await["token"].as_str().unwrap().to_owned();
    assert_eq!(api.get("/api/v1/people/1001").await["name"], "Wang Wu");
    assert_eq!(api.bytes("/api/v1/people/1001/photo").await, cast.one.photo.bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_of_webhooks_is_built_as_the_page_says() {
    let (world, cast) = (World::start().await, Cast::gather());
    let (page, shell) = (Page::open("integrate-with-webhooks.md"), Shell::new());
    let [receiver] = page.blocks("python").try_into().unwrap();
    std::fs::write(shell.path("receiver.py"), receiver).unwrap();
    let address = free_address();
    let port = address.rsplit(':').next().unwrap().to_owned();
    let adapted = |text: &str| {
        text.replace("http://127.0.0.1:8080", &world.api.base)
            .replace("the password", PASSWORD)
            .replace("9600", &port)
    };
    let [make, attempt, look, replay] = page.blocks("sh").try_into().unwrap();
    shell.run(&adapted(&make));
    // On a busy machine the receiver may need longer than the page says.
    let listens = format!("curl -s -o answer http://127.0.0.1:{port}/");
    let patience = format!("for n in $(seq 300); do {listens} && break; sleep 0.2; done\n");
    let attempt = adapted(&attempt).replace("sleep 1\n", &patience);
    let said = shell.run(&format!("{attempt}\necho \"$!\" > left\n"));
    assert!(said.contains(r#""state":"delivered""#) && said.contains(r#""status":204"#), "{said}");
    assert!(
        said.lines().any(|line| line.starts_with("test-") && line.ends_with(" test None None")),
        "{said}"
    );
    assert!(shell.run(&adapted(&look)).contains(r#""kind":"test""#));

    // A recognition is printed as it happens, and again neither by a repeat nor by a replay.
    let edge = world.add_box(json!({})).await;
    world.enrol("1002", "Li Si", &["0"], &cast.two.photo).await;
    world.proved(&edge.dev_sno, "1002").await;
    edge.see(&cast.two.look);
    world.wait("the event", async || world.events().await.pop()).await;
    let end = format!(" event Li Si {}", edge.dev_sno);
    let printed = || -> Vec<String> {
        let said = shell.said();
        said.lines()
            .filter(|line| line.starts_with("event-") && line.ends_with(&end))
            .map(str::to_owned)
            .collect()
    };
    let line = world.wait("the recognition to be printed", async || printed().pop()).await;
    let id = line.split(' ').next().unwrap();
    let said = shell.run(&adapted(&replay).replace("event-1\"", &format!("{id}\"")));
    assert!(said.starts_with(r#"{"entries":1}{"entries":"#), "{said}");
    let webhook = format!("/api/v1/webhooks/{}", shell.run("printf %s \"$ID\""));
    world
        .wait("the replays to arrive", async || {
            (world.api.get(&webhook).await["replaying"] == 0).then_some(())
        })
        .await;
    assert_eq!(printed().len(), 1);

    // What nobody signed with the secret, or long ago, is refused.
    let secret = shell.run("printf %s \"$MENSHEN_SECRET\"");
    let at = format!("http://127.0.0.1:{port}/menshen");
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
    for (signed_at, key, status) in
        [(now, secret.as_str(), "204"), (now, "guessed", "401"), (now - 600, &secret, "401")]
    {
        let sign = "import hashlib,hmac,sys; print(hmac.new(sys.argv[1].encode(), sys.argv[2].encode(), hashlib.sha256).hexdigest())";
        let body = r#"{"id": "event-0", "kind": "event", "data": {}}"#;
        let answer = shell.run(&format!(
            "S=$(python3 -c '{sign}' '{key}' '{signed_at}.{body}')\ncurl -sS -o answer -w '%{{http_code}}' '{at}' -H \"Menshen-Signature: t={signed_at},v1=$S\" -d '{body}'"
        ));
        assert!(answer.ends_with(status), "{status}: {answer}");
    }
}
