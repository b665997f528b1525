//! The courier, and another side that answers as it is told to.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use tempfile::TempDir;
use tokio::sync::Notify;

use super::super::pieces::Spool;
use super::super::queue::Tally;
use super::*;

/// What the other side does with a call.
enum Does {
    Answers(Answer),
    /// It never answers.
    Hangs,
}

/// Another side that does what it is told to, and then takes everything.
#[derive(Default)]
struct Side {
    does: Mutex<VecDeque<Does>>,
    seen: Mutex<Vec<String>>,
    news: Mutex<Vec<&'static str>>,
    called: Notify,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

fn later(after: Option<Duration>) -> Does {
    let why = "nobody is there".to_string();
    Does::Answers(Answer::Later { why, after })
}

fn taken(n_delivered: u64, n_refused: u64) -> Does {
    Does::Answers(Answer::Settled {
        n_delivered,
        n_refused,
        trouble: None,
    })
}

impl Carrier for Side {
    async fn carry(&self, batch: &Batch) -> Answer {
        let text = std::str::from_utf8(&batch.things).unwrap();
        lock(&self.seen).push(text.to_string());
        self.called.notify_one();
        let does = lock(&self.does).pop_front();
        match does {
            Some(Does::Answers(answer)) => answer,
            Some(Does::Hangs) => std::future::pending().await,
            None => Answer::Settled {
                n_delivered: batch.n_items,
                n_refused: 0,
                trouble: None,
            },
        }
    }

    fn hear(&self, news: News<'_>) {
        lock(&self.news).push(match news {
            News::Away { is_new: true, .. } => "away",
            News::Away { .. } => "still away",
            News::Back => "back",
            News::Lost(_) => "lost",
            News::Disk { .. } => "disk",
        });
    }
}

struct Scene {
    temp: TempDir,
    queue: Arc<Queue>,
    side: Arc<Side>,
    stage: watch::Sender<Stage>,
}

impl Scene {
    fn new(does: impl IntoIterator<Item = Does>, texts: &[&str]) -> Scene {
        let temp = tempfile::tempdir().unwrap();
        let (spool, found) = Spool::open(temp.path(), 1 << 20).unwrap();
        let queue = Arc::new(Queue::new(spool, found, Arc::new(Tally::default())));
        for text in texts {
            queue.put(1, &text.to_string().into()).unwrap();
        }
        let side = Side {
            does: Mutex::new(does.into_iter().collect()),
            ..Side::default()
        };
        Scene {
            temp,
            queue,
            side: Arc::new(side),
            stage: watch::channel(Stage::Open).0,
        }
    }

    fn courier(&self, width: usize, at_end: AtEnd) -> Courier<Side> {
        Courier {
            queue: self.queue.clone(),
            carrier: self.side.clone(),
            width,
            at_end,
            stage: self.stage.subscribe(),
        }
    }

    fn seen(&self) -> Vec<String> {
        lock(&self.side.seen).clone()
    }

    /// What the next process finds.
    fn left(self) -> Vec<String> {
        let Scene { temp, queue, .. } = self;
        drop(Arc::into_inner(queue).unwrap());
        let (mut spool, _) = Spool::open(temp.path(), 1 << 20).unwrap();
        let (batches, _) = spool.oldest(100).unwrap();
        let text = |batch: &Arc<Batch>| String::from_utf8(batch.things.to_vec()).unwrap();
        batches.iter().map(text).collect()
    }
}

#[tokio::test]
async fn what_is_put_goes_in_order_and_a_failed_one_before_those_behind_it() {
    let scene = Scene::new([taken(1, 0), later(None), later(None)], &["a", "b", "c"]);
    scene.queue.no_more();
    scene.courier(1, AtEnd::AsLongAsThereIsTime).run().await;
    assert_eq!(scene.seen(), ["a", "b", "b", "b", "c"]);
    let counts = scene.queue.tally().counts();
    assert_eq!((counts.delivered, counts.is_away), (3, false));
    assert_eq!(counts.trouble.as_deref(), Some("nobody is there"));
    assert_eq!(
        *lock(&scene.side.news),
        ["away", "still away", "back"],
        "it is told once"
    );
    assert_eq!(scene.left(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_turned_away_is_counted_and_does_not_come_back() {
    let scene = Scene::new([taken(0, 1), taken(1, 0)], &["a", "b"]);
    scene.queue.no_more();
    scene.courier(2, AtEnd::AsLongAsThereIsTime).run().await;
    let counts = scene.queue.tally().counts();
    assert_eq!((counts.delivered, counts.refused), (1, 1));
    assert_eq!(scene.left(), Vec::<String>::new());
}

#[tokio::test]
async fn when_time_is_over_only_what_was_not_answered_is_left() {
    let does = [taken(1, 0), Does::Hangs, taken(1, 0)];
    let scene = Scene::new(does, &["a", "b", "c", "d"]);
    let running = tokio::spawn(scene.courier(3, AtEnd::AsLongAsThereIsTime).run());
    while scene.queue.tally().counts().delivered < 2 {
        tokio::task::yield_now().await;
    }
    scene.stage.send(Stage::Over).unwrap();
    running.await.unwrap();
    assert_eq!(scene.queue.n_waiting(), 2);
    let mut left = scene.left();
    left.sort();
    assert_eq!(left, ["b", "d"]);
}

#[tokio::test]
async fn whoever_closes_does_not_wait_for_a_pause_that_was_asked_for() {
    let hour = Some(Duration::from_secs(3600));
    let scene = Scene::new([later(hour)], &["a"]);
    let running = tokio::spawn(scene.courier(1, AtEnd::AsLongAsThereIsTime).run());
    while !scene.queue.tally().counts().is_away {
        scene.side.called.notified().await;
        tokio::task::yield_now().await;
        scene.side.called.notify_one();
    }
    scene.queue.no_more();
    scene.stage.send(Stage::Closing).unwrap();
    running.await.unwrap();
    assert_eq!(scene.seen(), ["a", "a"]);
    assert_eq!(scene.left(), Vec::<String>::new());
}

#[tokio::test]
async fn credentials_are_not_tried_again_at_the_end_and_a_daemon_tries_nothing_again() {
    let why = "no such key".to_string();
    let barred = Does::Answers(Answer::Barred { why });
    for (does, at_end) in [
        (barred, AtEnd::AsLongAsThereIsTime),
        (later(None), AtEnd::OneMoreTry),
    ] {
        let scene = Scene::new([does], &["a"]);
        scene.queue.no_more();
        scene.stage.send_replace(Stage::Closing);
        scene.courier(1, at_end).run().await;
        assert_eq!(scene.seen(), ["a"]);
        assert_eq!(scene.queue.n_waiting(), 1);
        assert_eq!(scene.left(), ["a"]);
    }
}

#[test]
fn pauses_grow_to_a_bound_and_start_over_when_we_close() {
    let mut trouble = Trouble::default();
    let pauses: Vec<Duration> = (0..20).map(|_| trouble.next_pause()).collect();
    assert!(pauses[0] <= FIRST_PAUSE && pauses[0] * 2 >= FIRST_PAUSE);
    assert!(pauses[19] <= LONGEST_PAUSE && pauses[19] * 2 >= LONGEST_PAUSE);
    trouble.start_over();
    assert!(trouble.next_pause() <= FIRST_PAUSE * 2);
}
