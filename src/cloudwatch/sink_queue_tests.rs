//! Queues on disk: what was kept is there after any end, and nothing settled comes back.

use std::fs;
use std::path::{Path, PathBuf};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::sink_batch::Batch;
use super::sink_files::{Lines, SEGMENT_BYTES};
use super::sink_position::Head;
use super::sink_queue::{Queue, SpoolError};
use super::sink_reader::QueueReader;
use crate::spool::open_own;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn open(&self) -> Queue {
        self.open_with(1 << 30)
    }

    fn open_with(&self, max_bytes: u64) -> Queue {
        let lock = open_own(&self.path("lock")).unwrap();
        Queue::open(self.folder.path().into(), lock, max_bytes).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut files: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|it| it == "lines"))
            .collect();
        files.sort();
        files
    }
}

fn lines(numbers: std::ops::Range<u64>) -> Lines {
    let mut lines = Lines::default();
    for number in numbers {
        lines.push(1_000, &format!("line {number}"));
    }
    lines
}

fn megabyte() -> Lines {
    let mut lines = Lines::default();
    lines.push(1, &"x".repeat(1_000_000));
    lines
}

fn numbers(batch: &Batch) -> Vec<u64> {
    let events = batch.events(0..batch.len());
    events
        .map(|(_, text)| text.strip_prefix("line ").unwrap().parse().unwrap())
        .collect()
}

fn rest(reader: &mut QueueReader) -> Vec<u64> {
    let mut all = Vec::new();
    while let Some(taken) = reader.take().unwrap() {
        all.extend(numbers(&taken.batch));
    }
    all
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x40;
    fs::write(path, bytes).unwrap();
}

#[test]
fn lines_come_out_in_order_and_settled_ones_never_again() {
    let place = Place::new();
    let mut rng = StdRng::seed_from_u64(11);
    let (mut n_kept, mut n_settled) = (0, 0);
    for _ in 0..60 {
        let mut queue = place.open();
        assert_eq!(queue.reader.shared().n_pending(), n_kept - n_settled);
        for _ in 0..rng.random_range(0..4) {
            let n_lines = rng.random_range(1..9_000);
            queue
                .writer
                .append(&lines(n_kept..n_kept + n_lines), None, true)
                .unwrap();
            n_kept += n_lines;
        }
        let mut at = n_settled;
        for _ in 0..rng.random_range(0..3) {
            let Some(taken) = queue.reader.take().unwrap() else {
                break;
            };
            let found = numbers(&taken.batch);
            assert!(found.iter().copied().eq(at..at + found.len() as u64));
            at += found.len() as u64;
            assert_eq!(taken.end_line, at);
            // Some batches were under way when everything ended.
            if rng.random_bool(0.7) {
                queue.reader.shared().settle(taken.end_line).unwrap();
                n_settled = at;
            } else {
                break;
            }
        }
    }
    let mut queue = place.open();
    assert!(rest(&mut queue.reader).into_iter().eq(n_settled..n_kept));
}

#[test]
fn files_go_when_their_lines_are_settled_and_the_last_stays() {
    let place = Place::new();
    let mut queue = place.open();
    let long = megabyte();
    for _ in 0..30 {
        queue.writer.append(&long, None, true).unwrap();
    }
    assert_eq!(place.files().len(), 4);
    while let Some(taken) = queue.reader.take().unwrap() {
        queue.reader.shared().settle(taken.end_line).unwrap();
    }
    assert_eq!(place.files().len(), 1);
    assert_eq!(queue.reader.shared().n_pending(), 0);
}

#[test]
fn a_full_queue_takes_nothing_until_something_is_settled() {
    let place = Place::new();
    let mut queue = place.open_with(2 * SEGMENT_BYTES);
    let chunk = &megabyte();
    let mut n_kept = 0;
    while queue.writer.append(chunk, None, true).is_ok() {
        n_kept += 1;
    }
    assert!(matches!(
        queue.writer.append(chunk, None, true),
        Err(SpoolError::Full { .. })
    ));
    assert_eq!(queue.reader.shared().n_pending(), n_kept);
    let mut n_taken = 0;
    while queue.writer.append(chunk, None, true).is_err() {
        let taken = queue.reader.take().unwrap().unwrap();
        n_taken += 1;
        queue.reader.shared().settle(taken.end_line).unwrap();
    }
    assert!(n_taken > 0 && n_taken <= 8, "{n_taken}");
    let mut queue = place.open();
    let mut left = 0;
    while let Some(taken) = queue.reader.take().unwrap() {
        left += taken.batch.len() as u64;
    }
    assert_eq!(left, n_kept + 1 - n_taken);
}

#[test]
fn a_flipped_byte_in_a_large_append_costs_few_lines() {
    let place = Place::new();
    let mut queue = place.open();
    queue.writer.append(&lines(0..5_000), None, true).unwrap();
    queue
        .writer
        .append(&lines(5_000..5_010), None, true)
        .unwrap();
    drop(queue);
    let length = fs::read(&place.files()[0]).unwrap().len();
    let mut rng = StdRng::seed_from_u64(17);
    for _ in 0..100 {
        let at = rng.random_range(8..length);
        flip(&place.files()[0], at);
        let mut queue = place.open();
        assert!(queue.reader.shared().n_damaged_bytes() > 0, "byte {at}");
        let found = rest(&mut queue.reader);
        assert!(found.len() >= 5_010 - 64, "byte {at}: {}", found.len());
        assert!(found.is_sorted_by(|a, b| a < b), "byte {at}");
        drop(queue);
        flip(&place.files()[0], at);
    }
}

#[test]
fn a_large_append_that_was_cut_off_anywhere_is_not_there() {
    let place = Place::new();
    let mut queue = place.open();
    queue.writer.append(&lines(0..10), None, true).unwrap();
    let whole = fs::read(&place.files()[0]).unwrap().len();
    queue.writer.append(&lines(10..500), None, true).unwrap();
    let both = fs::read(&place.files()[0]).unwrap();
    drop(queue);
    for cut in whole..both.len() {
        let again = Place::new();
        fs::write(again.path("0000000001.lines"), &both[..cut]).unwrap();
        let mut queue = again.open();
        assert_eq!(queue.reader.shared().n_damaged_bytes(), 0, "cut at {cut}");
        assert_eq!(queue.reader.shared().n_pending(), 10, "cut at {cut}");
        queue.writer.append(&lines(10..12), None, true).unwrap();
        assert!(
            rest(&mut queue.reader).into_iter().eq(0..12),
            "cut at {cut}"
        );
    }
}

#[test]
fn a_damaged_last_append_is_damage_and_no_append_that_was_cut_off() {
    let place = Place::new();
    let mut queue = place.open();
    queue.writer.append(&lines(0..10), None, true).unwrap();
    let whole = fs::read(&place.files()[0]).unwrap().len();
    queue.writer.append(&lines(10..20), None, true).unwrap();
    let both = fs::read(&place.files()[0]).unwrap();
    drop(queue);
    for at in [whole, whole + 3, whole + 9, whole + 30, both.len() - 1] {
        let again = Place::new();
        let mut bytes = both.clone();
        bytes[at] ^= 0x10;
        fs::write(again.path("0000000001.lines"), &bytes).unwrap();
        let queue = again.open();
        assert!(queue.reader.shared().n_damaged_bytes() > 0, "byte {at}");
    }
}

#[test]
fn an_append_that_was_cut_off_is_not_there_and_what_follows_is() {
    let place = Place::new();
    let mut queue = place.open();
    queue.writer.append(&lines(0..10), None, true).unwrap();
    let whole = fs::read(&place.files()[0]).unwrap().len();
    queue.writer.append(&lines(10..20), None, true).unwrap();
    let both = fs::read(&place.files()[0]).unwrap();
    drop(queue);
    for cut in [whole, whole + 1, whole + 20, both.len() - 1] {
        let again = Place::new();
        fs::write(again.path("0000000001.lines"), &both[..cut]).unwrap();
        let mut queue = again.open();
        assert_eq!(
            queue.reader.shared().n_damaged_bytes(),
            0,
            "a cut is no damage"
        );
        queue.writer.append(&lines(10..12), None, true).unwrap();
        assert!(
            rest(&mut queue.reader).into_iter().eq(0..12),
            "cut at {cut}"
        );
        drop(queue);
        let mut queue = again.open();
        assert!(
            rest(&mut queue.reader).into_iter().eq(0..12),
            "cut at {cut}"
        );
    }
}

#[test]
fn a_flipped_byte_costs_one_append_and_is_said() {
    let place = Place::new();
    let mut queue = place.open();
    let mut ends = vec![8];
    for idx in 0..3 {
        queue
            .writer
            .append(&lines(idx * 10..idx * 10 + 10), None, true)
            .unwrap();
        ends.push(fs::read(&place.files()[0]).unwrap().len());
    }
    drop(queue);
    for at in ends[1]..ends[2] {
        flip(&place.files()[0], at);
        let mut queue = place.open();
        assert!(queue.reader.shared().n_damaged_bytes() > 0);
        let taken = queue.reader.take().unwrap().unwrap();
        assert!(numbers(&taken.batch).into_iter().eq((0..10).chain(20..30)));
        assert_eq!(taken.end_line, 30);
        assert!(queue.reader.take().unwrap().is_none());
        drop(queue);
        flip(&place.files()[0], at);
    }
}

#[test]
fn a_lost_or_damaged_cursor_sends_again_and_loses_nothing() {
    let place = Place::new();
    let mut queue = place.open();
    queue.writer.append(&lines(0..10), None, true).unwrap();
    queue.reader.shared().settle(4).unwrap();
    queue.reader.shared().settle(7).unwrap();
    drop(queue);
    let from = |place: &Place| rest(&mut place.open().reader)[0];
    assert_eq!(from(&place), 7);
    let cursor = place.path("cursor");
    let kept = fs::read(&cursor).unwrap();
    // The newer of the two is half written: the older one holds.
    let newer = if from(&place) == 7 && kept[13..21] == 7u64.to_le_bytes() {
        0
    } else {
        512
    };
    flip(&cursor, newer + 15);
    assert_eq!(from(&place), 4);
    fs::write(&cursor, [0; 600]).unwrap();
    assert_eq!(from(&place), 0);
    fs::remove_file(&cursor).unwrap();
    assert_eq!(from(&place), 0);
}

#[test]
fn how_far_a_file_was_read_is_as_durable_as_its_lines() {
    let place = Place::new();
    let file = place.path("input");
    fs::write(&file, "0123456789").unwrap();
    let head = Head::of(&file).unwrap();
    let mut queue = place.open();
    queue.writer.append(&lines(0..3), head.at(4), true).unwrap();
    queue.writer.append(&lines(3..5), head.at(8), true).unwrap();
    queue.reader.shared().settle(5).unwrap();
    drop(queue);
    let mut queue = place.open();
    assert_eq!(queue.reader.shared().position(), head.at(8));
    queue.writer.append(&lines(5..6), None, true).unwrap();
    drop(queue);
    assert_eq!(place.open().reader.shared().position(), None);
}

#[test]
fn whatever_bytes_a_queue_has_it_opens_and_gives_what_it_can() {
    let place = Place::new();
    let mut rng = StdRng::seed_from_u64(17);
    let mut queue = place.open();
    for idx in 0..5 {
        let kept = queue
            .writer
            .append(&lines(idx * 10..idx * 10 + 10), None, true);
        kept.unwrap();
    }
    queue.reader.shared().settle(7).unwrap();
    drop(queue);
    let file = place.files()[0].clone();
    let (whole, cursor) = (fs::read(&file).unwrap(), place.path("cursor"));
    let whole_cursor = fs::read(&cursor).unwrap();
    for _ in 0..300 {
        let mut bytes = whole.clone();
        let mut of_cursor = whole_cursor.clone();
        for _ in 0..rng.random_range(1..6) {
            let at = rng.random_range(0..bytes.len());
            match rng.random_range(0..4) {
                0 => bytes.truncate(at.max(1)),
                1 => bytes[at] = rng.random(),
                2 => drop(bytes.splice(at..at, [rng.random::<u8>(); 9])),
                _ => {
                    let at = rng.random_range(0..of_cursor.len());
                    of_cursor[at] = rng.random();
                }
            }
        }
        fs::write(&file, &bytes).unwrap();
        fs::write(&cursor, &of_cursor).unwrap();
        let mut queue = place.open();
        let found = rest(&mut queue.reader);
        assert!(found.iter().all(|number| *number < 50));
        assert!(found.is_sorted_by(|a, b| a < b));
    }
}
