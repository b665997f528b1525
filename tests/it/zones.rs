//! Local times: by the zone's rules for their own date, and said where they exist twice, never, or in no zone.

use serde_json::Value as Json;

use crate::place::{Place, Ran};

const SUMMER: i64 = 1_782_907_200; // 2026-07-01T12:00:00Z
const HOUR: i64 = 3_600;

fn ran_in(place: &mut Place, zone: &str, line: &[&str]) -> Ran {
    place.set("TZ", zone);
    let mut command = place.command(line);
    let output = command.env_remove("CRUDDUR_UTC").output().unwrap();
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn spec(ran: Ran) -> Json {
    serde_json::from_str(&ran.expect_code(0).stdout).unwrap()
}

#[test]
fn a_local_time_has_the_offset_of_its_own_date_in_every_zone() {
    let mut place = Place::new();
    // Minutes east of Greenwich in July and in January.
    for (zone, july, january) in [
        ("Europe/Berlin", 120, 60),
        (":Europe/Berlin", 120, 60),
        ("America/New_York", -240, -300),
        ("Asia/Kolkata", 330, 330),
        ("Australia/Lord_Howe", 630, 660),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 120, 60),
        ("EST5EDT,M3.2.0,M11.1.0", -240, -300),
        ("<+0530>-5:30", 330, 330),
        ("UTC0", 0, 0),
        ("", 0, 0),
    ] {
        for (since, until, utc, east) in [
            ("2026-07-01 12:00", "2026-07-01 13:00", SUMMER, july),
            // 181 days before.
            (
                "2026-01-01 12:00",
                "2026-01-01 13:00",
                SUMMER - 181 * 24 * HOUR,
                january,
            ),
        ] {
            let line = [
                "query",
                "count",
                "--since",
                since,
                "--until",
                until,
                "--print-spec",
            ];
            let spec = spec(ran_in(&mut place, zone, &line));
            let start = utc - 60 * east;
            assert_eq!(spec["start_time"], start, "{zone} {since}");
            assert_eq!(spec["end_time"], start + HOUR, "{zone} {until}");
        }
    }
    // A day of 25 hours, and one of 23.
    for (day, next, hours) in [
        ("2026-10-25", "2026-10-26", 25),
        ("2026-03-29", "2026-03-30", 23),
    ] {
        let line = [
            "query",
            "count",
            "--since",
            day,
            "--until",
            next,
            "--print-spec",
        ];
        let spec = spec(ran_in(&mut place, "Europe/Berlin", &line));
        let length = spec["end_time"].as_i64().unwrap() - spec["start_time"].as_i64().unwrap();
        assert_eq!(length, hours * HOUR, "{day}");
    }
}

#[test]
fn a_time_that_never_was_is_refused_by_every_command_that_takes_one() {
    let mut place = Place::new();
    let stack = place.stack();
    let says = "`2026-03-29 02:30` does not exist in Europe/Berlin: the clock goes from 02:00 to 03:00 there; write 2026-03-29T01:30+01:00 or 2026-03-29T03:30+02:00";
    for line in [
        &["query", "count"][..],
        &["query", "heatmap", "--output", "svg"],
        &["logs", "query", "fields @message"],
        &["logs", "filter", "ERROR"],
        &["logs", "tail"],
        &["xray", "traces"],
        &["xray", "graph"],
        &["markers", "add", "a deployment"],
        &["store", "export", "events.jsonl"],
    ] {
        let line = [line, &["--since", "2026-03-29 02:30"]].concat();
        let ran = ran_in(&mut place, "Europe/Berlin", &line).expect_code(2);
        assert!(ran.stderr.contains(says), "{line:?}: {}", ran.stderr);
        assert!(ran.stdout.is_empty(), "{line:?}: {}", ran.stdout);
    }
    stack.running.stop();
}

#[test]
fn a_time_that_was_twice_is_said_with_both_and_which_is_taken() {
    let mut place = Place::new();
    for (zone, time, taken) in [
        (
            "Europe/Berlin",
            "2026-10-25 02:30",
            "2026-10-25T02:30+02:00 and 2026-10-25T02:30+01:00; taken: the first",
        ),
        (
            "America/New_York",
            "2026-11-01 01:30",
            "2026-11-01T01:30-04:00 and 2026-11-01T01:30-05:00; taken: the first",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05 01:45",
            "2026-04-05T01:45+11:00 and 2026-04-05T01:45+10:30; taken: the first",
        ),
    ] {
        let line = [
            "query",
            "count",
            "--since",
            time,
            "--last",
            "1h",
            "--print-spec",
        ];
        let ran = ran_in(&mut place, zone, &line).expect_code(0);
        assert!(ran.stderr.contains(taken), "{zone}: {}", ran.stderr);
    }
    let line = [
        "query",
        "count",
        "--since",
        "2026-10-25T02:30+01:00",
        "--last",
        "1h",
        "--print-spec",
    ];
    let ran = ran_in(&mut place, "Europe/Berlin", &line).expect_code(0);
    assert_eq!(ran.stderr, "");
}

#[test]
fn without_a_zone_local_times_are_refused_and_moments_are_not() {
    let mut place = Place::new();
    for zone in ["Nowhere/Land", "/etc/passwd", "garbage!!"] {
        let line = [
            "query",
            "count",
            "--since",
            "2026-07-01 12:00",
            "--print-spec",
        ];
        let ran = ran_in(&mut place, zone, &line).expect_code(2);
        for says in [
            format!("warning: TZ={zone} is not a time zone; local times are shown in UTC"),
            "`2026-07-01 12:00` is a local time, and TZ names no time zone; write an offset"
                .to_string(),
        ] {
            assert!(ran.stderr.contains(&says), "{zone}: {}", ran.stderr);
        }
        for since in ["2026-07-01T12:00Z", "1h"] {
            let line = ["query", "count", "--since", since, "--print-spec"];
            ran_in(&mut place, zone, &line).expect_code(0);
        }
    }
}
