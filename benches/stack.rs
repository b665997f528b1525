//! The program as a stack of its own, and plain HTTP to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value as Json;

/// A stack over a folder, with every door closed but HTTP's and on a port that the system picks.
pub struct Stack {
    child: Child,
    /// Host and port.
    pub address: String,
}

impl Stack {
    /// Starts it, and waits until its door is open.
    pub fn start(folder: &Path) -> Stack {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cruddurctl"))
            .args([
                "stack",
                "--port",
                "0",
                "--keep-age",
                "3650d",
                "--keep-size",
                "1TiB",
                "--data-dir",
            ])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.trim().trim_start_matches("http://").to_string();
        Stack { child, address }
    }

    /// Returns the memory that no file backs; nothing where the system does not say.
    pub fn anonymous_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kb.unwrap_or(0.0) / 1024.0
    }

    /// Ends it as `kill -9` does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Opens a connection that stays open from request to request.
pub fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// Posts a body, and returns the status and the answer's body.
pub fn post(stream: &mut TcpStream, path: &str, content_type: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nX-Honeycomb-Team: bench\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        if line == "\r\n" {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer).unwrap();
    (status, answer)
}

/// Posts JSON, and returns the answer as JSON.
pub fn ask(stream: &mut TcpStream, path: &str, body: &Json) -> Json {
    let (_, answer) = post(
        stream,
        path,
        "application/json",
        body.to_string().as_bytes(),
    );
    serde_json::from_slice(&answer).unwrap()
}
