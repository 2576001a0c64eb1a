//! One process of the binary under test: started, killed, started again, its log and what it prints in a file each.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A server process and how to start it again.
pub(crate) struct Server {
    name: String,
    /// What starts the binary: a program with its arguments; nothing starts it by itself.
    through: Vec<String>,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    log: PathBuf,
    child: Mutex<Option<Child>>,
}

impl Server {
    /// Starts `menshen ARGUMENTS` in `dir`, by the program `through` (with its arguments) when there is one. Of the test's own
    /// `MENSHEN_…` variables only the log level is passed on.
    pub(crate) fn start_through(
        through: Vec<String>,
        name: &str,
        arguments: &[&str],
        environment: BTreeMap<String, String>,
        dir: &Path,
    ) -> Self {
        let server = Self {
            name: name.to_owned(),
            through,
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            environment,
            log: dir.join(format!("{name}.log")),
            child: Mutex::new(None),
        };
        server.start_again();
        server
    }

    /// Starts it again after [`Server::kill`] or [`Server::terminate`], with the same data.
    pub(crate) fn start_again(&self) {
        let mut child = self.lock();
        assert!(child.is_none(), "{} runs already", self.name);
        let [log, printed] = [self.log.clone(), self.log.with_extension("out")]
            .map(|path| File::options().create(true).append(true).open(path).unwrap());
        let mut command = self.command();
        command.args(&self.arguments).stdin(Stdio::null()).stdout(printed).stderr(log);
        *child = Some(command.spawn().unwrap());
    }

    /// What another command of the binary says where this one runs, with the same variables.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// The binary in its folder, with its variables and none of the test's own but the log level.
    fn command(&self) -> Command {
        let own = env!("CARGO_BIN_EXE_menshen");
        let mut command = match self.through.split_first() {
            Some((program, arguments)) => {
                let mut command = Command::new(program);
                command.args(arguments).arg(own);
                command
            }
            None => Command::new(own),
        };
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("MENSHEN_") && name != "MENSHEN_LOG" {
                command.env_remove(name);
            }
        }
        command.envs(&self.environment).current_dir(self.log.parent().unwrap());
        command
    }

    /// SIGKILL.
    pub(crate) fn kill(&self) {
        if let Some(mut child) = self.lock().take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// SIGTERM; returns how it left and how long that took. Its grace period is 10 s; the machine may be busy besides.
    pub(crate) async fn terminate(&self) -> (ExitStatus, Duration) {
        let mut child = self.lock().take().unwrap();
        let began = Instant::now();
        let asked = Command::new("/bin/sh")
            .args(["-c", "kill -TERM \"$1\"", "kill", &child.id().to_string()])
            .status();
        assert!(asked.unwrap().success());
        while began.elapsed() < Duration::from_secs(30) {
            if let Some(status) = child.try_wait().unwrap() {
                return (status, began.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        panic!("{} did not leave within 30 s", self.name);
    }

    /// Runs, or was stopped by the test.
    pub(crate) fn is_as_wanted(&self) -> bool {
        self.lock().as_mut().is_none_or(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// A path of its file system as this process reaches it: it may live among mounts of its own.
    pub(crate) fn seen(&self, path: &Path) -> PathBuf {
        match self.lock().as_ref() {
            Some(child) if !self.through.is_empty() => {
                let root = PathBuf::from(format!("/proc/{}/root", child.id()));
                root.join(path.strip_prefix("/").unwrap_or(path))
            }
            _ => path.to_owned(),
        }
    }

    /// All it has logged.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
