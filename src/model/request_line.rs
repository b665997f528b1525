//! The log line that Cruddur's back end writes of each request.
//!
//! Source: the bootcamp's `app.py`, week 2, an `after_request` that logs at ERROR:
//! `'%s %s %s %s %s %s', timestamp, remote_addr, method, scheme, full_path, status`.

/// What a line says of its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// Who asked.
    pub client: String,
    /// GET, POST, …
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// The path without its query.
    pub path: String,
    /// The answer's status.
    pub status: u16,
}

/// Where a text stops being such a line. Displays as one sentence's fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}")]
pub struct LineError {
    /// What should stand there.
    pub expected: &'static str,
    /// The first character of what is wrong, counted from 1.
    pub column: usize,
    /// How many characters are wrong; at least 1.
    pub length: usize,
}

impl RequestLine {
    /// Reads a line such as `[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home? 200 OK`.
    ///
    /// What stands between the brackets is not read, since months have names in any language.
    ///
    /// # Errors
    /// The first word that is none of a line's.
    pub fn parse(text: &str) -> Result<RequestLine, LineError> {
        let mut words = Words { text, at: 0 };
        words.bracket()?;
        let is_address = |word: &str| word == "-" || word.contains(['.', ':']) || word == "None";
        let client = words.word("the client's address", is_address)?;
        let is_method = |word: &str| word.bytes().all(|byte| byte.is_ascii_uppercase());
        let method = words.word("a method, such as GET", is_method)?;
        let scheme = words.word("http or https", |word| matches!(word, "http" | "https"))?;
        let (full_path, status) = words.path_and_status()?;
        Ok(RequestLine {
            client: client.to_string(),
            method: method.to_string(),
            scheme: scheme.to_string(),
            path: full_path.split('?').next().unwrap_or_default().to_string(),
            status,
        })
    }
}

/// The text, and the byte up to which it was read.
struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Words<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn bracket(&mut self) -> Result<(), LineError> {
        self.skip_blanks();
        let end = self.rest().starts_with('[').then(|| self.rest().find(']'));
        match end.flatten() {
            Some(end) => self.at += end + 1,
            None => return Err(self.error("a time in brackets, such as [2026-Nov-22 07:09]")),
        }
        Ok(())
    }

    fn word(
        &mut self,
        expected: &'static str,
        is_it: impl Fn(&str) -> bool,
    ) -> Result<&'t str, LineError> {
        self.skip_blanks();
        let word = self.rest().split_whitespace().next().unwrap_or_default();
        if word.is_empty() || !is_it(word) {
            return Err(self.error(expected));
        }
        self.at += word.len();
        Ok(word)
    }

    // Flask writes a path decoded, so it may have blanks in it; the status is the last number of three
    // digits that stands alone.
    fn path_and_status(&mut self) -> Result<(&'t str, u16), LineError> {
        self.skip_blanks();
        let rest = self.rest();
        if !rest.starts_with('/') {
            return Err(self.error("a path, such as /api/activities/home?"));
        }
        let mut end = rest.len();
        while let Some(blank) = rest.get(..end).and_then(|head| head.rfind(' ')) {
            let after = rest.get(blank + 1..).unwrap_or_default();
            let word = after.split_whitespace().next().unwrap_or_default();
            if let Some(status) = status_of(word) {
                let path = rest.get(..blank).unwrap_or_default().trim_end();
                return Ok((path, status));
            }
            end = blank;
        }
        self.at += rest.trim_end().len();
        Err(self.error("a status, such as 200 OK"))
    }

    fn error(&self, expected: &'static str) -> LineError {
        let before = self.text.get(..self.at).unwrap_or_default();
        let word = self.rest().split_whitespace().next().unwrap_or_default();
        LineError {
            expected,
            column: before.chars().count() + 1,
            length: word.chars().count().max(1),
        }
    }
}

fn status_of(word: &str) -> Option<u16> {
    let is_number = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let status = is_number.then(|| word.parse().ok()).flatten();
    status.filter(|status| (100..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home? 200 OK";

    #[test]
    fn lines_as_flask_writes_them_are_read() {
        for (line, method, path, status) in [
            (LINE, "GET", "/api/activities/home", 200),
            (
                "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home?x=1 200 OK",
                "GET",
                "/api/activities/home",
                200,
            ),
            (
                "[2026-Nov-22 07:09] ::1 POST https /nope? 404 NOT FOUND",
                "POST",
                "/nope",
                404,
            ),
            (
                "[2026-márc.-22 07:09] None PUT http /a 500 b? 500 INTERNAL SERVER ERROR\n",
                "PUT",
                "/a 500 b",
                500,
            ),
        ] {
            let read = RequestLine::parse(line).unwrap();
            assert_eq!(
                (&*read.method, &*read.path, read.status),
                (method, path, status),
                "{line}"
            );
        }
    }

    #[test]
    fn what_is_no_line_is_marked_at_its_first_wrong_word() {
        for (line, column, length, says) in [
            ("", 1, 1, "brackets"),
            ("HomeActivities", 1, 14, "brackets"),
            ("[2026-Nov-22 07:09", 1, 12, "brackets"),
            ("[é] 127.0.0.1 get http /x? 200 OK", 15, 3, "method"),
            ("[x] GET http /x? 200 OK", 5, 3, "address"),
            ("[x] 127.0.0.1 GET ftp /x? 200 OK", 19, 3, "http or"),
            ("[x] 127.0.0.1 GET http api 200 OK", 24, 3, "path"),
            ("[x] 127.0.0.1 GET http /x? OK", 30, 1, "status"),
            ("[x] 127.0.0.1 GET http /x? 999 OK", 34, 1, "status"),
        ] {
            let error = RequestLine::parse(line).unwrap_err();
            assert_eq!((error.column, error.length), (column, length), "{line}");
            assert!(error.to_string().contains(says), "{line}: {error}");
        }
    }

    #[test]
    fn every_beginning_of_a_line_is_read_or_refused() {
        for n_chars in 0..LINE.len() {
            let is_read = RequestLine::parse(&LINE[..n_chars]).is_ok();
            assert_eq!(is_read, n_chars >= LINE.len() - 3, "{}", &LINE[..n_chars]);
        }
    }
}
