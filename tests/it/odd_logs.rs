//! A CloudWatch Logs that misbehaves as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;

/// What to say to a request.
pub enum Say {
    /// This status and body.
    Json(u16, Json),
    /// Nothing: the connection ends.
    Cut,
    /// Half an answer, then the connection ends.
    CutAnswer,
}

/// A server that goes on until the tests end.
pub struct OddLogs {
    pub address: SocketAddr,
}

impl OddLogs {
    /// Answers each request, the first of which is number 0, as `answer` says; `operation` is added to
    /// what was asked.
    pub fn start(answer: impl Fn(usize, &Json) -> Say + Send + Sync + 'static) -> OddLogs {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(answer);
        let n_asked = Arc::new(AtomicUsize::new(0));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (answer, n_asked) = (answer.clone(), n_asked.clone());
                std::thread::spawn(move || {
                    if let Some(asked) = asked(&stream) {
                        let n = n_asked.fetch_add(1, Ordering::SeqCst);
                        say(stream, answer(n, &asked));
                    }
                });
            }
        });
        OddLogs { address }
    }
}

fn asked(stream: &TcpStream) -> Option<Json> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    let mut operation = String::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().ok()?,
            "x-amz-target" => operation = value.rsplit('.').next()?.to_string(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut asked: Json = serde_json::from_slice(&body).ok()?;
    asked["operation"] = operation.into();
    Some(asked)
}

fn say(mut stream: TcpStream, what: Say) {
    let (status, body, sent) = match &what {
        Say::Cut => return,
        Say::Json(status, body) => (*status, body.to_string(), usize::MAX),
        Say::CutAnswer => (200, "{\"events\":[]}".to_string(), 5),
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.1\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // The other side may have left.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body.as_bytes()[..sent.min(body.len())]);
}
