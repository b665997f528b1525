//! The local stack: every server behind one HTTP door and one for gRPC, over one data folder.
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
pub use crate::otlp::receiver_grpc::DEFAULT_PORT as DEFAULT_GRPC_PORT;
pub use crate::store::{ExportError, Exported};
pub use inspect::{Held, Inspection, Wanted, export, inspect};
pub use probe::Running;
pub use run::{
    DEFAULT_PORT, Found, GrpcDoor, Keep, Role, Stack, StackError, StackOptions, compact, find,
    find_or_start,
};
