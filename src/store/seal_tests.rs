//! Journal files that cannot be sealed, for whatever reason, keep nothing from going on.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::model::span::{Batch, Event, Lens, Value};
use crate::store::sealer::WriteSegment;
use crate::store::{Limits, Store, StoreError, segment_write};

fn batch(dataset: &str, first: i64, n: i64) -> Batch {
    let event = |n| Event {
        time: n,
        sample_rate: 1,
        fields: vec![("n".into(), Value::Int(n))],
    };
    Batch {
        lens: Lens::Logs,
        dataset: dataset.into(),
        events: (first..first + n).map(event).collect(),
    }
}

// The events of these tests are of 1970, and would be too old.
fn limits() -> Limits {
    Limits {
        most_age: None,
        ..Limits::default()
    }
}

// Every event that can be read, by its number.
fn numbers(store: &Store, dataset: &str) -> Vec<i64> {
    let mut numbers = Vec::new();
    for part in store.sound_parts(Lens::Logs, dataset) {
        numbers.extend((0..part.len()).map(|row| match part.value("n", row) {
            Some(Value::Int(n)) => n,
            other => panic!("{other:?}"),
        }));
    }
    numbers.sort_unstable();
    numbers
}

fn n_files(folder: &Path, inside: &str) -> usize {
    fs::read_dir(folder.join(inside)).unwrap().count()
}

fn refuses_odd(part: &Part, origin: &Origin, path: &Path) -> io::Result<u32> {
    match &*part.dataset {
        "odd" => Err(io::Error::other("too many tables")),
        _ => segment_write::write(part, origin, path),
    }
}

fn breaks_on_odd(part: &Part, origin: &Origin, path: &Path) -> io::Result<u32> {
    assert!(*part.dataset != *"odd", "on purpose");
    segment_write::write(part, origin, path)
}

fn finds_no_memory_for_odd(part: &Part, origin: &Origin, path: &Path) -> io::Result<u32> {
    match &*part.dataset {
        "odd" => ask_for_memory(usize::MAX / 4).map(|()| 0),
        _ => segment_write::write(part, origin, path),
    }
}

#[tokio::test]
async fn what_cannot_be_sealed_is_set_aside_served_and_named_and_what_comes_after_it_is_sealed() {
    let cases: [(WriteSegment, &str); 3] = [
        (refuses_odd, "too many tables"),
        (breaks_on_odd, "a mistake in this program"),
        (finds_no_memory_for_odd, "there is not enough memory"),
    ];
    for (write, reason) in cases {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path();
        let store = Store::open_with(folder, limits(), write).unwrap();
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let telling = told.clone();
        store.tell(move |sentence| telling.lock().unwrap().push(sentence.to_string()));
        store
            .append(vec![batch("odd", 0, 7), batch("good", 0, 5)])
            .await
            .unwrap();
        let compacted = store.compact().await;
        assert!(matches!(compacted, Err(StoreError::Io(_))), "{reason}");
        // Others go on, and are merged, but not with what is not sealed whole.
        for turn in 1..4 {
            store
                .append(vec![batch("good", 5 * turn, 5)])
                .await
                .unwrap();
            let _ = store.compact().await;
        }
        let check = |store: &Store, what: &str| {
            assert_eq!(numbers(store, "odd"), Vec::from_iter(0..7), "{what}");
            assert_eq!(numbers(store, "good"), Vec::from_iter(0..20), "{what}");
            assert_eq!(store.damage(), [""; 0], "{what}");
        };
        let is_named = |store: &Store| {
            let set_aside = store.set_aside();
            let [sentence] = set_aside.as_slice() else {
                panic!("{set_aside:?}");
            };
            assert!(
                sentence.starts_with("journal/0000000001.log cannot be sealed and is set aside: ")
                    && sentence.contains(reason),
                "{sentence}"
            );
            sentence.clone()
        };
        check(&store, reason);
        let sentence = is_named(&store);
        assert_eq!(*told.lock().unwrap(), [sentence], "told once");
        assert_eq!(n_files(folder, "journal"), 2);
        // The one that was sealed with it and is not listed, and the others as one.
        assert_eq!(n_files(folder, "segments"), 2);

        drop(store);
        let read = Store::read_only(folder).unwrap();
        check(&read.store, "read only");
        is_named(&read.store);
        let store = Store::open_with(folder, limits(), write).unwrap();
        check(&store, "opened again");
        let _ = store.compact().await;
        check(&store, "tried again");
        is_named(&store);
        drop(store);

        // Without the list of files, what they say of themselves is enough.
        let copy = tempfile::tempdir().unwrap();
        for inside in ["journal", "segments"] {
            fs::create_dir(copy.path().join(inside)).unwrap();
            for file in fs::read_dir(folder.join(inside)).unwrap() {
                let from = file.unwrap().path();
                let to = copy.path().join(inside).join(from.file_name().unwrap());
                fs::copy(from, to).unwrap();
            }
        }
        fs::copy(folder.join("FORMAT"), copy.path().join("FORMAT")).unwrap();
        let store = Store::open(copy.path(), limits()).unwrap();
        assert_eq!(numbers(&store, "odd"), Vec::from_iter(0..7));
        assert_eq!(numbers(&store, "good"), Vec::from_iter(0..20));

        let store = Store::open(folder, limits()).unwrap();
        store.compact().await.unwrap();
        check(&store, "sealed");
        assert_eq!(store.set_aside(), [""; 0]);
        assert_eq!(n_files(folder, "journal"), 1);
        assert_eq!(n_files(folder, "segments"), 2);
        drop(store);
        check(&Store::open(folder, limits()).unwrap(), "at last");
    }
}

fn finds_no_room(_: &Part, _: &Origin, _: &Path) -> io::Result<u32> {
    Err(io::ErrorKind::StorageFull.into())
}

#[tokio::test]
async fn a_store_that_lags_behind_catches_up_when_it_is_opened_and_takes_writes_at_once() {
    let temp = tempfile::tempdir().unwrap();
    let limits = Limits {
        file_bytes: 2_000,
        unsealed_bytes: 20_000,
        ..limits()
    };
    let store = Store::open_with(temp.path(), limits, finds_no_room).unwrap();
    let mut n = 0;
    while store.append(vec![batch("d", n, 100)]).await.is_ok() {
        n += 100;
    }
    assert!(n_files(temp.path(), "journal") > 5);
    drop(store);
    for _ in 0..30 {
        let store = Store::open(temp.path(), limits).unwrap();
        store.append(vec![batch("d", n, 100)]).await.unwrap();
        n += 100;
        assert_eq!(numbers(&store, "d"), Vec::from_iter(0..n));
        // As if it had been killed.
        store.shared.is_stopping.store(true, Ordering::Relaxed);
        drop(store);
    }
}

#[test]
fn what_would_take_too_much_memory_is_sealed_in_turns() {
    let part = |n| Arc::new(Part::of(&batch("d", n, 100)));
    let parts: Vec<Arc<Part>> = (0..5).map(part).collect();
    let one = Cost::of([&*parts[0]]).bytes();
    for (most, expected) in [
        (0, vec![1, 1, 1, 1, 1]),
        (2 * one + 1, vec![1, 2, 2]),
        (10 * one, vec![5]),
    ] {
        let groups = groups_of(parts.clone(), most);
        let lengths: Vec<usize> = groups.iter().map(Vec::len).collect();
        assert_eq!(lengths, expected, "the last one first");
        let all = groups.into_iter().rev().flatten();
        assert!(all.zip(&parts).all(|(a, b)| Arc::ptr_eq(&a, b)));
    }
}
