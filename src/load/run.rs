//! Runs a plan: one thread says when, others send.
//!
//! The model is open unless asked otherwise: requests are due at their times, however slow the back end
//! is. A closed model waits with the next request while the back end stalls, and so hides the stall
//! from its own statistics.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, mpsc as blocking};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::plan::{LoadPlan, Model};
use super::report::LoadReport;
use super::request::Prepared;
use super::tally::Tally;
use super::worker::{Counter, Draws, Due, Open, Shared, run_here, work_closed};

/// How often somebody who watches is told how it goes.
const BEAT: Duration = Duration::from_millis(250);

/// The most threads that send. One does fifty thousand requests a second; the cores are also the back
/// end's.
const MOST_WORKERS: usize = 4;

/// How many batches wait for a worker that is busy, and how many requests are in one.
const MOST_BATCHES: usize = 64;
const LARGEST_BATCH: usize = 512;

/// The first request is due this long after the threads were started, so that none of them is late.
const HEAD_START: Duration = Duration::from_millis(20);

/// How a run goes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glance {
    /// From the start of the run.
    pub elapsed: Duration,
    /// Requests that are over, with or without an answer.
    pub requests: u64,
    /// Those that went wrong.
    pub errors: u64,
    /// P99 of the response time.
    pub p99: Option<Duration>,
}

/// Sends the plan's requests, each as soon as it is due and a connection is free.
///
/// `watch` is told every quarter of a second how it goes, and once at the end. When `stop` resolves, the
/// run ends at once: what is under way then is unfinished in the report. A request without an answer is
/// counted, and is no error of the run. Dropping the future stops the run.
///
/// # Errors
/// If the system has no room for the threads.
pub async fn run(
    plan: LoadPlan,
    stop: impl Future<Output = ()>,
    mut watch: impl FnMut(&Glance),
) -> io::Result<LoadReport> {
    let shared = Arc::new(Shared {
        prepared: Prepared::all(&plan.mix, &plan.host, plan.follows_traces),
        start: Instant::now() + HEAD_START,
        start_time: SystemTime::now() + HEAD_START,
        plan,
    });
    let mut running = Running::start(&shared)?;
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Skip);
    tokio::pin!(stop);
    let was_stopped = loop {
        tokio::select! {
            _ = &mut running.done => break false,
            () = &mut stop => break true,
            _ = beats.tick() => watch(&running.glance(shared.start)),
        }
    };
    watch(&running.glance(shared.start));
    running.report(&shared, was_stopped).await
}

/// The threads of a run; they end when this is dropped.
struct Running {
    stop: watch::Sender<bool>,
    counters: Vec<Counter>,
    workers: Vec<JoinHandle<io::Result<()>>>,
    // Ends the pacer's sleep when it is dropped.
    pacer_stop: Option<blocking::Sender<()>>,
    issued: Issued,
    done: oneshot::Receiver<()>,
}

/// Who knows how many requests were due.
enum Issued {
    Paced(JoinHandle<u64>),
    Drawn(Arc<Mutex<Draws>>),
}

impl Running {
    fn start(shared: &Arc<Shared>) -> io::Result<Running> {
        let plan = &shared.plan;
        let n_steps = match &plan.model {
            Model::Open { pace, .. } => pace.steps.len(),
            Model::Closed { .. } => 0,
        };
        let shares = shares(match plan.model {
            Model::Open {
                most_connections, ..
            } => most_connections,
            Model::Closed { connections, .. } => connections,
        });
        let counters: Vec<Counter> = shares
            .iter()
            .map(|_| Counter::new(Tally::new(plan.mix.routes().len(), n_steps)))
            .collect();
        let mut seeds = StdRng::seed_from_u64(plan.seed);
        let (times_seed, draws_seed) = (seeds.next_u64(), seeds.next_u64());
        let draws = Draws {
            mix: plan.mix.clone(),
            rng: StdRng::seed_from_u64(draws_seed),
            n: 0,
        };
        let (stop, stopped) = watch::channel(false);
        // Gone when the last worker is.
        let (working, mut all_done) = mpsc::channel::<()>(1);
        let mut workers = Vec::new();
        let mut spawn = |name: &str, work: Box<dyn FnOnce() -> io::Result<()> + Send>| {
            let working = working.clone();
            let thread = thread::Builder::new().name(name.to_string());
            workers.push(thread.spawn(move || {
                let _working = working;
                work()
            })?);
            io::Result::Ok(())
        };
        let mut pacer_stop = None;
        let issued = match &plan.model {
            Model::Open { pace, .. } => {
                let mut doors = Vec::new();
                for (share, counter) in shares.iter().zip(&counters) {
                    let (door, batches) = mpsc::channel(MOST_BATCHES);
                    doors.push(door);
                    let (shared, counter, share) = (shared.clone(), counter.clone(), *share);
                    let stopped = stopped.clone();
                    spawn(
                        "load-worker",
                        Box::new(move || {
                            run_here(Open::new(shared, counter, share).work(batches), stopped)
                        }),
                    )?;
                }
                let times = pace.due_times(times_seed);
                let end = pace.most.is_none().then(|| pace.length());
                let (stop, stopped) = blocking::channel();
                pacer_stop = Some(stop);
                let start = shared.start;
                let pacer = thread::Builder::new().name("load-pacer".to_string());
                Issued::Paced(pacer.spawn(move || {
                    let issued = hand_out(times, draws, &doors, start, &stopped);
                    // The run is as long as it was asked to be.
                    let early =
                        end.map(|end| (start + end).saturating_duration_since(Instant::now()));
                    let _ = stopped.recv_timeout(early.unwrap_or_default());
                    issued
                })?)
            }
            Model::Closed { length, .. } => {
                let draws = Arc::new(Mutex::new(draws));
                for (share, counter) in shares.iter().zip(&counters) {
                    let (shared, counter, draws) = (shared.clone(), counter.clone(), draws.clone());
                    let (share, length, stopped) = (*share, *length, stopped.clone());
                    spawn(
                        "load-worker",
                        Box::new(move || {
                            let work = work_closed(shared, counter, draws, share, length);
                            run_here(work, stopped)
                        }),
                    )?;
                }
                Issued::Drawn(draws)
            }
        };
        drop(working);
        let (tell, done) = oneshot::channel();
        tokio::spawn(async move {
            all_done.recv().await;
            let _ = tell.send(());
        });
        Ok(Running {
            stop,
            counters,
            workers,
            pacer_stop,
            issued,
            done,
        })
    }

    fn glance(&self, start: Instant) -> Glance {
        let mut glance = Glance {
            elapsed: start.elapsed(),
            requests: 0,
            errors: 0,
            p99: None,
        };
        for counter in &self.counters {
            let tally = counter.lock();
            glance.requests += tally.all.requests;
            glance.errors += tally.all.errors;
            // The workers have the same share of the same traffic, so the worse one will do for now.
            glance.p99 = glance.p99.max(tally.all.response_time.at(0.99));
        }
        glance
    }

    async fn report(self, shared: &Shared, was_stopped: bool) -> io::Result<LoadReport> {
        let elapsed = shared.start.elapsed();
        let _ = self.stop.send(true);
        drop(self.pacer_stop);
        let (workers, issued) = (self.workers, self.issued);
        let ended = tokio::task::spawn_blocking(move || {
            for worker in workers {
                worker.join().map_err(|_| panicked())??;
            }
            match issued {
                Issued::Paced(pacer) => pacer.join().map_err(|_| panicked()),
                Issued::Drawn(draws) => Ok(draws.lock().unwrap_or_else(PoisonError::into_inner).n),
            }
        });
        let issued = ended.await.map_err(io::Error::other)??;
        let plan = &shared.plan;
        let mut tally = Tally::new(plan.mix.routes().len(), 0);
        if let Some(first) = self.counters.first() {
            tally = Tally::new(plan.mix.routes().len(), first.lock().steps.len());
        }
        for counter in self.counters {
            tally.merge(std::mem::take(&mut *counter.lock()));
        }
        let times = (shared.start_time, elapsed);
        Ok(LoadReport::new(plan, tally, issued, times, was_stopped))
    }
}

fn panicked() -> io::Error {
    io::Error::other("a thread of the load generator panicked")
}

/// Divides connections among as many workers as the machine has cores for.
fn shares(n_connections: usize) -> Vec<usize> {
    let n_connections = n_connections.max(1);
    // The other half is the back end's, and the system's.
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let n_workers = (cores / 2).clamp(1, MOST_WORKERS).min(n_connections);
    let share = |idx| n_connections / n_workers + usize::from(idx < n_connections % n_workers);
    (0..n_workers).map(share).collect()
}

/// Hands each request to a worker when it is due, and returns how many there were.
///
/// On a thread of its own, whose sleep ends to a twentieth of a millisecond; a timer of the event loop
/// only counts whole ones. Whatever is due at that moment goes out together, each with its own time.
fn hand_out(
    times: impl Iterator<Item = Duration>,
    mut draws: Draws,
    doors: &[mpsc::Sender<Vec<Due>>],
    start: Instant,
    stop: &blocking::Receiver<()>,
) -> u64 {
    let mut times = times.peekable();
    let mut issued = 0u64;
    while let Some(next) = times.peek() {
        let early = (start + *next).saturating_duration_since(Instant::now());
        if !early.is_zero() {
            match stop.recv_timeout(early) {
                Err(blocking::RecvTimeoutError::Timeout) => continue,
                _ => return issued,
            }
        }
        let now = start.elapsed();
        let mut batches = vec![Vec::new(); doors.len()];
        let mut n = 0;
        while let Some(at) = times.next_if(|at| *at <= now && n < LARGEST_BATCH) {
            let request = draws.mix.draw(&mut draws.rng);
            let door = usize::try_from(issued % doors.len().max(1) as u64).unwrap_or_default();
            if let Some(batch) = batches.get_mut(door) {
                batch.push(Due { request, at });
            }
            issued += 1;
            n += 1;
        }
        for (batch, door) in batches.into_iter().zip(doors) {
            if !batch.is_empty() && door.blocking_send(batch).is_err() {
                return issued;
            }
        }
    }
    issued
}
