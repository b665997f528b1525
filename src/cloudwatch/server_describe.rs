//! DescribeQueries: which queries are known.

use serde_json::{Value, json};

use super::server_queries::{Asking, KNOWN_MS, MAX_QUERIES, QUERIES, key_of};
use super::server_refusal::{Refusal, limit_of};
use super::server_state::{Call, parsed};
use super::server_token::{open, seal};
use super::wire::DescribeQueries;

/// DescribeQueries: the newest first.
pub async fn describe(call: &Call<'_>, request: DescribeQueries) -> Result<Value, Refusal> {
    const STATUSES: [&str; 7] = [
        "Scheduled",
        "Running",
        "Complete",
        "Failed",
        "Cancelled",
        "Timeout",
        "Unknown",
    ];
    let limit = limit_of("maxResults", request.max_results, MAX_QUERIES)?;
    if let Some(status) = &request.status
        && !STATUSES.contains(&status.as_str())
    {
        let constraint = format!(
            "Member must satisfy enum value set: [{}]",
            STATUSES.join(", ")
        );
        return Err(Refusal::constraint(status, "status", constraint));
    }
    let prefix = key_of(call, "");
    let documents = call.store.documents(QUERIES, &prefix);
    let mut queries: Vec<(String, Asking)> = documents
        .iter()
        .filter_map(|(key, document)| {
            Some((key.strip_prefix(&prefix)?.to_string(), parsed(document)?))
        })
        .filter(|(_, it): &(String, Asking)| call.now_ms - it.created_ms <= KNOWN_MS)
        .filter(|(_, it)| {
            request
                .status
                .as_ref()
                .is_none_or(|status| status == it.status())
        })
        .filter(|(_, it)| {
            let name = request.log_group_name.as_ref();
            name.is_none_or(|name| it.groups.contains(name))
        })
        .filter(|_| {
            request
                .query_language
                .as_deref()
                .is_none_or(|it| it == "CWLI")
        })
        .collect();
    queries.sort_by(|(a_id, a), (b_id, b)| (b.created_ms, b_id).cmp(&(a.created_ms, a_id)));
    let parameters = json!([
        prefix,
        request.log_group_name,
        request.status,
        request.query_language
    ]);
    let token = request.next_token.as_deref();
    let begin = match open("DescribeQueries", &parameters, token)? {
        Some(before) => {
            let last = queries.iter().position(|(id, _)| *id == before);
            last.ok_or(Refusal::BadToken)? + 1
        }
        None => 0,
    };
    let page: Vec<_> = queries.iter().skip(begin).take(limit).collect();
    let entries = page.iter().map(|(id, asking)| {
        let sources: Vec<String> = asking.groups.iter().map(|it| format!("\"{it}\"")).collect();
        // Recorded from the real service.
        let text = format!(
            "SOURCE {} START={}000 END={}999 | {}",
            sources.join(", "),
            asking.start_s,
            asking.end_s,
            asking.text
        );
        json!({
            "queryLanguage": "CWLI",
            "queryId": id,
            "queryString": text,
            "status": asking.status(),
            "createTime": asking.created_ms,
            "logGroupName": asking.groups.first(),
        })
    });
    let mut answer = json!({"queries": entries.collect::<Vec<Value>>()});
    let has_more = begin + page.len() < queries.len();
    if let (true, Some((last, _))) = (has_more, page.last()) {
        answer["nextToken"] = json!(seal("DescribeQueries", &parameters, last));
    }
    Ok(answer)
}
