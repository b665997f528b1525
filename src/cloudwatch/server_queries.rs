//! Logs Insights: StartQuery, GetQueryResults, DescribeQueries, StopQuery and what belongs to them.
//!
//! A query is a document that says what was asked, and up to which line: its answer is worked out whenever
//! it is asked for, and stays the same although lines keep coming. So a query outlives the stack, like
//! everything else, and no answer waits in memory for somebody to fetch it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::insights::{
    ANSWER_MAX_ROWS, Answer, QUERY_MAX_CHARS, Query, Record, Run, Source, Times,
};
use super::server_lines::{Asked, Line, position_of_text, position_text};
use super::server_pages::{Page, Place, each_newest_first};
use super::server_refusal::{Refusal, limit_of, required};
use super::server_state::{Call, DAY_MS, GROUPS, Group, parsed, put};
use super::server_token::{open, seal};
use super::wire::{EVENT_OVERHEAD_BYTES, GetLogRecord, QueryId, StartQuery};
use crate::door::query_pool;
use crate::model::region::LOCAL_ACCOUNT;
use crate::store::{Change, StoreError, Table};

/// Queries, by `region/id`.
pub(super) const QUERIES: Table = Table("logs/query");
/// How long a query is known, and how many are. Source: GetQueryResults, DescribeQueries.
pub(super) const KNOWN_MS: i64 = 7 * DAY_MS;
pub(super) const MAX_QUERIES: usize = 1_000;
const MAX_GROUPS: usize = 50;
/// The most groups that `SOURCE logGroups(…)` may mean. Source: the guide's page of SOURCE.
const MAX_SOURCE_GROUPS: usize = 10_000;
const PAGE_MAX_ROWS: usize = 10_000;
const PAGE_MAX_GROUPS: usize = 500;

/// What was asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Asking {
    pub(super) created_ms: i64,
    pub(super) groups: Vec<String>,
    /// Seconds since the epoch, inclusive both.
    pub(super) start_s: i64,
    pub(super) end_s: i64,
    pub(super) text: String,
    pub(super) limit: Option<usize>,
    /// Lines from this number on came later.
    pub(super) until_sequence: u64,
    /// Somebody has fetched its answer.
    pub(super) is_answered: bool,
    pub(super) is_cancelled: bool,
}

impl Asking {
    pub(super) fn status(&self) -> &'static str {
        if self.is_cancelled {
            "Cancelled"
        } else {
            "Complete"
        }
    }
}

// So many lines are quick to read, whatever a query does with each.
const LINES_BETWEEN_LOOKS: u64 = 256;

/// StartQuery.
pub async fn start(call: &Call<'_>, request: StartQuery) -> Result<Value, Refusal> {
    let text = required("queryString", &request.query_string)?;
    let start_s = *required("startTime", &request.start_time)?;
    let end_s = *required("endTime", &request.end_time)?;
    for (member, time) in [("startTime", start_s), ("endTime", end_s)] {
        if time < 0 {
            let constraint = "Member must have value greater than or equal to 0";
            return Err(Refusal::constraint(time, member, constraint));
        }
    }
    if end_s < start_s {
        return Err(Refusal::QueryEndsEarly);
    }
    if text.chars().count() > QUERY_MAX_CHARS {
        let constraint = format!("Member must have length less than or equal to {QUERY_MAX_CHARS}");
        return Err(Refusal::constraint(text, "queryString", constraint));
    }
    if let Some(language) = request.query_language.as_deref().filter(|it| *it != "CWLI") {
        let language = language.to_string();
        return Err(Refusal::QueryLanguage { language });
    }
    let limit = match request.limit {
        Some(_) => Some(limit_of("limit", request.limit, ANSWER_MAX_ROWS)?),
        None => None,
    };
    let query = Query::parse(text)?;
    let groups = groups_of(call, &request, &query)?;
    let asking = Asking {
        created_ms: call.now_ms,
        groups,
        start_s,
        end_s,
        text: text.clone(),
        limit,
        until_sequence: call.store.arrivals().borrow().unwrap_or(u64::MAX),
        is_answered: false,
        is_cancelled: false,
    };
    let id = super::server::request_id(rand::random());
    let (key, prefix) = (key_of(call, &id), key_of(call, ""));
    let started = call.store.transact(|documents| {
        let mut known: Vec<(i64, String)> = Vec::new();
        for (key, document) in documents.list(QUERIES, &prefix) {
            let created_ms = parsed::<Asking>(document).map_or(0, |asking| asking.created_ms);
            known.push((created_ms, key.to_string()));
        }
        known.sort();
        let n_excess = (known.len() + 1).saturating_sub(MAX_QUERIES);
        let leaving = known
            .into_iter()
            .enumerate()
            .filter(|(idx, (created_ms, _))| {
                *idx < n_excess || call.now_ms - created_ms > KNOWN_MS
            });
        let leaving = leaving.map(|(_, (_, key))| Change::Delete {
            table: QUERIES,
            key,
        });
        let new = put(QUERIES, key.clone(), &asking)?;
        Ok::<_, Refusal>((leaving.chain([new]).collect(), ()))
    });
    started.await??;
    Ok(json!({ "queryId": id }))
}

/// Returns the names of the groups, which must be named in exactly one way.
fn groups_of(call: &Call<'_>, request: &StartQuery, query: &Query) -> Result<Vec<String>, Refusal> {
    let by_name = request.log_group_name.iter().cloned().collect();
    let by_names = request.log_group_names.clone().unwrap_or_default();
    let by_identifiers = request.log_group_identifiers.clone().unwrap_or_default();
    let by_source = query.source.groups.clone();
    let ways: [Vec<String>; 4] = [by_name, by_names, by_identifiers, by_source];
    if !query.source.prefixes.is_empty() {
        return match ways.iter().all(Vec::is_empty) {
            true => groups_of_source(call, &query.source),
            false => Err(Refusal::QueryGroups),
        };
    }
    let mut given = ways.into_iter().filter(|names| !names.is_empty());
    let (Some(identifiers), None) = (given.next(), given.next()) else {
        return Err(Refusal::QueryGroups);
    };
    if identifiers.len() > MAX_GROUPS {
        let constraint = format!("Member must have length less than or equal to {MAX_GROUPS}");
        let value = format!("[{} groups]", identifiers.len());
        return Err(Refusal::constraint(
            value,
            "logGroupIdentifiers",
            constraint,
        ));
    }
    let mut groups: Vec<String> = Vec::new();
    for identifier in &identifiers {
        let name = call
            .name_of(identifier)
            .filter(|name| call.group(name).is_ok());
        let Some(name) = name else {
            return Err(Refusal::NoQueryGroup {
                group: identifier.clone(),
                request_id: super::server::request_id(rand::random()),
            });
        };
        if !groups.iter().any(|it| it == name) {
            groups.push(name.to_string());
        }
    }
    Ok(groups)
}

/// Returns the names of the groups that `SOURCE logGroups(…)` means.
fn groups_of_source(call: &Call<'_>, source: &Source) -> Result<Vec<String>, Refusal> {
    let start = call.group_key("");
    let mut groups: Vec<String> = Vec::new();
    for prefix in &source.prefixes {
        for (key, document) in call.store.documents(GROUPS, &call.group_key(prefix)) {
            let class = parsed::<Group>(&document).map(|group| group.class);
            let is_wanted = class.is_some_and(|class| match source.classes.is_empty() {
                true => class == "STANDARD",
                false => source.classes.contains(&class),
            });
            let name = key.strip_prefix(&start).filter(|_| is_wanted);
            groups.extend(name.map(str::to_string));
        }
    }
    groups.sort();
    groups.dedup();
    if groups.is_empty() {
        return Err(Refusal::NoQueryGroup {
            group: format!("{}*", source.prefixes.join("*, ")),
            request_id: super::server::request_id(rand::random()),
        });
    }
    if groups.len() > MAX_SOURCE_GROUPS {
        let constraint =
            format!("Member must have length less than or equal to {MAX_SOURCE_GROUPS}");
        let value = format!("[{} groups]", groups.len());
        return Err(Refusal::constraint(value, "logGroups", constraint));
    }
    Ok(groups)
}

/// GetQueryResults.
pub async fn results(call: &Call<'_>, request: QueryId) -> Result<Value, Refusal> {
    let (key, asking) = known(call, &request)?;
    let page_rows = match request.max_items {
        Some(0) | None => PAGE_MAX_ROWS,
        items => limit_of("maxItems", items, PAGE_MAX_ROWS)?,
    };
    let parameters = json!([key]);
    let begin = opened(
        "GetQueryResults",
        &parameters,
        request.next_token.as_deref(),
    )?;
    if asking.is_cancelled {
        return Ok(json!({"queryLanguage": "CWLI", "status": "Cancelled", "results": []}));
    }
    let (mut names, mut groups) = (Vec::new(), Vec::new());
    for name in &asking.groups {
        // A group that is gone by now has no lines.
        let Ok(group) = call.group(name) else {
            continue;
        };
        let streams = call.streams(name, "").into_iter();
        let asked = Asked {
            streams: streams
                .map(|(name, it)| (name, it.since_sequence))
                .collect::<HashMap<_, _>>(),
            from_ms: asking
                .start_s
                .saturating_mul(1_000)
                .max(call.shown_from_ms(&group)),
            until_ms: asking.end_s.saturating_mul(1_000).saturating_add(999),
        };
        names.push(name.clone());
        groups.push((call.parts(name), asked));
    }
    let n_groups = groups.len();
    let (text, limit, until_sequence) = (asking.text.clone(), asking.limit, asking.until_sequence);
    let times = Times {
        now_ms: asking.created_ms,
        start_ms: asking.start_s.saturating_mul(1_000),
        end_ms: asking.end_s.saturating_mul(1_000),
    };
    let run = move || -> Result<Option<(Answer, u64, u64)>, Refusal> {
        let query = Query::parse(&text)?;
        let mut run = Run::new(&query, limit, times);
        let (mut n_scanned, mut n_bytes, mut is_over) = (0, 0, false);
        let logs: Vec<String> = names
            .iter()
            .map(|it| format!("{LOCAL_ACCOUNT}:{it}"))
            .collect();
        each_newest_first(groups, |group_idx, line| {
            if line.sequence() >= until_sequence {
                return true;
            }
            if n_scanned % LINES_BETWEEN_LOOKS == 0 && query_pool::is_over() {
                is_over = true;
                return false;
            }
            let message = line.message();
            n_scanned += 1;
            n_bytes += (message.len() + EVENT_OVERHEAD_BYTES) as u64;
            let name = names.get(group_idx).map_or("", String::as_str);
            let pointer = || format!("{name}:{}", position_text(line.position()));
            run.take(&Record {
                time_ms: line.time_ms(),
                ingested_ms: line.ingested_ms(),
                message,
                stream: line.stream(),
                log: logs.get(group_idx).map_or("", String::as_str),
                pointer: &pointer,
            })
        });
        Ok((!is_over).then(|| (run.finish(), n_scanned, n_bytes)))
    };
    let ran = query_pool::off_the_runtime(run).await;
    let Some((answer, n_scanned, n_bytes)) =
        ran.map_err(|_| Refusal::Store(StoreError::Closed))??
    else {
        // The service's own word for it, in place of the refusal that other reads get.
        query_pool::says_so_itself();
        return Ok(json!({"queryLanguage": "CWLI", "status": "Timeout", "results": []}));
    };
    let until_ms = asking.end_s.saturating_mul(1_000).saturating_add(999);
    for name in &asking.groups {
        if let Ok(group) = call.group(name) {
            call.leaves_out(name, &group, (times.start_ms, until_ms));
        }
    }
    if !asking.is_answered {
        let answered = Asking {
            is_answered: true,
            ..asking
        };
        change(call, key, &answered).await?;
    }
    let status = if answer.is_too_much {
        "Failed"
    } else {
        "Complete"
    };
    let n_rows = answer.rows.len();
    let rows = answer
        .rows
        .into_iter()
        .skip(begin)
        .take(page_rows)
        .map(|row| {
            let pairs = row.into_iter();
            pairs
                .map(|(field, value)| json!({"field": field, "value": value}))
                .collect::<Value>()
        });
    let mut results = json!({
        "queryLanguage": "CWLI",
        "status": status,
        "results": rows.collect::<Vec<Value>>(),
        "statistics": {
            "recordsMatched": answer.n_matched as f64,
            "recordsScanned": n_scanned as f64,
            "estimatedRecordsSkipped": 0.0,
            "bytesScanned": n_bytes as f64,
            "estimatedBytesSkipped": 0.0,
            "logGroupsScanned": n_groups as f64,
        },
    });
    if begin + page_rows < n_rows {
        let next = (begin + page_rows).to_string();
        results["nextToken"] = json!(seal("GetQueryResults", &parameters, &next));
    }
    Ok(results)
}

/// StopQuery: a query runs until somebody has seen its answer.
pub async fn stop(call: &Call<'_>, request: QueryId) -> Result<Value, Refusal> {
    let (key, asking) = known(call, &request)?;
    if asking.is_answered || asking.is_cancelled {
        return Err(Refusal::QueryEnded);
    }
    let cancelled = Asking {
        is_cancelled: true,
        ..asking
    };
    change(call, key, &cancelled).await?;
    Ok(json!({"success": true}))
}

/// ListLogGroupsForQuery.
pub fn groups(call: &Call<'_>, request: QueryId) -> Result<Value, Refusal> {
    let (key, asking) = known(call, &request)?;
    let page_groups = limit_of("maxResults", request.max_results, PAGE_MAX_GROUPS)?;
    let parameters = json!([key]);
    let token = request.next_token.as_deref();
    let begin = opened("ListLogGroupsForQuery", &parameters, token)?;
    let page: Vec<&String> = asking.groups.iter().skip(begin).take(page_groups).collect();
    let mut answer = json!({"logGroupIdentifiers": page});
    let next = begin + page_groups;
    if next < asking.groups.len() {
        let token = seal("ListLogGroupsForQuery", &parameters, &next.to_string());
        answer["nextToken"] = json!(token);
    }
    Ok(answer)
}

// Returns how many entries a token says were given before.
fn opened(operation: &str, parameters: &Value, token: Option<&str>) -> Result<usize, Refusal> {
    match open(operation, parameters, token)? {
        Some(n_given) => n_given.parse().map_err(|_| Refusal::BadToken),
        None => Ok(0),
    }
}

/// GetLogRecord: a line by the `@ptr` of an answer, with the members of its message if that is JSON.
pub async fn record(call: &Call<'_>, request: GetLogRecord) -> Result<Value, Refusal> {
    let pointer = required("logRecordPointer", &request.log_record_pointer)?;
    let found = pointer.rsplit_once(':');
    let place = found.and_then(|(group, digits)| Some((group, position_of_text(digits)?)));
    let (group_name, position) = place.ok_or(Refusal::BadPointer)?;
    let group = call.group(group_name)?;
    let time_ms = i64::try_from(position >> 64).unwrap_or(i64::MAX);
    let streams = call.streams(group_name, "").into_iter();
    let asked = Asked {
        streams: streams
            .map(|(name, it)| (name, it.since_sequence))
            .collect(),
        from_ms: time_ms.max(call.shown_from_ms(&group)),
        until_ms: time_ms,
    };
    let parts = call.parts(group_name);
    let place = Place::After(position.saturating_sub(1));
    let find = move || Page::find(parts, asked, &Default::default(), place, 1).lines;
    let lines = query_pool::off_the_runtime(find).await;
    let lines = lines.map_err(|_| Refusal::Store(StoreError::Closed))?;
    call.leaves_out(group_name, &group, (time_ms, time_ms));
    let line = lines
        .into_iter()
        .find(|line: &Line| line.position() == position);
    let line = line.ok_or(Refusal::NoRecord)?;
    let message = line.message();
    let mut members = Map::new();
    if let Ok(Value::Object(object)) = serde_json::from_str(&message) {
        members.extend(object.into_iter().map(|(name, value)| match value {
            Value::String(text) => (name, json!(text)),
            other => (name, json!(other.to_string())),
        }));
    }
    let mut set = |name: &str, text: String| members.insert(name.to_string(), json!(text));
    set("@timestamp", line.time_ms().to_string());
    set("@ingestionTime", line.ingested_ms().to_string());
    set("@logStream", line.stream().to_string());
    set("@log", format!("{LOCAL_ACCOUNT}:{group_name}"));
    set("@ptr", pointer.clone());
    set("@message", message.to_string());
    Ok(json!({ "logRecord": members }))
}

pub(super) fn key_of(call: &Call<'_>, id: &str) -> String {
    format!("{}/{id}", call.region)
}

fn known(call: &Call<'_>, request: &QueryId) -> Result<(String, Asking), Refusal> {
    let id = required("queryId", &request.query_id)?;
    let key = key_of(call, id);
    let document = call.store.document(QUERIES, &key);
    let asking = document.and_then(|document| parsed(&document));
    Ok((key, asking.ok_or(Refusal::NoQuery)?))
}

async fn change(call: &Call<'_>, key: String, asking: &Asking) -> Result<(), Refusal> {
    let change = put(QUERIES, key, asking)?;
    call.store
        .transact(|_| Ok::<_, Refusal>((vec![change], ())))
        .await?
}
