//! `load` against `serve`, and against servers that are as they are in life.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::http::get_keyed;
use crate::place::{Place, Ran};
use crate::serve::serve;

/// What a server does with a request, by its number.
#[derive(Clone, Copy)]
enum Reply {
    Status(u16),
    /// Half an answer, and the end of the connection.
    Half,
    /// Nothing, for ever.
    Silence,
    /// 200, a while later.
    Late(Duration),
}

/// A server that ends with the test.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    // Told of each request.
    arrivals: Receiver<()>,
}

impl Server {
    fn start(reply: impl Fn(usize) -> Reply + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (arrived, arrivals) = channel();
        let (seen, reply, n) = (
            requests.clone(),
            Arc::new(reply),
            Arc::new(AtomicUsize::new(0)),
        );
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, reply, n) = (seen.clone(), reply.clone(), n.clone());
                let arrived = arrived.clone();
                thread::spawn(move || {
                    answer(stream, |text| {
                        seen.lock().unwrap().push(text);
                        let _ = arrived.send(());
                        reply(n.fetch_add(1, Ordering::SeqCst))
                    })
                });
            }
        });
        Server {
            address,
            requests,
            arrivals,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

// A request without a body, which is all that is sent here, comes in one piece.
fn answer(mut stream: TcpStream, reply: impl Fn(String) -> Reply) {
    let mut buffer = [0; 4096];
    stream.set_nodelay(true).unwrap();
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
        let status = match reply(text) {
            Reply::Status(status) => status,
            Reply::Late(time) => {
                thread::sleep(time);
                200
            }
            Reply::Half => {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n[]");
                return;
            }
            Reply::Silence => continue,
        };
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\n[]");
        if stream.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

/// Runs `load` with JSON, and returns what it says.
#[track_caller]
fn load(place: &Place, url: &str, code: i32, more: &[&str]) -> (Json, Ran) {
    let all: Vec<&str> = ["load", url, "--output", "json"]
        .iter()
        .chain(more)
        .copied()
        .collect();
    let ran = place.run(&all).expect_code(code);
    let json = serde_json::from_str(&ran.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr));
    (json, ran)
}

fn ms(json: &Json, time: &str, which: &str) -> f64 {
    json["all"][time][which].as_f64().unwrap()
}

#[test]
fn the_mock_back_end_answers_every_request_and_the_run_is_marked_in_its_dataset() {
    let place = Place::new();
    let serving = serve(&place, &[]);
    let url = format!("http://{}", serving.address);
    let more = ["--rps", "50,150", "--step", "1s", "--assert", "errors=0"];
    let (json, ran) = load(&place, &url, 0, &more);
    assert_eq!(json["model"], "open");
    for name in ["issued", "sent", "answered"] {
        assert_eq!(json[name], 200, "{name}: {json}");
    }
    assert_eq!(
        (&json["unfinished"], &json["all"]["errors"]),
        (&json!(0), &json!(0))
    );
    // The usual mix has searches for nothing and a robot's page; they are right to be refused.
    let refused = &json["refused_as_meant"];
    assert!(refused.as_u64().unwrap() > 0, "{json}");
    let n_ok = json["statuses"]["200"].as_u64().unwrap();
    assert_eq!(n_ok + refused.as_u64().unwrap(), 200);
    let of_steps: Vec<(&Json, &Json)> = json["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (&step["wanted_rps"], &step["requests"]))
        .collect();
    assert_eq!(
        of_steps,
        [(&json!(50.0), &json!(50)), (&json!(150.0), &json!(150))]
    );
    assert_eq!(json["wanted_rps"], 100.0);
    let of_routes = json["routes"].as_array().unwrap().iter();
    let n: u64 = of_routes.map(|it| it["requests"].as_u64().unwrap()).sum();
    assert_eq!(n, 200);
    assert_eq!(json["assertions"][0]["holds"], true);
    assert!(ms(&json, "response_time_ms", "p50") >= ms(&json, "service_time_ms", "p50"));

    let stack: SocketAddr = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("marked in dataset backend-flask at "))
        .and_then(|rest| rest.split(": ").next())
        .unwrap_or_else(|| panic!("{}", ran.stderr))
        .parse()
        .unwrap();
    let markers = get_keyed(stack, "/1/markers/backend-flask").json();
    let marker = &markers[0];
    assert_eq!(markers.as_array().map(Vec::len), Some(1));
    assert_eq!(marker["type"], "load");
    assert_eq!(
        marker["message"],
        "load: 50, then 150 requests a second for 1 s each, the usual mix"
    );
    let seconds = |name: &str| marker[name].as_i64().unwrap();
    assert!(seconds("end_time") >= seconds("start_time") + 2, "{marker}");

    // What it says it sent is what the back end saw.
    let ended = serving.running.stop();
    assert_eq!(
        ended
            .stdout
            .lines()
            .filter(|it| it.contains(" http "))
            .count(),
        200
    );
}

#[test]
fn tables_show_every_route_and_assertions_with_what_was_measured() {
    let place = Place::new();
    let server = Server::start(|_| Reply::Status(200));
    let ran = place
        .run(&[
            "load",
            &server.url(),
            "--rps",
            "200",
            "--for",
            "500ms",
            "--mix",
            "home=6,show=2",
            "--assert",
            "errors<1%",
            "--assert",
            "rps>1000",
            "--assert",
            "home.max<1m",
        ])
        .expect_code(1);
    for line in [
        "response time in ms, from when a request was due",
        "service time in ms, from when it was sent",
    ] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
    let rows = |name: &str| -> Vec<Vec<&str>> {
        let lines = ran.stdout.lines().filter(|line| line.starts_with(name));
        lines
            .map(|line| line.split_whitespace().collect())
            .collect()
    };
    assert_eq!((rows("home ").len(), rows("show ").len()), (2, 2));
    assert_eq!(rows("all ")[0][..3], ["all", "100", "0"]);
    assert_eq!(rows("errors<1%")[0], ["errors<1%", "0", "%", "yes"]);
    assert_eq!(rows("home.max<1m")[0].last(), Some(&"yes"));
    assert_eq!(rows("rps>1000")[0].last(), Some(&"NO"));
    // A hundred answers are too few for P99, and that is said with what it takes.
    assert!(rows("all ")[0][5].starts_with('~'), "{}", ran.stdout);
    for says in [
        "P99 needs 1000 answers and has 100",
        "error: 1 of 3 assertions do not hold",
        "the run is not marked: no local stack is running",
    ] {
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    assert!(!place.data().exists(), "no stack is started for a mark");
}

#[test]
fn errors_are_told_apart() {
    let place = Place::new();
    for (reply, kind, more) in [
        (Reply::Status(500), "status_5xx", &[][..]),
        (Reply::Status(404), "status_4xx", &[]),
        (Reply::Half, "closed", &[]),
        (Reply::Silence, "timeout", &["--timeout", "50ms"]),
    ] {
        // One in two goes well.
        let server = Server::start(move |n| match n % 2 {
            0 => Reply::Status(200),
            _ => reply,
        });
        let shared = ["--rps", "100", "--for", "200ms", "--max-connections", "1"];
        let all: Vec<&str> = ["--path", "/x", "--assert", "errors<10%"]
            .iter()
            .chain(&shared)
            .chain(more)
            .copied()
            .collect();
        let (json, _) = load(&place, &server.url(), 1, &all);
        let n_errors = json["all"]["errors"].as_u64().unwrap();
        assert!(n_errors > 0, "{kind}: {json}");
        assert_eq!(json["errors_by_kind"][kind], n_errors, "{json}");
        assert_eq!(json["assertions"][0]["holds"], false);
        assert_eq!(json["all"]["requests"], 20);
    }
}

#[test]
fn nobody_listening_is_exit_3_and_nothing_is_sent() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let ran = place.run(&["load", &address.to_string()]).expect_code(3);
    assert_eq!(
        ran.stderr,
        format!(
            "error: cannot reach {address}: connection refused\nhint: is `cruddurctl serve` running?\n"
        )
    );
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_stall_shows_in_response_times_and_not_in_service_times() {
    let stalling = || {
        Server::start(|n| match n {
            20 => Reply::Late(Duration::from_millis(800)),
            _ => Reply::Status(200),
        })
    };
    let place = Place::new();
    let shared = ["--path", "/x", "--for", "1s"];
    let server = stalling();
    let more = [&shared[..], &["--rps", "100", "--max-connections", "1"]].concat();
    let (open, _) = load(&place, &server.url(), 0, &more);
    // One answer was late; all that were due meanwhile have waited for it.
    let (service, response) = ("service_time_ms", "response_time_ms");
    assert_eq!(open["answered"], 100);
    assert!(ms(&open, service, "max") >= 800.0, "{open}");
    assert!(ms(&open, service, "p90") < 400.0, "{open}");
    assert!(ms(&open, response, "p90") > 400.0, "{open}");
    assert!(
        open["waited_for_connection"].as_u64().unwrap() > 50,
        "{open}"
    );

    // A closed model hides the same stall, and says that it does.
    let server = stalling();
    let (closed, ran) = load(
        &place,
        &server.url(),
        0,
        &[&shared[..], &["--connections", "1"]].concat(),
    );
    assert_eq!(
        (&closed["model"], &closed["wanted_rps"]),
        (&json!("closed"), &Json::Null)
    );
    assert!(ms(&closed, response, "max") >= 800.0, "{closed}");
    assert!(ms(&closed, response, "p90") < 400.0, "{closed}");
    assert!(
        ran.stderr.contains("--rps counts it as visitors feel it"),
        "{}",
        ran.stderr
    );
}

#[test]
fn interrupted_it_prints_what_it_has_and_is_exit_130() {
    for signal in ["INT", "TERM"] {
        let place = Place::new();
        let server = Server::start(|_| Reply::Status(200));
        let mut running = place.start(&[
            "load",
            &server.url(),
            "--rps",
            "200",
            "--for",
            "1h",
            "--path",
            "/x",
            "--assert",
            "rps>100000",
        ]);
        for _ in 0..30 {
            server.arrivals.recv().unwrap();
        }
        running.signal(signal);
        let ran = running.finish().expect_code(130);
        let row: Vec<&str> = ran
            .stdout
            .lines()
            .find(|line| line.starts_with("/x "))
            .unwrap_or_else(|| panic!("{}", ran.stdout))
            .split_whitespace()
            .collect();
        assert!(row[1].parse::<u64>().unwrap() >= 29, "{}", ran.stdout);
        assert!(
            ran.stderr.ends_with("error: interrupted\n"),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn every_request_begins_a_trace_of_its_own_if_asked_and_none_if_not() {
    let place = Place::new();
    let traced = |more: &[&str]| {
        let server = Server::start(|_| Reply::Status(200));
        let shared = ["--path", "/x", "--rps", "100", "--for", "200ms"];
        let (json, ran) = load(&place, &server.url(), 0, &[&shared[..], more].concat());
        let requests = server.requests.lock().unwrap().clone();
        let headers = requests
            .iter()
            .flat_map(|text| text.split("\r\n").map(str::to_string).collect::<Vec<_>>());
        let ids: Vec<String> = headers
            .filter_map(|line| Some(line.strip_prefix("traceparent: 00-")?[..32].to_string()))
            .collect();
        (json, ran, ids)
    };
    let (json, ran, ids) = traced(&["--traceparent"]);
    let mut different = ids.clone();
    different.sort();
    different.dedup();
    assert_eq!((ids.len(), different.len()), (20, 20));
    let slowest = json["slowest"].as_array().unwrap();
    assert_eq!(slowest.len(), 5);
    for slow in slowest {
        assert!(
            ids.iter().any(|id| slow["trace_id"] == id.as_str()),
            "{json}"
        );
    }
    let next = format!(
        "next: cruddurctl trace {}",
        slowest[0]["trace_id"].as_str().unwrap()
    );
    assert!(ran.stderr.contains(&next), "{}", ran.stderr);

    let (json, _, ids) = traced(&[]);
    assert!(ids.is_empty());
    assert_eq!(json["slowest"][0]["trace_id"], Json::Null);
}

#[test]
fn the_same_seed_sends_the_same_requests() {
    let place = Place::new();
    let sent = |seed: &str| {
        let server = Server::start(|_| Reply::Status(200));
        let shared = ["--rps", "200", "--for", "200ms", "--max-connections", "1"];
        let more = ["--mix", "home,user,search,show", "--seed", seed];
        load(&place, &server.url(), 0, &[&shared[..], &more].concat());
        let host = server.address.to_string();
        let requests = server.requests.lock().unwrap().clone();
        requests
            .iter()
            .map(|text| text.replace(&host, ""))
            .collect::<Vec<_>>()
    };
    let first = sent("1");
    assert_eq!(first.len(), 40);
    assert_eq!(first, sent("1"));
    assert_ne!(first, sent("2"));
}

#[test]
fn routes_can_be_listed_and_a_misspelt_one_gets_a_suggestion() {
    let place = Place::new();
    let listed = place.run(&["load", "--mix", "list"]).expect_code(0);
    assert_eq!(listed.stderr, "");
    assert!(
        listed
            .stdout
            .contains("\nhome                38  GET /api/activities/home\n")
    );
    let ran = place.run(&["load", "--mix", "hoem=6"]).expect_code(2);
    assert!(
        ran.stderr
            .contains("there is no route `hoem`; did you mean `home`?"),
        "{}",
        ran.stderr
    );
    let ran = place.run(&["load", "--assert", "p99<250"]).expect_code(2);
    assert!(
        ran.stderr.contains("  p99<250\n         ^\n"),
        "{}",
        ran.stderr
    );
    let ran = place
        .run(&["load", "--mix", "home", "--assert", "hone.p99<1s"])
        .expect_code(2);
    assert!(
        ran.stderr.contains("hint: did you mean `home`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn honeycomb_is_marked_where_there_is_a_key_and_a_refused_mark_is_no_failure() {
    let mut place = Place::new();
    place.set("CRUDDUR_STACK_KEY", "right");
    let stack = place.stack();
    let server = Server::start(|_| Reply::Status(200));
    let mut elsewhere = Place::new();
    elsewhere.set(
        "HONEYCOMB_API_ENDPOINT",
        &format!("http://{}", stack.address),
    );
    let url = server.url();
    let run = [
        "load",
        &url,
        "--rps",
        "50",
        "--for",
        "100ms",
        "--dataset",
        "mine",
    ];
    elsewhere.set("HONEYCOMB_API_KEY", "wrong");
    let ran = elsewhere.run(&run).expect_code(0);
    assert!(
        ran.stderr.contains("warning: the run is not marked: ")
            && ran.stderr.contains("rejected the key"),
        "{}",
        ran.stderr
    );
    // The dataset is made if nothing has been sent there yet.
    elsewhere.set("HONEYCOMB_API_KEY", "right");
    let ran = elsewhere.run(&run).expect_code(0);
    let says = format!("marked in dataset mine at {}", stack.address);
    assert!(ran.stderr.contains(&says), "{}", ran.stderr);
    let ran = elsewhere
        .run(&[&run[..6], &["--no-marker"]].concat())
        .expect_code(0);
    assert!(!ran.stderr.contains("marked in"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("not marked"), "{}", ran.stderr);
    let markers = crate::http::request(stack.address, "GET", "/1/markers/mine")
        .header("x-honeycomb-team", "right")
        .send(b"")
        .json();
    assert_eq!(markers.as_array().map(Vec::len), Some(1), "{markers}");
}
