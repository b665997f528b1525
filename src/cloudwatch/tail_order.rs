//! Lines of several groups and streams in one order of time.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::{Duration, Instant};

use super::tail::TailLine;

/// The most lines that are handed on at once, so that whoever takes them can stop between.
const AT_ONCE: usize = 1_000;
/// The most lines that wait for older ones.
const MOST_HELD: usize = 50_000;

/// What was written before now: each group's lines are in order, and a line goes when every group
/// has one to compare it with.
#[derive(Debug)]
pub struct History {
    groups: Vec<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    lines: VecDeque<TailLine>,
    /// How many lines of each page that came wait still.
    pages: VecDeque<usize>,
    is_over: bool,
}

impl History {
    /// Begins with nothing of `n_groups` groups.
    pub fn new(n_groups: usize) -> History {
        History {
            groups: (0..n_groups).map(|_| Queue::default()).collect(),
        }
    }

    /// Adds a page, whose lines are of one group and in order.
    pub fn add(&mut self, group_idx: usize, lines: Vec<TailLine>) {
        if let Some(queue) = self.groups.get_mut(group_idx) {
            queue.pages.push_back(lines.len());
            queue.lines.extend(lines);
        }
    }

    /// Takes note that a group has no more.
    pub fn finish(&mut self, group_idx: usize) {
        if let Some(queue) = self.groups.get_mut(group_idx) {
            queue.is_over = true;
        }
    }

    /// Tells whether all lines of all groups have gone.
    pub fn is_over(&self) -> bool {
        self.groups
            .iter()
            .all(|it| it.is_over && it.lines.is_empty())
    }

    /// Returns the next lines that may go, in order, and of which groups a page was used up.
    pub fn take(&mut self) -> (Vec<TailLine>, Vec<usize>) {
        let mut lines = Vec::new();
        let mut used_up = Vec::new();
        while lines.len() < AT_ONCE {
            if self
                .groups
                .iter()
                .any(|it| !it.is_over && it.lines.is_empty())
            {
                break;
            }
            let first = |queue: &Queue| queue.lines.front().map(|it| it.event.timestamp_ms);
            let heads = self.groups.iter().enumerate();
            let heads = heads.filter_map(|(idx, queue)| Some((first(queue)?, idx)));
            let Some((_, idx)) = heads.min() else { break };
            let Some(queue) = self.groups.get_mut(idx) else {
                break;
            };
            lines.extend(queue.lines.pop_front());
            if let Some(left) = queue.pages.front_mut() {
                *left = left.saturating_sub(1);
                if *left == 0 {
                    queue.pages.pop_front();
                    used_up.push(idx);
                }
            }
        }
        (lines, used_up)
    }
}

/// What comes while we follow: a fresh line waits a moment for older ones.
#[derive(Debug)]
pub struct Held {
    window: Duration,
    lines: BinaryHeap<Reverse<Waiting>>,
    due: BinaryHeap<Reverse<(Instant, Key)>>,
    n_added: u64,
}

/// Time in milliseconds, and the order of arrival.
type Key = (i64, u64);

#[derive(Debug)]
struct Waiting {
    key: Key,
    line: TailLine,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Waiting) -> bool {
        self.key == other.key
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Waiting) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Waiting) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Held {
    /// Lets lines wait until they are `window` old.
    pub fn new(window: Duration) -> Held {
        Held {
            window,
            lines: BinaryHeap::new(),
            due: BinaryHeap::new(),
            n_added: 0,
        }
    }

    /// Lets lines to come wait longer.
    pub fn lengthen(&mut self, window: Duration) {
        self.window = window;
    }

    /// Adds a line that came at `now`, which the clock on the wall calls `now_ms`.
    pub fn add(&mut self, line: TailLine, now: Instant, now_ms: i64) {
        let key = (line.event.timestamp_ms, self.n_added);
        self.n_added += 1;
        // A line that is late already waits no longer, and one that is dated ahead no longer than
        // others.
        let age_ms = now_ms.saturating_sub(line.event.timestamp_ms).max(0);
        let age = Duration::from_millis(age_ms.unsigned_abs());
        self.due
            .push(Reverse((now + self.window.saturating_sub(age), key)));
        self.lines.push(Reverse(Waiting { key, line }));
    }

    /// Returns the lines that have waited long enough, and whatever is older than those.
    pub fn take(&mut self, now: Instant) -> Vec<TailLine> {
        let is_crowded = self.lines.len() > MOST_HELD;
        let mut up_to: Option<Key> = None;
        while let Some(Reverse((due, key))) = self.due.peek().copied() {
            if due > now && !is_crowded {
                break;
            }
            up_to = up_to.max(Some(key));
            self.due.pop();
        }
        let mut lines = Vec::new();
        while self
            .lines
            .peek()
            .is_some_and(|Reverse(it)| Some(it.key) <= up_to)
        {
            lines.extend(self.lines.pop().map(|Reverse(it)| it.line));
        }
        lines
    }

    /// Returns when the next line has waited long enough.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.peek().map(|Reverse((due, _))| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::log::LogEvent;

    fn line(group_idx: usize, timestamp_ms: i64) -> TailLine {
        TailLine {
            group_idx,
            stream: "s".to_string(),
            id: None,
            event: LogEvent {
                timestamp_ms,
                message: format!("{group_idx} at {timestamp_ms}"),
            },
        }
    }

    fn times(lines: &[TailLine]) -> Vec<(usize, i64)> {
        let time = |it: &TailLine| (it.group_idx, it.event.timestamp_ms);
        lines.iter().map(time).collect()
    }

    #[test]
    fn a_line_goes_when_every_group_has_one_to_compare_it_with() {
        let mut history = History::new(3);
        history.add(0, vec![line(0, 1), line(0, 5)]);
        history.add(1, vec![line(1, 2)]);
        assert_eq!(
            history.take(),
            (vec![], vec![]),
            "nothing is known of the third"
        );
        history.finish(2);
        let (lines, used_up) = history.take();
        assert_eq!((times(&lines), used_up), (vec![(0, 1), (1, 2)], vec![1]));
        history.add(1, vec![line(1, 3), line(1, 9)]);
        history.finish(1);
        let (lines, used_up) = history.take();
        assert_eq!((times(&lines), used_up), (vec![(1, 3), (0, 5)], vec![0]));
        assert!(!history.is_over());
        history.finish(0);
        assert_eq!(times(&history.take().0), [(1, 9)]);
        assert!(history.is_over());
    }

    #[test]
    fn many_lines_go_in_parts_and_in_order() {
        let mut history = History::new(2);
        for group_idx in 0..2 {
            let lines = (0..3_000).map(|n| line(group_idx, 2 * n + group_idx as i64));
            history.add(group_idx, lines.collect());
            history.finish(group_idx);
        }
        let mut all = Vec::new();
        while !history.is_over() {
            let (lines, _) = history.take();
            assert!(lines.len() <= AT_ONCE);
            all.extend(lines.iter().map(|it| it.event.timestamp_ms));
        }
        assert_eq!(all, (0..6_000).collect::<Vec<i64>>());
    }

    #[test]
    fn a_fresh_line_waits_for_older_ones_and_a_late_one_goes_at_once() {
        let mut held = Held::new(Duration::from_millis(100));
        let begun = Instant::now();
        let at = |ms: u64| begun + Duration::from_millis(ms);
        held.add(line(0, 1_000), at(0), 1_010);
        held.add(line(1, 990), at(20), 1_030);
        assert!(held.take(at(50)).is_empty());
        assert_eq!(held.next_due(), Some(at(80)));
        assert_eq!(times(&held.take(at(90))), [(1, 990), (0, 1_000)]);
        held.add(line(1, 500), at(95), 1_105);
        held.add(line(0, 99_000), at(95), 1_105);
        assert_eq!(times(&held.take(at(95))), [(1, 500)]);
        assert_eq!(
            held.next_due(),
            Some(at(195)),
            "one dated ahead waits no longer than others"
        );
        assert_eq!(times(&held.take(at(195))), [(0, 99_000)]);
        assert_eq!(held.next_due(), None);
    }

    #[test]
    fn too_many_do_not_wait() {
        let mut held = Held::new(Duration::from_secs(1));
        let now = Instant::now();
        for n in 0..=MOST_HELD as i64 {
            held.add(line(0, n), now, n);
        }
        assert_eq!(held.take(now).len(), MOST_HELD + 1);
    }
}
