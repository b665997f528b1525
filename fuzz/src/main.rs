//! libFuzzer over the decoder of `cruddurctl::fuzzing` that the variable `FUZZ_DECODER` names.
//!
//! One binary for all of them, because linking takes longer than most of them run. `fuzz/run` builds it
//! and calls it; `FUZZ_DECODER=formula fuzz FILE` runs a file that was found again.

#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use cruddurctl::fuzzing;
use tempfile::TempDir;

enum Chosen {
    Decoder(fn(&[u8])),
    /// Needs a folder. It is never dropped: `fuzz/run` removes it with everything temporary.
    InFolder(fn(&Path, &[u8]), TempDir),
}

static CHOSEN: OnceLock<Chosen> = OnceLock::new();

fn choose() -> Chosen {
    let name = std::env::var("FUZZ_DECODER").unwrap_or_default();
    if let Some(decoder) = fuzzing::folder_decoder(&name) {
        return Chosen::InFolder(decoder, TempDir::new().expect("a temporary folder"));
    }
    let decoder = fuzzing::decoder(&name);
    Chosen::Decoder(decoder.unwrap_or_else(|| panic!("FUZZ_DECODER={name} is no decoder")))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    match CHOSEN.get_or_init(choose) {
        Chosen::Decoder(decoder) => decoder(bytes),
        Chosen::InFolder(decoder, folder) => decoder(folder.path(), bytes),
    }
});
