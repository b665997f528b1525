//! Signals that go on to a command that we run, and how it ended.

use std::io;
use std::process::{Child, ExitStatus};

#[cfg(unix)]
pub use unix::Passed;

/// Waits until `child` ends, and hands it every signal that comes meanwhile.
///
/// # Errors
/// If the system does not let us wait.
#[cfg(unix)]
pub async fn wait(mut child: Child, mut passed: Passed) -> io::Result<ExitStatus> {
    let id = child.id();
    // It stays there to be signalled until we take it away ourselves below, so that no signal can ever
    // reach a stranger with the same number.
    let mut ended = tokio::task::spawn_blocking(move || unix::until_ended(id));
    loop {
        tokio::select! {
            ended = &mut ended => {
                ended??;
                return child.wait();
            }
            signal = passed.next() => unix::send(id, signal),
        }
    }
}

/// The same where a console sends Ctrl-C to everybody by itself.
#[cfg(not(unix))]
pub async fn wait(mut child: Child, _passed: Passed) -> io::Result<ExitStatus> {
    let mut ended = tokio::task::spawn_blocking(move || child.wait());
    loop {
        tokio::select! {
            ended = &mut ended => return ended?,
            _ = tokio::signal::ctrl_c() => {}
        }
    }
}

/// Nothing to catch in advance.
#[cfg(not(unix))]
pub struct Passed;

#[cfg(not(unix))]
impl Passed {
    /// Returns what is to be caught.
    pub fn catch() -> Passed {
        Passed
    }
}

/// Returns the exit code of a command that ended so: its own, or 128 and the number of the signal.
pub fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(signal.saturating_add(128)).unwrap_or(u8::MAX);
    }
    // Where codes are larger than a byte, what does not fit is a failure all the same.
    let code = status.code().unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

#[cfg(unix)]
mod unix {
    use std::io::{self, IsTerminal};

    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
    use tokio::signal::unix::{SignalKind, signal};
    use tokio::sync::mpsc;

    /// Signals that we caught for somebody else.
    pub struct Passed {
        signals: mpsc::UnboundedReceiver<Signal>,
    }

    impl Passed {
        /// Catches from now on what ends, or means something to, most programs.
        pub fn catch() -> Passed {
            // A terminal sends these to everybody in front of it, the command too, which may take a second
            // one for impatience.
            let by_terminal = io::stdin().is_terminal();
            let all = [
                (SignalKind::interrupt(), Signal::INT, by_terminal),
                (SignalKind::quit(), Signal::QUIT, by_terminal),
                (SignalKind::hangup(), Signal::HUP, by_terminal),
                (SignalKind::terminate(), Signal::TERM, false),
                (SignalKind::user_defined1(), Signal::USR1, false),
                (SignalKind::user_defined2(), Signal::USR2, false),
            ];
            let (send, signals) = mpsc::unbounded_channel();
            for (kind, name, has_it) in all {
                // One that cannot be caught does what it always did.
                let Ok(mut caught) = signal(kind) else {
                    continue;
                };
                let send = send.clone();
                tokio::spawn(async move {
                    while caught.recv().await.is_some() {
                        if !has_it && send.send(name).is_err() {
                            return;
                        }
                    }
                });
            }
            Passed { signals }
        }

        /// Returns the next one.
        pub async fn next(&mut self) -> Signal {
            match self.signals.recv().await {
                Some(signal) => signal,
                None => std::future::pending().await,
            }
        }
    }

    /// Blocks until the process has ended, and leaves it to be waited for.
    pub fn until_ended(id: u32) -> io::Result<()> {
        let Some(pid) = pid(id) else {
            return Ok(());
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(pid), options) {
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sends it; a process that is over needs none.
    pub fn send(id: u32, signal: Signal) {
        if let Some(pid) = pid(id) {
            let _ = kill_process(pid, signal);
        }
    }

    fn pid(id: u32) -> Option<Pid> {
        Pid::from_raw(i32::try_from(id).ok()?)
    }
}
