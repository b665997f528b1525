use super::*;
use crate::model::left_out::{Gone, GoneWhy};
use crate::model::span::{Event, Value};
use crate::model::time::Window;
use crate::store::{Reads, folder};
use std::fs;
use std::path::Path;
use std::time::Duration;

const GROUPS: Table = Table("xray/group");

fn batch(lens: Lens, dataset: &str, n: i64) -> Batch {
    let events = (0..n).map(|time| Event {
        time,
        sample_rate: 1,
        fields: vec![
            ("n".into(), Value::Int(time)),
            ("name".into(), "home".into()),
        ],
    });
    Batch {
        lens,
        dataset: dataset.into(),
        events: events.collect(),
    }
}

// The events of these tests are of 1970, and would be too old.
fn open(folder: &Path) -> Store {
    let limits = Limits {
        most_age: None,
        ..Limits::default()
    };
    Store::open(folder, limits).unwrap()
}

fn n_events(store: &Store, dataset: &str) -> usize {
    let parts = store.parts(Lens::Spans, dataset);
    parts
        .iter()
        .filter(|part| part.is_wholly_sound())
        .map(|part| part.len())
        .sum()
}

async fn put(store: &Store, key: &str, value: i64) {
    let change = Change::Put {
        table: GROUPS,
        key: key.into(),
        value: value.into(),
    };
    store
        .transact(|_| Ok::<_, ()>((vec![change], ())))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_reopening() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    store
        .append(vec![batch(Lens::Spans, "Backend Flask", 70_000)])
        .await
        .unwrap();
    put(&store, "a", 1).await;
    // Not dropped in order: the journal alone has to do.
    std::mem::forget(store);

    let store = open(temp.path());
    assert_eq!(store.damage(), [""; 0]);
    assert_eq!(n_events(&store, "backend-flask"), 70_000);
    assert_eq!(store.document(GROUPS, "a").as_deref(), Some(&1.into()));
}

#[tokio::test]
async fn sequences_go_on_after_reopening() {
    let temp = tempfile::tempdir().unwrap();
    for expected in [0, 3, 6] {
        let store = open(temp.path());
        store.append(vec![batch(Lens::Logs, "g", 3)]).await.unwrap();
        let last = store.parts(Lens::Logs, "g").last().unwrap().clone();
        assert_eq!(last.sequence(0), expected);
        // Whether it was sealed or not.
        if expected == 3 {
            store.compact().await.unwrap();
        }
    }
}

#[tokio::test]
async fn forgotten_events_stay_forgotten_and_new_ones_stay() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    store
        .append(vec![batch(Lens::Spans, "a", 5)])
        .await
        .unwrap();
    store.delete_events(Lens::Spans, "A").await.unwrap();
    store
        .append(vec![batch(Lens::Spans, "a", 2)])
        .await
        .unwrap();
    assert_eq!(n_events(&store, "a"), 2);
    drop(store);
    assert_eq!(n_events(&open(temp.path()), "a"), 2);
}

#[tokio::test]
async fn a_refused_transaction_changes_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    put(&store, "a", 1).await;
    let refused = store
        .transact(|documents| {
            assert_eq!(documents.get(GROUPS, "a"), Some(&1.into()));
            Err::<(Vec<Change>, ()), _>("exists")
        })
        .await
        .unwrap();
    assert_eq!(refused, Err("exists"));
    assert_eq!(store.documents(GROUPS, "").len(), 1);
}

fn small(total_bytes: u64) -> Limits {
    Limits {
        file_events: 100,
        total_bytes,
        most_age: None,
        unsealed_bytes: u64::MAX,
        ..Limits::default()
    }
}

#[tokio::test]
async fn the_oldest_segment_leaves_first_and_documents_stay() {
    let temp = tempfile::tempdir().unwrap();
    let store = Store::open(temp.path(), small(200_000)).unwrap();
    put(&store, "a", 1).await;
    for n in 0..60 {
        let mut batch = batch(Lens::Spans, "a", 100);
        batch
            .events
            .iter_mut()
            .for_each(|event| event.time += 1_000 * n);
        batch.events.iter_mut().for_each(|event| {
            event
                .fields
                .push(("pad".into(), format!("{n} {}", "x".repeat(60_000)).into()));
            event.fields.truncate(3);
        });
        batch.events.truncate(if n % 2 == 0 { 100 } else { 99 });
        store.append(vec![batch]).await.unwrap();
    }
    store.compact().await.unwrap();
    let (kept, evicted) = (n_events(&store, "a") as u64, store.evicted_events());
    assert_eq!(kept + evicted, 30 * 100 + 30 * 99);
    assert!(evicted > 0 && kept > 0, "kept {kept}, evicted {evicted}");
    let first = store
        .parts(Lens::Spans, "a")
        .iter()
        .map(|part| part.first_time())
        .min();
    assert!(first > Some(1_000), "{first:?}");
    drop(store);
    let store = Store::open(temp.path(), small(200_000)).unwrap();
    assert_eq!(n_events(&store, "a") as u64, kept);
    assert_eq!(store.evicted_events(), evicted);
    assert_eq!(store.document(GROUPS, "a").as_deref(), Some(&1.into()));
}

#[tokio::test]
async fn what_arrived_too_long_ago_leaves() {
    let temp = tempfile::tempdir().unwrap();
    let limits = |clock: fn() -> i64| Limits {
        most_age: Some(Duration::from_nanos(500)),
        clock,
        passed: || 0,
        ..small(u64::MAX)
    };
    // Whatever its own times are.
    let clocks: [fn() -> i64; 2] = [|| 0, || 1_000];
    for ((dataset, n), clock) in [("old", 800), ("young", 200)].into_iter().zip(clocks) {
        let store = Store::open(temp.path(), limits(clock)).unwrap();
        store
            .append(vec![batch(Lens::Spans, dataset, n)])
            .await
            .unwrap();
        store.compact().await.unwrap();
    }
    let store = Store::open(temp.path(), limits(|| 1_000)).unwrap();
    assert_eq!(
        (n_events(&store, "old"), n_events(&store, "young")),
        (0, 200)
    );
    assert_eq!(store.evicted_events(), 800);
    assert_eq!(store.datasets(Lens::Spans).len(), 1);
}

fn files(folder: &Path, of: &str) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder.join(of)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

// Everything of a dataset as text, in the order of arrival, to compare what two stores hold.
fn content(store: &Store, lens: Lens, dataset: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for part in store.sound_parts(lens, dataset) {
        for row in 0..part.len() {
            let fields = part
                .columns()
                .iter()
                .filter_map(|column| Some(format!("{}={:?}", column.name, column.value(row)?)));
            let fields: Vec<String> = fields.collect();
            let (time, rate) = (part.times()[row], part.rates().get(row));
            rows.push((
                part.sequence(row),
                format!("{time} {rate} {}", fields.join(" ")),
            ));
        }
    }
    rows.sort();
    rows.into_iter().map(|(_, row)| row).collect()
}

fn colourful(seed: u64, n: i64) -> Batch {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    let mut rng = StdRng::seed_from_u64(seed);
    let events = (0..n).map(|_| {
        let mut fields: Vec<(Arc<str>, Value)> = vec![
            ("id".into(), format!("{:032x}", rng.random::<u128>()).into()),
            (
                "line".into(),
                format!("line {} of {seed}", rng.random::<u64>()).into(),
            ),
            (
                "route".into(),
                format!("/{}", rng.random_range(0..3)).into(),
            ),
            ("size".into(), Value::Int(rng.random_range(-300..70_000))),
            ("took".into(), Value::Float(rng.random())),
            ("well".into(), Value::Bool(rng.random())),
        ];
        fields.retain(|_| rng.random_range(0..5) > 0);
        if rng.random_range(0..9) == 0 {
            fields.push(("size".into(), "large".into()));
        }
        Event {
            time: rng.random_range(0..10_000),
            sample_rate: rng.random_range(1..4),
            fields,
        }
    });
    Batch {
        lens: Lens::Logs,
        dataset: "g".into(),
        events: events.collect(),
    }
}

#[tokio::test]
async fn events_are_the_same_in_the_journal_in_segments_and_merged() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    for seed in 0..6 {
        store.append(vec![colourful(seed, 400)]).await.unwrap();
    }
    let as_it_came = content(&store, Lens::Logs, "g");
    assert_eq!(as_it_came.len(), 2_400);
    drop(store);
    let store = Store::open(temp.path(), small(u64::MAX)).unwrap();
    assert_eq!(content(&store, Lens::Logs, "g"), as_it_came);
    // Four times, so that there is something to merge.
    for seed in 6..9 {
        store.compact().await.unwrap();
        store.append(vec![colourful(seed, 50)]).await.unwrap();
    }
    let all = content(&store, Lens::Logs, "g");
    assert_eq!(all[..2_400], as_it_came[..]);
    store.compact().await.unwrap();
    assert_eq!(files(temp.path(), "segments").len(), 1);
    assert_eq!(files(temp.path(), "journal").len(), 1);
    assert_eq!(content(&store, Lens::Logs, "g"), all);
    drop(store);
    let store = open(temp.path());
    assert_eq!(content(&store, Lens::Logs, "g"), all);
    assert_eq!(store.parts(Lens::Logs, "g").len(), 1);
    let read = Store::read_only(temp.path()).unwrap();
    assert_eq!(content(&read.store, Lens::Logs, "g"), all);
}

#[tokio::test]
async fn a_crash_between_two_steps_of_sealing_or_merging_doubles_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let keep = tempfile::tempdir().unwrap();
    let copy = |file: &Path| fs::copy(file, keep.path().join(file.file_name().unwrap())).unwrap();
    let store = open(temp.path());
    store.append(vec![colourful(1, 300)]).await.unwrap();
    let all = content(&store, Lens::Logs, "g");
    drop(store);
    let journal = files(temp.path(), "journal").remove(0);
    copy(&journal);

    // Killed after the segment had its name and before the journal file had gone.
    let store = open(temp.path());
    store.compact().await.unwrap();
    drop(store);
    let put_back = |name: &std::ffi::OsStr, folder: &str| {
        fs::copy(keep.path().join(name), temp.path().join(folder).join(name)).unwrap()
    };
    put_back(journal.file_name().unwrap(), "journal");
    let store = open(temp.path());
    assert_eq!(content(&store, Lens::Logs, "g"), all);

    // Killed after a merged segment had its name and before those that it replaces had gone.
    store.compact().await.unwrap();
    store.append(vec![colourful(2, 300)]).await.unwrap();
    let all = content(&store, Lens::Logs, "g");
    let first = files(temp.path(), "segments").remove(0);
    copy(&first);
    store.compact().await.unwrap();
    assert_eq!(files(temp.path(), "segments").len(), 1);
    drop(store);
    put_back(first.file_name().unwrap(), "segments");
    // And the journal file of long ago with it, which a merged segment shows to be sealed.
    put_back(journal.file_name().unwrap(), "journal");
    let store = open(temp.path());
    assert_eq!(content(&store, Lens::Logs, "g"), all);
    assert_eq!(files(temp.path(), "segments").len(), 1);
    assert_eq!(store.damage(), [""; 0]);

    // Killed while it was written.
    fs::write(temp.path().join("segments/0000000099.unfinished"), "ARROW1").unwrap();
    drop(store);
    let store = open(temp.path());
    assert_eq!(content(&store, Lens::Logs, "g"), all);
    assert_eq!(files(temp.path(), "segments").len(), 1);
}

#[tokio::test]
async fn a_journal_file_that_lost_whole_records_is_named() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    store
        .append(vec![batch(Lens::Spans, "a", 7)])
        .await
        .unwrap();
    // A second journal file is begun, and the first stays, since it cannot be sealed.
    let segments = temp.path().join("segments");
    fs::remove_dir(&segments).unwrap();
    fs::write(&segments, "").unwrap();
    assert!(store.compact().await.is_err());
    drop(store);
    fs::remove_file(&segments).unwrap();
    fs::create_dir(&segments).unwrap();
    let journal = files(temp.path(), "journal").remove(0);
    let head = fs::read(&journal).unwrap()[..journal::HEAD_BYTES].to_vec();
    fs::write(&journal, head).unwrap();
    let damage = open(temp.path()).damage();
    let name = journal.file_name().unwrap().to_str().unwrap();
    assert_eq!(damage.len(), 1, "{damage:?}");
    assert!(damage[0].contains(name), "{damage:?}");
    assert!(
        damage[0].ends_with("its last 7 events are missing"),
        "{damage:?}"
    );
}

// A folder with two segments and a journal of 3 events, all of dataset `a`.
async fn several_files(folder: &Path) {
    let store = open(folder);
    for n in [7, 5, 3] {
        store
            .append(vec![batch(Lens::Spans, "a", n)])
            .await
            .unwrap();
        if n == 7 {
            store.compact().await.unwrap();
            put(&store, "a", 1).await;
        }
        if n == 5 {
            // Sealed, and not merged with the first.
            store.write(Work::Rotate, 0).await.unwrap();
            while files(folder, "segments").len() < 2 || files(folder, "journal").len() > 1 {
                std::thread::yield_now();
            }
        }
    }
}

#[tokio::test]
async fn a_file_that_was_deleted_is_named_with_what_it_held_and_costs_no_other() {
    let temp = tempfile::tempdir().unwrap();
    several_files(temp.path()).await;
    let cases = [("segments", 0, 7), ("segments", 1, 5), ("journal", 0, 3)];
    for (folder, idx, n_lost) in cases {
        let path = files(temp.path(), folder).remove(idx);
        let whole = fs::read(&path).unwrap();
        fs::remove_file(&path).unwrap();
        for _ in 0..2 {
            let store = Store::read_only(temp.path()).unwrap().store;
            let damage = store.damage();
            assert_eq!(damage.len(), 1, "{damage:?}");
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(damage[0].contains(name), "{damage:?}");
            assert_eq!(n_events(&store, "a"), 15 - n_lost, "{name}");
            assert_eq!(store.document(GROUPS, "a").as_deref(), Some(&1.into()));
        }
        fs::write(&path, whole).unwrap();
    }
    // It stays named after the folder was opened, and when there are more events.
    let path = files(temp.path(), "journal").remove(0);
    fs::remove_file(&path).unwrap();
    for n in 0..3 {
        let store = open(temp.path());
        assert_eq!(store.damage().len(), 1, "{:?}", store.damage());
        assert_eq!(n_events(&store, "a"), 12 + n);
        store
            .append(vec![batch(Lens::Spans, "a", 1)])
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_copied_file_is_named_and_counts_once() {
    let temp = tempfile::tempdir().unwrap();
    several_files(temp.path()).await;
    for (folder, name) in [
        ("segments", "0000000077.arrow"),
        ("journal", "0000000077.log"),
    ] {
        for path in files(temp.path(), folder) {
            let copy = path.with_file_name(name);
            fs::copy(&path, &copy).unwrap();
            let store = Store::read_only(temp.path()).unwrap().store;
            let damage = store.damage();
            assert_eq!(n_events(&store, "a"), 15, "{damage:?}");
            assert!(damage.iter().any(|it| it.contains(name)), "{damage:?}");
            fs::remove_file(&copy).unwrap();
        }
    }
    let of = files(temp.path(), "segments");
    // One over another: what it held is left out, and nothing is counted twice.
    fs::copy(&of[0], &of[1]).unwrap();
    let store = Store::read_only(temp.path()).unwrap().store;
    assert_eq!(n_events(&store, "a"), 10, "{:?}", store.damage());
    assert_eq!(store.damage().len(), 1);
}

#[tokio::test]
async fn bytes_that_were_added_to_a_segment_hide_nothing() {
    let temp = tempfile::tempdir().unwrap();
    several_files(temp.path()).await;
    let path = files(temp.path(), "segments").remove(0);
    let mut bytes = fs::read(&path).unwrap();
    bytes.extend(b"more");
    fs::write(&path, bytes).unwrap();
    let store = Store::read_only(temp.path()).unwrap().store;
    assert_eq!(n_events(&store, "a"), 15);
    assert!(store.damage()[0].contains("4 bytes were added to its end"));
}

#[tokio::test]
async fn no_single_damaged_byte_costs_a_document_or_another_file() {
    let temp = tempfile::tempdir().unwrap();
    several_files(temp.path()).await;
    let mut targets = files(temp.path(), "documents");
    targets.extend(files(temp.path(), "journal"));
    targets.push(temp.path().join("FORMAT"));
    for path in targets {
        let whole = fs::read(&path).unwrap();
        let is_journal = path.extension().is_some();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x01;
            fs::write(&path, &damaged).unwrap();
            let context = format!("byte {at} of {}", path.display());
            let read = Store::read_only(temp.path());
            let store = read
                .unwrap_or_else(|error| panic!("{context}: {error}"))
                .store;
            let n_lost = 15 - n_events(&store, "a");
            assert!(
                n_lost == 0 || is_journal && n_lost == 3,
                "{context}: {n_lost}"
            );
            assert_eq!(
                store.document(GROUPS, "a").as_deref(),
                Some(&1.into()),
                "{context}"
            );
            // What separates words may be any blank.
            let is_blank = damaged[at].is_ascii_whitespace() || damaged[at] == 0x0b;
            assert!(is_blank || !store.damage().is_empty(), "{context}");
        }
        fs::write(&path, whole).unwrap();
    }
}

#[tokio::test]
async fn a_folder_of_format_two_opens_and_is_brought_up_to_date() {
    let temp = tempfile::tempdir().unwrap();
    fs::create_dir_all(temp.path().join("journal")).unwrap();
    fs::create_dir_all(temp.path().join("segments")).unwrap();
    fs::write(temp.path().join("FORMAT"), "2\n").unwrap();
    let start = (journal::Binding::Free, 0);
    let part = PartBuilder::of(&batch(Lens::Spans, "a", 4)).finish();
    let groups = |key: &str| format!(r#"[["xray/group","{key}",1]]"#).into_bytes();
    let mut file = journal::OLD_MAGIC.to_vec();
    journal::put_record(&mut file, start, journal::Kind::Snapshot, 0, &groups("a"));
    journal::put_record(
        &mut file,
        start,
        journal::Kind::Part,
        0,
        &codec::encode(&part),
    );
    journal::put_record(&mut file, start, journal::Kind::Documents, 4, &groups("b"));
    fs::write(folder::journal_path(temp.path(), 1), &file).unwrap();
    for n in 0..3 {
        let store = open(temp.path());
        assert_eq!(store.damage(), [""; 0]);
        assert_eq!(n_events(&store, "a"), 4 + n);
        assert_eq!(store.documents(GROUPS, "").len(), 2 + n.min(1));
        put(&store, "c", 1).await;
        store
            .append(vec![batch(Lens::Spans, "a", 1)])
            .await
            .unwrap();
        if n == 1 {
            store.compact().await.unwrap();
        }
    }
    let format = fs::read_to_string(temp.path().join("FORMAT")).unwrap();
    assert!(format.starts_with("3 "), "{format}");
}

#[tokio::test]
async fn what_cannot_be_sealed_is_said_and_served_and_sealed_when_it_can_be() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    store.append(vec![colourful(1, 300)]).await.unwrap();
    let all = content(&store, Lens::Logs, "g");
    // A file where the folder should be: nothing can be made in it, not even by root.
    let segments = temp.path().join("segments");
    fs::remove_dir(&segments).unwrap();
    fs::write(&segments, "").unwrap();
    assert!(matches!(store.compact().await, Err(StoreError::Io(_))));
    assert!(
        store
            .trouble()
            .is_some_and(|it| it.starts_with("cannot seal or merge: "))
    );
    assert_eq!(content(&store, Lens::Logs, "g"), all);

    fs::remove_file(&segments).unwrap();
    fs::create_dir(&segments).unwrap();
    store.compact().await.unwrap();
    assert_eq!(store.trouble(), None);
    assert_eq!(files(temp.path(), "segments").len(), 1);
    assert_eq!(files(temp.path(), "journal").len(), 1);
    assert_eq!(content(&store, Lens::Logs, "g"), all);
}

#[tokio::test]
async fn what_was_forgotten_does_not_come_back_from_segments() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    store
        .append(vec![batch(Lens::Spans, "a", 5), batch(Lens::Spans, "b", 5)])
        .await
        .unwrap();
    store.compact().await.unwrap();
    assert_eq!(files(temp.path(), "segments").len(), 2);
    store.delete_events(Lens::Spans, "a").await.unwrap();
    assert_eq!(files(temp.path(), "segments").len(), 1);
    store
        .append(vec![batch(Lens::Spans, "a", 2)])
        .await
        .unwrap();
    assert_eq!((n_events(&store, "a"), n_events(&store, "b")), (2, 5));
    drop(store);
    let store = open(temp.path());
    assert_eq!((n_events(&store, "a"), n_events(&store, "b")), (2, 5));
}

#[tokio::test]
async fn a_damaged_segment_is_named_and_left_out_whichever_byte_it_is() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    store.append(vec![colourful(1, 200)]).await.unwrap();
    store.compact().await.unwrap();
    let all = content(&store, Lens::Logs, "g");
    drop(store);
    let path = files(temp.path(), "segments").remove(0);
    let whole = fs::read(&path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    for at in (0..whole.len())
        .step_by(97)
        .chain([whole.len() - 1, whole.len() - 8])
    {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let store = open(temp.path());
        store.verify();
        let damage = store.damage();
        // A byte between two buffers is nobody's.
        let kept = content(&store, Lens::Logs, "g");
        let [one] = damage.as_slice() else {
            panic!("byte {at}: {damage:?}");
        };
        assert!(one.contains(name), "{one}");
        assert!(kept.iter().all(|event| all.contains(event)), "byte {at}");
        // A block of one column, or the file is no segment any more.
        assert!(all.len() - kept.len() <= 128, "byte {at}: {one}");
    }
    for length in (0..whole.len()).step_by(1_777) {
        fs::write(&path, &whole[..length]).unwrap();
        let store = open(temp.path());
        assert_eq!(store.damage().len(), 1, "cut at {length}");
        let kept = content(&store, Lens::Logs, "g");
        assert!(
            kept.iter().all(|event| all.contains(event)),
            "cut at {length}"
        );
    }
    fs::write(&path, &whole).unwrap();
    assert_eq!(content(&open(temp.path()), Lens::Logs, "g"), all);
}

#[tokio::test]
async fn damage_is_said_and_everything_else_is_served() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    for _ in 0..3 {
        store
            .append(vec![batch(Lens::Spans, "a", 10)])
            .await
            .unwrap();
    }
    drop(store);
    let path = folder::journal_path(temp.path(), 1);
    let whole = fs::read(&path).unwrap();

    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&path, &flipped).unwrap();
    let store = open(temp.path());
    assert_eq!(n_events(&store, "a"), 20);
    assert_eq!(store.damage().len(), 1);
    drop(store);

    // Also when the very first byte of the file is the one that was hit.
    let mut headless = whole.clone();
    headless[0] ^= 1;
    fs::write(&path, &headless).unwrap();
    let store = open(temp.path());
    assert_eq!(n_events(&store, "a"), 30);
    assert_eq!(store.damage().len(), 1);
    drop(store);

    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    let store = open(temp.path());
    assert_eq!(n_events(&store, "a"), 20);
    assert!(
        store.damage()[0].contains("not a whole record"),
        "{:?}",
        store.damage()
    );
    store
        .append(vec![batch(Lens::Spans, "a", 10)])
        .await
        .unwrap();
    drop(store);
    let store = open(temp.path());
    assert_eq!(n_events(&store, "a"), 30);
    // What the file lost stays said, also when the file is sealed and gone.
    let said = store.damage();
    assert!(
        said.len() == 1 && said[0].ends_with(": 10 events"),
        "{said:?}"
    );
    store.compact().await.unwrap();
    drop(store);
    let store = open(temp.path());
    let said = store.damage();
    assert!(
        said.len() == 1 && said[0].contains("was found damaged before"),
        "{said:?}"
    );
    let left_out = store.left_out(Lens::Spans, Some("a"), Window::ALL, Reads::Everything);
    assert_eq!(left_out.unread_events(), 10);
    assert!(left_out.unread[0].may_be_elsewhere && !left_out.unread[0].may_be_more);
    // Until it is accepted.
    let accepted = store.accept_losses(temp.path()).await.unwrap();
    assert_eq!(accepted.len(), 1, "{accepted:?}");
    drop(store);
    let store = open(temp.path());
    assert_eq!(store.damage(), [""; 0]);
    let left_out = store.left_out(Lens::Spans, Some("a"), Window::ALL, Reads::Everything);
    assert!(left_out.is_empty());
    assert_eq!(n_events(&store, "a"), 30);
}

// What cannot be read of a dataset, by reason.
fn unread(store: &Store, dataset: &str, window: Window) -> Vec<(String, u64)> {
    let left_out = store.left_out(Lens::Spans, Some(dataset), window, Reads::Everything);
    let unread = left_out.unread.into_iter();
    unread.map(|it| (it.reason, it.events)).collect()
}

#[tokio::test]
async fn a_segment_that_is_missing_or_damaged_is_left_out_of_its_own_dataset_and_time_alone() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    for dataset in ["a", "b"] {
        store
            .append(vec![batch(Lens::Spans, dataset, 10)])
            .await
            .unwrap();
    }
    store.compact().await.unwrap();
    let parts = store.parts(Lens::Spans, "a");
    let (first, last) = (parts[0].first_time(), parts[0].last_time());
    let path = parts[0].file.as_ref().unwrap().path.clone();
    drop(parts);
    drop(store);
    let path = path.as_path();
    let whole = fs::read(path).unwrap();
    let inside = Window {
        start: first,
        end: last + 1,
    };
    let after = Window {
        start: last + 1,
        end: i64::MAX,
    };
    let mut damaged = whole.clone();
    // All buffers, and one of the two directories.
    let mark = b"cruddurctl.directory:";
    let footer = memchr::memmem::rfind(&whole, mark).unwrap();
    damaged[8..footer].iter_mut().for_each(|byte| *byte ^= 1);
    for (bytes, n_damaged) in [
        (None, 10),
        (Some(&whole[..40]), 10),
        (Some(&damaged[..]), 10),
    ] {
        match bytes {
            None => fs::remove_file(path).unwrap(),
            Some(bytes) => fs::write(path, bytes).unwrap(),
        }
        let store = Store::read_only(temp.path()).unwrap().store;
        let said = unread(&store, "a", inside);
        let n_events: u64 = said.iter().map(|(_, events)| events).sum();
        assert_eq!(n_events, n_damaged, "{said:?}");
        assert_eq!(unread(&store, "a", after).len(), 0);
        assert_eq!(unread(&store, "b", inside).len(), 0);
    }
    // A dataset that is deleted misses nothing any more.
    fs::remove_file(path).unwrap();
    let store = open(temp.path());
    assert!(store.misses_events(Lens::Spans, "a"));
    store.delete_events(Lens::Spans, "a").await.unwrap();
    drop(store);
    let store = open(temp.path());
    assert_eq!(unread(&store, "a", Window::ALL).len(), 0);
    assert_eq!(store.damage(), [""; 0]);
}

#[tokio::test]
async fn what_was_evicted_or_has_expired_is_said_of_ranges_that_reach_back_to_it() {
    let temp = tempfile::tempdir().unwrap();
    let limits = Limits {
        total_bytes: 1,
        most_age: None,
        ..Limits::default()
    };
    let store = Store::open(temp.path(), limits).unwrap();
    store
        .append(vec![batch(Lens::Spans, "a", 10)])
        .await
        .unwrap();
    let parts = store.parts(Lens::Spans, "a");
    let (first, last) = (parts[0].first_time(), parts[0].last_time());
    drop(parts);
    // The newest segment stays.
    let newest = batch(Lens::Spans, "b", 10);
    store.append(vec![newest]).await.unwrap();
    store.compact().await.unwrap();
    drop(store);
    let store = open(temp.path());
    let gone = |start: i64, end: i64| {
        let window = Window { start, end };
        let left_out = store.left_out(Lens::Spans, Some("a"), window, Reads::Everything);
        assert_eq!(left_out.unread, []);
        left_out.gone
    };
    let evicted = Gone {
        before: last + 1,
        events: 10,
        why: GoneWhy::Full { keep_bytes: 1 },
    };
    assert_eq!(gone(first, first + 1), [evicted]);
    assert_eq!(gone(i64::MIN, i64::MAX), [evicted]);
    assert_eq!(gone(last + 1, i64::MAX), []);
    assert_eq!(gone(i64::MIN, first), []);
    store.delete_events(Lens::Spans, "a").await.unwrap();
    assert_eq!(gone(i64::MIN, i64::MAX), []);
}

#[tokio::test]
async fn a_reader_keeps_what_it_saw_while_events_arrive() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    store
        .append(vec![batch(Lens::Spans, "a", 10)])
        .await
        .unwrap();
    let seen = store.parts(Lens::Spans, "a");
    store
        .append(vec![batch(Lens::Spans, "a", 10)])
        .await
        .unwrap();
    store.compact().await.unwrap();
    store.delete_events(Lens::Spans, "a").await.unwrap();
    assert_eq!(seen.iter().map(|part| part.len()).sum::<usize>(), 10);
    assert_eq!(n_events(&store, "a"), 0);
}

#[tokio::test]
async fn many_small_appends_become_few_parts() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    for n in 1..=300 {
        store
            .append(vec![batch(Lens::Spans, "a", 1 + n % 3)])
            .await
            .unwrap();
    }
    assert_eq!(n_events(&store, "a"), 600);
    // The writer joins them after it has answered, so the last ones may still be as they came.
    assert!(store.parts(Lens::Spans, "a").len() <= 48);
    drop(store);
    assert_eq!(n_events(&open(temp.path()), "a"), 600);
}

// A dataset called `short` keeps its events for 100 nanoseconds, if a document says so.
fn keeping() -> Limits {
    Limits {
        most_age: None,
        clock: || 1_000,
        passed: || 0,
        kept: |documents, _, dataset| {
            documents.get(GROUPS, dataset)?;
            Some(Duration::from_nanos(100))
        },
        ..Limits::default()
    }
}

#[tokio::test]
async fn what_a_dataset_no_longer_keeps_leaves_its_files_and_others_stay() {
    let temp = tempfile::tempdir().unwrap();
    let store = Store::open(temp.path(), keeping()).unwrap();
    let n_files = || fs::read_dir(temp.path().join("segments")).unwrap().count();
    let count = |store: &Store, dataset: &str| -> Vec<usize> {
        let parts = store.parts(Lens::Logs, dataset);
        parts.iter().map(|part| part.len()).collect()
    };
    // Times 0..800, and 0..1000: at 1000 the last 100 are kept, and 900 itself.
    for (dataset, n) in [("old", 800), ("short", 800), ("half", 1_000)] {
        let events = batch(Lens::Logs, dataset, n);
        store.append(vec![events]).await.unwrap();
    }
    store.compact().await.unwrap();
    assert_eq!(n_files(), 3);
    put(&store, "short", 1).await;
    put(&store, "half", 1).await;
    store.compact().await.unwrap();
    assert_eq!(count(&store, "old"), [800]);
    assert_eq!(count(&store, "short"), [0; 0]);
    assert_eq!(count(&store, "half"), [100]);
    let half = store.parts(Lens::Logs, "half");
    assert_eq!((half[0].first_time(), half[0].last_time()), (900, 999));
    assert_eq!(half[0].value("n", 0), Some(Value::Int(900)));
    assert_eq!(n_files(), 2);
    assert_eq!(store.evicted_events(), 0);
    drop(half);
    drop(store);
    let store = Store::open(temp.path(), keeping()).unwrap();
    assert_eq!(count(&store, "half"), [100]);
    assert_eq!(count(&store, "short"), [0; 0]);
    assert_eq!(store.damage(), [""; 0]);
}

#[tokio::test]
async fn arrivals_say_which_number_comes_next_until_nobody_should_wait() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    let mut arrivals = store.arrivals();
    assert_eq!(*arrivals.borrow_and_update(), Some(0));
    store.append(vec![batch(Lens::Logs, "a", 5)]).await.unwrap();
    arrivals.changed().await.unwrap();
    assert_eq!(*arrivals.borrow_and_update(), Some(5));
    let since = |sequence| store.parts_since(Lens::Logs, "a", sequence).len();
    assert_eq!((since(0), since(4), since(5)), (1, 1, 0));
    // Documents are no events.
    put(&store, "x", 1).await;
    assert!(!arrivals.has_changed().unwrap());
    store.dismiss();
    arrivals.changed().await.unwrap();
    assert_eq!(*arrivals.borrow_and_update(), None);
}

#[tokio::test]
async fn the_bytes_of_texts_are_counted_whatever_form_the_column_has() {
    let temp = tempfile::tempdir().unwrap();
    let store = open(temp.path());
    let texts: Vec<String> = (0..600)
        .map(|number| match number % 3 {
            0 => "always the same".to_string(),
            1 => format!("text {number}"),
            _ => format!("{number:032x}"),
        })
        .collect();
    let batch_of = |dataset: &str, texts: &[String]| Batch {
        lens: Lens::Logs,
        dataset: dataset.into(),
        events: texts
            .iter()
            .map(|text| Event {
                time: 1,
                sample_rate: 1,
                fields: vec![("message".into(), text.as_str().into())],
            })
            .collect(),
    };
    let different: Vec<String> = (0..600).map(|number| format!("é {number}")).collect();
    store.append(vec![batch_of("mixed", &texts)]).await.unwrap();
    store
        .append(vec![batch_of("different", &different)])
        .await
        .unwrap();
    for _ in 0..2 {
        for (dataset, texts) in [("mixed", &texts), ("different", &different)] {
            let expected: usize = texts.iter().map(String::len).sum();
            let parts = store.parts(Lens::Logs, dataset);
            let columns = parts.iter().flat_map(|part| part.columns_named("message"));
            let bytes: u64 = columns.map(|column| column.text_bytes()).sum();
            assert_eq!(bytes, expected as u64, "{dataset}");
        }
        store.compact().await.unwrap();
    }
}
