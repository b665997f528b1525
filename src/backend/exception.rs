//! What a handler died of, as Python would tell it.

use std::fmt;

/// An exception that nobody caught. A response carries it to whoever tells of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// Its class: `NameError`.
    pub kind: &'static str,
    /// What it says.
    pub message: String,
    /// Where it was raised: file and function, as in upstream's code.
    pub place: (&'static str, &'static str),
}

impl Exception {
    /// Returns the trace as Python prints it.
    pub fn stack_trace(&self) -> String {
        let (file, function) = self.place;
        format!("Traceback (most recent call last):\n  File \"{file}\", in {function}\n{self}")
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}
