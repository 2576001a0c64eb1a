//! What a test could not try on this computer: said where whoever runs the tests reads it, since passing tests are silent.

use std::io::Write as _;

/// Names the file that gets a line for whatever could not be tried; `scripts/test` shows it at its end.
const FILE: &str = "TESTS_LEFT_OUT";

/// Says that the calling test ends here and why: "there is no small disk to fill, because …".
#[expect(clippy::print_stderr, reason = "a test that tries nothing says so")]
pub fn left_out(why: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    eprintln!("LEFT OUT: {test}: {why}");
    let Some(path) = std::env::var_os(FILE) else { return };
    let file = std::fs::File::options().create(true).append(true).open(path);
    if let Err(error) = file.and_then(|mut file| file.write_all(format!("{test}: {why}\n").as_bytes())) {
        eprintln!("the line about it was not kept: {error}");
    }
}
