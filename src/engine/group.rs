//! The groups that were seen, and the places where results gather: one for each group and time step.
//!
//! For each group a worker keeps about 30 bytes, for each value of a breakdown 60 and its text, and for
//! each place by step 40 bytes; what the calculations keep for a place comes on top of that.

use std::cmp::Ordering;

use foldhash::{HashMap, HashMapExt};

use super::keys::{self, KeyMap};

use crate::model::span::Value;
use crate::store::{ValueRef, hex_bytes, push_hex};

/// No group, no place, no value.
pub const NONE: u32 = u32::MAX;

/// A value of a breakdown. Texts that are hexadecimal ids are ids, as in the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// Any other text.
    Text(Box<str>),
    /// 32 digits.
    Long([u8; 16]),
    /// 16 digits, an integer, a double's bits, a truth.
    Short(Short, u64),
}

/// What kind of value fits into 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Short {
    /// A text of 16 hexadecimal digits.
    Id,
    /// An integer.
    Int,
    /// A double.
    Float,
    /// A truth.
    Bool,
}

impl Key {
    fn compare(&self, other: &Key) -> Ordering {
        match (self, other) {
            (Key::Text(a), Key::Text(b)) => a.cmp(b),
            // Digits are in the order of what they spell.
            (Key::Long(a), Key::Long(b)) => a.cmp(b),
            (Key::Short(Short::Id, a), Key::Short(Short::Id, b)) => a.cmp(b),
            (Key::Short(Short::Int, a), Key::Short(Short::Int, b)) => (*a as i64).cmp(&(*b as i64)),
            _ => compare_values(&self.value(), &other.value()),
        }
    }

    fn value(&self) -> Value {
        let id = |bytes: &[u8]| {
            let mut text = String::with_capacity(2 * bytes.len());
            push_hex(&mut text, bytes);
            text.into()
        };
        match self {
            Key::Text(text) => Value::Str((&**text).into()),
            Key::Long(bytes) => id(bytes),
            Key::Short(Short::Id, bits) => id(&bits.to_be_bytes()),
            Key::Short(Short::Int, bits) => Value::Int(*bits as i64),
            Key::Short(Short::Float, bits) => Value::Float(f64::from_bits(*bits)),
            Key::Short(Short::Bool, bits) => Value::Bool(*bits != 0),
        }
    }
}

fn compare_values(a: &Value, b: &Value) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Int(_) => 0,
        Value::Float(_) => 1,
        Value::Bool(_) => 2,
        Value::Str(_) => 3,
    };
    let ordering = match (a.number(), b.number()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (None, None) => match (a.text(), b.text()) {
            (Some(a), Some(b)) => a.cmp(b),
            _ => a.to_string().cmp(&b.to_string()),
        },
        (a, b) => b.is_some().cmp(&a.is_some()),
    };
    ordering.then_with(|| kind(a).cmp(&kind(b)))
}

/// A value as it is looked for: nothing of it is copied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sought<'a> {
    /// Text that is no id.
    Text(&'a str),
    /// 32 digits.
    Long([u8; 16]),
    /// What fits into 64 bits.
    Short(Short, u64),
}

impl<'a> From<ValueRef<'a>> for Sought<'a> {
    fn from(value: ValueRef<'a>) -> Sought<'a> {
        let id = |bytes: &[u8]| {
            if let Ok(bytes) = bytes.try_into() {
                return Sought::Long(bytes);
            }
            let bytes = bytes.get(..8).and_then(|it| it.try_into().ok());
            Sought::Short(Short::Id, u64::from_be_bytes(bytes.unwrap_or_default()))
        };
        match value {
            ValueRef::Str(text) => match hex_bytes(text) {
                Some((bytes, width)) => id(bytes.get(..width).unwrap_or_default()),
                None => Sought::Text(text),
            },
            ValueRef::Hex(bytes) => id(bytes),
            ValueRef::Int(int) => Sought::Short(Short::Int, int as u64),
            ValueRef::Float(float) => Sought::Short(Short::Float, float.to_bits()),
            ValueRef::Bool(bool) => Sought::Short(Short::Bool, bool.into()),
        }
    }
}

/// The values of one breakdown, numbered from 1 in the order in which they were seen; 0 is no value.
#[derive(Debug, Clone, Default)]
pub struct Values {
    numbers: KeyMap<keys::Key, u32>,
    keys: Vec<Key>,
    text_bytes: usize,
}

impl Values {
    /// Returns the number of a value, which is new if it was not seen before.
    pub fn number(&mut self, value: Sought<'_>) -> u32 {
        let next = self.keys.len() as u32 + 1;
        let number = *self.numbers.entry(value.into()).or_insert(next);
        if number == next {
            self.keys.push(match value {
                Sought::Text(text) => {
                    self.text_bytes += text.len();
                    Key::Text(text.into())
                }
                Sought::Long(bytes) => Key::Long(bytes),
                Sought::Short(kind, bits) => Key::Short(kind, bits),
            });
        }
        number
    }

    /// Compares two values by their numbers: numbers come before texts, and no value comes last. What is
    /// equal but for its type goes by that, so that no two are equal.
    pub fn compare(&self, a: u32, b: u32) -> Ordering {
        let key = |number: u32| self.keys.get((number as usize).checked_sub(1)?);
        match (key(a), key(b)) {
            (Some(a), Some(b)) => a.compare(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        }
    }

    fn value(&self, number: u32) -> Option<Value> {
        let idx = (number as usize).checked_sub(1)?;
        self.keys.get(idx).map(Key::value)
    }

    fn number_of_key(&mut self, key: &Key) -> u32 {
        self.number(match key {
            Key::Text(text) => Sought::Text(text),
            Key::Long(bytes) => Sought::Long(*bytes),
            Key::Short(kind, bits) => Sought::Short(*kind, *bits),
        })
    }
}

/// Groups and places, numbered from 0 in the order in which they were seen.
#[derive(Debug, Clone)]
pub struct Groups {
    /// One for each breakdown.
    pub values: Vec<Values>,
    levels: Vec<Level>,
    by_step: bool,
    place_of: HashMap<(i64, u32), u32>,
    places: Vec<(i64, u32)>,
}

// Combinations of the values of the first breakdowns: each is one of the level before and a value.
#[derive(Debug, Clone, Default)]
struct Level {
    // Of the first level by the number of the value, of all others by the pair.
    first: Vec<u32>,
    number_of: KeyMap<(u32, u32), u32>,
    pairs: Vec<(u32, u32)>,
}

impl Groups {
    /// Starts with no groups. Without breakdowns there is just one, and it is there from the start.
    ///
    /// Unless places are `by_step`, each group has one, of the same number.
    pub fn new(n_breakdowns: usize, by_step: bool) -> Groups {
        Groups {
            values: vec![Values::default(); n_breakdowns],
            levels: vec![Level::default(); n_breakdowns],
            by_step,
            place_of: HashMap::new(),
            places: Vec::new(),
        }
    }

    /// Returns about how much memory they take.
    pub fn memory_bytes(&self) -> usize {
        let values = self.values.iter();
        let values = values.map(|it| it.keys.len() * 64 + it.text_bytes);
        let levels = self.levels.iter().map(|it| it.pairs.len() * 40);
        values.chain(levels).sum::<usize>() + self.places.len() * 48
    }

    /// Returns the number of groups.
    pub fn len(&self) -> usize {
        self.levels.last().map_or(1, |level| level.pairs.len())
    }

    /// Returns the number of places.
    pub fn n_places(&self) -> usize {
        if self.by_step {
            self.places.len()
        } else {
            self.len()
        }
    }

    /// Returns the step and the group of a place.
    pub fn place(&self, place: u32) -> (i64, u32) {
        match self.by_step {
            true => self.places.get(place as usize).copied().unwrap_or_default(),
            false => (0, place),
        }
    }

    /// Returns the group of these values, one number for each breakdown.
    pub fn group(&mut self, numbers: impl IntoIterator<Item = u32>) -> u32 {
        let numbers = (0..self.levels.len()).zip(numbers);
        numbers.fold(0, |group, (idx, number)| self.level(idx, group, number))
    }

    /// Returns the combination of one of the breakdowns before `idx` with a value of that breakdown;
    /// of the last breakdown these are the groups.
    pub fn level(&mut self, idx: usize, before: u32, number: u32) -> u32 {
        let Some(level) = self.levels.get_mut(idx) else {
            return before;
        };
        let next = level.pairs.len() as u32;
        let found = if idx == 0 {
            let at = number as usize;
            if at >= level.first.len() {
                level.first.resize(at + 1, NONE);
            }
            match level.first.get_mut(at) {
                Some(known) if *known == NONE => {
                    *known = next;
                    next
                }
                known => known.map_or(next, |known| *known),
            }
        } else {
            *level.number_of.entry((before, number)).or_insert(next)
        };
        if found == next {
            level.pairs.push((before, number));
        }
        found
    }

    /// Returns the place of a group in a step.
    pub fn place_of(&mut self, step: i64, group: u32) -> u32 {
        if !self.by_step {
            return group;
        }
        let next = self.places.len() as u32;
        let place = *self.place_of.entry((step, group)).or_insert(next);
        if place == next {
            self.places.push((step, group));
        }
        place
    }

    /// Returns the values that make a group, one for each breakdown.
    pub fn values_of(&self, group: usize) -> Vec<Option<Value>> {
        let mut numbers = self.numbers_of(group as u32);
        numbers.reverse();
        let pairs = self.values.iter().zip(numbers);
        pairs.map(|(values, number)| values.value(number)).collect()
    }

    /// Returns the number of the value that a group has of breakdown `idx`.
    pub fn number_of(&self, mut group: u32, idx: usize) -> u32 {
        let mut number = 0;
        for level in self.levels.get(idx..).unwrap_or_default().iter().rev() {
            (group, number) = level.pairs.get(group as usize).copied().unwrap_or_default();
        }
        number
    }

    // Of the last breakdown first.
    fn numbers_of(&self, mut group: u32) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(self.levels.len());
        for level in self.levels.iter().rev() {
            let pair = level.pairs.get(group as usize).copied().unwrap_or_default();
            numbers.push(pair.1);
            group = pair.0;
        }
        numbers
    }

    /// Takes over what `other` has seen.
    pub fn take_over(&mut self, other: &Groups) -> Taken {
        let mut numbers: Vec<Vec<u32>> = Vec::with_capacity(self.values.len());
        for (own, values) in self.values.iter_mut().zip(&other.values) {
            let number = |key| own.number_of_key(key);
            let seen = values.keys.iter().map(number);
            numbers.push(std::iter::once(0).chain(seen).collect());
        }
        let mut groups = Vec::with_capacity(other.len());
        for group in 0..other.len() as u32 {
            let mut theirs = other.numbers_of(group);
            theirs.reverse();
            let pairs = numbers.iter().zip(theirs);
            let own = pairs.map(|(numbers, it)| numbers.get(it as usize).copied().unwrap_or(0));
            groups.push(self.group(own));
        }
        let places = (0..other.n_places() as u32)
            .map(|place| {
                let (step, group) = other.place(place);
                let group = groups.get(group as usize).copied().unwrap_or_default();
                self.place_of(step, group)
            })
            .collect();
        Taken { groups, places }
    }
}

/// What another's groups and places are here.
#[derive(Debug)]
pub struct Taken {
    /// For each group there the one here.
    pub groups: Vec<u32>,
    /// For each place there the one here.
    pub places: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_hexadecimal_digits_is_the_same_value_as_the_id() {
        let text = "00f067aa0ba902b7";
        let (bytes, width) = hex_bytes(text).unwrap();
        let id = ValueRef::Hex(&bytes[..width]);
        assert_eq!(Sought::from(ValueRef::Str(text)), Sought::from(id));
        let mut values = Values::default();
        let number = values.number(id.into());
        assert_eq!(values.value(number), Some(text.into()));
        assert_ne!(
            values.number(ValueRef::Int(1).into()),
            values.number(ValueRef::Float(1.0).into())
        );
    }

    #[test]
    fn what_another_has_seen_is_taken_over_by_value() {
        let seen = |texts: &[(&str, i64)]| {
            let mut groups = Groups::new(2, true);
            for (text, step) in texts {
                let number = groups.values[0].number(Sought::Text(text));
                let group = groups.group([number, 0]);
                groups.place_of(*step, group);
            }
            groups
        };
        let mut own = seen(&[("a", 1), ("b", 1)]);
        let places = own.take_over(&seen(&[("b", 1), ("c", 1), ("b", 2)]));
        assert_eq!(places.places, [1, 2, 3]);
        assert_eq!(own.len(), 3);
        assert_eq!(own.values_of(2), [Some("c".into()), None]);
        assert_eq!(own.place(3), (2, 1));
    }
}
