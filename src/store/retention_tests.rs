use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::*;

const HOUR: i64 = 3_600 * SECOND;

// The clock of a store at hour 0; then what happens, one step after the other: by how many hours the clock that is
// never set goes on, what the system's clock then says, and what ours should say.
/// Hours that really pass, the hour that the system's clock then says, and the hour that ours should say.
type Hours = (i64, i64, i64);

#[test]
fn the_clock_believes_a_day_at_once_and_catches_up_with_the_rest() {
    static WALL: AtomicI64 = AtomicI64::new(0);
    static PASSED: AtomicI64 = AtomicI64::new(0);
    let limits = Limits {
        clock: || WALL.load(Ordering::Relaxed),
        passed: || PASSED.load(Ordering::Relaxed),
        ..Limits::default()
    };
    let year = 365 * 24;
    let cases: &[(&str, &[Hours])] = &[
        ("runs", &[(1, 1, 1), (30, 31, 31)]),
        ("sleeps for a night", &[(1, 1, 1), (0, 17, 17), (8, 25, 25)]),
        (
            "sleeps for a weekend",
            &[
                (0, 60, 0),
                (8, 68, 24),
                (8, 76, 48),
                (8, 84, 72),
                (8, 92, 92),
            ],
        ),
        (
            "is a year ahead for an hour",
            &[(1, year, 3), (1, 2, 4), (0, 2, 4), (10, 14, 14)],
        ),
        (
            "goes back",
            &[(1, -100, 1), (1, -99, 2), (0, 3, 2), (1, 4, 4)],
        ),
        (
            "goes back a day and comes again",
            &[(0, 20, 20), (1, -4, 21), (1, 22, 22), (1, 23, 23)],
        ),
        (
            "is reset to 1970 for a while",
            &[(0, -500_000, 0), (1, -499_999, 1), (0, 2, 1), (5, 7, 7)],
        ),
    ];
    for (what, steps) in cases {
        WALL.store(0, Ordering::Relaxed);
        PASSED.store(0, Ordering::Relaxed);
        let mut clock = RetentionClock::begin(&Documents::default(), None, limits);
        for (passed, wall, expected) in *steps {
            PASSED.fetch_add(passed * HOUR, Ordering::Relaxed);
            WALL.store(wall * HOUR, Ordering::Relaxed);
            let before = clock.time;
            clock.advance(limits);
            assert_eq!(clock.time / HOUR, *expected, "{what}, at {wall}");
            assert!(clock.time >= before, "{what}, at {wall}");
            assert!(clock.arrival() >= clock.time.max(wall * HOUR));
        }
    }
    assert_eq!(
        RetentionClock::begin(&Documents::default(), Some(0), limits)
            .expired_before(Duration::ZERO),
        7 * HOUR
    );
}
