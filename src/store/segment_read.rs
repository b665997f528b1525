//! Opens a segment file: its columns become views of the mapped file, and none of them is read yet.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_buffer::{ArrowNativeType, BooleanBuffer, Buffer, ScalarBuffer};

use super::codec;
use super::column::{
    Checks, Codes, Column, ColumnData, Floats, Hexes, IntValues, Ints, Presence, Strs, kind,
};
use super::directory::{Directory, Entry, Form, KEY, Place, RareEntries};
use super::folder;
use super::open_files;
use super::part::{Damage, Part, Rates, SegmentFile, Sequences, Span};
use super::rare::{Rare, RareField, Run};
use super::texts::Texts;

/// Why a segment file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The file system refused.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is not what was written.
    #[error("{0}")]
    Damaged(&'static str),
}

/// A segment file that was opened.
pub struct Opened {
    /// Its events.
    pub part: Part,
    /// What it says about itself.
    pub directory: Directory,
}

/// Opens segment file `number` at `path`, of which the first `n_bytes` count, or all.
///
/// What it says about itself is checked now; a column's bytes are when they are first used. Of a file that is
/// shorter, what is left is read.
///
/// # Errors
/// See [`SegmentError`].
pub fn open(path: &Path, number: u64, n_bytes: Option<u64>) -> Result<Opened, SegmentError> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let n_bytes = n_bytes.unwrap_or(length);
    let (mut bytes, mut is_mapped) = match n_bytes > length {
        true => (padded(&file, length, n_bytes)?, false),
        // What was added to it from outside is nothing of ours.
        false => open_files::bytes_of(&file, length, n_bytes)?,
    };
    let found = directory_of(&bytes);
    let (directory, is_whole) = found.ok_or(SegmentError::Damaged("its directory is damaged"))?;
    let is_short = directory.body.max(n_bytes) > length;
    if directory.body > bytes.len() as u64 {
        // Its end is missing, and it is not listed how long it was.
        (bytes, is_mapped) = (padded(&file, length, directory.body)?, false);
    }
    let opened = opened(path, number, directory, bytes, is_mapped)?;
    if is_short || !is_whole {
        let _ = opened.part.damage.found.set(());
    }
    Ok(opened)
}

fn opened(
    path: &Path,
    number: u64,
    mut directory: Directory,
    bytes: Buffer,
    is_mapped: bool,
) -> Result<Opened, SegmentError> {
    if directory.number.is_some_and(|its_own| its_own != number) {
        return Err(SegmentError::Damaged("it is a copy of another file"));
    }
    let mut part = part_of(&bytes, &directory).ok_or(SegmentError::Damaged(
        "its directory does not fit its contents",
    ))?;
    part.damage.blocks = directory.blocks.take();
    part.file = Some(SegmentFile {
        path: path.into(),
        number,
        map: bytes,
        is_mapped,
        sum: folder::sum_of_segment(path),
        journal: directory.journal,
        level: directory.level,
        last_sequence: directory.sequences.1,
    });
    Ok(Opened { part, directory })
}

/// Reads what is left of a part's file, of which the end was cut off while it was mapped.
pub fn read_what_is_left(part: &Part) -> Option<Part> {
    let file = part.file.as_ref()?;
    let opened = open(&file.path, file.number, Some(file.bytes())).ok()?;
    Some(opened.part)
}

// The most that is missing of a file; one that is longer was none of ours.
const MOST_MISSING: u64 = 1 << 28;

// What is left of a file whose end is missing, and zeros.
fn padded(file: &File, length: u64, n_bytes: u64) -> Result<Buffer, SegmentError> {
    if n_bytes.saturating_sub(length) > MOST_MISSING {
        return Err(SegmentError::Damaged("its end is missing"));
    }
    Ok(open_files::read(file, length, n_bytes)?)
}

/// Where the first message of a file is, behind the magic word and its padding.
pub const FIRST_MESSAGE: u64 = 64;

/// Returns where the schema stands at the head of an Arrow file of so many bytes, and its footer; `read` fills a
/// piece of memory with what stands in the file from a place on.
pub fn schemas(
    length: u64,
    mut read: impl FnMut(u64, &mut [u8]) -> io::Result<()>,
) -> (io::Result<Range<u64>>, io::Result<Range<u64>>) {
    let mut number = |at: Option<u64>| {
        let mut bytes = [0; 4];
        read(at.ok_or(io::ErrorKind::UnexpectedEof)?, &mut bytes)?;
        Ok(u64::from(u32::from_le_bytes(bytes)))
    };
    let inside = |place: Range<u64>| match place.start <= place.end && place.end <= length {
        true => Ok(place),
        false => Err(io::ErrorKind::UnexpectedEof.into()),
    };
    // The magic word with its padding, a mark, and the length.
    let start = FIRST_MESSAGE + 8;
    let head = number(Some(start - 4)).and_then(|n_bytes| inside(start..start + n_bytes));
    // Behind the footer its length, and the magic word.
    let end = length.checked_sub(10);
    let footer = number(end).and_then(|n_bytes| {
        let start = end.and_then(|end| end.checked_sub(n_bytes));
        let start = start.ok_or(io::ErrorKind::UnexpectedEof)?;
        inside(start..start + n_bytes)
    });
    (head, footer)
}

// Either of the two that a file has, and whether the first one is whole, or is the only one.
fn directory_of(file: &[u8]) -> Option<(Directory, bool)> {
    let (head, footer) = schemas(file.len() as u64, |at, piece| {
        let start = usize::try_from(at).unwrap_or(usize::MAX);
        let bytes = file.get(start..).and_then(|rest| rest.get(..piece.len()));
        piece.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    });
    let bytes = |place: io::Result<Range<u64>>| {
        let place = place.ok()?;
        file.get(usize::try_from(place.start).ok()?..usize::try_from(place.end).ok()?)
    };
    let (head, footer) = (bytes(head), bytes(footer));
    if let Some(directory) = head.and_then(Directory::of_schema) {
        return Some((directory, true));
    }
    let footer = footer?;
    match Directory::of_schema(footer) {
        Some(directory) => Some((directory, false)),
        None => Some((old_directory(footer)?, true)),
    }
}

// Of a file of an earlier version.
fn old_directory(footer: &[u8]) -> Option<Directory> {
    let footer = arrow_ipc::root_as_footer(footer).ok()?;
    let entries = footer.custom_metadata()?;
    let text = entries
        .iter()
        .find(|entry| entry.key() == Some(KEY))?
        .value()?;
    Directory::of_text(text)
}

fn part_of(file: &Buffer, directory: &Directory) -> Option<Part> {
    let rows = directory.rows;
    let mut view = View::new(file, directory);
    let times = view.values::<i64>(&directory.time_buffer, rows)?;
    let rates = match &directory.rate_buffer {
        None => Rates::One,
        Some(place) => Rates::Each(view.values(place, rows)?),
    };
    let offsets = match &directory.sequence_buffer {
        None => None,
        Some(place) => Some(view.values(place, rows)?),
    };
    let checks = view.checks;
    let columns = directory.columns.iter();
    let columns: Option<Vec<Column>> = columns
        .map(|entry| column(file, directory, entry))
        .collect();
    Some(Part {
        lens: codec::lens_of(directory.lens)?,
        dataset: directory.dataset.as_str().into(),
        times,
        rates,
        sequences: Sequences {
            first: directory.sequences.0,
            offsets,
        },
        columns: columns?,
        rare: match &directory.rare {
            Some(entries) => rare(file, directory, entries)?,
            None => Rare::default(),
        },
        span: Span {
            n_rows: rows,
            first_time: directory.times.0,
            last_time: directory.times.1,
            weight: directory.weight,
        },
        checks,
        file: None,
        damage: Damage::default(),
    })
}

fn rare(file: &Buffer, directory: &Directory, entries: &RareEntries) -> Option<Rare> {
    let mut view = View::new(file, directory);
    let mut n_entries = 0usize;
    let mut fields: Vec<RareField> = Vec::with_capacity(entries.fields.len());
    for (name, types) in &entries.fields {
        let mut runs = Vec::with_capacity(types.len());
        for &(kind, n_values) in types {
            let start = n_entries;
            n_entries = start.checked_add(n_values)?;
            runs.push(Run {
                kind: (kind < kind::COUNT).then_some(kind)?,
                start,
                end: n_entries,
            });
        }
        let name: Arc<str> = name.as_str().into();
        if fields.last().is_some_and(|last| last.name >= name) {
            return None;
        }
        fields.push(RareField::new(name, runs));
    }
    let (offsets, bytes) = &entries.texts;
    Some(Rare {
        fields,
        rows: view.values(&entries.rows, n_entries)?,
        ints: view.values(&entries.ints, n_entries)?,
        floats: view.values(&entries.floats, n_entries)?,
        texts: Texts::new(
            view.values(offsets, n_entries.checked_add(1)?)?,
            view.buffer(bytes)?,
        ),
        checks: view.checks,
    })
}

fn column(file: &Buffer, directory: &Directory, entry: &Entry) -> Option<Column> {
    let rows = directory.rows;
    let mut view = View::new(file, directory);
    let present = match &entry.bits {
        None => Presence::All,
        Some(place) => Presence::Some(view.bits(place, rows)?, entry.present),
    };
    let values = entry.values.as_ref();
    let data = match entry.form {
        Form::Str { code_bytes } => {
            let codes = match code_bytes {
                0 => Codes::Rows,
                1 => Codes::U8(view.values(values?, rows)?),
                2 => Codes::U16(view.values(values?, rows)?),
                4 => Codes::U32(view.values(values?, rows)?),
                _ => return None,
            };
            let (offsets, bytes) = entry.texts.as_ref()?;
            let n_offsets = usize::try_from(offsets.1).ok()? / size_of::<i32>();
            if let Some((offsets_copy, bytes_copy)) = &entry.copy {
                view.checks.dictionary = Some([
                    [view.copy(offsets)?, view.copy(offsets_copy)?],
                    [view.copy(bytes)?, view.copy(bytes_copy)?],
                ]);
            }
            let offsets = view.values(offsets, n_offsets)?;
            ColumnData::Str(Strs {
                codes,
                texts: Texts::new(offsets, view.buffer(bytes)?),
            })
        }
        Form::Hex {
            width: width @ (8 | 16),
        } => ColumnData::Hex(Hexes {
            width,
            bytes: view.exactly(values?, rows.checked_mul(width)?)?,
        }),
        Form::Hex { .. } => return None,
        Form::Int { bytes, least, most } => ColumnData::Int(Ints {
            values: match bytes {
                1 => IntValues::I8(view.values(values?, rows)?),
                2 => IntValues::I16(view.values(values?, rows)?),
                4 => IntValues::I32(view.values(values?, rows)?),
                8 => IntValues::I64(view.values(values?, rows)?),
                _ => return None,
            },
            least,
            most,
        }),
        Form::Float { bounds, are_finite } => {
            let (least, most) = bounds.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
            ColumnData::Float(Floats {
                values: view.values(values?, rows)?,
                least,
                most,
                are_finite,
            })
        }
        Form::Bool => ColumnData::Bool(view.bits(values?, rows)?),
    };
    let mut column = Column::new(entry.name.as_str().into(), present, data);
    column.checks = view.checks;
    Some(column)
}

/// Cuts buffers out of a file, and remembers what each must add up to.
struct View<'f> {
    file: &'f Buffer,
    body: u64,
    checks: Checks,
}

impl<'f> View<'f> {
    fn new(file: &'f Buffer, directory: &Directory) -> View<'f> {
        View {
            file,
            body: directory.body,
            checks: Checks::default(),
        }
    }

    fn buffer(&mut self, place: &Place) -> Option<Buffer> {
        let (buffer, sum) = self.copy(place)?;
        self.checks.buffers.push((buffer.clone(), sum));
        Some(buffer)
    }

    // A buffer that is not needed as long as its original is whole.
    fn copy(&self, place: &Place) -> Option<(Buffer, u32)> {
        let Place(start, length, sum) = *place;
        if start.checked_add(length)? > self.body {
            return None;
        }
        let (start, length) = (usize::try_from(start).ok()?, usize::try_from(length).ok()?);
        // The body of a file that was cut may be longer than the file.
        let end = start.checked_add(length)?;
        (end <= self.file.len()).then(|| (self.file.slice_with_length(start, length), sum))
    }

    fn exactly(&mut self, place: &Place, n_bytes: usize) -> Option<Buffer> {
        self.buffer(place).filter(|buffer| buffer.len() == n_bytes)
    }

    fn values<T: ArrowNativeType>(&mut self, place: &Place, n: usize) -> Option<ScalarBuffer<T>> {
        let buffer = self.exactly(place, n.checked_mul(size_of::<T>())?)?;
        let is_aligned = buffer.as_ptr().align_offset(align_of::<T>()) == 0;
        is_aligned.then(|| ScalarBuffer::new(buffer, 0, n))
    }

    fn bits(&mut self, place: &Place, n: usize) -> Option<BooleanBuffer> {
        let buffer = self.buffer(place)?;
        (buffer.len() >= n.div_ceil(8)).then(|| BooleanBuffer::new(buffer, 0, n))
    }
}
