//! Whether a filter can mean the traces of a service of one name at all.

use serde_json::{Value, json};

use super::document;
use super::filter::Filter;
use super::trace::Trace;

const TRACE_ID: &str = "1-581cf771-a006649127e371903a2de979";

impl Filter {
    /// Tells whether the filter holds of any of some plain traces with one segment called `name`: quick and slow ones, of requests
    /// that went well, failed, were refused or were too many.
    ///
    /// That it does not, while it does for another name, is the name's doing.
    pub fn can_mean(&self, name: &str) -> bool {
        let outcomes = [
            (200, json!({})),
            (404, json!({ "error": true })),
            (429, json!({ "error": true, "throttle": true })),
            (500, json!({ "fault": true })),
        ];
        let lasting = [0.01, 1.0, 30.0];
        outcomes.iter().any(|(status, marks)| {
            let holds = |seconds: &f64| {
                let trace = trace(name, *status, marks, *seconds);
                trace.is_some_and(|trace| self.matches(&trace))
            };
            lasting.iter().any(holds)
        })
    }
}

fn trace(name: &str, status: u16, marks: &Value, seconds: f64) -> Option<Trace> {
    let start = 1_000.0;
    let mut json = json!({
        "id": "000000000000000a", "trace_id": TRACE_ID, "name": name,
        "start_time": start, "end_time": start + seconds,
        "http": {
            "request": { "method": "GET", "url": format!("http://{name}/api/activities/home") },
            "response": { "status": status },
        },
    });
    for (key, value) in marks.as_object()? {
        json[key] = value.clone();
    }
    let document = document::read(&json.to_string()).ok()?;
    Some(Trace::new(TRACE_ID, vec![document]))
}

#[cfg(test)]
mod tests {
    use crate::xray::filter_parser::parse;

    #[test]
    fn a_filter_by_name_means_that_name_alone_however_its_requests_went() {
        for (filter, name, can) in [
            ("service(\"backend-flask\")", "backend-flask", true),
            ("service(\"backend-flask\")", "127.0.0.1:4567", false),
            (
                "service(\"backend-flask\") { fault }",
                "backend-flask",
                true,
            ),
            (
                "service(\"4567-me.gitpod.io\") AND responsetime > 5",
                "4567-me.gitpod.io",
                true,
            ),
            ("http.url CONTAINS \"home\"", "anything", true),
            ("!fault", "anything", true),
        ] {
            let read = parse(filter, &|_| None).unwrap();
            assert_eq!(read.can_mean(name), can, "{filter} {name}");
        }
    }
}
