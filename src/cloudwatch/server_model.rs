//! What each operation takes, member by member, with the limits of the service's own model.
//!
//! Source: the service model 2014-03-28 that AWS's SDKs are made from. PutLogEvents is not here: its events are
//! checked as they are read, since there are many of them. To add an operation, add a line to `OPERATIONS`.

use super::server_limits::{Form, Member, Pattern, Text};
use super::wire::{NAME_MAX_CHARS, PAGE_MAX_EVENTS, PAGE_MAX_NAMES};

/// The members that are limited, by operation.
#[rustfmt::skip]
pub const OPERATIONS: &[(&str, &[Member])] = &[
    ("AssociateKmsKey", &[may("logGroupName", GROUP), must("kmsKeyId", KEY), may("resourceIdentifier", RESOURCE)]),
    ("CreateLogGroup", &[must("logGroupName", GROUP), may("kmsKeyId", KEY), may("tags", TAGS), may("logGroupClass", CLASS), may("deletionProtectionEnabled", Form::Flag)]),
    ("CreateLogStream", &[must("logGroupName", GROUP), must("logStreamName", STREAM)]),
    ("DeleteLogGroup", &[must("logGroupName", GROUP)]),
    ("DeleteLogStream", &[must("logGroupName", GROUP), must("logStreamName", STREAM)]),
    ("DeleteRetentionPolicy", &[must("logGroupName", GROUP)]),
    ("DescribeLogGroups", &[
        may("accountIdentifiers", ACCOUNTS), may("logGroupNamePrefix", GROUP), may("logGroupNamePattern", GROUP_PART),
        may("includeLinkedAccounts", Form::Flag), may("nextToken", TOKEN), may("limit", NAMES), may("logGroupClass", CLASS),
        may("logGroupIdentifiers", Form::List { least: 1, most: PAGE_MAX_NAMES, of: &IDENTIFIER }),
    ]),
    ("DescribeLogStreams", &[
        may("logGroupName", GROUP), may("logGroupIdentifier", IDENTIFIER), may("logStreamNamePrefix", STREAM),
        may("orderBy", Form::OneOf(&["LogStreamName", "LastEventTime"])), may("descending", Form::Flag), may("nextToken", TOKEN), may("limit", NAMES),
    ]),
    ("DescribeQueries", &[
        may("logGroupName", GROUP),
        may("status", Form::OneOf(&["Scheduled", "Running", "Complete", "Failed", "Cancelled", "Timeout", "Unknown"])),
        may("maxResults", Form::Number { least: 1, most: 1_000 }), may("nextToken", TOKEN), may("queryLanguage", LANGUAGE),
    ]),
    ("DisassociateKmsKey", &[may("logGroupName", GROUP), may("resourceIdentifier", RESOURCE)]),
    ("FilterLogEvents", &[
        may("logGroupName", GROUP), may("logGroupIdentifier", IDENTIFIER), may("logStreamNames", STREAMS),
        may("logStreamNamePrefix", STREAM), may("startTime", TIME), may("endTime", TIME), may("filterPattern", FILTER),
        may("nextToken", TOKEN), may("limit", EVENTS), may("interleaved", Form::Flag), may("startFromHead", Form::Flag),
        may("unmask", Form::Flag),
    ]),
    ("GetLogEvents", &[
        may("logGroupName", GROUP), may("logGroupIdentifier", IDENTIFIER), must("logStreamName", STREAM),
        may("startTime", TIME), may("endTime", TIME), may("nextToken", TOKEN), may("limit", EVENTS),
        may("startFromHead", Form::Flag), may("unmask", Form::Flag),
    ]),
    ("GetLogRecord", &[must("logRecordPointer", ANY_TEXT), may("unmask", Form::Flag)]),
    ("GetQueryResults", &[
        must("queryId", QUERY_ID), may("nextToken", Form::Text(&text(0, 1_024, None))),
        may("maxItems", Form::Number { least: 0, most: 10_000 }),
    ]),
    ("ListLogGroups", &[
        may("logGroupNamePattern", Form::Text(&text(3, 129, Some(&GROUP_CHOICE)))), may("logGroupClass", CLASS),
        may("includeLinkedAccounts", Form::Flag), may("accountIdentifiers", ACCOUNTS), may("nextToken", TOKEN),
        may("limit", Form::Number { least: 1, most: 1_000 }),
        may("dataSources", Form::List { least: 1, most: 5, of: &Form::Object(&[must("name", ANY_TEXT), may("type", ANY_TEXT)]) }),
        may("fieldIndexNames", Form::List { least: 1, most: 20, of: &GROUP }),
        may("logGroupTags", Form::List { least: 1, most: 5, of: &Form::Object(&[
            must("key", Form::Text(&TAG_KEY)), may("values", Form::List { least: 0, most: 5, of: &TAG_FILTER }),
        ]) }),
    ]),
    ("ListLogGroupsForQuery", &[
        must("queryId", QUERY_ID), may("nextToken", TOKEN), may("maxResults", Form::Number { least: 50, most: 500 }),
    ]),
    ("ListTagsForResource", &[must("resourceArn", ARN)]),
    ("ListTagsLogGroup", &[must("logGroupName", GROUP)]),
    ("PutLogGroupDeletionProtection", &[must("logGroupIdentifier", IDENTIFIER), must("deletionProtectionEnabled", Form::Flag)]),
    ("PutRetentionPolicy", &[must("logGroupName", GROUP), must("retentionInDays", Form::Number { least: i64::MIN, most: i64::MAX })]),
    ("StartLiveTail", &[
        must("logGroupIdentifiers", Form::List { least: 1, most: 10, of: &IDENTIFIER }), may("logStreamNames", STREAMS),
        may("logStreamNamePrefixes", STREAMS), may("logEventFilterPattern", FILTER),
    ]),
    ("StartQuery", &[
        may("queryLanguage", LANGUAGE), may("logGroupName", GROUP),
        may("logGroupNames", Form::List { least: 0, most: usize::MAX, of: &GROUP }),
        may("logGroupIdentifiers", Form::List { least: 0, most: usize::MAX, of: &IDENTIFIER }),
        must("startTime", TIME), must("endTime", TIME), must("queryString", Form::Text(&text(0, 10_000, None))),
        may("limit", Form::Number { least: 1, most: 100_000 }),
    ]),
    ("StopQuery", &[must("queryId", QUERY_ID)]),
    ("TagLogGroup", &[must("logGroupName", GROUP), must("tags", TAGS)]),
    ("TagResource", &[must("resourceArn", ARN), must("tags", TAGS)]),
    ("TestMetricFilter", &[
        must("filterPattern", FILTER),
        must("logEventMessages", Form::List { least: 1, most: 50, of: &Form::Text(&text(1, usize::MAX, None)) }),
    ]),
    ("UntagLogGroup", &[must("logGroupName", GROUP), must("tags", Form::List { least: 1, most: usize::MAX, of: &Form::Text(&TAG_KEY) })]),
    ("UntagResource", &[must("resourceArn", ARN), must("tagKeys", Form::List { least: 0, most: 50, of: &Form::Text(&TAG_KEY) })]),
];

/// Members of PutLogEvents besides its events.
#[rustfmt::skip]
pub const PUT_LOG_EVENTS: &[Member] = &[
    must("logGroupName", GROUP), must("logStreamName", STREAM), may("sequenceToken", TOKEN),
    may("entity", Form::Object(&[
        may("keyAttributes", Form::Map { least: 2, most: 4, key: &text(1, 32, None), value: &text(1, 512, None) }),
        may("attributes", Form::Map { least: 0, most: 10, key: &text(1, 256, None), value: &text(1, 512, None) }),
    ])),
];

const GROUP: Form = Form::Text(&text(1, NAME_MAX_CHARS, Some(&GROUP_NAME)));
const GROUP_PART: Form = Form::Text(&text(0, NAME_MAX_CHARS, Some(&GROUP_NAME_OR_NONE)));
const STREAM: Form = Form::Text(&text(1, NAME_MAX_CHARS, Some(&STREAM_NAME)));
const STREAMS: Form = Form::List {
    least: 1,
    most: 100,
    of: &STREAM,
};
const IDENTIFIER: Form = Form::Text(&text(1, 2_048, Some(&GROUP_IDENTIFIER)));
const RESOURCE: Form = Form::Text(&text(1, 2_048, Some(&RESOURCE_IDENTIFIER)));
const ARN: Form = Form::Text(&text(1, 1_011, Some(&RESOURCE_ARN)));
const ANY_TEXT: Form = Form::Text(&text(0, usize::MAX, None));
const KEY: Form = Form::Text(&text(0, 256, None));
const TOKEN: Form = Form::Text(&text(1, usize::MAX, None));
const QUERY_ID: Form = Form::Text(&text(1, 256, None));
const FILTER: Form = Form::Text(&text(0, super::pattern::PATTERN_MAX_CHARS, None));
const NAMES: Form = Form::Number {
    least: 1,
    most: PAGE_MAX_NAMES as i64,
};
const EVENTS: Form = Form::Number {
    least: 1,
    most: PAGE_MAX_EVENTS as i64,
};
const TIME: Form = Form::Number {
    least: 0,
    most: i64::MAX,
};
const CLASS: Form = Form::OneOf(&["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"]);
const LANGUAGE: Form = Form::OneOf(&["CWLI", "SQL", "PPL"]);
const ACCOUNTS: Form = Form::List {
    least: 0,
    most: 20,
    of: &Form::Text(&text(12, 12, Some(&ACCOUNT))),
};
const TAGS: Form = Form::Map {
    least: 1,
    most: super::server_tags::MAX_TAGS,
    key: &TAG_KEY,
    value: &TAG_VALUE,
};
const TAG_KEY: Text = text(1, 128, Some(&TAG_KEY_TEXT));
const TAG_VALUE: Text = text(0, 256, Some(&TAG_VALUE_TEXT));
const TAG_FILTER: Form = Form::Text(&text(0, 259, Some(&TAG_FILTER_TEXT)));

const GROUP_NAME: Pattern = Pattern {
    text: r"[\.\-_/#A-Za-z0-9]+",
    fits: |text| !text.is_empty() && text.chars().all(is_of_name),
};
const GROUP_NAME_OR_NONE: Pattern = Pattern {
    text: r"[\.\-_/#A-Za-z0-9]*",
    fits: |text| text.chars().all(is_of_name),
};
/// Up to five beginnings or parts of names, of 3 to 24 characters.
const GROUP_CHOICE: Pattern = Pattern {
    text: r"(\^?[\.\-_\/#A-Za-z0-9]{3,24})(\|\^?[\.\-_\/#A-Za-z0-9]{3,24}){0,4}",
    fits: |text| {
        let is_part = |part: &str| {
            let part = part.strip_prefix('^').unwrap_or(part);
            (3..=24).contains(&part.len()) && part.chars().all(is_of_name)
        };
        text.split('|').count() <= 5 && text.split('|').all(is_part)
    },
};
const STREAM_NAME: Pattern = Pattern {
    text: "[^:*]*",
    fits: |text| !text.contains([':', '*']),
};
const GROUP_IDENTIFIER: Pattern = Pattern {
    text: r"[\w#+=/:,.@-]*",
    fits: |text| text.chars().all(|c| is_of_arn(c) || c == '#'),
};
const RESOURCE_IDENTIFIER: Pattern = Pattern {
    text: r"[\w+=/:,.@\-\*]*",
    fits: |text| text.chars().all(|c| is_of_arn(c) || c == '*'),
};
const RESOURCE_ARN: Pattern = Pattern {
    text: r"[\w+=/:,.@-]*",
    fits: |text| text.chars().all(is_of_arn),
};
const ACCOUNT: Pattern = Pattern {
    text: r"^\d{12}$",
    fits: |text| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()),
};
const TAG_KEY_TEXT: Pattern = Pattern {
    text: r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]+)$",
    fits: |text| !text.is_empty() && text.chars().all(is_of_tag),
};
const TAG_VALUE_TEXT: Pattern = Pattern {
    text: r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$",
    fits: |text| text.chars().all(is_of_tag),
};
const TAG_FILTER_TEXT: Pattern = Pattern {
    text: r"^!?\*?([\p{L}\p{Z}\p{N}_.:/=+\-@]*)\*?$",
    fits: |text| {
        let text = text.strip_prefix('!').unwrap_or(text);
        let text = text.strip_prefix('*').unwrap_or(text);
        let text = text.strip_suffix('*').unwrap_or(text);
        text.chars().all(is_of_tag)
    },
};

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || ".-_/#".contains(character)
}

fn is_of_arn(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_+=/:,.@-".contains(character)
}

// Letters, separators and digits of any script.
fn is_of_tag(character: char) -> bool {
    let is_separator = character.is_whitespace() && !character.is_control();
    character.is_alphanumeric() || is_separator || "_.:/=+-@".contains(character)
}

const fn must(name: &'static str, form: Form) -> Member {
    Member {
        name,
        is_required: true,
        form,
    }
}

const fn may(name: &'static str, form: Form) -> Member {
    Member {
        name,
        is_required: false,
        form,
    }
}

const fn text(least: usize, most: usize, pattern: Option<&'static Pattern>) -> Text {
    Text {
        least,
        most,
        pattern,
    }
}
