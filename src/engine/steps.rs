//! The time steps of rows that are in the order of time.

use super::source::Rows;

/// Rows of one time step: positions `start..end` among those that are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// The first position.
    pub start: usize,
    /// The position after the last.
    pub end: usize,
    /// The number of the step: its start divided by the granularity.
    pub step: i64,
}

/// Returns the runs of `rows`, whose times are `times`, ascending.
///
/// The ends of steps are searched for; no row's step is computed.
pub fn runs(rows: Rows<'_>, times: &[i64], granularity: i64, runs: &mut Vec<Run>) {
    runs.clear();
    let n = rows.len();
    let time_at = |position: usize| match rows {
        Rows::All(_) => times.get(position).copied(),
        Rows::List(list) => {
            let row = list.get(position)?;
            times.get(usize::from(*row)).copied()
        }
    };
    let last_step = n.checked_sub(1).and_then(time_at);
    let last_step = last_step.unwrap_or(0).div_euclid(granularity);
    let mut start = 0;
    while start < n {
        let step = time_at(start).unwrap_or(0).div_euclid(granularity);
        let end = if step == last_step {
            n
        } else {
            // Only the last step may end beyond what can be represented.
            let next = step.saturating_add(1).saturating_mul(granularity);
            let left = match rows {
                Rows::All(n) => {
                    let times = times.get(start..n).unwrap_or_default();
                    times.partition_point(|&time| time < next)
                }
                Rows::List(list) => {
                    let list = list.get(start..).unwrap_or_default();
                    list.partition_point(|&row| {
                        times.get(usize::from(row)).is_some_and(|&time| time < next)
                    })
                }
            };
            // Times that do not rise, as in a damaged file, must not keep us here for ever.
            start + left.max(1)
        };
        runs.push(Run { start, end, step });
        start = end;
    }
}
