//! The Rust side of `scripts/bench vision`: measures on request, so that the script can take turns with the other side in one run.
//!
//! Started as `vision search ROWS QUERIES LENGTH [CENTRE]` or `vision see MODELS PACK JPEG PEOPLE`; then reads requests from standard input, one per
//! line (`NAME COUNT`), and answers each with a line of milliseconds. Files hold little-endian f32.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measuring tool that stops at the first surprise"
)]

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use protocol::FiqaLevel;
use vision::engine::SMALLEST_FACE;
use vision::pack::Pack;
use vision::{DecodeLimits, Engine, Gallery, Habit, Policy, Site, Template, decide, decode};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["search", rows, queries, length, centre @ ..] => {
            search(rows, queries, length.parse().unwrap(), centre.first().copied());
        }
        ["see", models, pack, jpeg, people] => see(models, pack, jpeg, people.parse().unwrap()),
        // `cargo test` and `cargo bench` start every target once; there is nothing to measure without a partner.
        _ => println!("started by scripts/bench vision"),
    }
}

fn search(rows: &str, queries: &str, length: usize, centre: Option<&str>) {
    let gallery = Gallery::new(length, centre.map(floats));
    let begin = Instant::now();
    for (key, row) in floats(rows).chunks_exact(length).enumerate() {
        gallery.put(key as u32, &Template::normalised(row).unwrap()).unwrap();
    }
    let filled = begin.elapsed().as_secs_f64() * 1e3;
    let queries: Vec<Template> =
        floats(queries).chunks_exact(length).map(|row| Template::normalised(row).unwrap()).collect();
    println!("ready {} {} {filled:.1}", gallery.kernel(), gallery.len());
    let mut next = 0;
    answer(|name| match name {
        "search" => {
            let query = &queries[next % queries.len()];
            next += 1;
            Some(milliseconds(|| gallery.search(query, 10)))
        }
        "top1" => {
            let key = gallery.search(&queries[next % queries.len()], 10)[0].key;
            next += 1;
            Some(f64::from(key))
        }
        "rewind" => {
            next = 0;
            Some(0.0)
        }
        _ => None,
    });
}

fn see(models: &str, pack: &str, jpeg: &str, people: usize) {
    let begin = Instant::now();
    let engine = Engine::of(&Pack::open(&Path::new(models).join(pack)).unwrap(), 1).unwrap();
    let opened = begin.elapsed().as_secs_f64() * 1e3;
    let bytes = std::fs::read(jpeg).unwrap();
    let picture = decode(&bytes, &DecodeLimits::default()).unwrap();
    let face = engine.detect_in_frame(&picture).unwrap()[0];
    let template = engine.template(&picture, &face).unwrap();
    let gallery = engine.gallery();
    (0..people).for_each(|key| gallery.put(key as u32, &somebody(key, &template)).unwrap());
    let site = Site { enrolled: gallery.len(), q2: gallery.site_quantile(400), averaged: 0.0 };
    let thresholds = engine.rule().thresholds(&site, &Policy::default());
    // As the box looks at a camera's frames.
    let habit = Habit::default();
    println!("ready {opened:.1} {}", picture.width());
    answer(|name| {
        Some(match name {
            "decode" => milliseconds(|| decode(&bytes, &DecodeLimits::default())),
            "detect" => milliseconds(|| engine.detect_by_habit(&picture, &habit)),
            "embed" => milliseconds(|| engine.template(&picture, &face)),
            "attributes" => milliseconds(|| engine.attributes(&picture, &face)),
            "quality" => milliseconds(|| engine.quality(&picture, &face, FiqaLevel::High)),
            "judge" => milliseconds(|| engine.judge(&bytes, FiqaLevel::Middle)),
            "decision" => milliseconds(|| {
                let picture = decode(&bytes, &DecodeLimits::default()).unwrap();
                let faces = engine.detect_by_habit(&picture, &habit).unwrap();
                let judged = faces.iter().filter(|face| face.size() >= SMALLEST_FACE).map(|face| {
                    let template = engine.template(&picture, face).unwrap();
                    let quality = engine.quality(&picture, face, FiqaLevel::Low);
                    let attributes = engine.attributes(&picture, face).unwrap();
                    (quality, attributes, decide(&gallery.search(&template, 5), &thresholds))
                });
                judged.collect::<Vec<_>>()
            }),
            _ => return None,
        })
    });
}

/// Somebody unlike the others; the same for the same number.
fn somebody(key: usize, like: &Template) -> Template {
    let wave = |index: usize| ((key * 31 + 7) as f32 * (index + 1) as f32 * 0.618).sin();
    let values: Vec<f32> = (0..like.len()).map(wave).collect();
    Template::normalised(&values).unwrap()
}

fn milliseconds<T>(what: impl FnOnce() -> T) -> f64 {
    let begin = Instant::now();
    black_box(what());
    begin.elapsed().as_secs_f64() * 1e3
}

fn answer(mut measure: impl FnMut(&str) -> Option<f64>) {
    std::io::stdout().flush().unwrap();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let (name, count) = line.split_once(' ').unwrap_or((&line, "1"));
        let times: Vec<String> = (0..count.parse().unwrap())
            .map_while(|_| measure(name))
            .map(|time: f64| format!("{time:.4}"))
            .collect();
        println!("{}", times.join(" "));
        std::io::stdout().flush().unwrap();
    }
}

fn floats(path: &str) -> Vec<f32> {
    std::fs::read(path).unwrap().as_chunks::<4>().0.iter().map(|&bytes| f32::from_le_bytes(bytes)).collect()
}
