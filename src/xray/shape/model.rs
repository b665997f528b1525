//! The words in which the shapes of operations are written down.

/// The shape of a value.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A string.
    Text(Text),
    /// A whole number of 32 bits; a fraction is cut off.
    Integer(Range),
    /// A number.
    Number(Range),
    /// `true` or `false`.
    Flag,
    /// Seconds since the epoch.
    Time,
    /// An array; how long it may be, and what its elements are.
    List(Range, &'static Shape),
    /// An object of strings with any keys.
    Map(&'static Map),
    /// An object with certain keys.
    Structure(&'static Structure),
}

/// What holds of a string.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// How many characters it has.
    pub length: Range,
    /// What it is made of.
    pub made_of: MadeOf,
}

/// What a string is made of.
#[derive(Debug, Clone, Copy)]
pub enum MadeOf {
    /// Anything.
    Anything,
    /// The whole string has to match this pattern.
    Pattern(&'static str),
    /// It is one of these.
    OneOf(&'static [&'static str]),
}

/// The ends of a range, both of which may be missing; they belong to it.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// At least this.
    pub least: Option<i64>,
    /// At most this.
    pub most: Option<i64>,
}

/// An object of strings.
#[derive(Debug)]
pub struct Map {
    /// How many pairs it has.
    pub size: Range,
    /// What holds of each key.
    pub key: Text,
    /// What holds of each value.
    pub value: Text,
}

/// An object with certain keys.
#[derive(Debug)]
pub struct Structure {
    /// As the service's own messages call it.
    pub name: &'static str,
    /// In the order of the model.
    pub members: &'static [Member],
}

/// A key of an object.
#[derive(Debug)]
pub struct Member {
    /// As it is written in JSON.
    pub name: &'static str,
    /// What it means if it is not there.
    pub absent: Absent,
    /// What holds of its value.
    pub shape: Shape,
}

/// What it means that a member is not there, or is null.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// Nothing.
    Fine,
    /// The request is refused.
    Refused,
    /// It counts as 0: the service has a Java `int` or `double` for it, which cannot be absent.
    Zero,
}
