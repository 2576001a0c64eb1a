//! The gallery finds the most similar enrolled templates exactly: a scan of 8-bit copies, then the best forty again in full.
//!
//! Contract:
//! * A template lives in one slot of one segment from `put` to `remove`; replacing happens in place, so a search that runs meanwhile
//!   sees the old template or the new one, never neither and never a mixture.
//! * A search holds the lock of one segment (4,096 templates) at a time, never one over the whole scan; a writer waits for one segment at most.
//! * What is removed or replaced is overwritten where it is, and rows never move, so no template outlives its person here.
//! * Freed slots are used again; segments are never given back. Memory is `length * 3 + 16` bytes per template: 50,000 of 256 values take 39 MB.
//! * Equal cosines are ordered by key, so the same gallery gives the same answer every time.

mod kernel;
mod scan;
mod segment;
mod site;

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use crate::template::Template;
use kernel::Kernel;
use segment::Segment;
use site::SiteMemory;

/// One enrolled template that resembles the one searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// The key it was put under.
    pub key: u32,
    /// Cosine in f32, -1 to 1.
    pub cosine: f32,
}

/// An exact 1:N index over templates of one pack, shared between threads.
pub struct Gallery {
    length: usize,
    centre: Option<Vec<f32>>,
    kernel: Kernel,
    segments: RwLock<Arc<[Arc<RwLock<Segment>>]>>,
    places: Mutex<Places>,
    site: Mutex<SiteMemory>,
}

/// What was handed over has another length than the gallery's templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a template of {given} values does not belong into a gallery of {wanted}; it comes from another model pack"
)]
pub struct WrongLength {
    /// The gallery's template length.
    pub wanted: usize,
    /// The length given.
    pub given: usize,
}

/// Where each key lives; writers only.
#[derive(Default)]
struct Places {
    of: HashMap<u32, Place>,
    free: Vec<Place>,
    /// Puts and removals so far.
    changes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    segment: usize,
    slot: usize,
}

impl Hit {
    /// Most similar first; between equals the smaller key.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        other.cosine.total_cmp(&self.cosine).then(self.key.cmp(&other.key))
    }
}

impl Gallery {
    /// An empty gallery for templates of `template_len` values. `centre` is the pack's mean template, subtracted before quantising
    /// (never before scoring); one of another length is ignored.
    #[must_use]
    pub fn new(template_len: usize, centre: Option<Vec<f32>>) -> Self {
        Self {
            length: template_len,
            centre: centre.filter(|centre| centre.len() == template_len),
            kernel: Kernel::detect(),
            segments: RwLock::new(Arc::new([])),
            places: Mutex::default(),
            site: Mutex::default(),
        }
    }

    /// Adds a template, or replaces the one under the same key in place.
    ///
    /// # Errors
    /// [`WrongLength`] when the template comes from another pack.
    pub fn put(&self, key: u32, template: &Template) -> Result<(), WrongLength> {
        self.check(template)?;
        let mut places = self.lock_places();
        places.changes += 1;
        let place = match places.of.get(&key) {
            Some(&place) => place,
            None => {
                let place = self.free_place(&mut places);
                places.of.insert(key, place);
                place
            }
        };
        let segments = self.segments();
        segment::write(&segments[place.segment]).put(
            place.slot,
            key,
            template.values(),
            self.centre.as_deref(),
        );
        Ok(())
    }

    /// Removes the template under `key`; whether there was one.
    pub fn remove(&self, key: u32) -> bool {
        let mut places = self.lock_places();
        let Some(place) = places.of.remove(&key) else { return false };
        places.changes += 1;
        let segments = self.segments();
        segment::write(&segments[place.segment]).clear(place.slot);
        places.free.push(place);
        true
    }

    /// Removes everything.
    pub fn clear(&self) {
        let mut places = self.lock_places();
        let mut list = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        // A search may hold the old segments a moment longer; it finds them empty.
        for segment in list.iter() {
            segment::write(segment).wipe();
        }
        *list = Arc::new([]);
        // More changes than keys exist: whatever was measured of the old gallery no longer holds.
        *places = Places { changes: places.changes + u64::from(u32::MAX), ..Places::default() };
    }

    /// How many templates there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock_places().of.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values a template has here.
    #[must_use]
    pub fn template_len(&self) -> usize {
        self.length
    }

    /// The instruction set the scan uses on this machine: `avx512-vnni`, `avx2`, `neon` or `portable`.
    #[must_use]
    pub fn kernel(&self) -> &'static str {
        self.kernel.name()
    }

    /// The `k` most similar templates, most similar first; fewer when there are fewer. A template of another length finds nothing.
    #[must_use]
    pub fn search(&self, template: &Template, k: usize) -> Vec<Hit> {
        if k == 0 || self.check(template).is_err() {
            return Vec::new();
        }
        scan::search(&self.segments(), self.kernel, template.values(), self.centre.as_deref(), k)
    }

    /// The upper 2 % quantile of the cosines between enrolled people, from at most `sample` of them (400 is plenty: 79,800 pairs).
    /// None below twenty people. Measured again only after a tenth of the gallery changed, so calling it often is cheap.
    #[must_use]
    pub fn site_quantile(&self, sample: usize) -> Option<f32> {
        site::quantile(self, sample)
    }

    fn check(&self, template: &Template) -> Result<(), WrongLength> {
        if template.len() == self.length {
            Ok(())
        } else {
            Err(WrongLength { wanted: self.length, given: template.len() })
        }
    }

    fn free_place(&self, places: &mut Places) -> Place {
        if let Some(place) = places.free.pop() {
            return place;
        }
        // Slots of all segments are handed out in order, so without free ones the next is the number of people.
        let next = places.of.len();
        let place = Place { segment: next / segment::SLOTS, slot: next % segment::SLOTS };
        let mut list = self.segments.write().unwrap_or_else(PoisonError::into_inner);
        if place.segment >= list.len() {
            let grown: Vec<_> =
                list.iter().cloned().chain([Arc::new(RwLock::new(Segment::new(self.length)))]).collect();
            *list = grown.into();
        }
        place
    }

    fn segments(&self) -> Arc<[Arc<RwLock<Segment>>]> {
        let list: RwLockReadGuard<'_, _> = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&list)
    }

    fn lock_places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Gallery {
    /// Only the size: templates never reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gallery({} of {})", self.len(), self.length)
    }
}

#[cfg(test)]
mod tests;
