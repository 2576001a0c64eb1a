//! The architecture is what `cargo metadata` says it is: the arrows between our crates are a golden file,
//! and the bans of `deny.toml` hold (the same file serves `cargo deny check bans`).
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// This machine's target triple: crates of other platforms are not downloaded, so they cannot be asked about.
fn host() -> String {
    let output = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(workspace_root().join("Cargo.toml"))
        .features(cargo_metadata::CargoOpt::AllFeatures)
        .other_options(vec!["--offline".into(), "--locked".into(), "--filter-platform".into(), host()])
        .exec()
        .unwrap()
}

/// `from -> to`, with the kind behind it unless it is an ordinary dependency.
fn our_arrows(metadata: &Metadata) -> BTreeSet<String> {
    let ours: BTreeSet<&str> =
        metadata.workspace_packages().iter().map(|package| package.name.as_str()).collect();
    let mut arrows = BTreeSet::new();
    for package in metadata.workspace_packages() {
        for dependency in
            package.dependencies.iter().filter(|dependency| ours.contains(dependency.name.as_str()))
        {
            let kind = match dependency.kind {
                DependencyKind::Development => " (tests)",
                DependencyKind::Build => " (build)",
                _ => "",
            };
            arrows.insert(format!("{} -> {}{kind}", package.name, dependency.name));
        }
    }
    arrows
}

#[test]
fn arrows_between_our_crates_are_the_golden_ones() {
    let golden = include_str!("arrows.golden");
    let actual = our_arrows(&metadata()).into_iter().collect::<Vec<_>>().join("\n") + "\n";
    assert_eq!(
        actual, golden,
        "an arrow came or went: if it is meant, change crates/menshen/tests/arrows.golden, DESIGN and docs/ARCHITECTURE.md together"
    );
}

/// A crate of `deny.toml` and the only crates that may depend on it directly.
fn bans() -> BTreeMap<String, BTreeSet<String>> {
    let text = std::fs::read_to_string(workspace_root().join("deny.toml")).unwrap();
    let file: toml::Table = toml::from_str(&text).unwrap();
    let entries = file["bans"]["deny"].as_array().unwrap();
    entries
        .iter()
        .map(|entry| {
            let wrappers = entry["wrappers"].as_array().unwrap();
            let names = wrappers.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
            (entry["crate"].as_str().unwrap().to_owned(), names)
        })
        .collect()
}

#[test]
fn bans_of_deny_toml_hold() {
    let metadata = metadata();
    let name_of: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let bans = bans();
    let mut broken = Vec::new();
    for node in &metadata.resolve.as_ref().unwrap().nodes {
        let from = name_of[&node.id];
        for dependency in &node.deps {
            let to = name_of[&dependency.pkg];
            if bans.get(to).is_some_and(|wrappers| !wrappers.contains(from)) {
                broken.push(format!("{from} depends on {to}"));
            }
        }
    }
    assert!(broken.is_empty(), "forbidden by deny.toml: {broken:?}");
}

#[test]
fn every_ban_names_crates_that_exist() {
    let metadata = metadata();
    let known: BTreeSet<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    for (banned, wrappers) in bans() {
        assert!(known.contains(banned.as_str()), "deny.toml bans `{banned}`, which nothing uses");
        for wrapper in wrappers {
            assert!(
                known.contains(wrapper.as_str()),
                "deny.toml allows `{wrapper}` to use `{banned}`, but there is no such crate"
            );
        }
    }
}

/// The parts of its crate that a source names: `crate::part`, alone or in braces. Tests at its end do not count.
fn parts_named(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let name = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    let mut names = BTreeSet::new();
    for after in code.split("crate::").skip(1) {
        let Some(list) = after.strip_prefix('{') else {
            names.insert(name(after));
            continue;
        };
        let mut depth = 1;
        let ours = list.chars().take_while(|c| {
            depth += i32::from(*c == '{') - i32::from(*c == '}');
            depth > 0
        });
        let mut depth = 0;
        let separated = ours.collect::<String>();
        names.extend(
            separated
                .split(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0
                })
                .map(name),
        );
    }
    names
}

/// The part of the box each of its sources belongs to, and what these name.
fn parts_of_the_box(folder: &Path, part: Option<&str>, arrows: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        if ["tests", "testing"].contains(&stem) {
            continue;
        }
        let part = part.unwrap_or(stem);
        if path.is_dir() {
            parts_of_the_box(&path, Some(part), arrows);
        } else if part != "lib" {
            let named = parts_named(&std::fs::read_to_string(&path).unwrap());
            arrows.entry(part.to_owned()).or_default().extend(named);
        }
    }
}

#[test]
fn the_parts_of_the_box_do_not_go_round_in_a_circle() {
    let mut arrows = BTreeMap::new();
    parts_of_the_box(&workspace_root().join("crates/edge/src"), None, &mut arrows);
    assert!(arrows["recognition"].contains("decision") && arrows["running"].contains("store"), "{arrows:?}");
    // Take away what stands on nothing that is left, until nothing is.
    loop {
        let left: BTreeSet<String> = arrows.keys().cloned().collect();
        for (part, named) in &mut arrows {
            named.retain(|other| other != part && left.contains(other));
        }
        arrows.retain(|_, named| !named.is_empty());
        if arrows.len() == left.len() {
            break;
        }
    }
    assert!(arrows.is_empty(), "these parts of the box import each other in a circle: {arrows:#?}");
}
