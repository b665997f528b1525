//! Fields that are discovered in lines of Lambda, of VPC flow logs and of Route 53.
//!
//! Source: the guide's page "Supported logs and discovered fields"; the lines as those services write them.

use std::borrow::Cow;

use super::value::Value;

/// What the system makes for every event.
pub const SYSTEM_FIELDS: [&str; 6] = [
    "@timestamp",
    "@ingestionTime",
    "@message",
    "@logStream",
    "@log",
    "@ptr",
];

/// Fields of lines of Lambda.
pub const LAMBDA_FIELDS: [&str; 9] = [
    "@type",
    "@requestId",
    "@duration",
    "@billedDuration",
    "@initDuration",
    "@memorySize",
    "@maxMemoryUsed",
    "@xrayTraceId",
    "@xraySegmentId",
];

/// Beginnings of fields that the service has and no event here can have.
pub const FOREIGN_FIELDS: [&str; 3] = ["@entity", "@aws.", "@data_"];

/// Fields of a VPC flow log in its default format, in the order of the line.
const FLOW_FIELDS: [&str; 14] = [
    "version",
    "accountId",
    "interfaceId",
    "srcAddr",
    "dstAddr",
    "srcPort",
    "dstPort",
    "protocol",
    "packets",
    "bytes",
    "startTime",
    "endTime",
    "action",
    "logStatus",
];

/// Fields of a query log of Route 53, in the order of the line.
const DNS_FIELDS: [&str; 9] = [
    "version",
    "queryTimestamp",
    "hostZoneId",
    "queryName",
    "queryType",
    "responseCode",
    "protocol",
    "edgeLocation",
    "resolverIp",
];

/// A field that is found in a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LineField {
    Lambda(&'static str),
    /// Its place in a line of a flow log, and in one of Route 53.
    Columns(Option<usize>, Option<usize>),
}

impl LineField {
    /// Returns the field of a name, if lines may have it.
    pub fn named(name: &str) -> Option<LineField> {
        if let Some(name) = LAMBDA_FIELDS.iter().find(|it| **it == name) {
            return Some(LineField::Lambda(name));
        }
        let place = |fields: &[&str]| fields.iter().position(|it| *it == name);
        match (place(&FLOW_FIELDS), place(&DNS_FIELDS)) {
            (None, None) => None,
            (flow, dns) => Some(LineField::Columns(flow, dns)),
        }
    }

    /// Returns its value in a line.
    pub fn value<'a>(self, message: &'a str) -> Value<'a> {
        match self {
            LineField::Lambda(name) => lambda(message, name).unwrap_or(Value::Null),
            LineField::Columns(flow, dns) => {
                let mut columns = message.split(' ');
                let found = match (flow, dns) {
                    (Some(place), _) if is_flow(message) => columns.nth(place),
                    (_, Some(place)) if is_dns(message) => columns.nth(place),
                    _ => None,
                };
                let found = found.filter(|it| *it != "-");
                found.map_or(Value::Null, |text| Value::Text(Cow::Borrowed(text)))
            }
        }
    }
}

fn is_flow(message: &str) -> bool {
    let columns: Vec<&str> = message.split(' ').take(FLOW_FIELDS.len() + 1).collect();
    let is_status = |it: &&str| matches!(*it, "OK" | "NODATA" | "SKIPDATA");
    columns.len() == FLOW_FIELDS.len()
        && columns.first() == Some(&"2")
        && columns.get(2).is_some_and(|it| it.starts_with("eni-"))
        && columns.last().is_some_and(is_status)
}

fn is_dns(message: &str) -> bool {
    let columns: Vec<&str> = message.split(' ').take(11).collect();
    columns.len() == 10
        && columns.first() == Some(&"1.0")
        && columns.get(1).is_some_and(|it| it.ends_with('Z'))
        && columns.get(2).is_some_and(|it| it.starts_with('Z'))
}

fn lambda<'a>(message: &'a str, name: &str) -> Option<Value<'a>> {
    let types = ["START", "END", "REPORT"];
    let kind = types.into_iter().find(|kind| {
        let rest = message.strip_prefix(kind);
        rest.is_some_and(|rest| rest.starts_with(" RequestId: "))
    });
    if name == "@requestId" && kind.is_none() {
        return request_id(message).map(|id| Value::Text(Cow::Borrowed(id)));
    }
    let kind = kind?;
    let text = |label: &str| labelled(message, label).map(|it| Value::Text(Cow::Borrowed(it)));
    let number = |label: &str, unit: f64| {
        let number: f64 = labelled(message, label)?.parse().ok()?;
        Some(Value::of_number(number * unit))
    };
    // The service counts a megabyte as a million bytes.
    const MB: f64 = 1_000_000.0;
    match name {
        "@type" => Some(Value::of_text(kind)),
        "@requestId" => text("RequestId"),
        "@duration" => number("Duration", 1.0),
        "@billedDuration" => number("Billed Duration", 1.0),
        "@initDuration" => number("Init Duration", 1.0),
        "@memorySize" => number("Memory Size", MB),
        "@maxMemoryUsed" => number("Max Memory Used", MB),
        "@xrayTraceId" => text("XRAY TraceId"),
        "@xraySegmentId" => text("SegmentId"),
        _ => None,
    }
}

// The first word behind `label: `, where the label stands behind the kind of the line, a tab or two blanks.
fn labelled<'a>(message: &'a str, label: &str) -> Option<&'a str> {
    let found = message.match_indices(label).find_map(|(at, _)| {
        let (before, after) = (message.get(..at)?, message.get(at + label.len()..)?);
        let is_first = matches!(before, "START " | "END " | "REPORT ");
        let is_border = is_first || before.ends_with(['\t', '\n']) || before.ends_with("  ");
        after.strip_prefix(": ").filter(|_| is_border)
    });
    found?.split_whitespace().next()
}

// `time<tab>request id<tab>level<tab>message`, as the runtimes write what a function logs.
fn request_id(message: &str) -> Option<&str> {
    let id = message.split('\t').nth(1)?;
    let is_id = id.len() == 36
        && id.char_indices().all(|(idx, c)| match idx {
            8 | 13 | 18 | 23 => c == '-',
            _ => c.is_ascii_hexdigit(),
        });
    is_id.then_some(id)
}

/// Returns the JSON of a message, and whether more may stand behind it.
///
/// That is all of it, or the first fragment in a line of Lambda.
pub fn json_of<'a>(message: &'a str, log: &str) -> Option<(&'a str, bool)> {
    if message.trim_start().starts_with(['{', '[']) {
        return Some((message, false));
    }
    let is_lambda = log.contains(":/aws/lambda/") || request_id(message).is_some();
    let at = message.find('{').filter(|_| is_lambda)?;
    Some((message.get(at..)?, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(message: &str, name: &str) -> String {
        let field = LineField::named(name).expect("a field");
        let value = field.value(message);
        value.shown().unwrap_or_default().into_owned()
    }

    #[test]
    fn fields_of_lambda_flow_logs_and_dns_are_found() {
        let report = "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\tDuration: 142.57 ms\tBilled Duration: 143 ms\tMemory Size: 128 MB\tMax Memory Used: 65 MB\tInit Duration: 301.5 ms\t\nXRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\t";
        let spaced = "REPORT RequestId: abc  Duration: 5 ms  Billed Duration: 6 ms  Memory Size: 128 MB  Max Memory Used: 65 MB";
        let logged = "2026-11-22T07:09:00.000Z\t8f507cfc-0000-4697-b07a-ac58fc914c95\tINFO\t{\"a\":1} {\"a\":2}";
        let flow = "2 123456789010 eni-1235b8ca123456789 172.31.16.139 172.31.16.21 20641 22 6 20 4249 1418530010 1418530070 ACCEPT OK";
        let dns = "1.0 2017-12-13T08:16:02.130Z Z123412341234 example.com A NOERROR UDP FRA6 192.168.1.1 -";
        for (message, name, expected) in [
            (report, "@type", "REPORT"),
            (report, "@requestId", "8f507cfc-xmpl-4697-b07a-ac58fc914c95"),
            (report, "@duration", "142.57"),
            (report, "@billedDuration", "143"),
            (report, "@initDuration", "301.5"),
            (report, "@memorySize", "128000000"),
            (report, "@maxMemoryUsed", "65000000"),
            (
                report,
                "@xrayTraceId",
                "1-5e34a614-10bdxmplf1fb44f07bc535a1",
            ),
            (report, "@xraySegmentId", "07f5xmpl2d1f6f85"),
            (spaced, "@duration", "5"),
            (spaced, "@billedDuration", "6"),
            ("START RequestId: abc Version: $LATEST", "@type", "START"),
            ("START RequestId: abc Version: $LATEST", "@requestId", "abc"),
            ("START RequestId: abc Version: $LATEST", "@duration", ""),
            ("END RequestId: abc", "@type", "END"),
            ("ENDING RequestId: abc", "@type", ""),
            (logged, "@requestId", "8f507cfc-0000-4697-b07a-ac58fc914c95"),
            (logged, "@type", ""),
            (flow, "bytes", "4249"),
            (flow, "protocol", "6"),
            (flow, "logStatus", "OK"),
            (dns, "protocol", "UDP"),
            (dns, "queryName", "example.com"),
            (dns, "bytes", ""),
            ("some other line", "bytes", ""),
        ] {
            assert_eq!(found(message, name), expected, "{name} of {message}");
        }
        assert_eq!(json_of(logged, "l"), Some(("{\"a\":1} {\"a\":2}", true)));
        assert_eq!(json_of("x {\"a\":1}", "1:g"), None);
        assert!(json_of("x {\"a\":1}", "1:/aws/lambda/f").is_some());
    }
}
