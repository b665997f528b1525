//! `query --select --why`: which attributes differ between a selection and the rest.
//!
//! Honeycomb's API has no such question, so others are asked instead: how many different values each attribute
//! has (`survey`), where its numbers lie, and then how many events inside and outside have each value, for
//! as many attributes in one question as its limit of groups allows (`pack`). `ask` asks them; `words` says it.

pub mod ask;
mod pack;
mod survey;
pub mod words;
