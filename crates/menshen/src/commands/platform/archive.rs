//! `menshen platform export | import | backup | restored`: everything in one file, and back.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use platform::archive::{self, ArchiveError, Export, Import, Report};
use platform::{Config, StartError};
use runtime::Lifecycle;

use super::super::serve::ServeArgs;
use super::passphrase::PassphraseArgs;
use crate::exit::Failure;

/// What has to be typed before anything is deleted.
const CONFIRMATION: &str = "replace everything";

/// The arguments of `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// The file to be written; it must not exist.
    file: PathBuf,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// The arguments of `backup`.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// A folder, in which `menshen-<date>-<time>.tar.gz` is written, or a file that does not exist.
    target: PathBuf,
    /// Backups of earlier runs that are kept in the folder; older ones are removed once this one is whole.
    #[arg(long, value_name = "NUMBER")]
    keep: Option<usize>,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// The arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// A file that `export` or `backup` wrote.
    file: PathBuf,
    /// Delete what is in the database first; the value must be "replace everything".
    #[arg(long, value_name = "TEXT", num_args = 0..=1, default_missing_value = "")]
    replace: Option<String>,
    /// The boxes hold exactly what the file says and nobody was told anything since, because the platform was stopped before it was
    /// written.
    #[arg(long)]
    boxes_unchanged: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

impl ExportArgs {
    /// Writes the file.
    pub(crate) fn run(self, serve: ServeArgs) -> anyhow::Result<()> {
        let passphrase = self.passphrase.for_writing()?;
        let asked = Export { file: self.file, passphrase, action: "platform.export" };
        serve.run(async |config: Config, life: Lifecycle| write(&config, asked, &life).await)
    }
}

impl BackupArgs {
    /// Writes the file and removes old ones.
    pub(crate) fn run(self, serve: ServeArgs) -> anyhow::Result<()> {
        let passphrase = self.passphrase.for_writing()?;
        let folder = self.target.is_dir().then(|| self.target.clone());
        let file = match &folder {
            Some(folder) => folder.join(archive::backup_name()),
            None => self.target,
        };
        let asked = Export { file, passphrase, action: "platform.backup" };
        serve.run(async |config: Config, life: Lifecycle| {
            write(&config, asked, &life).await?;
            match (folder, self.keep) {
                (Some(folder), Some(keep)) => prune(&folder, keep),
                _ => Ok(()),
            }
        })
    }
}

impl ImportArgs {
    /// Reads the file.
    pub(crate) fn run(self, serve: ServeArgs) -> anyhow::Result<()> {
        if self.replace.as_ref().is_some_and(|text| text != CONFIRMATION) {
            let words = format!(
                "--replace deletes what is in the database: to confirm, give --replace \"{CONFIRMATION}\""
            );
            return Err(Failure::Configuration(words).into());
        }
        let asked = Import {
            passphrase: self.passphrase.for_reading()?,
            file: self.file,
            replace: self.replace.is_some(),
            boxes_unchanged: self.boxes_unchanged,
        };
        serve.run(async |config: Config, life: Lifecycle| {
            let (began, file) = (Instant::now(), asked.file.clone());
            let report = unless_stopped(&life, archive::import(&config, asked)).await?;
            tell("read", &file, &report, began);
            Ok(())
        })
    }
}

/// Takes note that the database was brought back by other means.
pub(crate) fn restored(serve: ServeArgs) -> anyhow::Result<()> {
    serve.run(async |config: Config, life: Lifecycle| unless_stopped(&life, archive::restored(&config)).await)
}

async fn write(config: &Config, asked: Export, life: &Lifecycle) -> anyhow::Result<()> {
    let (began, file) = (Instant::now(), asked.file.clone());
    let report = unless_stopped(life, archive::export(config, asked)).await?;
    tell("written", &file, &report, began);
    Ok(())
}

/// What the work answers, unless a signal comes first.
async fn unless_stopped<T>(
    life: &Lifecycle,
    work: impl Future<Output = Result<T, ArchiveError>>,
) -> anyhow::Result<T> {
    match life.stopping().run_until_cancelled(work).await {
        Some(done) => done.map_err(with_exit_code),
        None => Err(anyhow::anyhow!("stopped before the end")),
    }
}

fn with_exit_code(error: ArchiveError) -> anyhow::Error {
    match error {
        ArchiveError::Damaged { .. } | ArchiveError::File { .. } => error.into(),
        other => super::failure_of(StartError::from(other)).into(),
    }
}

#[expect(clippy::print_stdout, reason = "what was done is the answer of the command")]
fn tell(done: &str, file: &Path, report: &Report, began: Instant) {
    for (table, rows) in &report.tables {
        println!("{rows:>12} rows of {table}");
    }
    println!("{:>12} photos and pictures", report.blobs);
    if report.missing > 0 {
        println!("{:>12} photos and pictures that rows refer to were not there", report.missing);
    }
    let (mib, seconds) = (report.bytes.div_ceil(1 << 20), began.elapsed().as_secs());
    println!("{done}: {} ({mib} MiB, {seconds} s)", file.display());
}

/// Removes all but the newest backups of a folder: their names sort by date.
fn prune(folder: &Path, keep: usize) -> anyhow::Result<()> {
    let read = || format!("the old backups in {}", folder.display());
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .with_context(read)?;
    found.retain(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(archive::is_backup_name));
    found.sort();
    let old = found.len().saturating_sub(keep.max(1));
    for path in found.into_iter().take(old) {
        std::fs::remove_file(&path).with_context(|| format!("{}", path.display()))?;
        tracing::info!(file = %path.display(), "an old backup is removed");
    }
    Ok(())
}
