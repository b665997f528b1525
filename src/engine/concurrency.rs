//! How many spans are in progress at once.

use foldhash::{HashMap, HashMapExt};

use super::condition::value_at;
use super::group::Groups;
use super::seen::Seen;
use super::source::Source;
use crate::model::time::{MILLISECOND, Window};
use crate::store::ValueRef;

/// Spans in progress, for each group and step.
///
/// A span costs up to three entries: what it takes of the step in which it begins, what of the one in
/// which it ends, and how many are in progress for all of each step between.
#[derive(Debug)]
pub struct Concurrency {
    window: Window,
    granularity: i64,
    flows: HashMap<(u32, i64), Flow>,
    // Most spans end in the step in which they begin: what they take of it, for each group, and the
    // groups that have any. They go to `flows` when another step begins.
    step: i64,
    in_step: Vec<f64>,
    touched: Vec<u32>,
    // For each place, once all is known; not a number if no span of the group has a duration.
    by_place: Vec<f64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Flow {
    // Weighted nanoseconds of this step.
    part: f64,
    // By how many more, or fewer, the steps from here on are filled.
    change: f64,
}

impl Concurrency {
    /// Returns about how much memory it takes.
    pub fn memory_bytes(&self) -> usize {
        self.flows.len() * 64 + self.in_step.len() * 16
    }

    /// Starts with nothing.
    pub fn new(window: Window, granularity: i64) -> Concurrency {
        Concurrency {
            window,
            granularity,
            flows: HashMap::new(),
            step: 0,
            in_step: Vec::new(),
            touched: Vec::new(),
            by_place: Vec::new(),
        }
    }

    /// Takes spans into account; `durations` are in milliseconds.
    pub fn add(&mut self, seen: &Seen<'_>, durations: Source<'_>, groups: &Groups) {
        let times = seen.times();
        seen.rows.each_with_position(|position, row| {
            let at = durations.start + row;
            let mut columns = durations.columns.iter();
            let Some(column) = columns.find(|column| column.present.has(at)) else {
                return;
            };
            let duration_ms = match value_at(&column.data, at) {
                Some(ValueRef::Int(int)) => int as f64,
                Some(ValueRef::Float(float)) if float.is_finite() => float,
                _ => return,
            };
            let Some(time) = times.get(row) else {
                return;
            };
            let (_, group) = groups.place(seen.places.get(position));
            let rate = seen.rates.and_then(|rates| rates.get(row)).copied();
            self.put(group, *time, duration_ms, rate.unwrap_or(1).into());
        });
    }

    fn put(&mut self, group: u32, time: i64, duration_ms: f64, weight: f64) {
        let granularity = self.granularity;
        let start = self.step.saturating_mul(granularity);
        // A division for each span would take as long as all the rest.
        if time < start || time.saturating_sub(start) >= granularity {
            self.flush();
            self.step = time.div_euclid(granularity);
        }
        let first = self.step;
        let start_of = |step: i64| step.saturating_mul(granularity);
        // Whole nanoseconds; beyond what can be held it ends with time itself.
        let duration = (duration_ms * MILLISECOND as f64) as i64;
        let end = time.saturating_add(duration.max(0));
        let end_of_first = start_of(first).saturating_add(granularity);
        if end <= end_of_first {
            if self.in_step.len() <= group as usize {
                self.in_step.resize(group as usize + 1, f64::NAN);
            }
            if let Some(part) = self.in_step.get_mut(group as usize) {
                if part.is_nan() {
                    *part = 0.0;
                    self.touched.push(group);
                }
                *part += end.saturating_sub(time) as f64 * weight;
            }
            return;
        }
        let last = end.saturating_sub(1).div_euclid(granularity);
        let mut flow = |step: i64, part: f64, change: f64| {
            let flow = self.flows.entry((group, step)).or_default();
            flow.part += part * weight;
            flow.change += change * weight;
        };
        flow(first, end_of_first.saturating_sub(time) as f64, 0.0);
        flow(first.saturating_add(1), 0.0, 1.0);
        let last_in_window = self.window.end.saturating_sub(1).div_euclid(granularity);
        if last <= last_in_window {
            flow(last, end.saturating_sub(start_of(last)) as f64, -1.0);
        } else {
            flow(last_in_window.max(first).saturating_add(1), 0.0, -1.0);
        }
    }

    fn flush(&mut self) {
        for group in self.touched.drain(..) {
            if let Some(part) = self.in_step.get_mut(group as usize) {
                self.flows.entry((group, self.step)).or_default().part += *part;
                *part = f64::NAN;
            }
        }
    }

    /// Takes over what another has; `groups` are the groups here of its groups.
    pub fn take_over(&mut self, mut other: Concurrency, groups: &[u32]) {
        other.flush();
        for ((theirs, step), flow) in other.flows {
            let group = groups.get(theirs as usize).copied().unwrap_or(0);
            let own = self.flows.entry((group, step)).or_default();
            own.part += flow.part;
            own.change += flow.change;
        }
    }

    /// Ends it; makes places for steps in which spans are in progress but none begins.
    pub fn finish(&mut self, groups: &mut Groups) {
        self.flush();
        let mut flows: Vec<((u32, i64), Flow)> = self.flows.drain().collect();
        flows.sort_unstable_by_key(|(key, _)| *key);
        let mut values = Vec::new();
        let last_in_window = self
            .window
            .end
            .saturating_sub(1)
            .div_euclid(self.granularity);
        for of_group in flows.chunk_by(|a, b| a.0.0 == b.0.0) {
            let mut in_progress = 0.0;
            let mut before: Option<i64> = None;
            for ((group, step), flow) in of_group {
                // Steps between two entries are filled alike.
                for between in before.map_or(*step, |before| before + 1)..*step {
                    if in_progress > 0.0 {
                        values.push((groups.place_of(between, *group), in_progress));
                    }
                }
                before = Some(*step);
                in_progress += flow.change;
                let value = in_progress + flow.part / self.granularity as f64;
                // Past the window's end there are entries that only say that nothing goes on.
                if *step <= last_in_window && value > 0.0 {
                    values.push((groups.place_of(*step, *group), value));
                }
            }
        }
        let mut has_durations = vec![false; groups.len()];
        for ((group, _), _) in &flows {
            if let Some(has) = has_durations.get_mut(*group as usize) {
                *has = true;
            }
        }
        self.by_place = (0..groups.n_places() as u32)
            .map(|place| {
                let (_, group) = groups.place(place);
                match has_durations.get(group as usize) {
                    Some(true) => 0.0,
                    _ => f64::NAN,
                }
            })
            .collect();
        for (place, value) in values {
            if let Some(known) = self.by_place.get_mut(place as usize) {
                *known = value;
            }
        }
    }

    /// Returns the largest number in progress in a step of some places together, of which `groups`
    /// knows the steps; `None` if no span has a duration.
    pub fn over(&self, places: &[u32], groups: &Groups) -> Option<f64> {
        let mut steps: Vec<(i64, f64)> = Vec::with_capacity(places.len());
        for place in places {
            let value = self.by_place.get(*place as usize).copied();
            if let Some(value) = value.filter(|value| !value.is_nan()) {
                steps.push((groups.place(*place).0, value));
            }
        }
        steps.sort_by_key(|(step, _)| *step);
        let sums = steps.chunk_by(|a, b| a.0 == b.0);
        let sums = sums.map(|step| step.iter().map(|(_, value)| value).sum());
        sums.reduce(f64::max)
    }
}
