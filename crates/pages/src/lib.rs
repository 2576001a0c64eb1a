//! The built web pages of both consoles, embedded in the binary, and how an address is answered with one of them.
//!
//! `console/` builds one folder for each side (`console/dist/platform`, `console/dist/box`). In development builds the files are
//! read from there at each request, so that a page can be built anew without building the binary.

mod answer;
mod missing;

use rust_embed::RustEmbed;

/// The pages of one side.
pub struct Bundle {
    /// Its file of this name.
    get: fn(&str) -> Option<rust_embed::EmbeddedFile>,
    /// The page that shows every address which is no file and no other page's.
    main: &'static str,
}

/// The pages of the management platform.
pub static PLATFORM: Bundle = Bundle { get: PlatformFiles::get, main: "platform.html" };
/// The pages of the box.
pub static BOX: Bundle = Bundle { get: BoxFiles::get, main: "box.html" };

#[derive(RustEmbed)]
#[folder = "../../console/dist/platform"]
#[allow_missing = true]
struct PlatformFiles;

#[derive(RustEmbed)]
#[folder = "../../console/dist/box"]
#[allow_missing = true]
struct BoxFiles;

impl Bundle {
    /// Whether it was built.
    #[must_use]
    pub fn is_there(&self) -> bool {
        (self.get)(self.main).is_some()
    }
}
