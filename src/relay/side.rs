//! A side that documents and questions go to: the local stack, or AWS.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::aws::{self, AwsError, SdkConfig};
use crate::settings::secret::Secret;
use crate::settings::targets::AwsTarget;
use crate::stack;
use crate::xray::client::XRayClient;

/// A side, and how it is reached at the moment.
pub struct Side {
    name: String,
    client: Mutex<XRayClient>,
    local: Option<Local>,
}

/// A local stack may come back at another address.
struct Local {
    folder: PathBuf,
    region: String,
    key: Option<Secret>,
    address: Mutex<SocketAddr>,
}

impl Side {
    /// Returns AWS, or whatever stands in its place, under a name for people.
    pub fn cloud(name: String, config: &SdkConfig) -> Side {
        Side {
            name,
            client: Mutex::new(XRayClient::new(config)),
            local: None,
        }
    }

    /// Returns the stack over `folder`, which is at `address` now and takes only `key`, if there is one.
    ///
    /// # Errors
    /// None in practice: the configuration of a local target needs nothing from outside.
    pub async fn local(
        folder: PathBuf,
        address: SocketAddr,
        region: String,
        key: Option<Secret>,
    ) -> Result<Side, AwsError> {
        let client = local_client(address, &region, &key).await?;
        let local = Local {
            folder,
            region,
            key,
            address: Mutex::new(address),
        };
        Ok(Side {
            name: "the local stack".to_string(),
            client: Mutex::new(client),
            local: Some(local),
        })
    }

    /// Returns its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether it is a local stack.
    pub fn is_local(&self) -> bool {
        self.local.is_some()
    }

    /// Returns a client.
    pub fn client(&self) -> XRayClient {
        let client = self.client.lock();
        client.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns where a local stack was last seen; `None` for AWS.
    pub fn address(&self) -> Option<SocketAddr> {
        let address = self.local.as_ref()?.address.lock();
        Some(*address.unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the key that a local stack takes alone, if there is one.
    pub fn key(&self) -> Option<Secret> {
        self.local.as_ref()?.key.clone()
    }

    /// Looks whether a local stack that does not answer is somewhere else by now.
    pub async fn look_again(&self) {
        let Some(local) = &self.local else {
            return;
        };
        let folder = local.folder.clone();
        let found = tokio::task::spawn_blocking(move || stack::find(&folder)).await;
        let Some(running) = found.ok().flatten() else {
            return;
        };
        if self.address() == Some(running.address) {
            return;
        }
        if let Ok(client) = local_client(running.address, &local.region, &local.key).await {
            *self.client.lock().unwrap_or_else(PoisonError::into_inner) = client;
            *local.address.lock().unwrap_or_else(PoisonError::into_inner) = running.address;
        }
    }
}

async fn local_client(
    address: SocketAddr,
    region: &str,
    key: &Option<Secret>,
) -> Result<XRayClient, AwsError> {
    let target = AwsTarget::Local {
        address,
        region: region.to_string(),
        key: key.clone(),
    };
    let config = aws::configuration(&target).await?;
    Ok(XRayClient::new(&aws::without_retries(&config)))
}
