use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::honeycomb::event::LONGEST_TEXT;

const RULES: Rules = Rules {
    now: 7,
    expand_json_depth: 0,
};

// A map of texts and values that are written already.
fn map(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xde, (members.len() >> 8) as u8, members.len() as u8];
    for (name, value) in members {
        bytes.extend(text(name));
        bytes.extend(value);
    }
    bytes
}

fn array(items: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0xdd];
    bytes.extend((items.len() as u32).to_be_bytes());
    bytes.extend(items.concat());
    bytes
}

fn text(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xdb];
    bytes.extend((text.len() as u32).to_be_bytes());
    bytes.extend(text.bytes());
    bytes
}

fn fields(body: &[u8]) -> Vec<(Arc<str>, Value)> {
    event(body, None, None, RULES).unwrap().fields
}

#[test]
fn every_form_of_a_value_is_read() {
    let cases: Vec<(&[u8], Value)> = vec![
        (&[0x00], 0.into()),
        (&[0x7f], 127.into()),
        (&[0xff], (-1).into()),
        (&[0xe0], (-32).into()),
        (&[0xcc, 0xff], 255.into()),
        (&[0xcd, 1, 0], 256.into()),
        (&[0xce, 0xff, 0xff, 0xff, 0xff], 4_294_967_295i64.into()),
        (&[0xcf, 0, 0, 0, 1, 0, 0, 0, 0], 4_294_967_296i64.into()),
        (
            &[0xcf, 255, 255, 255, 255, 255, 255, 255, 255],
            (u64::MAX as f64).into(),
        ),
        (&[0xd0, 0x80], (-128).into()),
        (&[0xd1, 0x80, 0], (-32_768).into()),
        (&[0xd2, 0x80, 0, 0, 0], (-2_147_483_648i64).into()),
        (&[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], i64::MIN.into()),
        (&[0xca, 0x3f, 0xc0, 0, 0], 1.5.into()),
        (
            &[0xcb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
            0.1.into(),
        ),
        (&[0xc2], false.into()),
        (&[0xc3], true.into()),
        (&[0xa2, b'h', b'i'], "hi".into()),
        (&[0xa0], "".into()),
        (&[0xd9, 1, b'a'], "a".into()),
        (&[0xda, 0, 1, b'a'], "a".into()),
        (&[0xdb, 0, 0, 0, 1, b'a'], "a".into()),
        (&[0xc4, 2, 0xff, b'b'], "\u{fffd}b".into()),
        (&[0xc5, 0, 1, b'b'], "b".into()),
        (&[0xc6, 0, 0, 0, 1, b'b'], "b".into()),
        (
            &[0xd6, 0xff, 0x6b, 0x02, 0x95, 0x0c],
            "2026-11-22T07:09:00Z".into(),
        ),
        (
            &[0xd7, 0xff, 0x77, 0x35, 0x94, 0x00, 0x6b, 0x02, 0x95, 0x0c],
            "2026-11-22T07:09:00.5Z".into(),
        ),
        (
            &[
                0xc7, 12, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            ],
            "1969-12-31T23:59:59Z".into(),
        ),
        (&[0x93, 1, 0xc0, 0xa1, b'"'], "[1,null,\"\\\"\"]".into()),
        (
            &[0xdc, 0, 1, 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
            "[null]".into(),
        ),
        (
            &[0x82, 0xa1, b'k', 0x90, 5, 0x80],
            "{\"k\":[],\"5\":{}}".into(),
        ),
        (
            &[0x91, 0xd6, 0xff, 0, 0, 0, 0],
            "[\"1970-01-01T00:00:00Z\"]".into(),
        ),
    ];
    for (bytes, expected) in cases {
        let body = map(&[("v", bytes.to_vec())]);
        assert_eq!(fields(&body), [("v".into(), expected)], "{bytes:02x?}");
    }
    // Null, what is not finite, extensions of others, and what has no name.
    for bytes in [
        vec![0xc0],
        vec![0xcb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
        vec![0xd4, 5, 0],
        vec![0xc8, 0, 1, 5, 0],
        vec![0xc9, 0, 0, 0, 0, 5],
    ] {
        let body = map(&[("v", bytes.clone()), ("", vec![0x81, 1, 2]), ("w", vec![1])]);
        assert_eq!(fields(&body), [("w".into(), 1.into())], "{bytes:02x?}");
    }
}

#[test]
fn a_batch_has_times_and_rates_in_every_form() {
    let data = map(&[("a", vec![1])]);
    let item = |members: &[(&str, Vec<u8>)]| {
        let mut all = vec![("data", data.clone())];
        all.extend(members.iter().map(|(name, value)| (*name, value.clone())));
        map(&all)
    };
    let body = array(&[
        item(&[
            ("time", text("1970-01-01T00:00:01.5Z")),
            ("samplerate", vec![4]),
        ]),
        item(&[
            ("time", vec![0xd6, 0xff, 0, 0, 0, 2]),
            ("samplerate", vec![0xcd, 1, 0]),
        ]),
        item(&[("time", vec![0xd7, 0xff, 0, 0, 0, 4, 0, 0, 0, 3])]),
        item(&[("time", vec![5]), ("samplerate", text("3"))]),
        item(&[("time", vec![0xcb, 0x40, 0x04, 0, 0, 0, 0, 0, 0])]),
        item(&[
            ("time", vec![0xc0]),
            ("samplerate", vec![0xc0]),
            ("more", vec![0x91, 0x81, 1, 2]),
        ]),
        item(&[("time", vec![0x90])]),
        item(&[("time", vec![0xd7, 0xff, 255, 255, 255, 255, 0, 0, 0, 3])]),
        item(&[("samplerate", vec![0xcb, 0x40, 0x04, 0, 0, 0, 0, 0, 0])]),
        vec![7],
        map(&[("time", vec![5])]),
        map(&[("data", vec![0x80])]),
        map(&[("data", vec![0x91, 1])]),
        item(&[]),
    ]);
    let short: Vec<Result<(i64, u32), EventError>> = batch(&body, RULES)
        .unwrap()
        .into_iter()
        .map(|result| result.map(|event| (event.time, event.sample_rate)))
        .collect();
    assert_eq!(
        short,
        [
            Ok((1_500_000_000, 4)),
            Ok((2_000_000_000, 256)),
            Ok((3_000_000_001, 1)),
            Ok((5_000_000_000, 3)),
            Ok((2_500_000_000, 1)),
            Ok((7, 1)),
            Err(EventError::Time),
            Err(EventError::Time),
            Err(EventError::SampleRate),
            Err(EventError::Malformed),
            Err(EventError::Empty),
            Err(EventError::Empty),
            Err(EventError::Malformed),
            Ok((7, 1)),
        ]
    );
    assert_eq!(batch(&[0x90], RULES), Ok(Vec::new()));
}

#[test]
fn what_came_beside_one_event_is_its_time_and_rate() {
    let body = map(&[("a", vec![1])]);
    let read = event(&body, Some(" 12 "), Some("20"), RULES).unwrap();
    assert_eq!((read.time, read.sample_rate), (12_000_000_000, 20));
    assert_eq!(
        event(&body, Some("soon"), None, RULES),
        Err(EventError::Time)
    );
    assert_eq!(
        event(&body, None, Some("often"), RULES),
        Err(EventError::SampleRate)
    );
    assert_eq!(event(&[], None, None, RULES), Err(EventError::Empty));
    let more = [body.clone(), vec![0xc0]].concat();
    assert_eq!(event(&more, None, None, RULES), Err(EventError::Malformed));
}

#[test]
fn maps_are_unpacked_as_deep_as_the_dataset_says() {
    let inner = map(&[
        ("b", map(&[("c", vec![2])])),
        ("d", vec![0xc0]),
        ("e", vec![0x80]),
    ]);
    let body = map(&[("a", inner), ("a.b", vec![1])]);
    let rules = Rules {
        now: 7,
        expand_json_depth: 1,
    };
    let read = event(&body, None, None, rules).unwrap().fields;
    let expected: [(Arc<str>, Value); 2] = [
        ("a.b".into(), "{\"c\":2}".into()),
        ("a.e".into(), "{}".into()),
    ];
    assert_eq!(read, expected);
}

#[test]
fn bounds_are_those_of_json() {
    let refused = |body: &[u8]| event(body, None, None, RULES).unwrap_err();
    let many: Vec<String> = (0..=MOST_FIELDS).map(|idx| idx.to_string()).collect();
    let many: Vec<(&str, Vec<u8>)> = many.iter().map(|name| (name.as_str(), vec![1])).collect();
    assert_eq!(refused(&map(&many)), EventError::TooManyFields);
    assert!(event(&map(&many[1..]), None, None, RULES).is_ok());
    assert_eq!(
        refused(&map(&[("a", text(&"x".repeat(MOST_EVENT_BYTES)))])),
        EventError::TooLarge
    );
    let long = fields(&map(&[("a", text(&"é".repeat(LONGEST_TEXT)))]));
    assert_eq!(long[0].1.text().unwrap().len(), LONGEST_TEXT - 1);
    let deep = |n: usize| map(&[("a", [vec![0x91; n], vec![1]].concat())]);
    assert!(event(&deep(MOST_DEPTH), None, None, RULES).is_ok());
    assert_eq!(refused(&deep(MOST_DEPTH + 1)), EventError::Malformed);
    assert_eq!(refused(&deep(900_000)), EventError::Malformed);
    let nils = array(&vec![vec![0xc0]; MOST_BATCH_EVENTS + 1]);
    assert_eq!(batch(&nils, RULES), Err(EventError::TooLarge));
    for body in [
        &[0xc1][..],
        &[0x80],
        &[0xdd, 255, 255, 255, 255],
        &[0x91],
        &[0x90, 0x90],
    ] {
        assert!(batch(body, RULES).is_err(), "{body:02x?}");
    }
    assert_eq!(batch(&[], RULES), Err(EventError::Empty));
}

#[test]
fn what_was_cut_or_bent_is_refused_or_read_and_never_more() {
    let data = map(&[
        ("text", text("abc")),
        ("list", vec![0x93, 1, 0xc0, 0x81, 0xa1, b'k', 0xc3]),
        (
            "float",
            vec![0xcb, 0x3f, 0xb9, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a],
        ),
    ]);
    let item = map(&[
        ("data", data),
        ("time", vec![0xd7, 0xff, 0, 0, 0, 4, 0, 0, 0, 3]),
        ("samplerate", vec![0xcd, 1, 0]),
    ]);
    let body = array(&[item.clone(), item]);
    assert!(batch(&body, RULES).unwrap().iter().all(Result::is_ok));
    for end in 0..body.len() {
        assert!(batch(&body[..end], RULES).is_err(), "{end}");
    }
    let rules = Rules {
        now: 7,
        expand_json_depth: 10,
    };
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..50_000 {
        let mut bent = body.clone();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bent.len());
            bent[at] = rng.random();
        }
        if let Ok(read) = batch(&bent, rules) {
            assert!(read.len() <= bent.len());
        }
        let _ = event(&bent, None, None, rules);
    }
}
