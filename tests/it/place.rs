//! A home, a data folder and an empty environment for one test, and the processes that run in it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The binary under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_cruddurctl");

// Nothing takes this long; a test that waits longer has lost what it waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A temporary home; all of it goes when the test ends.
pub struct Place {
    temp: TempDir,
    environment: Vec<(String, String)>,
}

/// What a finished command left.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Checks the exit code and shows everything if it is another.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Ran {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }
}

impl Place {
    pub fn new() -> Place {
        let temp = tempfile::tempdir().unwrap();
        fs::create_dir(temp.path().join("work")).unwrap();
        Place {
            temp,
            environment: Vec::new(),
        }
    }

    /// Sets a variable for every command that runs here from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_string(), value.to_string()));
    }

    /// The data folder of the local stack.
    pub fn data(&self) -> PathBuf {
        self.temp.path().join("data")
    }

    /// A path in the folder that commands run in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.temp.path().join("work").join(name)
    }

    /// Writes a file in the folder that commands run in.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(arguments)
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.temp.path())
            .env("CRUDDUR_DATA_DIR", self.data())
            .env("CRUDDUR_UTC", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command(arguments).output().unwrap())
    }

    /// Runs a line of shell to its end.
    pub fn run_shell(&self, line: &str) -> Ran {
        let own = self.command(&[]);
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .env_clear()
            .envs(
                own.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        ran(command.output().unwrap())
    }

    /// Starts a command that goes on.
    pub fn start(&self, arguments: &[&str]) -> Running {
        start(self.command(arguments))
    }

    /// Starts the binary through a shell, which first does what `before` says of its own process.
    pub fn start_after(&self, before: &str, arguments: &[&str]) -> Running {
        let own = self.command(&[]);
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("{before}; exec \"$0\" \"$@\""), BINARY])
            .args(arguments)
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .env_clear()
            .envs(
                own.get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            );
        start(command)
    }

    /// Starts the stack on a free port, and returns when its door is open.
    pub fn stack(&self) -> Stack {
        self.stack_with(&[])
    }

    /// The same, with more arguments.
    pub fn stack_with(&self, arguments: &[&str]) -> Stack {
        Stack::of(self.start(&with_stack(arguments)))
    }

    /// The same, where the arguments name the port too.
    pub fn stack_at(&self, arguments: &[&str]) -> Stack {
        let all: Vec<&str> = ["stack"].iter().chain(arguments).copied().collect();
        Stack::of(self.start(&all))
    }

    /// The same, through a shell.
    pub fn stack_after(&self, before: &str, arguments: &[&str]) -> Stack {
        Stack::of(self.start_after(before, &with_stack(arguments)))
    }

    /// Every file of the data folder: its path in there, and its content.
    pub fn listing(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        collect(&self.data(), &mut files);
        files.sort();
        files
    }
}

fn with_stack<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    let stack = ["stack", "--port", "0"];
    stack.iter().chain(arguments).copied().collect()
}

fn start(mut command: Command) -> Running {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = lines(child.stdout.take().unwrap());
    let stderr = lines(child.stderr.take().unwrap());
    Running {
        child,
        stdout,
        stderr,
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            files.push((path, content));
        }
    }
}

/// A stack with its door open.
pub struct Stack {
    pub running: Running,
    pub address: SocketAddr,
}

impl Stack {
    fn of(running: Running) -> Stack {
        let line = running.stdout_line(|line| line.starts_with("http://"));
        let address = line.trim_start_matches("http://").parse().unwrap();
        Stack { running, address }
    }
}

/// A process that ends with the test at the latest.
pub struct Running {
    pub child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
}

impl Running {
    /// Waits for a line of stdout; lines before it are forgotten.
    #[track_caller]
    pub fn stdout_line(&self, is_it: impl Fn(&str) -> bool) -> String {
        wait_for(&self.stdout, is_it)
    }

    /// Waits for a line of stderr; lines before it are forgotten.
    #[track_caller]
    pub fn stderr_line(&self, is_it: impl Fn(&str) -> bool) -> String {
        wait_for(&self.stderr, is_it)
    }

    /// Waits until a back end takes requests, and returns its address.
    #[track_caller]
    pub fn back_end(&self) -> SocketAddr {
        let line = self.stderr_line(|line| line.starts_with("back end: http://"));
        let address = line.trim_start_matches("back end: http://");
        address.split('/').next().unwrap().parse().unwrap()
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &pid])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Asks the process to stop, and returns what it said from the last line that was waited for on.
    pub fn stop(mut self) -> Ran {
        self.signal("TERM");
        self.finish()
    }

    /// Waits for the end.
    pub fn finish(&mut self) -> Ran {
        // The pipes end with the process, so collecting them is the waiting.
        let stdout = rest(&self.stdout);
        let stderr = rest(&self.stderr);
        let code = self.child.wait().unwrap().code();
        Ran {
            code,
            stdout,
            stderr,
        }
    }

    /// Ends the process as a power failure would, and returns what it had said by then.
    pub fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        self.finish()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        // Read to the end even if nobody listens, so that the process never waits for its reader.
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let _ = send.send(line);
        }
    });
    receive
}

#[track_caller]
fn wait_for(lines: &Receiver<String>, is_it: impl Fn(&str) -> bool) -> String {
    let deadline = Instant::now() + PATIENCE;
    let mut seen = Vec::new();
    while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        if is_it(&line) {
            return line;
        }
        seen.push(line);
    }
    panic!("the line did not come; instead:\n{}", seen.join("\n"));
}

fn rest(lines: &Receiver<String>) -> String {
    let deadline = Instant::now() + PATIENCE;
    let mut text = String::new();
    while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}
