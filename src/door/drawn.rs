//! A request's body that draws its bytes from the budget, and that has to come at a certain pace.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::budget::{Lack, Purpose, Share};

/// How slowly a body may come.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often is looked at it.
    pub look: Duration,
    /// A body that brings less between two looks is slow.
    pub slow_bytes: usize,
    /// The same while others wait for the bytes that it holds.
    pub slow_bytes_when_short: usize,
    /// A body that is slow at so many looks, one after the other, is given up.
    pub looks: u32,
    /// The same while others wait for the bytes that it holds.
    pub looks_when_short: u32,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            look: Duration::from_secs(1),
            slow_bytes: 1 << 10,
            slow_bytes_when_short: 64 << 10,
            looks: 30,
            looks_when_short: 2,
        }
    }
}

/// What others may wait for that a slow body holds, in bytes; less is not worth giving a body up.
const WORTH_IT: usize = 64 << 10;

// A body of unknown length draws as much ahead as it has, within these bounds.
const LEAST_AHEAD: usize = 16 << 10;
const MOST_AHEAD: usize = 4 << 20;

/// Lets the body of a request draw from `share`, which handlers find in its extensions.
pub fn draw_body(mut request: Request, share: &Arc<Share>, pace: Pace) -> Request {
    request.extensions_mut().insert(share.clone());
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
    if announced == Some(0) {
        return request;
    }
    request.map(|body| {
        Body::new(Drawn {
            body,
            share: share.clone(),
            pace,
            ahead: announced,
            n_drawn: 0,
            n_come: 0,
            drawing: None,
            waiting: None,
        })
    })
}

type Drawing = Pin<Box<dyn Future<Output = Result<(), Lack>> + Send>>;

struct Drawn {
    body: Body,
    share: Arc<Share>,
    pace: Pace,
    // What is to be drawn before the first byte is read: what the headers say.
    ahead: Option<usize>,
    n_drawn: usize,
    n_come: usize,
    drawing: Option<Drawing>,
    waiting: Option<Waiting>,
}

// From the first time that nothing was there.
struct Waiting {
    look: Pin<Box<Sleep>>,
    n_come: usize,
    slow_looks: u32,
}

impl Drawn {
    // Begins to draw so many bytes; most are there at once.
    fn begin(&mut self, bytes: usize) {
        self.n_drawn = self.n_drawn.saturating_add(bytes);
        if self.share.try_draw(bytes, Purpose::Body) {
            return;
        }
        let share = self.share.clone();
        self.drawing = Some(Box::pin(
            async move { share.draw(bytes, Purpose::Body).await },
        ));
    }

    fn poll_drawing(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Lack>> {
        let Some(drawing) = &mut self.drawing else {
            return Poll::Ready(Ok(()));
        };
        let drawn = ready!(drawing.as_mut().poll(context));
        self.drawing = None;
        Poll::Ready(drawn)
    }

    // Looks at the pace each time that it is time to; `Ready` if the body is too slow.
    fn poll_pace(&mut self, context: &mut Context<'_>) -> Poll<Lack> {
        let Drawn {
            share,
            pace,
            n_come,
            ..
        } = self;
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            look: Box::pin(sleep(pace.look)),
            n_come: *n_come,
            slow_looks: 0,
        });
        loop {
            ready!(waiting.look.as_mut().poll(context));
            let is_short = share.budget().is_short() && share.bytes() >= WORTH_IT;
            let (slow, most) = match is_short {
                true => (pace.slow_bytes_when_short, pace.looks_when_short),
                false => (pace.slow_bytes, pace.looks),
            };
            waiting.slow_looks = match *n_come - waiting.n_come < slow {
                true => waiting.slow_looks + 1,
                false => 0,
            };
            waiting.n_come = *n_come;
            if waiting.slow_looks >= most {
                return Poll::Ready(share.lacks(Lack::Slow));
            }
            waiting.look.as_mut().reset(Instant::now() + pace.look);
        }
    }
}

impl HttpBody for Drawn {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let lacking = |lack: Lack| Poll::Ready(Some(Err(axum::Error::new(lack))));
        if let Some(bytes) = self.ahead.take() {
            self.begin(bytes);
        }
        if let Err(lack) = ready!(self.poll_drawing(context)) {
            return lacking(lack);
        }
        let Poll::Ready(come) = Pin::new(&mut self.body).poll_frame(context) else {
            return match self.poll_pace(context) {
                Poll::Ready(lack) => lacking(lack),
                Poll::Pending => Poll::Pending,
            };
        };
        let n_bytes = match &come {
            Some(Ok(frame)) => frame.data_ref().map_or(0, Bytes::len),
            _ => 0,
        };
        self.n_come += n_bytes;
        if self.n_come > self.n_drawn {
            // The frame is here already; what is waited for is the right to read on.
            let ahead = self.n_come.clamp(LEAST_AHEAD, MOST_AHEAD);
            let lacking = self.n_come - self.n_drawn + ahead;
            self.begin(lacking);
        }
        Poll::Ready(come)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::super::budget::{Budget, BudgetLimits};
    use super::super::frames::frames;
    use super::*;

    fn budget(total_bytes: usize) -> Budget {
        Budget::new(BudgetLimits {
            total_bytes,
            small_bytes: 0,
            unpacking: 1,
            patience: Duration::ZERO,
        })
    }

    const PACE: Pace = Pace {
        look: Duration::ZERO,
        slow_bytes: 1,
        slow_bytes_when_short: 1,
        looks: 3,
        looks_when_short: 1,
    };

    async fn read(body: Body, length: Option<usize>, share: &Arc<Share>) -> Option<usize> {
        let mut request = Request::new(body);
        if let Some(length) = length {
            request
                .headers_mut()
                .insert(header::CONTENT_LENGTH, length.into());
        }
        let request = draw_body(request, share, PACE);
        let read = to_bytes(request.into_body(), usize::MAX).await;
        read.ok().map(|bytes| bytes.len())
    }

    #[tokio::test]
    async fn a_body_draws_what_it_announces_or_what_comes() {
        let budget = budget(1 << 20);
        for length in [Some(1_000), None] {
            let share = budget.share();
            let body = Body::from(vec![0; 1_000]);
            assert_eq!(read(body, length, &share).await, Some(1_000));
            assert!(share.bytes() >= 1_000, "{length:?}");
        }
        assert_eq!(budget.used_bytes(), 0);
    }

    #[tokio::test]
    async fn a_body_for_which_there_is_too_little_is_not_read_on() {
        let budget = budget(200_000);
        let other = budget.share();
        assert!(other.try_draw(100_000, Purpose::Body));
        let share = budget.share();
        let body = Body::from(vec![0; 1_000]);
        assert_eq!(read(body, Some(1_000), &share).await, None);
        assert_eq!(share.lack(), Some(Lack::Memory));
    }

    #[tokio::test]
    async fn a_body_that_begins_and_falls_silent_is_given_up() {
        let budget = budget(1 << 20);
        let share = budget.share();
        let (sender, body) = frames(1);
        sender.send(Bytes::from_static(b"begun")).await.unwrap();
        assert_eq!(read(Body::new(body), Some(1_000), &share).await, None);
        assert_eq!(share.lack(), Some(Lack::Slow));
        drop(sender);
    }
}
