//! A walk over the traces of a time, of which documents are read only where columns do not tell enough.

use std::sync::Arc;

use super::filter::Filter;
use super::server_gather::{Gathering, Reach, gather};
use super::server_prune::Expression;
use super::server_search::{Position, read};
use super::server_walker::{Columns, Walker};
use super::sketch::Sketch;
use crate::model::time::Window;
use crate::store::Part;

/// Shows each trace whose last change the server received in the window and that passes the filter, in no
/// particular order.
///
/// `parts` are sound. Each thread has a state of its own, which `begin` makes; all of them are returned.
pub fn walk<S: Send>(
    parts: &[Arc<Part>],
    window: Window,
    filter: &Filter,
    begin: impl Fn() -> S + Sync,
    see: impl Fn(&mut S, &Sketch<'_>) + Sync,
) -> Vec<S> {
    let expression = Expression::of(filter);
    let columns: Vec<Columns<'_>> = parts.iter().map(|part| Columns::new(part)).collect();
    let gathering = Gathering {
        parts,
        reach: Reach::Arrival(window),
        share: 1.0,
        expression: &expression,
    };
    let begin = || (begin(), Walker::default());
    let states = gather(&gathering, begin, |(state, walker), bucket| {
        for trace in &bucket.traces {
            let truth = |is_plain| expression.truth(trace.bits, trace.seconds(), is_plain, None);
            if !truth(true).0 && !truth(false).0 {
                continue;
            }
            if walker.read(&columns, bucket, trace) {
                let is_plain = walker.is_plain();
                let sketch = walker.assemble();
                if !window.contains(sketch.last_change) {
                    continue;
                }
                let all_parents = expression
                    .asks_for_parents()
                    .then(|| walker.knows_all_parents());
                let (may, must) =
                    expression.truth(trace.bits, trace.seconds(), is_plain, all_parents);
                if must {
                    see(state, walker.sketch());
                }
                if must || !may {
                    continue;
                }
            }
            let position = Position {
                start: trace.start,
                id: trace.id,
            };
            let whole = read(parts, &position, bucket.rows(trace).collect());
            if window.contains(whole.last_change) && filter.matches(&whole) {
                see(state, &Sketch::of(&whole));
            }
        }
    });
    states.into_iter().map(|(state, _)| state).collect()
}
