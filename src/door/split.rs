//! One port for HTTP/1 and HTTP/2 without TLS: the first bytes of a connection say which it is.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::listening::{Connection, Listening};

/// How every HTTP/2 connection of a caller begins that knows that it is spoken here.
///
/// Source: RFC 9113, section 3.4.
const PREFACE: &[u8; PREFACE_BYTES] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How long that is.
pub(super) const PREFACE_BYTES: usize = 24;

// A caller that has not said its first word by then gives its place back.
const SILENCE: Duration = Duration::from_secs(60);

/// The connections of one kind, for a server of that kind.
pub struct Half {
    connections: mpsc::Receiver<(Connection, SocketAddr)>,
    address: SocketAddr,
}

/// Returns the connections of HTTP/1 and those of HTTP/2, each for its own server; the port is closed when
/// both are dropped.
///
/// # Errors
/// If the system does not say where the port is.
pub fn split(mut listening: Listening) -> io::Result<(Half, Half)> {
    let address = listening.local_addr()?;
    // Servers take a connection as soon as it is there.
    let (to_http1, http1) = mpsc::channel(1);
    let (to_http2, http2) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut undecided = JoinSet::new();
        loop {
            tokio::select! {
                (connection, from) = listening.accept() => {
                    let (to_http1, to_http2) = (to_http1.clone(), to_http2.clone());
                    undecided.spawn(async move {
                        let decided = timeout(SILENCE, decide(connection)).await;
                        let Ok(Some((connection, is_http2))) = decided else {
                            return;
                        };
                        let server = if is_http2 { to_http2 } else { to_http1 };
                        // A server that has stopped takes no more connections.
                        let _ = server.send((connection, from)).await;
                    });
                }
                Some(_) = undecided.join_next() => {}
                () = async { tokio::join!(to_http1.closed(), to_http2.closed()); } => return,
            }
        }
    });
    let half = |connections| Half {
        connections,
        address,
    };
    Ok((half(http1), half(http2)))
}

/// Reads until it is sure whether a connection begins as HTTP/2 does; `None` if it ends before.
async fn decide(mut connection: Connection) -> Option<(Connection, bool)> {
    loop {
        let begun = connection.begin().await.ok()?;
        match PREFACE.get(..begun.len()) {
            Some(beginning) if beginning == begun => {
                if begun.len() == PREFACE_BYTES {
                    return Some((connection, true));
                }
            }
            _ => return Some((connection, false)),
        }
    }
}

impl Listener for Half {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        match self.connections.recv().await {
            Some(accepted) => accepted,
            // The task that accepts ends after us.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::super::{accept, bind};
    use super::*;

    async fn halves() -> (Half, Half) {
        let listener = bind(([127, 0, 0, 1], 0).into()).unwrap();
        split(accept(listener)).unwrap()
    }

    async fn begins(half: &mut Half, bytes: &[u8]) -> TcpStream {
        let mut caller = TcpStream::connect(half.address).await.unwrap();
        // A byte at a time, as a slow network may bring them.
        caller.set_nodelay(true).unwrap();
        for byte in bytes {
            caller.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        let (mut accepted, from) = half.accept().await;
        assert_eq!(from, caller.local_addr().unwrap());
        let mut read = vec![0; bytes.len()];
        accepted.read_exact(&mut read).await.unwrap();
        assert_eq!(read, bytes);
        caller
    }

    #[tokio::test]
    async fn a_connection_goes_to_its_own_server_with_every_byte_that_it_began_with() {
        let (mut http1, mut http2) = halves().await;
        let preface = [PREFACE.as_slice(), b"\0\0\0\x04\0\0\0\0\0"].concat();
        begins(&mut http2, &preface).await;
        for text in ["GET / HTTP/1.1\r\n\r\n", "P", "PRI * HTTP/2.1", "\0"] {
            // What is not decided by its own bytes is by the next one.
            begins(&mut http1, format!("{text}?").as_bytes()).await;
        }
    }

    #[tokio::test]
    async fn a_caller_that_says_nothing_holds_nobody_up() {
        let (mut http1, http2) = halves().await;
        let silent = TcpStream::connect(http1.address).await.unwrap();
        begins(&mut http1, b"GET /").await;
        let address = http1.address;
        drop((http1, http2));
        // The port closes, and the silent one with it.
        let mut silent = silent;
        let ended = silent.read(&mut [0]).await;
        assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
        let _ = address;
    }
}
