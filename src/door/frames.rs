//! Bodies that are written bit by bit, by somebody who waits while the other side does not read.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame};
use tokio::sync::mpsc;

/// A body whose pieces come through a channel; it ends when the other end of the channel is gone.
#[derive(Debug)]
pub struct Frames(mpsc::Receiver<Bytes>);

/// Returns a body and what writes to it: `waiting` pieces wait until they are read, the next has to wait
/// itself. When the reader is gone, the sender is closed.
pub fn frames(waiting: usize) -> (mpsc::Sender<Bytes>, Frames) {
    let (sender, receiver) = mpsc::channel(waiting.max(1));
    (sender, Frames(receiver))
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let received = self.0.poll_recv(context);
        received.map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}
