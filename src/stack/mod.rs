//! The local stack: every server behind one HTTP door, one for gRPC and the X-Ray daemon's, over one data
//! folder.
//!
//! The only room besides `backend` that opens doors. Everything it serves lives in the rooms of the
//! vendors; here are the doors, the lock file, and an ordered stop.

mod access;
mod admission;
mod bounds;
mod check;
mod cors;
mod daemon;
mod find;
mod identity;
mod inspect;
mod lines;
mod lock;
mod options;
mod probe;
mod recorded;
mod routes;
mod run;
mod signature;
#[cfg(test)]
mod signature_tests;

pub use crate::door::budget::BudgetLimits;
pub use crate::honeycomb::server_limits::{Plan, USUAL_LONGEST_RUN as USUAL_LONGEST_QUERY};
pub use crate::otlp::receiver_grpc::DEFAULT_PORT as DEFAULT_GRPC_PORT;
pub use crate::store::{ExportError, Exported, Received};
pub use crate::xray::daemon::{Counts as DaemonCounts, DEFAULT_PORT as DEFAULT_DAEMON_PORT};
pub use crate::xray::reject::Reject;
pub use crate::xray::server_dropped::DroppedKey;
pub use check::Allowed;
pub use daemon::DaemonDoor;
pub use find::{Found, find, find_or_start};
pub use inspect::{Held, Inspection, Wanted, export, inspect};
pub use options::{GrpcDoor, Keep, Role, StackError, StackOptions, Tell};
pub use probe::{Running, Tenure, dropped_annotations, keep_rejects, received, rejects, tenure};
pub use recorded::{MOST_REQUESTS, recording};
pub use run::{DEFAULT_PORT, Stack, Stopped, accept_clock, accept_losses, compact};
