//! Logo, background and videos of a greeting screen: a file and a row each. A row's file is whole before the row is there; a file
//! without a row is removed at the next start. Kinds, sizes and number are bounded, and so is what may be under way.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::{Mutex, watch};
use utoipa::ToSchema;

use crate::reason::table as reason;
use crate::store::welcome_media::{self as rows, Media};
use crate::store::{Store, StoreError};
use crate::{clock, machine, private};

/// Pieces in all.
const MOST: usize = 24;
/// The largest picture, and the largest video, bytes.
const LARGEST: [u64; 2] = [8 << 20, 300 << 20];
/// All of it, bytes.
const MOST_BYTES: u64 = 2 << 30;
/// How long one chunk of an upload may take, and the whole.
const TIMES: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(20 * 60)];
/// After so many bytes of an upload the disk is looked at.
const LOOK_EVERY: u64 = 8 << 20;
/// So many bytes tell a file's kind.
const HEAD: usize = 16;

/// What a piece is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MediaKind {
    /// In the corner; there is one, and a new one takes its place.
    Logo,
    /// Behind everything; there is one, and a new one takes its place.
    Background,
    /// Played one after the other while nobody comes, in the order in which they were added.
    Video,
}

/// What is there.
#[derive(Debug)]
pub struct Shelf {
    directory: PathBuf,
    store: Store,
    all: watch::Sender<Arc<Vec<Media>>>,
    turn: Mutex<()>,
}

impl MediaKind {
    fn word(self) -> &'static str {
        match self {
            Self::Logo => "logo",
            Self::Background => "background",
            Self::Video => "video",
        }
    }

    /// What a file that begins like this is sent as, when it is of this kind.
    fn content_type(self, head: &[u8]) -> Result<&'static str, StoreError> {
        let found = match (self, head) {
            (Self::Video, [_, _, _, _, b'f', b't', b'y', b'p', ..]) => Some("video/mp4"),
            (Self::Video, [0x1a, 0x45, 0xdf, 0xa3, ..]) => Some("video/webm"),
            (Self::Video, _) => None,
            (_, [0xff, 0xd8, 0xff, ..]) => Some("image/jpeg"),
            (_, [0x89, b'P', b'N', b'G', ..]) => Some("image/png"),
            (_, [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]) => Some("image/webp"),
            _ => None,
        };
        let wanted = if self == Self::Video { "an MP4 or WebM video" } else { "a JPEG, PNG or WebP picture" };
        found.ok_or_else(|| StoreError::Refused(reason::other_media(self.word(), wanted)))
    }

    fn largest(self) -> u64 {
        LARGEST[usize::from(self == Self::Video)]
    }
}

impl Shelf {
    /// What was kept in `data_dir/welcome`.
    pub(super) async fn open(data_dir: &Path, store: &Store) -> anyhow::Result<Self> {
        let directory = data_dir.join("welcome");
        let known = store.read(rows::all).await?;
        let (place, rows) = (directory.clone(), known);
        let tidied = tokio::task::spawn_blocking(move || tidy(&place, rows)).await?;
        let (kept, lost) = tidied.with_context(|| format!("{} cannot be used", directory.display()))?;
        if !lost.is_empty() {
            let job = move |db: &Connection| {
                lost.iter().try_for_each(|media| rows::remove(db, &media.id).map(drop))
            };
            store.write(job).await?;
        }
        let all = watch::Sender::new(Arc::new(kept));
        Ok(Self { directory, store: store.clone(), all, turn: Mutex::default() })
    }

    /// All pieces, in the order in which they were added.
    pub fn list(&self) -> Arc<Vec<Media>> {
        self.all.borrow().clone()
    }

    /// Changes with every piece that comes or goes.
    pub fn watch(&self) -> watch::Receiver<Arc<Vec<Media>>> {
        self.all.subscribe()
    }

    /// A piece, opened for reading.
    pub async fn open_piece(&self, id: &str) -> Option<(Media, File)> {
        let media = self.list().iter().find(|media| media.id == id)?.clone();
        let file = File::open(self.directory.join(&media.id)).await.ok()?;
        Some((media, file))
    }

    /// Takes a piece, one at a time. Of a body that is refused the rest is left unread.
    ///
    /// # Errors
    /// What is wrong with it, or what the store says; nothing is left of it then.
    pub async fn add<E: std::fmt::Display>(
        &self,
        kind: MediaKind,
        name: String,
        body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<Media, StoreError> {
        let _turn = self.turn.try_lock().map_err(|_| StoreError::Refused(reason::upload_busy()))?;
        let replaced = self.make_room(kind)?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let part = Part::new(self.directory.join(format!("{id}.part")));
        let taken = tokio::time::timeout(TIMES[1], self.take(kind, &part, body)).await;
        let (content_type, bytes) = taken
            .unwrap_or_else(|_| Err(StoreError::Refused(reason::upload_broke_off("it took too long"))))?;
        tokio::fs::rename(&part.path, self.directory.join(&id)).await.map_err(disk)?;
        let media = Media {
            id,
            kind: kind.word().into(),
            name,
            content_type: content_type.into(),
            bytes,
            added_at: clock::now(),
        };
        if let Err(error) = self.enter(&media, &replaced).await {
            self.unlink(&media.id).await;
            return Err(error);
        }
        for old in &replaced {
            self.unlink(&old.id).await;
        }
        Ok(media)
    }

    /// Removes a piece; whether it was there.
    ///
    /// # Errors
    /// What the store says.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        if !self.list().iter().any(|media| media.id == id) {
            return Ok(false);
        }
        let row = id.to_owned();
        let rest = self.store.write(move |db| rows::remove(db, &row).and_then(|_| rows::all(db))).await?;
        self.all.send_replace(Arc::new(rest));
        self.unlink(id).await;
        Ok(true)
    }

    /// Which pieces a new one of this kind replaces, if there is room for it.
    fn make_room(&self, kind: MediaKind) -> Result<Vec<Media>, StoreError> {
        let all = self.list();
        let of_kind = all.iter().filter(|media| kind != MediaKind::Video && media.kind == kind.word());
        let replaced: Vec<Media> = of_kind.cloned().collect();
        if all.len() - replaced.len() >= MOST {
            return Err(StoreError::Refused(reason::too_many_pieces(MOST)));
        }
        Ok(replaced)
    }

    async fn take<E: std::fmt::Display>(
        &self,
        kind: MediaKind,
        part: &Part,
        body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    ) -> Result<(&'static str, u64), StoreError> {
        let others: u64 = self.list().iter().map(|media| media.bytes).sum();
        let most = kind.largest().min(MOST_BYTES.saturating_sub(others));
        let mut file = part.create().await?;
        let (mut head, mut content_type) = (Vec::new(), None);
        let (mut bytes, mut looked) = (0_u64, 0);
        self.check_disk()?;
        loop {
            let next = tokio::time::timeout(TIMES[0], body.next()).await;
            let chunk =
                match next.map_err(|_| StoreError::Refused(reason::upload_broke_off("it stopped coming")))? {
                    None => break,
                    Some(chunk) => chunk
                        .map_err(|error| StoreError::Refused(reason::upload_broke_off(error.to_string())))?,
                };
            bytes += chunk.len() as u64;
            if bytes > most {
                return Err(StoreError::Refused(reason::piece_too_large(kind.word(), most)));
            }
            if content_type.is_none() {
                head.extend_from_slice(&chunk[..chunk.len().min(HEAD)]);
                if head.len() >= HEAD {
                    content_type = Some(kind.content_type(&head)?);
                }
            }
            if bytes - looked >= LOOK_EVERY {
                looked = bytes;
                self.check_disk()?;
            }
            file.write_all(&chunk).await.map_err(disk)?;
        }
        let content_type = content_type.map_or_else(|| kind.content_type(&head), Ok)?;
        // Whether the last of it could be written is told by flushing alone.
        file.flush().await.map_err(disk)?;
        file.sync_all().await.map_err(disk)?;
        Ok((content_type, bytes))
    }

    fn check_disk(&self) -> Result<(), StoreError> {
        match machine::disk(&self.directory) {
            Some(disk) if disk.is_low() => Err(StoreError::Refused(reason::disk_nearly_full())),
            _ => Ok(()),
        }
    }

    async fn enter(&self, media: &Media, replaced: &[Media]) -> Result<(), StoreError> {
        let (row, old): (_, Vec<String>) =
            (media.clone(), replaced.iter().map(|media| media.id.clone()).collect());
        let job = move |db: &Connection| {
            old.iter().try_for_each(|id| rows::remove(db, id).map(drop))?;
            rows::insert(db, &row)?;
            rows::all(db)
        };
        let all = self.store.write(job).await?;
        self.all.send_replace(Arc::new(all));
        Ok(())
    }

    /// A file that stays behind is removed at the next start.
    async fn unlink(&self, id: &str) {
        if let Err(error) = tokio::fs::remove_file(self.directory.join(id)).await {
            tracing::warn!(id, %error, "a file of the greeting screen could not be removed");
        }
    }
}

/// A file that is being written; what is left of it goes with it.
struct Part {
    path: PathBuf,
}

impl Part {
    fn new(path: PathBuf) -> Self {
        Self { path }
    }

    async fn create(&self) -> Result<File, StoreError> {
        let path = self.path.clone();
        let opened = tokio::task::spawn_blocking(move || private::open(&path)).await;
        let file = opened
            .map_err(|error| StoreError::Refused(reason::disk_failed(error.to_string())))?
            .map_err(disk)?;
        Ok(File::from_std(file))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // After the renaming there is none of this name.
        let _ = std::fs::remove_file(&self.path);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn disk(error: std::io::Error) -> StoreError {
    StoreError::Refused(reason::disk_failed(format!("the file cannot be kept: {error}")))
}

/// Makes the directory, removes files nobody knows, and tells rows with a file from those without.
fn tidy(directory: &Path, rows: Vec<Media>) -> std::io::Result<(Vec<Media>, Vec<Media>)> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if !rows.iter().any(|media| *media.id == *entry.file_name()) {
            std::fs::remove_file(entry.path())?;
        }
    }
    let (kept, lost): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|media| directory.join(&media.id).is_file());
    for media in &lost {
        tracing::warn!(name = media.name, "the file of a piece of the greeting screen is gone");
    }
    Ok((kept, lost))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and what follows it";

    async fn put(shelf: &Shelf, kind: MediaKind, chunks: Vec<&'static [u8]>) -> Result<Media, &'static str> {
        let chunks = chunks.into_iter().map(|chunk| Ok::<_, Infallible>(Bytes::from_static(chunk)));
        shelf.add(kind, "a name".into(), &mut stream::iter(chunks)).await.map_err(word)
    }

    fn word(error: StoreError) -> &'static str {
        let StoreError::Refused(reason) = error else { panic!("{error}") };
        reason.word()
    }

    fn files(directory: &Path) -> usize {
        std::fs::read_dir(directory.join("welcome")).unwrap().count()
    }

    #[tokio::test]
    async fn pieces_are_kept_whole_or_not_at_all() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let shelf = Shelf::open(directory.path(), &store).await.unwrap();
        let logo = put(&shelf, MediaKind::Logo, vec![&PNG[..3], &PNG[3..]]).await.unwrap();
        assert_eq!((logo.content_type.as_str(), logo.bytes), ("image/png", PNG.len() as u64));
        assert!(matches!(put(&shelf, MediaKind::Video, vec![PNG]).await, Err("other_media")));
        assert!(matches!(put(&shelf, MediaKind::Logo, vec![b"<svg onload=x>..."]).await, Err("other_media")));
        assert!(matches!(put(&shelf, MediaKind::Logo, Vec::new()).await, Err("other_media")));
        let mut broken = stream::iter([Ok(Bytes::from_static(PNG)), Err("the line broke")]);
        assert!(matches!(
            shelf.add(MediaKind::Logo, String::new(), &mut broken).await.map_err(word),
            Err("upload_broke_off")
        ));
        let mut large = stream::repeat(Ok::<_, Infallible>(Bytes::from_static(PNG)));
        assert!(matches!(
            shelf.add(MediaKind::Background, String::new(), &mut large).await.map_err(word),
            Err("piece_too_large")
        ));
        assert_eq!((shelf.list().len(), files(directory.path())), (1, 1));

        let newer = put(&shelf, MediaKind::Logo, vec![PNG]).await.unwrap();
        let video = put(&shelf, MediaKind::Video, vec![b"\0\0\0\x20ftypisom and more"]).await.unwrap();
        assert_eq!(
            (shelf.list()[0].id.clone(), files(directory.path())),
            (newer.id, 2),
            "the newer one replaces"
        );
        assert!(shelf.open_piece(&logo.id).await.is_none() && shelf.open_piece("../box.db").await.is_none());
        assert!(shelf.remove(&video.id).await.unwrap() && !shelf.remove(&video.id).await.unwrap());
        assert_eq!(files(directory.path()), 1);
    }

    #[tokio::test]
    async fn a_start_tidies_up() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let shelf = Shelf::open(directory.path(), &store).await.unwrap();
        let kept = put(&shelf, MediaKind::Background, vec![PNG]).await.unwrap();
        let lost = put(&shelf, MediaKind::Logo, vec![PNG]).await.unwrap();
        std::fs::remove_file(directory.path().join("welcome").join(&lost.id)).unwrap();
        std::fs::write(directory.path().join("welcome/half.part"), "half").unwrap();
        let again = Shelf::open(directory.path(), &store).await.unwrap();
        assert_eq!(again.list().iter().map(|media| media.id.clone()).collect::<Vec<_>>(), [kept.id]);
        assert_eq!((files(directory.path()), store.read(rows::all).await.unwrap().len()), (1, 1));
    }

    #[tokio::test]
    async fn there_are_only_so_many() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let shelf = Shelf::open(directory.path(), &store).await.unwrap();
        for _ in 0..MOST {
            put(&shelf, MediaKind::Video, vec![b"\x1a\x45\xdf\xa3 and what follows it"]).await.unwrap();
        }
        assert!(matches!(put(&shelf, MediaKind::Logo, vec![PNG]).await, Err("too_many_pieces")));
        let _turn = shelf.turn.lock().await;
        assert!(matches!(put(&shelf, MediaKind::Logo, vec![PNG]).await, Err("upload_busy")));
    }
}
