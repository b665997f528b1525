//! How a TCP door is opened: bind it or say who has it, and let in a bounded number of connections.
//!
//! `stack` and `backend` open their doors with it, and receivers take their bodies in through `body`; it
//! knows nothing of what is served.

pub mod body;
pub mod frames;
mod http2;
mod listening;
mod pair;
mod port;
mod split;

pub use http2::serve_http2;
pub use listening::{Connection, Listening, Peer, accept};
pub use pair::{Sockets, bind_both};
pub use port::{TakenPort, bind, bind_udp};
pub use split::{Half, split};
