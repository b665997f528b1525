//! Makes fields of attributes: keys as they are, values as Honeycomb keeps them.

use super::any_value::{Any, longest_key};
use super::fields::Reader;
use super::json_text::json_text;
use super::message::ReadError;
use super::sample_rate::rate_of_value;
use crate::store::ValueRef;

/// Key-value lists become columns with dots until a name has this many parts; what lies deeper
/// becomes JSON text. Source: Honeycomb's translation library.
const MOST_PARTS: usize = 5;
/// A name that was put together is no longer than this, or its last list becomes JSON text: a long
/// key over a long list would otherwise make far more bytes than were sent.
/// Source for the number: Honeycomb's OpenAPI document, the longest `key_name` of a column.
const LONGEST_NAME: usize = 255;

/// The sample rate among some attributes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rate(pub Option<u32>);

/// Gives the fields of one attribute, a `KeyValue`, to `put`, in order.
///
/// A sample rate is no field of its own but goes to `rate`, unless it cannot be read: then whoever set it
/// finds it.
///
/// # Errors
/// As for [`Reader::pair`].
#[inline]
pub fn put_attribute(
    reader: &mut Reader,
    attribute: &[u8],
    rate: &mut Rate,
    put: &mut impl FnMut(&str, ValueRef<'_>),
) -> Result<(), ReadError> {
    let (key, value) = reader.pair(attribute, 0)?;
    if let "sampleRate" | "SampleRate" = &*key
        && let Some(found) = scalar(&value).and_then(rate_of_value)
    {
        // The first spelling is the preferred one, whichever comes first.
        if rate.0.is_none() || key == "sampleRate" {
            rate.0 = Some(found);
        }
        return Ok(());
    }
    put_value(
        reader,
        &key,
        &value,
        Nesting {
            n_parts: 1,
            depth: 0,
        },
        put,
    )
}

/// How deep a value lies: how many parts its name has, and in how many arrays and lists it is.
#[derive(Clone, Copy)]
pub struct Nesting {
    /// The parts of the name.
    pub n_parts: usize,
    /// The arrays and lists.
    pub depth: u32,
}

/// Gives a value under this name to `put`, or what it consists of.
///
/// # Errors
/// As for [`Reader::pair`].
#[inline]
pub fn put_value(
    reader: &mut Reader,
    name: &str,
    value: &Any<'_>,
    nesting: Nesting,
    put: &mut (impl FnMut(&str, ValueRef<'_>) + ?Sized),
) -> Result<(), ReadError> {
    if name.is_empty() {
        return reader.check(value, nesting.depth);
    }
    match scalar(value) {
        Some(scalar) => put(name, scalar),
        None => put_nested(reader, name, value, nesting, &mut &mut *put)?,
    }
    Ok(())
}

fn put_nested(
    reader: &mut Reader,
    name: &str,
    value: &Any<'_>,
    Nesting { n_parts, depth }: Nesting,
    put: &mut dyn FnMut(&str, ValueRef<'_>),
) -> Result<(), ReadError> {
    if let Any::List(list) = value
        && n_parts < MOST_PARTS
        && name.len() + 1 + longest_key(list)? <= LONGEST_NAME
    {
        let nesting = Nesting {
            n_parts: n_parts + 1,
            depth: depth + 1,
        };
        return reader.each_entry(list, depth, |reader, (key, value)| {
            put_value(reader, &format!("{name}.{key}"), &value, nesting, put)
        });
    }
    if !matches!(value, Any::Nothing) {
        put(name, ValueRef::Str(&json_text(reader, value, depth)?));
    }
    Ok(())
}

fn scalar<'v>(value: &'v Any<'_>) -> Option<ValueRef<'v>> {
    Some(match value {
        Any::Text(text) => ValueRef::Str(text),
        Any::Bool(bool) => ValueRef::Bool(*bool),
        Any::Int(int) => ValueRef::Int(*int),
        Any::Double(double) => ValueRef::Float(*double),
        Any::Nothing | Any::Bytes(_) | Any::Array(_) | Any::List(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::json_text::LONGEST_TEXT;
    use super::super::message::{AnyValue, ArrayValue, KeyValue, KeyValueList};
    use super::super::protobuf::Writer;
    use super::*;
    use crate::model::span::Value;
    use crate::otlp::fields::Fields;

    fn string(text: &str) -> AnyValue<'_> {
        AnyValue {
            string_value: Some(text.into()),
            ..AnyValue::default()
        }
    }

    fn list<'a>(entries: impl IntoIterator<Item = (&'a str, AnyValue<'a>)>) -> AnyValue<'a> {
        let values = entries.into_iter().map(|(key, value)| pair(key, value));
        let values = values.collect();
        AnyValue {
            kvlist_value: Some(Box::new(KeyValueList { values })),
            ..AnyValue::default()
        }
    }

    fn array<'a>(values: impl IntoIterator<Item = AnyValue<'a>>) -> AnyValue<'a> {
        let values = values.into_iter().collect();
        AnyValue {
            array_value: Some(Box::new(ArrayValue { values })),
            ..AnyValue::default()
        }
    }

    fn pair<'a>(key: &'a str, value: AnyValue<'a>) -> KeyValue<'a> {
        KeyValue {
            key: key.into(),
            value,
        }
    }

    fn fields_of(attributes: &[KeyValue<'_>]) -> (Vec<(String, Value)>, Option<u32>) {
        let mut writer = Writer::default();
        writer.attributes(1, attributes);
        let mut found = Vec::new();
        let mut rate = Rate::default();
        let mut put = |name: &str, value: ValueRef<'_>| {
            let value = match value {
                ValueRef::Str(text) => text.into(),
                ValueRef::Int(int) => int.into(),
                ValueRef::Float(float) => float.into(),
                ValueRef::Bool(bool) => bool.into(),
                ValueRef::Hex(id) => panic!("{id:?}"),
            };
            found.push((name.to_string(), value));
        };
        let mut fields = Fields::of(&writer.bytes);
        while let Some((_, field)) = fields.next().unwrap() {
            let bytes = field.bytes().unwrap();
            put_attribute(&mut Reader::default(), bytes, &mut rate, &mut put).unwrap();
        }
        (found, rate.0)
    }

    fn one(value: AnyValue<'_>) -> Option<Value> {
        let (fields, _) = fields_of(&[pair("a", value)]);
        assert!(fields.len() < 2, "{fields:?}");
        fields.into_iter().next().map(|(_, value)| value)
    }

    #[test]
    fn lists_of_keys_are_flattened_until_a_name_has_five_parts() {
        let deep = list([("f", string("six"))]);
        let five = list([("e", deep), ("e2", string("five"))]);
        let (fields, _) =
            fields_of(&[pair("a", list([("b", list([("c", list([("d", five)]))]))]))]);
        assert_eq!(
            fields,
            [
                ("a.b.c.d.e".to_string(), "{\"f\":\"six\"}\n".into()),
                ("a.b.c.d.e2".to_string(), "five".into()),
            ]
        );
    }

    #[test]
    fn a_name_that_would_become_too_long_keeps_its_list_as_text() {
        let key = "k".repeat(LONGEST_NAME - 2);
        let (fields, _) = fields_of(&[pair(&key, list([("b", string("x"))]))]);
        assert_eq!(fields, [(format!("{key}.b"), "x".into())]);
        let (fields, _) = fields_of(&[pair(&key, list([("bc", string("x"))]))]);
        assert_eq!(fields, [(key, "{\"bc\":\"x\"}\n".into())]);
    }

    #[test]
    fn arrays_and_bytes_are_json_text_with_a_line_s_end() {
        let bytes = AnyValue {
            bytes_value: Some(b"fo"[..].into()),
            ..AnyValue::default()
        };
        assert_eq!(
            one(array([string("<&>"), bytes])),
            Some("[\"<&>\",\"Zm8=\"]\n".into())
        );
        assert_eq!(one(array([])), Some("[]\n".into()));
        assert_eq!(one(AnyValue::default()), None);
        assert_eq!(one(list([])), None);
    }

    #[test]
    fn long_json_text_is_cut_between_two_characters() {
        let text = "é".repeat(LONGEST_TEXT);
        let Some(Value::Str(cut)) = one(array([string(&text)])) else {
            panic!("no text");
        };
        // Two bytes come before the first é, so the limit falls into the middle of one.
        assert_eq!(cut.len(), LONGEST_TEXT - 1);
        // A text that came as text is not cut.
        assert_eq!(one(string(&text)), Some(text.as_str().into()));
    }

    #[test]
    fn the_sample_rate_is_taken_out_and_its_first_spelling_preferred() {
        let both = [
            pair("SampleRate", string("3")),
            pair("sampleRate", string("2")),
        ];
        assert_eq!(fields_of(&both), (Vec::new(), Some(2)));
        let [a, b] = both;
        assert_eq!(fields_of(&[b, a]), (Vec::new(), Some(2)));
        let (fields, rate) = fields_of(&[pair("sampleRate", string("often"))]);
        assert_eq!((fields.len(), rate), (1, None));
    }

    #[test]
    fn nothing_comes_of_an_empty_key() {
        assert_eq!(fields_of(&[pair("", string("x"))]), (Vec::new(), None));
    }
}
