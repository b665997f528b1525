//! A data folder whose every answer is known, and what a stack answers over it.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::http::{Answer, get_keyed, logs, post_json};
use crate::place::Place;
use crate::question::now;

/// How many spans, and how many log lines, there are.
pub const N_EVENTS: u64 = 2_400;
/// How many traces X-Ray has, of two segments each.
pub const N_TRACES: u64 = 60;
/// What everything is in.
pub const DATASET: &str = "app";
pub const GROUP: &str = "known";
const STREAM: &str = "one";
const N_BATCHES: u64 = 12;
/// Seals after some batches, so that there are several segments and a journal.
pub const SEALS: &[&str] = &["--seal-rows", "900", "--keep-age", "3650d"];

/// The data folder of a stack that was stopped, by path inside the folder.
pub type Files = BTreeMap<PathBuf, Vec<u8>>;

/// When the first event is from, in seconds since the epoch.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub start: u64,
}

/// An answer, and whether it says that it leaves something out.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub value: Json,
    pub left_out: Json,
}

impl Known {
    /// Fills the folder of a stack.
    pub fn fill(address: SocketAddr) -> Known {
        let known = Known {
            start: now() / 1_000_000_000 - 1_000,
        };
        let made = logs(address, "CreateLogGroup", &json!({ "logGroupName": GROUP }));
        assert_eq!(made.status, 200, "{}", made.text());
        let stream = json!({ "logGroupName": GROUP, "logStreamName": STREAM });
        let made = logs(address, "CreateLogStream", &stream);
        assert_eq!(made.status, 200, "{}", made.text());
        for batch in 0..N_BATCHES {
            known.send(address, batch);
            let name = format!("batch-{batch}");
            let group = json!({ "GroupName": name, "FilterExpression": "ok" });
            assert_eq!(post_json(address, "/CreateGroup", &group).status, 200);
            let marker = json!({ "message": name });
            let made = post_json(address, "/1/markers/__all__", &marker);
            assert_eq!(made.status, 201);
        }
        known
    }

    fn send(self, address: SocketAddr, batch: u64) {
        let size = N_EVENTS / N_BATCHES;
        let numbers = || batch * size..(batch + 1) * size;
        let time = |n: u64| self.start as f64 + n as f64 / 10.0;
        let events: Json = numbers()
            .map(|n| {
                json!({
                    "time": time(n),
                    "data": { "n": n, "v": n * 7, "route": format!("/r{}", n % 3), "duration_ms": n % 50 },
                })
            })
            .collect();
        let sent = post_json(address, &format!("/1/batch/{DATASET}"), &events);
        assert_eq!(sent.status, 200, "{}", sent.text());
        let lines: Vec<Json> = numbers()
            .map(|n| {
                let level = if n % 2 == 0 { "INFO" } else { "WARN" };
                json!({ "timestamp": (time(n) * 1e3) as u64, "message": format!("{level} line {n}") })
            })
            .collect();
        let put = json!({ "logGroupName": GROUP, "logStreamName": STREAM, "logEvents": lines });
        let sent = logs(address, "PutLogEvents", &put);
        assert_eq!(sent.status, 200, "{}", sent.text());
        let documents: Vec<String> = (0..N_TRACES / N_BATCHES)
            .flat_map(|n| {
                let n = batch * (N_TRACES / N_BATCHES) + n;
                let (id, start) = (self.trace_id(n), time(n * 40));
                let segment = move |name: &str, n_own: u64| {
                    let id_of = format!("{:016x}", n * 2 + n_own + 1);
                    let document = json!({
                        "name": name, "id": id_of, "trace_id": id,
                        "start_time": start, "end_time": start + 0.5,
                    });
                    document.to_string()
                };
                [segment("front", 0), segment("back", 1)]
            })
            .collect();
        let put = json!({ "TraceSegmentDocuments": documents });
        let sent = post_json(address, "/TraceSegments", &put);
        assert_eq!(sent.json()["UnprocessedTraceSegments"], json!([]));
    }

    fn trace_id(self, n: u64) -> String {
        format!("1-{:08x}-{n:024x}", self.start + n * 4)
    }

    /// Returns every kind of answer of a stack, by name.
    pub fn answers(self, address: SocketAddr) -> BTreeMap<&'static str, Said> {
        let count = json!([{"op": "COUNT"}]);
        let numbers = json!([
            {"op": "COUNT"}, {"op": "COUNT_DISTINCT", "column": "v"}, {"op": "SUM", "column": "n"},
            {"op": "MAX", "column": "duration_ms"}, {"op": "P90", "column": "duration_ms"},
        ]);
        let by_route = json!({ "calculations": count, "breakdowns": ["route"] });
        let heatmap = json!({ "calculations": [{"op": "HEATMAP", "column": "duration_ms"}] });
        BTreeMap::from([
            (
                "query",
                self.query(address, &json!({ "calculations": numbers })),
            ),
            ("groups", self.query(address, &by_route)),
            ("heatmap", self.query(address, &heatmap)),
            ("columns", columns(address)),
            ("lines", self.lines(address, "FilterLogEvents", json!({}))),
            (
                "warnings",
                self.lines(
                    address,
                    "FilterLogEvents",
                    json!({ "filterPattern": "WARN" }),
                ),
            ),
            (
                "stream",
                self.lines(
                    address,
                    "GetLogEvents",
                    json!({ "logStreamName": STREAM, "startFromHead": true }),
                ),
            ),
            ("insights", self.insights(address)),
            ("traces", self.summaries(address)),
            ("trace", self.trace(address)),
            ("graph", self.graph(address)),
        ])
    }

    fn range(self) -> (u64, u64) {
        (self.start - 60, self.start + 600)
    }

    fn query(self, address: SocketAddr, question: &Json) -> Said {
        let mut question = question.clone();
        (question["start_time"], question["end_time"]) =
            (self.range().0.into(), self.range().1.into());
        question["granularity"] = 60.into();
        let query = post_json(address, &format!("/1/queries/{DATASET}"), &question);
        if query.status != 200 {
            return said(&query, json!(query.status));
        }
        let run = json!({ "query_id": query.json()["id"] });
        let started = post_json(address, &format!("/1/query_results/{DATASET}"), &run);
        assert_eq!(started.status, 201, "{}", started.text());
        let location = started.header("location").to_string();
        loop {
            let mut result = get_keyed(address, &location).json();
            if result["complete"] == true {
                let left_out = result["data"]["left_out"].take();
                let value = json!([result["data"]["results"], result["data"]["series"]]);
                return Said { value, left_out };
            }
        }
    }

    // All pages; the times and messages of all lines.
    fn lines(self, address: SocketAddr, operation: &str, mut body: Json) -> Said {
        body["logGroupName"] = GROUP.into();
        body["startTime"] = (self.range().0 * 1_000).into();
        body["endTime"] = (self.range().1 * 1_000).into();
        let token = match operation {
            "GetLogEvents" => "nextForwardToken",
            _ => "nextToken",
        };
        let (mut lines, mut left_out) = (Vec::new(), Json::Null);
        loop {
            let page = logs(address, operation, &body);
            let of_page = said(&page, Json::Null).left_out;
            if !of_page.is_null() {
                left_out = of_page;
            }
            if page.status != 200 {
                return Said {
                    value: json!(page.status),
                    left_out,
                };
            }
            let page = page.json();
            for line in page["events"].as_array().unwrap() {
                lines.push(json!([line["timestamp"], line["message"]]));
            }
            if page[token].is_null() || page[token] == body["nextToken"] {
                return Said {
                    value: lines.into(),
                    left_out,
                };
            }
            body["nextToken"] = page[token].clone();
        }
    }

    fn insights(self, address: SocketAddr) -> Said {
        let query = json!({
            "logGroupName": GROUP, "startTime": self.range().0, "endTime": self.range().1,
            "queryString": "stats count(*) as n",
        });
        let started = logs(address, "StartQuery", &query);
        if started.status != 200 {
            return said(&started, json!(started.status));
        }
        let id = json!({ "queryId": started.json()["queryId"] });
        let results = logs(address, "GetQueryResults", &id);
        let rows = results.json()["results"].clone();
        said(&results, rows)
    }

    fn summaries(self, address: SocketAddr) -> Said {
        let mut body = json!({ "StartTime": self.range().0, "EndTime": self.range().1 });
        let (mut ids, mut left_out) = (Vec::new(), Json::Null);
        loop {
            let page = post_json(address, "/TraceSummaries", &body);
            assert_eq!(page.status, 200, "{}", page.text());
            let of_page = said(&page, Json::Null).left_out;
            if !of_page.is_null() {
                left_out = of_page;
            }
            let page = page.json();
            for summary in page["TraceSummaries"].as_array().unwrap() {
                let n_services = summary["ServiceIds"].as_array().map(Vec::len);
                ids.push(json!([summary["Id"], n_services]));
            }
            if page["NextToken"].is_null() {
                return Said {
                    value: ids.into(),
                    left_out,
                };
            }
            body["NextToken"] = page["NextToken"].clone();
        }
    }

    fn trace(self, address: SocketAddr) -> Said {
        let ids: Vec<String> = [0, 1, 30, 58, 59].map(|n| self.trace_id(n)).to_vec();
        let traces = post_json(address, "/Traces", &json!({ "TraceIds": ids }));
        assert_eq!(traces.status, 200, "{}", traces.text());
        let found = traces.json()["Traces"].clone();
        let found = found.as_array().unwrap().iter();
        let counted = found.map(|it| json!([it["Id"], it["Segments"].as_array().unwrap().len()]));
        said(&traces, counted.collect())
    }

    fn graph(self, address: SocketAddr) -> Said {
        // By when segments came.
        let now = now() / 1_000_000_000;
        let body = json!({ "StartTime": now - 21_000, "EndTime": now + 60 });
        let graph = post_json(address, "/ServiceGraph", &body);
        assert_eq!(graph.status, 200, "{}", graph.text());
        let services = graph.json()["Services"].clone();
        let services = services.as_array().unwrap().iter();
        let counted: BTreeMap<String, Json> = services
            .map(|it| {
                let key = format!("{} {}", it["Name"], it["Type"]);
                (key, it["SummaryStatistics"]["TotalCount"].clone())
            })
            .collect();
        said(&graph, json!(counted))
    }
}

fn columns(address: SocketAddr) -> Said {
    let columns = get_keyed(address, &format!("/1/columns/{DATASET}"));
    if columns.status != 200 {
        return said(&columns, json!(columns.status));
    }
    let listed = columns.json();
    let names = listed.as_array().unwrap().iter();
    let names: Vec<Json> = names.map(|it| it["key_name"].clone()).collect();
    said(&columns, names.into())
}

/// Returns what is said in the header of an answer.
pub fn said(answer: &Answer, value: Json) -> Said {
    let text = answer.header("x-cruddur-left-out");
    let left_out = serde_json::from_str(text).unwrap_or(Json::Null);
    Said { value, left_out }
}

/// Returns every file of the data folder, and which are left over from a run is not asked.
pub fn files(place: &Place) -> Files {
    let inside = |path: PathBuf| path.strip_prefix(place.data()).unwrap().to_path_buf();
    let listing = place.listing().into_iter();
    listing.map(|(path, bytes)| (inside(path), bytes)).collect()
}

/// Makes the data folder hold these files and no others.
pub fn lay(place: &Place, files: &Files) {
    fs::remove_dir_all(place.data()).unwrap();
    for (path, bytes) in files {
        let path = place.data().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    for folder in ["journal", "segments"] {
        fs::create_dir_all(place.data().join(folder)).unwrap();
    }
}
