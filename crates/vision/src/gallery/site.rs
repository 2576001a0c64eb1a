//! How alike the enrolled people of this site are: one number that raises the threshold where people resemble each other.

use std::sync::PoisonError;

use super::{Gallery, Place, segment};
use crate::template::dot;

/// The last measurement and what it was made from.
#[derive(Debug, Default)]
pub(super) struct SiteMemory {
    last: Option<Measured>,
}

#[derive(Debug, Clone, Copy)]
struct Measured {
    people: usize,
    changes: u64,
    sample: usize,
    quantile: f32,
}

/// Fewer people than this say nothing about a site.
const FEWEST: usize = 20;
/// More than this many people in the sample would only cost time: 1,000 are half a million pairs.
const MOST: usize = 1000;
/// The share of pairs above the quantile.
const UPPER: f64 = 0.02;

pub(super) fn quantile(gallery: &Gallery, sample: usize) -> Option<f32> {
    let sample = sample.clamp(FEWEST, MOST);
    let (people, changes) = {
        let places = gallery.lock_places();
        (places.of.len(), places.changes)
    };
    if people < FEWEST {
        return None;
    }
    let last = gallery.site.lock().unwrap_or_else(PoisonError::into_inner).last;
    if let Some(last) = last
        && last.sample == sample
        && (changes - last.changes).saturating_mul(10) <= last.people as u64
    {
        return Some(last.quantile);
    }
    let quantile = measure(&drawn(gallery, sample))?;
    let measured = Measured { people, changes, sample, quantile };
    gallery.site.lock().unwrap_or_else(PoisonError::into_inner).last = Some(measured);
    Some(quantile)
}

/// The templates of up to `sample` people. Who is drawn depends on the keys alone, so the sample hardly changes as the gallery grows.
fn drawn(gallery: &Gallery, sample: usize) -> Vec<Vec<f32>> {
    let mut people: Vec<(u64, u32, Place)> =
        gallery.lock_places().of.iter().map(|(&key, &place)| (scatter(key), key, place)).collect();
    if people.len() > sample {
        people.select_nth_unstable_by_key(sample - 1, |&(order, key, _)| (order, key));
        people.truncate(sample);
    }
    let segments = gallery.segments();
    let read = |(_, key, place): (u64, u32, Place)| {
        let segment = segment::read(segments.get(place.segment)?);
        // Somebody else may live there by now.
        (segment.keys().get(place.slot).copied().flatten() == Some(key)).then(|| {
            let mut values = Vec::with_capacity(gallery.length);
            segment.read(place.slot, gallery.centre.as_deref(), &mut values);
            values
        })
    };
    people.into_iter().filter_map(read).collect()
}

fn measure(templates: &[Vec<f32>]) -> Option<f32> {
    if templates.len() < FEWEST {
        return None;
    }
    let mut cosines = Vec::with_capacity(templates.len() * (templates.len() - 1) / 2);
    for (index, one) in templates.iter().enumerate() {
        cosines.extend(templates[index + 1..].iter().map(|other| dot(one, other)));
    }
    let rank = ((cosines.len() as f64 * UPPER) as usize).min(cosines.len() - 1);
    let (_, quantile, _) = cosines.select_nth_unstable_by(rank, |a, b| b.total_cmp(a));
    Some(*quantile)
}

/// Mixes the bits of a key (the finaliser of splitmix64).
fn scatter(key: u32) -> u64 {
    let mut mixed = u64::from(key).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
