//! Signatures that botocore 1.44.5 made, at one moment and with one key, and what is wrong with others.

use axum::http::Request;
use axum::http::request::Parts;
use jiff::Timestamp;

use super::signature::{SignatureError, verify};
use crate::settings::secret::Secret;

const KEY: &str = "the-stack's+key/=";
const SCOPE: &str = "AKID/with/slashes/20261201/eu-west-1";
const TIME: &str = "20261201T050000Z";

fn now() -> Timestamp {
    "2026-12-01T05:00:00Z".parse().unwrap()
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(now().as_second() + seconds).unwrap()
}

/// A request as it comes over the wire: method, path, service, signed headers, signature, headers, body.
struct Signed {
    method: &'static str,
    path: &'static str,
    service: &'static str,
    signed_headers: &'static str,
    signature: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
}

const SIGNED: [Signed; 6] = [
    Signed {
        method: "POST",
        path: "/Traces",
        service: "xray",
        signed_headers: "content-type;host;x-amz-date",
        signature: "77c7715e11444a5c9eaa82227dc08fdc530b3fbff1dade737977e8b3cf63f3a8",
        headers: &[
            ("host", "127.0.0.1:4318"),
            ("content-type", "application/json"),
        ],
        body: r#"{"TraceIds":[]}"#,
    },
    Signed {
        method: "POST",
        path: "/",
        service: "logs",
        signed_headers: "content-type;host;x-amz-date;x-amz-target",
        signature: "fddc45322893cb04df3daa32a23b7685f3268631ac4bb5ba46eaae670d565a42",
        headers: &[
            ("host", "localhost:4318"),
            ("content-type", "application/x-amz-json-1.1"),
            ("x-amz-target", "Logs_20140328.DescribeLogGroups"),
        ],
        body: "{}",
    },
    Signed {
        method: "POST",
        path: "/a%20b/./c/../d//e/",
        service: "xray",
        signed_headers: "host;x-amz-date;x-odd",
        signature: "7028294f89328a5b1446e64805c5411806e1157c4ae7bcc64ac64e2bd6dc5382",
        headers: &[
            ("host", "localhost:4318"),
            ("x-odd", "  two   blanks\tand a tab "),
        ],
        body: "",
    },
    Signed {
        method: "GET",
        path: "/TelemetryRecords?b=2&a=1&a=%20x&empty=&c%2Fd=%C3%A9",
        service: "xray",
        signed_headers: "host;x-amz-date",
        signature: "d82e930e5009f733201bf3838722fe19dfcd11a6031e72010faacd2b7b40ab91",
        headers: &[("host", "localhost:4318")],
        body: "",
    },
    Signed {
        method: "POST",
        path: "/Groups",
        service: "xray",
        signed_headers: "host;x-amz-content-sha256;x-amz-date",
        signature: "24fd632da5305355416be61ac3ba29dcd0503a8b19b89fc172c8a1305c750c33",
        headers: &[
            ("host", "localhost:4318"),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
        ],
        body: "anything",
    },
    Signed {
        method: "POST",
        path: "/Groups",
        service: "xray",
        signed_headers: "host;x-amz-content-sha256;x-amz-date",
        signature: "4dbf38082d2b0805ea4eee6546d17119b79d04dfa2e139d7bc0d6a25617e197f",
        headers: &[
            ("host", "localhost:4318"),
            ("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        ],
        body: "anything",
    },
];

const PRESIGNED: &str = "/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
    &X-Amz-Credential=AKID%2Fwith%2Fslashes%2F20261201%2Feu-west-1%2Fsts%2Faws4_request\
    &X-Amz-Date=20261201T050000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host\
    &X-Amz-Signature=365280739cbd5c635e4bfb985fbc1a215099f2492feec74d928dd0873bdda9b1";

fn authorization(signed: &Signed) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={SCOPE}/{}/aws4_request, SignedHeaders={}, Signature={}",
        signed.service, signed.signed_headers, signed.signature
    )
}

fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn head_of(signed: &Signed, authorization: &str, time: &str) -> Parts {
    let own = [("x-amz-date", time), ("authorization", authorization)];
    head(signed.method, signed.path, &[signed.headers, &own].concat())
}

fn key(text: &str) -> Secret {
    Secret::new(text.to_string())
}

#[test]
fn what_botocore_signs_with_the_key_is_taken_and_with_another_is_not() {
    for signed in &SIGNED {
        let head = head_of(signed, &authorization(signed), TIME);
        let body = signed.body.as_bytes();
        assert_eq!(
            verify(&head, body, &key(KEY), now()),
            Ok(()),
            "{}",
            signed.path
        );
        for other in ["", "local", "the-stack's+key/", "the-stack's+key/=="] {
            let refused = verify(&head, body, &key(other), now());
            assert_eq!(
                refused,
                Err(SignatureError::Mismatch),
                "{} {other}",
                signed.path
            );
        }
    }
    let presigned = head("POST", PRESIGNED, &[("host", "localhost:4318")]);
    assert_eq!(verify(&presigned, b"", &key(KEY), now()), Ok(()));
    assert_eq!(
        verify(&presigned, b"", &key("local"), now()),
        Err(SignatureError::Mismatch)
    );
}

#[test]
fn nothing_that_was_signed_can_be_changed() {
    let [traces, logs, ..] = &SIGNED;
    let said = authorization(traces);
    let own = [
        ("content-type", "application/json"),
        ("x-amz-date", TIME),
        ("authorization", said.as_str()),
    ];
    let with = |method, path, host| head(method, path, &[&own[..], &[("host", host)]].concat());
    let body = traces.body.as_bytes();
    let host = "127.0.0.1:4318";
    for (head, body) in [
        (with("POST", "/Traces", host), &b"{}"[..]),
        (with("POST", "/TraceGraph", host), body),
        (with("POST", "/Traces?a=1", host), body),
        (with("GET", "/Traces", host), body),
        (with("POST", "/Traces", "localhost:4318"), body),
    ] {
        let refused = verify(&head, body, &key(KEY), now());
        assert_eq!(refused, Err(SignatureError::Mismatch), "{head:?}");
    }
    let mut head = head_of(logs, &authorization(logs), TIME);
    let other = "Logs_20140328.DeleteLogGroup".parse().unwrap();
    head.headers.insert("x-amz-target", other);
    let refused = verify(&head, logs.body.as_bytes(), &key(KEY), now());
    assert_eq!(refused, Err(SignatureError::Mismatch));
    let mut head = head_of(traces, &said, TIME);
    let wrong = "0".repeat(64).parse().unwrap();
    head.headers.insert("x-amz-content-sha256", wrong);
    assert_eq!(
        verify(&head, body, &key(KEY), now()),
        Err(SignatureError::Body)
    );
}

#[test]
fn a_signature_holds_for_five_minutes_and_one_in_a_query_as_long_as_it_says() {
    let [traces, ..] = &SIGNED;
    let signed = head_of(traces, &authorization(traces), TIME);
    let presigned = head("POST", PRESIGNED, &[("host", "localhost:4318")]);
    for (head, body, at, says) in [
        (&signed, traces.body, 300, ""),
        (&signed, traces.body, -300, ""),
        (
            &signed,
            traces.body,
            301,
            "Signature expired: 20261201T050000Z is now earlier than 20261201T050001Z (20261201T050501Z - 5 min.)",
        ),
        (
            &signed,
            traces.body,
            -301,
            "Signature not yet current: 20261201T050000Z is still later than 20261201T045959Z (20261201T045459Z + 5 min.)",
        ),
        (&presigned, "", 60, ""),
        (&presigned, "", 61, "Signature expired: "),
        (&presigned, "", -301, "Signature not yet current: "),
    ] {
        match verify(head, body.as_bytes(), &key(KEY), later(at)) {
            Ok(()) => assert_eq!(says, "", "{at}"),
            Err(SignatureError::Time(text)) => {
                assert!(!says.is_empty() && text.starts_with(says), "{text}")
            }
            Err(other) => panic!("{at}: {other:?}"),
        }
    }
}

#[test]
fn what_lacks_a_part_is_told_which() {
    let [traces, logs, ..] = &SIGNED;
    let whole = authorization(traces);
    let bare = head("POST", "/Traces", &[("host", "h")]);
    assert_eq!(
        verify(&bare, b"", &key(KEY), now()),
        Err(SignatureError::Missing)
    );
    let without = |part: &str| {
        let parts: Vec<&str> = whole
            .split(' ')
            .filter(|it| !it.starts_with(part))
            .collect();
        parts.join(" ")
    };
    let cases = [
        (without("Credential"), TIME, "requires 'Credential'"),
        (without("SignedHeaders"), TIME, "requires 'SignedHeaders'"),
        (without("Signature"), TIME, "requires 'Signature'"),
        ("Bearer x".to_string(), TIME, "not 'Bearer'"),
        (
            whole.replace("HMAC", "ECDSA-P256"),
            TIME,
            "not 'AWS4-ECDSA-P256-SHA256'",
        ),
        (
            whole.replace("/aws4_request", ""),
            TIME,
            "5 slash-delimited",
        ),
        (
            whole.replace("aws4_request", "aws5"),
            TIME,
            "5 slash-delimited",
        ),
        (whole.replace("host;", ""), TIME, "'host' must be"),
        (whole.clone(), "yesterday", "Got 'yesterday'"),
        (whole.clone(), "20261201T050000", "basic format"),
        (whole.clone(), "20261301T050000Z", "basic format"),
    ];
    for (authorization, time, says) in cases {
        let head = head_of(traces, &authorization, time);
        match verify(&head, traces.body.as_bytes(), &key(KEY), now()) {
            Err(SignatureError::Incomplete(text)) => assert!(text.contains(says), "{text}"),
            other => panic!("{authorization} {time}: {other:?}"),
        }
    }
    let other_day = whole.replace("20261201", "20261130");
    let of_other_day = head_of(traces, &other_day, TIME);
    assert!(matches!(
        verify(&of_other_day, traces.body.as_bytes(), &key(KEY), now()),
        Err(SignatureError::Time(text)) if text.contains("'20261130' != '20261201'")
    ));
    let unsigned_target = authorization(logs).replace(";x-amz-target", "");
    let unsigned = head_of(logs, &unsigned_target, TIME);
    assert!(matches!(
        verify(&unsigned, logs.body.as_bytes(), &key(KEY), now()),
        Err(SignatureError::Incomplete(text)) if text.contains("'x-amz-target' must be")
    ));
    for odd in [
        "X-Amz-Expires=60",
        "X-Amz-Date=20261201T050000Z",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    ] {
        for with in ["X-Odd=1", &format!("{}=0", odd.split('=').next().unwrap())] {
            let path = PRESIGNED.replace(odd, with);
            let head = head("POST", &path, &[("host", "localhost:4318")]);
            let refused = verify(&head, b"", &key(KEY), now());
            assert!(
                matches!(refused, Err(SignatureError::Incomplete(_))),
                "{path} {refused:?}"
            );
        }
    }
}
