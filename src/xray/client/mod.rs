//! Calls to X-Ray, or to the local stack in its place, through AWS's own SDK.

mod carry;
mod graph;
mod groups;
mod pieces;
mod rules;
mod sampling;
mod tags;
mod traces;

use aws_sdk_xray::Client;
use aws_sdk_xray::primitives::DateTime;

pub use crate::aws::AwsError;
use crate::aws::SdkConfig;
pub use carry::{Answer, Carried};
pub use groups::Group;
pub use rules::KnownRule;
pub use traces::{RefusedSegment, SEGMENTS_PER_CALL, StoredTrace};

/// X-Ray as a client sees it. Cheap to clone.
///
/// Every call fails with an [`AwsError`] and with nothing else.
#[derive(Debug, Clone)]
pub struct XRayClient {
    client: Client,
}

impl XRayClient {
    /// Makes a client.
    pub fn new(config: &SdkConfig) -> XRayClient {
        XRayClient {
            client: Client::new(config),
        }
    }
}

fn epoch_nanoseconds(time: &DateTime) -> Option<i64> {
    time.as_nanos().try_into().ok()
}

fn odd(error: impl std::error::Error) -> AwsError {
    AwsError::Odd {
        reason: error.to_string().into(),
    }
}
