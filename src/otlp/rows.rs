//! Makes Honeycomb's rows of a request: what spans and log records have in common.
//!
//! Both come as resources with scopes with items, in messages of the same shape. Rows are written straight
//! from the request's bytes, dataset by dataset.
//!
//! Source for columns and precedence: Honeycomb's open-source translation library and its README.
//! Where its two code paths differ, the documented one holds: item over scope over resource over
//! built-in columns.

use std::borrow::Cow;
use std::collections::HashMap;

use super::any_value::Any;
use super::attributes::{Rate, put_attribute};
use super::fields::{Fields, Reader};
use super::message::{MOST_ROW_BYTES, ReadError};
use crate::model::span::Lens;
use crate::store::{Field, PartBuilder, Prepared, ValueRef};

/// What makes spans of one request, or log records, into rows.
pub trait Signal<'a> {
    /// The built-in columns in one builder.
    type Columns;

    /// Makes the built-in columns known to a builder.
    fn columns(builder: &mut PartBuilder) -> Self::Columns;

    /// Returns the dataset of items whose service has no name.
    fn unnamed(&self) -> &str;

    /// Writes the rows of one item: a `Span`, a `LogRecord`.
    fn write(
        &mut self,
        reader: &mut Reader,
        rows: &mut Rows<'_, Self::Columns>,
        item: &'a [u8],
    ) -> Result<(), ReadError>;
}

/// What becomes of a request.
#[derive(Default)]
pub struct Decoded {
    /// Its events: a builder for each dataset, none of them empty.
    pub parts: Vec<PartBuilder>,
    /// How many spans or log records are not among them, since they have more than [`MOST_FIELDS`] fields.
    pub n_rejected: usize,
}

/// The most fields of one event. Source: Honeycomb's OpenAPI document, "Event has too many columns."
pub const MOST_FIELDS: usize = 2000;

/// Returns the events of a request.
///
/// # Errors
/// See [`ReadError`]; then nothing is kept.
pub fn decoded<'a, S: Signal<'a>>(request: &'a [u8], signal: S) -> Result<Decoded, ReadError> {
    let mut request_rows = RequestRows {
        signal,
        datasets: Vec::new(),
        by_name: HashMap::new(),
        bytes: 0,
        n_rejected: 0,
    };
    let mut reader = Reader::default();
    let mut fields = reader.open(request)?;
    while let Some((number, field)) = fields.next()? {
        if number == 1 {
            request_rows.resource(&mut reader, field.bytes()?)?;
        }
    }
    let builders = request_rows.datasets.into_iter().map(|it| it.builder);
    Ok(Decoded {
        parts: builders.filter(|builder| !builder.is_empty()).collect(),
        n_rejected: request_rows.n_rejected,
    })
}

struct RequestRows<'a, S: Signal<'a>> {
    signal: S,
    datasets: Vec<Dataset<S::Columns>>,
    by_name: HashMap<String, usize>,
    // What all builders take.
    bytes: usize,
    n_rejected: usize,
}

struct Dataset<C> {
    builder: PartBuilder,
    columns: C,
}

/// What a resource or a scope says of all its items.
#[derive(Default)]
struct Said {
    fields: Vec<Prepared>,
    rate: Rate,
}

impl<'a, S: Signal<'a>> RequestRows<'a, S> {
    // A `ResourceSpans` or `ResourceLogs`. What is said of all items may stand behind them.
    fn resource(&mut self, reader: &mut Reader, bytes: &'a [u8]) -> Result<(), ReadError> {
        let (resource, schema_url) = head(reader, bytes)?;
        let name = service_name(resource)?.unwrap_or_else(|| self.signal.unnamed().to_string());
        let dataset_idx = match self.by_name.get(&name) {
            Some(idx) => *idx,
            None => {
                let mut builder = PartBuilder::new(Lens::Spans, &name);
                let columns = S::columns(&mut builder);
                self.bytes += builder.memory_bytes();
                self.datasets.push(Dataset { builder, columns });
                self.by_name.insert(name, self.datasets.len() - 1);
                self.datasets.len() - 1
            }
        };
        let Some(dataset) = self.datasets.get_mut(dataset_idx) else {
            return Ok(());
        };
        // The others stay as they are while this one grows.
        let others = self.bytes - dataset.builder.memory_bytes();
        let room = MOST_ROW_BYTES.saturating_sub(others);
        let mut said = Said::default();
        said.text(&mut dataset.builder, "resource.schema_url", &schema_url);
        said.attributes(&mut dataset.builder, reader, resource, 1)?;
        let mut fields = Fields::of(bytes);
        while let Some((number, field)) = fields.next()? {
            if number == 2 {
                let (builder, columns) = (&mut dataset.builder, &dataset.columns);
                self.n_rejected += scope(
                    &mut self.signal,
                    reader,
                    (builder, columns, room),
                    &said,
                    field.bytes()?,
                )?;
            }
        }
        self.bytes = others + dataset.builder.memory_bytes();
        // Names and prepared values take memory too, also where no row has them.
        match self.bytes > MOST_ROW_BYTES {
            true => Err(ReadError::TooLarge),
            false => Ok(()),
        }
    }
}

// A `ScopeSpans` or `ScopeLogs`; returns how many items were rejected.
fn scope<'a, S: Signal<'a>>(
    signal: &mut S,
    reader: &mut Reader,
    (builder, columns, room): (&mut PartBuilder, &S::Columns, usize),
    resource: &Said,
    bytes: &'a [u8],
) -> Result<usize, ReadError> {
    let (scope, schema_url) = head(reader, bytes)?;
    let (mut name, mut version) = (Cow::Borrowed(""), Cow::Borrowed(""));
    let mut fields = Fields::of(scope);
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => name = field.text()?,
            2 => version = field.text()?,
            _ => {}
        }
    }
    let mut said = Said::default();
    said.text(builder, "library.name", &name);
    said.text(builder, "library.version", &version);
    said.text(builder, "scope.schema_url", &schema_url);
    if INSTRUMENTATION
        .iter()
        .any(|prefix| name.starts_with(prefix))
    {
        let prepared = builder.prepare("telemetry.instrumentation_library", ValueRef::Bool(true));
        said.fields.push(prepared);
    }
    said.attributes(builder, reader, scope, 3)?;
    let mut rows = Rows {
        builder,
        columns,
        room,
        is_too_wide: false,
        rate: said.rate.0.or(resource.rate.0),
        said: [&resource.fields, &said.fields],
    };
    let mut n_rejected = 0;
    let mut fields = Fields::of(bytes);
    while let Some((number, field)) = fields.next()? {
        if number == 2 {
            let first_row = rows.len();
            signal.write(reader, &mut rows, field.bytes()?)?;
            // A span goes with its events and links: nobody could do anything with what is left.
            if std::mem::take(&mut rows.is_too_wide) {
                rows.builder.truncate(first_row);
                n_rejected += 1;
            }
        }
    }
    Ok(n_rejected)
}

const INSTRUMENTATION: [&str; 9] = [
    "io.opentelemetry",
    "opentelemetry.instrumentation",
    "OpenTelemetry.Instrumentation",
    "OpenTelemetry::Instrumentation",
    "go.opentelemetry.io/contrib/instrumentation",
    "@opentelemetry/instrumentation",
    "io.opentelemetry.contrib.php",
    "github.com/open-telemetry/opentelemetry-collector",
    "@honeycombio/",
];

// The resource or scope of a message, and its schema's address.
fn head<'a>(reader: &mut Reader, bytes: &'a [u8]) -> Result<(&'a [u8], Cow<'a, str>), ReadError> {
    let (mut head, mut schema_url) = (&[][..], Cow::Borrowed(""));
    let mut fields = reader.open(bytes)?;
    while let Some((number, field)) = fields.next()? {
        match number {
            1 => {
                reader.count()?;
                head = field.bytes()?;
            }
            3 => schema_url = field.text()?,
            _ => {}
        }
    }
    Ok((head, schema_url))
}

/// The beginning of the names that SDKs give to services without one.
const UNKNOWN_SERVICE: &str = "unknown_service";

// Blank, missing and `unknown_service:java` all mean that nobody named the service.
fn service_name(resource: &[u8]) -> Result<Option<String>, ReadError> {
    let mut name = None;
    // They are counted when they become fields.
    let mut reader = Reader::again();
    let mut fields = Fields::of(resource);
    while let Some((number, field)) = fields.next()? {
        if number != 1 {
            continue;
        }
        let (key, value) = reader.pair(field.bytes()?, 0)?;
        if key == "service.name" {
            name = match value {
                Any::Text(name) => Some(name),
                _ => None,
            };
        }
    }
    let name = name.as_deref().unwrap_or_default().trim();
    let is_named = !name.is_empty() && !name.starts_with(UNKNOWN_SERVICE);
    Ok(is_named.then(|| name.to_string()))
}

impl Said {
    fn text(&mut self, builder: &mut PartBuilder, name: &str, text: &str) {
        if !text.is_empty() {
            self.fields.push(builder.prepare(name, ValueRef::Str(text)));
        }
    }

    // The attributes in field `wanted` of a message.
    fn attributes(
        &mut self,
        builder: &mut PartBuilder,
        reader: &mut Reader,
        bytes: &[u8],
        wanted: u64,
    ) -> Result<(), ReadError> {
        let mut put = |name: &str, value: ValueRef<'_>| {
            self.fields.push(builder.prepare(name, value));
        };
        let mut fields = Fields::of(bytes);
        while let Some((number, field)) = fields.next()? {
            if number == wanted {
                put_attribute(reader, field.bytes()?, &mut self.rate, &mut put)?;
            }
        }
        Ok(())
    }
}

/// Where the rows of one scope go.
pub struct Rows<'r, C> {
    builder: &'r mut PartBuilder,
    /// The built-in columns.
    pub columns: &'r C,
    /// The sample rate that scope or resource name.
    pub rate: Option<u32>,
    said: [&'r [Prepared]; 2],
    room: usize,
    // Whether a row of the item that is being written has too many fields.
    is_too_wide: bool,
}

impl<C> Rows<'_, C> {
    /// Returns how many rows there are.
    pub fn len(&self) -> usize {
        self.builder.len()
    }

    /// Begins a row; `time` is in nanoseconds since the epoch.
    pub fn begin(&mut self, time: u64) {
        let time = i64::try_from(time).unwrap_or(i64::MAX);
        self.builder.begin_row(time, 1);
    }

    /// Gives the row a built-in column.
    pub fn put(&mut self, field: Field, value: ValueRef<'_>) {
        self.builder.put_field(field, value);
    }

    /// Gives the row a built-in column whose value is known since long.
    pub fn put_prepared(&mut self, prepared: &Prepared) {
        self.builder.put_prepared(prepared);
    }

    /// Gives the row a text, unless that is empty.
    pub fn put_text(&mut self, field: Field, text: &str) {
        if !text.is_empty() {
            self.builder.put_field(field, ValueRef::Str(text));
        }
    }

    /// Gives the row a field by its name.
    pub fn put_named(&mut self, name: &str, value: ValueRef<'_>) {
        self.builder.put(name, value);
    }

    /// Gives the row what resource and scope say of all their items.
    pub fn put_said(&mut self) {
        for prepared in self.said.into_iter().flatten() {
            self.builder.put_prepared(prepared);
        }
    }

    /// Gives the row attributes, each a `KeyValue`; returns the sample rate if one is among them.
    ///
    /// # Errors
    /// As for [`Reader::pair`].
    pub fn put_attributes(
        &mut self,
        reader: &mut Reader,
        attributes: &[&[u8]],
    ) -> Result<Rate, ReadError> {
        let mut rate = Rate::default();
        let mut put = |name: &str, value: ValueRef<'_>| self.builder.put(name, value);
        for attribute in attributes {
            put_attribute(reader, attribute, &mut rate, &mut put)?;
        }
        Ok(rate)
    }

    /// Ends a row.
    ///
    /// # Errors
    /// `TooLarge` if all rows of the request together take too much memory.
    pub fn end(&mut self) -> Result<(), ReadError> {
        if self.builder.memory_bytes() > self.room {
            return Err(ReadError::TooLarge);
        }
        self.is_too_wide |= self.builder.n_fields() > MOST_FIELDS;
        Ok(())
    }

    /// Says how many items each row from number `start` on stands for.
    pub fn set_rates(&mut self, start: usize, rate: u32) {
        self.builder.set_rates(start, rate);
    }
}

/// Returns a trace's id. Those of the older 64-bit kind come padded with zeros and are shown without.
pub fn trace_id(bytes: &[u8]) -> ValueRef<'_> {
    ValueRef::Hex(match bytes.split_first_chunk::<8>() {
        Some(([0, 0, 0, 0, 0, 0, 0, 0], rest)) if rest.len() == 8 => rest,
        _ => bytes,
    })
}
