//! Values in, strings out: tables, pictures, JSON, CSV. No clap and no I/O.

mod axis;
pub mod clock;
pub mod columns;
pub mod csv;
pub mod graph;
mod graph_layout;
pub mod graph_svg;
mod graph_words;
pub mod heatmap;
pub mod json;
mod legend;
pub mod log_line;
mod palette;
pub mod picture;
pub mod plan;
mod raster;
pub mod reconcile;
#[cfg(test)]
mod sample;
pub mod sampling;
pub mod sampling_svg;
mod sheet;
pub mod svg;
pub mod table;
pub mod terminal;
pub mod text;
pub mod waterfall;
mod waterfall_choice;
mod waterfall_notes;
pub mod waterfall_svg;
