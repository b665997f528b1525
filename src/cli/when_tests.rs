use jiff::tz::TimeZone;

use super::*;
use crate::model::time::rfc3339;

// 15:00 by a clock two hours ahead.
const NOW: i64 = 1_795_784_400 * SECOND;

fn zone(name: &str) -> Zone {
    Zone::new(TimeZone::get(name).unwrap())
}

fn at(text: &str) -> i64 {
    match parse_when(text) {
        Ok(When::At(moment)) => moment,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn moments_are_read_by_the_local_clock() {
    assert_eq!(rfc3339(NOW), "2026-11-27T13:00:00Z");
    for (text, moment) in [
        ("now", "2026-11-27T13:00:00Z"),
        ("15m", "2026-11-27T12:45:00Z"),
        ("-15m", "2026-11-27T12:45:00Z"),
        ("1h30m ago", "2026-11-27T11:30:00Z"),
        ("10:30", "2026-11-27T08:30:00Z"),
        ("9:05:07", "2026-11-27T07:05:07Z"),
        ("9:05:07.25", "2026-11-27T07:05:07.25Z"),
        // Not yet today.
        ("16:00", "2026-11-26T14:00:00Z"),
        ("24:00", "2026-11-26T22:00:00Z"),
        ("today 16:00", "2026-11-27T14:00:00Z"),
        ("yesterday", "2026-11-25T22:00:00Z"),
        ("yesterday 14:00", "2026-11-26T12:00:00Z"),
        ("2026-11-24", "2026-11-23T22:00:00Z"),
        ("2026-11-24 10:00", "2026-11-24T08:00:00Z"),
        ("2026-11-24T10:00", "2026-11-24T08:00:00Z"),
        ("2026-11-24 24:00", "2026-11-24T22:00:00Z"),
        ("2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00Z", "2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00:00+05:00", "2026-11-24T05:00:00Z"),
        ("2026-11-24 10:00 +05:00", "2026-11-24T05:00:00Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
    ] {
        let zone = Zone::fixed(7200);
        let read = parse_when(text).and_then(|when| when.only(NOW, zone));
        assert_eq!(read.map(rfc3339).as_deref(), Ok(moment), "{text}");
    }
}

#[test]
fn the_date_has_its_own_offset() {
    for (name, text, moment) in [
        ("Europe/Berlin", "2026-07-01 12:00", "2026-07-01T10:00:00Z"),
        ("Europe/Berlin", "2026-12-01 12:00", "2026-12-01T11:00:00Z"),
        ("America/New_York", "2026-07-01", "2026-07-01T04:00:00Z"),
        ("America/New_York", "2026-12-01", "2026-12-01T05:00:00Z"),
        (
            "Australia/Lord_Howe",
            "2026-01-01 12:00",
            "2026-01-01T01:00:00Z",
        ),
        (
            "Australia/Lord_Howe",
            "2026-07-01 12:00",
            "2026-07-01T01:30:00Z",
        ),
        ("Asia/Kathmandu", "2026-07-01 12:00", "2026-07-01T06:15:00Z"),
        ("UTC", "2026-07-01 12:00", "2026-07-01T12:00:00Z"),
        // The clock goes from 24:00 to 01:00, and the day begins there.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z"),
        ("Africa/Cairo", "2026-04-23 24:00", "2026-04-23T22:00:00Z"),
    ] {
        let read = parse_when(text).and_then(|when| when.only(NOW, zone(name)));
        assert_eq!(read.map(rfc3339).as_deref(), Ok(moment), "{name} {text}");
    }
}

#[test]
fn what_is_no_moment_says_why() {
    for (odd, why) in [
        ("", "write 15m"),
        ("soon", "write 15m"),
        ("25:00", "a day ends at 24:00"),
        ("24:30", "a day ends at 24:00"),
        ("10:75", "minutes 0 to 59"),
        ("10:30:99", "seconds 0 to 59"),
        ("10:30pm", "from 0 to 23"),
        ("10:30 yesterday", "write 15m"),
        ("yesterday noon", "write 15m"),
        ("2026-13-01", "there is no month 13"),
        ("2026-02-30 10:00", "February 2026 has 28 days"),
        ("2026-7-1", "the date is 2026-07-01"),
        ("9999-01-01T00:00:00Z", "too far away"),
        ("2026-11-24T10:00:60Z", "seconds 0 to 59"),
        ("01/12/2026", "write 15m"),
        ("1795784400", "write 15m"),
    ] {
        let error = parse_when(odd).unwrap_err();
        assert!(error.contains(why), "{odd}: {error}");
        assert!(error.contains(&format!("`{odd}`")), "{error}");
    }
    let far = parse_when("9999-01-01").and_then(|when| when.meant(NOW, Zone::UTC));
    assert!(far.unwrap_err().contains("too far away"));
    let leap = parse_when("2026-11-24 10:00:60").and_then(|when| when.meant(NOW, Zone::UTC));
    assert!(leap.unwrap_err().contains("23:59:60 UTC"));
}

#[test]
fn a_time_that_does_not_exist_names_both_readings() {
    for (name, text, error) in [
        (
            "Europe/Berlin",
            "2026-03-29 02:30",
            "`2026-03-29 02:30` does not exist in Europe/Berlin: the clock goes from 02:00 to 03:00 there; write 2026-03-29T01:30+01:00 or 2026-03-29T03:30+02:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-10-04 02:15",
            "`2026-10-04 02:15` does not exist in Australia/Lord_Howe: the clock goes from 02:00 to 02:30 there; write 2026-10-04T01:45+10:30 or 2026-10-04T02:45+11:00",
        ),
        (
            "Africa/Cairo",
            "2026-04-24 00:30",
            "`2026-04-24 00:30` does not exist in Africa/Cairo: the clock goes from 24:00 to 01:00 there; write 2026-04-23T23:30+02:00 or 2026-04-24T01:30+03:00",
        ),
    ] {
        let read = parse_when(text).and_then(|when| when.meant(NOW, zone(name)));
        assert_eq!(read, Err(error.to_string()));
        // What the error says to write can be read.
        let (_, advice) = error.split_once("; write ").unwrap();
        for form in advice.split(" or ") {
            assert_eq!(zone(name).written(at(form)), form);
        }
    }
    let skipped = parse_when("2011-12-30").and_then(|when| when.meant(NOW, zone("Pacific/Apia")));
    assert!(skipped.unwrap_err().contains("does not exist"));
}

#[test]
fn a_time_that_exists_twice_is_one_only_when_it_is_said_which() {
    let berlin = zone("Europe/Berlin");
    let when = parse_when("2026-10-25 02:30").unwrap();
    let error = when.only(NOW, berlin).unwrap_err();
    assert_eq!(
        error,
        "2026-10-25 02:30 exists twice in Europe/Berlin: 2026-10-25T02:30+02:00 and 2026-10-25T02:30+01:00; write the one that is meant"
    );
    let found = ends(Some(when), Some(when), NOW, berlin).unwrap();
    assert_eq!(found.since, Some(at("2026-10-25T02:30+02:00")));
    assert_eq!(found.until, Some(at("2026-10-25T02:30+01:00")));
    assert_eq!(found.notes.len(), 2);
    assert!(
        found.notes[0].starts_with("--since: ") && found.notes[0].ends_with("taken: the first")
    );
    assert!(
        found.notes[1].starts_with("--until: ") && found.notes[1].ends_with("taken: the second")
    );
}

#[test]
fn a_bare_time_is_the_last_that_has_come_also_on_the_night_of_a_change() {
    let berlin = zone("Europe/Berlin");
    for (now, text, moment) in [
        // Before, between and after the two.
        ("2026-10-25T01:00+02:00", "02:30", "2026-10-24T02:30+02:00"),
        ("2026-10-25T02:45+02:00", "02:30", "2026-10-25T02:30+02:00"),
        ("2026-10-25T02:15+01:00", "02:30", "2026-10-25T02:30+02:00"),
        // Before the jump the day's has not come.
        ("2026-03-29T01:59+01:00", "02:30", "2026-03-28T02:30+01:00"),
    ] {
        let read = parse_when(text).unwrap().only(at(now), berlin);
        assert_eq!(
            read.map(|it| berlin.written(it)).as_deref(),
            Ok(moment),
            "{now}"
        );
    }
    let when = parse_when("02:30").unwrap();
    assert!(
        when.only(at("2026-10-25T12:00+01:00"), berlin)
            .unwrap_err()
            .contains("twice")
    );
    assert!(
        when.only(at("2026-03-29T12:00+02:00"), berlin)
            .unwrap_err()
            .contains("not exist")
    );
}

#[test]
fn an_end_without_a_day_follows_its_beginning() {
    let berlin = zone("Europe/Berlin");
    let when = |text: &str| Some(parse_when(text).unwrap());
    for (now, since, until, end) in [
        // It has not come yet.
        (
            "2026-11-27T10:30+01:00",
            "10:00",
            "11:00",
            "2026-11-27T11:00+01:00",
        ),
        (
            "2026-11-27T10:30+01:00",
            "1h",
            "11:00",
            "2026-11-27T11:00+01:00",
        ),
        // Past midnight.
        (
            "2026-11-27T00:20+01:00",
            "23:50",
            "00:10",
            "2026-11-27T00:10+01:00",
        ),
        // Typed in the wrong order: it ends before it begins, which the caller says.
        (
            "2026-11-27T15:00+01:00",
            "11:00",
            "10:30",
            "2026-11-27T10:30+01:00",
        ),
        (
            "2026-11-27T15:00+01:00",
            "yesterday 14:00",
            "12:00",
            "2026-11-27T12:00+01:00",
        ),
    ] {
        let found = ends(when(since), when(until), at(now), berlin).unwrap();
        assert_eq!(
            found.until.map(|it| berlin.written(it)).as_deref(),
            Some(end),
            "{since} {until}"
        );
        assert_eq!(
            found.notes.len(),
            usize::from(since.starts_with("yesterday")),
            "{:?}",
            found.notes
        );
    }
}

#[test]
fn a_local_time_means_nothing_where_the_zone_is_unknown() {
    let unknown = Zone::new(TimeZone::unknown());
    let read = |text: &str| parse_when(text).and_then(|when| when.meant(NOW, unknown));
    assert!(read("10:30").unwrap_err().contains("TZ names no time zone"));
    assert!(read("2026-11-24T10:00Z").is_ok() && read("15m").is_ok());
}
