//! X-Ray and CloudWatch Logs on a bad day: calls are put off, lists come a page at a time and late.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value as Json, json};

/// The service; it stands until the test process ends.
pub struct SlowAws {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// How bad the day is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Day {
    /// How many calls of each operation are put off before one is taken.
    pub put_off: u32,
    /// How many more calls of GetGroups are.
    pub put_off_groups: u32,
    /// After how many lists something new is listed, and something deleted no more.
    pub late: u32,
}

#[derive(Default)]
struct State {
    day: Day,
    /// Operations in the order in which they came, those that were put off included.
    calls: Vec<String>,
    put_off: BTreeMap<String, u32>,
    groups: Vec<Kept>,
    rules: Vec<Kept>,
    tags: BTreeMap<String, Json>,
    log_groups: BTreeMap<String, Json>,
    n_conflicts: u32,
}

struct Kept {
    name: String,
    value: Json,
    unlisted_for: u32,
    /// Listed so many times more, once it is deleted.
    ghost: Option<u32>,
}

impl SlowAws {
    /// Opens it.
    pub fn start(day: Day) -> SlowAws {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            day,
            ..State::default()
        }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &state));
            }
        });
        SlowAws { address, state }
    }

    /// The environment that leads there.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", "a".to_string()),
            ("AWS_SECRET_ACCESS_KEY", "b".to_string()),
            ("AWS_REGION", "us-east-1".to_string()),
            ("AWS_ENDPOINT_URL", format!("http://{}", self.address)),
        ]
    }

    /// How often an operation was called, those that were put off included.
    pub fn n_calls(&self, operation: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.calls.iter().filter(|it| *it == operation).count()
    }

    /// The names of what there is, listed or not: rules, groups, log groups.
    pub fn names(&self) -> [Vec<String>; 3] {
        let state = self.state.lock().unwrap();
        let of = |kept: &[Kept]| {
            let there = kept.iter().filter(|it| it.ghost.is_none());
            there.map(|it| it.name.clone()).collect()
        };
        let log_groups = state.log_groups.keys().cloned().collect();
        [of(&state.rules), of(&state.groups), log_groups]
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let path = first.split(' ').nth(1).unwrap().to_string();
    let (mut length, mut target) = (0, None);
    for line in reader.by_ref().lines().map_while(Result::ok) {
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap(),
            "x-amz-target" => target = value.trim().rsplit('.').next().map(str::to_string),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let body: Json = serde_json::from_slice(&body).unwrap_or(Json::Null);
    let is_logs = target.is_some();
    let operation = target.unwrap_or_else(|| path.trim_start_matches('/').to_string());
    let answer = state.lock().unwrap().answer(&operation, is_logs, &body);
    let (status, code, text) = match answer {
        Ok(answer) => ("200 OK", String::new(), answer.to_string()),
        Err((status, code, message)) => {
            let text = json!({"__type": code, "message": message, "Message": message});
            let header = format!("x-amzn-errortype: {code}\r\n");
            // CloudWatch Logs says it in the body alone.
            let header = if is_logs { String::new() } else { header };
            (status, header, text.to_string())
        }
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{code}content-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
}

type Refused = (&'static str, &'static str, &'static str);

impl State {
    fn answer(&mut self, operation: &str, is_logs: bool, body: &Json) -> Result<Json, Refused> {
        self.calls.push(operation.to_string());
        let n_seen = self.put_off.entry(operation.to_string()).or_default();
        let more = if operation == "Groups" {
            self.day.put_off_groups
        } else {
            0
        };
        if *n_seen < self.day.put_off + more {
            *n_seen += 1;
            return Err(match is_logs {
                true => ("400 Bad Request", "ThrottlingException", "Rate exceeded"),
                false => (
                    "429 Too Many Requests",
                    "ThrottledException",
                    "Rate exceeded",
                ),
            });
        }
        if is_logs {
            return self.answer_logs(operation, body);
        }
        let late = self.day.late;
        match operation {
            "Groups" => Ok(page(&mut self.groups, body, "Groups")),
            "ServiceGraph" => Ok(json!({"Services": []})),
            "GetSamplingRules" => Ok(page(&mut self.rules, body, "SamplingRuleRecords")),
            "CreateGroup" => {
                let name = body["GroupName"].as_str().unwrap().to_string();
                let arn = format!("arn:aws:xray:us-east-1:1:group/{name}/X");
                let mut group = body.clone();
                group["GroupARN"] = json!(arn);
                let answer = json!({"Group": group});
                self.tags.insert(arn, body["Tags"].clone());
                add(&mut self.groups, name, group, late)?;
                Ok(answer)
            }
            "CreateSamplingRule" => {
                let name = body["SamplingRule"]["RuleName"].as_str().unwrap();
                let arn = format!("arn:aws:xray:us-east-1:1:sampling-rule/{name}");
                let mut rule = body["SamplingRule"].clone();
                rule["RuleARN"] = json!(arn);
                let record = json!({"SamplingRule": rule, "CreatedAt": 1.0, "ModifiedAt": 1.0});
                self.tags.insert(arn, body["Tags"].clone());
                add(&mut self.rules, name.to_string(), record.clone(), late)?;
                Ok(json!({"SamplingRuleRecord": record}))
            }
            "DeleteGroup" => delete(&mut self.groups, &body["GroupName"], late),
            "DeleteSamplingRule" => delete(&mut self.rules, &body["RuleName"], late),
            "ListTagsForResource" => {
                let tags = &self.tags[body["ResourceARN"].as_str().unwrap()];
                // One on each page.
                let all = tags.as_array().cloned().unwrap_or_default();
                let at = token(body);
                let next = (at + 1 < all.len()).then(|| (at + 1).to_string());
                Ok(json!({"Tags": all.get(at).into_iter().collect::<Vec<_>>(), "NextToken": next}))
            }
            other => panic!("{other} was not expected"),
        }
    }

    fn answer_logs(&mut self, operation: &str, body: &Json) -> Result<Json, Refused> {
        let name = body["logGroupName"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        match operation {
            "DescribeLogGroups" => {
                // An empty page first, as the service may answer.
                if body["nextToken"].is_null() {
                    return Ok(json!({"logGroups": [], "nextToken": "on"}));
                }
                let groups: Vec<&Json> = self.log_groups.values().collect();
                Ok(json!({"logGroups": groups}))
            }
            "CreateLogGroup" => {
                let arn = format!("arn:aws:logs:us-east-1:1:log-group:{name}");
                let group =
                    json!({"logGroupName": name, "arn": format!("{arn}:*"), "logGroupArn": arn});
                self.tags.insert(arn, body["tags"].clone());
                self.log_groups.insert(name, group);
                Ok(json!({}))
            }
            "PutRetentionPolicy" => {
                self.n_conflicts += 1;
                if self.n_conflicts == 1 {
                    let message = "A conflicting operation is currently in progress";
                    return Err(("400 Bad Request", "OperationAbortedException", message));
                }
                // A group that was just made is not found at once.
                if self.n_conflicts == 2 {
                    let message = "The specified log group does not exist.";
                    return Err(("400 Bad Request", "ResourceNotFoundException", message));
                }
                let group = self.log_groups.get_mut(&name).unwrap();
                group["retentionInDays"] = body["retentionInDays"].clone();
                Ok(json!({}))
            }
            "DeleteLogGroup" => {
                self.log_groups.remove(&name);
                Ok(json!({}))
            }
            "ListTagsForResource" => {
                Ok(json!({"tags": self.tags[body["resourceArn"].as_str().unwrap()]}))
            }
            other => panic!("{other} was not expected"),
        }
    }
}

fn token(body: &Json) -> usize {
    body["NextToken"]
        .as_str()
        .map_or(0, |token| token.parse().unwrap())
}

/// One thing a page; a list begins with its first page, and that makes what is late less so.
fn page(kept: &mut Vec<Kept>, body: &Json, member: &str) -> Json {
    let at = token(body);
    if at == 0 {
        for it in kept.iter_mut() {
            it.unlisted_for = it.unlisted_for.saturating_sub(1);
            it.ghost = it.ghost.map(|n| n.saturating_sub(1));
        }
        kept.retain(|it| it.ghost != Some(0));
    }
    let listed: Vec<&Kept> = kept.iter().filter(|it| it.unlisted_for == 0).collect();
    let next = (at + 1 < listed.len()).then(|| (at + 1).to_string());
    let items: Vec<&Json> = listed.get(at).map(|it| &it.value).into_iter().collect();
    json!({member: items, "NextToken": next})
}

fn add(kept: &mut Vec<Kept>, name: String, value: Json, late: u32) -> Result<(), Refused> {
    if kept.iter().any(|it| it.name == name && it.ghost.is_none()) {
        return Err((
            "400 Bad Request",
            "InvalidRequestException",
            "it already exists",
        ));
    }
    kept.push(Kept {
        name,
        value,
        unlisted_for: late,
        ghost: None,
    });
    Ok(())
}

fn delete(kept: &mut [Kept], name: &Json, late: u32) -> Result<Json, Refused> {
    let found = kept
        .iter_mut()
        .find(|it| it.name == *name && it.ghost.is_none());
    let Some(found) = found else {
        return Err(("400 Bad Request", "InvalidRequestException", "Not found"));
    };
    found.ghost = Some(late + 1);
    Ok(json!({}))
}
