//! What is answered, without HTTP.

use super::*;

// 2026-11-22T07:09:12.5Z
const NOW: Timestamp = Timestamp::constant(1_795_331_352, 500_000_000);

fn keys(activity: &Activity) -> Vec<String> {
    let json = serde_json::to_value(activity).unwrap();
    json.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn home_has_upstreams_three_activities() {
    let feed = home(NOW);
    assert_eq!(
        feed.iter().map(|it| it.uuid.as_str()).collect::<Vec<_>>(),
        [UUID_ANDREW, UUID_WORF, UUID_GAREK]
    );
    assert_eq!(feed[0].created_at, "2026-11-20T07:09:12.500000+00:00");
    assert_eq!(
        feed[2].expires_at.as_deref(),
        Some("2026-11-22T19:09:12.500000+00:00")
    );
    assert_eq!(
        keys(&feed[1]),
        [
            "created_at",
            "expires_at",
            "handle",
            "likes",
            "message",
            "replies",
            "uuid"
        ]
    );
}

#[test]
fn every_payloads_keys_are_sorted_as_flask_sorts_them() {
    let mut all = [home(NOW), notifications(NOW), show(NOW), messages(NOW)].concat();
    all.push(create(NOW, uuid4(0), "a", Some("b"), Some("1-day")).unwrap());
    for activity in all {
        assert!(keys(&activity).is_sorted(), "{activity:?}");
    }
}

#[test]
fn only_a_users_feed_has_naive_times() {
    let feed = user_feed(NOW, "andrewbrown").unwrap();
    assert_eq!(feed[0].created_at, "2026-11-21T07:09:12.500000");
    assert_eq!(user_feed(NOW, ""), Err(vec!["blank_user_handle"]));
}

#[test]
fn whole_seconds_have_no_fraction() {
    assert_eq!(
        aware("2026-01-02T03:04:05+01:00".parse().unwrap()),
        "2026-01-02T02:04:05+00:00"
    );
}

#[test]
fn one_activity_is_shown_with_its_reply_as_an_object() {
    let json = serde_json::to_value(show(NOW)).unwrap();
    assert_eq!(json[0]["replies"]["handle"], "Worf");
}

#[test]
fn the_last_check_that_fails_gives_the_only_code() {
    let code = |handle, message, ttl| create(NOW, uuid4(0), handle, message, ttl).unwrap_err();
    assert_eq!(code("a", Some("b"), None), ["ttl_blank"]);
    assert_eq!(code("a", Some("b"), Some("2-days")), ["ttl_blank"]);
    assert_eq!(code("", Some("b"), None), ["user_handle_blank"]);
    assert_eq!(code("", None, None), ["message_blank"]);
    let long = "é".repeat(281);
    assert_eq!(code("", Some(&long), None), ["message_exceed_max_chars"]);
}

#[test]
fn limits_count_characters_and_not_bytes() {
    let just = "é".repeat(280);
    assert!(create(NOW, uuid4(0), "a", Some(&just), Some("1-hour")).is_ok());
    let just = "é".repeat(1024);
    assert!(reply(NOW, uuid4(0), "a", "b", Some(&just)).is_ok());
    assert!(create_message(NOW, uuid4(0), "a", Some("b"), Some(&just)).is_ok());
}

#[test]
fn an_activity_expires_after_its_ttl() {
    let activity = create(NOW, uuid4(1), "a", Some("b"), Some("12-hours")).unwrap();
    assert_eq!(
        activity.expires_at.as_deref(),
        Some("2026-11-22T19:09:12.500000+00:00")
    );
    assert_eq!(activity.display_name.as_deref(), Some("Andrew Brown"));
}

#[test]
fn a_message_needs_its_receiver_in_upstreams_spelling() {
    let code = |receiver| create_message(NOW, uuid4(0), "a", receiver, Some("b")).unwrap_err();
    assert_eq!(code(None), ["user_reciever_handle_blank"]);
    assert_eq!(code(Some("")), ["user_reciever_handle_blank"]);
}

#[test]
fn random_bits_become_a_version_4_uuid() {
    assert_eq!(uuid4(0), "00000000-0000-4000-8000-000000000000");
    assert_eq!(uuid4(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
}
