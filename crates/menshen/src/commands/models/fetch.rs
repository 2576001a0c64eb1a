//! `menshen models fetch`: downloads what a pack is made from, each file from where it is published, and falls back to
//! the pack that needs package registries only when the recommended one cannot be had.
#![expect(clippy::print_stdout, reason = "this command talks to the person at the terminal")]

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use vision::pack::{
    self, Ingredient, IngredientError, Ingredients, Models, Origin, Pack, PackError, Recipe, Source,
};

use super::{clients, finish, given_files, install, megabytes, official, usable};
use crate::exit::Failure;

/// Room for every download at once.
const DOWNLOAD_BYTES: u64 = 60_000_000;

/// What the fallback costs, in words and in the figures of its measurement.
const COST: &str =
    "  What that costs: among 700 enrolled people it names 88 of 100 good photos where the recommended pack
  names 98 (both at 1 % of strangers named), it tells people of similar looks apart much worse, and it needs
  larger faces (40 instead of 28 pixels). Do not let it open doors unattended for more than about 100 people.
  To get the recommended pack without reaching its address, bring its two files and run
  `menshen models import FILE FILE`; docs/how-to/models.md says which and from where.";

/// Why a download did not give what was wanted.
#[derive(Debug)]
pub(super) enum Refused {
    /// Nobody answered, or not in time.
    Unreachable(String),
    /// The client that would download is not installed.
    NoClient(String),
    /// Something came, but not the right thing, or it could not be kept.
    Wrong(String),
}

/// Runs `menshen models fetch`.
pub(super) fn run(dir: &Path, wanted: Option<Recipe>, keep_active: bool) -> anyhow::Result<()> {
    let models = Models::lock(dir)?;
    let mut at_hand = Ingredients::default();
    for path in given_files() {
        let names =
            at_hand.add(&path).map_err(|e| Failure::Configuration(format!("MENSHEN_PACK_FILES: {e}")))?;
        println!("given: {}", names.join(", "));
    }
    if let Some(recipe) = wanted {
        obtain(&models, recipe, &mut at_hand)?;
        return finish(&models, recipe.id(), keep_active);
    }
    let [recommended, fallback] = Recipe::ALL;
    match obtain(&models, recommended, &mut at_hand) {
        Ok(()) => put_in_use(&models, recommended, keep_active),
        Err(reason) => {
            println!("\nThe recommended pack ({recommended}) cannot be had: {reason}");
            println!("Falling back to the pack {fallback}.");
            obtain(&models, fallback, &mut at_hand)?;
            put_in_use(&models, fallback, keep_active)?;
            println!("{COST}");
            Ok(())
        }
    }
}

/// Puts a pack of ours in use; a pack of somebody's own that is in use stays.
fn put_in_use(models: &Models, recipe: Recipe, keep_active: bool) -> anyhow::Result<()> {
    let active = pack::active_id(models.root())?;
    let own = active.is_some_and(|id| Recipe::ALL.iter().all(|r| r.id() != id));
    finish(models, recipe.id(), keep_active || own)
}

/// Downloads what is missing for a pack and installs it; nothing to do when it is there and sound.
fn obtain(models: &Models, recipe: Recipe, at_hand: &mut Ingredients) -> Result<(), Refused> {
    let there = usable(models.root())?;
    if let Some(pack) = there.iter().find(|pack| pack.id() == recipe.id())
        && recipe.made(pack)
        && pack.verify().is_ok()
    {
        println!(
            "{}: already in {}, every file is right",
            recipe.id(),
            models.root().join(recipe.id()).display()
        );
        return Ok(());
    }
    println!(
        "{}: {}",
        recipe.id(),
        if at_hand_suffices(recipe, at_hand, &there) { "making it" } else { "fetching" }
    );
    for source in sources(&recipe.missing(at_hand, &there)) {
        download(models, source, at_hand)?;
    }
    install(models, &recipe.make(at_hand, &there)?)?;
    Ok(())
}

fn at_hand_suffices(recipe: Recipe, at_hand: &Ingredients, there: &[Pack]) -> bool {
    recipe.missing(at_hand, there).is_empty()
}

/// The published files that hold these ingredients, each once. The least certain ones (a maker's own address) come
/// first, so that a failure shows before anything large was downloaded.
pub(super) fn sources(missing: &BTreeSet<Ingredient>) -> impl Iterator<Item = &'static Source> {
    let mut found: Vec<&'static Source> = Vec::new();
    for source in missing.iter().rev().filter_map(|&i| Source::of(i)) {
        if !found.iter().any(|known| std::ptr::eq(*known, source)) {
            found.push(source);
        }
    }
    found.into_iter()
}

fn download(models: &Models, source: &'static Source, at_hand: &mut Ingredients) -> Result<(), Refused> {
    let scratch = models.scratch(DOWNLOAD_BYTES)?;
    let client = match source.origin {
        Origin::Python { .. } => "pip",
        Origin::Node { .. } => "npm",
        Origin::Address { .. } => "its maker",
    };
    print!("  {} from {client} ... ", source.name);
    let _ = io::stdout().flush();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match source.origin {
            Origin::Python { requirement, platform } => {
                clients::pip(scratch.path(), requirement, platform).await
            }
            Origin::Node { requirement } => clients::npm(scratch.path(), requirement).await,
            Origin::Address { url, bytes } => official::get(scratch.path(), url, bytes).await,
        }
    });
    let kept = outcome.and_then(|()| keep(scratch.path(), source, at_hand));
    match &kept {
        Ok(bytes) => println!("{}, checksum right", megabytes(*bytes)),
        Err(_) => println!("no"),
    }
    kept.map(|_| ())
}

/// Takes the one file the client left in the directory; returns its length.
fn keep(dir: &Path, source: &'static Source, at_hand: &mut Ingredients) -> Result<u64, Refused> {
    let mut files = fs::read_dir(dir)?.collect::<Result<Vec<_>, _>>()?;
    files.retain(|file| file.file_name() != clients::LOG);
    let [file] = files.as_slice() else {
        return Err(Refused::Wrong(format!("{} files came where {} was expected", files.len(), source.name)));
    };
    match at_hand.add_source(source, &file.path()) {
        Ok(()) => Ok(file.metadata()?.len()),
        Err(IngredientError::Read(PackError::Checksum { wanted, found, .. })) => {
            Err(Refused::Wrong(format!(
                "what came as {} has the wrong checksum (sha256 {found}; {wanted} is expected) and was thrown away",
                source.name
            )))
        }
        Err(error) => Err(Refused::Wrong(error.to_string())),
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(text) | Self::NoClient(text) | Self::Wrong(text) => f.write_str(text),
        }
    }
}

impl From<Refused> for anyhow::Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Unreachable(text) | Refused::NoClient(text) => Failure::Unreachable(text).into(),
            Refused::Wrong(text) => Self::msg(text),
        }
    }
}

impl From<PackError> for Refused {
    fn from(error: PackError) -> Self {
        Self::Wrong(error.to_string())
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Wrong(error.to_string())
    }
}
