//! Reads conditions.

use super::bare_value::{is_joint, joint, odd_value, starts_with_word, value_of};
use super::condition::{Condition, Places, Stated, ValuePlace};
use super::operators::{advice_at, joint_advice, operator_at};
use super::pointed;
use crate::model::query::{Arity, Filter, FilterOp, Op};
use crate::model::span::Value;

/// Parentheses go at most this deep.
const MAX_DEPTH: usize = 50;

/// Reads a condition.
///
/// A comparison is `COLUMN OPERATOR VALUE` with Honeycomb's operators: `= != > >= < <=`, `starts-with`,
/// `ends-with`, `contains`, `exists`, `in` and their opposites, in any case. `and` binds tighter than `or`;
/// `not` turns what follows it into its opposite; parentheses group. A value in quotes is text; without,
/// `true`, `false` and numbers are what they look like, and it ends at `and`, `or` or a parenthesis that
/// is not its own. A column with blanks in it stands in quotes. `in` takes values separated by commas, in
/// parentheses if one likes. What compares parts of texts takes its value as text in any case.
///
/// # Errors
/// What was expected, or what the operator of another language is called here, with a caret under the place.
pub fn parse_stated(text: &str) -> Result<Stated, String> {
    parse_part(text, 0, text.len())
}

/// Reads the condition that stands from byte `start` to byte `end` of `text`.
///
/// # Errors
/// As [`parse_stated`]; the whole text is shown, and places are in it.
pub fn parse_part(text: &str, start: usize, end: usize) -> Result<Stated, String> {
    let mut reader = Reader {
        text,
        end,
        position: start,
        depth: 0,
        places: Vec::new(),
    };
    let condition = reader.any()?;
    match reader.next() {
        None => Ok(Stated::new(text, condition, reader.places)),
        Some(')') => Err(reader.wrong("no parenthesis is open here")),
        Some(_) => Err(reader.no_joint("expected `and`, `or` or the end")),
    }
}

struct Reader<'a> {
    text: &'a str,
    // In bytes, as the position, which is always between two characters.
    end: usize,
    position: usize,
    depth: usize,
    places: Vec<Places>,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        Ok(joined(parts, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(joined(parts, Condition::All))
    }

    fn one(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.wrong("nested too deeply"));
        }
        let condition = if self.word("not") {
            self.one()?.opposite()
        } else if self.sign("(") {
            let inside = self.any()?;
            if !self.sign(")") {
                return Err(self.no_joint("expected `and`, `or` or `)`"));
            }
            inside
        } else if self.next() == Some('!') {
            return Err(self.wrong("unknown operator `!`: use `not`"));
        } else {
            Condition::Test(self.test()?)
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn test(&mut self) -> Result<Filter, String> {
        self.skip_blanks();
        let column_at = self.position;
        let column = self.column()?;
        self.skip_blanks();
        let op_at = self.position;
        let rest = self.rest();
        let Some((length, op)) = operator_at(rest) else {
            return Err(self.no_operator(column_at, &column));
        };
        self.position += length;
        self.skip_blanks();
        let mut places = Places {
            column: column_at,
            op: op_at,
            values: Vec::new(),
        };
        let mut values = Vec::new();
        match op.arity() {
            Arity::None => {}
            Arity::One => values.push(self.value(op, false, &mut places)?),
            Arity::Many => self.values(op, &mut values, &mut places)?,
        }
        if op.arity() == Arity::None && !self.is_at_an_end() {
            let what = format!("{} takes no value", op.name());
            return Err(self.no_joint(&what));
        }
        self.places.push(places);
        Ok(Filter { column, op, values })
    }

    // A column ends at a blank or where an operator of signs begins.
    fn column(&mut self) -> Result<String, String> {
        if let Some(quoted) = self.quoted()? {
            return Ok(quoted);
        }
        let rest = self.rest();
        let is_end = |c: char| c.is_whitespace() || "=!<>()~≠≥≤".contains(c);
        let column = rest.get(..rest.find(is_end).unwrap_or(rest.len()));
        let column = column.unwrap_or_default();
        if column.is_empty() || joint(rest).is_some() {
            return Err(self.no_joint("expected a column, such as http.route"));
        }
        let is_number = column.parse::<f64>().is_ok_and(f64::is_finite);
        if is_number {
            return Err(self.wrong("expected a column first, as in duration_ms > 250"));
        }
        self.position += column.len();
        Ok(column.to_string())
    }

    fn no_operator(&mut self, column_at: usize, column: &str) -> String {
        let rest = self.rest();
        let name = column.to_uppercase().replace('-', "_");
        let is_calculated = Op::named(&name).is_some();
        if is_calculated && rest.starts_with('(') {
            let what = "conditions on calculations go in --having, those on events here";
            return pointed(self.text, column_at, what);
        }
        if rest.starts_with('(')
            && let Some(op) = FilterOp::named(column.rsplit('.').next().unwrap_or_default())
        {
            let what = format!(
                "an operator stands between column and value: COLUMN {} VALUE",
                op.name()
            );
            return pointed(self.text, column_at, &what);
        }
        if ["where", "select", "filter"].contains(&&*column.to_ascii_lowercase()) {
            let what = format!("expected a condition, without `{column}`");
            return pointed(self.text, column_at, &what);
        }
        // `status:500` and `status: 500`; a name with a colon before an operator is a name.
        let colon = column.find(':').filter(|at| *at > 0);
        if let Some((at, (_, advice))) = colon.zip(advice_at(column, ":")) {
            let name = column.get(..at).unwrap_or_default();
            let value = column
                .get(at + 1..)
                .unwrap_or_default()
                .trim_start_matches('=');
            let value = if value.is_empty() { rest.trim() } else { value };
            return pointed(
                self.text,
                column_at + at,
                &format!("{advice}: {name} = {value}"),
            );
        }
        if let Some((_, advice)) = advice_at(column, rest) {
            return self.wrong(&advice);
        }
        if let Some((_, advice)) = joint_advice(rest) {
            return self.wrong(advice);
        }
        let names: Vec<&str> = FilterOp::ALL.iter().map(|(name, _)| *name).collect();
        let mut what = format!("expected an operator: {}", names.join(" "));
        if rest.trim().is_empty() {
            what.push_str(&format!(
                "; if there was one, the shell took it: quote the whole condition, as in '{column} > 250'; whether it is there at all is '{column} exists'"
            ));
        }
        self.wrong(&what)
    }

    // Values separated by commas; in parentheses, to the closing one.
    fn values(
        &mut self,
        op: FilterOp,
        values: &mut Vec<Value>,
        places: &mut Places,
    ) -> Result<(), String> {
        let start = self.position;
        if self.next() == Some('[') {
            return Err(self.wrong("expected values in parentheses, such as (200, 404)"));
        }
        let has_parentheses = self.sign("(");
        loop {
            self.skip_blanks();
            if has_parentheses && self.sign(")") {
                break;
            }
            values.push(self.value(op, true, places)?);
            if self.sign(",") {
                continue;
            }
            if has_parentheses && !self.sign(")") {
                return Err(self.wrong("expected `,` or `)`"));
            }
            break;
        }
        if values.is_empty() {
            let what = "expected values separated by commas";
            return Err(pointed(self.text, start, what));
        }
        if let ([_], Some(only)) = (values.as_slice(), places.values.last())
            && let Some(blank) = only
                .bare
                .as_deref()
                .and_then(|it| it.find(char::is_whitespace))
        {
            let what = "values are separated by commas, and one with blanks stands in quotes";
            return Err(pointed(self.text, only.at + blank, what));
        }
        Ok(())
    }

    fn value(
        &mut self,
        op: FilterOp,
        is_in_a_list: bool,
        places: &mut Places,
    ) -> Result<Value, String> {
        let start = self.position;
        if let Some(quoted) = self.quoted()? {
            let (at, bare) = (start, None);
            places.values.push(ValuePlace { at, bare });
            return Ok(quoted.as_str().into());
        }
        let rest = self.rest();
        let mut end = rest.len();
        let mut open = 0usize;
        for (i, c) in rest.char_indices() {
            match c {
                '(' => open += 1,
                ')' if open == 0 => {
                    end = i;
                    break;
                }
                ')' => open -= 1,
                ',' if is_in_a_list => {
                    end = i;
                    break;
                }
                c if c.is_whitespace() && is_joint(rest.get(i..).unwrap_or_default()) => {
                    end = i;
                    break;
                }
                _ => {}
            }
        }
        let word = rest.get(..end).unwrap_or_default().trim_end();
        if word.is_empty() {
            return Err(self.wrong("expected a value"));
        }
        if let Some((at, what)) = odd_value(word, op) {
            return Err(pointed(self.text, start + at, &what));
        }
        self.position += word.len();
        let bare = Some(word.to_string());
        places.values.push(ValuePlace { at: start, bare });
        Ok(match op.takes_text() {
            true => word.into(),
            false => value_of(word),
        })
    }

    // A text in quotes, if one begins here; a backslash keeps a quote or a backslash.
    fn quoted(&mut self) -> Result<Option<String>, String> {
        let rest = self.rest();
        if rest.starts_with(['“', '”', '„', '‘', '’', '«', '»']) {
            return Err(self.wrong("these quotes are typographic ones: use ' or \""));
        }
        let Some(quote) = rest.chars().next().filter(|c| "\"'`".contains(*c)) else {
            return Ok(None);
        };
        let mut inner = String::new();
        let mut characters = rest.char_indices().skip(1);
        while let Some((i, c)) = characters.next() {
            match c {
                '\\' => match characters.next() {
                    Some((_, kept)) if kept == quote || kept == '\\' => inner.push(kept),
                    Some((_, other)) => inner.extend(['\\', other]),
                    None => inner.push('\\'),
                },
                c if c == quote => {
                    self.position += i + c.len_utf8();
                    return Ok(Some(inner));
                }
                c => inner.push(c),
            }
        }
        Err(self.wrong("this quote is not closed"))
    }

    fn is_at_an_end(&mut self) -> bool {
        let rest = self.rest().trim_start();
        rest.is_empty() || rest.starts_with(')') || joint(rest).is_some()
    }

    // Takes the word if it comes next, whatever its case.
    fn word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let rest = self.rest();
        let is_it = starts_with_word(rest, word);
        if is_it {
            self.position += word.len();
        }
        is_it
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let is_it = self.rest().starts_with(sign);
        if is_it {
            self.position += sign.len();
        }
        is_it
    }

    fn next(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest().chars().next()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.position..self.end).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.position += rest.len() - rest.trim_start().len();
    }

    fn wrong(&mut self, what: &str) -> String {
        self.skip_blanks();
        pointed(self.text, self.position, what)
    }

    // The same, but a sign that joins conditions elsewhere is named.
    fn no_joint(&mut self, what: &str) -> String {
        self.skip_blanks();
        let advice = joint_advice(self.rest()).map(|(_, advice)| advice);
        self.wrong(advice.unwrap_or(what))
    }
}

fn joined(mut parts: Vec<Condition>, join: impl Fn(Vec<Condition>) -> Condition) -> Condition {
    match parts.len() {
        1 => parts.remove(0),
        _ => join(parts),
    }
}
