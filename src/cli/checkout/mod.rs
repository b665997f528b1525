//! A checkout of Cruddur as text: what its Python and compose files say. Reads, and never writes; names no
//! client and prints nothing.

mod compose;
mod folder;
mod python;
mod yaml;

pub use compose::{Compose, Service};
pub use folder::{Checkout, Read};
pub use python::{Call, Python};
pub use yaml::meaning as yaml_meaning;
