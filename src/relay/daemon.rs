//! The daemon's life: open the doors and the spools, and stop in order.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::batches;
use super::counts::Totals;
use super::proxy::{self, Callers};
use super::rejects::Rejects;
use super::sending::{self, Destination, Sending};
use super::side::Side;
use super::{Level, Tell};
use crate::door::{self, TakenPort, bind_both};
use crate::spool::{Spool, SpoolError, Stage};
use crate::xray::daemon::{RECEIVE_BUFFER_BYTES, Receiver};

/// What a daemon is started with.
pub struct DaemonOptions {
    /// Where segments come by UDP; port 0 lets the system choose.
    pub udp: SocketAddr,
    /// Where everything else is asked by TCP.
    pub tcp: SocketAddr,
    /// Whether programs on other machines may call it.
    pub allows_remote: bool,
    /// The folder in which each side has its spool.
    pub spools: PathBuf,
    /// About how large each spool may become, in bytes.
    pub spool_bytes: u64,
    /// The region that segments are of.
    pub region: String,
    /// The local stack, which keeps what was refused in any case.
    pub local: Side,
    /// Whether it stores segments, too.
    pub stores: bool,
    /// AWS, if segments go there; it then also answers what is asked by TCP.
    pub cloud: Option<Side>,
    /// Whom to tell.
    pub tell: Tell,
}

/// Why a daemon does not start.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// One of its addresses cannot be had.
    #[error(transparent)]
    Port(#[from] TakenPort),
    /// A spool cannot be used.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The system gives no thread.
    #[error("cannot start a thread")]
    Thread(#[from] io::Error),
}

/// A daemon that runs.
pub struct Daemon {
    tcp: SocketAddr,
    receiver: Arc<Receiver>,
    destinations: Vec<Arc<Destination>>,
    filler: std::thread::JoinHandle<()>,
    senders: Vec<JoinHandle<()>>,
    keeper: JoinHandle<()>,
    served: JoinHandle<()>,
    stage: watch::Sender<Stage>,
}

// A caller that never hangs up does not keep us.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

impl Daemon {
    /// Starts a daemon; when this returns, its doors are open.
    ///
    /// # Errors
    /// See [`RelayError`].
    pub fn start(options: DaemonOptions) -> Result<Daemon, RelayError> {
        let DaemonOptions {
            udp,
            tcp,
            allows_remote,
            spools,
            spool_bytes,
            region,
            local,
            stores,
            cloud,
            tell,
        } = options;
        let sockets = bind_both(udp, tcp, RECEIVE_BUFFER_BYTES)?;
        let (local, cloud) = (Arc::new(local), cloud.map(Arc::new));
        let asked = cloud.clone().unwrap_or_else(|| local.clone());
        let sides = stores.then(|| local.clone()).into_iter().chain(cloud);
        let mut destinations = Vec::new();
        for side in sides {
            let kind = if side.is_local() { "local" } else { "aws" };
            let folder = spools.join(format!("{kind}-{region}"));
            let (spool, found) = Spool::open(&folder, spool_bytes)?;
            if found.cut_bytes > 0 {
                let message = format!(
                    "the spool for {} had {} damaged bytes at its end, which were cut off",
                    side.name(),
                    found.cut_bytes
                );
                tell(Level::Warn, &message);
            }
            if found.lost_bytes > 0 {
                let message = format!(
                    "the spool for {} has {} damaged bytes, which are passed over",
                    side.name(),
                    found.lost_bytes
                );
                tell(Level::Warn, &message);
            }
            if found.n_waiting > 0 {
                let message = format!(
                    "{} segments from before wait for {}",
                    found.n_waiting,
                    side.name()
                );
                tell(Level::Info, &message);
            }
            destinations.push(Arc::new(Destination::new(side, spool, found)));
        }
        let receiver = Arc::new(Receiver::start(sockets.udp, sockets.receive_buffer_bytes)?);
        let (rejects, keeper) = Rejects::start(local, tell.clone());
        let (stage, stages) = watch::channel(Stage::Open);
        let filler = std::thread::Builder::new().name("xray-batches".to_string());
        let filler = filler.spawn({
            let (received, region) = (receiver.received(), region.clone());
            let (destinations, rejects, tell) =
                (destinations.clone(), rejects.clone(), tell.clone());
            move || batches::fill(&received, &destinations, &region, &rejects, &tell)
        })?;
        let senders = destinations.iter().map(|destination| {
            let sending = Sending {
                rejects: rejects.clone(),
                region: region.clone(),
                tell: tell.clone(),
                stage: stages.clone(),
            };
            tokio::spawn(sending::send(destination.clone(), sending))
        });
        let senders = senders.collect();
        let callers = if allows_remote {
            Callers::Any
        } else {
            Callers::Local
        };
        let health = {
            let (receiver, destinations) = (receiver.clone(), destinations.clone());
            move || health(&totals(&receiver, &destinations))
        };
        let mut stopped = stages;
        let stop = async move {
            let _ = stopped.wait_for(|stage| *stage != Stage::Open).await;
        };
        let served = tokio::spawn(door::serve_http1(
            door::accept(sockets.tcp),
            proxy::routes(asked, callers, health),
            stop,
        ));
        Ok(Daemon {
            tcp: sockets.address,
            receiver,
            destinations,
            filler,
            senders,
            keeper,
            served,
            stage,
        })
    }

    /// Returns where segments come by UDP.
    pub fn udp(&self) -> SocketAddr {
        self.receiver.address()
    }

    /// Returns where everything else is asked by TCP.
    pub fn tcp(&self) -> SocketAddr {
        self.tcp
    }

    /// Closes the doors, and sends what waits for as long as `grace`; what is left then stays in the spool.
    pub async fn stop(self, grace: Duration) -> Totals {
        let begun = Instant::now();
        let Daemon {
            receiver,
            destinations,
            filler,
            senders,
            keeper,
            mut served,
            stage,
            ..
        } = self;
        let left = || grace.saturating_sub(begun.elapsed());
        receiver.stop();
        // Everything that the system holds is in the spools when the thread ends.
        drop(tokio::task::spawn_blocking(move || filler.join()).await);
        let _ = stage.send(Stage::Closing);
        let last_answers = LAST_ANSWERS.min(left());
        if tokio::time::timeout(last_answers, &mut served)
            .await
            .is_err()
        {
            served.abort();
        }
        for mut sender in senders {
            if tokio::time::timeout(left(), &mut sender).await.is_err() {
                let _ = stage.send(Stage::Over);
                // It only puts back what it could not deliver.
                let _ = sender.await;
            }
        }
        for destination in &destinations {
            destination.settle();
        }
        // The senders had the other ends. A stack that is away is asked a few times, and no more.
        let _ = tokio::time::timeout(LAST_ANSWERS, keeper).await;
        totals(&receiver, &destinations)
    }
}

fn totals(receiver: &Receiver, destinations: &[Arc<Destination>]) -> Totals {
    Totals {
        door: receiver.counts(),
        deliveries: destinations
            .iter()
            .map(|destination| destination.delivery())
            .collect(),
    }
}

fn health(totals: &Totals) -> Value {
    json!({
        "service": "cruddurctl xray daemon",
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        "daemon": totals.to_json(),
    })
}
