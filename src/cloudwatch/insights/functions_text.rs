//! Functions of texts, and of what texts are coded as.

use sha2::{Digest, Sha256};

use super::catalogue::{Function, Kind, Param, Work};
use super::expression::{MADE_MAX_BYTES, Pure, Times};
use super::functions::{MANY, function};
use super::md5::md5;
use super::value::Value;

use Param::{Any, Condition, Number, Regex, Text};

const fn text(
    name: &'static str,
    form: &'static str,
    params: &'static [Param],
    gives: Kind,
    pure: Pure,
) -> Function {
    function("texts", name, form, params, gives, pure)
}

/// Functions of texts.
pub const TEXTS: &[Function] = &[
    text("isempty", "isempty(f)", &[Any], Kind::Bool, |of, _| {
        Value::Bool(
            of.first()
                .is_none_or(|it| it.shown().is_none_or(|text| text.is_empty())),
        )
    }),
    text("isblank", "isblank(f)", &[Any], Kind::Bool, |of, _| {
        Value::Bool(
            of.first()
                .is_none_or(|it| it.shown().is_none_or(|text| text.trim().is_empty())),
        )
    }),
    Function {
        n_more: MANY,
        ..text("concat", "concat(a, b, …)", &[Text], Kind::Text, concat)
    },
    trimming("trim", "trim(s, characters)", |of, _| {
        trimmed(of, true, true)
    }),
    trimming("ltrim", "ltrim(s, characters)", |of, _| {
        trimmed(of, true, false)
    }),
    trimming("rtrim", "rtrim(s, characters)", |of, _| {
        trimmed(of, false, true)
    }),
    text("strlen", "strlen(s)", &[Text], Kind::Number, |of, _| {
        with_text(of, |text| Value::Number(text.chars().count() as f64))
    }),
    text("toupper", "toupper(s)", &[Text], Kind::Text, |of, _| {
        with_text(of, |text| Value::of_text(text.to_uppercase()))
    }),
    text("tolower", "tolower(s)", &[Text], Kind::Text, |of, _| {
        with_text(of, |text| Value::of_text(text.to_lowercase()))
    }),
    Function {
        n_required: 2,
        ..text(
            "substr",
            "substr(s, from, length)",
            &[Text, Number, Number],
            Kind::Text,
            substr,
        )
    },
    text(
        "replace",
        "replace(s, what, with)",
        &[Text, Text, Text],
        Kind::Text,
        replace,
    ),
    Function {
        work: Work::RegexReplace,
        ..text(
            "regexReplace",
            "regexReplace(s, /re/, with)",
            &[Text, Regex, Text],
            Kind::Text,
            |_, _| Value::Null,
        )
    },
    Function {
        n_required: 2,
        ..text(
            "strcontains",
            "strcontains(s, part, ignoresCase)",
            &[Text, Text, Condition],
            Kind::Bool,
            contains,
        )
    },
    text(
        "startsWith",
        "startsWith(s, part)",
        &[Text, Text],
        Kind::Bool,
        |of, _| two(of, |text, part| Value::Bool(text.starts_with(part))),
    ),
    text(
        "endsWith",
        "endsWith(s, part)",
        &[Text, Text],
        Kind::Bool,
        |of, _| two(of, |text, part| Value::Bool(text.ends_with(part))),
    ),
    text(
        "split",
        "split(s, between)",
        &[Text, Text],
        Kind::Structure,
        |of, _| {
            two(of, |text, between| {
                let parts: Vec<&str> = match between.is_empty() {
                    true => vec![text],
                    false => text.split(between).collect(),
                };
                Value::Structure(std::sync::Arc::new(parts.into()))
            })
        },
    ),
];

const fn code(name: &'static str, form: &'static str, gives: Kind, pure: Pure) -> Function {
    function("codes", name, form, &[Text], gives, pure)
}

/// Functions of codes and digests.
pub const CODES: &[Function] = &[
    code("urlencode", "urlencode(s)", Kind::Text, |of, _| {
        with_text(of, |text| Value::of_text(url_encoded(text)))
    }),
    code("urldecode", "urldecode(s)", Kind::Text, |of, _| {
        with_text(of, |text| of_bytes(url_decoded(text)))
    }),
    code("base64encode", "base64encode(s)", Kind::Text, |of, _| {
        with_text(of, |text| Value::of_text(base64_encoded(text.as_bytes())))
    }),
    code("base64decode", "base64decode(s)", Kind::Text, |of, _| {
        with_text(of, |text| of_bytes(base64_decoded(text)))
    }),
    code("hexToAscii", "hexToAscii(s)", Kind::Text, |of, _| {
        with_text(of, |text| of_bytes(bytes_of_hex(text)))
    }),
    code("hexToDec", "hexToDec(s)", Kind::Number, |of, _| {
        with_text(of, |text| {
            let digits = text
                .strip_prefix("0x")
                .or(text.strip_prefix("0X"))
                .unwrap_or(text);
            let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u64::from_str_radix(digits, 16).ok().filter(|_| is_hex);
            number.map_or(Value::Null, |number| Value::Number(number as f64))
        })
    }),
    function(
        "codes",
        "decToHex",
        "decToHex(n)",
        &[Number],
        Kind::Text,
        |of, _| match of.first().and_then(Value::number) {
            Some(number) if number.fract() == 0.0 && (0.0..1.8e19).contains(&number) => {
                Value::of_text(format!("0x{:x}", number as u64))
            }
            _ => Value::Null,
        },
    ),
    code("md5", "md5(s)", Kind::Text, |of, _| {
        with_text(of, |text| Value::of_text(hex(&md5(text.as_bytes()))))
    }),
    code("sha256", "sha256(s)", Kind::Text, |of, _| {
        with_text(of, |text| {
            Value::of_text(hex(&Sha256::digest(text.as_bytes())))
        })
    }),
];

const fn trimming(name: &'static str, form: &'static str, pure: Pure) -> Function {
    Function {
        n_required: 1,
        ..text(name, form, &[Text, Text], Kind::Text, pure)
    }
}

fn with_text<'v>(of: &[Value<'v>], make: impl FnOnce(&str) -> Value<'v>) -> Value<'v> {
    let text = of.first().and_then(Value::text);
    text.map_or(Value::Null, |text| make(&text))
}

fn two<'v>(of: &[Value<'v>], make: impl FnOnce(&str, &str) -> Value<'v>) -> Value<'v> {
    let text = |idx: usize| of.get(idx).and_then(Value::text);
    match (text(0), text(1)) {
        (Some(a), Some(b)) => make(&a, &b),
        _ => Value::Null,
    }
}

// What is not there is left out, unless nothing is there.
fn concat<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    let texts: Vec<_> = of.iter().filter_map(Value::text).collect();
    let n_bytes: usize = texts.iter().map(|it| it.len()).sum();
    match texts.is_empty() || n_bytes > MADE_MAX_BYTES {
        true => Value::Null,
        false => Value::of_text(texts.concat()),
    }
}

fn trimmed<'v>(of: &[Value<'v>], left: bool, right: bool) -> Value<'v> {
    let characters = match of.get(1) {
        None => None,
        Some(characters) => match characters.text() {
            Some(characters) => Some(characters),
            None => return Value::Null,
        },
    };
    let is_cut = |c: char| match &characters {
        Some(characters) => characters.contains(c),
        None => c.is_whitespace(),
    };
    with_text(of, |text| {
        let text = if left {
            text.trim_start_matches(is_cut)
        } else {
            text
        };
        let text = if right {
            text.trim_end_matches(is_cut)
        } else {
            text
        };
        Value::of_text(text)
    })
}

fn substr<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    let count = |idx: usize| match of.get(idx) {
        None => Some(usize::MAX),
        Some(value) => value.number().map(|number| number.max(0.0) as usize),
    };
    let (Some(from), Some(length)) = (count(1), count(2)) else {
        return Value::Null;
    };
    with_text(of, |text| {
        Value::of_text(text.chars().skip(from).take(length).collect::<String>())
    })
}

fn replace<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    let Some(with) = of.get(2).and_then(Value::text) else {
        return Value::Null;
    };
    two(of, |text, what| {
        if what.is_empty() {
            return Value::of_text(text);
        }
        let n = text.matches(what).count();
        match n.saturating_mul(with.len()).saturating_add(text.len()) > MADE_MAX_BYTES {
            true => Value::Null,
            false => Value::of_text(text.replace(what, &with)),
        }
    })
}

fn contains<'v>(of: &[Value<'v>], _: &Times) -> Value<'v> {
    let ignores_case = of.get(2).is_some_and(Value::is_true);
    two(of, |text, part| {
        Value::Bool(match ignores_case {
            true => text.to_lowercase().contains(&part.to_lowercase()),
            false => text.contains(part),
        })
    })
}

// Bytes that are no text give no value.
fn of_bytes<'v>(bytes: Option<Vec<u8>>) -> Value<'v> {
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map_or(Value::Null, Value::of_text)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let digit = |byte: &u8| {
        char::from(*byte)
            .to_digit(16)
            .and_then(|it| u8::try_from(it).ok())
    };
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    };
    digits.chunks(2).map(pair).collect()
}

fn url_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

// A plus is a blank, as in a form; a percent sign without two digits stands for itself.
fn url_decoded(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = text.get(at + 1..at + 3).filter(|_| byte == b'%');
        let escaped = escape.filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) => {
                decoded.push(escaped);
                at += 3;
            }
            None => {
                decoded.push(if byte == b'+' { b' ' } else { byte });
                at += 1;
            }
        }
    }
    Some(decoded)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_encoded(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 4 / 3 + 4);
    for chunk in bytes.chunks(3) {
        let byte = |idx: usize| u32::from(chunk.get(idx).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for idx in 0..4 {
            let digit = (bits >> (18 - 6 * idx) & 63) as usize;
            let is_there = idx <= chunk.len();
            let digit = BASE64.get(digit).copied().unwrap_or(b'=');
            text.push(if is_there { char::from(digit) } else { '=' });
        }
    }
    text
}

fn base64_decoded(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().trim_end_matches('=');
    let (mut bits, mut n_bits) = (0_u32, 0);
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for byte in digits.bytes() {
        let byte = match byte {
            b'-' => b'+',
            b'_' => b'/',
            byte => byte,
        };
        let digit = BASE64.iter().position(|it| *it == byte)?;
        bits = bits << 6 & 0xffff | u32::try_from(digit).ok()?;
        n_bits += 6;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits & 0xff) as u8);
        }
    }
    Some(bytes)
}
