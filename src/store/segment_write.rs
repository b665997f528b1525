//! Writes a part as an Arrow IPC file that any Arrow reader can open.
//!
//! Source: Apache Arrow, "IPC File Format".

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::{UInt8Type, UInt16Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, FixedSizeBinaryArray, Float64Array, Int8Array,
    Int16Array, Int32Array, Int64Array, PrimitiveArray, RecordBatch, StringArray,
    TimestampNanosecondArray, UInt32Array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, Field, Schema};

use super::blocks::BlockSums;
use super::codec;
use super::column::{Codes, Column, ColumnData, IntValues, Presence, kind};
use super::directory::{Directory, Entry, Form, KEY, MARK};
use super::folder;
use super::part::{Part, Rates};
use super::segment_found::Found;
use super::segment_rare::{rare_array, rare_entries};
use super::segment_read;

/// Where a segment comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The file's own number.
    pub number: u64,
    /// The first and last journal file whose events it holds.
    pub journal: (u64, u64),
    /// How often they have been merged.
    pub level: u32,
    /// The numbers of the segment files that it replaces.
    pub replaces: Vec<u64>,
}

/// Writes `part` to `path` durably; whatever was there is replaced. Returns the CRC-32 of the file.
///
/// # Errors
/// What the file system says.
pub fn write(part: &Part, origin: &Origin, path: &Path) -> io::Result<u32> {
    let blocks = BlockSums::of(part);
    let directory_of = |found: &Found| {
        let directory = directory(part, origin, found, &blocks);
        directory.ok_or_else(|| odd("its own buffers"))
    };
    let widest = directory_of(&Found::widest(part))?.to_text().len();
    let batch = batch_of(part, widest).map_err(odd)?;
    let file = folder::create_file(path)?;
    let mut writer = FileWriter::try_new(BufWriter::new(file), &batch.schema()).map_err(odd)?;
    writer.write(&batch).map_err(odd)?;
    drop(batch);
    writer.flush().map_err(odd)?;
    let file = writer.get_mut().get_mut();
    let mut found = Found::read(file)?;
    found.copy_dictionaries(file)?;
    let text = directory_of(&found)?.to_text();
    file.seek(SeekFrom::End(0))?;
    writer.finish().map_err(odd)?;
    let file = writer.get_mut().get_mut();
    put_directory(file, &text, widest)?;
    file.sync_data()?;
    sum_of(file)
}

// In the schema at the head, and in that of the footer.
fn put_directory(file: &mut File, text: &str, widest: usize) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let (head, footer) = segment_read::schemas(length, |at, piece| {
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(piece)
    });
    if text.len() > widest {
        return Err(odd("the length of its directory"));
    }
    for schema in [head?, footer?] {
        let (at, n_bytes) = (schema.start, schema.end - schema.start);
        let mut bytes = vec![0; usize::try_from(n_bytes).map_err(odd)?];
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut bytes)?;
        let place = memchr::memmem::find(&bytes, MARK.as_bytes());
        let place = place.ok_or_else(|| odd("the place for its directory"))?;
        file.seek(SeekFrom::Start(at + place as u64))?;
        file.write_all(text.as_bytes())?;
    }
    Ok(())
}

fn sum_of(file: &mut File) -> io::Result<u32> {
    let mut sum = crc32fast::Hasher::new();
    let mut piece = vec![0; 1 << 20];
    file.seek(SeekFrom::Start(0))?;
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(sum.finalize()),
            n => sum.update(piece.get(..n).unwrap_or_default()),
        }
    }
}

// The library checks what it is given; what it refuses here would be a mistake of ours.
pub(super) fn odd(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}

/// The names of what every event has; no field of an event begins so.
const TIME: &str = "@time";
const RATE: &str = "@sample_rate";
const SEQUENCE: &str = "@sequence";
/// All values of rare fields, as one list in the first row: each with the field's name and its own row.
const RARE: &str = "@rare";

/// Returns the columns of a part as Arrow's arrays, without copying them, with so many bytes for the directory.
fn batch_of(part: &Part, n_bytes: usize) -> Result<RecordBatch, ArrowError> {
    let times = TimestampNanosecondArray::new(part.times.clone(), None).with_timezone("UTC");
    let mut arrays: Vec<(Field, ArrayRef)> = vec![field(TIME, Arc::new(times))];
    if let Rates::Each(rates) = &part.rates {
        arrays.push(field(RATE, Arc::new(UInt32Array::new(rates.clone(), None))));
    }
    if let Some(offsets) = part.kept_sequences() {
        arrays.push(field(
            SEQUENCE,
            Arc::new(UInt32Array::new(offsets.clone(), None)),
        ));
    }
    let mut last_name: Option<&str> = None;
    for column in &part.columns {
        // A field of several types has a column for each, and Arrow wants a name for each column.
        let name = if last_name == Some(&column.name) {
            format!("{} ({})", column.name, type_name(&column.data))
        } else {
            column.name.to_string()
        };
        last_name = Some(&column.name);
        let (mut field, array) = field(&without_mark(&name), array_of(column)?);
        if let ColumnData::Hex(_) = column.data {
            let note = (
                "cruddurctl.text".to_string(),
                "lower-case hexadecimal".to_string(),
            );
            field = field.with_metadata(HashMap::from([note]));
        }
        arrays.push((field, array));
    }
    // The last one, so that its buffers are.
    if !part.rare.is_empty() {
        arrays.push(field(RARE, rare_array(part)?));
    }
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = arrays.into_iter().unzip();
    let about = HashMap::from([
        (
            "cruddurctl.lens".to_string(),
            format!("{:?}", part.lens).to_lowercase(),
        ),
        (
            "cruddurctl.dataset".to_string(),
            without_mark(&part.dataset),
        ),
        (KEY.to_string(), MARK.to_string() + &" ".repeat(n_bytes)),
    ]);
    RecordBatch::try_new(Arc::new(Schema::new(fields).with_metadata(about)), columns)
}

/// The types by their numbers, see `column::kind`.
pub(super) const TYPE_NAMES: [&str; kind::COUNT] = [
    "text",
    "id of 8 bytes",
    "id of 16 bytes",
    "integer",
    "float",
    "boolean",
];

// The directory is found by its mark. What it is about has the true name in the directory.
fn without_mark(name: &str) -> String {
    name.replace(MARK, KEY)
}

fn field(name: &str, array: ArrayRef) -> (Field, ArrayRef) {
    let is_nullable = array.nulls().is_some();
    (
        Field::new(name, array.data_type().clone(), is_nullable),
        array,
    )
}

fn type_name(data: &ColumnData) -> &'static str {
    TYPE_NAMES.get(data.kind()).copied().unwrap_or_default()
}

fn array_of(column: &Column) -> Result<ArrayRef, ArrowError> {
    let nulls = match &column.present {
        Presence::All => None,
        Presence::Some(bits, _) => Some(NullBuffer::new(bits.clone())),
    };
    Ok(match &column.data {
        ColumnData::Str(strs) => {
            let offsets = OffsetBuffer::new(strs.texts.offsets().clone());
            let texts = |nulls| StringArray::try_new(offsets, strs.texts.bytes().clone(), nulls);
            match &strs.codes {
                Codes::Rows => Arc::new(texts(nulls)?),
                Codes::U8(codes) => {
                    let codes = PrimitiveArray::<UInt8Type>::new(codes.clone(), nulls);
                    Arc::new(DictionaryArray::try_new(codes, Arc::new(texts(None)?))?)
                }
                Codes::U16(codes) => {
                    let codes = PrimitiveArray::<UInt16Type>::new(codes.clone(), nulls);
                    Arc::new(DictionaryArray::try_new(codes, Arc::new(texts(None)?))?)
                }
                Codes::U32(codes) => {
                    let codes = PrimitiveArray::<UInt32Type>::new(codes.clone(), nulls);
                    Arc::new(DictionaryArray::try_new(codes, Arc::new(texts(None)?))?)
                }
            }
        }
        ColumnData::Hex(hexes) => {
            let width = hexes.width as i32;
            Arc::new(FixedSizeBinaryArray::try_new(
                width,
                hexes.bytes.clone(),
                nulls,
            )?)
        }
        ColumnData::Int(ints) => match &ints.values {
            IntValues::I8(values) => Arc::new(Int8Array::new(values.clone(), nulls)),
            IntValues::I16(values) => Arc::new(Int16Array::new(values.clone(), nulls)),
            IntValues::I32(values) => Arc::new(Int32Array::new(values.clone(), nulls)),
            IntValues::I64(values) => Arc::new(Int64Array::new(values.clone(), nulls)),
        },
        ColumnData::Float(floats) => Arc::new(Float64Array::new(floats.values.clone(), nulls)),
        ColumnData::Bool(bits) => Arc::new(BooleanArray::new(bits.clone(), nulls)),
    })
}

fn directory(part: &Part, origin: &Origin, found: &Found, blocks: &BlockSums) -> Option<Directory> {
    let mut buffers = found.batch.iter().copied();
    let mut ids = found.ids.iter().copied();
    // What every event has is present, so its first buffer, of bits, is empty.
    let mut always = || {
        ids.next()?;
        buffers.next()?;
        buffers.next()
    };
    let time_buffer = always()?;
    let rate_buffer = match &part.rates {
        Rates::One => None,
        Rates::Each(_) => Some(always()?),
    };
    let sequence_buffer = match part.kept_sequences() {
        None => None,
        Some(_) => Some(always()?),
    };
    let mut columns = Vec::new();
    for column in &part.columns {
        let id = ids.next()?;
        let bits = Some(buffers.next()?).filter(|_| !matches!(column.present, Presence::All));
        let mut copy = None;
        let (form, values, texts) = match &column.data {
            ColumnData::Str(strs) if matches!(strs.codes, Codes::Rows) => {
                let texts = (buffers.next()?, buffers.next()?);
                (Form::Str { code_bytes: 0 }, None, Some(texts))
            }
            ColumnData::Str(strs) => {
                let code_bytes = match strs.codes {
                    Codes::U8(_) => 1,
                    Codes::U16(_) => 2,
                    Codes::U32(_) | Codes::Rows => 4,
                };
                let texts = *found.dictionaries.get(&id?)?;
                copy = found.copies.get(&id?).copied();
                (Form::Str { code_bytes }, Some(buffers.next()?), Some(texts))
            }
            data => (form_of(data), Some(buffers.next()?), None),
        };
        columns.push(Entry {
            name: column.name.to_string(),
            present: column.present.count(part.len()),
            bits,
            form,
            values,
            texts,
            copy,
        });
    }
    let rare = match part.rare.is_empty() {
        true => None,
        false => Some(rare_entries(&part.rare, &mut buffers)?),
    };
    let sequences = (0..part.len()).map(|row| part.sequence(row));
    Some(Directory {
        number: Some(origin.number),
        lens: codec::lens_code(part.lens),
        dataset: part.dataset.to_string(),
        rows: part.len(),
        times: (part.first_time(), part.last_time()),
        weight: part.weight(),
        sequences: (part.sequences.first, sequences.max()?),
        journal: origin.journal,
        level: origin.level,
        replaces: origin.replaces.clone(),
        body: found.end,
        time_buffer,
        rate_buffer,
        sequence_buffer,
        columns,
        rare,
        blocks: Some(blocks.clone()),
    })
}

fn form_of(data: &ColumnData) -> Form {
    match data {
        ColumnData::Str(_) => Form::Str { code_bytes: 0 },
        ColumnData::Hex(hexes) => Form::Hex { width: hexes.width },
        ColumnData::Int(ints) => Form::Int {
            bytes: match ints.values {
                IntValues::I8(_) => 1,
                IntValues::I16(_) => 2,
                IntValues::I32(_) => 4,
                IntValues::I64(_) => 8,
            },
            least: ints.least,
            most: ints.most,
        },
        ColumnData::Float(floats) => Form::Float {
            bounds: (floats.least <= floats.most).then_some((floats.least, floats.most)),
            are_finite: floats.are_finite,
        },
        ColumnData::Bool(_) => Form::Bool,
    }
}
