//! The outbox, over one folder, by several processes one after the other and at once.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

/// Another side that takes things, or is away.
#[derive(Clone, Default)]
struct Side {
    is_away: Arc<AtomicBool>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Side {
    fn away() -> Side {
        let side = Side::default();
        side.is_away.store(true, Ordering::Release);
        side
    }

    fn taken(&self) -> Vec<String> {
        let mut taken = self.taken.lock().unwrap().clone();
        taken.sort();
        taken
    }
}

impl Carrier for Side {
    async fn carry(&self, batch: &Batch) -> Answer {
        if self.is_away.load(Ordering::Acquire) {
            return Answer::Barred {
                why: "no such key".to_string(),
            };
        }
        let text = String::from_utf8(batch.things.to_vec()).unwrap();
        self.taken.lock().unwrap().push(text);
        Answer::Settled {
            n_delivered: batch.n_items,
            n_refused: 0,
            trouble: None,
        }
    }
}

fn open(folder: &Path, address: &str, side: &Side) -> Outbox<Side> {
    let options = OutboxOptions {
        folder: folder.to_path_buf(),
        most_bytes: 1 << 20,
        width: 2,
    };
    Outbox::open(&options, address.to_string(), side.clone()).unwrap()
}

async fn close(outbox: &Outbox<Side>) -> Delivery {
    outbox.close(Instant::now() + Duration::from_secs(30)).await
}

fn queues_in(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .filter(|it| it.as_ref().unwrap().path().is_dir())
        .count()
}

#[tokio::test]
async fn what_one_could_not_deliver_the_next_one_does_and_only_to_the_same_place() {
    let temp = tempfile::tempdir().unwrap();
    let first = open(temp.path(), "here", &Side::away());
    first.put(2, "a b".into());
    first.put(1, "c".into());
    let delivery = close(&first).await;
    assert_eq!((delivery.kept, delivery.delivered), (3, 0));
    assert_eq!(delivery.trouble.as_deref(), Some("no such key"));
    drop(first);

    let elsewhere = Side::default();
    let other = open(temp.path(), "there", &elsewhere);
    assert_eq!(close(&other).await, Delivery::default());
    drop(other);
    assert_eq!(elsewhere.taken(), Vec::<String>::new());

    let here = Side::default();
    let second = open(temp.path(), "here", &here);
    assert_eq!(second.so_far().from_before, 3);
    second.put(1, "d".into());
    let delivery = close(&second).await;
    assert_eq!((delivery.kept, delivery.delivered), (0, 4));
    assert_eq!(here.taken(), ["a b", "c", "d"]);
    assert_eq!(queues_in(temp.path()), 0, "nothing lies about");
}

#[tokio::test]
async fn two_at_once_have_files_of_their_own_and_a_third_sends_what_both_left() {
    let temp = tempfile::tempdir().unwrap();
    let away = Side::away();
    let (first, second) = (
        open(temp.path(), "here", &away),
        open(temp.path(), "here", &away),
    );
    assert_eq!(queues_in(temp.path()), 2);
    first.put(1, "a".into());
    second.put(1, "b".into());
    assert_eq!(
        (close(&first).await.kept, close(&second).await.kept),
        (1, 1)
    );
    drop((first, second));
    let here = Side::default();
    let third = open(temp.path(), "here", &here);
    assert_eq!(close(&third).await.delivered, 2);
    assert_eq!(here.taken(), ["a", "b"]);
    assert_eq!(queues_in(temp.path()), 0);
}

#[tokio::test]
async fn damage_is_told_and_costs_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let first = open(temp.path(), "here", &Side::away());
    first.put(1, "a".into());
    first.put(1, "b".into());
    assert_eq!(close(&first).await.kept, 2);
    let queue = first.own.folder();
    drop(first);
    let files = std::fs::read_dir(queue).unwrap();
    let mut pieces = files.map(|it| it.unwrap().path());
    let is_piece = |path: &PathBuf| path.extension().is_some_and(|it| it == "spool");
    let piece = pieces.find(is_piece).unwrap();
    let mut bytes = std::fs::read(&piece).unwrap();
    let half = bytes.len() / 2;
    bytes[half - 1] ^= 1;
    std::fs::write(&piece, &bytes).unwrap();
    let here = Side::default();
    let second = open(temp.path(), "here", &here);
    assert_eq!(second.so_far().damaged_bytes, half as u64);
    assert_eq!(close(&second).await.delivered, 1);
    assert_eq!(here.taken(), ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_disk_does_not_take_goes_at_once_or_is_counted() {
    for is_away in [false, true] {
        let temp = tempfile::tempdir().unwrap();
        let side = Side::default();
        side.is_away.store(is_away, Ordering::Release);
        let outbox = Arc::new(open(temp.path(), "here", &side));
        std::fs::remove_dir_all(outbox.own.folder()).unwrap();
        let putting = outbox.clone();
        tokio::task::spawn_blocking(move || putting.put(3, "a b c".into()))
            .await
            .unwrap();
        let delivery = outbox.so_far();
        let (delivered, dropped) = if is_away { (0, 3) } else { (3, 0) };
        assert_eq!((delivery.delivered, delivery.dropped), (delivered, dropped));
        let trouble = delivery.trouble.unwrap();
        assert!(trouble.starts_with("cannot write to "), "{trouble}");
    }
}
