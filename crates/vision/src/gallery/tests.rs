//! The gallery against brute force.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use super::*;

fn template(length: usize, random: &mut StdRng) -> Template {
    let values: Vec<f32> = (0..length).map(|_| random.random_range(-1.0..1.0)).collect();
    Template::normalised(&values).unwrap()
}

/// Templates around a common direction, like those of the fallback recogniser.
fn skewed(length: usize, random: &mut StdRng) -> Template {
    let values: Vec<f32> = (0..length).map(|i| (i as f32).sin() + random.random_range(-0.5..0.5)).collect();
    Template::normalised(&values).unwrap()
}

fn brute(of: &BTreeMap<u32, Template>, query: &Template, k: usize) -> Vec<Hit> {
    let mut hits: Vec<Hit> =
        of.iter().map(|(&key, template)| Hit { key, cosine: template.cosine(query) }).collect();
    hits.sort_by(Hit::order);
    hits.truncate(k);
    hits
}

/// The same people in the same order, by the same cosines but for what f32 rounds: who is as alike as that may stand in the other's place.
fn agree(found: &[Hit], of: &BTreeMap<u32, Template>, query: &Template, k: usize) -> bool {
    let (exact, is_near) = (brute(of, query, k), |one: f32, other: f32| (one - other).abs() < 1e-6);
    let keys: BTreeSet<u32> = found.iter().map(|hit| hit.key).collect();
    let fits = |(hit, exact): (&Hit, &Hit)| {
        let cosine = of.get(&hit.key).map(|template| template.cosine(query));
        is_near(hit.cosine, exact.cosine) && cosine.is_some_and(|cosine| is_near(cosine, exact.cosine))
    };
    found.len() == exact.len() && keys.len() == found.len() && found.iter().zip(&exact).all(fits)
}

#[derive(Debug, Clone)]
enum Step {
    Put(u32),
    Remove(u32),
    Search(usize),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..300u32).prop_map(Step::Put),
        5 => (0..300u32).prop_map(Step::Remove),
        4 => (0..12usize).prop_map(Step::Search),
        1 => Just(Step::Clear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn equals_brute_force_whatever_is_put_and_removed(
        steps in proptest::collection::vec(step(), 1..500),
        seed in any::<u64>(),
        length in prop_oneof![Just(128usize), Just(256), Just(20)],
        centred in any::<bool>(),
    ) {
        let mut random = StdRng::seed_from_u64(seed);
        let centre = centred.then(|| skewed(length, &mut random).values().to_vec());
        let gallery = Gallery::new(length, centre);
        let mut model = BTreeMap::new();
        for step in steps {
            match step {
                Step::Put(key) => {
                    let template = if centred { skewed(length, &mut random) } else { template(length, &mut random) };
                    gallery.put(key, &template).unwrap();
                    model.insert(key, template);
                }
                Step::Remove(key) => prop_assert_eq!(gallery.remove(key), model.remove(&key).is_some()),
                Step::Search(k) => {
                    let query = if centred { skewed(length, &mut random) } else { template(length, &mut random) };
                    let found = gallery.search(&query, k);
                    prop_assert!(agree(&found, &model, &query, k), "{:?} {:?}", found, brute(&model, &query, k));
                }
                Step::Clear => {
                    gallery.clear();
                    model.clear();
                }
            }
            prop_assert_eq!(gallery.len(), model.len());
        }
        for (key, template) in &model {
            prop_assert_eq!(gallery.search(template, 1)[0].key, *key);
        }
    }
}

#[test]
fn ten_thousand_give_the_exact_ten_best() {
    for (length, centred) in [(128, true), (256, false)] {
        let mut random = StdRng::seed_from_u64(11);
        let make =
            |random: &mut StdRng| if centred { skewed(length, random) } else { template(length, random) };
        let centre = centred.then(|| {
            Template::normalised(&(0..length).map(|i| (i as f32).sin()).collect::<Vec<_>>()).unwrap()
        });
        let gallery = Gallery::new(length, centre.map(|centre| centre.values().to_vec()));
        let mut model = BTreeMap::new();
        for key in 0..10_000 {
            let template = make(&mut random);
            gallery.put(key, &template).unwrap();
            model.insert(key, template);
        }
        for _ in 0..20 {
            let query = make(&mut random);
            let found = gallery.search(&query, 10);
            assert!(agree(&found, &model, &query, 10), "{found:?} {:?}", brute(&model, &query, 10));
        }
    }
}

#[test]
fn equal_templates_come_in_the_order_of_their_keys() {
    let mut random = StdRng::seed_from_u64(3);
    let same = template(128, &mut random);
    let gallery = Gallery::new(128, None);
    for key in [90, 7, 500, 41] {
        gallery.put(key, &same).unwrap();
    }
    let keys: Vec<u32> = gallery.search(&same, 4).iter().map(|hit| hit.key).collect();
    assert_eq!(keys, [7, 41, 90, 500]);
}

#[test]
fn a_template_of_another_pack_is_refused_and_finds_nothing() {
    let mut random = StdRng::seed_from_u64(4);
    let gallery = Gallery::new(256, None);
    gallery.put(1, &template(256, &mut random)).unwrap();
    let foreign = template(128, &mut random);
    assert_eq!(gallery.put(2, &foreign), Err(WrongLength { wanted: 256, given: 128 }));
    assert!(gallery.search(&foreign, 3).is_empty());
    assert_eq!(gallery.len(), 1);
}

#[test]
fn nobody_is_missed_while_others_come_and_go() {
    let mut random = StdRng::seed_from_u64(5);
    let gallery = Gallery::new(128, None);
    let stay: Vec<Template> = (0..200).map(|_| template(128, &mut random)).collect();
    for (key, template) in stay.iter().enumerate() {
        gallery.put(key as u32 * 50, template).unwrap();
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for writer in 0..2u64 {
            let (gallery, stop) = (&gallery, &stop);
            scope.spawn(move || {
                let mut random = StdRng::seed_from_u64(100 + writer);
                while !stop.load(Ordering::Relaxed) {
                    let key = random.random_range(0..10_000u32) / 50 * 50 + 1 + writer as u32;
                    if random.random_bool(0.6) {
                        gallery.put(key, &template(128, &mut random)).unwrap();
                    } else {
                        gallery.remove(key);
                    }
                }
            });
        }
        for round in 0..2_000 {
            let key = round % stay.len();
            // Putting the same template again must never make it disappear for a moment.
            if round % 3 == 0 {
                gallery.put(key as u32 * 50, &stay[key]).unwrap();
            }
            let hit = gallery.search(&stay[key], 1)[0];
            assert_eq!(hit.key, key as u32 * 50);
            assert!(hit.cosine > 0.999);
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn freed_slots_are_used_again() {
    let mut random = StdRng::seed_from_u64(6);
    let gallery = Gallery::new(16, None);
    for round in 0..3u32 {
        for key in 0..5_000 {
            gallery.put(round * 10_000 + key, &template(16, &mut random)).unwrap();
        }
        for key in 0..5_000 {
            assert!(gallery.remove(round * 10_000 + key));
        }
    }
    assert!(gallery.is_empty());
    assert_eq!(gallery.segments().len(), 5_000usize.div_ceil(segment::SLOTS));
}

#[test]
fn what_is_removed_or_replaced_is_overwritten_in_memory() {
    let mut random = StdRng::seed_from_u64(7);
    let gallery = Gallery::new(64, None);
    for key in 0..5_000 {
        gallery.put(key, &template(64, &mut random)).unwrap();
    }
    // Held as a search holds them: what is overwritten here is overwritten for everybody.
    let held = gallery.segments();
    let (first, second) = (template(64, &mut random), template(64, &mut random));
    let holds = |template: &Template| {
        let mut values = Vec::new();
        segment::read(&held[0]).read(17, None, &mut values);
        values.iter().zip(template.values()).all(|(a, b)| (a - b).abs() < 1e-7)
    };
    gallery.put(17, &first).unwrap();
    assert!(holds(&first) && !holds(&second));
    gallery.put(17, &second).unwrap();
    assert!(holds(&second), "replaced in its place");
    assert!(gallery.remove(17));
    let blank = |slot: usize| segment::read(&held[slot / segment::SLOTS]).is_blank(slot % segment::SLOTS);
    assert!(blank(17) && !blank(18));
    gallery.clear();
    assert!((0..5_000).all(blank));
}

#[test]
fn the_site_quantile_is_the_two_percent_of_pairs_and_is_measured_again_after_a_tenth() {
    let mut random = StdRng::seed_from_u64(8);
    let gallery = Gallery::new(64, None);
    let mut all = Vec::new();
    for key in 0..19 {
        all.push(template(64, &mut random));
        gallery.put(key, &all[key as usize]).unwrap();
    }
    assert_eq!(gallery.site_quantile(400), None);
    for key in 19..100 {
        all.push(template(64, &mut random));
        gallery.put(key, &all[key as usize]).unwrap();
    }
    let mut cosines: Vec<f32> = Vec::new();
    for i in 0..all.len() {
        cosines.extend((0..i).map(|j| all[i].cosine(&all[j])));
    }
    cosines.sort_by(|a, b| b.total_cmp(a));
    let wanted = cosines[cosines.len() / 50];
    let measured = gallery.site_quantile(400).unwrap();
    assert!((measured - wanted).abs() < 1e-5, "{measured} {wanted}");

    // The same person twice among a hundred: too few to matter, and remembered from before.
    gallery.put(100, &all[0]).unwrap();
    assert_eq!(gallery.site_quantile(400), Some(measured));
    // Everybody alike: measured again, and higher.
    for key in 101..140 {
        gallery.put(key, &all[0]).unwrap();
    }
    assert!(gallery.site_quantile(400).unwrap() > 0.99);
    gallery.clear();
    assert_eq!(gallery.site_quantile(400), None);
    for key in 0..30 {
        gallery.put(key, &all[key as usize]).unwrap();
    }
    assert!(gallery.site_quantile(400).unwrap() < 0.6);
    assert!(gallery.site_quantile(25).is_some());
}
