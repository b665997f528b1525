//! The X-Ray daemon's door, as the stack has it and as `xray daemon` stands in for AWS's own.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

use crate::http::{get, post_json, request};
use crate::place::{Place, Ran, Running};

const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";
const OWN: &str = "1-581cf771-a006649127e371903a2de979";

fn seconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    now.as_secs()
}

fn trace_id(n: u64) -> String {
    format!("1-{:08x}-{n:024x}", seconds() & !0xffff)
}

fn segment(n: u64) -> Json {
    let start = seconds();
    json!({
        "name": "backend-flask", "id": format!("{n:016x}"), "trace_id": trace_id(n),
        "start_time": start, "end_time": start + 1,
    })
}

fn datagram(document: &Json) -> Vec<u8> {
    format!("{HEADER}{document}").into_bytes()
}

/// A door: where it is, and who says what came through it.
struct Door {
    running: Running,
    address: SocketAddr,
}

impl Door {
    fn of_stack(place: &Place) -> Door {
        Door::told(place.start(&["stack", "--port", "0"]))
    }

    fn start(place: &Place, arguments: &[&str]) -> Door {
        let daemon = ["xray", "daemon", "--port", "0"];
        Door::told(place.start(&[&daemon, arguments].concat()))
    }

    fn told(running: Running) -> Door {
        let line = running.stderr_line(|line| line.contains("AWS_XRAY_DAEMON_ADDRESS="));
        let address = line.split('=').nth(1).unwrap().trim_matches('\'');
        let address = address.parse().unwrap();
        Door { running, address }
    }

    fn send(&self, datagrams: impl IntoIterator<Item = Vec<u8>>) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        for datagram in datagrams {
            socket.send_to(&datagram, self.address).unwrap();
        }
    }

    fn segments(&self, numbers: std::ops::Range<u64>) {
        self.send(numbers.map(|n| datagram(&segment(n))));
    }

    fn counts(&self) -> Json {
        get(self.address, "/healthz").json()["daemon"].clone()
    }

    /// Waits until the counts are as they should be.
    #[track_caller]
    fn wait(&self, is_it: impl Fn(&Json) -> bool) -> Json {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let counts = self.counts();
            if is_it(&counts) {
                return counts;
            }
            assert!(Instant::now() < deadline, "{counts:#}");
            std::thread::yield_now();
        }
    }

    /// Waits until so many segments have been delivered to a side.
    #[track_caller]
    fn wait_delivered(&self, side: usize, n: u64) -> Json {
        self.wait(|counts| counts["sides"][side]["delivered"] == n)
    }

    fn kill(self) -> Ran {
        self.running.kill()
    }
}

/// How many of these traces are at an HTTP door of X-Ray.
fn found(address: SocketAddr, numbers: std::ops::Range<u64>) -> usize {
    let ids: Vec<String> = numbers.map(trace_id).collect();
    let parts = ids.chunks(5).map(|ids| {
        let traces = post_json(address, "/Traces", &json!({ "TraceIds": ids })).json();
        traces["Traces"].as_array().unwrap().len()
    });
    parts.sum()
}

/// A home whose AWS is at an address.
fn place_before(address: SocketAddr) -> Place {
    let mut place = Place::new();
    place.set("AWS_ENDPOINT_URL_XRAY", &format!("http://{address}"));
    place.set("AWS_ACCESS_KEY_ID", "any");
    place.set("AWS_SECRET_ACCESS_KEY", "any");
    place.set("AWS_REGION", "us-east-1");
    place
}

fn closing(ran: &Ran) -> &str {
    let line = ran
        .stderr
        .lines()
        .find(|line| line.starts_with("x-ray daemon: received"));
    line.unwrap_or_else(|| panic!("{}", ran.stderr))
}

/// A number of the closing line.
fn part(ran: &Ran, name: &str) -> u64 {
    let line = closing(ran);
    let rest = line.split(&format!("{name} ")).nth(1).unwrap();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap()
}

fn rejects(place: &Place, n: usize) -> Vec<Json> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let ran = place
            .run(&[
                "--target", "local", "xray", "daemon", "rejects", "--output", "json",
            ])
            .expect_code(0);
        let list: Vec<Json> = serde_json::from_str(&ran.stdout).unwrap();
        if list.len() >= n {
            assert_eq!(list.len(), n, "{list:#?}");
            return list;
        }
        assert!(Instant::now() < deadline, "{list:#?}");
    }
}

/// Odd datagrams, each with the reason that it is refused for; `None` if it is taken.
fn odd_datagrams() -> Vec<(Vec<u8>, Option<&'static str>)> {
    let with = |change: &dyn Fn(&mut Json)| {
        let mut document = segment(7);
        document["trace_id"] = OWN.into();
        change(&mut document);
        datagram(&document)
    };
    let mut deep = String::from("1");
    for _ in 0..200 {
        deep = format!("{{\"subsegments\":[{deep}]}}");
    }
    let full = {
        let empty = with(&|document| document["metadata"] = json!({"d": ""})).len();
        // The longest that UDP over IPv4 can carry.
        let text = "x".repeat(65_507 - empty);
        with(&|document| document["metadata"] = json!({"d": text}))
    };
    assert_eq!(full.len(), 65_507);
    vec![
        (Vec::new(), Some("InvalidHeader")),
        (b"{".to_vec(), Some("InvalidHeader")),
        (
            b"\x00\xff\xfe garbage \n\n\n".to_vec(),
            Some("InvalidHeader"),
        ),
        (segment(1).to_string().into_bytes(), Some("InvalidHeader")),
        (
            b"{\"format\":\"json\",\"version\":2}\n{}".to_vec(),
            Some("InvalidHeader"),
        ),
        (
            b"{\"format\":\"protobuf\",\"version\":1}\n{}".to_vec(),
            Some("InvalidHeader"),
        ),
        // No newline, and nothing after it.
        (HEADER.trim_end().into(), Some("EmptyDatagram")),
        (HEADER.into(), Some("EmptyDatagram")),
        ([HEADER.as_bytes(), b"\xff\xfe"].concat(), Some("NotText")),
        (format!("{HEADER}not json").into(), Some("ParseError")),
        (format!("{HEADER}{deep}").into(), Some("TooDeep")),
        (format!("{HEADER}T1S!!!").into(), Some("ParseError")),
        (
            with(&|document| document["id"] = "7".into()),
            Some("InvalidId"),
        ),
        (
            with(&|document| document["trace_id"] = "1-2-3".into()),
            Some("InvalidTraceId"),
        ),
        (
            with(&|document| document["name"] = "a*b".into()),
            Some("InvalidName"),
        ),
        (
            with(&|document| document["end_time"] = "1".into()),
            Some("InvalidTime"),
        ),
        // One id three times is one segment.
        (with(&|_| {}), None),
        (with(&|_| {}), None),
        (full, None),
    ]
}

#[test]
fn odd_datagrams_are_counted_and_listed_with_reason_and_trace_at_either_door() {
    for is_stand_in in [false, true] {
        let place = Place::new();
        let door = match is_stand_in {
            false => Door::of_stack(&place),
            true => Door::start(&place, &[]),
        };
        let odd = odd_datagrams();
        let n_sent = odd.len() as u64;
        let n_taken = odd.iter().filter(|(_, reason)| reason.is_none()).count() as u64;
        let reasons: Vec<&str> = odd.iter().filter_map(|(_, reason)| *reason).collect();
        door.send(odd.iter().map(|(datagram, _)| datagram.clone()));
        let counts = door.wait(|counts| match is_stand_in {
            false => {
                counts["received"] == n_sent && counts["waiting"] == 0 && counts["taken"] == n_taken
            }
            true => counts["sides"][0]["delivered"] == n_taken,
        });
        let at_door = if is_stand_in {
            &counts["door"]
        } else {
            &counts
        };
        assert_eq!(
            (&at_door["received"], &at_door["kernel_drops"]),
            (&n_sent.into(), &0.into()),
            "{counts:#}"
        );

        let list = rejects(&place, reasons.len());
        let mut listed: Vec<&str> = list
            .iter()
            .map(|it| it["reason"].as_str().unwrap())
            .collect();
        let mut expected = reasons.clone();
        listed.sort_unstable();
        expected.sort_unstable();
        assert_eq!(listed, expected);
        let named = list
            .iter()
            .find(|it| it["reason"] == "InvalidName")
            .unwrap();
        assert_eq!(
            (&named["trace_id"], &named["via"]),
            (&json!(OWN), &json!("udp"))
        );
        assert!(
            named["sender"].as_str().unwrap().starts_with("127.0.0.1:"),
            "{named}"
        );
        let traces = post_json(door.address, "/Traces", &json!({ "TraceIds": [OWN] })).json();
        let segments = traces["Traces"][0]["Segments"].as_array().unwrap();
        assert_eq!(segments.len(), 1, "three times the same id is one segment");

        let ended = door.running.stop();
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let line = closing(&ended);
        assert!(line.contains(&format!("received {n_sent}, ")), "{line}");
        if is_stand_in {
            assert_eq!(
                part(&ended, "refused"),
                reasons.len() as u64,
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains("6 InvalidHeader"), "{}", ended.stderr);
        }
    }
}

#[test]
fn segments_go_to_both_sides_and_questions_to_the_far_one() {
    let far_place = Place::new();
    let far = far_place.stack();
    far_place.run(&["xray", "setup"]).expect_code(0);
    let place = place_before(far.address);
    let door = Door::start(&place, &["--forward"]);
    door.segments(0..120);
    door.wait(|counts| (0..2).all(|side| counts["sides"][side]["delivered"] == 120));
    assert_eq!(found(far.address, 0..120), 120);

    let asked = |method, path: &'static str| {
        request(door.address, method, path).header("content-type", "application/json")
    };
    // Unsigned and with nothing in it, as samplers ask; a header for the connection is not passed on.
    let rules = asked("POST", "/GetSamplingRules")
        .header("connection", "close, x-mine")
        .send(b"");
    let rules = rules.json();
    let rules = rules["SamplingRuleRecords"].as_array().unwrap();
    let is_ours = |rule: &Json| rule["SamplingRule"]["RuleName"] == "Cruddur";
    assert!(rules.iter().any(is_ours), "{rules:?}");
    let none = asked("POST", "/NoSuchOperation").send(b"{}");
    let unknown = json!("com.amazon.coral.service#UnknownOperationException");
    assert_eq!(
        (none.status, &none.json()["Output"]["__type"]),
        (200, &unknown)
    );
    let body = json!({ "TraceIds": [trace_id(3)] }).to_string();
    let traces = asked("POST", "/Traces").send(body.as_bytes()).json();
    assert_eq!(traces["Traces"][0]["Id"], trace_id(3));
    assert_eq!(asked("GET", "/GetSamplingRules").send(b"").status, 405);
    let page = asked("POST", "/Traces").header("origin", "http://localhost:3000");
    assert_eq!(page.send(body.as_bytes()).status, 403);
    let rebound = asked("POST", "/Traces").header("host", "evil.test");
    assert_eq!(rebound.send(body.as_bytes()).status, 403);

    far.running.stop();
    let gone = asked("POST", "/GetSamplingRules").send(b"");
    assert_eq!(gone.status, 502);
    assert!(gone.text().contains("cannot reach"), "{}", gone.text());
    let ended = door.running.stop();
    let all = "received 120, stored 120, forwarded 120, spooled 0, refused 0, dropped 0";
    assert!(closing(&ended).ends_with(all), "{}", ended.stderr);
    assert_eq!(found(place.stack().address, 0..120), 120);
}

#[test]
fn what_waits_survives_kill_9_with_a_torn_tail_and_arrives_when_the_far_side_is_back() {
    let far_place = Place::new();
    let far = far_place.stack();
    let address = far.address;
    let place = place_before(address);
    let door = Door::start(&place, &["--forward-only"]);
    door.segments(0..10);
    door.wait_delivered(0, 10);
    far.running.kill();
    door.segments(10..130);
    door.wait(|counts| counts["sides"][0]["spooled"] == 120);
    door.kill();
    let spool = place.data().join("spool/aws-us-east-1");
    let mut pieces: Vec<_> = fs::read_dir(&spool)
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "spool"))
        .collect();
    pieces.sort();
    let last = pieces.last().unwrap();
    let whole = fs::read(last).unwrap();
    fs::write(last, [&whole[..], &whole[..40]].concat()).unwrap();

    let running = place.start(&["xray", "daemon", "--port", "0", "--forward-only"]);
    running.stderr_line(|line| line.contains("40 damaged bytes at its end, which were cut off"));
    running.stderr_line(|line| line.starts_with("120 segments from before wait"));
    let door = Door::told(running);
    door.running.stderr_line(|line| {
        line.starts_with("warning: ") && line.contains("they wait in the spool")
    });
    door.segments(130..140);
    let port = address.port().to_string();
    let far = far_place.stack_at(&["--port", &port, "--grpc-port", "0", "--daemon-port", "0"]);
    door.wait_delivered(0, 130);
    assert_eq!(found(far.address, 0..140), 140);
    let ended = door.running.stop();
    let all = "received 10, stored 0, forwarded 130, spooled 0, refused 0, dropped 0";
    assert!(closing(&ended).ends_with(all), "{}", ended.stderr);
}

#[test]
fn a_full_spool_loses_the_oldest_and_every_one_is_counted() {
    let nobody = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let place = place_before(nobody);
    let door = Door::start(&place, &["--forward-only", "--spool-size", "1MiB"]);
    for n in 0..100 {
        let mut long = segment(n);
        long["metadata"] = json!({"d": "x".repeat(50_000)});
        door.send([datagram(&long)]);
        door.wait(|counts| counts["door"]["received"] == n + 1);
    }
    let ended = door.running.stop();
    let (spooled, dropped) = (part(&ended, "spooled"), part(&ended, "dropped"));
    assert_eq!(
        (spooled + dropped, part(&ended, "received")),
        (100, 100),
        "{}",
        ended.stderr
    );
    assert!(spooled > 0 && dropped >= 50, "{}", ended.stderr);
    let on_disk: u64 = fs::read_dir(place.data().join("spool/aws-us-east-1"))
        .unwrap()
        .map(|it| it.unwrap().metadata().unwrap().len())
        .sum();
    // One batch is never cut in two.
    assert!(on_disk < (1 << 20) + 50 * 51_000, "{on_disk}");
    assert!(
        ended
            .stderr
            .contains("wait in the spool until the next start"),
        "{}",
        ended.stderr
    );
}

/// An X-Ray that says what it is told to say, one answer after the other, and the last one for ever.
fn scripted(answers: &'static [(u16, &'static str)]) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let n_asked = Arc::new(AtomicUsize::new(0));
    let n = n_asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).is_ok_and(|n| n > 2) {
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let at = n.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let (status, body) = answers[at];
            let answer = format!(
                "HTTP/1.1 {status} As told\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = reader.get_mut().write_all(answer.as_bytes());
        }
    });
    (address, n_asked)
}

#[test]
fn throttling_and_faults_are_waited_out_and_what_x_ray_refuses_is_listed() {
    let (address, n_asked) = scripted(&[
        (
            429,
            r#"{"__type":"ThrottledException","message":"slow down"}"#,
        ),
        (503, r#"{"message":"not now"}"#),
        (413, "{}"),
        (
            200,
            r#"{"UnprocessedTraceSegments":[{"Id":"0000000000000002","ErrorCode":"InvalidTraceId","Message":"too old"}]}"#,
        ),
        (200, r#"{"UnprocessedTraceSegments":[]}"#),
        (
            400,
            r#"{"__type":"InvalidRequestException","message":"no log group"}"#,
        ),
    ]);
    let place = place_before(address);
    let door = Door::start(&place, &["--forward-only"]);
    door.segments(1..5);
    let counts = door.wait_delivered(0, 3);
    assert_eq!(counts["sides"][0]["refused"], json!({"InvalidTraceId": 1}));
    door.segments(5..7);
    door.wait(|counts| counts["sides"][0]["refused"]["InvalidRequestException"] == 2);
    assert_eq!(n_asked.load(Ordering::SeqCst), 6);
    let list = rejects(&place, 3);
    let old = &list[0];
    assert_eq!(
        (&old["reason"], &old["trace_id"], &old["segment_id"]),
        (
            &json!("InvalidTraceId"),
            &json!(trace_id(2)),
            &json!("0000000000000002")
        )
    );
    assert_eq!(old["explanation"], "X-Ray refused it: too old");
    let ended = door.running.stop();
    let all = "received 6, stored 0, forwarded 3, spooled 0, refused 3, dropped 0";
    assert!(closing(&ended).ends_with(all), "{}", ended.stderr);
}

#[test]
fn a_local_stack_that_goes_and_comes_back_elsewhere_gets_everything() {
    let place = Place::new();
    let stack = place.stack();
    let door = Door::start(&place, &[]);
    door.segments(0..7);
    door.wait_delivered(0, 7);
    stack.running.stop();
    door.segments(7..90);
    door.running
        .stderr_line(|line| line.starts_with("warning: the local stack takes no segments"));
    let stack = place.stack();
    door.running
        .stderr_line(|line| line.starts_with("the local stack takes segments again"));
    door.wait_delivered(0, 90);
    assert_eq!(found(stack.address, 0..90), 90);
    // What is asked finds it, too.
    assert_eq!(
        post_json(door.address, "/GetSamplingRules", &json!({})).status,
        200
    );
    let ended = door.running.stop();
    assert!(closing(&ended).contains("stored 90,"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_opened() {
    let place = Place::new();
    for (arguments, message, hint) in [
        (
            &["-b", "0.0.0.0:0"][..],
            "lets other machines in",
            "--allow-remote",
        ),
        (&["--bind", "here"], "--bind here", "127.0.0.1:2000"),
        (
            &["-c", "cfg.yaml"],
            "--config of AWS's daemon",
            "AWS_ENDPOINT_URL_XRAY",
        ),
        (
            &["-r", "arn:aws:iam::1:role/x"],
            "--role-arn",
            "AWS_PROFILE",
        ),
        (
            &["--target", "local", "--forward"],
            "keeps everything on this machine",
            "leave one of them out",
        ),
        (
            &["--target", "cloud"],
            "does not say what becomes of segments",
            "--forward-only",
        ),
        (&["--forward", "--forward-only"], "cannot be used with", ""),
        (&["--spool-size", "10kB"], "the least is 1MiB", ""),
    ] {
        let ran = place
            .run(&[&["xray", "daemon"], arguments].concat())
            .expect_code(2);
        assert_eq!(ran.stdout, "");
        assert!(
            ran.stderr.contains(message) && ran.stderr.contains(hint),
            "{}",
            ran.stderr
        );
        assert!(!place.data().exists(), "{arguments:?}");
    }
    let no_region = place.run(&["xray", "daemon", "--forward"]).expect_code(4);
    assert!(
        no_region.stderr.contains("no AWS region is set"),
        "{}",
        no_region.stderr
    );
    let no_keys = place
        .run(&["xray", "daemon", "--forward", "-n", "eu-west-1"])
        .expect_code(4);
    assert!(
        no_keys.stderr.contains("credentials are missing"),
        "{}",
        no_keys.stderr
    );
}

#[test]
fn a_taken_port_says_who_has_it_and_that_a_running_stack_is_a_daemon() {
    let place = Place::new();
    let door = Door::of_stack(&place);
    let bind = door.address.to_string();
    let ran = place
        .run(&["xray", "daemon", "-o", "-b", &bind])
        .expect_code(1);
    assert!(
        ran.stderr.contains("-o: EC2's metadata is never asked"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains(&format!("cannot bind {bind}")),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("the local stack is a daemon already"),
        "{}",
        ran.stderr
    );
    let mut place = Place::new();
    place.set("AWS_ACCESS_KEY_ID", "any");
    place.set("AWS_SECRET_ACCESS_KEY", "any");
    let stack = place.stack();
    place.set("AWS_ENDPOINT_URL", &format!("http://{}", stack.address));
    let ran = place.run(&[
        "xray",
        "daemon",
        "--port",
        "0",
        "-n",
        "us-east-1",
        "--forward",
    ]);
    let ran = ran.expect_code(2);
    assert!(
        ran.stderr.contains("is the local stack itself"),
        "{}",
        ran.stderr
    );
}

// Not every system has the whole of 127/8.
#[cfg(target_os = "linux")]
#[test]
fn both_addresses_of_a_daemon_whose_doors_are_apart_are_told() {
    let place = Place::new();
    let running = place.start(&[
        "xray",
        "daemon",
        "-b",
        "127.0.0.1:0",
        "-t",
        "127.0.0.2:0",
        "-l",
        "warn",
    ]);
    let line = running.stdout_line(|_| true);
    let (tcp, udp) = line.split_once(' ').unwrap();
    assert!(tcp.starts_with("tcp:127.0.0.2:"), "{line}");
    assert!(udp.starts_with("udp:127.0.0.1:"), "{line}");
    let ended = running.stop();
    let says_less = !ended.stderr.contains("stop with Ctrl-C");
    assert!(says_less, "{}", ended.stderr);
    assert_eq!(part(&ended, "received"), 0);
}

#[test]
fn a_back_end_with_no_stack_to_go_to_opens_the_daemon_s_door_too() {
    let place = Place::new();
    let running = place.start(&["serve", "--port", "0", "--stack-port", "0"]);
    let line = running.stderr_line(|line| line.starts_with("x-ray daemon: "));
    let address = line
        .trim_start_matches("x-ray daemon: ")
        .split(',')
        .next()
        .unwrap();
    let door = Door {
        address: address.parse().unwrap(),
        running,
    };
    door.segments(0..3);
    door.wait(|counts| counts["taken"] == 3);
    assert_eq!(found(door.address, 0..3), 3);
    door.running
        .stderr_line(|line| line.starts_with("back end: "));
    door.running.stop();
}
