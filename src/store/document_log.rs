//! The documents on disk: the same log twice, `documents/a` and `documents/b`.
//!
//! A file is a [`Head`] and bound [`records`]: the base, which is every document as of a sequence in pieces
//! of bounded length, and after it one record for each transaction, numbered without gaps. Both files get
//! every transaction. A file that has become much longer than its base is written anew, one file at a time,
//! so a moment's mistake never reaches both. Reading takes the union, so that what is damaged in one file is
//! read from the other; what is damaged in both is named.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::document_file::{FOLDER, HEAD_BYTES, binding, head, path_of, salt_of};
use super::documents::Documents;
use super::folder;
use crate::records::{self, Found, MAX_PAYLOAD, sync_names};

/// The names of the two files, which are also their numbers.
const COPIES: [&str; 2] = ["a", "b"];
/// A piece of the base is at most so long, but for a single document that is longer.
const PIECE_BYTES: usize = 1 << 20;
/// A file is written anew when it is longer than this and than four times its base.
const SMALLEST_TO_COMPACT: u64 = 4 << 20;

/// The kinds of record.
mod kind {
    /// Changes of one transaction; the sequence is its number.
    pub const CHANGES: u8 = 1;
    /// Documents as of the sequence, as changes that put them.
    pub const BASE: u8 = 2;
    /// The base is complete; the payload says how many pieces it has, in eight bytes.
    pub const BASE_END: u8 = 3;
}

/// What was read from both files.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Every document.
    pub documents: Documents,
    /// The number of the last transaction.
    pub sequence: u64,
    /// The folder's salt, if a head could be read.
    pub salt: Option<u64>,
    /// One sentence for each damaged place.
    pub damage: Vec<String>,
    /// Whether nothing is missing.
    pub is_whole: bool,
    // For each file, how much of it is good; `None` if it has to be written anew.
    lengths: [Option<Lengths>; 2],
}

#[derive(Debug, Clone, Copy)]
struct Lengths {
    all: u64,
    base: u64,
}

/// The open files.
pub struct DocumentLog {
    folder: PathBuf,
    salt: u64,
    copies: [Copy; 2],
    /// The number of the last transaction.
    sequence: u64,
}

struct Copy {
    name: &'static str,
    file: File,
    lengths: Lengths,
    // Whether half a record stands at its end, which could not be cut off.
    is_torn: bool,
}

/// Returns the folder's salt, from the first head that can be read.
pub fn salt(folder: &Path) -> Option<u64> {
    COPIES.iter().find_map(|name| {
        let mut head = [0; HEAD_BYTES];
        let mut file = File::open(path_of(folder, name)).ok()?;
        file.read_exact(&mut head).ok()?;
        salt_of(&head)
    })
}

/// Reads both files; changes nothing. `salt` is the folder's, where it is known.
///
/// # Errors
/// If a file is there and cannot be read. Damage is no error.
pub fn read(folder: &Path, salt: Option<u64>) -> io::Result<Recovered> {
    let mut files = [None, None];
    for (bytes, name) in files.iter_mut().zip(COPIES) {
        *bytes = match fs::read(path_of(folder, name)) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
    }
    let mut heads = files.iter().map(|bytes| salt_of(bytes.as_deref()?));
    let salt = salt.or_else(|| heads.find_map(|salt| salt));
    let mut recovered = Recovered {
        salt,
        ..Recovered::default()
    };
    let mut log = Entries::default();
    let mut copies = Vec::new();
    for (name, bytes) in COPIES.iter().zip(&files) {
        let mut copy = scan(folder, name, bytes.as_deref(), salt, &mut log);
        let path = path_of(folder, name);
        let wrong = match bytes.as_deref().map(salt_of) {
            None => Some("is missing"),
            Some(found) if found.is_none() || found != salt => Some("has a damaged beginning"),
            Some(_) => None,
        };
        if let Some(wrong) = wrong {
            copy.is_whole = false;
            copy.damage.insert(0, format!("{} {wrong}", path.display()));
        }
        recovered.damage.append(&mut copy.damage);
        copies.push(copy);
    }
    log.replay(folder, &mut recovered);
    // One that lacks the last transactions is written anew, so that both are the same again.
    let is_good = |copy: &Scanned| copy.is_whole && copy.sequence == recovered.sequence;
    for (lengths, copy) in recovered.lengths.iter_mut().zip(copies) {
        *lengths = is_good(&copy).then_some(copy.lengths);
    }
    Ok(recovered)
}

/// The records of both files.
#[derive(Default)]
struct Entries {
    /// Changes by number.
    changes: BTreeMap<u64, Value>,
    /// Pieces of bases by sequence, and whether one file has all of them.
    bases: BTreeMap<u64, (Vec<Value>, bool)>,
}

/// One file.
struct Scanned {
    is_whole: bool,
    lengths: Lengths,
    /// The number of its last transaction.
    sequence: u64,
    damage: Vec<String>,
}

fn scan(
    folder: &Path,
    name: &str,
    bytes: Option<&[u8]>,
    salt: Option<u64>,
    log: &mut Entries,
) -> Scanned {
    let mut scanned = Scanned {
        is_whole: true,
        lengths: Lengths { all: 0, base: 0 },
        sequence: 0,
        damage: Vec::new(),
    };
    let (Some(bytes), Some(salt)) = (bytes, salt) else {
        scanned.is_whole = false;
        return scanned;
    };
    let path = path_of(folder, name);
    let mut at = HEAD_BYTES.min(bytes.len());
    let rest = bytes.get(at..).unwrap_or_default();
    let start = (binding(salt, name), at as u64);
    let mut base: Vec<Value> = Vec::new();
    for found in records::bound_records(rest, start, is_known) {
        match found {
            Found::Record(record) => {
                at += record.length();
                scanned.sequence = scanned.sequence.max(record.sequence);
                if record.kind == kind::BASE_END {
                    let n_pieces = base.len() as u64;
                    let is_complete = record.payload == n_pieces.to_le_bytes();
                    log.take_base(record.sequence, std::mem::take(&mut base), is_complete);
                    scanned.lengths.base = at as u64;
                    continue;
                }
                match serde_json::from_slice(record.payload) {
                    Ok(piece) if record.kind == kind::BASE => base.push(piece),
                    Ok(changes) => drop(log.changes.entry(record.sequence).or_insert(changes)),
                    Err(_) => {
                        scanned.is_whole = false;
                        scanned.damage.push(format!(
                            "{}: the record that ends at byte {at} has an unknown form and is left out",
                            path.display()
                        ));
                    }
                }
            }
            Found::Damage(n) => {
                scanned.is_whole = false;
                scanned.damage.push(format!(
                    "{}: {n} damaged bytes at byte {at} are left out",
                    path.display()
                ));
                at += n;
            }
            // A crash may leave half a record at the end of one file, or of both.
            Found::Torn(n) => scanned.damage.push(format!(
                "{}: the last {n} bytes are not a whole record and are left out",
                path.display()
            )),
        }
    }
    if !base.is_empty() {
        log.take_base(scanned.sequence, base, false);
    }
    // A file always has a base, if only an empty one.
    scanned.is_whole &= scanned.lengths.base > 0;
    scanned.lengths.all = at as u64;
    scanned
}

impl Entries {
    fn take_base(&mut self, sequence: u64, pieces: Vec<Value>, is_complete: bool) {
        let known = self.bases.entry(sequence).or_default();
        if is_complete && !known.1 {
            *known = (pieces, true);
        } else if !known.1 {
            known.0.extend(pieces);
        }
    }

    // Begins with the newest base that is complete. Pieces of a newer one that is not are laid over what was
    // before, since each document in them is as it was then.
    fn replay(self, folder: &Path, recovered: &mut Recovered) {
        let Entries { changes, bases } = self;
        let complete = bases
            .iter()
            .rev()
            .find(|(_, (_, is_complete))| *is_complete);
        let newest = complete.map(|(sequence, _)| *sequence);
        let start = newest.unwrap_or(0);
        let bases = bases.into_iter().filter(|(sequence, _)| *sequence >= start);
        let changes = changes.into_iter().filter(|(number, _)| *number > start);
        let mut steps: Vec<(u64, Vec<Value>)> = bases
            .map(|(sequence, (pieces, _))| (sequence, pieces))
            .collect();
        steps.extend(changes.map(|(number, changes)| (number, vec![changes])));
        // Stable: a base comes before the changes of its own number, which say the same.
        steps.sort_by_key(|(number, _)| *number);
        recovered.sequence = start;
        let mut missing: Vec<String> = Vec::new();
        for (number, values) in steps {
            match number.saturating_sub(recovered.sequence) {
                0 | 1 => {}
                2 => missing.push(format!("change {}", number - 1)),
                _ => missing.push(format!(
                    "changes {} to {}",
                    recovered.sequence + 1,
                    number - 1
                )),
            }
            for value in values {
                recovered.documents.apply(value);
            }
            recovered.sequence = number;
        }
        recovered.is_whole = newest.is_some() && missing.is_empty();
        let what = match (newest, missing.as_slice()) {
            (Some(_), []) => return,
            (None, _) => "neither copy is complete".to_string(),
            (Some(_), missing) => format!("{} cannot be read in either copy", missing.join(", ")),
        };
        recovered.damage.push(format!(
            "{}: {what}; groups, rules, log groups, markers or queries may be missing",
            folder.join(FOLDER).display()
        ));
    }
}

impl DocumentLog {
    /// Makes both files, with these documents, in place of any that are there.
    ///
    /// # Errors
    /// What the file system says.
    pub fn create(folder: &Path, salt: u64, documents: &Documents) -> io::Result<DocumentLog> {
        DocumentLog::open(folder, salt, &Recovered::default(), documents)
    }

    /// Opens both files for writing. One that is damaged or missing is written anew with `documents`, which
    /// are those that were read.
    ///
    /// # Errors
    /// What the file system says.
    pub fn open(
        folder: &Path,
        salt: u64,
        recovered: &Recovered,
        documents: &Documents,
    ) -> io::Result<DocumentLog> {
        folder::create_folder(&folder.join(FOLDER))?;
        let open = |idx: usize| {
            let name = COPIES.get(idx).copied().unwrap_or_default();
            let Some(lengths) = recovered.lengths.get(idx).copied().flatten() else {
                return Copy::write(folder, salt, name, documents, recovered.sequence);
            };
            let file = folder::append_file(&path_of(folder, name))?;
            // Half a record at the end would stand before the next one.
            file.set_len(lengths.all)?;
            Ok(Copy {
                name,
                file,
                lengths,
                is_torn: false,
            })
        };
        Ok(DocumentLog {
            copies: [open(0)?, open(1)?],
            folder: folder.into(),
            salt,
            sequence: recovered.sequence,
        })
    }

    /// Appends the changes of one transaction to both files, durably, or to neither.
    ///
    /// # Errors
    /// What the file system says; `InvalidInput` if they are longer than a record may be.
    pub fn append(&mut self, changes: &Value) -> io::Result<()> {
        let payload = changes.to_string();
        if payload.len() > MAX_PAYLOAD {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        for copy in self.copies.iter_mut().filter(|copy| copy.is_torn) {
            copy.file.set_len(copy.lengths.all)?;
            copy.is_torn = false;
        }
        let sequence = self.sequence + 1;
        let mut lengths = Vec::new();
        for (idx, copy) in (0..).zip(&mut self.copies) {
            let start = (binding(self.salt, copy.name), copy.lengths.all);
            let mut record = Vec::new();
            let payload = payload.as_bytes();
            records::put_bound_record(&mut record, start, kind::CHANGES, sequence, payload);
            let mut written = copy.file.write_all(&record);
            // One file makes it durable; the other is for the case that bytes of the first go bad, and may
            // reach the disk when the system likes.
            if idx == 0 {
                written = written.and_then(|()| copy.file.sync_data());
            }
            if let Err(error) = written {
                for copy in &mut self.copies {
                    copy.is_torn = copy.file.set_len(copy.lengths.all).is_err();
                }
                return Err(error);
            }
            lengths.push(record.len() as u64);
        }
        for (copy, length) in self.copies.iter_mut().zip(lengths) {
            copy.lengths.all += length;
        }
        self.sequence = sequence;
        Ok(())
    }

    /// Writes one file anew, if it is much longer than its base. `documents` are as of the last transaction.
    ///
    /// # Errors
    /// What the file system says; the file is then as it was.
    pub fn compact(&mut self, documents: &Documents) -> io::Result<()> {
        let is_long = |copy: &&mut Copy| {
            copy.lengths.all > SMALLEST_TO_COMPACT && copy.lengths.all / 4 >= copy.lengths.base
        };
        // One at a time: the other one's turn comes with the next transaction.
        let Some(copy) = self.copies.iter_mut().find(is_long) else {
            return Ok(());
        };
        *copy = Copy::write(&self.folder, self.salt, copy.name, documents, self.sequence)?;
        Ok(())
    }
}

impl Copy {
    fn write(
        folder: &Path,
        salt: u64,
        name: &'static str,
        documents: &Documents,
        sequence: u64,
    ) -> io::Result<Copy> {
        let path = path_of(folder, name);
        let fresh = path.with_extension("unfinished");
        let mut file = folder::create_file(&fresh)?;
        let mut out = head(salt);
        let (mut length, mut n_pieces) = (0, 0u64);
        let binding = binding(salt, name);
        for piece in documents.pieces(PIECE_BYTES) {
            let payload = piece.to_string();
            records::put_bound_record(
                &mut out,
                (binding, length),
                kind::BASE,
                sequence,
                payload.as_bytes(),
            );
            file.write_all(&out)?;
            length += out.len() as u64;
            n_pieces += 1;
            out.clear();
        }
        let count = n_pieces.to_le_bytes();
        records::put_bound_record(
            &mut out,
            (binding, length),
            kind::BASE_END,
            sequence,
            &count,
        );
        file.write_all(&out)?;
        length += out.len() as u64;
        file.sync_data()?;
        fs::rename(&fresh, &path)?;
        sync_names(&folder.join(FOLDER))?;
        Ok(Copy {
            name,
            is_torn: false,
            file: folder::append_file(&path)?,
            lengths: Lengths {
                all: length,
                base: length,
            },
        })
    }
}

fn is_known(code: u8) -> bool {
    matches!(code, kind::CHANGES | kind::BASE | kind::BASE_END)
}

#[cfg(test)]
#[path = "document_log_tests.rs"]
mod tests;
