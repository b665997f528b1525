//! One connection: writes a request, reads its answer, and keeps nothing of the body.
//!
//! HTTP/1.1 by hand, as a general client costs more than the loopback does and would itself be what is
//! measured. One request at a time: no pipelining.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::chunks::Chunks;
use super::fault::Fault;

/// The longest head of an answer that is read, in bytes.
const LONGEST_HEAD: usize = 64 << 10;
const BUFFER: usize = 16 << 10;
const MOST_HEADERS: usize = 100;

/// A connection that is made when it is needed, and again when it broke or was closed.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

/// A whole answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// When the first byte of the request was written.
    pub sent: Instant,
    /// When the last byte of the answer was read.
    pub ended: Instant,
}

/// What an answer says of its trace.
#[derive(Debug, Default)]
pub struct Told {
    /// The trace's id, as the answer said or else as the request did; empty if neither did.
    pub trace_id: String,
    /// Whether the trace is sampled, if the answer says so.
    pub is_sampled: Option<bool>,
}

impl Told {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.trace_id.clear();
        self.is_sampled = None;
    }
}

/// What a head says of the rest.
struct Head {
    status: u16,
    body: Body,
    keeps_open: bool,
    length: usize,
}

#[derive(Clone, Copy)]
enum Body {
    Bytes(u64),
    Chunked,
    UntilClose,
}

impl Connection {
    /// Makes a connection that is not open yet.
    pub fn new(address: SocketAddr) -> Connection {
        Connection {
            address,
            stream: None,
            buffer: vec![0; BUFFER],
        }
    }

    /// Sends a request and reads its answer to the end. `was_sent` is set when bytes are about to be
    /// written; `told` gets what the answer's `X-Amzn-Trace-Id` says, if it has one.
    ///
    /// When this fails or is dropped, the connection is closed.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn exchange(
        &mut self,
        request: &[u8],
        was_sent: &mut bool,
        told: &mut Told,
    ) -> Result<Answer, Fault> {
        // Whatever is left of an old answer must not be taken for the next one, so the stream is put
        // back only behind a whole answer.
        let mut stream = match self.stream.take().filter(is_idle) {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        let sent = Instant::now();
        *was_sent = true;
        stream.write_all(request).await.map_err(Fault::of_stream)?;
        let (status, keeps_open) = self.read_answer(&mut stream, told).await?;
        let ended = Instant::now();
        if keeps_open {
            self.stream = Some(stream);
        }
        Ok(Answer {
            status,
            sent,
            ended,
        })
    }

    /// Returns the status, and whether the stream can take another request.
    async fn read_answer(
        &mut self,
        stream: &mut TcpStream,
        told: &mut Told,
    ) -> Result<(u16, bool), Fault> {
        let mut filled = 0;
        let head = loop {
            if filled == self.buffer.len() {
                if filled >= LONGEST_HEAD {
                    return Err(Fault::malformed("the answer's headers have no end"));
                }
                self.buffer.resize(filled * 2, 0);
            }
            let room = self.buffer.get_mut(filled..).unwrap_or_default();
            let n = stream.read(room).await.map_err(Fault::of_stream)?;
            if n == 0 {
                return Err(Fault::Closed);
            }
            filled += n;
            if let Some(head) = final_head(&mut self.buffer, &mut filled, told)? {
                break head;
            }
        };
        let behind = self.buffer.get(head.length..filled).unwrap_or_default();
        let mut chunks = Chunks::START;
        let mut left = match head.body {
            Body::Bytes(length) => length.checked_sub(behind.len() as u64).ok_or_else(excess)?,
            Body::Chunked => skip(&mut chunks, behind)?,
            Body::UntilClose => u64::MAX,
        };
        while left > 0 {
            let n = stream
                .read(&mut self.buffer)
                .await
                .map_err(Fault::of_stream)?;
            let read = self.buffer.get(..n).unwrap_or_default();
            left = match head.body {
                Body::UntilClose if n == 0 => 0,
                _ if n == 0 => return Err(Fault::Closed),
                Body::UntilClose => u64::MAX,
                Body::Bytes(_) => left.checked_sub(n as u64).ok_or_else(excess)?,
                Body::Chunked => skip(&mut chunks, read)?,
            };
        }
        Ok((head.status, head.keeps_open))
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Fault> {
    let connected = TcpStream::connect(address).await;
    let stream = connected.map_err(Fault::of_connecting)?;
    // Small requests would otherwise wait for the acknowledgement of the one before.
    stream.set_nodelay(true).map_err(Fault::of_connecting)?;
    Ok(stream)
}

/// Tells whether a stream is open and has nothing to say, as it should be between requests.
fn is_idle(stream: &TcpStream) -> bool {
    let read = stream.try_read(&mut [0]);
    matches!(read, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn excess() -> Fault {
    Fault::malformed("the answer is longer than it says")
}

/// Returns 0 when the body is over.
fn skip(chunks: &mut Chunks, bytes: &[u8]) -> Result<u64, Fault> {
    let passed = chunks
        .skip(bytes)
        .map_err(|_| Fault::malformed("the answer's chunks are not as HTTP has them"))?;
    match *chunks {
        Chunks::Over if passed < bytes.len() => Err(excess()),
        Chunks::Over => Ok(0),
        _ => Ok(u64::MAX),
    }
}

/// Returns the head at the beginning of the buffer if it is all there; heads that only announce another
/// one (100 to 199) are taken out of it.
fn final_head(
    buffer: &mut [u8],
    filled: &mut usize,
    told: &mut Told,
) -> Result<Option<Head>, Fault> {
    loop {
        let read = buffer.get(..*filled).unwrap_or_default();
        let Some(head) = parsed_head(read, told)? else {
            return Ok(None);
        };
        if head.status >= 200 {
            return Ok(Some(head));
        }
        buffer.copy_within(head.length..*filled, 0);
        *filled -= head.length;
    }
}

// Source: RFC 9112, section 6.3, for requests that are not HEAD or CONNECT.
fn parsed_head(read: &[u8], told: &mut Told) -> Result<Option<Head>, Fault> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(read) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(Fault::malformed(error)),
    };
    let status = response.code.unwrap_or_default();
    let mut keeps_open = response.version == Some(1);
    let mut content_length = None;
    let mut is_chunked = false;
    for header in response.headers.iter() {
        let value = header.value;
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(value).unwrap_or_default().trim();
            let said = text.parse::<u64>();
            let said = said.map_err(|_| Fault::malformed("its content-length is no number"))?;
            content_length = Some(said);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            is_chunked |= has_word(value, "chunked");
        } else if header.name.eq_ignore_ascii_case("connection") {
            keeps_open = (keeps_open || has_word(value, "keep-alive")) && !has_word(value, "close");
        } else if header.name.eq_ignore_ascii_case("x-amzn-trace-id") {
            set_told(value, told);
        }
    }
    let body = match (status, content_length) {
        (100..=199 | 204 | 304, _) => Body::Bytes(0),
        _ if is_chunked => Body::Chunked,
        (_, Some(length)) => Body::Bytes(length),
        (_, None) => Body::UntilClose,
    };
    Ok(Some(Head {
        status,
        keeps_open: keeps_open && !matches!(body, Body::UntilClose),
        body,
        length,
    }))
}

fn has_word(value: &[u8], word: &str) -> bool {
    let mut words = value.split(|byte| *byte == b',');
    words.any(|it| it.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

/// Reads `Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1`.
fn set_told(value: &[u8], told: &mut Told) {
    for part in std::str::from_utf8(value).unwrap_or_default().split(';') {
        match part.trim().split_once('=') {
            Some(("Root", root)) => {
                told.trace_id.clear();
                // An id has 35 characters; whatever is longer is none.
                told.trace_id.extend(root.chars().take(35));
            }
            Some(("Sampled", "1")) => told.is_sampled = Some(true),
            Some(("Sampled", "0")) => told.is_sampled = Some(false),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Answers every request on every connection with these pieces, each written by itself.
    async fn server(pieces: &'static [&'static str], closes: bool) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(async move {
                    while let Ok(1..) = stream.read(&mut [0; 1024]).await {
                        for piece in pieces {
                            stream.write_all(piece.as_bytes()).await.unwrap();
                            stream.flush().await.unwrap();
                            tokio::task::yield_now().await;
                        }
                        if closes {
                            break;
                        }
                    }
                });
            }
        });
        address
    }

    async fn twice(pieces: &'static [&'static str], closes: bool) -> Vec<Result<u16, Fault>> {
        let mut connection = Connection::new(server(pieces, closes).await);
        let mut statuses = Vec::new();
        for _ in 0..2 {
            let answer = connection
                .exchange(b"GET / HTTP/1.1\r\n\r\n", &mut false, &mut Told::default())
                .await;
            statuses.push(answer.map(|answer| answer.status));
        }
        statuses
    }

    #[tokio::test]
    async fn answers_are_read_to_their_end_whatever_says_where_that_is() {
        for (pieces, closes, status) in [
            (
                &["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]"][..],
                false,
                200,
            ),
            (
                &["HTTP/1.1 200 OK\r\nContent-Le", "ngth: 4\r\n\r\n[", "1]\n"],
                false,
                200,
            ),
            (
                &[
                    "HTTP/1.1 404 NO\r\ntransfer-encoding: chunked\r\n\r\n2\r\n[",
                    "]\r\n0\r\n",
                    "\r\n",
                ],
                false,
                404,
            ),
            (&["HTTP/1.1 204 No Content\r\n\r\n"], false, 204),
            (
                &[
                    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\nHTTP/1.1 422 X\r\ncontent-length: 0\r\n\r\n",
                ],
                false,
                422,
            ),
            // As Flask's own server answers: the end of the connection is the end of the body.
            (&["HTTP/1.0 500 E\r\n\r\n", "no", "thing"], true, 500),
            (
                &["HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx"],
                true,
                200,
            ),
        ] {
            let statuses = twice(pieces, closes).await;
            let statuses: Vec<u16> = statuses.into_iter().map(Result::unwrap).collect();
            assert_eq!(statuses, [status, status], "{pieces:?}");
        }
    }

    #[tokio::test]
    async fn what_is_no_answer_is_a_fault_of_its_kind() {
        for (pieces, expected) in [
            (&[][..], "closed"),
            (
                &["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[]"],
                "closed",
            ),
            (
                &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab"],
                "closed",
            ),
            (&["SSH-2.0-OpenSSH\r\n"], "malformed"),
            (
                &["HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"],
                "malformed",
            ),
            (
                &["HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab"],
                "malformed",
            ),
            (
                &["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxx\r\n"],
                "malformed",
            ),
        ] {
            let faults = twice(pieces, true).await;
            let faults: Vec<&str> = faults
                .into_iter()
                .map(|it| it.unwrap_err().kind())
                .collect();
            assert_eq!(faults, [expected, expected], "{pieces:?}");
        }
    }

    #[tokio::test]
    async fn a_head_without_end_is_not_kept() {
        let line: &'static str = "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        let long: &'static str = Box::leak(line.repeat(3000).into_boxed_str());
        let pieces: &'static [&'static str] = Box::leak(Box::new(["HTTP/1.1 200 OK\r\n", long]));
        let faults = twice(pieces, true).await;
        assert_eq!(faults[0].as_ref().unwrap_err().kind(), "malformed");
    }

    #[tokio::test]
    async fn the_answers_own_trace_id_is_taken() {
        let address = server(
            &["HTTP/1.1 204 X\r\nX-Amzn-Trace-Id: Sampled=1; Root=1-5759e988-bd862e3fe1be46a994272793\r\n\r\n"],
            false,
        )
        .await;
        let mut told = Told {
            trace_id: "mine".to_string(),
            is_sampled: None,
        };
        let mut was_sent = false;
        Connection::new(address)
            .exchange(b"x", &mut was_sent, &mut told)
            .await
            .unwrap();
        assert!(was_sent);
        assert_eq!(told.trace_id, "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(told.is_sampled, Some(true));
    }

    #[tokio::test]
    async fn nobody_listening_is_a_refusal_and_nothing_was_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let mut was_sent = false;
        let fault = Connection::new(address)
            .exchange(b"x", &mut was_sent, &mut Told::default())
            .await
            .unwrap_err();
        assert_eq!((fault.kind(), was_sent), ("refused", false));
    }
}
