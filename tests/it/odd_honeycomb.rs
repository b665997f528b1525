//! Honeycomb on a bad day: it answers a script, one line for each call.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value as Json, json};

use crate::place::Place;

/// The service; it stands until the test process ends.
pub struct OddHoneycomb {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// What comes in place of the next good answer.
#[derive(Debug, Clone)]
pub enum Odd {
    /// An error in the API's own form, with these headers.
    Refusal(u16, &'static str, Vec<(&'static str, String)>),
    /// A web page with this status.
    Page(u16),
    /// A head that promises more than comes.
    Cut,
    /// The good answer, with these headers.
    Headers(Vec<(&'static str, String)>),
    /// Another body, with status 200.
    Body(Json),
}

/// Which call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Auth,
    Columns,
    Create,
    Run,
    Result,
}

struct State {
    auth: Json,
    script: Vec<(Step, VecDeque<Odd>)>,
    /// How often a result is looked for before it is there.
    n_pending: usize,
    calls: Vec<Step>,
    bodies: Vec<Json>,
}

impl OddHoneycomb {
    /// Opens it, on a good day.
    pub fn start() -> OddHoneycomb {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            auth: auth("configuration", &json!({"queries": true, "columns": true})),
            script: Vec::new(),
            n_pending: 0,
            calls: Vec::new(),
            bodies: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &state));
            }
        });
        OddHoneycomb { address, state }
    }

    /// A place whose key and address lead there.
    pub fn place(&self) -> Place {
        let mut place = Place::new();
        place.set("HONEYCOMB_API_KEY", "k-e-y");
        place.set(
            "HONEYCOMB_API_ENDPOINT",
            &format!("http://{}", self.address),
        );
        place
    }

    /// Says what comes at this step from now on, once each.
    pub fn script(&self, step: Step, odd: impl IntoIterator<Item = Odd>) {
        let odd = odd.into_iter().collect();
        self.state.lock().unwrap().script.push((step, odd));
    }

    /// Says what the key is and may do.
    pub fn key(&self, kind: &str, access: &Json) {
        self.state.lock().unwrap().auth = auth(kind, access);
    }

    /// Says how often a result is looked for before it is there.
    pub fn pending(&self, n: usize) {
        self.state.lock().unwrap().n_pending = n;
    }

    /// How often it was called for this.
    pub fn n_calls(&self, step: Step) -> usize {
        let state = self.state.lock().unwrap();
        state.calls.iter().filter(|it| **it == step).count()
    }

    /// The last query that was made.
    pub fn last_query(&self) -> Json {
        self.state.lock().unwrap().bodies.last().unwrap().clone()
    }
}

fn auth(kind: &str, access: &Json) -> Json {
    json!({
        "id": "k", "type": kind, "api_key_access": access,
        "team": {"name": "Cruddur", "slug": "cruddur"},
        "environment": {"name": "Test", "slug": "test"},
    })
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let mut length = 0;
    for line in reader.by_ref().lines().map_while(Result::ok) {
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Json = serde_json::from_slice(&body).unwrap_or(Json::Null);
    let _ = stream.write_all(state.lock().unwrap().answer(method, path, &body).as_bytes());
}

impl State {
    fn answer(&mut self, method: &str, path: &str, body: &Json) -> String {
        let step = match (method, path) {
            ("GET", "/1/auth") => Step::Auth,
            ("POST", path) if path.starts_with("/1/queries/") => Step::Create,
            ("POST", path) if path.starts_with("/1/query_results/") => Step::Run,
            ("GET", path) if path.starts_with("/1/query_results/") => Step::Result,
            // What there is to ask about is nobody's business here, and an ingest key's nowhere.
            _ if self.auth["type"] == "ingest" => {
                let text = "{\"error\":\"unknown API key\"}";
                return http(401, &[], "application/json", text);
            }
            ("GET", path) if path.starts_with("/1/columns/") => Step::Columns,
            ("GET", path) if path.starts_with("/1/derived_columns/") => {
                return http(200, &[], "application/json", "[]");
            }
            _ => return http(404, &[], "application/json", "{\"error\":\"no\"}"),
        };
        self.calls.push(step);
        if step == Step::Create {
            self.bodies.push(body.clone());
        }
        let good = match step {
            Step::Auth => self.auth.clone(),
            Step::Columns => json!([{"id": "c", "key_name": "duration_ms", "type": "float"}]),
            Step::Create => json!({"id": "q"}),
            Step::Run => json!({"id": "r", "complete": false}),
            Step::Result if self.n_pending > 0 => {
                self.n_pending -= 1;
                json!({"id": "r", "complete": false})
            }
            Step::Result => json!({"id": "r", "complete": true, "data": {
                "results": [{"data": {"COUNT": 42}}], "series": [],
            }}),
        };
        let odd = self
            .script
            .iter_mut()
            .find(|(of, odd)| *of == step && !odd.is_empty());
        match odd.and_then(|(_, odd)| odd.pop_front()) {
            None => http(200, &[], "application/json", &good.to_string()),
            Some(Odd::Headers(headers)) => {
                http(200, &headers, "application/json", &good.to_string())
            }
            Some(Odd::Body(body)) => http(200, &[], "application/json", &body.to_string()),
            Some(Odd::Page(status)) => http(
                status,
                &[],
                "text/html",
                "\n<!doctype html><title>Sign in</title>",
            ),
            Some(Odd::Refusal(status, said, headers)) => {
                let body = json!({"status": status, "error": said});
                http(
                    status,
                    &headers,
                    "application/problem+json",
                    &body.to_string(),
                )
            }
            Some(Odd::Cut) => {
                let whole = http(200, &[], "application/json", &good.to_string());
                whole[..whole.len() - 4].to_string()
            }
        }
    }
}

fn http(status: u16, headers: &[(&str, String)], kind: &str, body: &str) -> String {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
