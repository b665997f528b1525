//! The bytes of segment files: mapped, or read into memory if they are few or if many are mapped already.
//!
//! The system maps some 65,000 files for a process and no more, and a file that is mapped costs a page of memory at
//! least. Small files, of which there may be very many, are therefore read, up to a bound in bytes; and what is mapped
//! leaves enough for everything else in the process.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arrow_buffer::{Buffer, MutableBuffer};

/// A file of at most so many bytes is read.
const SMALL_BYTES: u64 = 1 << 16;
/// As long as all that are read have no more than these together.
const MOST_READ_BYTES: u64 = 1 << 26;
/// With so many mapped, every other one is read.
const MOST_MAPS: usize = 1 << 14;

static READ_BYTES: AtomicU64 = AtomicU64::new(0);
static MAPS: AtomicUsize = AtomicUsize::new(0);

/// Returns the first `n_bytes` of a file that has `length`, and whether they are a map of it.
///
/// # Errors
/// What the file system says.
pub fn bytes_of(file: &File, length: u64, n_bytes: u64) -> io::Result<(Buffer, bool)> {
    let is_small = n_bytes <= SMALL_BYTES;
    let has_space = READ_BYTES.load(Ordering::Relaxed) + n_bytes <= MOST_READ_BYTES;
    let is_mapped = !(is_small && has_space) && MAPS.load(Ordering::Relaxed) < MOST_MAPS;
    if !is_mapped {
        return Ok((read(file, length, n_bytes)?, false));
    }
    let map = Mapped::new(file)?;
    let bytes = Buffer::from(bytes::Bytes::from_owner(map));
    let n_bytes = usize::try_from(n_bytes).map_err(io::Error::other)?;
    if n_bytes > bytes.len() {
        // Cut just now.
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((bytes.slice_with_length(0, n_bytes), true))
}

/// Returns the first `n_bytes` of a file that has `length`, with zeros for what it does not have.
///
/// # Errors
/// What the file system says.
pub fn read(mut file: &File, length: u64, n_bytes: u64) -> io::Result<Buffer> {
    let n_bytes_read = usize::try_from(length.min(n_bytes)).map_err(io::Error::other)?;
    // Aligned as Arrow's buffers are in a file.
    let mut buffer =
        MutableBuffer::from_len_zeroed(usize::try_from(n_bytes).map_err(io::Error::other)?);
    file.seek(SeekFrom::Start(0))?;
    if let Some(bytes) = buffer.as_slice_mut().get_mut(..n_bytes_read) {
        file.read_exact(bytes)?;
    }
    let held = Held {
        buffer: buffer.into(),
        n_bytes,
    };
    READ_BYTES.fetch_add(n_bytes, Ordering::Relaxed);
    Ok(Buffer::from(bytes::Bytes::from_owner(held)))
}

/// Bytes that were read, counted as long as they are in memory.
struct Held {
    buffer: Buffer,
    n_bytes: u64,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        self.buffer.as_slice()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        READ_BYTES.fetch_sub(self.n_bytes, Ordering::Relaxed);
    }
}

/// A file that is mapped, counted as long as it is.
struct Mapped(memmap2::Mmap);

impl Mapped {
    #[allow(unsafe_code, reason = "the one memory map of the program")]
    fn new(file: &File) -> io::Result<Mapped> {
        // Sound as long as nobody changes the file while it is mapped. Segment files are written once, under
        // another name, and never again; the data folder has one owner (its lock file) and its files are for
        // nobody else to write (mode 600). Deleting one leaves the map whole. What is read of one that was cut
        // short all the same makes the system end this process, which is not undefined behaviour either, and
        // readers look for it first: see `Part::is_cut`.
        let map = unsafe { memmap2::Mmap::map(file)? };
        MAPS.fetch_add(1, Ordering::Relaxed);
        Ok(Mapped(map))
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        MAPS.fetch_sub(1, Ordering::Relaxed);
    }
}
