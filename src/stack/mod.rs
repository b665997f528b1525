//! The local stack: every server behind one HTTP door, over one data folder.
//!
//! The only room besides `backend` that opens doors. Everything it serves lives in the rooms of the
//! vendors; here are the doors, the lock file, and an ordered stop.

mod check;
mod identity;
mod inspect;
mod lock;
mod probe;
mod run;

pub use crate::honeycomb::server_limits::Plan;
pub use inspect::{Held, Inspection, inspect};
pub use probe::Running;
pub use run::{DEFAULT_PORT, Found, Role, Stack, StackError, StackOptions, find, find_or_start};
