//! What a query's dataset has, asked of whoever answers.

use std::time::Duration;

use super::context::Context;
use super::failure::Failure;
use super::question::schema::{Meaning, Schema};
use crate::honeycomb::client::{HoneycombClient, HoneycombError};
use crate::model::catalogue::Column;
use crate::model::formula::{Formula, NamedFormula};
use crate::model::query::QuerySpec;

// The first spans of a back end that was just started are exported a moment after its first answer.
const FIRST_SPANS_TRIES: usize = 20;
const FIRST_SPANS_PAUSE: Duration = Duration::from_millis(100);

/// Returns what `dataset` has, with the fields `computed` of the query. `names` are those that the query has:
/// derived columns are only listed where one of them is no column.
///
/// A dataset that is not there, and one whose columns cannot be listed, is a schema without columns, which
/// takes every name; the latter is said.
///
/// # Errors
/// What a local stack refuses.
pub async fn schema(
    context: &Context,
    client: &HoneycombClient,
    dataset: &str,
    computed: &[NamedFormula],
    names: &[String],
) -> Result<Schema, Failure> {
    let mut schema = Schema {
        dataset: dataset.to_string(),
        columns: columns(context, client, dataset).await?,
        computed: computed.to_vec(),
        aliases: Vec::new(),
    };
    let is_nothing = |name: &String| matches!(schema.meaning(name), Meaning::Nothing(_));
    if !names.iter().any(is_nothing) {
        return Ok(schema);
    }
    for of in [dataset, QuerySpec::ALL_DATASETS] {
        match client.derived_columns(of).await {
            Ok(derived) => {
                for (name, expression) in derived {
                    match Formula::parse(&expression) {
                        Ok(formula) => schema.computed.push(NamedFormula { name, formula }),
                        Err(_) => schema.aliases.push(name),
                    }
                }
            }
            Err(HoneycombError::NoSuchDataset { .. }) => {}
            Err(error) => {
                unchecked(context, dataset, &error);
                schema.columns.clear();
                break;
            }
        }
    }
    Ok(schema)
}

async fn columns(
    context: &Context,
    client: &HoneycombClient,
    dataset: &str,
) -> Result<Vec<Column>, Failure> {
    let may_come = !context.is_embedded() && client.is_local();
    let n_tries = if may_come { FIRST_SPANS_TRIES } else { 1 };
    for _ in 0..n_tries {
        match client.columns(dataset).await {
            Ok(columns) => return Ok(columns),
            Err(HoneycombError::NoSuchDataset { .. }) if may_come => {
                tokio::time::sleep(FIRST_SPANS_PAUSE).await;
            }
            Err(HoneycombError::NoSuchDataset { .. }) => break,
            Err(error) if client.is_local() => return Err(error.into()),
            // The query itself says that the key is wrong, or that nobody is there.
            Err(HoneycombError::Unauthorized { .. } | HoneycombError::Unreachable { .. }) => break,
            Err(error) => {
                unchecked(context, dataset, &error);
                break;
            }
        }
    }
    Ok(Vec::new())
}

fn unchecked(context: &Context, dataset: &str, error: &HoneycombError) {
    context.note(&format!(
        "warning: the columns of {dataset} cannot be listed, so names and types are not checked: {error}"
    ));
}
