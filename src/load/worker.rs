//! One thread of the generator: takes requests that are due, and sends each over a free connection.
//!
//! Connections are opened when they are needed and used again last first, so that there are as few as
//! the back end's slowness asks for.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rand::rngs::StdRng;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::connection::{Answer, Connection, Told};
use super::fault::Fault;
use super::mix::Mix;
use super::plan::{LoadPlan, Model};
use super::request::Prepared;
use super::tally::{Outcome, Tally, Timed};

/// How many due requests wait in a worker; while there are more, the pacer waits with the next ones and
/// hands them out with the times at which they were due.
const MOST_WAITING: usize = 1 << 18;

/// How long a connection of the closed model waits when it could not be opened, so that a back end that
/// is gone is not called a hundred thousand times a second.
const PAUSE: Duration = Duration::from_millis(100);

/// What all workers share.
pub struct Shared {
    /// What is to be done.
    pub plan: LoadPlan,
    /// All that may be sent, in the order of the mix's variants.
    pub prepared: Vec<Prepared>,
    /// What due times count from, ...
    pub start: Instant,
    /// ... and when that is.
    pub start_time: SystemTime,
}

/// A request that is due.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// An index into [`Shared::prepared`].
    pub request: usize,
    /// From the start of the run.
    pub at: Duration,
}

/// Where a worker's counts are while it runs.
#[derive(Clone)]
pub struct Counter(Arc<Mutex<Tally>>);

impl Counter {
    /// Makes one over an empty tally.
    pub fn new(tally: Tally) -> Counter {
        Counter(Arc::new(Mutex::new(tally)))
    }

    /// Returns the counts so far; nobody counts while they are held.
    pub fn lock(&self) -> MutexGuard<'_, Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A worker of the open model.
pub struct Open {
    shared: Arc<Shared>,
    counter: Counter,
    most_connections: usize,
    queue: RefCell<Queue>,
    // Told for each request that a waiting connection is to take, and to all at the end.
    due: Notify,
    // Told when a request has left the queue.
    room: Notify,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Due>,
    // Connections that wait for a request and have not been told of one.
    n_idle: usize,
    n_connections: usize,
    is_over: bool,
}

impl Open {
    /// Makes a worker with at most this many connections.
    pub fn new(shared: Arc<Shared>, counter: Counter, most_connections: usize) -> Rc<Open> {
        Rc::new(Open {
            shared,
            counter,
            most_connections: most_connections.max(1),
            queue: RefCell::default(),
            due: Notify::new(),
            room: Notify::new(),
        })
    }

    /// Sends what comes until no more comes, and waits for the answers; must run in a `LocalSet`.
    pub async fn work(self: Rc<Open>, mut batches: mpsc::Receiver<Vec<Due>>) {
        let mut connections = JoinSet::new();
        while let Some(batch) = batches.recv().await {
            let handed = self.shared.start.elapsed();
            let mut n_waited = 0;
            for due in &batch {
                n_waited += u64::from(self.hand(*due, &mut connections));
            }
            {
                let mut tally = self.counter.lock();
                for due in &batch {
                    tally.lateness.add(handed.saturating_sub(due.at));
                }
                tally.waited += n_waited;
                tally.connections = self.queue.borrow().n_connections;
            }
            while self.queue.borrow().waiting.len() > MOST_WAITING {
                self.room.notified().await;
            }
        }
        self.queue.borrow_mut().is_over = true;
        self.due.notify_waiters();
        while connections.join_next().await.is_some() {}
    }

    /// Gives a request to a connection; returns whether it has to wait as all are in use.
    fn hand(self: &Rc<Open>, due: Due, connections: &mut JoinSet<()>) -> bool {
        let mut queue = self.queue.borrow_mut();
        queue.waiting.push_back(due);
        if queue.n_idle > 0 {
            queue.n_idle -= 1;
            self.due.notify_last();
            return false;
        }
        if queue.n_connections == self.most_connections {
            return true;
        }
        queue.n_connections += 1;
        connections.spawn_local(self.clone().connection());
        false
    }

    async fn connection(self: Rc<Open>) {
        let mut sender = Sender::new(&self.shared);
        loop {
            let next = self.queue.borrow_mut().waiting.pop_front();
            match next {
                Some(due) => {
                    self.room.notify_one();
                    sender.send(due, &self.counter).await;
                }
                None if self.queue.borrow().is_over => return,
                None => {
                    self.queue.borrow_mut().n_idle += 1;
                    self.due.notified().await;
                }
            }
        }
    }
}

/// Draws the requests of a closed model, one after another for all workers.
pub struct Draws {
    /// What is drawn from.
    pub mix: Mix,
    /// What chance is made from.
    pub rng: StdRng,
    /// How many were drawn.
    pub n: u64,
}

/// Sends over `connections` connections until `length` is over; must run in a `LocalSet`.
pub async fn work_closed(
    shared: Arc<Shared>,
    counter: Counter,
    draws: Arc<Mutex<Draws>>,
    connections: usize,
    length: Duration,
) {
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        let (shared, counter, draws) = (shared.clone(), counter.clone(), draws.clone());
        tasks.spawn_local(async move {
            let mut sender = Sender::new(&shared);
            // What is sent before the start would be answered before it is due.
            sleep(shared.start.saturating_duration_since(Instant::now())).await;
            loop {
                let at = shared.start.elapsed();
                if at >= length {
                    return;
                }
                let request = {
                    let mut draws = draws.lock().unwrap_or_else(PoisonError::into_inner);
                    draws.n += 1;
                    let Draws { mix, rng, .. } = &mut *draws;
                    mix.draw(rng)
                };
                if !sender.send(Due { request, at }, &counter).await {
                    sleep(PAUSE).await;
                }
            }
        });
    }
    counter.lock().connections = connections;
    while tasks.join_next().await.is_some() {}
}

/// Runs `work` on this thread until it is done, or until `stop` is told or gone.
///
/// # Errors
/// If the system has no room for another event loop.
pub fn run_here(
    work: impl Future<Output = ()>,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        tokio::select! {
            () = work => {}
            _ = stop.wait_for(|is_told| *is_told) => {}
        }
    });
    Ok(())
}

/// A connection with what it needs to send requests.
struct Sender {
    shared: Arc<Shared>,
    connection: Connection,
    buffer: Vec<u8>,
    told: Told,
}

impl Sender {
    fn new(shared: &Arc<Shared>) -> Sender {
        Sender {
            shared: shared.clone(),
            connection: Connection::new(shared.plan.address),
            buffer: Vec::new(),
            told: Told::default(),
        }
    }

    /// Sends a request, waits for its answer and counts it; returns whether anything was sent.
    async fn send(&mut self, due: Due, counter: &Counter) -> bool {
        let Shared {
            plan,
            prepared,
            start,
            ..
        } = &*self.shared;
        let Some(prepared) = prepared.get(due.request) else {
            return false;
        };
        let patience = plan.timeout;
        let due_at = *start + due.at;
        let mut was_sent = false;
        self.told.clear();
        let answer = if due_at.elapsed() > patience {
            // It has waited for a free connection all this time.
            Err(Fault::Timeout(patience))
        } else {
            let bytes = if plan.has_traceparent {
                prepared.with_traceparent(&mut self.buffer, &mut self.told.trace_id);
                &self.buffer
            } else {
                prepared.bytes()
            };
            let exchange = self
                .connection
                .exchange(bytes, &mut was_sent, &mut self.told);
            let answer = timeout(patience, exchange).await;
            answer.unwrap_or(Err(Fault::Timeout(patience)))
        };
        let step_at = |at| match &plan.model {
            Model::Open { pace, .. } => (at < pace.length()).then(|| pace.step_at(at)),
            Model::Closed { .. } => None,
        };
        let timed = |answer: Answer| Timed {
            status: answer.status,
            response_time: answer.ended.saturating_duration_since(due_at),
            service_time: answer.ended.saturating_duration_since(answer.sent),
            ended_in: step_at(answer.ended.saturating_duration_since(*start)),
        };
        counter.lock().add(Outcome {
            route: prepared.route,
            is_refused: prepared.is_refused,
            due: due.at,
            step: step_at(due.at).unwrap_or_default(),
            was_sent,
            trace_id: &self.told.trace_id,
            is_sampled: self.told.is_sampled,
            is_followed: plan.follows_traces,
            answer: answer.map(timed),
        });
        was_sent
    }
}
