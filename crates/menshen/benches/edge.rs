//! The Rust side of `scripts/bench edge`: fills a box with people, and plays the platform that enrols more.
//!
//! Started as `edge gallery MODELS DATA PEOPLE PHOTO...` (writes the store and ends) or `edge enrol MODELS PHOTO...`, which reads
//! requests from standard input, one per line, and answers each with seconds: `direct N` judges N photos on all cores, `queue N`
//! enrols N people through broker, HTTP and box.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measuring tool that stops at the first surprise"
)]

use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use edge::people::{Face, People};
use edge::store::Store;
use protocol::FiqaLevel;
use runtime::testing::PrivateBroker;
use serde_json::json;
use sim::ForeignPlatform;
use sim::foreign_platform::{Options, Person, PhotoTravels, Results};
use vision::{Engine, Template};

/// Photos enrolled by one command.
const BATCH: usize = 100;
/// A batch of a hundred may take so long on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);
/// The box's licence key.
const DEV_SNO: &str = "BENCHBOX0120190726103455";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match words.as_slice() {
        ["gallery", models, data, people, photos @ ..] => {
            runtime.block_on(gallery(Path::new(models), Path::new(data), people.parse().unwrap(), photos));
        }
        ["enrol", models, photos @ ..] => runtime.block_on(enrol(Path::new(models), photos)),
        // `cargo test` and `cargo bench` start every target once; there is nothing to measure without a box.
        _ => println!("started by scripts/bench edge"),
    }
}

/// The people of the photos, and as many made-up ones as are missing to `number`.
async fn gallery(models: &Path, data: &Path, number: usize, photos: &[&str]) {
    let engine = Engine::open(models, 1).unwrap();
    let people =
        People::open(Store::open(data).unwrap(), engine.gallery(), engine.pack_id(), number).await.unwrap();
    let mut real = 0;
    for path in photos {
        let photo = std::fs::read(path).unwrap();
        if let Ok(judged) = engine.judge(&photo, FiqaLevel::Low) {
            let face = Face { template: judged.template, photo, crop: judged.crop_jpeg };
            put(&people, format!("real-{real}"), face).await;
            real += 1;
        }
    }
    let mut pending = tokio::task::JoinSet::new();
    for key in real..number {
        let face =
            Face { template: somebody(key, engine.template_len()), photo: vec![0xff; 512], crop: vec![] };
        let people = Arc::clone(&people);
        pending.spawn(async move { put(&people, format!("made-up-{key}"), face).await });
        if pending.len() >= 256 {
            pending.join_next().await.unwrap().unwrap();
        }
    }
    while let Some(done) = pending.join_next().await {
        done.unwrap();
    }
    println!("{} {real}", people.len());
}

async fn put(people: &People, id: String, face: Face) {
    let record = json!({"identity_id": id, "info": {"name": id, "type": 1, "permission_ids": ["0"]}});
    people.upsert(&serde_json::from_value(record).unwrap(), Some(face), None).await.unwrap();
}

/// Somebody unlike the others; the same for the same number. Sums of four random values are close enough to normal ones.
fn somebody(key: usize, length: usize) -> Template {
    // Numbers next to each other begin far apart.
    let mut state = (key as u64).wrapping_mul(0xd134_2543_de82_ef95);
    let mut random = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / 16_777_216.0 - 0.5
    };
    let values: Vec<f32> = (0..length).map(|_| random() + random() + random() + random()).collect();
    Template::normalised(&values).unwrap()
}

async fn enrol(models: &Path, photos: &[&str]) {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let engine = Engine::open(models, cores).unwrap();
    let photos: Vec<Vec<u8>> = photos
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .filter(|photo| engine.judge(photo, FiqaLevel::High).is_ok())
        .collect();
    let broker = PrivateBroker::start().await.unwrap();
    let options = Options {
        broker: sim::Broker::from_url(&broker.url()).unwrap(),
        dev_sno: DEV_SNO.to_owned(),
        results: Results::NotifyPath,
        records: false,
    };
    let platform = ForeignPlatform::start(options).await.unwrap();
    println!("ready {} {DEV_SNO} {}", platform.login_url(), photos.len());
    let mut enrolled = 0;
    for line in std::io::stdin().lock().lines() {
        std::io::stdout().flush().unwrap();
        let line = line.unwrap();
        let (what, number) = line.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        let seconds = match what {
            "direct" => direct(&engine, &photos, number, cores),
            _ => {
                let ids: Vec<String> =
                    (enrolled..enrolled + number).map(|id| format!("queue-{id}")).collect();
                enrolled += number;
                queue(&platform, &photos, &ids).await
            }
        };
        println!("{seconds:.4}");
    }
    platform.stop().await;
}

/// Detecting, judging and recognising as enrolment does, on all cores, with nothing around it.
fn direct(engine: &Engine, photos: &[Vec<u8>], number: usize, cores: usize) -> f64 {
    let (begin, next) = (Instant::now(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let mine = next.fetch_add(1, Ordering::Relaxed);
                    if mine >= number {
                        break;
                    }
                    engine.judge(&photos[mine % photos.len()], FiqaLevel::High).unwrap();
                }
            });
        }
    });
    begin.elapsed().as_secs_f64()
}

/// From the first command on the queue to the last result.
async fn queue(platform: &ForeignPlatform, photos: &[Vec<u8>], ids: &[String]) -> f64 {
    for (id, photo) in ids.iter().zip(photos.iter().cycle()) {
        platform.put_person(Person {
            identity_id: id.clone(),
            name: id.clone(),
            kind: 1,
            groups: vec!["0".to_owned()],
            photo: photo.clone(),
            travels: PhotoTravels::Url,
        });
    }
    let before = platform.seen().results.len();
    let begin = Instant::now();
    for batch in ids.chunks(BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        platform.add_by_ids(&batch).await.unwrap();
    }
    let wanted = before + ids.len().div_ceil(BATCH);
    let seen = platform.wait_for(PATIENCE, |seen| seen.results.len() >= wanted).await.unwrap();
    let seconds = begin.elapsed().as_secs_f64();
    let failed: usize = seen.results[before..]
        .iter()
        .map(|result| result["result"]["failed_users"].as_array().map_or(0, Vec::len))
        .sum();
    assert_eq!(failed, 0, "{:?}", seen.results.last());
    seconds
}
