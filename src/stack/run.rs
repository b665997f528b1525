//! A stack's life: start, serve, stop in order.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::admission::Admission;
use super::check::Allowed;
use super::daemon;
use super::lines;
use super::lock::{self, Lock, LockError};
use super::options::{GrpcDoor, Keep, Role, StackError, StackOptions, Tell};
use super::probe::Running;
use super::routes::{self, Health};
use crate::clock::now;
use crate::door::budget::Budget;
use crate::door::drawn::Pace;
use crate::door::query_pool::QueryPool;
use crate::door::{self, TakenPort, bind};
use crate::honeycomb::server_limits::Limits;
use crate::otlp::receiver_intake::Intake;
use crate::settings::secret::Secret;
use crate::store::{OpenError, Received, Store, Warnings};
use crate::system;
use crate::xray;
use crate::xray::daemon::{Counts, Door};

/// The HTTP door's usual port: OpenTelemetry's own, so that exporters need no setting.
pub const DEFAULT_PORT: u16 = 4318;

/// A running stack. Dropping it without [`Stack::stop`] ends it with the runtime.
pub struct Stack {
    address: SocketAddr,
    grpc: Result<Option<SocketAddr>, TakenPort>,
    daemon: Result<Option<SocketAddr>, TakenPort>,
    door: Option<Arc<Door>>,
    role: Role,
    store: Arc<Store>,
    lock: Lock,
    stop: watch::Sender<()>,
    served: JoinHandle<()>,
}

impl Stack {
    /// Starts a stack; when this returns, its doors are open.
    ///
    /// # Errors
    /// See [`StackError`].
    pub async fn start(options: StackOptions) -> Result<Stack, StackError> {
        let StackOptions {
            data_folder: folder,
            address,
            grpc,
            daemon,
            daemon_region,
            role,
            key,
            allowed_hosts,
            allowed_origins,
            tell,
            strict,
            longest_query,
            in_flight,
            keep,
        } = options;
        let can_be_sent = |key: &Secret| key.expose().bytes().all(|it| it.is_ascii_graphic());
        if !key.as_ref().is_none_or(can_be_sent) {
            return Err(StackError::Key);
        }
        let refused = |source| StackError::Folder {
            folder: folder.clone(),
            source,
        };
        // Before the lock, so that a folder of a newer version is left untouched. One that cannot be written to may be
        // there to be read.
        match Store::prepare(&folder) {
            Err(OpenError::Io { .. }) if folder.is_dir() => {}
            prepared => prepared?,
        }
        let lock = owned(&folder)?;
        let listener = bind(address)?;
        let address = listener.local_addr().map_err(refused)?;
        let (grpc_listener, grpc) = bind_grpc(grpc)?;
        let grpc_address = grpc.as_ref().ok().copied().flatten();
        let daemon = match key {
            // X-Ray's SDKs have no way to show a key there.
            Some(_) => daemon.on_loopback(),
            None => daemon,
        };
        let (daemon_sockets, daemon) = daemon::bind_door(daemon)?;
        let store = Arc::new(Store::open(&folder, keep.limits())?);
        let teller = tell.clone();
        store.tell(move |sentence| teller.tell(sentence));
        let limits = strict.map_or_else(|| Limits::local(longest_query), Limits::strict);
        let key = Arc::new(key);
        let accepts = {
            let key = key.clone();
            move |shown: &str| key.as_ref().as_ref().is_none_or(|key| key.is(shown))
        };
        let takes = accepts.clone();
        // Plain exporters send no key; that is well unless one was set.
        let takes = move |shown: Option<&str>| takes(shown.unwrap_or_default());
        let lines = lines::lines_into(store.clone());
        let warned = tell.clone();
        let intake = Intake::new(store.clone(), takes, lines, move |text| tell.tell(text));
        let intake = Arc::new(intake);
        let allowed = Arc::new(Allowed::new(&allowed_hosts, allowed_origins));
        let pool = QueryPool::start(longest_query, system::go_later).map_err(refused)?;
        let admission = Arc::new(Admission {
            budget: Budget::new(in_flight),
            pool,
            pace: Pace::default(),
        });
        // One for both doors, since it knows who asks for how much of a reservoir.
        let xray = xray::server::routes(store.clone());
        let (mut door, mut daemon_http) = (None, None);
        if let Some(sockets) = daemon_sockets {
            let buffer_bytes = sockets.receive_buffer_bytes;
            let region = daemon_region.clone();
            let opened = Door::open(sockets.udp, buffer_bytes, store.clone(), region);
            door = Some(Arc::new(opened.map_err(refused)?));
            daemon_http = Some(sockets.tcp);
        }
        let daemon_address = daemon.as_ref().ok().copied().flatten();
        let health = Health {
            started: now(),
            keep_age: keep.age,
            store: store.clone(),
            intake: intake.clone(),
            grpc_address,
            daemon_address,
            door: door.clone(),
            budget: admission.budget.clone(),
        };
        let daemon_routes = xray.clone().route(
            "/healthz",
            get({
                let health = health.clone();
                move || routes::healthy(health)
            }),
        );
        let daemon_routes = daemon::routes(
            daemon_routes,
            &daemon_region,
            admission.clone(),
            allowed.clone(),
        );
        let grpc_routes =
            routes::of_grpc_port(intake.clone(), admission.clone(), allowed.clone(), address);
        let routes = routes::of_http_port(
            health,
            (intake, admission),
            xray,
            limits,
            allowed,
            key,
            accepts,
        );
        let (stop, stopped) = watch::channel(());
        let http = serve_both(listener, routes, &stopped).map_err(refused)?;
        let otlp = match grpc_listener {
            Some(listener) => {
                let serving = serve_both(listener, grpc_routes, &stopped);
                Some(serving.map_err(refused)?)
            }
            None => None,
        };
        let daemon_stopped = until(&stopped);
        let served = tokio::spawn(async move {
            let otlp = async move {
                if let Some(serving) = otlp {
                    serving.await;
                }
            };
            let daemon_http = async move {
                let Some(listener) = daemon_http else {
                    return;
                };
                door::serve_http1(door::accept(listener), daemon_routes, daemon_stopped).await;
            };
            tokio::join!(http, otlp, daemon_http);
        });
        let is_standing = role == Role::Standing;
        let running = Running {
            address,
            grpc_address,
            daemon_address,
            pid: std::process::id(),
            is_standing,
        };
        if let Err(error) = lock.announce(&running)
            && is_standing
        {
            warned.tell(&format!(
                "warning: commands cannot find this stack by its data folder: {}: {error}",
                folder.display()
            ));
        }
        tokio::spawn(tell_warnings(store.warnings(), warned));
        Ok(Stack {
            address,
            grpc,
            daemon,
            door,
            role,
            store,
            lock,
            stop,
            served,
        })
    }

    /// Returns where the HTTP door is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns where the gRPC door is, if there is one.
    ///
    /// # Errors
    /// If there would be one, but somebody else has the port.
    pub fn grpc_address(&self) -> Result<Option<SocketAddr>, &TakenPort> {
        self.grpc.as_ref().copied()
    }

    /// Returns where the X-Ray daemon's door is, UDP and TCP, if there is one.
    ///
    /// # Errors
    /// If there would be one, but somebody else has the port.
    pub fn daemon_address(&self) -> Result<Option<SocketAddr>, &TakenPort> {
        self.daemon.as_ref().copied()
    }

    /// Returns what came through the UDP side of that door, if there is one.
    pub fn daemon_counts(&self) -> Option<Counts> {
        self.door.as_ref().map(|door| door.counts())
    }

    /// Returns how long the stack lives.
    pub fn role(&self) -> Role {
        self.role
    }

    /// Returns what was damaged in the data folder, one sentence each.
    pub fn damage(&self) -> Vec<String> {
        self.store.damage()
    }

    /// Returns what the owner should know besides, one sentence each.
    pub fn warnings(&self) -> Vec<String> {
        self.store.warnings().borrow().sentences()
    }

    /// Closes the doors, lets requests finish, stores what was received, and gives the folder back.
    ///
    /// Returns what came in all its life.
    pub async fn stop(self) -> Stopped {
        let Stack {
            door,
            store,
            lock,
            stop,
            mut served,
            ..
        } = self;
        let _ = stop.send(());
        // Live tails end, so that their connections do.
        store.dismiss();
        // A client that never hangs up does not keep us.
        if tokio::time::timeout(Duration::from_secs(2), &mut served)
            .await
            .is_err()
        {
            served.abort();
            let _ = served.await;
        }
        let counts = match &door {
            Some(door) => Some(door.close().await),
            None => None,
        };
        drop(door);
        let received = store.received();
        // The store finishes writing before the next owner may open the folder.
        drop(store);
        drop(lock);
        Stopped {
            daemon: counts,
            received,
        }
    }
}

// Tells what the store warns of when the stack starts and whenever that changes, until the store is gone.
async fn tell_warnings(mut warnings: watch::Receiver<Warnings>, tell: Tell) {
    let mut told = Vec::new();
    loop {
        let sentences = warnings.borrow_and_update().sentences();
        for sentence in &sentences {
            if !told.contains(sentence) {
                tell.tell(&format!("warning: {sentence}"));
            }
        }
        if sentences.is_empty() && !told.is_empty() {
            tell.tell("note: what was warned of is over");
        }
        told = sentences;
        if warnings.changed().await.is_err() {
            return;
        }
    }
}

/// What came to a stack in all its life.
pub struct Stopped {
    /// What came through the UDP door, if there was one.
    pub daemon: Option<Counts>,
    /// What was stored, whichever door it came through.
    pub received: Received,
}

fn until(stopped: &watch::Receiver<()>) -> impl Future<Output = ()> + Send + use<> {
    let mut stopped = stopped.clone();
    async move { drop(stopped.changed().await) }
}

/// Serves HTTP/1 and HTTP/2 at one port until the stack is stopped.
///
/// # Errors
/// If the system does not say where the port is.
fn serve_both(
    listener: TcpListener,
    routes: Router,
    stopped: &watch::Receiver<()>,
) -> std::io::Result<impl Future<Output = ()> + Send + use<>> {
    let (http1, http2) = door::split(door::accept(listener))?;
    let (stop_http1, stop_http2) = (until(stopped), until(stopped));
    Ok(async move {
        let http1 = door::serve_http1(http1, routes.clone(), stop_http1);
        let http2 = door::serve_http2(http2, routes, stop_http2);
        tokio::join!(http1, http2);
    })
}

/// A gRPC door's listener, and where it is or why there is none.
type Bound = (Option<TcpListener>, Result<Option<SocketAddr>, TakenPort>);

fn bind_grpc(door: GrpcDoor) -> Result<Bound, StackError> {
    let (GrpcDoor::At(address) | GrpcDoor::Try(address)) = door else {
        return Ok((None, Ok(None)));
    };
    match bind(address) {
        Ok(listener) => {
            let bound = listener.local_addr().unwrap_or(address);
            Ok((Some(listener), Ok(Some(bound))))
        }
        Err(taken) if door == GrpcDoor::Try(address) => Ok((None, Err(taken))),
        Err(taken) => Err(StackError::GrpcPort(taken)),
    }
}

/// Takes the lock of a data folder, which must exist.
fn owned(folder: &Path) -> Result<Lock, StackError> {
    Lock::take(folder).map_err(|error| match error {
        LockError::Held => StackError::Held {
            folder: folder.into(),
            by: lock::announced(folder).map(Box::new),
        },
        LockError::Io(source) => StackError::Folder {
            folder: folder.into(),
            source,
        },
    })
}

/// Seals what is in the journal of a folder that nobody uses, and merges small segments.
///
/// # Errors
/// `Held` if a stack has the folder, which does all this by itself; else see [`StackError`].
pub async fn compact(folder: &Path) -> Result<(), StackError> {
    Store::prepare(folder)?;
    let lock = owned(folder)?;
    let store = Store::open(folder, Keep::ALL.limits())?;
    store.compact().await?;
    drop(store);
    drop(lock);
    Ok(())
}

/// Takes it that the system's clock is right, for a folder that no stack has open. Returns how many events stayed until
/// now and expire with the next stack.
///
/// # Errors
/// As [`compact`].
pub async fn accept_clock(folder: &Path) -> Result<u64, StackError> {
    Store::prepare(folder)?;
    let lock = owned(folder)?;
    let store = Store::open(folder, Keep::ALL.limits())?;
    let held_back = store.accept_clock().await?;
    drop(store);
    drop(lock);
    Ok(held_back.map_or(0, |held_back| held_back.events))
}

/// Takes it that what is missing in a folder that no stack has open never comes back. Returns a sentence for each loss.
///
/// # Errors
/// As [`compact`], which comes first.
pub async fn accept_losses(folder: &Path) -> Result<Vec<String>, StackError> {
    Store::prepare(folder)?;
    let lock = owned(folder)?;
    let store = Store::open(folder, Keep::ALL.limits())?;
    // A journal file shows its gaps for as long as it is there.
    store.compact().await?;
    let accepted = store.accept_losses(folder).await?;
    drop(store);
    drop(lock);
    Ok(accepted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_grpc_port_that_nobody_asked_for_only_costs_that_door() {
        let holder = bind(([127, 0, 0, 1], 0).into()).unwrap();
        let taken = holder.local_addr().unwrap();
        let temp = tempfile::tempdir().unwrap();
        let mut options = StackOptions::embedded(temp.path().to_path_buf(), None);
        options.grpc = GrpcDoor::Try(taken);
        let stack = Stack::start(options.clone()).await.unwrap();
        assert_eq!(stack.grpc_address().unwrap_err().address, taken);
        stack.stop().await;
        options.grpc = GrpcDoor::At(taken);
        let error = Stack::start(options).await.err().unwrap();
        assert!(matches!(error, StackError::GrpcPort(_)), "{error}");
    }

    #[tokio::test]
    async fn a_taken_daemon_port_that_nobody_asked_for_only_costs_that_door() {
        let (holder, _) = door::bind_udp(([127, 0, 0, 1], 0).into(), 0).unwrap();
        let taken = holder.local_addr().unwrap();
        let temp = tempfile::tempdir().unwrap();
        let mut options = StackOptions::embedded(temp.path().to_path_buf(), None);
        options.daemon = daemon::DaemonDoor::Try(taken);
        let stack = Stack::start(options.clone()).await.unwrap();
        let refused = stack.daemon_address().unwrap_err();
        assert_eq!(refused.address, taken);
        // A child of another test has the socket, too, between its fork and its program.
        if let Some(holder) = refused
            .holder
            .as_ref()
            .filter(|_| cfg!(target_os = "linux"))
        {
            assert!(holder.contains("(process "), "{holder}");
        }
        stack.stop().await;
        options.daemon = daemon::DaemonDoor::At(taken);
        let error = Stack::start(options).await.err().unwrap();
        assert!(matches!(error, StackError::DaemonPort(_)), "{error}");
    }
}
