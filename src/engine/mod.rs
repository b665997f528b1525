//! A question answered from stored events.
//!
//! Pure: takes parts and a moment, returns an answer; no I/O, no clock, no vendor's JSON.
//!
//! A query is taken apart once (`plan`) and made ready for each part (`prepared`, `condition`, `ask`).
//! What is left is cut into items, which threads share (`items`). A look at an item (`look`, `seen`)
//! selects its rows (`select`, `lanes`), computes fields (`computed`, `formula`) and finds the place of
//! each row: its group and time step (`places`, `few`, `group`, `steps`). There the calculations gather
//! (`gather`): plain ones in `tally`, percentiles in `spread`, heatmaps in `heatmap`, different values in
//! `distinct` and `keys`, spans in progress in `concurrency`. Then cells are made of it (`cells`), and
//! rows and series of them (`outcome`, `order`).
//!
//! Memory: nothing is kept for each event, but a bit for each row that filters have chosen from, while
//! there is another pass to come. What is kept grows with the groups and, in a series, with the steps in
//! which each has events: some 250 bytes for each such place, so 250 MB for a million groups. A histogram
//! costs a place 400 bytes for a heatmap and mostly 6 kB, at most 32 kB, for percentiles, but never more
//! than 32 bytes for each of its numbers; different values cost what `distinct` says. All of it is drawn from
//! `memory`, after each item, twice over, since what threads have gathered comes together in one.

mod ask;
mod cells;
mod computed;
mod concurrency;
mod condition;
mod distinct;
mod few;
mod filter;
pub(crate) mod formula;
mod gather;
mod granularity;
mod group;
mod heatmap;
mod items;
mod keys;
mod lanes;
mod look;
mod memory;
mod numbers;
mod order;
mod outcome;
mod passes;
mod percentile;
mod places;
mod plan;
mod prepared;
mod run;
mod scale;
mod seen;
mod select;
mod source;
mod spread;
mod steps;
mod tally;
#[cfg(test)]
mod truth;

pub use granularity::{GranularityError, granularity};
pub use memory::Draw;
pub use run::{Detail, QueryError, Terms, answer, answer_on};
