//! Request bodies: bounded as they arrive, and bounded again as they are decompressed.

use std::io::Read;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};

use super::budget::{Lack, Purpose, Share};
use super::unpacked::Unpacked;

/// How long a body may be, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// As it comes over the wire.
    pub received: usize,
    /// After decompression: a small body can hide a very large one.
    pub decompressed: usize,
}

/// Why a body is not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BodyError {
    /// It is compressed in a way that we do not know.
    #[error("content-encoding {0} is not supported; use gzip, zstd or none")]
    Encoding(String),
    /// It is too long as it comes.
    #[error("the body is larger than {}", size(*.0))]
    TooLarge(usize),
    /// It is too long once decompressed.
    #[error("the body is larger than {} when decompressed", size(*.0))]
    TooLargeInside(usize),
    /// It is not what its header says.
    #[error("the body is not {0}, or was cut")]
    NotCompressed(&'static str),
    /// The connection ended in the middle of it.
    #[error("the body ended before its time")]
    Cut,
    /// There is no memory for it now.
    #[error(transparent)]
    Lack(#[from] Lack),
}

impl BodyError {
    /// Returns the status that says so in any vendor's dialect.
    pub fn status(&self) -> StatusCode {
        match self {
            BodyError::Encoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            BodyError::TooLarge(_) | BodyError::TooLargeInside(_) => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::NotCompressed(_) | BodyError::Cut => StatusCode::BAD_REQUEST,
            BodyError::Lack(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }
}

/// A body that is here, perhaps still compressed.
#[derive(Debug)]
pub struct Received {
    bytes: Bytes,
    compression: Compression,
    most_decompressed: usize,
    share: Option<Arc<Share>>,
}

// What is unpacked and decoded faster than a task moves to another thread and back, or nearly so.
const QUICK_BYTES: usize = 512 << 10;

/// Returns about how much memory JSON takes once its values are read, each in its own place: an object of one member
/// takes hundreds of bytes, however short it is.
pub fn json_memory_bytes(json: &[u8]) -> usize {
    const OBJECT: usize = 512;
    const ARRAY: usize = 64;
    const ELEMENT: usize = 96;
    let (mut bytes, mut is_in_text, mut is_escaped) = (json.len(), false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_text => is_escaped = true,
            b'"' => is_in_text = !is_in_text,
            _ if is_in_text => {}
            b'{' => bytes += OBJECT,
            b'[' => bytes += ARRAY,
            b',' => bytes += ELEMENT,
            _ => {}
        }
    }
    bytes
}

// The steps in which memory for what is unpacked is drawn.
const STEP_BYTES: usize = 1 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Received {
    /// Receives the body of `request`.
    ///
    /// # Errors
    /// `Encoding`, `TooLarge` and `Cut`; the first two before any of it is read, if the headers say so.
    pub async fn of(mut request: Request, bounds: Bounds) -> Result<Received, BodyError> {
        let compression =
            Compression::named(text(request.headers(), header::CONTENT_ENCODING.as_str()))?;
        let announced = text(request.headers(), header::CONTENT_LENGTH.as_str()).parse::<u64>();
        if announced.is_ok_and(|bytes| bytes > bounds.received as u64) {
            return Err(BodyError::TooLarge(bounds.received));
        }
        let share = request.extensions().get::<Arc<Share>>().cloned();
        DefaultBodyLimit::max(bounds.received).apply(&mut request);
        let bytes = Bytes::from_request(request, &()).await;
        let bytes = bytes.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => BodyError::TooLarge(bounds.received),
            _ => BodyError::Cut,
        })?;
        Ok(Received {
            bytes,
            compression,
            most_decompressed: bounds.decompressed,
            share,
        })
    }

    /// Returns a body that came in some other way; `encoding` is as in the Content-Encoding header.
    ///
    /// # Errors
    /// `Encoding` and `TooLarge`
    pub fn from_bytes(bytes: Bytes, encoding: &str, bounds: Bounds) -> Result<Received, BodyError> {
        let compression = Compression::named(encoding)?;
        if bytes.len() > bounds.received {
            return Err(BodyError::TooLarge(bounds.received));
        }
        Ok(Received {
            bytes,
            compression,
            most_decompressed: bounds.decompressed,
            share: None,
        })
    }

    /// Lets what is made of the body draw from `share`.
    pub fn drawing_from(mut self, share: Option<Arc<Share>>) -> Received {
        self.share = share;
        self
    }

    /// Returns what it draws from.
    pub fn share(&self) -> Option<Arc<Share>> {
        self.share.clone()
    }

    /// Unpacks the body and does `work` with it, which takes as many bytes as `weigh` says; with a large one on another
    /// thread, when its turn comes.
    ///
    /// # Errors
    /// As [`Received::decompressed`], and `Lack`.
    pub async fn unpack<R: Send + 'static>(
        self,
        weigh: impl Fn(&[u8]) -> usize + Send + 'static,
        work: impl FnOnce(Bytes) -> R + Send + 'static,
    ) -> Result<R, BodyError> {
        let share = self.share.clone();
        let Some(share) = share else {
            return off_the_runtime(move || Ok(work(self.decompressed()?))).await;
        };
        if let Some(quick) = self.quickly() {
            share.draw(weigh(&quick), Purpose::Work).await?;
            return Ok(work(quick));
        }
        // The unpacked body counts in steps, since a small one may hide anything; what is made of it is then known.
        let _turn = share.turn_to_unpack().await?;
        let unpacked = move || {
            let unpacked = self.decompressed()?;
            let bytes = weigh(&unpacked);
            Ok((unpacked, bytes))
        };
        let (unpacked, bytes) = off_the_runtime(unpacked).await?;
        share.draw(bytes, Purpose::Work).await?;
        off_the_runtime(move || Ok(work(unpacked))).await
    }

    // The unpacked body if it is short, whatever is wrong with it otherwise.
    fn quickly(&self) -> Option<Bytes> {
        let most = QUICK_BYTES.min(self.most_decompressed);
        if self.bytes.len() > most {
            return None;
        }
        let quick = Received {
            bytes: self.bytes.clone(),
            compression: self.compression,
            most_decompressed: most,
            share: None,
        };
        quick.decompressed().ok()
    }

    /// Decompresses what is compressed. Takes its time with a large body, so call it off the runtime's
    /// own threads.
    ///
    /// # Errors
    /// `TooLargeInside` as soon as there is one byte too many, and `NotCompressed`.
    pub fn decompressed(self) -> Result<Bytes, BodyError> {
        let most = self.most_decompressed;
        let share = self.share.as_deref();
        let decoded = match self.compression {
            Compression::None if self.bytes.len() > most => {
                return Err(BodyError::TooLargeInside(most));
            }
            Compression::None => return Ok(self.bytes),
            Compression::Gzip => gunzip(&self.bytes, most, share),
            Compression::Zstd => unzstd(&self.bytes, most, share),
        };
        let decoded = decoded?;
        if decoded.len() > most {
            return Err(BodyError::TooLargeInside(most));
        }
        Ok(decoded.into_bytes())
    }
}

impl Compression {
    fn named(name: &str) -> Result<Compression, BodyError> {
        match name.to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Compression::None),
            "gzip" => Ok(Compression::Gzip),
            "zstd" => Ok(Compression::Zstd),
            other => Err(BodyError::Encoding(other.to_string())),
        }
    }
}

// Both stop one byte past `most`, which tells a body that just fits from one that does not.
fn gunzip(bytes: &[u8], most: usize, share: Option<&Share>) -> Result<Unpacked, BodyError> {
    // A member ends with its length. Source: RFC 1952, 2.3.1, ISIZE.
    let says = bytes
        .last_chunk::<4>()
        .map(|last| u32::from_le_bytes(*last));
    let room = room(says.map(u64::from), bytes.len(), most);
    let limited = flate2::read::MultiGzDecoder::new(bytes).take(most as u64 + 1);
    read_on(std::io::BufReader::new(limited), share, room, "gzip")
}

fn unzstd(bytes: &[u8], most: usize, share: Option<&Share>) -> Result<Unpacked, BodyError> {
    let decoder = || -> std::io::Result<_> {
        // Frames may stand one after another, as gzip's members may.
        let mut decoder = zstd::Decoder::with_buffer(bytes)?;
        // A window larger than what may come out is of no use but to take our memory.
        let largest_window = most.max(SMALLEST_WINDOW).next_power_of_two();
        decoder.window_log_max(largest_window.ilog2())?;
        Ok(decoder.take(most as u64 + 1))
    };
    let says = zstd::zstd_safe::get_frame_content_size(bytes)
        .ok()
        .flatten();
    let room = room(says, bytes.len(), most);
    let decoder = decoder().map_err(|_| BodyError::NotCompressed("zstd"))?;
    read_on(decoder, share, room, "zstd")
}

// How much room to make at first for what says of itself how long it is. What is reserved and not written to takes no
// memory, while growing step by step holds the bytes twice.
fn room(says: Option<u64>, n_bytes: usize, most: usize) -> usize {
    // The best that either can do.
    const MOST_TIMES: usize = 32_768;
    let says = says.and_then(|says| usize::try_from(says).ok());
    let most = most.min(n_bytes.saturating_mul(MOST_TIMES));
    says.map_or(0, |says| says.min(most) + 1)
}

// Reads to the end; draws before it grows.
fn read_on(
    mut reader: impl Read,
    share: Option<&Share>,
    room: usize,
    name: &'static str,
) -> Result<Unpacked, BodyError> {
    let mut unpacked = Unpacked::with_room(room);
    loop {
        let step = unpacked.step(STEP_BYTES);
        if let Some(share) = share
            && !share.try_draw(step, Purpose::Work)
        {
            return Err(share.lacks(Lack::Memory).into());
        }
        let read = unpacked.read(&mut reader, step);
        let n_read = read.map_err(|_| BodyError::NotCompressed(name))?;
        if n_read < step {
            return Ok(unpacked);
        }
    }
}

// A large body takes its time, and no other's: the runtime has few threads.
async fn off_the_runtime<R: Send + 'static>(
    work: impl FnOnce() -> Result<R, BodyError> + Send + 'static,
) -> Result<R, BodyError> {
    // The task is lost only when the whole program stops.
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or(Err(BodyError::Cut))
}

// What encoders use at their usual levels, whatever they compress. Source: RFC 8878, section 3.1.1.1.2,
// which asks every decoder to support it.
const SMALLEST_WINDOW: usize = 8 << 20;

fn size(bytes: usize) -> String {
    match bytes % (1 << 20) {
        0 => format!("{} MiB", bytes >> 20),
        _ => format!("{bytes} bytes"),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn decompressed(
        bytes: &[u8],
        compression: Compression,
        most: usize,
    ) -> Result<Bytes, BodyError> {
        let bytes = Bytes::copy_from_slice(bytes);
        let received = Received {
            bytes,
            compression,
            most_decompressed: most,
            share: None,
        };
        received.decompressed()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).unwrap()
    }

    #[test]
    fn a_body_that_just_fits_is_taken_and_one_byte_more_is_not() {
        let body = b"spans and spans and spans".repeat(1000);
        for (packed, compression) in [
            (body.clone(), Compression::None),
            (gzip(&body), Compression::Gzip),
            (zstd(&body), Compression::Zstd),
        ] {
            let fits = decompressed(&packed, compression, body.len());
            assert_eq!(fits.unwrap(), body, "{compression:?}");
            assert_eq!(
                decompressed(&packed, compression, body.len() - 1),
                Err(BodyError::TooLargeInside(body.len() - 1)),
                "{compression:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_small_body_that_hides_a_large_one_is_refused_when_there_is_too_little_for_it() {
        let budget = super::super::budget::Budget::new(super::super::budget::BudgetLimits {
            total_bytes: 4 << 20,
            small_bytes: 1 << 20,
            unpacking: 1,
            patience: std::time::Duration::ZERO,
        });
        let body = vec![b' '; 16 << 20];
        for (packed, encoding) in [(gzip(&body), "gzip"), (zstd(&body), "zstd")] {
            let bounds = Bounds {
                received: 1 << 20,
                decompressed: 64 << 20,
            };
            let received = Received::from_bytes(packed.into(), encoding, bounds).unwrap();
            let share = budget.share();
            let received = received.drawing_from(Some(share.clone()));
            let unpacked = received.unpack(<[u8]>::len, |bytes| bytes.len()).await;
            assert_eq!(unpacked, Err(BodyError::Lack(Lack::Memory)), "{encoding}");
            assert_eq!(share.lack(), Some(Lack::Memory));
            drop(share);
            assert_eq!(budget.used_bytes(), 0);
        }
        let bounds = Bounds {
            received: 1 << 20,
            decompressed: 1 << 20,
        };
        let small = Received::from_bytes(gzip(b"small").into(), "gzip", bounds).unwrap();
        let small = small.drawing_from(Some(budget.share()));
        assert_eq!(small.unpack(<[u8]>::len, |bytes| bytes.len()).await, Ok(5));
    }

    #[test]
    fn what_json_takes_depends_on_its_values_and_not_on_its_texts() {
        let many = json_memory_bytes(br#"[{"":1},{"":1},{"":1}]"#);
        assert!(many > 3 * 500, "{many}");
        let text = br#"{"a":"{{{,,,[[[ \" ,,,{{{ \\"}"#;
        assert_eq!(json_memory_bytes(text), text.len() + 512);
    }

    #[test]
    fn members_and_frames_may_stand_one_after_another() {
        let twice = |packed: Vec<u8>| packed.repeat(2);
        for (packed, compression) in [
            (twice(gzip(b"ab")), Compression::Gzip),
            (twice(zstd(b"ab")), Compression::Zstd),
        ] {
            assert_eq!(decompressed(&packed, compression, 4).unwrap(), "abab");
            let tight = decompressed(&packed, compression, 3);
            assert_eq!(tight, Err(BodyError::TooLargeInside(3)));
        }
    }

    #[test]
    fn what_was_cut_or_bent_anywhere_is_refused_or_read_and_never_more() {
        let body = b"{\"a\":1,\"b\":[1,2,3]} ".repeat(50);
        for (packed, compression, name) in [
            (gzip(&body), Compression::Gzip, "gzip"),
            (zstd(&body), Compression::Zstd, "zstd"),
        ] {
            for end in 1..packed.len() {
                let cut = decompressed(&packed[..end], compression, 1 << 20);
                assert_eq!(cut, Err(BodyError::NotCompressed(name)), "{name} {end}");
            }
            for at in 0..packed.len() {
                let mut bent = packed.clone();
                bent[at] ^= 0x55;
                if let Ok(read) = decompressed(&bent, compression, 1 << 20) {
                    assert!(read.len() <= 1 << 20);
                }
            }
        }
    }

    #[test]
    fn a_frame_that_wants_a_window_beyond_all_bounds_is_refused() {
        // Magic number, no flags, and a window of 2^41 bytes.
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x01, 0x00, 0x00];
        assert_eq!(
            decompressed(&frame, Compression::Zstd, 1 << 20),
            Err(BodyError::NotCompressed("zstd"))
        );
    }
}
