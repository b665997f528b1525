//! The daemon's UDP door: one datagram, one document.
//!
//! One thread does nothing but receive, since the system drops what it does not fetch in time; another
//! takes everything that waits at once, so that one write to disk holds many documents.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

pub use super::daemon_counts::Counts;
use super::daemon_counts::{Counters, kernel_drops};
pub use super::daemon_queue::Datagram;
use super::daemon_queue::Queue;
use super::datagram;
use super::intake::{Incoming, Intake};
use super::reject::{Origin, Reject};
use crate::clock;
use crate::store::{Store, StoreError};

/// The door's usual port, UDP and TCP alike. Source: AWS X-Ray Developer Guide, the daemon.
pub const DEFAULT_PORT: u16 = 2000;
/// How large a buffer the system is asked for. It gives no more than its own bound.
pub const RECEIVE_BUFFER_BYTES: usize = 4 << 20;

// The longest datagram that UDP can carry.
const MOST_DATAGRAM_BYTES: usize = 65_535;
// What waits for the store; beyond it the oldest are spilled.
const MOST_WAITING_BYTES: usize = 64 << 20;
// What is read and written at once.
const MOST_BATCH_BYTES: usize = 4 << 20;
// How long a stopping door goes on receiving what comes in without a pause.
const LAST_ORDERS: Duration = Duration::from_secs(1);
// How often a store that cannot take anything is asked again when the door stops, and how soon.
const LAST_TRIES: u32 = 20;
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// A socket that is received from, and what was received.
pub struct Receiver {
    socket: Arc<UdpSocket>,
    address: SocketAddr,
    receive_buffer_bytes: usize,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What the door's threads share.
struct Shared {
    queue: Queue,
    counters: Counters,
    is_stopping: AtomicBool,
}

/// What a receiver gave before and goes on giving to whoever takes from it. Cheap to clone.
#[derive(Clone)]
pub struct Received {
    shared: Arc<Shared>,
}

impl Received {
    /// Takes what waits, oldest first, about 4 MiB at most; waits for it as long as `patience` says. `None`
    /// when the door has stopped and nothing is left.
    pub fn take(&self, patience: Option<Duration>) -> Option<Vec<Datagram>> {
        self.shared.queue.take(MOST_BATCH_BYTES, patience)
    }

    /// Counts datagrams that went where they should.
    pub fn count_taken(&self, n: u64) {
        self.shared.counters.taken.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts a datagram that was refused.
    pub fn count_refused(&self, reason: &'static str) {
        self.shared.counters.refuse(reason, 1);
    }
}

impl Receiver {
    /// Receives from a bound socket, whose buffer has so many bytes, until it is stopped.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn start(socket: UdpSocket, receive_buffer_bytes: usize) -> io::Result<Receiver> {
        let address = socket.local_addr()?;
        let socket = Arc::new(socket);
        let shared = Arc::new(Shared {
            queue: Queue::new(MOST_WAITING_BYTES),
            counters: Counters::default(),
            is_stopping: AtomicBool::new(false),
        });
        let (from, into) = (socket.clone(), shared.clone());
        let thread = std::thread::Builder::new().name("xray-udp".to_string());
        let thread = thread.spawn(move || {
            receive(&from, &into);
            into.queue.close();
        })?;
        Ok(Receiver {
            socket,
            address,
            receive_buffer_bytes,
            shared,
            thread: Some(thread),
        })
    }

    /// Returns where the door is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the other end, for whoever takes what was received.
    pub fn received(&self) -> Received {
        Received {
            shared: self.shared.clone(),
        }
    }

    /// Returns what was counted so far.
    pub fn counts(&self) -> Counts {
        Counts {
            kernel_drops: kernel_drops(&self.socket),
            waiting: self.shared.queue.len() as u64,
            receive_buffer_bytes: self.receive_buffer_bytes as u64,
            ..self.shared.counters.counts()
        }
    }

    /// Receives what the system still holds, and no more after that. Returns at once; what waits can still be
    /// taken.
    pub fn stop(&self) {
        self.shared.is_stopping.store(true, Ordering::Release);
        // From now on the thread goes on only as long as there is something; the empty datagram wakes it.
        let _ = self.socket.set_nonblocking(true);
        let mut own = self.address;
        if own.ip().is_unspecified() {
            own.set_ip(match own {
                SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
                SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
            });
        }
        let _ = self.socket.send_to(&[], own);
    }

    /// Waits until the thread has ended.
    pub fn join(&mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic there was said when it came.
            let _ = thread.join();
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop();
        self.join();
    }
}

fn receive(socket: &UdpSocket, shared: &Shared) {
    let mut buffer = vec![0; MOST_DATAGRAM_BYTES + 1];
    let mut stopping_since = None;
    // Only in case that the datagram which should wake us is lost.
    let _ = socket.set_read_timeout(Some(LAST_ORDERS));
    loop {
        let came = socket.recv_from(&mut buffer);
        let is_stopping = shared.is_stopping.load(Ordering::Acquire);
        match came {
            Ok((0, _)) if is_stopping => {}
            Ok((length, sender)) => {
                let bytes: Box<[u8]> = buffer.get(..length).unwrap_or_default().into();
                shared.counters.received.fetch_add(1, Ordering::Relaxed);
                let n_spilled = shared.queue.put(Datagram { sender, bytes });
                if n_spilled > 0 {
                    shared
                        .counters
                        .spilled
                        .fetch_add(n_spilled, Ordering::Relaxed);
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if is_stopping {
                    return;
                }
            }
            // Of an answer that nobody wanted, or a signal; the socket itself is well.
            Err(_) if is_stopping => return,
            Err(_) => std::thread::yield_now(),
        }
        if is_stopping && stopping_since.get_or_insert_with(Instant::now).elapsed() > LAST_ORDERS {
            return;
        }
    }
}

/// A door whose documents go into a store.
pub struct Door {
    receiver: Receiver,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Door {
    /// Opens the door on a bound socket; documents are of `region`.
    ///
    /// # Errors
    /// If the system gives no thread.
    pub fn open(
        socket: UdpSocket,
        receive_buffer_bytes: usize,
        store: Arc<Store>,
        region: String,
    ) -> io::Result<Door> {
        let receiver = Receiver::start(socket, receive_buffer_bytes)?;
        let received = receiver.received();
        let runtime = Handle::current();
        let thread = std::thread::Builder::new().name("xray-intake".to_string());
        let thread = thread.spawn(move || {
            while let Some(datagrams) = received.take(None) {
                store_all(&runtime, &store, &region, &received.shared, datagrams);
            }
        })?;
        Ok(Door {
            receiver,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Returns what was counted so far.
    pub fn counts(&self) -> Counts {
        self.receiver.counts()
    }

    /// Closes the door, and returns when everything that was received is stored.
    pub async fn close(&self) -> Counts {
        self.receiver.stop();
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        // The thread waits for the store, which waits for nobody.
        let joined = tokio::task::spawn_blocking(move || thread.map(JoinHandle::join)).await;
        drop(joined);
        self.receiver.counts()
    }
}

fn store_all(
    runtime: &Handle,
    store: &Store,
    region: &str,
    shared: &Shared,
    datagrams: Vec<Datagram>,
) {
    let now = clock::now();
    let counters = &shared.counters;
    let mut intake = Intake::new(region);
    for (place, datagram) in datagrams.into_iter().enumerate() {
        let sender = Some(datagram.sender);
        match datagram::document(&datagram.bytes) {
            Ok(text) => {
                let text = text.to_string();
                intake.take(place, Incoming { text, sender }, now);
            }
            Err(fault) => {
                counters.refuse(fault.code(), 1);
                let origin = Origin {
                    time: now,
                    region,
                    sender,
                };
                intake.reject(Reject::of_datagram(origin, &datagram.bytes, fault));
            }
        }
    }
    for (_, refusal) in &intake.refused {
        counters.refuse(refusal.fault.code(), 1);
    }
    let n_taken = intake.n_taken as u64;
    match runtime.block_on(stored(store, &mut intake, shared)) {
        Ok(()) => counters.taken.fetch_add(n_taken, Ordering::Relaxed),
        Err(_) => counters.failed.fetch_add(n_taken, Ordering::Relaxed),
    };
    // They are counted in any case.
    let _ = runtime.block_on(intake.keep_rejects(store, now));
}

// A store that cannot keep up, or whose disk is full, may recover; what comes meanwhile waits in the queue,
// which knows its bound.
async fn stored(store: &Store, intake: &mut Intake, shared: &Shared) -> Result<(), StoreError> {
    let mut n_last_tries = 0;
    loop {
        match intake.store(store).await {
            Err(StoreError::Full | StoreError::Io(_)) if n_last_tries < LAST_TRIES => {
                n_last_tries += u32::from(shared.is_stopping.load(Ordering::Acquire));
                tokio::time::sleep(TRY_AGAIN).await;
            }
            result => return result,
        }
    }
}
