//! Text that came from elsewhere: a server's words, a name in stored data, a file's content.

use std::fmt;

/// Text that came from elsewhere. It can only be shown in a form that steers no terminal.
///
/// The type holds the rule: each line of a field of this type is shown through [`printable`] wherever it is formatted.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Foreign(String);

impl Foreign {
    /// Returns the text as it came, to compare it or to send it back; never to show it.
    pub fn raw(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Foreign {
    fn from(text: T) -> Foreign {
        Foreign(text.into())
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A message with a caret under its place has several lines.
        let lines: Vec<String> = self.0.split('\n').map(printable).collect();
        f.write_str(lines.join("\n").trim_end())
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Returns `text` in one line, with every character written out that could steer a terminal or turn the
/// direction of writing.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_steering(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Tells whether a character steers a terminal, or can make a text read as another one.
///
/// Source: ECMA-48 for the C0 and C1 controls; Unicode Standard Annex 9 for the marks of direction.
pub fn is_steering(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        for (text, shown) in [
            ("a\x1b[2Jb\n", "a\\u{1b}[2Jb\\n"),
            ("\u{9b}31m\u{202e}x", "\\u{9b}31m\\u{202e}x"),
            ("\x1b]52;c;aGk=\x07", "\\u{1b}]52;c;aGk=\\u{7}"),
            ("größe 高", "größe 高"),
        ] {
            assert_eq!(printable(text), shown);
            assert_eq!(Foreign::from(text).raw(), text);
        }
        let message = "an error\r\n\x1b[31mhere\n";
        assert_eq!(
            Foreign::from(message).to_string(),
            "an error\\r\n\\u{1b}[31mhere"
        );
    }
}
