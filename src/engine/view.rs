//! A block together with the columns that a query computes.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::filter::passing;
use super::formula::value;
use crate::model::formula::NamedFormula;
use crate::model::query::{Combination, Filter, QuerySpec};
use crate::model::span::Value;
use crate::model::time::Window;
use crate::store::{Block, BlockColumn as Column, BlockData as ColumnData};

/// A block as one query sees it.
pub struct View<'a> {
    /// The stored events.
    pub block: &'a Block,
    computed: Vec<Computed>,
}

// A computed column: one for each type that its values have, as in a block.
struct Computed {
    name: Arc<str>,
    columns: Vec<Column>,
}

/// Returns the block with the query's calculated fields, and the rows inside `window` that pass its
/// filters, ascending.
pub fn selected<'a>(block: &'a Block, window: Window, spec: &QuerySpec) -> (View<'a>, Vec<u32>) {
    let mut view = View {
        block,
        computed: Vec::new(),
    };
    if !spec.calculated_fields.is_empty() {
        // Fields are computed only where the filters that can be asked before leave something over.
        let is_stored = |filter: &&Filter| {
            let mut fields = spec.calculated_fields.iter();
            spec.combination == Combination::And && fields.all(|it| it.name != filter.column)
        };
        let stored: Vec<Filter> = spec.filters.iter().filter(is_stored).cloned().collect();
        let rows = passing(&view, window, &stored, Combination::And);
        for field in &spec.calculated_fields {
            view.compute(field, &rows);
        }
    }
    let rows = passing(&view, window, &spec.filters, spec.combination);
    (view, rows)
}

impl View<'_> {
    /// Returns the columns called `name`: one for each type that it has.
    pub fn columns_named(&self, name: &str) -> impl Iterator<Item = &Column> {
        let computed = self.computed.iter().find(|it| *it.name == *name);
        let stored = computed
            .is_none()
            .then(|| self.block.columns_named(name))
            .into_iter()
            .flatten();
        computed
            .into_iter()
            .flat_map(|computed| &computed.columns)
            .chain(stored)
    }

    fn compute(&mut self, field: &NamedFormula, rows: &[u32]) {
        let mut growing = Growing {
            name: field.name.as_str().into(),
            columns: Vec::new(),
            codes: HashMap::new(),
        };
        let sources: Vec<Vec<&Column>> = field
            .formula
            .columns()
            .iter()
            .map(|name| self.columns_named(name).collect())
            .collect();
        for &row in rows {
            let source = |idx: usize| {
                let columns = sources.get(idx)?;
                columns.iter().find_map(|column| column.value(row as usize))
            };
            let times = self.block.times();
            let time = times.get(row as usize).copied().unwrap_or_default();
            if let Some(value) = value(field.formula.root(), &source, time) {
                growing.push(row, value);
            }
        }
        self.computed.push(Computed {
            name: growing.name,
            columns: growing.columns,
        });
    }
}

struct Growing {
    name: Arc<str>,
    columns: Vec<Column>,
    codes: HashMap<Arc<str>, u32>,
}

impl Growing {
    fn push(&mut self, row: u32, value: Value) {
        let fits = |column: &&mut Column| {
            matches!(
                (&column.data, &value),
                (ColumnData::Str { .. }, Value::Str(_))
                    | (ColumnData::Int(_), Value::Int(_))
                    | (ColumnData::Float(_), Value::Float(_))
                    | (ColumnData::Bool(_), Value::Bool(_))
            )
        };
        let Some(column) = self.columns.iter_mut().find(fits) else {
            let data = match value {
                Value::Str(_) => ColumnData::Str {
                    codes: Vec::new(),
                    dictionary: Vec::new(),
                    index: HashMap::new(),
                },
                Value::Int(_) => ColumnData::Int(Vec::new()),
                Value::Float(_) => ColumnData::Float(Vec::new()),
                Value::Bool(_) => ColumnData::Bool(Vec::new()),
            };
            self.columns.push(Column {
                name: self.name.clone(),
                rows: Vec::new(),
                data,
            });
            return self.push(row, value);
        };
        column.rows.push(row);
        match (&mut column.data, value) {
            (
                ColumnData::Str {
                    codes, dictionary, ..
                },
                Value::Str(text),
            ) => {
                let code = self.codes.entry(text).or_insert_with_key(|text| {
                    dictionary.push(text.clone());
                    dictionary.len() as u32 - 1
                });
                codes.push(*code);
            }
            (ColumnData::Int(values), Value::Int(int)) => values.push(int),
            (ColumnData::Float(values), Value::Float(float)) => values.push(float),
            (ColumnData::Bool(values), Value::Bool(bool)) => values.push(bool),
            // The column was found by its type.
            _ => {}
        }
    }
}
