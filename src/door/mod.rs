//! How a TCP door is opened: bind it or say who has it, and let in a bounded number of connections.
//!
//! What is in flight draws its bytes from one `budget`, and reads run in a `query_pool`, so that no caller takes what
//! others need.
//!
//! `stack` and `backend` open their doors with it, and receivers take their bodies in through `body`; it
//! knows nothing of what is served.

pub mod body;
pub mod budget;
pub mod drawn;
pub mod frames;
mod http1;
mod http2;
mod listening;
mod pair;
mod port;
pub mod query_pool;
mod split;
pub mod turns;
mod unpacked;

pub use http1::serve_http1;
pub use http2::serve_http2;
pub use listening::{Connection, Listening, Peer, accept};
pub use pair::{Sockets, bind_both};
pub use port::{TakenPort, bind, bind_udp};
pub use split::{Half, split};
