//! What a column cannot hold, as the JSON text that Honeycomb keeps of it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;

use super::any_value::{Any, Pair};
use super::base64::to_base64;
use super::fields::Reader;
use super::message::ReadError;

/// Texts that had to be built are cut at this many bytes. Source: Honeycomb's OpenAPI document.
pub const LONGEST_TEXT: usize = 65_535;

/// Returns the JSON text of a value, with a line's end; `depth` is in how many arrays and lists it lies.
///
/// # Errors
/// As for [`Reader::pair`].
pub fn json_text(reader: &mut Reader, value: &Any<'_>, depth: u32) -> Result<String, ReadError> {
    let mut json = Json(Vec::new());
    json.value(reader, value, depth)?;
    // The service writes such values with a line's end; see "Attribute values" in its translation.
    json.0.push(b'\n');
    let mut text = String::from_utf8(json.0)
        .unwrap_or_else(|odd| String::from_utf8_lossy(odd.as_bytes()).into_owned());
    text.truncate(text.floor_char_boundary(LONGEST_TEXT));
    Ok(text)
}

struct Json(Vec<u8>);

impl Json {
    fn value(&mut self, reader: &mut Reader, value: &Any<'_>, depth: u32) -> Result<(), ReadError> {
        match value {
            Any::Nothing => self.plain(&()),
            Any::Text(text) => self.text(text),
            Any::Bool(bool) => self.plain(bool),
            Any::Int(int) => self.plain(int),
            // What JSON has no number for becomes null.
            Any::Double(double) => self.plain(double),
            Any::Bytes(bytes) => {
                let first = bytes.get(..LONGEST_TEXT).unwrap_or(bytes);
                self.plain(&to_base64(first));
            }
            Any::Array(bytes) => {
                self.0.push(b'[');
                let mut is_first = true;
                reader.each_element(bytes, depth, |reader, element| {
                    self.comma(&mut is_first);
                    self.value(reader, &element, depth + 1)
                })?;
                self.0.push(b']');
            }
            Any::List(bytes) => self.list(reader, bytes, depth)?,
        }
        Ok(())
    }

    // A key that comes twice stands where it came first, with the value that came last.
    fn list(&mut self, reader: &mut Reader, bytes: &[u8], depth: u32) -> Result<(), ReadError> {
        let mut places: HashMap<Cow<'_, str>, usize> = HashMap::new();
        let mut entries: Vec<Pair<'_>> = Vec::new();
        reader.each_entry(bytes, depth, |reader, (key, value)| {
            match places.get(&key).and_then(|place| entries.get_mut(*place)) {
                Some((_, earlier)) => {
                    let earlier = std::mem::replace(earlier, value);
                    reader.check(&earlier, depth + 1)?;
                }
                None => {
                    places.insert(key.clone(), entries.len());
                    entries.push((key, value));
                }
            }
            Ok(())
        })?;
        self.0.push(b'{');
        let mut is_first = true;
        for (key, value) in &entries {
            self.comma(&mut is_first);
            self.text(key);
            self.0.push(b':');
            self.value(reader, value, depth + 1)?;
        }
        self.0.push(b'}');
        Ok(())
    }

    // No more of a text than may be kept: escaped, it could be six times as long.
    fn text(&mut self, text: &str) {
        let end = text.floor_char_boundary(LONGEST_TEXT + 1);
        self.plain(text.get(..end).unwrap_or(text));
    }

    // What comes behind the end of the text that is kept is still read, but not written.
    fn plain(&mut self, value: &(impl Serialize + ?Sized)) {
        if self.0.len() <= LONGEST_TEXT {
            // A vector takes everything, and these values are all JSON.
            let _ = serde_json::to_writer(&mut self.0, value);
        }
    }

    fn comma(&mut self, is_first: &mut bool) {
        if !std::mem::replace(is_first, false) {
            self.0.push(b',');
        }
    }
}
