//! Whether something of a trace waits on disk, in the folder where `serve` and the daemon keep what is not
//! delivered.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::model::trace_id::hex_from_xray;

/// The folders in which something of a trace waits, by signal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Spooled {
    /// Spans.
    pub spans: Option<PathBuf>,
    /// Segments.
    pub segments: Option<PathBuf>,
    /// Log lines.
    pub lines: Option<PathBuf>,
}

// No more than this is read for one trace: as much as two queues may hold.
const MOST_BYTES: u64 = 512 << 20;
const PIECE: usize = 1 << 20;
const MOST_DEPTH: usize = 4;

/// Looks for a trace (its id in X-Ray's form) in `folder`, the data folder's `spool`.
///
/// An id is in a batch as X-Ray writes it, as OpenTelemetry does, or as its 16 bytes.
pub fn spooled(folder: &Path, id: &str) -> Spooled {
    let hex = hex_from_xray(id).unwrap_or_default();
    let Ok(number) = u128::from_str_radix(&hex, 16) else {
        return Spooled::default();
    };
    let mut search = Search {
        needles: [
            id.as_bytes().to_vec(),
            hex.into_bytes(),
            number.to_be_bytes().to_vec(),
        ],
        bytes_left: MOST_BYTES,
    };
    let [spans, segments] = ["spans", "segments"].map(|name| folder.join(name));
    Spooled {
        spans: search.in_folder(&spans, &[], 0),
        segments: search.in_folder(&segments, &[], 0),
        lines: search.in_folder(folder, &[&spans, &segments], 0),
    }
}

struct Search {
    needles: [Vec<u8>; 3],
    bytes_left: u64,
}

impl Search {
    fn in_folder(&mut self, folder: &Path, but: &[&Path], depth: usize) -> Option<PathBuf> {
        let entries = fs::read_dir(folder).ok()?;
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            if kind.is_dir() && depth < MOST_DEPTH && !but.contains(&path.as_path()) {
                if let Some(found) = self.in_folder(&path, but, depth + 1) {
                    return Some(found);
                }
            } else if kind.is_file() && self.is_in(&path) {
                return Some(folder.to_path_buf());
            }
        }
        None
    }

    fn is_in(&mut self, path: &Path) -> bool {
        let Ok(mut file) = File::open(path) else {
            return false;
        };
        let longest = self.needles.iter().map(Vec::len).max().unwrap_or_default();
        let mut piece = vec![0; PIECE];
        // The end of the piece before stays: an id may lie across.
        let mut kept = 0;
        while self.bytes_left > 0 {
            let free = piece.get_mut(kept..).unwrap_or_default();
            let n = match file.read(free) {
                Ok(0) | Err(_) => return false,
                Ok(n) => n,
            };
            self.bytes_left = self.bytes_left.saturating_sub(n as u64);
            let end = kept + n;
            let here = piece.get(..end).unwrap_or_default();
            if self.needles.iter().any(|needle| contains(here, needle)) {
                return true;
            }
            let from = end.saturating_sub(longest);
            piece.copy_within(from..end, 0);
            kept = end - from;
        }
        false
    }
}

fn contains(text: &[u8], needle: &[u8]) -> bool {
    let Some((first, rest)) = needle.split_first() else {
        return false;
    };
    let mut from = 0;
    while let Some(at) = text
        .get(from..)
        .and_then(|text| text.iter().position(|byte| byte == first))
    {
        from += at + 1;
        if text.get(from..).is_some_and(|text| text.starts_with(rest)) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1-5759e988-bd862e3fe1be46a994272793";

    #[test]
    fn a_trace_is_found_in_the_queue_of_its_signal_in_whatever_form() {
        let raw = 0x5759_e988_bd86_2e3f_e1be_46a9_9427_2793_u128.to_be_bytes();
        let long = [vec![b'5'; PIECE - 10], raw.to_vec()].concat();
        for (name, content, is_found) in [
            ("spans/1/a", raw.to_vec(), [true, false, false]),
            ("spans/1/a", long, [true, false, false]),
            (
                "segments/1/a",
                format!("{{\"trace_id\":\"{ID}\"}}").into_bytes(),
                [false, true, false],
            ),
            (
                "7/a.lines",
                b"GET trace_id=5759e988bd862e3fe1be46a994272793".to_vec(),
                [false, false, true],
            ),
            (
                "7/a.lines",
                b"GET trace_id=5759e988bd862e3fe1be46a994272794".to_vec(),
                [false; 3],
            ),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, content).unwrap();
            let found = spooled(folder.path(), ID);
            let all = [&found.spans, &found.segments, &found.lines];
            assert_eq!(all.map(Option::is_some), is_found, "{name}");
            let place = all.into_iter().flatten().next();
            assert!(place.is_none_or(|place| Some(place.as_path()) == path.parent()));
        }
        assert_eq!(
            spooled(Path::new("/no/such/folder"), ID),
            Spooled::default()
        );
    }
}
