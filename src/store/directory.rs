//! What a segment file says about itself: where each buffer is, and what its bytes add up to.
//!
//! It stands as JSON behind a mark and a checksum of its own, twice: in the metadata of Arrow's schema, which an
//! Arrow file has at its head and in its footer. Foreign readers pass it over and read the file by Arrow's own
//! description. In files of earlier versions it stands in the footer alone, in metadata of the footer.

use serde::{Deserialize, Serialize};

use super::blocks::BlockSums;

/// The name under which the directory stands.
pub const KEY: &str = "cruddurctl.directory";
/// What stands before it, and nowhere else in a schema.
pub const MARK: &str = "cruddurctl.directory:";

/// What a segment file says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Directory {
    /// The file's number; files of format 2 do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// The lens, by the byte that stands for it in the journal.
    pub lens: u8,
    /// The dataset's name.
    pub dataset: String,
    /// How many events.
    pub rows: usize,
    /// The time of the oldest and of the newest, nanoseconds since the epoch.
    pub times: (i64, i64),
    /// The sum of all sample rates.
    pub weight: u64,
    /// The smallest and the largest sequence.
    pub sequences: (u64, u64),
    /// The first and last journal file whose events are here.
    pub journal: (u64, u64),
    /// How often the events have been merged; 0 for a sealed journal.
    pub level: u32,
    /// The numbers of the files that this one replaces.
    pub replaces: Vec<u64>,
    /// Up to where buffers may reach, in bytes.
    pub body: u64,
    pub time_buffer: Place,
    pub rate_buffer: Option<Place>,
    pub sequence_buffer: Option<Place>,
    pub columns: Vec<Entry>,
    /// The fields that few rows have; `None` if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rare: Option<RareEntries>,
    /// The checksums of blocks; files of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocks: Option<BlockSums>,
}

/// Where the values of rare fields are: four buffers with an entry for each value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RareEntries {
    /// Name after name, each with the types that it has and how many values of each.
    pub fields: Vec<(String, Vec<(usize, usize)>)>,
    pub rows: Place,
    pub ints: Place,
    pub floats: Place,
    /// The offsets and bytes of texts.
    pub texts: (Place, Place),
}

/// Where a buffer is, in bytes, and the CRC-32 of what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub u64, pub u64, pub u32);

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub name: String,
    /// How many rows have a value.
    pub present: usize,
    /// The bits that say which; `None` if all do.
    pub bits: Option<Place>,
    pub form: Form,
    /// Values, codes, ids or bits; none for texts of their own.
    pub values: Option<Place>,
    /// The offsets and bytes of texts.
    pub texts: Option<(Place, Place)>,
    /// The same once more, if rows share texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<(Place, Place)>,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// Codes of 1, 2 or 4 bytes; 0 for texts by row.
    Str { code_bytes: usize },
    /// Ids of 8 or 16 bytes.
    Hex { width: usize },
    /// Integers of 1, 2, 4 or 8 bytes between two bounds.
    Int { bytes: usize, least: i64, most: i64 },
    /// Doubles between two bounds, those that are finite; `None` if none is.
    Float {
        bounds: Option<(f64, f64)>,
        are_finite: bool,
    },
    /// Bits.
    Bool,
}

impl Directory {
    /// Returns the mark, and the text behind it.
    pub fn to_text(&self) -> String {
        // A map of plain values can always be written.
        let json = serde_json::to_string(self).unwrap_or_default();
        // A name may have the mark in it, which is found only where it is meant.
        let json = json.replace(MARK, "cruddurctl.directory\\u003a");
        let (sum, length) = (crc32fast::hash(json.as_bytes()), json.len());
        format!("{MARK}{sum:08x}{length:08x}{json}")
    }

    /// Returns the directory behind the mark in a schema.
    ///
    /// Nothing that a client sent can be taken for it: where names stand in a schema, they have no mark.
    pub fn of_schema(bytes: &[u8]) -> Option<Directory> {
        let at = memchr::memmem::find(bytes, MARK.as_bytes())?;
        let text = bytes.get(at.checked_add(MARK.len())?..)?;
        let number =
            |digits: &[u8]| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok();
        let (sum, rest) = text.split_at_checked(8)?;
        let (length, rest) = rest.split_at_checked(8)?;
        let json = rest.get(..usize::try_from(number(length)?).ok()?)?;
        let holds = number(sum)? == crc32fast::hash(json);
        holds.then(|| serde_json::from_slice(json).ok()).flatten()
    }

    /// Reads the directory of a file of an earlier version; `None` for anything else.
    pub fn of_text(text: &str) -> Option<Directory> {
        let (sum, json) = text.split_at_checked(8)?;
        let sum = u32::from_str_radix(sum, 16).ok()?;
        if crc32fast::hash(json.as_bytes()) != sum {
            return None;
        }
        serde_json::from_str(json).ok()
    }
}

/// Gives every directory in these bytes the checksum that it has to have, for the fuzzer.
pub(crate) fn make_sums_hold(bytes: &mut [u8]) {
    let marks = memchr::memmem::find_iter(bytes, MARK.as_bytes());
    for mark in marks.collect::<Vec<_>>() {
        let text = mark + MARK.len();
        let digits = bytes.get(text + 8..text + 16);
        let length =
            digits.and_then(|it| usize::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok());
        let end = length.and_then(|length| (text + 16).checked_add(length));
        let json = end.and_then(|end| bytes.get(text + 16..end));
        let Some(sum) = json.map(|json| format!("{:08x}", crc32fast::hash(json))) else {
            continue;
        };
        if let Some(place) = bytes.get_mut(text..text + 8) {
            place.copy_from_slice(sum.as_bytes());
        }
    }
}
