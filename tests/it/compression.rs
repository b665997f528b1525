//! Bodies as clients compress them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zstd frame of raw blocks, put together by hand: no code of the stack's decoder is in it.
///
/// Source: RFC 8878, section 3.1.1.
pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    let mut frame = zstd_head();
    let mut chunks = bytes.chunks(64 << 10).peekable();
    if chunks.peek().is_none() {
        frame.extend(block_head(true, RAW, 0));
    }
    while let Some(chunk) = chunks.next() {
        frame.extend(block_head(chunks.peek().is_none(), RAW, chunk.len()));
        frame.extend(chunk);
    }
    frame
}

/// A zstd frame of `n_blocks` blocks, each four bytes long and 128 KiB of zeros inside.
pub fn zstd_bomb(n_blocks: usize) -> Vec<u8> {
    let mut frame = zstd_head();
    for idx in 0..n_blocks {
        frame.extend(block_head(idx + 1 == n_blocks, REPEATED, 128 << 10));
        frame.push(0);
    }
    frame
}

const RAW: usize = 0;
const REPEATED: usize = 1;

// The magic number, no flags, a window of one megabyte.
fn zstd_head() -> Vec<u8> {
    vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50]
}

fn block_head(is_last: bool, kind: usize, length: usize) -> [u8; 3] {
    let [a, b, c, ..] = (usize::from(is_last) | kind << 1 | length << 3).to_le_bytes();
    [a, b, c]
}
