//! A few lines of HTTP/1.1, so that the doors are judged by bytes and not by a client of ours.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value as Json;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }
}

/// One request to one door.
pub struct Request<'a> {
    address: SocketAddr,
    method: &'a str,
    path: &'a str,
    headers: Vec<(String, String)>,
}

/// Begins a request that calls the door by its own address.
pub fn request<'a>(address: SocketAddr, method: &'a str, path: &'a str) -> Request<'a> {
    Request {
        address,
        method,
        path,
        headers: Vec::new(),
    }
    .header("host", &address.to_string())
}

pub fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path).send(b"")
}

/// Posts JSON, with the key that a stack without a key of its own takes.
pub fn post_json(address: SocketAddr, path: &str, body: &Json) -> Answer {
    let request = request(address, "POST", path).header("content-type", "application/json");
    request
        .header("x-honeycomb-team", "any")
        .send(body.to_string().as_bytes())
}

/// Sends JSON by any method, with such a key.
pub fn keyed(address: SocketAddr, method: &str, path: &str, body: &Json) -> Answer {
    request(address, method, path)
        .header("x-honeycomb-team", "any")
        .send(body.to_string().as_bytes())
}

/// Gets JSON with a key.
pub fn get_keyed(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path)
        .header("x-honeycomb-team", "any")
        .send(b"")
}

/// Calls CloudWatch Logs.
pub fn logs(address: SocketAddr, operation: &str, body: &Json) -> Answer {
    request(address, "POST", "/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", &format!("Logs_20140328.{operation}"))
        .send(body.to_string().as_bytes())
}

impl<'a> Request<'a> {
    /// Adds a header, in place of one that has the same name.
    pub fn header(mut self, name: &str, value: &str) -> Request<'a> {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    /// Sends the request with this body and reads the whole answer.
    pub fn send(self, body: &[u8]) -> Answer {
        let asked = format!("{} {}", self.method, self.path);
        self.try_send(body)
            .unwrap_or_else(|error| panic!("{asked}: {error}"))
    }

    /// The same, for a door that may close at any moment.
    pub fn try_send(self, body: &[u8]) -> io::Result<Answer> {
        let mut stream = self.open(&[("content-length", &body.len().to_string())])?;
        stream.write_all(body)?;
        // The answer to HEAD says how long a body would be, and has none.
        if self.method == "HEAD" {
            return answer_of(stream);
        }
        read(stream)
    }

    /// Sends only the head, which announces `length` bytes, and reads what comes back.
    pub fn announce(self, length: u64) -> io::Result<Answer> {
        read(self.open(&[("content-length", &length.to_string())])?)
    }

    /// Sends `chunk` over and over, `times` times, without saying how long the body will be.
    ///
    /// The other end may have enough of it at any time, so what cannot be written is not an error.
    pub fn send_chunked(self, chunk: &[u8], times: usize) -> io::Result<Answer> {
        let mut stream = self.open(&[("transfer-encoding", "chunked")])?;
        for _ in 0..times {
            let sent = write!(stream, "{:x}\r\n", chunk.len())
                .and_then(|()| stream.write_all(chunk))
                .and_then(|()| stream.write_all(b"\r\n"));
            if sent.is_err() {
                return read(stream);
            }
        }
        let _ = stream.write_all(b"0\r\n\r\n");
        read(stream)
    }

    fn open(&self, more: &[(&str, &str)]) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect(self.address)?;
        // Far longer than any answer takes; a door that never answers fails the test.
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_write_timeout(Some(Duration::from_secs(60)))?;
        let mut head = format!(
            "{} {} HTTP/1.1\r\nconnection: close\r\n",
            self.method, self.path
        );
        let own = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(more.iter().copied()) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        Ok(stream)
    }
}

fn read(stream: TcpStream) -> io::Result<Answer> {
    let answer = answer_of(stream)?;
    let length = answer.header("content-length").parse::<usize>();
    if length.is_ok_and(|length| length != answer.body.len()) {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the answer was cut",
        ));
    }
    Ok(answer)
}

fn answer_of(mut stream: TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    let odd = || io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer");
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        // A reset before any answer is the system's word; no word at all is ours.
        return Err(ended.err().unwrap_or_else(odd));
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| odd())?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_string()))
        .collect();
    Ok(Answer {
        status: status.ok_or_else(odd)?,
        headers,
        body: bytes[end + 4..].to_vec(),
    })
}
