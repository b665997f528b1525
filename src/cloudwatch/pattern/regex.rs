//! The regular expressions of filter patterns: those without parentheses.
//!
//! Without groups an expression is a choice of sequences, so it is run as a set of places in each
//! sequence: every character of the line is looked at once, whatever the expression.
//! Source: CloudWatch Logs User Guide, "Supported regular expressions syntax".

/// The most single steps of an expression, after `{n,m}` is written out.
const MAX_STEPS: usize = 512;

/// A regular expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Regex(Vec<Sequence>);

/// Why a text is no regular expression of the service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegexError {
    /// A character that the service does not take.
    #[error("'{0}' is not supported here")]
    Character(char),
    /// It ends in the middle of something.
    #[error("it ends too early")]
    Ends,
    /// A range whose end comes before its start.
    #[error("a range is upside down")]
    Range,
    /// More than 512 steps.
    #[error("it is too long")]
    TooLong,
}

#[derive(Debug, Clone, PartialEq)]
struct Sequence {
    from_start: bool,
    to_end: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    class: Class,
    repeat: Repeat,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Repeat {
    Once,
    AtMostOnce,
    AnyTimes,
}

/// A set of characters: one bit for each of ASCII, and one for all others together.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Class {
    ascii: u128,
    beyond: bool,
}

impl Regex {
    /// Reads an expression, without the `%` around it.
    ///
    /// # Errors
    /// See [`RegexError`].
    pub fn parse(text: &str) -> Result<Regex, RegexError> {
        let mut parser = Parser { rest: text };
        let mut sequences = vec![parser.sequence()?];
        while parser.rest.starts_with('|') {
            parser.next();
            sequences.push(parser.sequence()?);
        }
        Ok(Regex(sequences))
    }

    /// Tells whether the expression matches anywhere in `text`.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|sequence| sequence.is_in(text))
    }
}

impl Sequence {
    fn is_in(&self, text: &str) -> bool {
        let n_steps = self.steps.len();
        let mut places = vec![false; n_steps + 1];
        let mut is_start = true;
        for character in text.chars() {
            self.enter(&mut places, is_start);
            if self.is_done(&places) && !self.to_end {
                return true;
            }
            let mut moved = vec![false; n_steps + 1];
            for (place, step) in self.steps.iter().enumerate() {
                if places.get(place) == Some(&true) && step.class.has(character) {
                    let stays = step.repeat == Repeat::AnyTimes;
                    let to = if stays { place } else { place + 1 };
                    if let Some(there) = moved.get_mut(to) {
                        *there = true;
                    }
                }
            }
            places = moved;
            is_start = false;
        }
        self.enter(&mut places, is_start);
        self.is_done(&places)
    }

    /// Adds the places that are reached without reading a character.
    fn enter(&self, places: &mut [bool], is_start: bool) {
        if let Some(first) = places.first_mut() {
            *first |= is_start || !self.from_start;
        }
        for (place, step) in self.steps.iter().enumerate() {
            let skips = step.repeat != Repeat::Once && places.get(place) == Some(&true);
            if let Some(next) = places.get_mut(place + 1) {
                *next |= skips;
            }
        }
    }

    fn is_done(&self, places: &[bool]) -> bool {
        places.last() == Some(&true)
    }
}

impl Class {
    const NONE: Class = Class {
        ascii: 0,
        beyond: false,
    };
    const LINE: Class = Class {
        ascii: !(1 << 10),
        beyond: true,
    };

    fn has(self, character: char) -> bool {
        let code = u32::from(character);
        if code < 128 {
            self.ascii >> code & 1 == 1
        } else {
            self.beyond
        }
    }

    fn with(self, first: char, last: char) -> Class {
        let range = u32::from(first)..=u32::from(last).min(127);
        let ascii = range.fold(self.ascii, |ascii, code| ascii | 1 << code);
        Class { ascii, ..self }
    }

    fn or(self, other: Class) -> Class {
        Class {
            ascii: self.ascii | other.ascii,
            beyond: self.beyond | other.beyond,
        }
    }

    fn negated(self) -> Class {
        Class {
            ascii: !self.ascii,
            beyond: !self.beyond,
        }
    }

    fn named(letter: char) -> Option<Class> {
        let digit = Class::NONE.with('0', '9');
        let word = digit.with('a', 'z').with('A', 'Z').with('_', '_');
        let space = Class::NONE.with('\t', '\r').with(' ', ' ');
        Some(match letter {
            'd' => digit,
            'D' => digit.negated(),
            'w' => word,
            'W' => word.negated(),
            's' => space,
            'S' => space.negated(),
            _ => return None,
        })
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn sequence(&mut self) -> Result<Sequence, RegexError> {
        let mut sequence = Sequence {
            from_start: false,
            to_end: false,
            steps: Vec::new(),
        };
        if self.peek() == Some('^') {
            self.next();
            sequence.from_start = true;
        }
        loop {
            match self.peek() {
                None | Some('|') => return Ok(sequence),
                Some('$') => {
                    self.next();
                    sequence.to_end = true;
                    return match self.peek() {
                        None | Some('|') => Ok(sequence),
                        Some(other) => Err(RegexError::Character(other)),
                    };
                }
                Some(_) => {
                    let class = self.class()?;
                    let (least, most) = self.quantity()?;
                    repeat(&mut sequence.steps, class, least, most)?;
                }
            }
        }
    }

    fn class(&mut self) -> Result<Class, RegexError> {
        match self.next().ok_or(RegexError::Ends)? {
            '.' => Ok(Class::LINE),
            '\\' => match self.escaped()? {
                Escaped::Class(class) => Ok(class),
                Escaped::Character(character) => Ok(Class::NONE.with(character, character)),
            },
            '[' => self.bracket(),
            plain if is_plain(plain) => Ok(Class::NONE.with(plain, plain)),
            other => Err(RegexError::Character(other)),
        }
    }

    /// Reads a class after its opening bracket.
    fn bracket(&mut self) -> Result<Class, RegexError> {
        let is_negated = self.peek() == Some('^');
        if is_negated {
            self.next();
        }
        let mut class = Class::NONE;
        let mut is_first = true;
        loop {
            let first = match self.next().ok_or(RegexError::Ends)? {
                ']' if !is_first => {
                    return Ok(if is_negated { class.negated() } else { class });
                }
                '\\' => match self.escaped()? {
                    Escaped::Class(named) => {
                        class = class.or(named);
                        is_first = false;
                        continue;
                    }
                    Escaped::Character(character) => character,
                },
                plain if plain.is_ascii() => plain,
                other => return Err(RegexError::Character(other)),
            };
            is_first = false;
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
            if !is_range {
                class = class.with(first, first);
                continue;
            }
            self.next();
            let last = match self.next().ok_or(RegexError::Ends)? {
                '\\' => match self.escaped()? {
                    Escaped::Character(character) => character,
                    Escaped::Class(_) => return Err(RegexError::Range),
                },
                plain if plain.is_ascii() => plain,
                other => return Err(RegexError::Character(other)),
            };
            if last < first {
                return Err(RegexError::Range);
            }
            class = class.with(first, last);
        }
    }

    fn escaped(&mut self) -> Result<Escaped, RegexError> {
        let letter = self.next().ok_or(RegexError::Ends)?;
        if let Some(class) = Class::named(letter) {
            return Ok(Escaped::Class(class));
        }
        if letter.is_ascii_punctuation() {
            return Ok(Escaped::Character(letter));
        }
        Err(RegexError::Character(letter))
    }

    /// Reads `?`, `*`, `+`, `{n}`, `{n,}` or `{n,m}`: the least and, unless endless, the most.
    fn quantity(&mut self) -> Result<(usize, Option<usize>), RegexError> {
        let quantity = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.next();
                let (inside, after) = self.rest.split_once('}').ok_or(RegexError::Ends)?;
                let (least, most) = match inside.split_once(',') {
                    Some((least, "")) => (least, None),
                    Some((least, most)) => (least, Some(most)),
                    None => (inside, Some(inside)),
                };
                let number = |text: &str| {
                    text.parse::<usize>()
                        .map_err(|_| RegexError::Character('{'))
                };
                let quantity = (number(least)?, most.map(number).transpose()?);
                self.rest = after;
                return match quantity {
                    (least, Some(most)) if most < least => Err(RegexError::Range),
                    quantity => Ok(quantity),
                };
            }
            _ => return Ok((1, Some(1))),
        };
        self.next();
        Ok(quantity)
    }
}

enum Escaped {
    Character(char),
    Class(Class),
}

fn repeat(
    steps: &mut Vec<Step>,
    class: Class,
    least: usize,
    most: Option<usize>,
) -> Result<(), RegexError> {
    if steps.len().saturating_add(most.unwrap_or(least).max(least)) >= MAX_STEPS {
        return Err(RegexError::TooLong);
    }
    let mut push = |times: usize, repeat| {
        steps.extend(std::iter::repeat_n(Step { class, repeat }, times));
    };
    push(least, Repeat::Once);
    match most {
        Some(most) => push(most - least, Repeat::AtMostOnce),
        None => push(1, Repeat::AnyTimes),
    }
    Ok(())
}

fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || " :_#=@/;,-".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_match_as_everywhere() {
        for (expression, text, expected) in [
            ("", "", true),
            ("AUTHORIZED", "UNAUTHORIZED", true),
            ("^AUTHORIZED", "UNAUTHORIZED", false),
            ("ERR$", "an ERR", true),
            ("ERR$", "ERR an", false),
            ("^$", "", true),
            ("^$", "x", false),
            ("colou?r", "the color", true),
            ("colou?r", "the colouur", false),
            ("ab*c", "ac", true),
            ("ab+c", "ac", false),
            ("ab+c", "xabbbc", true),
            ("a{2}b", "ab aab", true),
            ("^a{2,3}$", "aaaa", false),
            ("^a{2,}$", "aaaa", true),
            ("[^0-9]+x", "12x", false),
            ("[a-c_-]x", "-x", true),
            ("[]x]", "]", true),
            ("\\d{3}\\.\\d", "127.0", true),
            ("\\w\\s\\W", "a !", true),
            ("gray|grey", "grey", true),
            ("a|b|", "c", true),
            ("a.c", "aéc", true),
            ("a.c", "a\nc", false),
            ("[^a]", "é", true),
        ] {
            let regex = Regex::parse(expression).unwrap();
            assert_eq!(regex.is_in(text), expected, "{expression} in {text}");
        }
    }

    #[test]
    fn what_the_service_refuses_is_refused() {
        for (expression, error) in [
            ("(a)", RegexError::Character('(')),
            ("a!", RegexError::Character('!')),
            ("é", RegexError::Character('é')),
            ("[a", RegexError::Ends),
            ("a\\", RegexError::Ends),
            ("\\q", RegexError::Character('q')),
            ("[z-a]", RegexError::Range),
            ("a{3,2}", RegexError::Range),
            ("a{x}", RegexError::Character('{')),
            ("*a", RegexError::Character('*')),
            ("a$b", RegexError::Character('b')),
            ("a{9999}", RegexError::TooLong),
            ("a{99999999999999999999}", RegexError::Character('{')),
        ] {
            assert_eq!(Regex::parse(expression), Err(error), "{expression}");
        }
    }
}
