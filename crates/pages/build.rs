//! Embeds what is built of the console at this moment; a build without Node embeds nothing, and the pages say so.

use std::fs;
use std::path::Path;

fn main() {
    for bundle in ["platform", "box"] {
        let folder = Path::new("../../console/dist").join(bundle);
        // An empty folder, so that it can be watched: what is built later is embedded by the next build.
        if let Err(error) = fs::create_dir_all(&folder) {
            println!("cargo::warning={} cannot be made: {error}", folder.display());
        }
        println!("cargo::rerun-if-changed={}", folder.display());
    }
}
