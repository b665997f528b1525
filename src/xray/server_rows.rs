//! What single rows of segments say: a value of a column, an id, the time in a trace id.

use super::outline;
use crate::model::time::SECOND;
use crate::store::{Column, ColumnData};

/// Where a row is: its part, and its number there.
pub type Row = (u32, u32);

/// How far the time in a trace id may lie from a segment's start, to be taken for one.
///
/// Since October 2023 X-Ray accepts random ids; of them one in eight hundred seems to be of the time.
const LONGEST_WAY: i64 = 30 * 24 * 3600 * SECOND;

/// Returns the time that a trace id says, nanoseconds since the epoch; `None` if it is far from `start`,
/// so that the id is a random one.
pub fn time_of_id(id: u128, start: i64) -> Option<i64> {
    let time = second_of_id(id);
    (time.abs_diff(start) <= LONGEST_WAY.unsigned_abs()).then_some(time)
}

/// Returns the time that a trace id says if it says any, nanoseconds since the epoch.
pub fn second_of_id(id: u128) -> i64 {
    i64::from((id >> 96) as u32) * SECOND
}

/// Tells whether a row has a value.
pub fn has(columns: &[Column], row: usize) -> bool {
    columns.iter().any(|column| column.present.has(row))
}

/// Returns the integer of a row, if a column has one there.
pub fn int_in(columns: &[Column], row: usize) -> Option<i64> {
    columns.iter().find_map(|column| match &column.data {
        ColumnData::Int(ints) if column.present.has(row) => ints.values.get(row),
        _ => None,
    })
}

/// Returns the id of a row as a number; `None` if it is not 16 lower-case digits.
pub fn short_id_in(columns: &[Column], row: usize) -> Option<u64> {
    let column = columns.iter().find(|column| column.present.has(row))?;
    match &column.data {
        ColumnData::Hex(hexes) => {
            let bytes: [u8; 8] = hexes.get(row)?.try_into().ok()?;
            Some(u64::from_be_bytes(bytes))
        }
        ColumnData::Str(strs) => outline::number_of(strs.get(row).as_bytes()),
        ColumnData::Int(_) | ColumnData::Float(_) | ColumnData::Bool(_) => None,
    }
}
