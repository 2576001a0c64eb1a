//! Who looks like whom among the enrolled: a warning to operators, from the same thresholds boxes decide by.
//!
//! Templates are in memory only while somebody asks: read and opened at the first question, followed by their `seq`, put away after a
//! quiet while. 200,000 people with templates of 256 values take 260 MB and their ids some 30 MB more; each process has its own.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::IdentityId;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use vision::decision::{Policy, Site, Thresholds};
use vision::{Engine, Gallery, Hit, Template};

use super::LookAlike;
use crate::app::App;
use crate::db::enrolled::{self, Kept};
use crate::db::{Tx, person};
use crate::judge::FaceTemplate;
use crate::refusal::Refusal;
use crate::seal::{Label, SealError};

/// Templates read in one go.
const PAGE: i64 = 1_000;
/// The most similar people looked at.
const HITS: usize = 32;
/// People drawn to learn how alike people are here.
const SAMPLE: usize = 400;
/// Templates are put away when nobody asked for so long.
const QUIET: Duration = Duration::from_secs(900);
/// Whoever sends a photo does not wait longer for the comparison.
const PATIENCE: Duration = Duration::from_secs(5);

/// The templates in memory.
#[derive(Default)]
pub(crate) struct LookAlikes {
    faces: Mutex<Option<Faces>>,
}

struct Faces {
    pack: String,
    gallery: Arc<Gallery>,
    /// Whose template each key is; keys are positions, and those of people who are gone are used again.
    people: Vec<Option<IdentityId>>,
    keys: HashMap<IdentityId, u32>,
    free: Vec<u32>,
    seq: i64,
    used: Instant,
}

impl LookAlikes {
    /// Who looks like this new face of a person; `None` when the templates could not be read in time: ask again later.
    pub(crate) async fn of_new(
        app: &Arc<App>,
        id: &IdentityId,
        face: FaceTemplate,
    ) -> Result<Option<Vec<LookAlike>>, Refusal> {
        let (shared, id) = (Arc::clone(app), id.clone());
        // Reading goes on when nobody waits any more, for the next one who asks.
        let asking = tokio::spawn(async move { find(&shared, &id, face).await });
        match tokio::time::timeout(PATIENCE, asking).await {
            Ok(found) => {
                found.map_err(|_| Refusal::Internal("comparing faces panicked".to_owned()))?.map(Some)
            }
            Err(_) => Ok(None),
        }
    }

    /// Who looks like a person; `None` when there is no template of theirs.
    pub(crate) async fn of(app: &Arc<App>, id: &IdentityId) -> Result<Option<Vec<LookAlike>>, Refusal> {
        let engine = app.judge.engine().await?;
        let (asked, pack, sealer) = (id.clone(), engine.pack_id().to_owned(), app.seal.sealer());
        let template = app
            .db
            .read(move |tx: &mut Tx<'_>| {
                let Some(sealed) = enrolled::find(tx, &asked, &pack)? else { return Ok(None) };
                let Some(key) = sealer.person(tx, &asked)? else { return Ok(None) };
                let values = key.open(Label::Template(asked.as_str()), &sealed)?;
                Ok::<_, SealError>(Some(FaceTemplate { pack, values }))
            })
            .await?;
        match template {
            Some(face) => find(app, id, face).await.map(Some),
            None => Ok(None),
        }
    }

    /// Puts the templates away when nobody asked lately.
    pub(crate) async fn rest(&self) {
        let mut faces = self.faces.lock().await;
        if faces.as_ref().is_some_and(|faces| faces.used.elapsed() >= QUIET) {
            *faces = None;
            tracing::debug!("nobody asks for look-alikes: the templates are put away");
        }
    }
}

async fn find(app: &Arc<App>, id: &IdentityId, face: FaceTemplate) -> Result<Vec<LookAlike>, Refusal> {
    let engine = app.judge.engine().await?;
    if engine.pack_id() != face.pack {
        return Err(Refusal::Busy);
    }
    let template =
        Template::from_bytes(&face.values).map_err(|error| Refusal::Internal(error.to_string()))?;
    let mut kept = app.look_alikes.faces.lock().await;
    let mut faces = kept.take().filter(|faces| faces.pack == face.pack).unwrap_or_else(|| Faces::of(&engine));
    faces.follow(app).await?;
    faces.used = Instant::now();
    let (gallery, measured) = (Arc::clone(&faces.gallery), Arc::clone(&engine));
    let looking = spawn_blocking(move || {
        let thresholds = thresholds(&measured, &gallery);
        let mut hits = gallery.search(&template, HITS);
        hits.retain(|hit| hit.cosine >= thresholds.name);
        (thresholds, hits)
    });
    let (thresholds, hits) =
        looking.await.map_err(|_| Refusal::Internal("comparing faces panicked".to_owned()))?;
    let hits: Vec<(IdentityId, Hit)> = hits
        .into_iter()
        .filter_map(|hit| Some((faces.people.get(hit.key as usize)?.clone()?, hit)))
        .filter(|(other, _)| other != id)
        .collect();
    *kept = Some(faces);
    drop(kept);
    told(app, &engine, &thresholds, id, hits).await
}

/// The thresholds a box with all these people would have.
fn thresholds(engine: &Engine, gallery: &Gallery) -> Thresholds {
    let site = Site { enrolled: gallery.len(), q2: gallery.site_quantile(SAMPLE), averaged: 0.0 };
    engine.rule().thresholds(&site, &Policy::default())
}

/// Those who matter: who may use the same doors, and who may be the same person.
async fn told(
    app: &App,
    engine: &Engine,
    thresholds: &Thresholds,
    id: &IdentityId,
    hits: Vec<(IdentityId, Hit)>,
) -> Result<Vec<LookAlike>, Refusal> {
    let (id, others) = (id.clone(), hits.iter().map(|(other, _)| other.clone()).collect::<Vec<_>>());
    let (found, neighbours) = app
        .db
        .read(move |tx: &mut Tx<'_>| {
            let found = person::find_many(tx, &others)?;
            Ok::<_, Refusal>((found, enrolled::share_a_box(tx, &id, &others)?))
        })
        .await?;
    let names: HashMap<IdentityId, String> =
        found.into_iter().map(|person| (person.identity_id, person.fields.name)).collect();
    let neighbours: HashSet<IdentityId> = neighbours.into_iter().collect();
    let told = hits.into_iter().filter_map(|(other, hit)| {
        let look_alike = LookAlike {
            name: names.get(&other)?.clone(),
            score: (engine.score(hit.cosine) * 10_000.0).round() / 10_000.0,
            same_doors: neighbours.contains(&other),
            possible_duplicate: hit.cosine >= thresholds.door,
            identity_id: other.as_str().to_owned(),
        };
        (look_alike.same_doors || look_alike.possible_duplicate).then_some(look_alike)
    });
    Ok(told.collect())
}

impl Faces {
    fn of(engine: &Engine) -> Self {
        Self {
            pack: engine.pack_id().to_owned(),
            gallery: Arc::new(engine.gallery()),
            people: Vec::new(),
            keys: HashMap::new(),
            free: Vec::new(),
            seq: 0,
            used: Instant::now(),
        }
    }

    /// Catches up with the database.
    async fn follow(&mut self, app: &App) -> Result<(), Refusal> {
        loop {
            let (pack, seq, sealer) = (self.pack.clone(), self.seq, app.seal.sealer());
            let page = app
                .db
                .read(move |tx: &mut Tx<'_>| {
                    let mut opened = Vec::new();
                    for Kept { seq, identity_id, sealed } in enrolled::after(tx, &pack, seq, PAGE)? {
                        let values = match sealer.person(tx, &identity_id)? {
                            Some(key) => key.open(Label::Template(identity_id.as_str()), &sealed).ok(),
                            None => None,
                        };
                        opened.push((seq, identity_id, values));
                    }
                    Ok::<_, SealError>(opened)
                })
                .await?;
            let Some((last, _, _)) = page.last() else { break };
            self.seq = *last;
            for (_, id, values) in page {
                match values.and_then(|values| Template::from_bytes(&values).ok()) {
                    Some(template) => self.put(id, &template),
                    None => self.remove(&id),
                }
            }
        }
        let pack = self.pack.clone();
        let there = app.db.read(move |tx| enrolled::count(tx, &pack)).await?;
        // Everything new is here, so a difference means that somebody is gone.
        if usize::try_from(there) != Ok(self.keys.len()) {
            self.drop_leavers(app).await?;
        }
        Ok(())
    }

    async fn drop_leavers(&mut self, app: &App) -> Result<(), Refusal> {
        let (mut present, mut after) = (HashSet::new(), String::new());
        loop {
            let (pack, from) = (self.pack.clone(), after.clone());
            let page = app.db.read(move |tx| enrolled::owners(tx, &pack, &from, PAGE)).await?;
            let Some(last) = page.last() else { break };
            after = last.as_str().to_owned();
            present.extend(page);
        }
        let gone: Vec<IdentityId> = self.keys.keys().filter(|id| !present.contains(*id)).cloned().collect();
        for id in gone {
            self.remove(&id);
        }
        Ok(())
    }

    fn put(&mut self, id: IdentityId, template: &Template) {
        let key = match self.keys.get(&id) {
            Some(key) => *key,
            None => {
                let key = self.free.pop().unwrap_or_else(|| {
                    self.people.push(None);
                    u32::try_from(self.people.len() - 1).unwrap_or(u32::MAX)
                });
                self.people[key as usize] = Some(id.clone());
                self.keys.insert(id, key);
                key
            }
        };
        if let Err(error) = self.gallery.put(key, template) {
            tracing::warn!(%error, "a template cannot be compared");
        }
    }

    fn remove(&mut self, id: &IdentityId) {
        if let Some(key) = self.keys.remove(id) {
            self.gallery.remove(key);
            self.people[key as usize] = None;
            self.free.push(key);
        }
    }
}
