//! Who can reach what a command opens: this machine, or others too.

use std::net::IpAddr;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::failure::{Exit, Failure};
use crate::settings::env;

/// Which address to listen on, and whether others may come without a key.
#[derive(Debug, Args)]
pub struct ReachArgs {
    /// The address to listen on; other machines can reach anything but loopback, so that it needs a key in
    /// CRUDDUR_STACK_KEY, or --insecure
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Let other machines in without a key: all of them can then read and write everything
    #[arg(long)]
    pub insecure: bool,
}

impl ReachArgs {
    /// Returns the address to listen on.
    ///
    /// # Errors
    /// If other machines could reach it, and neither a key nor --insecure says that this is meant.
    pub fn host(&self, context: &Context) -> Result<IpAddr, Failure> {
        let host = self.host;
        if host.to_canonical().is_loopback() || self.insecure || context.stack_key().is_some() {
            return Ok(host);
        }
        let name = env::STACK_KEY;
        let message = format!(
            "--host {host} lets other machines in, and without a key all of them can read and write"
        );
        Err(Failure::of(Exit::Usage, message).with_hint(format!(
            "set {name}, such as to what `openssl rand -hex 20` prints, here and where the clients are; or add --insecure if all may come in"
        )))
    }
}
