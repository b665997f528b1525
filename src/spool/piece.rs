//! A file of a spool, and the note of how far all of them were sent.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::queues::open_own;
use super::record::{self, Part};

/// A place between two records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which piece.
    pub piece: u64,
    /// Where in it, in bytes.
    pub offset: u64,
}

/// A file of the spool.
#[derive(Debug)]
pub struct Piece {
    /// Which one.
    pub number: u64,
    /// Its length, all of it whole records or damage between them.
    pub bytes: u64,
    /// Things in it that were not sent.
    pub n_waiting: u64,
}

/// What was found when a spool was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// How many things wait from before.
    pub n_waiting: u64,
    /// How many bytes at the ends of pieces were damaged and cut off.
    pub cut_bytes: u64,
    /// How many bytes between batches were damaged and are passed over.
    pub lost_bytes: u64,
}

impl Place {
    /// Returns the beginning of the piece after this one.
    pub fn after(number: u64) -> Place {
        Place {
            piece: number + 1,
            offset: 0,
        }
    }
}

impl Piece {
    /// Returns one that is empty.
    pub fn new(number: u64) -> Piece {
        Piece {
            number,
            bytes: 0,
            n_waiting: 0,
        }
    }

    /// Reads a piece of which everything before `sent` was sent, and cuts off what is torn at its end.
    ///
    /// # Errors
    /// What the system says.
    pub fn recover(
        folder: &Path,
        number: u64,
        sent: Place,
        found: &mut Found,
    ) -> io::Result<Piece> {
        let path = piece_path(folder, number);
        let bytes = fs::read(&path)?;
        let length = bytes.len() as u64;
        let sent_bytes = match number == sent.piece {
            true => sent.offset.min(length),
            false => 0,
        };
        let mut piece = Piece::new(number);
        for (length, part) in record::parts(&bytes) {
            match part {
                Part::Batch { n_items, .. } if piece.bytes >= sent_bytes => {
                    piece.n_waiting += u64::from(n_items);
                }
                Part::Batch { .. } => {}
                Part::Damage => found.lost_bytes += length,
                Part::Torn => break,
            }
            piece.bytes += length;
        }
        if piece.bytes < length {
            found.cut_bytes += length - piece.bytes;
            let file = OpenOptions::new().write(true).open(&path)?;
            file.set_len(piece.bytes)?;
        }
        found.n_waiting += piece.n_waiting;
        Ok(piece)
    }
}

/// Returns the path of a piece.
pub fn piece_path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.spool"))
}

/// Returns the numbers of the pieces in a folder, in order.
///
/// # Errors
/// What the system says.
pub fn piece_numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers: Vec<u64> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let number = name.strip_suffix(".spool");
        numbers.extend(number.and_then(|it| it.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Removes a piece, if it is there.
///
/// # Errors
/// What the system says.
pub fn remove_piece(folder: &Path, number: u64) -> io::Result<()> {
    match fs::remove_file(piece_path(folder, number)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The note of how far things were sent.
#[derive(Debug)]
pub struct Note(File);

impl Note {
    /// Opens the note of a folder, and reads it. One that cannot be read is none: everything that is there is sent.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(folder: &Path) -> io::Result<(Note, Place)> {
        let mut file = open_own(&folder.join("sent"))?;
        let mut text = String::new();
        // Of what is no text, nothing is taken.
        let _ = (&mut file).take(NOTE_BYTES).read_to_string(&mut text);
        let mut numbers = text.split_whitespace().map(str::parse::<u64>);
        let sent = match (numbers.next(), numbers.next()) {
            (Some(Ok(piece)), Some(Ok(offset))) => Place { piece, offset },
            _ => Place::default(),
        };
        Ok((Note(file), sent))
    }

    /// Writes it, always as long as before, so that it is whole at any moment.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, sent: Place) -> io::Result<()> {
        let text = format!("{:020} {:020}\n", sent.piece, sent.offset);
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(text.as_bytes())
    }
}

// Much more than there is in a note.
const NOTE_BYTES: u64 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_read_in_every_form_that_it_ever_had_and_what_is_none_is_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("sent");
        let place = |piece, offset| Place { piece, offset };
        for (text, expected) in [
            ("3 17\n", place(3, 17)),
            ("", Place::default()),
            ("3\n", Place::default()),
            ("-1 2\n", Place::default()),
            ("no \u{fffd} note", Place::default()),
        ] {
            fs::write(&path, text).unwrap();
            let (mut note, sent) = Note::open(temp.path()).unwrap();
            assert_eq!(sent, expected, "{text}");
            note.write(place(u64::MAX, 1)).unwrap();
            note.write(place(4, u64::MAX)).unwrap();
            let (_, sent) = Note::open(temp.path()).unwrap();
            assert_eq!(sent, place(4, u64::MAX), "{text}");
        }
        fs::write(&path, [0xff; 100]).unwrap();
        assert_eq!(Note::open(temp.path()).unwrap().1, Place::default());
    }
}
