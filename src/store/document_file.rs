//! A file of documents: where it is, and how it begins.

use std::path::{Path, PathBuf};

use super::journal::Binding;
use crate::records;

pub(super) const MAGIC: &[u8; 8] = b"CRUDDOC1";

pub(super) const HEAD_BYTES: usize = 8 + 8 + 4;

/// The folder of the two files, inside the data folder.
pub const FOLDER: &str = "documents";

pub(super) fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(FOLDER).join(name)
}

pub(super) fn binding(salt: u64, name: &str) -> Binding {
    let file = name.bytes().map(u64::from).sum();
    Binding::To { salt, file }
}

pub(super) fn head(salt: u64) -> Vec<u8> {
    let mut head = MAGIC.to_vec();
    head.extend_from_slice(&salt.to_le_bytes());
    let sum = records::checksum(&head);
    head.extend_from_slice(&sum.to_le_bytes());
    head
}

pub(super) fn salt_of(bytes: &[u8]) -> Option<u64> {
    let salt = bytes.strip_prefix(MAGIC)?.first_chunk::<8>()?;
    let salt = u64::from_le_bytes(*salt);
    bytes.starts_with(&head(salt)).then_some(salt)
}
