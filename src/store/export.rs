//! Writes the events of a dataset to one file that other tools read.
//!
//! Plain types and one schema for all of it, unlike a segment: texts are texts and integers have 64 bits.

use std::collections::BTreeSet;
use std::io::{self, BufWriter};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, TimestampNanosecondArray,
    UInt32Array,
};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};

use super::part::{FieldKind, Part};
use crate::model::span::Value;
use crate::model::time::Window;
use crate::whole_file::WholeFile;

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The file system refused.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// This build writes no such files.
    #[error("this build of cruddurctl writes no Parquet")]
    NoParquet,
}

/// What was exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// How many events were written.
    pub events: u64,
    /// How many were left out because the segment that has them is damaged.
    pub damaged: u64,
}

// Rows at a time: few enough that even the longest texts fit into one of Arrow's arrays.
const BATCH_ROWS: usize = 8_192;

/// Writes the events of `parts` inside `window` to `path`, part by part, each oldest first: as Parquet if
/// the name ends so, else as an Arrow IPC file.
///
/// Columns are `time` (nanoseconds, UTC), `sample_rate`, then one for each field and type, sorted by
/// name; a field of several types has the type's name behind its own. `progress` is told how many events
/// have been written.
///
/// # Errors
/// See [`ExportError`].
pub fn export(
    parts: &[Arc<Part>],
    window: Window,
    path: &Path,
    mut progress: impl FnMut(u64),
) -> Result<Exported, ExportError> {
    let failed = |source| ExportError::Io {
        path: path.into(),
        source,
    };
    let inside = parts.iter().filter(|part| part.meets(window));
    let inside = inside.flat_map(|part| part.wholly_readable());
    let inside = inside.filter(|piece| piece.meets(window));
    let (sound, damaged): (Vec<Arc<Part>>, Vec<Arc<Part>>) =
        inside.partition(|part| part.is_wholly_sound());
    let layout = Layout::of(&sound);
    let schema = Arc::new(layout.schema());
    let mut exported = Exported {
        events: 0,
        damaged: damaged
            .iter()
            .map(|part| part.rows_within(window).len() as u64)
            .sum(),
    };
    let mut writer = Writer::create(path, &schema)?;
    for part in &sound {
        let rows = part.rows_within(window);
        for start in rows.clone().step_by(BATCH_ROWS) {
            let rows = start..(start + BATCH_ROWS).min(rows.end);
            exported.events += rows.len() as u64;
            let written = layout.batch(part, rows, &schema);
            written
                .and_then(|batch| writer.write(&batch))
                .map_err(|error| failed(io::Error::other(error)))?;
            progress(exported.events);
        }
    }
    writer.finish().map_err(failed)?;
    Ok(exported)
}

/// The columns of the file: fields by name and type.
struct Layout(Vec<(Arc<str>, FieldKind)>);

impl Layout {
    fn of(parts: &[Arc<Part>]) -> Layout {
        let fields = parts.iter().flat_map(|part| part.fields());
        let columns: BTreeSet<(Arc<str>, FieldKind)> = fields
            .map(|field| (field.name.clone(), field.kind))
            .collect();
        Layout(columns.into_iter().collect())
    }

    fn schema(&self) -> Schema {
        let time = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
        let mut fields = vec![
            Field::new("@time", time, false),
            Field::new("@sample_rate", DataType::UInt32, false),
        ];
        for (name, kind) in &self.0 {
            let has_more = self.0.iter().filter(|(other, _)| other == name).count() > 1;
            let (data_type, type_name) = match kind {
                FieldKind::Text => (DataType::Utf8, "text"),
                FieldKind::Int => (DataType::Int64, "integer"),
                FieldKind::Float => (DataType::Float64, "float"),
                FieldKind::Bool => (DataType::Boolean, "boolean"),
            };
            let name = match has_more {
                true => format!("{name} ({type_name})"),
                false => name.to_string(),
            };
            fields.push(Field::new(name, data_type, true));
        }
        Schema::new(fields)
    }

    fn batch(
        &self,
        part: &Part,
        rows: Range<usize>,
        schema: &Arc<Schema>,
    ) -> Result<RecordBatch, ArrowError> {
        let times = part.times().get(rows.clone()).unwrap_or_default();
        let rates = rows.clone().map(|row| part.rates().get(row));
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(TimestampNanosecondArray::from(times.to_vec()).with_timezone("UTC")),
            Arc::new(UInt32Array::from_iter_values(rates)),
        ];
        for (name, kind) in &self.0 {
            // The arrays take the values of their own type alone.
            let values = rows.clone().map(|row| part.value(name, row));
            arrays.push(array_of(*kind, values));
        }
        RecordBatch::try_new(schema.clone(), arrays)
    }
}

fn array_of(kind: FieldKind, values: impl Iterator<Item = Option<Value>>) -> ArrayRef {
    match kind {
        FieldKind::Text => {
            let mut texts = StringBuilder::new();
            values.for_each(|value| {
                texts.append_option(value.as_ref().and_then(|value| value.text()));
            });
            Arc::new(texts.finish())
        }
        FieldKind::Int => Arc::new(Int64Array::from_iter(values.map(|value| match value {
            Some(Value::Int(int)) => Some(int),
            _ => None,
        }))),
        FieldKind::Float => Arc::new(Float64Array::from_iter(values.map(|value| match value {
            Some(Value::Float(float)) => Some(float),
            _ => None,
        }))),
        FieldKind::Bool => Arc::new(BooleanArray::from_iter(values.map(|value| match value {
            Some(Value::Bool(bool)) => Some(bool),
            _ => None,
        }))),
    }
}

enum Writer {
    Arrow(Box<FileWriter<BufWriter<WholeFile>>>),
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::arrow::ArrowWriter<WholeFile>>),
}

impl Writer {
    fn create(path: &Path, schema: &Arc<Schema>) -> Result<Writer, ExportError> {
        let is_parquet = path
            .extension()
            .is_some_and(|it| it.eq_ignore_ascii_case("parquet"));
        if is_parquet && !cfg!(feature = "parquet") {
            return Err(ExportError::NoParquet);
        }
        let failed = |source| ExportError::Io {
            path: path.into(),
            source,
        };
        let file = WholeFile::private(path).map_err(failed)?;
        #[cfg(feature = "parquet")]
        if is_parquet {
            let writer = parquet::arrow::ArrowWriter::try_new(file, schema.clone(), None);
            let writer = writer.map_err(|error| failed(io::Error::other(error)))?;
            return Ok(Writer::Parquet(Box::new(writer)));
        }
        let writer = FileWriter::try_new(BufWriter::new(file), schema);
        let writer = writer.map_err(|error| failed(io::Error::other(error)))?;
        Ok(Writer::Arrow(Box::new(writer)))
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        match self {
            Writer::Arrow(writer) => writer.write(batch),
            #[cfg(feature = "parquet")]
            Writer::Parquet(writer) => writer.write(batch).map_err(ArrowError::from),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Writer::Arrow(mut writer) => {
                writer.finish().map_err(io::Error::other)?;
                let file = writer.into_inner().map_err(io::Error::other)?;
                file.into_inner().map_err(|error| error.into_error())?.end()
            }
            #[cfg(feature = "parquet")]
            Writer::Parquet(writer) => {
                let file = writer.into_inner().map_err(io::Error::other)?;
                file.end()
            }
        }
    }
}
