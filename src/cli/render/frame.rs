//! What a picture of an answer is drawn with besides the answer.

use super::mark::Mark;
use super::picture::{heatmap_of, least_of_lines, steps_per_column, suits_log};
use super::selected::Selected;
use crate::model::answer::Answer;
use crate::model::zone::Zone;

/// What is written around a picture and how its axes run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frame<'a> {
    /// The heading.
    pub title: &'a str,
    /// Whose clock is on the time axis.
    pub zone: Zone,
    /// How the value axis runs.
    pub scale: Scale,
    /// What happened meanwhile.
    pub marks: &'a [Mark],
    /// How many time steps a column of cells has at least.
    pub least_steps: usize,
    /// How far down a logarithmic axis goes, as far as there is room; `None` for the picture's own lines.
    pub least_value: Option<f64>,
    /// What is selected, which is drawn as a box.
    pub selected: Option<Selected>,
}

/// How the value axis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Logarithmic if three quarters of the events lie in the lowest eighth of the values, so that a
    /// few outliers do not press all others into a few rows; else linear.
    #[default]
    Auto,
    /// Equal lengths are equal differences.
    Linear,
    /// Equal lengths are equal ratios; linear if there are values below zero.
    Log,
}

impl<'a> Frame<'a> {
    /// Returns a frame in UTC whose value axis suits the events.
    pub fn new(title: &'a str) -> Frame<'a> {
        Frame {
            title,
            zone: Zone::UTC,
            scale: Scale::Auto,
            marks: &[],
            least_steps: 1,
            least_value: None,
            selected: None,
        }
    }

    /// Returns the frame of the pictures of all groups of `whole` under one another: their axes run alike, so that
    /// the same moment and the same value are at the same place in each.
    pub fn shared(&self, whole: &Answer, parts: &[&Answer]) -> Frame<'a> {
        let grids = parts.iter().filter_map(|part| heatmap_of(part)?.1);
        let steps = grids.map(|grid| steps_per_column(&grid)).max();
        let found = heatmap_of(whole);
        let column = found.as_ref().and_then(|(it, _)| it.column.as_deref());
        let is_log = found
            .as_ref()
            .and_then(|(_, grid)| grid.as_ref())
            .is_some_and(suits_log);
        let scale = match (self.scale, is_log) {
            (Scale::Auto, true) => Scale::Log,
            (Scale::Auto, false) => Scale::Linear,
            (scale, _) => scale,
        };
        Frame {
            scale,
            least_steps: steps.unwrap_or(1),
            least_value: least_of_lines(whole, column),
            ..*self
        }
    }
}
