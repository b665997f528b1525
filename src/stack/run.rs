//! A stack's life: find one or start one, serve, stop in order.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::check::{self, Allowed, MOST_BODY_BYTES};
use super::daemon;
use super::identity;
use super::lines;
use super::lock::{self, Lock, LockError};
use super::options::{GrpcDoor, Keep, Role, StackError, StackOptions};
use super::probe::{self, Running};
use crate::clock::now;
use crate::door::{self, TakenPort, bind};
use crate::honeycomb::server_limits::Limits;
use crate::model::time::SECOND;
use crate::store::{Received, Store};
use crate::xray::daemon::{Counts, Door};
use crate::{cloudwatch, honeycomb, otlp, xray};

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

/// Returns the standing stack over `folder`, if one answers.
pub fn find(folder: &Path) -> Option<Running> {
    lock::announced(folder).filter(|running| running.is_standing && probe::is_alive(running))
}

/// What a command with a local target works with.
pub enum Found {
    /// A stack that was there before and stays.
    Running(SocketAddr),
    /// Our own, to be stopped when the command is done.
    Started(Stack),
}

/// Finds the stack over the folder, or starts one as `options` say.
///
/// Two commands at the same moment take turns: a short-lived stack is waited for, since it would be
/// gone before we are done with it.
///
/// # Errors
/// See [`StackError`]; `Held` when the owner neither answers nor leaves within ten seconds.
pub async fn find_or_start(options: &StackOptions) -> Result<Found, StackError> {
    let begun = Instant::now();
    loop {
        if let Some(running) = find(&options.data_folder) {
            return Ok(Found::Running(running.address));
        }
        match Stack::start(options.clone()).await {
            Err(StackError::Held { .. }) if begun.elapsed() < Duration::from_secs(10) => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            started => return started.map(Found::Started),
        }
    }
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
            strict,
            keep,
        } = options;
        let refused = |source| StackError::Folder {
            folder: folder.clone(),
            source,
        };
        // Before the lock, so that a folder of a newer version is left untouched.
        Store::prepare(&folder)?;
        let lock = owned(&folder)?;
        let listener = bind(address)?;
        let address = listener.local_addr().map_err(refused)?;
        let (grpc_listener, grpc) = bind_grpc(grpc)?;
        let grpc_address = grpc.as_ref().ok().copied().flatten();
        let (daemon_sockets, daemon) = daemon::bind_door(daemon)?;
        let store = Arc::new(Store::open(&folder, keep.limits())?);
        let limits = strict.map_or_else(Limits::local, Limits::strict);
        let accepts = move |shown: &str| key.as_ref().is_none_or(|key| key.is(shown));
        let takes = accepts.clone();
        // Plain exporters send no key; that is well unless one was set.
        let takes = move |shown: Option<&str>| takes(shown.unwrap_or_default());
        let lines = lines::lines_into(store.clone());
        let intake = Arc::new(otlp::receiver_intake::Intake::new(
            store.clone(),
            takes,
            lines,
        ));
        let allowed = Arc::new(Allowed::new(&allowed_hosts));
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
            grpc_address,
            daemon_address,
            door: door.clone(),
        };
        let daemon_routes = xray.clone().route(
            "/healthz",
            get({
                let health = health.clone();
                move || healthy(health)
            }),
        );
        let daemon_routes = daemon::routes(daemon_routes, &daemon_region, allowed.clone());
        let routes = routes(health, intake.clone(), xray, limits, allowed, accepts);
        let (stop, stopped) = watch::channel(());
        let until_stopped = || {
            let mut stopped = stopped.clone();
            async move { drop(stopped.changed().await) }
        };
        let http = axum::serve(door::accept(listener), routes);
        let http = http.with_graceful_shutdown(until_stopped());
        let (grpc_stopped, daemon_stopped) = (until_stopped(), until_stopped());
        let served = tokio::spawn(async move {
            let grpc = async move {
                let Some(listener) = grpc_listener else {
                    return;
                };
                let answer = move |request| otlp::receiver_grpc::answer(intake.clone(), request);
                door::serve_http2(door::accept(listener), answer, grpc_stopped).await;
            };
            let daemon = async move {
                let Some(listener) = daemon_http else {
                    return;
                };
                let serving = axum::serve(door::accept(listener), daemon_routes);
                let _ = serving.with_graceful_shutdown(daemon_stopped).await;
            };
            // A listener that fails for good is as good as stopped.
            let _ = tokio::join!(http.into_future(), grpc, daemon);
        });
        let is_standing = role == Role::Standing;
        let running = Running {
            address,
            grpc_address,
            daemon_address,
            pid: std::process::id(),
            is_standing,
        };
        lock.announce(&running).map_err(refused)?;
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

/// What came to a stack in all its life.
pub struct Stopped {
    /// What came through the UDP door, if there was one.
    pub daemon: Option<Counts>,
    /// What was stored, whichever door it came through.
    pub received: Received,
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

fn routes(
    health: Health,
    intake: Arc<otlp::receiver_intake::Intake>,
    xray: Router,
    limits: Limits,
    allowed: Arc<Allowed>,
    accepts: impl Fn(&str) -> bool + Clone + Send + Sync + 'static,
) -> Router {
    let store = health.store.clone();
    let logs = store.clone();
    Router::new()
        .route("/healthz", get(move || healthy(health)))
        .route(
            "/",
            post(move |headers, body| by_target(logs.clone(), headers, body)).get(page),
        )
        .merge(otlp::receiver::routes(intake))
        .merge(honeycomb::server::routes(store.clone(), limits, accepts))
        .merge(xray)
        .merge(xray::server_rejects::routes(store))
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES as usize))
        .layer(middleware::from_fn(move |request, next| {
            check::check(allowed.clone(), request, next)
        }))
}

#[derive(Clone)]
struct Health {
    // Nanoseconds since the epoch.
    started: i64,
    keep_age: Option<Duration>,
    store: Arc<Store>,
    grpc_address: Option<SocketAddr>,
    daemon_address: Option<SocketAddr>,
    door: Option<Arc<Door>>,
}

async fn healthy(health: Health) -> Response {
    let body = json!({
        "service": "cruddurctl",
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "pid": std::process::id(),
        // Seconds since the epoch, and how many seconds events are kept; null is for ever.
        "started": health.started / SECOND,
        "keep_seconds": health.keep_age.map(|age| age.as_secs()),
        "grpc_address": health.grpc_address.map(|address| address.to_string()),
        "daemon_address": health.daemon_address.map(|address| address.to_string()),
        // What came through the UDP door, and where it went.
        "daemon": health.door.map(|door| door.counts().to_json()),
        // How many events have ever left because the folder was full or they were too old.
        "evicted_events": health.store.evicted_events(),
        // How much was stored since the stack started, lens by lens.
        "received": probe::received_json(health.store.received()),
        "damage": health.store.damage(),
        "trouble": health.store.trouble(),
    });
    (
        [(header::CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}

async fn page() -> Response {
    let page = include_str!("../../templates/page.html");
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

// CloudWatch Logs and STS both POST to `/`; the one names its operation in a header, the other in
// the body.
async fn by_target(store: Arc<Store>, headers: HeaderMap, body: Bytes) -> Response {
    if !headers.contains_key("x-amz-target")
        && let Some(response) = identity::answer(&body)
    {
        return response;
    }
    if headers.contains_key("x-amz-target") {
        return cloudwatch::server::handle(&store, &headers, body).await;
    }
    let message = "POST / takes CloudWatch Logs calls (with an X-Amz-Target header) and STS GetCallerIdentity";
    let body = json!({ "__type": "UnknownOperationException", "message": message });
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
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
        if cfg!(target_os = "linux") {
            let own = format!("(process {})", std::process::id());
            assert!(refused.holder.as_ref().unwrap().ends_with(&own));
        }
        stack.stop().await;
        options.daemon = daemon::DaemonDoor::At(taken);
        let error = Stack::start(options).await.err().unwrap();
        assert!(matches!(error, StackError::DaemonPort(_)), "{error}");
    }
}
