//! What every command works with: settings, the terminal, and where things are.

use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};

use super::args::{Global, TargetArg};
use super::context_terminal::{size_of_terminal, terminal_of, theme_of};
use super::failure::{Exit, Failure, Outcome};
use super::left_out::Gathered;
use super::query_cloud::words;
use super::render::terminal::{Terminal, Theme};
use super::render::text::printable;
use super::terminal_text::TerminalText;
use crate::aws::{self, SdkConfig, Watching};
use crate::honeycomb::client::HoneycombClient;
use crate::model::endpoint::without_secrets;
use crate::model::left_out::{HEADER, LeftOut};
use crate::model::zone::Zone;
use crate::settings::env::{self, Environment};
use crate::settings::secret::Secret;
use crate::settings::targets::{self, AwsTarget, HoneycombTarget, Target};
use crate::settings::zone::local_zone;
use crate::stack::{
    BudgetLimits, DEFAULT_DAEMON_PORT, DEFAULT_GRPC_PORT, DaemonDoor, Found, GrpcDoor, Keep, Role,
    Stack, StackOptions, Stopped, Tell, USUAL_LONGEST_QUERY, find_or_start,
};

/// What every command works with.
pub struct Context {
    /// The environment.
    pub environment: Environment,
    /// What stdout can show.
    pub out: Terminal,
    /// What stderr can show.
    pub err: Terminal,
    global: Global,
    // Once a command has asked for it.
    zone: OnceLock<Zone>,
    // The local stack that this command uses, once it has asked for one.
    local: Mutex<Option<SocketAddr>>,
    own: Mutex<Option<Stack>>,
    /// What the answers that this command has got leave out.
    pub left_out: Gathered,
}

impl Context {
    /// Makes the context; asks the system about the terminal and nothing else.
    pub fn new(global: Global, environment: Environment) -> Context {
        let out = terminal_of(&environment, &global, io::stdout().is_terminal());
        let err = terminal_of(&environment, &global, io::stderr().is_terminal());
        Context {
            environment,
            zone: OnceLock::new(),
            out,
            err,
            global,
            local: Mutex::default(),
            own: Mutex::default(),
            left_out: Gathered::default(),
        }
    }

    /// Returns a context for the same user whose local stack is its own, over `folder`.
    pub fn at(&self, folder: PathBuf) -> Context {
        let target = TargetArg::Local;
        let global = Global {
            target,
            data_dir: Some(folder),
            ..self.global.clone()
        };
        Context {
            environment: self.environment.clone(),
            zone: self.zone.clone(),
            out: self.out,
            err: self.err,
            global,
            local: Mutex::default(),
            own: Mutex::default(),
            left_out: Gathered::default(),
        }
    }

    /// Returns what stdout can show at this moment: a terminal may have another size than it had.
    pub fn out_now(&self) -> Terminal {
        let size = self.out.is_terminal.then(size_of_terminal).flatten();
        match size {
            Some((width, height)) => Terminal {
                width,
                height: Some(height).filter(|&height| height > 0),
                ..self.out
            },
            None => self.out,
        }
    }

    /// Prints data to stdout; on a terminal nothing in it but colours can steer.
    ///
    /// # Errors
    /// A reader that went away ends the command quietly; anything else is a failure.
    pub fn print(&self, text: &str) -> Outcome {
        match self.out.is_terminal {
            true => self.print_bytes(TerminalText::drawn(text).as_str().as_bytes()),
            false => self.print_bytes(text.as_bytes()),
        }
    }

    /// Prints bytes to stdout as they are.
    ///
    /// # Errors
    /// As [`Context::print`].
    pub fn print_bytes(&self, bytes: &[u8]) -> Outcome {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            Ok(()) => Ok(Exit::Done),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                Err(Failure::of(Exit::Done, "nobody reads"))
            }
            Err(error) => Err(Failure::new(Exit::Failed, error.into()).while_doing("cannot print")),
        }
    }

    /// Returns the local time zone; says once what is wrong with it.
    pub fn zone(&self) -> Zone {
        *self.zone.get_or_init(|| {
            let local = local_zone(&self.environment);
            if let Some(trouble) = &local.trouble {
                self.note(&format!("warning: {trouble}"));
            }
            local.zone
        })
    }

    /// Prints a line for people to stderr.
    pub fn note(&self, text: &str) {
        note(text);
    }

    /// Returns the ground that the user wants pictures for, if it was said.
    pub fn theme(&self) -> Option<Theme> {
        theme_of(&self.global)
    }

    /// Returns where the user wants to work.
    pub fn target(&self) -> Target {
        match self.global.target {
            TargetArg::Local => Target::Local,
            TargetArg::Cloud => Target::Cloud,
            TargetArg::Auto => Target::Auto,
        }
    }

    /// Returns the folder of the local stack.
    ///
    /// # Errors
    /// If no flag, no variable and no home folder names one.
    pub fn data_folder(&self) -> Result<PathBuf, Failure> {
        let named = self
            .global
            .data_dir
            .clone()
            .or_else(|| self.environment.data_folder());
        named.ok_or_else(|| {
            Failure::of(Exit::Failed, "there is no home folder to keep data in")
                .with_hint("name a folder with --data-dir")
        })
    }

    /// Returns the key that a local stack of ours is to ask for, if one is set.
    pub fn stack_key(&self) -> Option<Secret> {
        self.environment
            .get(env::STACK_KEY)
            .map(|key| Secret::new(key.to_string()))
    }

    /// Returns the address of the local stack: a running one, or our own for the length of the
    /// command.
    ///
    /// # Errors
    /// If none runs and none can be started.
    pub async fn local_stack(&self) -> Result<SocketAddr, Failure> {
        let options = StackOptions::embedded(self.data_folder()?, self.stack_key());
        self.local_stack_as(options).await
    }

    /// The same, started as `options` say if it has to be started.
    ///
    /// # Errors
    /// As [`Context::local_stack`].
    pub async fn local_stack_as(&self, options: StackOptions) -> Result<SocketAddr, Failure> {
        let known = self.local.lock().ok().and_then(|local| *local);
        if let Some(address) = known {
            return Ok(address);
        }
        let address = match find_or_start(&options).await? {
            Found::Running(address) => address,
            Found::Started(stack) => {
                self.note_stack(&stack);
                let address = stack.address();
                if let Ok(mut own) = self.own.lock() {
                    *own = Some(*stack);
                }
                address
            }
        };
        if let Ok(mut local) = self.local.lock() {
            *local = Some(address);
        }
        Ok(address)
    }

    /// Returns the address of the local stack that this command speaks with; `None` if it speaks with none.
    pub fn known_local_stack(&self) -> Option<SocketAddr> {
        self.local.lock().ok().and_then(|local| *local)
    }

    /// Says what is not as it should be with a stack that was just started, and where its gRPC door is.
    pub fn note_stack(&self, stack: &Stack) {
        for damage in stack.damage() {
            self.note(&format!("warning: {damage}"));
        }
        // A stack that stays tells by itself.
        if stack.role() == Role::Embedded {
            for warning in stack.warnings() {
                self.note(&format!("warning: {warning}"));
            }
        }
        match stack.grpc_address() {
            Ok(Some(address)) => self.note(&format!("otlp/grpc: http://{address}")),
            Ok(None) => {}
            Err(taken) => self.note(&format!("warning: there is no OTLP/gRPC: {taken}")),
        }
        match stack.daemon_address() {
            Ok(Some(address)) => {
                // X-Ray's SDKs can send no key.
                let who = match self.stack_key() {
                    Some(_) => "; for this machine alone, and without the key",
                    None => "",
                };
                self.note(&format!("x-ray daemon: {address}, udp and tcp{who}"));
            }
            Ok(None) => {}
            Err(taken) => self.note(&format!("warning: there is no X-Ray daemon: {taken}")),
        }
    }

    /// Tells whether the local stack is our own, for the length of this command only.
    pub fn is_embedded(&self) -> bool {
        let is_embedded = |stack: &Stack| stack.role() == Role::Embedded;
        self.own
            .lock()
            .is_ok_and(|own| own.as_ref().is_some_and(is_embedded))
    }

    /// Stops the local stack, if it is our own, and returns what it got.
    pub async fn close(&self) -> Option<Stopped> {
        let own = self.own.lock().ok().and_then(|mut own| own.take());
        match own {
            Some(stack) => Some(stack.stop().await),
            None => None,
        }
    }

    /// Tells whether the local stack was started by this command.
    pub fn has_own_stack(&self) -> bool {
        self.own.lock().is_ok_and(|own| own.is_some())
    }

    /// Returns the SDK's configuration for X-Ray and CloudWatch Logs, and says where that is; `what`
    /// is what is going to be asked there, such as `x-ray`.
    ///
    /// # Errors
    /// If the local stack cannot be had, or the cloud has no region.
    pub async fn aws(&self, what: &str) -> Result<(SdkConfig, bool), Failure> {
        let is_cloud = targets::aws_is_cloud(self.target(), &self.environment);
        let target = if is_cloud {
            self.check_endpoints()?;
            AwsTarget::Cloud
        } else {
            let address = self.local_stack().await?;
            AwsTarget::Local {
                address,
                region: self.environment.region().to_string(),
                key: self.stack_key(),
            }
        };
        let is_said = AtomicBool::new(false);
        let left_out = self.left_out.clone();
        let watching = Watching {
            waits: Box::new(move |_| {
                if !is_said.swap(true, Ordering::Relaxed) {
                    note(
                        "the service puts calls off; trying again, ever more slowly (Ctrl-C ends it)",
                    );
                }
            }),
            header: HEADER,
            hears: Box::new(move |text| left_out.take(&LeftOut::of_header(text))),
        };
        let config = aws::configuration_saying(&target, watching).await?;
        let place = match &target {
            AwsTarget::Local {
                address, region, ..
            } => self.local_place(*address, region),
            AwsTarget::Cloud => {
                let region = config
                    .region()
                    .map(|region| region.to_string())
                    .unwrap_or_default();
                match config.endpoint_url() {
                    Some(endpoint) => {
                        format!("{}, region {region}", without_secrets(endpoint))
                    }
                    None => format!("AWS, region {region}"),
                }
            }
        };
        self.note(&format!("{what}: {place}"));
        Ok((config, is_cloud))
    }

    // The SDK reads these by itself, takes an empty one for an address, and panics at it.
    fn check_endpoints(&self) -> Result<(), Failure> {
        let endpoints = [
            env::AWS_ENDPOINT_URL,
            env::AWS_ENDPOINT_URL_XRAY,
            env::AWS_ENDPOINT_URL_LOGS,
        ];
        let is_empty = |name: &&&str| self.environment.get_even_empty(name) == Some("");
        match endpoints.iter().find(is_empty) {
            None => Ok(()),
            Some(name) => Err(
                Failure::of(Exit::Usage, format!("{name} is set, but to nothing"))
                    .with_hint(format!("unset {name}, or give it an address")),
            ),
        }
    }

    /// Returns a client of Honeycomb's query API, and says whom it asks.
    ///
    /// # Errors
    /// If the local stack cannot be had, or the cloud has no key.
    pub async fn honeycomb(&self) -> Result<HoneycombClient, Failure> {
        self.honeycomb_on(self.target()).await
    }

    /// The same, on a side that the command names itself.
    ///
    /// # Errors
    /// As [`Context::honeycomb`].
    pub async fn honeycomb_on(&self, target: Target) -> Result<HoneycombClient, Failure> {
        let target = self.honeycomb_at(target).await?;
        let is_local = target.is_local;
        let mut client = HoneycombClient::new(target)?;
        client.tell_with(|notice| note(&words(notice)));
        let left_out = self.left_out.clone();
        client.tell_left_out_with(move |it| left_out.take(it));
        if is_local {
            let address = self.local_stack().await?;
            self.note(&format!("honeycomb: {}", self.local_place(address, "")));
        } else {
            let identity = client.identity().await?;
            let (team, environment) = (identity.team.0, identity.environment.0);
            let (team, environment) = (printable(&team), printable(&environment));
            let place = client.address();
            self.note(&format!(
                "honeycomb: {place}, team {team}, environment {environment}"
            ));
        }
        Ok(client)
    }

    /// Returns where Honeycomb is.
    ///
    /// # Errors
    /// As [`Context::honeycomb`].
    pub async fn honeycomb_target(&self) -> Result<HoneycombTarget, Failure> {
        self.honeycomb_at(self.target()).await
    }

    async fn honeycomb_at(&self, target: Target) -> Result<HoneycombTarget, Failure> {
        if targets::honeycomb_is_cloud(target, &self.environment) {
            return targets::honeycomb_cloud(&self.environment).ok_or_else(|| {
                Failure::of(Exit::Credentials, "there is no Honeycomb key")
                    .with_hint("set HONEYCOMB_API_KEY, or ask the local stack with --target local")
            });
        }
        let address = self.local_stack().await?;
        Ok(targets::honeycomb_local(address, &self.environment))
    }

    fn local_place(&self, address: SocketAddr, region: &str) -> String {
        let region = if region.is_empty() {
            String::new()
        } else {
            format!(", region {region}")
        };
        let kind = if self.is_embedded() {
            "embedded stack"
        } else {
            "local stack"
        };
        format!("{kind} at {address}{region}")
    }
}

/// Returns options for a stack that stays.
///
/// It takes the usual ports of gRPC and of the X-Ray daemon if nobody else has them; one whose own port the system chooses, as for a
/// test, leaves that to others and takes any.
pub fn standing_stack(
    context: &Context,
    address: SocketAddr,
    keep: Keep,
) -> Result<StackOptions, Failure> {
    let (grpc_port, daemon_port) = match address.port() {
        0 => (0, 0),
        _ => (DEFAULT_GRPC_PORT, DEFAULT_DAEMON_PORT),
    };
    Ok(StackOptions {
        data_folder: context.data_folder()?,
        address,
        grpc: GrpcDoor::Try(SocketAddr::new(address.ip(), grpc_port)),
        daemon: DaemonDoor::Try(SocketAddr::new(address.ip(), daemon_port)),
        daemon_region: context.environment.region().to_string(),
        role: Role::Standing,
        key: context.stack_key(),
        allowed_hosts: Vec::new(),
        allowed_origins: Vec::new(),
        tell: Tell::with(note),
        strict: None,
        longest_query: USUAL_LONGEST_QUERY,
        in_flight: BudgetLimits::default(),
        keep,
    })
}

/// Prints a line for people to stderr.
pub fn note(text: &str) {
    TerminalText::plain(&format!("{text}\n")).to_stderr();
}
