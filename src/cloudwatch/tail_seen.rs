//! Which lines were shown already, so that asking again about the same time shows nothing twice.

use std::collections::hash_map::RandomState;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

use crate::model::log::LogEvent;

/// How far back each poll asks: lines may come late, as from a sender that collects them for a minute.
const LATE_MS: i64 = 90_000;
/// Unless so many lines are younger than that, which would be read again and again.
const LATE_LINES: usize = 2_000;
/// The most lines that are remembered; a line takes about 100 bytes, however long it is.
const REMEMBERED: usize = 200_000;
/// The most ids of one pass that are remembered.
const REMEMBERED_IDS: usize = 20_000;

/// Who read a line. Each reads every line once in a pass, but both may read the same line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// FilterLogEvents, whose pass is from a start to now.
    Poll = 0,
    /// StartLiveTail, whose pass is a session.
    Live = 1,
}

/// The lines of a group that were shown.
///
/// Live lines have no id, and the same words may well be written twice in a millisecond. So lines
/// are counted: whoever finds a third line like two that were shown has found a new one. A session
/// begins to count when it begins, so a line that equals one from before it, in its stream and to the
/// millisecond, is shown only by the next poll.
#[derive(Debug)]
pub struct Seen {
    lines: HashMap<u128, Count>,
    by_time: BTreeSet<(i64, u128)>,
    /// What is older was forgotten.
    from_ms: i64,
    hashers: [RandomState; 2],
    remembered: usize,
}

#[derive(Debug, Default)]
struct Count {
    shown: u32,
    /// Of the last pass of each source: its number, and how often it found the line.
    found: [(u64, u32); 2],
}

impl Seen {
    /// Returns the memory of a tail that begins at `from_ms`.
    pub fn new(from_ms: i64) -> Seen {
        Seen {
            lines: HashMap::new(),
            by_time: BTreeSet::new(),
            from_ms,
            hashers: [RandomState::new(), RandomState::new()],
            remembered: REMEMBERED,
        }
    }

    /// Takes note of a line; tells whether it was not shown before. `pass` grows from 1.
    pub fn is_new(&mut self, source: Source, pass: u64, stream: &str, event: &LogEvent) -> bool {
        if event.timestamp_ms < self.from_ms {
            // The first pass has nothing behind it, later ones do not ask so far back, and of a live
            // line we cannot know.
            return source == Source::Live || pass == 1;
        }
        let key = self.key((stream, event.timestamp_ms, event.message.as_str()));
        let count = self.lines.entry(key).or_default();
        let [poll, live] = &mut count.found;
        let found = match source {
            Source::Poll => poll,
            Source::Live => live,
        };
        *found = if found.0 == pass {
            (pass, found.1.saturating_add(1))
        } else {
            (pass, 1)
        };
        let is_new = found.1 > count.shown;
        if is_new {
            count.shown += 1;
        }
        self.by_time.insert((event.timestamp_ms, key));
        while self.lines.len() > self.remembered {
            let Some((time_ms, key)) = self.by_time.pop_first() else {
                break;
            };
            self.lines.remove(&key);
            self.from_ms = self.from_ms.max(time_ms.saturating_add(1));
        }
        is_new
    }

    /// Returns from when on to ask again, in milliseconds; lines of the future do not count.
    pub fn resume_from(&self, now_ms: i64) -> i64 {
        let past = || self.by_time.range(..=(now_ms, u128::MAX)).rev();
        let Some((newest_ms, _)) = past().next() else {
            return self.from_ms;
        };
        let busy_from_ms = past().nth(LATE_LINES).map_or(i64::MIN, |line| line.0);
        newest_ms
            .saturating_sub(LATE_MS)
            .max(busy_from_ms)
            .max(self.from_ms)
    }

    fn key(&self, line: impl Hash + Copy) -> u128 {
        let [high, low] = &self.hashers;
        u128::from(high.hash_one(line)) << 64 | u128::from(low.hash_one(line))
    }
}

/// The ids of the lines that one pass has found last, since pages may overlap.
#[derive(Debug, Default)]
pub struct RecentIds {
    ids: HashSet<String>,
    order: VecDeque<String>,
}

impl RecentIds {
    /// Tells whether a line was not in this pass before; one without an id never was.
    pub fn is_new(&mut self, id: &str) -> bool {
        if id.is_empty() {
            return true;
        }
        if !self.ids.insert(id.to_string()) {
            return false;
        }
        self.order.push_back(id.to_string());
        if self.order.len() > REMEMBERED_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.ids.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(timestamp_ms: i64, message: &str) -> LogEvent {
        LogEvent {
            timestamp_ms,
            message: message.to_string(),
        }
    }

    #[test]
    fn equal_lines_are_shown_as_often_as_they_were_written_whoever_finds_them() {
        let mut seen = Seen::new(0);
        let line = event(5, "same");
        let mut find = |source, pass| seen.is_new(source, pass, "s", &line);
        assert_eq!([find(Source::Poll, 1), find(Source::Poll, 1)], [true, true]);
        assert_eq!(
            [find(Source::Live, 1), find(Source::Live, 1)],
            [false, false]
        );
        assert!(find(Source::Live, 1), "the third is new");
        assert_eq!([(); 3].map(|()| find(Source::Poll, 2)), [false; 3]);
        assert!(seen.is_new(Source::Poll, 2, "other", &line));
    }

    #[test]
    fn asking_again_goes_back_far_enough_for_late_lines_and_not_further() {
        let mut seen = Seen::new(1_000);
        assert_eq!(seen.resume_from(500_000), 1_000);
        seen.is_new(Source::Poll, 1, "s", &event(400_000, "a"));
        seen.is_new(Source::Poll, 1, "s", &event(9_000_000, "an hour ahead"));
        assert_eq!(seen.resume_from(500_000), 400_000 - LATE_MS);
        for n in 0..3_000 {
            seen.is_new(Source::Poll, 1, "s", &event(450_000 + n, "busy"));
        }
        assert_eq!(seen.resume_from(500_000), 450_000 + 2_999 - 2_000);
    }

    #[test]
    fn memory_is_bounded_and_what_is_forgotten_is_not_asked_for_again() {
        let mut seen = Seen::new(0);
        seen.remembered = 10;
        for n in 0..100 {
            assert!(seen.is_new(Source::Poll, 1, "s", &event(n, "x")));
        }
        assert_eq!((seen.lines.len(), seen.by_time.len()), (10, 10));
        assert_eq!(seen.resume_from(1_000), 90);
        assert!(!seen.is_new(Source::Poll, 2, "s", &event(95, "x")));
        assert!(seen.is_new(Source::Live, 1, "s", &event(3, "late")));
    }

    #[test]
    fn an_id_counts_once_in_a_pass_and_none_always() {
        let mut ids = RecentIds::default();
        assert_eq!(
            ["a", "b", "a", "", ""].map(|id| ids.is_new(id)),
            [true, true, false, true, true]
        );
        for n in 0..3 * REMEMBERED_IDS {
            ids.is_new(&n.to_string());
        }
        assert_eq!(ids.ids.len(), REMEMBERED_IDS);
    }
}
