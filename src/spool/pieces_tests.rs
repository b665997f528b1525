//! The spool, as one process leaves it and the next one finds it.

use std::fs;

use super::*;

fn append(spool: &mut Spool, numbers: std::ops::Range<u64>) -> u64 {
    let texts: Vec<String> = numbers.map(|n| n.to_string()).collect();
    let n_items = texts.len() as u32;
    spool.append(n_items, &texts.join(" ").into()).unwrap()
}

fn numbers(batches: &[Arc<Batch>]) -> Vec<u64> {
    let texts = batches.iter().map(|batch| &batch.things);
    texts
        .flat_map(|text| std::str::from_utf8(text).unwrap().split_whitespace())
        .map(|it| it.parse().unwrap())
        .collect()
}

fn take(spool: &mut Spool, most: usize) -> Vec<u64> {
    let (batches, n_lost) = spool.oldest(most).unwrap();
    assert_eq!(n_lost, 0);
    spool.done(&batches).unwrap();
    numbers(&batches)
}

#[test]
fn what_was_not_sent_is_there_after_a_crash_and_in_order() {
    let temp = tempfile::tempdir().unwrap();
    let (mut spool, found) = Spool::open(temp.path(), 1 << 20).unwrap();
    assert_eq!(found, Found::default());
    for n in 0..10 {
        assert_eq!(append(&mut spool, n * 3..n * 3 + 3), 0);
    }
    assert_eq!(take(&mut spool, 2), (0..6).collect::<Vec<_>>());
    // Read and not done with: as good as never read.
    assert_eq!(spool.oldest(3).unwrap().0.len(), 3);
    assert_eq!((spool.keep(), spool.n_waiting()), (0, 24));
    drop(spool);
    let (mut spool, found) = Spool::open(temp.path(), 1 << 20).unwrap();
    assert_eq!(
        found,
        Found {
            n_waiting: 24,
            ..Found::default()
        }
    );
    append(&mut spool, 30..31);
    assert_eq!(take(&mut spool, 100), (6..31).collect::<Vec<_>>());
    assert_eq!((spool.n_waiting(), take(&mut spool, 1)), (0, vec![]));
    spool.tidy().unwrap();
    drop(spool);
    let left = fs::read_dir(temp.path()).unwrap();
    let left = left.filter(|it| {
        let path = it.as_ref().unwrap().path();
        path.extension().is_some_and(|it| it == "spool")
    });
    assert_eq!(left.count(), 0, "what was sent does not lie about");
}

#[test]
fn a_torn_tail_is_cut_off_and_what_comes_after_is_kept() {
    let temp = tempfile::tempdir().unwrap();
    let (mut spool, _) = Spool::open(temp.path(), 1 << 20).unwrap();
    for n in 0..4 {
        append(&mut spool, n..n + 1);
    }
    drop(spool);
    let path = piece_path(temp.path(), 0);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
    let record = (bytes.len() / 4) as u64;
    let (mut spool, found) = Spool::open(temp.path(), 1 << 20).unwrap();
    assert_eq!(
        found,
        Found {
            n_waiting: 3,
            cut_bytes: record - 5,
            lost_bytes: 0
        }
    );
    append(&mut spool, 7..8);
    assert_eq!(take(&mut spool, 100), [0, 1, 2, 7]);
}

#[test]
fn a_batch_that_changes_under_us_costs_itself_and_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let (mut spool, _) = Spool::open(temp.path(), 1 << 20).unwrap();
    append(&mut spool, 0..2);
    let path = piece_path(temp.path(), 0);
    let first = fs::metadata(&path).unwrap().len();
    append(&mut spool, 2..4);
    let second = fs::metadata(&path).unwrap().len() - first;
    append(&mut spool, 4..6);
    let mut bytes = fs::read(&path).unwrap();
    bytes[(first + second) as usize - 3] ^= 1;
    fs::write(&path, &bytes).unwrap();
    spool.begin_piece().unwrap();
    append(&mut spool, 6..8);
    // As when there was no room to remember them.
    spool.fresh.clear();
    let (batches, n_lost) = spool.oldest(10).unwrap();
    assert_eq!((numbers(&batches), n_lost), (vec![0, 1, 4, 5, 6, 7], 2));
    spool.keep();
    drop(spool);
    let (mut spool, found) = Spool::open(temp.path(), 1 << 20).unwrap();
    let expected = Found {
        n_waiting: 6,
        cut_bytes: 0,
        lost_bytes: second,
    };
    assert_eq!(found, expected);
    assert_eq!(take(&mut spool, 100), [0, 1, 4, 5, 6, 7]);
    assert_eq!(spool.n_waiting(), 0);
}

#[test]
fn the_oldest_leave_when_it_is_full_and_every_one_of_them_is_counted() {
    let temp = tempfile::tempdir().unwrap();
    let (mut spool, _) = Spool::open(temp.path(), 1 << 20).unwrap();
    let mut n_dropped = 0;
    for n in 0..200 {
        let long = format!("{n}{}", " ".repeat(20_000));
        n_dropped += spool.append(1, &long.clone().into()).unwrap();
        if n == 40 {
            // Whoever is on the way when its piece leaves is in nobody's count until it is settled.
            assert_eq!(spool.oldest(2).unwrap().0.len(), 2);
        }
    }
    let on_disk: u64 = fs::read_dir(temp.path())
        .unwrap()
        .map(|it| it.unwrap().metadata().unwrap().len())
        .sum();
    assert!(on_disk <= (1 << 20) + (128 << 10), "{on_disk}");
    n_dropped += spool.keep();
    let left = take(&mut spool, 1_000);
    assert_eq!(n_dropped + left.len() as u64, 200);
    assert_eq!(left, (n_dropped..200).collect::<Vec<_>>());
    assert!(left.len() > 40, "{}", left.len());
}

#[test]
fn what_was_settled_behind_something_unsettled_does_not_go_again() {
    let temp = tempfile::tempdir().unwrap();
    let (mut spool, _) = Spool::open(temp.path(), 1 << 20).unwrap();
    for n in 0..6 {
        append(&mut spool, n..n + 1);
    }
    // The last ones unsettled: they stay where they are.
    let (batches, _) = spool.oldest(3).unwrap();
    assert_eq!(spool.give_up(&batches, &batches[1..]).unwrap(), 0);
    assert_eq!(spool.n_waiting(), 5);
    // One in the middle of 1, 2, 3 unsettled: it goes to the end.
    let (batches, _) = spool.oldest(3).unwrap();
    assert_eq!(numbers(&batches), [1, 2, 3]);
    assert_eq!(spool.give_up(&batches, &batches[1..2]).unwrap(), 0);
    drop(spool);
    let (mut spool, found) = Spool::open(temp.path(), 1 << 20).unwrap();
    assert_eq!(found.n_waiting, 3);
    assert_eq!(take(&mut spool, 10), [4, 5, 2]);
}

#[test]
fn what_is_unsettled_when_its_piece_has_left_is_kept_all_the_same() {
    let temp = tempfile::tempdir().unwrap();
    let (mut spool, _) = Spool::open(temp.path(), 1 << 20).unwrap();
    append(&mut spool, 0..3);
    let (batches, _) = spool.oldest(1).unwrap();
    let mut n_dropped = 0;
    let long = format!("7{}", " ".repeat(60_000));
    for _ in 0..40 {
        n_dropped += spool.append(1, &long.clone().into()).unwrap();
    }
    n_dropped += spool.give_up(&batches, &batches).unwrap();
    assert_eq!(n_dropped + spool.n_waiting(), 43);
    let left = take(&mut spool, 100);
    assert_eq!(left[left.len() - 3..], [0, 1, 2]);
}

#[test]
fn a_spool_has_one_owner() {
    let temp = tempfile::tempdir().unwrap();
    let first = Spool::open(temp.path(), 1 << 20).unwrap();
    let second = Spool::open(temp.path(), 1 << 20);
    assert!(matches!(second, Err(SpoolError::Held { .. })));
    drop(first);
    Spool::open(temp.path(), 1 << 20).unwrap();
}
