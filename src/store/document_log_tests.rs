use super::*;
use crate::store::documents::{self, Change, Table};

const GROUPS: Table = Table("xray/group");
const SALT: u64 = 0x5eed;

fn put(key: &str, value: i64) -> Change {
    Change::Put {
        table: GROUPS,
        key: key.into(),
        value: value.into(),
    }
}

/// A folder whose log was made with `a`, and was given `b`, `c` and `d` and lost `b`.
fn filled() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let mut documents = Documents::default();
    documents.apply(documents::encode(vec![put("a", 1)]));
    let mut log = DocumentLog::create(temp.path(), SALT, &documents).unwrap();
    let delete = Change::Delete {
        table: GROUPS,
        key: "b".into(),
    };
    for change in [put("b", 2), put("c", 3), delete, put("d", 4)] {
        log.append(&documents::encode(vec![change])).unwrap();
    }
    temp
}

fn keys(recovered: &Recovered) -> String {
    let listed = recovered.documents.list(GROUPS, "");
    listed.map(|(key, _)| key).collect()
}

fn read(folder: &Path) -> Recovered {
    super::read(folder, Some(SALT)).unwrap()
}

#[test]
fn documents_come_back_and_go_on_after_reopening() {
    let temp = filled();
    for (key, expected) in [("e", "acd"), ("f", "acde")] {
        let recovered = read(temp.path());
        assert_eq!(keys(&recovered), expected);
        assert_eq!(recovered.damage, [""; 0]);
        assert!(recovered.is_whole);
        let documents = &recovered.documents;
        let mut log = DocumentLog::open(temp.path(), SALT, &recovered, documents).unwrap();
        log.append(&documents::encode(vec![put(key, 5)])).unwrap();
    }
    assert_eq!(keys(&read(temp.path())), "acdef");
}

#[test]
fn whatever_is_damaged_in_one_file_is_read_from_the_other_and_named_and_written_anew() {
    let temp = filled();
    for name in COPIES {
        let path = path_of(temp.path(), name);
        let whole = fs::read(&path).unwrap();
        let flipped = (0..whole.len()).map(|at| {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x20;
            damaged
        });
        let cut = (0..whole.len()).step_by(7).map(|at| whole[..at].to_vec());
        for (case, damaged) in flipped.chain(cut).enumerate() {
            fs::write(&path, damaged).unwrap();
            // Also when FORMAT does not tell the salt.
            let salt = (case % 2 == 0).then_some(SALT);
            let recovered = super::read(temp.path(), salt).unwrap();
            assert_eq!(keys(&recovered), "acd", "{name}, case {case}");
            assert!(recovered.is_whole);
            let path_is_named = recovered
                .damage
                .iter()
                .any(|damage| damage.contains(&path.display().to_string()));
            let is_silent_end = recovered.damage.is_empty() && case >= whole.len();
            assert!(path_is_named || is_silent_end, "{name}, case {case}");
            DocumentLog::open(temp.path(), SALT, &recovered, &recovered.documents).unwrap();
            let again = read(temp.path());
            assert_eq!((keys(&again).as_str(), again.damage.len()), ("acd", 0));
            fs::write(&path, &whole).unwrap();
        }
        fs::remove_file(&path).unwrap();
        let recovered = read(temp.path());
        assert_eq!(keys(&recovered), "acd");
        assert!(recovered.damage[0].ends_with("is missing"));
        fs::write(&path, &whole).unwrap();
    }
}

#[test]
fn a_change_that_is_damaged_in_both_files_is_named_and_costs_no_other() {
    let temp = filled();
    for name in COPIES {
        let path = path_of(temp.path(), name);
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes
            .windows(9)
            .position(|it| it.starts_with(b"\"c\",3"))
            .unwrap();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let recovered = read(temp.path());
    assert_eq!(keys(&recovered), "ad");
    assert!(!recovered.is_whole);
    let last = recovered.damage.last().unwrap();
    assert!(
        last.contains("change 2 cannot be read in either copy"),
        "{last}"
    );
}

#[test]
fn a_transaction_that_only_one_file_has_is_kept() {
    let temp = filled();
    let path = path_of(temp.path(), "b");
    let whole = fs::read(&path).unwrap();
    let record = 21 + r#"[["xray/group","d",4]]"#.len();
    fs::write(&path, &whole[..whole.len() - record]).unwrap();
    let recovered = read(temp.path());
    assert_eq!(
        (keys(&recovered).as_str(), recovered.damage.len()),
        ("acd", 0)
    );
    DocumentLog::open(temp.path(), SALT, &recovered, &recovered.documents).unwrap();
    // Written anew: it has a base of everything and no changes.
    assert_ne!(fs::read(&path).unwrap(), whole);
    assert_eq!(keys(&read(temp.path())), "acd");
}

#[test]
fn files_that_have_grown_are_written_anew_in_turn() {
    let temp = tempfile::tempdir().unwrap();
    let mut documents = Documents::default();
    let mut log = DocumentLog::create(temp.path(), SALT, &documents).unwrap();
    let text = "x".repeat(500_000);
    let mut largest = 0;
    for number in 0..60 {
        let changes = documents::encode(vec![Change::Put {
            table: GROUPS,
            key: (number % 3).to_string(),
            value: format!("{number} {text}").into(),
        }]);
        log.append(&changes).unwrap();
        documents.apply(changes);
        let before = log.copies.each_ref().map(|copy| copy.lengths.all);
        log.compact(&documents).unwrap();
        let after = log.copies.each_ref().map(|copy| copy.lengths.all);
        let n_rewritten = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert!(n_rewritten <= 1, "both at once");
        largest = largest.max(after[0].max(after[1]));
    }
    assert!(largest < 9 << 20, "{largest}");
    let recovered = read(temp.path());
    assert_eq!(
        (keys(&recovered).as_str(), recovered.damage.len()),
        ("012", 0)
    );
    let newest = recovered.documents.get(GROUPS, "2").unwrap();
    assert!(newest.as_str().unwrap().starts_with("59 "));
}

#[test]
fn a_record_of_one_file_does_not_count_in_the_other() {
    let temp = filled();
    fs::copy(path_of(temp.path(), "a"), path_of(temp.path(), "b")).unwrap();
    let recovered = read(temp.path());
    assert_eq!(keys(&recovered), "acd");
    assert!(recovered.is_whole && !recovered.damage.is_empty());
}
