//! What Cruddur's back end answers in week 2: fixed people, fixed words, times around now.
//!
//! Payloads and error codes are those of the bootcamp's services, with its two crashes mended: a
//! single activity can be shown, and a reply that is wrong says why. Fields stand in alphabetical
//! order because Flask sorts the keys of its JSON.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// The user that every request is from; week 2 knows no log-in yet.
pub const USER_HANDLE: &str = "andrewbrown";

/// The most characters of an activity.
pub const ACTIVITY_MAX_CHARS: usize = 280;
/// The most characters of a reply or of a message.
pub const MESSAGE_MAX_CHARS: usize = 1024;

const UUID_ANDREW: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
const UUID_WORF: &str = "66e12864-8c26-4c3a-9658-95a10f8fea67";
const UUID_GAREK: &str = "248959df-3079-4947-b847-9e0892d1bab4";
const UUID_REPLY: &str = "26e12864-1c26-5c3a-9658-97a10f8fea67";

/// An activity, a reply or a message; each has the fields that upstream gives it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Activity {
    /// When it was written, ISO 8601.
    pub created_at: String,
    /// The author's name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// When it goes away, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The author.
    pub handle: String,
    /// Upstream's second spelling of `likes_count`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likes: Option<u32>,
    /// How many liked it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub likes_count: Option<u32>,
    /// The words.
    pub message: String,
    /// What was said to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<Replies>,
    /// How many replied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies_count: Option<u32>,
    /// What it replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to_activity_uuid: Option<String>,
    /// How many passed it on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reposts_count: Option<u32>,
    /// Its own id.
    pub uuid: String,
}

/// The replies of an activity: a list in the feeds, a single object where one activity is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Replies {
    /// Any number.
    List(Vec<Activity>),
    /// Exactly one.
    One(Box<Activity>),
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MessageGroup {
    /// When it began, ISO 8601.
    pub created_at: String,
    /// The other person's name.
    pub display_name: &'static str,
    /// The other person.
    pub handle: &'static str,
    /// Its id.
    pub uuid: &'static str,
}

/// Error codes as upstream sends them; never more than one, because a later check overwrites an
/// earlier one.
pub type Codes = Vec<&'static str>;

/// Returns the home feed.
pub fn home(now: Timestamp) -> Vec<Activity> {
    let quiet =
        |uuid: &str, handle: &str, message: &str, age: SignedDuration, rest: SignedDuration| {
            Activity {
                expires_at: Some(aware(now + rest)),
                likes: Some(0),
                replies: Some(Replies::List(Vec::new())),
                ..bare(uuid, handle, message, aware(now - age))
            }
        };
    vec![
        popular(
            now,
            "Andrew Brown",
            "Cloud is fun!",
            "Worf",
            "This post has no honor!",
        ),
        quiet(
            UUID_WORF,
            "Worf",
            "I am out of prune juice",
            days(7),
            days(9),
        ),
        quiet(
            UUID_GAREK,
            "Garek",
            "My dear doctor, I am just simple tailor",
            SignedDuration::from_hours(1),
            SignedDuration::from_hours(12),
        ),
    ]
}

/// Returns the notifications.
pub fn notifications(now: Timestamp) -> Vec<Activity> {
    vec![popular(
        now,
        "coco",
        "I am white unicorn",
        "worf",
        "this post has no honor!",
    )]
}

/// Returns the feed of one user. Its times are naive, as upstream's are.
///
/// # Errors
/// `blank_user_handle`.
pub fn user_feed(now: Timestamp, handle: &str) -> Result<Vec<Activity>, Codes> {
    if handle.is_empty() {
        return Err(vec!["blank_user_handle"]);
    }
    Ok(vec![Activity {
        expires_at: Some(naive(now + days(31))),
        ..bare(
            UUID_GAREK,
            "Andrew Brown",
            "Cloud is fun!",
            naive(now - days(1)),
        )
    }])
}

/// Returns the activities that hold `term`.
///
/// # Errors
/// `search_term_blank`.
pub fn search(now: Timestamp, term: Option<&str>) -> Result<Vec<Activity>, Codes> {
    if term.is_none_or(str::is_empty) {
        return Err(vec!["search_term_blank"]);
    }
    Ok(vec![bare(
        UUID_GAREK,
        "Andrew Brown",
        "Cloud is fun!",
        aware(now),
    )])
}

/// Returns one activity, whichever was asked for, in a list.
pub fn show(now: Timestamp) -> Vec<Activity> {
    let created_at = aware(now - days(2));
    vec![Activity {
        expires_at: Some(aware(now + days(5))),
        replies: Some(Replies::One(Box::new(bare(
            UUID_REPLY,
            "Worf",
            "This post has no honor!",
            created_at.clone(),
        )))),
        ..bare(UUID_ANDREW, "Andrew Brown", "Cloud is fun!", created_at)
    }]
}

/// Writes an activity that lives for `ttl`: `30-days`, `7-days`, `3-days`, `1-day`, `12-hours`,
/// `3-hours` or `1-hour`.
///
/// # Errors
/// `ttl_blank`, overwritten by `user_handle_blank`, overwritten by `message_blank` or
/// `message_exceed_max_chars`.
pub fn create(
    now: Timestamp,
    uuid: String,
    handle: &str,
    message: Option<&str>,
    ttl: Option<&str>,
) -> Result<Activity, Codes> {
    let lifetime = ttl.and_then(lifetime);
    let mut code = None;
    if lifetime.is_none() {
        code = Some("ttl_blank");
    }
    if handle.is_empty() {
        code = Some("user_handle_blank");
    }
    let message = checked(message, ACTIVITY_MAX_CHARS, code)?;
    let expires_at = lifetime.map(|lifetime| aware(now + lifetime));
    Ok(Activity {
        expires_at,
        ..written(now, uuid, handle, message)
    })
}

/// Replies to an activity.
///
/// # Errors
/// `user_handle_blank`, `activity_uuid_blank`, `message_blank`, `message_exceed_max_chars`; the last
/// that applies.
pub fn reply(
    now: Timestamp,
    uuid: String,
    handle: &str,
    activity_uuid: &str,
    message: Option<&str>,
) -> Result<Activity, Codes> {
    let mut code = None;
    if handle.is_empty() {
        code = Some("user_handle_blank");
    }
    if activity_uuid.is_empty() {
        code = Some("activity_uuid_blank");
    }
    let message = checked(message, MESSAGE_MAX_CHARS, code)?;
    let reply_to_activity_uuid = Some(activity_uuid.to_string());
    Ok(Activity {
        reply_to_activity_uuid,
        ..written(now, uuid, handle, message)
    })
}

/// Returns the conversations.
pub fn message_groups(now: Timestamp) -> Vec<MessageGroup> {
    let group = |uuid, display_name, handle| MessageGroup {
        created_at: aware(now),
        display_name,
        handle,
        uuid,
    };
    vec![
        group(
            "24b95582-9e7b-4e0a-9ad1-639773ab7552",
            "Andrew Brown",
            "andrewbrown",
        ),
        group("417c360e-c4e6-4fce-873b-d2d71469b4ac", "Worf", "worf"),
    ]
}

/// Returns the messages of a conversation, the same with whomever it is.
pub fn messages(now: Timestamp) -> Vec<Activity> {
    let message = |uuid: &str, words| written(now, uuid.to_string(), USER_HANDLE, words);
    vec![
        message("4e81c06a-db0f-4281-b4cc-98208537772a", "Cloud is fun!"),
        message(UUID_WORF, "This platform is great!"),
    ]
}

/// Writes a message to `receiver`.
///
/// # Errors
/// `user_sender_handle_blank`, `user_reciever_handle_blank` (upstream's spelling), `message_blank`,
/// `message_exceed_max_chars`; the last that applies.
pub fn create_message(
    now: Timestamp,
    uuid: String,
    sender: &str,
    receiver: Option<&str>,
    message: Option<&str>,
) -> Result<Activity, Codes> {
    let mut code = None;
    if sender.is_empty() {
        code = Some("user_sender_handle_blank");
    }
    if receiver.is_none_or(str::is_empty) {
        code = Some("user_reciever_handle_blank");
    }
    let message = checked(message, MESSAGE_MAX_CHARS, code)?;
    Ok(written(now, uuid, sender, message))
}

/// A person, as later weeks show one beside a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserShort {
    /// The name for people.
    pub display_name: String,
    /// The handle.
    pub handle: String,
    /// The id.
    pub uuid: &'static str,
}

/// Returns one person; whoever is not known is called by the handle.
pub fn user_short(handle: &str) -> UserShort {
    let (display_name, uuid) = match handle {
        USER_HANDLE => ("Andrew Brown", UUID_ANDREW),
        "worf" => ("Worf", UUID_WORF),
        "garek" => ("Garek", UUID_GAREK),
        other => (other, UUID_REPLY),
    };
    UserShort {
        display_name: display_name.to_string(),
        handle: handle.to_string(),
        uuid,
    }
}

/// Changes the profile of the user that every request is from; nothing is kept.
///
/// # Errors
/// `display_name_blank`.
pub fn update_profile(display_name: Option<&str>) -> Result<UserShort, Codes> {
    match display_name {
        None | Some("") => Err(vec!["display_name_blank"]),
        Some(name) => Ok(UserShort {
            display_name: name.to_string(),
            ..user_short(USER_HANDLE)
        }),
    }
}

/// Returns a version 4 UUID made of random bits. Source: RFC 9562, section 5.4.
pub fn uuid4(random: u128) -> String {
    let bits = (random & !(0xf000 << 64) & !(0xc000 << 48)) | (0x4000 << 64) | (0x8000 << 48);
    let hex = format!("{bits:032x}");
    let (a, rest) = hex.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// Returns a time as Python's `isoformat` writes an aware one in UTC.
pub fn aware(time: Timestamp) -> String {
    format!("{}+00:00", naive(time))
}

/// Returns a time as Python's `isoformat` writes a naive one: microseconds only where there are any.
fn naive(time: Timestamp) -> String {
    let time = Offset::UTC.to_datetime(time);
    let whole = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    match time.subsec_nanosecond() / 1_000 {
        0 => whole,
        micros => format!("{whole}.{micros:06}"),
    }
}

fn days(n_days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * n_days)
}

fn lifetime(ttl: &str) -> Option<SignedDuration> {
    match ttl {
        "30-days" => Some(days(30)),
        "7-days" => Some(days(7)),
        "3-days" => Some(days(3)),
        "1-day" => Some(days(1)),
        "12-hours" => Some(SignedDuration::from_hours(12)),
        "3-hours" => Some(SignedDuration::from_hours(3)),
        "1-hour" => Some(SignedDuration::from_hours(1)),
        _ => None,
    }
}

/// Returns the message if it is fit and no `earlier` check has failed; counts characters, as Python.
fn checked<'a>(
    message: Option<&'a str>,
    limit_chars: usize,
    earlier: Option<&'static str>,
) -> Result<&'a str, Codes> {
    let message = message.unwrap_or_default();
    if message.is_empty() {
        return Err(vec!["message_blank"]);
    }
    if message.chars().count() > limit_chars {
        return Err(vec!["message_exceed_max_chars"]);
    }
    match earlier {
        Some(code) => Err(vec![code]),
        None => Ok(message),
    }
}

fn popular(
    now: Timestamp,
    handle: &str,
    message: &str,
    reply_handle: &str,
    reply_message: &str,
) -> Activity {
    let created_at = aware(now - days(2));
    let reply = Activity {
        likes_count: Some(0),
        replies_count: Some(0),
        reply_to_activity_uuid: Some(UUID_ANDREW.to_string()),
        reposts_count: Some(0),
        ..bare(UUID_REPLY, reply_handle, reply_message, created_at.clone())
    };
    Activity {
        expires_at: Some(aware(now + days(5))),
        likes_count: Some(5),
        replies: Some(Replies::List(vec![reply])),
        replies_count: Some(1),
        reposts_count: Some(0),
        ..bare(UUID_ANDREW, handle, message, created_at)
    }
}

fn written(now: Timestamp, uuid: String, handle: &str, message: &str) -> Activity {
    Activity {
        display_name: Some("Andrew Brown".to_string()),
        ..bare(&uuid, handle, message, aware(now))
    }
}

fn bare(uuid: &str, handle: &str, message: &str, created_at: String) -> Activity {
    Activity {
        created_at,
        display_name: None,
        expires_at: None,
        handle: handle.to_string(),
        likes: None,
        likes_count: None,
        message: message.to_string(),
        replies: None,
        replies_count: None,
        reply_to_activity_uuid: None,
        reposts_count: None,
        uuid: uuid.to_string(),
    }
}

#[cfg(test)]
#[path = "cruddur_tests.rs"]
mod tests;
