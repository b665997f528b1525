//! The X-Ray daemon's door: UDP for segments and TCP for everything that is asked, at one address.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{self, Next};

use super::StackError;
use super::admission::{Admission, admit};
use super::check::{self, Allowed};
use crate::door::{Sockets, TakenPort, bind_both};
use crate::xray::daemon::RECEIVE_BUFFER_BYTES;

/// Where the daemon's door opens, for UDP and TCP alike; port 0 lets the system choose one that is free for
/// both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DaemonDoor {
    /// There, or the stack does not start.
    At(SocketAddr),
    /// There, unless somebody else has the port: then the stack does without.
    Try(SocketAddr),
    /// Nowhere.
    None,
}

impl DaemonDoor {
    /// Returns the same port, for callers on this machine alone.
    pub(super) fn on_loopback(self) -> DaemonDoor {
        let own = |mut address: SocketAddr| {
            let is_v4 = address.is_ipv4();
            if !address.ip().is_loopback() {
                address.set_ip(match is_v4 {
                    true => Ipv4Addr::LOCALHOST.into(),
                    false => Ipv6Addr::LOCALHOST.into(),
                });
            }
            address
        };
        match self {
            DaemonDoor::At(address) => DaemonDoor::At(own(address)),
            DaemonDoor::Try(address) => DaemonDoor::Try(own(address)),
            DaemonDoor::None => DaemonDoor::None,
        }
    }
}

/// The sockets if there are any, and where they are or why there are none.
pub type Bound = (Option<Sockets>, Result<Option<SocketAddr>, TakenPort>);

/// Binds the sockets of a stack's door.
///
/// # Errors
/// `DaemonPort` if it has to be at a port that somebody has.
pub fn bind_door(door: DaemonDoor) -> Result<Bound, StackError> {
    let (DaemonDoor::At(address) | DaemonDoor::Try(address)) = door else {
        return Ok((None, Ok(None)));
    };
    match bind_both(address, address, RECEIVE_BUFFER_BYTES) {
        Ok(sockets) => {
            let address = sockets.address;
            Ok((Some(sockets), Ok(Some(address))))
        }
        Err(taken) if door == DaemonDoor::Try(address) => Ok((None, Err(taken))),
        Err(taken) => Err(StackError::DaemonPort(taken)),
    }
}

/// Returns the TCP side: X-Ray's own paths, for callers that do not sign what they ask.
///
/// The real daemon signs for them, and by that their region is the daemon's.
pub fn routes(
    xray: Router,
    region: &str,
    admission: Arc<Admission>,
    allowed: Arc<Allowed>,
) -> Router {
    let signature =
        format!("AWS4-HMAC-SHA256 Credential=local/19700101/{region}/xray/aws4_request");
    let signature = HeaderValue::from_str(&signature);
    let signature = signature.unwrap_or(HeaderValue::from_static(""));
    let sign = move |mut request: Request, next: Next| {
        let signature = signature.clone();
        async move {
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, signature);
            next.run(request).await
        }
    };
    xray.layer(middleware::from_fn(sign))
        .layer(middleware::from_fn(move |request, next| {
            admit(admission.clone(), request, next)
        }))
        .layer(middleware::from_fn(move |request, next| {
            check::check(allowed.clone(), request, next)
        }))
}
