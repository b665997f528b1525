//! What shape the input of each operation must have, and how the service refuses another.
//!
//! It stands in front of every operation, so that none checks lengths and ranges for itself. Two of the
//! service's three families of refusal come from here: SerializationException for the wrong kind of
//! JSON, and ValidationException for a member that is missing or out of its range. The third,
//! InvalidRequestException, is about meaning and belongs to the operations.

mod check;
mod java;
mod model;
mod operations;

pub use check::{ShapeError, read};
pub use operations::operation;

#[cfg(test)]
mod tests;
