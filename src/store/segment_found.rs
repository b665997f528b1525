//! Where the buffers of a segment file are, as the library has written them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::directory::Place;
use super::part::Part;
use super::segment_read;
use super::segment_write::odd;

// Of buffers in the file, as the library has it.
const ALIGNMENT: u64 = 64;

/// Where the library has put the buffers.
pub struct Found {
    /// Of the one record batch, in the order of the columns.
    pub batch: Vec<Place>,
    /// Of each dictionary: offsets and bytes.
    pub dictionaries: BTreeMap<i64, (Place, Place)>,
    /// Of each dictionary once more: offsets and bytes.
    pub copies: BTreeMap<i64, (Place, Place)>,
    /// The dictionary of each column.
    pub ids: Vec<Option<i64>>,
    /// Where the last message ends.
    pub end: u64,
}

impl Found {
    /// Returns places that need as many digits as any, for as many buffers as there may be.
    pub fn widest(part: &Part) -> Found {
        const WIDE: u64 = 999_999_999_999;
        let place = Place(WIDE, WIDE, u32::MAX);
        // Three buffers for each column, and those of what every event has and of rare fields.
        let n = part.columns.len() + 16;
        Found {
            batch: vec![place; 3 * n],
            dictionaries: BTreeMap::from([(0, (place, place))]),
            copies: BTreeMap::from([(0, (place, place))]),
            ids: vec![Some(0); n],
            end: WIDE,
        }
    }

    /// Writes the dictionaries once more, behind the last message, where foreign readers do not look.
    pub fn copy_dictionaries(&mut self, file: &mut File) -> io::Result<()> {
        for (&id, &(offsets, bytes)) in &self.dictionaries {
            let mut copy = |Place(from, n_bytes, sum): Place| -> io::Result<Place> {
                let mut buffer = vec![0; usize::try_from(n_bytes).map_err(odd)?];
                file.seek(SeekFrom::Start(from))?;
                file.read_exact(&mut buffer)?;
                let at = self.end.next_multiple_of(ALIGNMENT);
                file.seek(SeekFrom::Start(at))?;
                file.write_all(&buffer)?;
                self.end = at + n_bytes;
                Ok(Place(at, n_bytes, sum))
            };
            let copied = (copy(offsets)?, copy(bytes)?);
            self.copies.insert(id, copied);
        }
        let at = self.end.next_multiple_of(ALIGNMENT);
        file.set_len(at)
    }

    /// Reads them back from the file, so that the sums are of what is really there.
    pub fn read(file: &mut File) -> io::Result<Found> {
        let mut found = Found {
            batch: Vec::new(),
            dictionaries: BTreeMap::new(),
            copies: BTreeMap::new(),
            ids: Vec::new(),
            end: segment_read::FIRST_MESSAGE,
        };
        let length = file.seek(SeekFrom::End(0))?;
        while found.end < length {
            found.message(file)?;
        }
        Ok(found)
    }

    fn message(&mut self, file: &mut File) -> io::Result<()> {
        let mut head = [0; 8];
        file.seek(SeekFrom::Start(self.end))?;
        file.read_exact(&mut head)?;
        let [_, _, _, _, length @ ..] = head;
        let mut description = vec![0; u32::from_le_bytes(length) as usize];
        file.read_exact(&mut description)?;
        let message =
            arrow_ipc::root_as_message(&description).map_err(|error| odd(error.to_string()))?;
        let body_at = self.end + 8 + description.len() as u64;
        let mut body = vec![0; usize::try_from(message.bodyLength()).unwrap_or(0)];
        file.read_exact(&mut body)?;
        let places = |batch: arrow_ipc::RecordBatch<'_>| -> Option<Vec<Place>> {
            let place = |buffer: &arrow_ipc::Buffer| {
                let (at, length) = (buffer.offset() as usize, buffer.length() as usize);
                let sum = crc32fast::hash(body.get(at..at.checked_add(length)?)?);
                Some(Place(body_at + at as u64, length as u64, sum))
            };
            batch.buffers()?.iter().map(place).collect()
        };
        if let Some(schema) = message.header_as_schema() {
            let fields = schema.fields().into_iter().flatten();
            self.ids = fields
                .map(|field| field.dictionary().map(|it| it.id()))
                .collect();
        } else if let Some(dictionary) = message.header_as_dictionary_batch() {
            let found = dictionary.data().and_then(places).unwrap_or_default();
            if let [_, offsets, bytes] = found.as_slice() {
                self.dictionaries
                    .insert(dictionary.id(), (*offsets, *bytes));
            }
        } else if let Some(batch) = message.header_as_record_batch() {
            self.batch = places(batch).unwrap_or_default();
        }
        self.end = body_at + body.len() as u64;
        Ok(())
    }
}
