//! A TCP listener with a bounded number of connections. When all places are taken, the connection that has been
//! idle the longest makes room for a new one, so that idle and slow callers never shut a port.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use std::{future, io};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Sleep, sleep, timeout};

use super::port::queue_more;
use super::split::PREFACE_BYTES;

// More than any SDK opens, fewer than a process may have files open.
const MOST_CONNECTIONS: usize = 512;
// How long a new connection waits for one to go, before another has to go too.
const PATIENCE: Duration = Duration::from_millis(100);

// A connection that has just come is not idle yet, whatever the others do meanwhile.
const YOUNG: Duration = Duration::from_secs(1);
// A caller that reads nothing of its answer for so long does not get the rest.
const LONGEST_STALL: Duration = Duration::from_secs(60);

/// A listener with a bounded number of connections.
pub struct Listening {
    listener: TcpListener,
    places: Arc<Semaphore>,
    open: Arc<Mutex<Vec<Arc<Place>>>>,
    started: Instant,
    longest_stall: Duration,
    // One that is accepted and has no place yet. Servers drop what accepts for whatever else happens, and the connection
    // must not be lost with it.
    waiting: Option<(TcpStream, SocketAddr)>,
    made_room: Option<Instant>,
}

/// Makes a bounded listener of a bound one.
pub fn accept(listener: TcpListener) -> Listening {
    queue_more(&listener);
    accept_at_most(listener, MOST_CONNECTIONS)
}

fn accept_at_most(listener: TcpListener, most: usize) -> Listening {
    Listening {
        listener,
        places: Arc::new(Semaphore::new(most)),
        open: Arc::default(),
        started: Instant::now(),
        longest_stall: LONGEST_STALL,
        waiting: None,
        made_room: None,
    }
}

/// What is known of an open connection by those who want its place.
struct Place {
    started: Instant,
    accepted: Instant,
    // When an answer last went out or much came in, in milliseconds since the listener started.
    last: AtomicU64,
    is_closed: AtomicBool,
    closed: Notify,
    // The tasks that wait to read and to write.
    waiting: Mutex<[Option<Waker>; 2]>,
}

// Fewer bytes at once are a sign of life only together with an answer.
const MORE_THAN_DRIPS: usize = 1 << 10;

const READER: usize = 0;
const WRITER: usize = 1;

impl Place {
    fn new(started: Instant) -> Place {
        let place = Place {
            started,
            accepted: Instant::now(),
            last: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
            closed: Notify::new(),
            waiting: Mutex::default(),
        };
        place.touch();
        place
    }

    fn touch(&self) {
        let now = self.started.elapsed().as_millis();
        self.last
            .store(u64::try_from(now).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    // Ends the connection: reading and writing, also what waits for them, give an error.
    fn close(&self) {
        self.is_closed.store(true, Ordering::Release);
        self.closed.notify_one();
        let Ok(mut waiting) = self.waiting.lock() else {
            return;
        };
        waiting
            .iter_mut()
            .filter_map(Option::take)
            .for_each(Waker::wake);
    }

    // Returns what came of reading or writing; an error if the connection was closed.
    fn seen<T>(
        &self,
        who: usize,
        context: &Context<'_>,
        polled: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match polled {
            Poll::Ready(_) => {}
            Poll::Pending => {
                if let Ok(mut waiting) = self.waiting.lock()
                    && let Some(waker) = waiting.get_mut(who)
                {
                    *waker = Some(context.waker().clone());
                }
            }
        }
        match self.is_closed.load(Ordering::Acquire) {
            true => Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into())),
            false => polled,
        }
    }
}

impl Listening {
    // The longest idle one; those that are closed already are on their way out.
    fn make_room(&self) {
        let Ok(open) = self.open.lock() else { return };
        let still_open = open
            .iter()
            .filter(|place| !place.is_closed.load(Ordering::Relaxed));
        let idleness = |place: &&Arc<Place>| {
            let is_young = place.accepted.elapsed() < YOUNG;
            (is_young, place.last.load(Ordering::Relaxed))
        };
        let idlest = still_open.min_by_key(idleness);
        if let Some(place) = idlest {
            place.close();
        }
    }
}

impl Listening {
    // Waits for a place, for which another connection may have to go.
    async fn permit(&mut self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(permit) = self.places.clone().try_acquire_owned() {
                self.made_room = None;
                return permit;
            }
            let made_room = self.made_room.filter(|it| it.elapsed() < PATIENCE);
            let made_room = made_room.unwrap_or_else(|| {
                self.make_room();
                Instant::now()
            });
            self.made_room = Some(made_room);
            let left = PATIENCE.saturating_sub(made_room.elapsed());
            match timeout(left, self.places.clone().acquire_owned()).await {
                Ok(Ok(permit)) => {
                    self.made_room = None;
                    return permit;
                }
                // The semaphore is never closed; if it were, no other would get in.
                Ok(Err(_)) => return future::pending().await,
                // One that is busy takes a while to go, so another one has to.
                Err(_) => {}
            }
        }
    }
}

impl Listener for Listening {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        if self.waiting.is_none() {
            self.waiting = Some(Listener::accept(&mut self.listener).await);
        }
        let permit = self.permit().await;
        let Some((stream, address)) = self.waiting.take() else {
            return future::pending().await;
        };
        // Answers are small and complete; waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let place = Arc::new(Place::new(self.started));
        if let Ok(mut open) = self.open.lock() {
            open.push(place.clone());
        }
        let connection = Connection {
            stream,
            beginning: Beginning::default(),
            place,
            open: self.open.clone(),
            longest_stall: self.longest_stall,
            stall: None,
            _permit: permit,
        };
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that holds its place until it is dropped.
pub struct Connection {
    stream: TcpStream,
    beginning: Beginning,
    place: Arc<Place>,
    open: Arc<Mutex<Vec<Arc<Place>>>>,
    longest_stall: Duration,
    // From the first write that found no room.
    stall: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Ok(mut open) = self.open.lock() {
            open.retain(|place| !Arc::ptr_eq(place, &self.place));
        }
    }
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
        let read = tokio::select! {
            read = self.stream.read(room) => read?,
            () = self.place.closed.notified() => {
                return Err(io::ErrorKind::ConnectionAborted.into());
            }
        };
        match read {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => *n_read += n,
        }
        Ok(bytes.get(..*n_read).unwrap_or_default())
    }
}

impl Connection {
    // Returns what came of writing; an error if nothing could be written for too long.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if polled.is_ready() {
            self.stall = None;
            self.place.touch();
        } else {
            let longest = self.longest_stall;
            let stall = self.stall.get_or_insert_with(|| Box::pin(sleep(longest)));
            if stall.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        self.place.seen(WRITER, context, polled)
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
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        // A caller that brings a byte now and then, and never a whole head, is as good as idle.
        if buffer.filled().len() - before >= MORE_THAN_DRIPS {
            self.place.touch();
        }
        self.place.seen(READER, context, polled)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(context, polled)
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
        let polled = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(context, polled)
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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn a_caller_that_never_reads_its_answer_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let caller = TcpStream::connect(listener.local_addr().unwrap());
        let mut listening = accept_at_most(listener, 2);
        listening.longest_stall = Duration::ZERO;
        let (caller, (mut connection, _)) = tokio::join!(caller, listening.accept());
        // More than the buffers of both sides hold.
        let answer = vec![0; 64 << 20];
        let written = connection.write_all(&answer).await;
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(caller);
    }

    #[tokio::test]
    async fn a_connection_that_waits_for_a_place_is_not_lost_when_accepting_is_interrupted() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut listening = accept_at_most(listener, 1);
        let first_caller = TcpStream::connect(address).await.unwrap();
        let (first, _) = listening.accept().await;
        let second_caller = TcpStream::connect(address).await.unwrap();
        while listening.waiting.is_none() {
            assert!(timeout(Duration::ZERO, listening.accept()).await.is_err());
        }
        drop(first);
        let (_second, from) = listening.accept().await;
        assert_eq!(from, second_caller.local_addr().unwrap());
        drop(first_caller);
    }

    #[tokio::test]
    async fn one_that_has_just_come_does_not_make_room_though_others_were_busy_since() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut listening = accept_at_most(listener, 2);
        let callers = [TcpStream::connect(address), TcpStream::connect(address)];
        let mut places = Vec::new();
        for caller in callers {
            let (caller, (connection, _)) = tokio::join!(caller, listening.accept());
            places.push((caller, connection));
        }
        let [(_, old), (_, new)] = &mut places[..] else {
            panic!("there are two")
        };
        new.place.last.store(0, Ordering::Relaxed);
        old.place.last.store(1, Ordering::Relaxed);
        let long_ago = Instant::now().checked_sub(2 * YOUNG).unwrap();
        let mut open = listening.open.lock().unwrap();
        let first = Place {
            accepted: long_ago,
            ..Place::new(listening.started)
        };
        first.last.store(1, Ordering::Relaxed);
        let first = Arc::new(first);
        open[0] = first.clone();
        drop(open);
        listening.make_room();
        assert!(first.is_closed.load(Ordering::Relaxed));
        assert!(!new.place.is_closed.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn the_longest_idle_connection_makes_room_for_a_new_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut listening = accept_at_most(listener, 2);
        let (mut first_caller, second_caller) = (
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        );
        let (mut first, _) = listening.accept().await;
        let (mut second, _) = listening.accept().await;
        second.place.last.store(0, Ordering::Relaxed);
        // The first one says something, the second never does.
        first_caller.write_all(b"x").await.unwrap();
        let mut byte = [0];
        first.read_exact(&mut byte).await.unwrap();
        first.place.last.store(1, Ordering::Relaxed);

        let idle =
            tokio::spawn(async move { second.begin().await.map(<[u8]>::len).unwrap_err().kind() });
        let third_caller = TcpStream::connect(address).await.unwrap();
        let (mut third, _) = listening.accept().await;
        assert_eq!(idle.await.unwrap(), io::ErrorKind::ConnectionAborted);
        assert!(!first.place.is_closed.load(Ordering::Relaxed));

        // One that waits to read is ended too; the others go on.
        third.place.last.store(2, Ordering::Relaxed);
        let waiting = tokio::spawn(async move { first.read(&mut [0]).await.unwrap_err().kind() });
        let fourth_caller = TcpStream::connect(address).await.unwrap();
        let (_fourth, _) = listening.accept().await;
        assert_eq!(waiting.await.unwrap(), io::ErrorKind::ConnectionAborted);
        let mut third_caller = third_caller;
        third_caller.write_all(b"y").await.unwrap();
        third.read_exact(&mut byte).await.unwrap();
        assert_eq!(&byte, b"y");
        drop((second_caller, fourth_caller));
    }
}
