//! What a stack is started with, and why it may not start.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::daemon::DaemonDoor;
use super::probe::Running;
use crate::door::TakenPort;
use crate::door::budget::BudgetLimits;
use crate::honeycomb::server_limits::{Plan, USUAL_LONGEST_RUN};
use crate::model::origin::Origin;
use crate::model::region::DEFAULT_REGION;
use crate::settings::secret::Secret;
use crate::store::{self, OpenError, StoreError};

/// How long a stack lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Until it is stopped; others may rely on it.
    Standing,
    /// For the length of one command.
    Embedded,
}

/// Where the gRPC door opens; port 0 lets the system choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrpcDoor {
    /// There, or the stack does not start.
    At(SocketAddr),
    /// There, unless somebody else has the port: then the stack does without.
    Try(SocketAddr),
    /// Nowhere.
    None,
}

/// What a stack is started with.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Where the data is.
    pub data_folder: PathBuf,
    /// Where the HTTP door opens; port 0 lets the system choose.
    pub address: SocketAddr,
    /// Where the gRPC door opens, if there is one.
    pub grpc: GrpcDoor,
    /// Where the X-Ray daemon's door opens, if there is one.
    pub daemon: DaemonDoor,
    /// The region of what comes through it.
    pub daemon_region: String,
    /// How long it lives.
    pub role: Role,
    /// The only key it takes, if there is one.
    pub key: Option<Secret>,
    /// Names that requests may call it by, besides loopback ones.
    pub allowed_hosts: Vec<String>,
    /// Origins whose pages may send telemetry to it, besides loopback ones.
    pub allowed_origins: Vec<Origin>,
    /// What gets the sentences for people that come up while it runs.
    pub tell: Tell,
    /// Whether the real Honeycomb's limits hold, so that clients can be tested against them, and for a team
    /// on which plan.
    pub strict: Option<Plan>,
    /// How long a query may take.
    pub longest_query: Duration,
    /// How much memory all requests in flight may take together.
    pub in_flight: BudgetLimits,
    /// How much is kept.
    pub keep: Keep,
}

/// What gets a sentence for people.
#[derive(Clone)]
pub struct Tell(Arc<dyn Fn(&str) + Send + Sync>);

impl Tell {
    /// Every sentence goes to `tell`.
    pub fn with(tell: impl Fn(&str) + Send + Sync + 'static) -> Tell {
        Tell(Arc::new(tell))
    }

    /// Nothing is told.
    pub fn nothing() -> Tell {
        Tell::with(|_| {})
    }

    pub(super) fn tell(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Tell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tell")
    }
}

/// How much of what came in a stack keeps.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// The oldest segments leave when all together are larger.
    pub bytes: u64,
    /// Events leave when they arrived longer ago; never, if this is `None`.
    pub age: Option<Duration>,
    /// How many events the journal holds before it is sealed, if not as many as usual.
    pub seal_events: Option<u64>,
}

impl Keep {
    /// Everything: who is here only for a moment throws nothing away.
    pub const ALL: Keep = Keep {
        bytes: u64::MAX,
        age: None,
        seal_events: None,
    };

    pub(super) fn limits(self) -> store::Limits {
        let usual = store::Limits::default();
        store::Limits {
            total_bytes: self.bytes,
            most_age: self.age,
            kept: crate::cloudwatch::server::kept,
            restored: crate::cloudwatch::server::restored,
            file_events: self.seal_events.unwrap_or(usual.file_events),
            ..usual
        }
    }
}

impl StackOptions {
    /// An embedded stack over `data_folder`, on a loopback port that the system picks.
    pub fn embedded(data_folder: PathBuf, key: Option<Secret>) -> StackOptions {
        StackOptions {
            data_folder,
            address: ([127, 0, 0, 1], 0).into(),
            // Our own commands do not need it, and another stack may come for its port.
            grpc: GrpcDoor::None,
            daemon: DaemonDoor::None,
            daemon_region: DEFAULT_REGION.to_string(),
            role: Role::Embedded,
            key,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            tell: Tell::nothing(),
            strict: None,
            longest_query: USUAL_LONGEST_RUN,
            in_flight: BudgetLimits::default(),
            keep: Keep::ALL,
        }
    }
}

/// Why a stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// Another process owns the data folder.
    #[error("the data folder {} is in use{}", folder.display(), by.as_ref().map(|it| format!(" by process {} at {}", it.pid, it.address)).unwrap_or_default())]
    Held {
        /// The folder.
        folder: PathBuf,
        /// Who has it, if it said so.
        by: Option<Box<Running>>,
    },
    /// The key is one that no header can carry.
    #[error(
        "the key in CRUDDUR_STACK_KEY cannot be sent: it has a character that is no visible ASCII, such as a blank or the end of a line"
    )]
    Key,
    /// The HTTP door's address cannot be had.
    #[error(transparent)]
    Port(#[from] TakenPort),
    /// The gRPC door's address cannot be had.
    #[error(transparent)]
    GrpcPort(TakenPort),
    /// The address of the X-Ray daemon's door cannot be had.
    #[error(transparent)]
    DaemonPort(TakenPort),
    /// The data folder cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The data folder cannot be written to.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file system refused.
    #[error("cannot use the data folder {}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
