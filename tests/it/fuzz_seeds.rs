//! What the fuzzer starts from, and what it found, goes through the decoders in every test run.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cruddurctl::fuzzing::{DECODERS, FOLDER_DECODERS};

fn seeds() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn every_decoder_keeps_its_promises_over_its_seeds() {
    for (name, decoder) in DECODERS {
        for file in files(&seeds().join(name)) {
            // Shown if the next line panics.
            println!("{}", file.display());
            decoder(&fs::read(&file).unwrap());
        }
    }
    for (name, decoder) in FOLDER_DECODERS {
        let folder = tempfile::tempdir().unwrap();
        for file in files(&seeds().join(name)) {
            println!("{}", file.display());
            decoder(folder.path(), &fs::read(&file).unwrap());
        }
    }
}

#[test]
fn every_decoder_has_seeds_and_nothing_else_has() {
    let names: BTreeSet<String> = files(&seeds())
        .into_iter()
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let of_files = FOLDER_DECODERS.iter().map(|(name, _)| *name);
    let decoders = DECODERS.iter().map(|(name, _)| *name).chain(of_files);
    assert_eq!(names, decoders.map(str::to_string).collect());
    for name in &names {
        assert!(!files(&seeds().join(name)).is_empty(), "{name}");
    }
}
