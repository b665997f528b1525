//! What the three lenses tell of requests, joined by trace id: of one request for `trace`, of all of a run for
//! `demo`.

mod all;
mod id;
mod join;
mod losses;
mod one;
mod remotes;
mod spooled;

pub use all::seen_between;
pub use id::{not_there, trace_id};
pub use join::{Asked, Joined};
pub use one::{Looked, look};
pub use remotes::Remotes;
