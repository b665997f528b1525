//! A TCP door that lets in a bounded number of connections.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::{future, io};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::split::PREFACE_BYTES;

// More than any SDK opens, fewer than a process may have files open.
const MOST_CONNECTIONS: usize = 512;

/// A listener that lets in a bounded number of connections; the others wait in the system's queue.
pub struct Listening {
    listener: TcpListener,
    places: Arc<Semaphore>,
}

/// Makes a bounded listener of a bound one.
pub fn accept(listener: TcpListener) -> Listening {
    Listening {
        listener,
        places: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
    }
}

impl Listener for Listening {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let Ok(place) = self.places.clone().acquire_owned().await else {
            // The semaphore is never closed; if it were, nobody else would get in.
            return future::pending().await;
        };
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Answers are small and complete; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        (
            Connection {
                stream,
                beginning: Beginning::default(),
                _place: place,
            },
            address,
        )
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that holds its place until it is dropped.
pub struct Connection {
    stream: TcpStream,
    beginning: Beginning,
    _place: OwnedSemaphorePermit,
}

/// What was read of a connection before its server was chosen, which reads it again.
#[derive(Default)]
struct Beginning {
    bytes: [u8; PREFACE_BYTES],
    n_read: usize,
    n_given: usize,
}

impl Connection {
    /// Reads more of the beginning, and returns all that was read so far: at most as much as says which
    /// HTTP it is.
    pub(super) async fn begin(&mut self) -> io::Result<&[u8]> {
        let Beginning { bytes, n_read, .. } = &mut self.beginning;
        let room = bytes.get_mut(*n_read..).unwrap_or_default();
        match self.stream.read(room).await? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => *n_read += n,
        }
        Ok(bytes.get(..*n_read).unwrap_or_default())
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Beginning {
            bytes,
            n_read,
            n_given,
        } = &mut self.beginning;
        let left = bytes.get(*n_given..*n_read).unwrap_or_default();
        if !left.is_empty() {
            let n = left.len().min(buffer.remaining());
            buffer.put_slice(left.get(..n).unwrap_or_default());
            *n_given += n;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// The other end of a connection, for handlers that want to know it.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Listening>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listening>) -> Peer {
        Peer(*stream.remote_addr())
    }
}
