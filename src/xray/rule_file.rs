//! The file that sampling rules are kept in: `aws/json/xray.json` of a Cruddur checkout, or one with
//! several rules, groups and log groups.
//!
//! The AWS CLI refuses a file with one misspelt key and says nothing of where it stands; many
//! checkouts carry the same two misspellings. Here they are named with line, column and right name,
//! and their values are used.

use super::file_reader::{Read, read};
use super::findings::{Findings, quoted};
use super::json_spans::{self, Fault};
use crate::model::diagnostic::{Diagnostic, Severity};
use crate::model::known_services::KnownServices;
use crate::model::sampling::SamplingRule;
use crate::model::wanted::{WantedGroup, WantedLogGroup, WantedRule};

/// The file as `init` writes it and as `setup` uses it when there is no other.
pub const TEMPLATE: &str = include_str!("../../templates/xray.json");

/// What a file asks for, and what was odd about it.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleFile {
    /// The rules, no two with one name.
    pub rules: Vec<WantedRule>,
    /// The groups, no two with one name; `None` if the file is a rule alone, which says nothing of groups.
    pub groups: Option<Vec<WantedGroup>>,
    /// The log groups, no two with one name; `None` if the file says nothing of them.
    pub log_groups: Option<Vec<WantedLogGroup>>,
    /// Misspelt keys that were read as what they mean, and what can match nothing, in the order of the file.
    pub warnings: Vec<Diagnostic>,
}

/// Returns the rule of the template.
pub fn built_in() -> SamplingRule {
    // A test holds the template to being a rule without problems.
    let rules = parse(TEMPLATE.as_bytes()).map_or_else(|_| Vec::new(), |file| file.rules);
    let first = rules.into_iter().next();
    first.map_or_else(SamplingRule::default_rule, |wanted| wanted.rule)
}

/// Reads a rule file: `{"SamplingRule": {…}, "Tags": […]}` as the AWS CLI takes it, the inner object alone,
/// or `{"SamplingRules": [{…}, …], "Groups": [{…}, …], "LogGroups": [{…}, …]}`, each list if it is wanted.
///
/// # Errors
/// Everything that is wrong, and the warnings, in the order of the file. A text that is not JSON
/// has one finding, where it stops being JSON.
pub fn parse(text: &[u8]) -> Result<RuleFile, Vec<Diagnostic>> {
    parse_about(text, &KnownServices::default())
}

/// The same, with a warning of every service that is named and that `services` does not have.
///
/// # Errors
/// As above.
pub fn parse_about(text: &[u8], services: &KnownServices) -> Result<RuleFile, Vec<Diagnostic>> {
    let text = match decode(text) {
        Ok(text) => text,
        Err(diagnostic) => return Err(vec![diagnostic]),
    };
    let mut findings = Findings::about(services);
    let read = read_text(text, &mut findings);
    let diagnostics = findings.place(text);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    match read {
        Some(Read {
            rules,
            groups,
            log_groups,
        }) if !diagnostics.iter().any(is_error) => Ok(RuleFile {
            rules,
            groups,
            log_groups,
            warnings: diagnostics,
        }),
        _ => Err(diagnostics),
    }
}

/// Returns the text with its misspelt keys put right and every other byte as it is.
///
/// Also mends a file that has other faults. `None` if no key is misspelt, if the right key is there
/// as well, or if the text is not JSON.
pub fn fix(text: &str) -> Option<String> {
    let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut findings = Findings::default();
    read_text(body, &mut findings);
    if findings.renames.is_empty() {
        return None;
    }
    findings.renames.sort_by_key(|(span, _)| span.start);

    let mut fixed = text.strip_suffix(body).unwrap_or_default().to_string();
    let mut copied = 0;
    for (span, right) in findings.renames {
        fixed.push_str(body.get(copied..span.start)?);
        fixed.push_str(&format!("\"{right}\""));
        copied = span.end;
    }
    fixed.push_str(body.get(copied..)?);
    Some(fixed)
}

/// Returns the rule as a file: wrapped, two spaces, the API's order of keys, a newline at the end.
pub fn to_json(rule: &SamplingRule) -> String {
    let mut inner = serde_json::json!({
        "RuleName": rule.rule_name,
        "ResourceARN": rule.resource_arn,
        "Priority": rule.priority,
        "FixedRate": rule.fixed_rate,
        "ReservoirSize": rule.reservoir_size,
        "ServiceName": rule.service_name,
        "ServiceType": rule.service_type,
        "Host": rule.host,
        "HTTPMethod": rule.http_method,
        "URLPath": rule.url_path,
        "Version": rule.version,
    });
    if !rule.attributes.is_empty() {
        inner["Attributes"] = serde_json::json!(rule.attributes);
    }
    if let Some(boost) = rule.rate_boost {
        inner["SamplingRateBoost"] = serde_json::json!({
            "MaxRate": boost.max_rate,
            "CooldownWindowMinutes": boost.cooldown_minutes,
        });
    }
    format!("{:#}\n", serde_json::json!({ "SamplingRule": inner }))
}

const BYTE_ORDER_MARK: char = '\u{feff}';
/// A rule has a few hundred bytes, and there are 25 at most; what is this large is another file.
const MAX_BYTES: usize = 1 << 20;

/// Returns the text without its byte order mark.
fn decode(bytes: &[u8]) -> Result<&str, Diagnostic> {
    let at = |line, column, message: String, help: Option<&str>| Diagnostic {
        severity: Severity::Error,
        message,
        line,
        column,
        length: 1,
        help: help.map(str::to_string),
    };
    if bytes.len() > MAX_BYTES {
        let message = format!("{} bytes are too many for a rule file", bytes.len());
        return Err(at(1, 1, message, None));
    }
    // PowerShell's `>` wrote UTF-16 until version 6.
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let message = "not UTF-8 at byte 0: this is UTF-16".to_string();
        return Err(at(1, 1, message, Some("save the file as UTF-8")));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)),
        Err(error) => {
            let offset = error.valid_up_to();
            let before = String::from_utf8_lossy(bytes.get(..offset).unwrap_or_default());
            let before = before.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&before);
            let (line, column) = place_after(before);
            let message = format!("not UTF-8 at byte {offset}");
            Err(at(line, column, message, Some("save the file as UTF-8")))
        }
    }
}

fn place_after(before: &str) -> (usize, usize) {
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// Returns what could be read; `findings` tells whether it may be used.
fn read_text(text: &str, findings: &mut Findings) -> Option<Read> {
    if text.trim().is_empty() {
        let help = "a rule file holds {\"SamplingRule\": {…}}".to_string();
        findings.error(&(0..0), "the file is empty", Some(help));
        return None;
    }
    let root = match json_spans::read(text) {
        Ok(root) => root,
        Err(error) => {
            let found = text.get(error.span.clone()).unwrap_or("");
            findings.error(
                &error.span,
                syntax_message(error.fault, found),
                syntax_help(error.fault, found),
            );
            return None;
        }
    };
    read(&root, text, findings)
}

fn syntax_message(fault: Fault, found: &str) -> String {
    match fault {
        Fault::Expected(_) if found.is_empty() => {
            format!("not JSON: {fault}, found the end of the file")
        }
        Fault::Expected(_) => format!("not JSON: {fault}, found {}", quoted(found)),
        _ => format!("not JSON: {fault}"),
    }
}

fn syntax_help(fault: Fault, found: &str) -> Option<String> {
    let help = match fault {
        Fault::MissingComma => "add a comma here",
        Fault::Unclosed('{') => "add the `}` that closes it",
        Fault::Unclosed(_) => "add the `]` that closes it",
        Fault::TrailingComma => "remove the comma",
        Fault::Comment => "JSON has no comments; remove it",
        Fault::Quote => "JSON uses the straight double quote, \"",
        Fault::Number => "write numbers as 0.1, 5 or 1e-3",
        Fault::Escape => {
            "the escapes are \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits"
        }
        Fault::OpenString => "add the quote that closes it; a string ends on its line",
        Fault::Expected(expected) => return help_with(expected, found),
        Fault::TooDeep => return None,
    };
    Some(help.to_string())
}

/// Returns how what was found is written in JSON.
fn help_with(expected: &str, found: &str) -> Option<String> {
    let is_word = found.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let help = match found {
        "True" | "TRUE" => "write true".to_string(),
        "False" | "FALSE" => "write false".to_string(),
        "None" | "nil" | "undefined" | "NaN" | "Null" | "NULL" => {
            "leave the key out, or write a value".to_string()
        }
        "," if expected.contains("key") || expected == "a value" => {
            "remove one of the commas".to_string()
        }
        "=" | "=>" => "write `:`".to_string(),
        ";" => "write `,`".to_string(),
        "}" | "]" if expected == "the end of the file" => "remove it".to_string(),
        "{" if expected == "the end of the file" => {
            "a file has one object; put several rules into {\"SamplingRules\": […]}".to_string()
        }
        _ if is_word && (expected.contains("key") || expected == "a value") => {
            format!("write \"{found}\"")
        }
        _ => return None,
    };
    Some(help)
}

#[cfg(test)]
mod tests;
