//! The one function that tells whether a sampling rule matches a request, field by field.
//!
//! The sampler, `explain` and the tables all ask a [`Matcher`], so that what is explained is what is done.

use super::sampling::{SamplingRequest, SamplingRule};
use super::sampling_wildcard::{Case, Wildcard};

/// What a rule can ask for, in the order of the API's documentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The segment's name.
    ServiceName,
    /// The segment's origin.
    ServiceType,
    /// The Host header.
    Host,
    /// GET, POST, …
    HttpMethod,
    /// The path.
    UrlPath,
    /// The resource; SDKs take `*` only.
    ResourceArn,
    /// Attributes of the segment; SDKs take none.
    Attributes,
    /// The rule's format; always 1.
    Version,
}

impl Field {
    /// All of them.
    pub const ALL: [Field; 8] = [
        Field::ServiceName,
        Field::ServiceType,
        Field::Host,
        Field::HttpMethod,
        Field::UrlPath,
        Field::ResourceArn,
        Field::Attributes,
        Field::Version,
    ];

    /// Returns the API's name of the rule's member.
    pub fn name(self) -> &'static str {
        match self {
            Field::ServiceName => "ServiceName",
            Field::ServiceType => "ServiceType",
            Field::Host => "Host",
            Field::HttpMethod => "HTTPMethod",
            Field::UrlPath => "URLPath",
            Field::ResourceArn => "ResourceARN",
            Field::Attributes => "Attributes",
            Field::Version => "Version",
        }
    }
}

/// One field of a rule beside the same field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMatch {
    /// Which.
    pub field: Field,
    /// What the rule asks for, as it is written.
    pub pattern: String,
    /// What the request has; empty for what requests do not have.
    pub value: String,
    /// Why it does not match; `None` if it does.
    pub miss: Option<Miss>,
    /// Whether a client for which upper and lower case differ says the same.
    pub is_same_in_any_case: bool,
}

impl FieldMatch {
    /// Tells whether the field matches.
    pub fn matched(&self) -> bool {
        self.miss.is_none()
    }
}

/// Why a field does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// The request has another value.
    Different,
    /// The request does not say.
    Unknown,
    /// SDKs ignore rules that have this at all.
    Ignored,
}

/// A rule that is ready to be matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Matcher {
    /// In the order of the first five of [`Field::ALL`].
    wildcards: [(Field, Wildcard); 5],
    /// Indices of those that not everything matches: of most rules, one or two.
    asked: Vec<usize>,
    resource_arn: String,
    attributes: String,
    version: i64,
    /// Whether the three above are what SDKs take.
    is_usable: bool,
}

impl Matcher {
    /// Prepares a rule.
    ///
    /// As the SDKs do, a rule with a resource ARN other than `*`, with attributes, or of another version
    /// than 1 never matches. Source: X-Ray Developer Guide, "Sampling rules".
    pub fn new(rule: &SamplingRule) -> Matcher {
        let wildcard = |field, pattern: &String| (field, Wildcard::new(pattern.as_str()));
        let attributes = rule.attributes.iter();
        let attributes: Vec<String> = attributes
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let wildcards = [
            wildcard(Field::ServiceName, &rule.service_name),
            wildcard(Field::ServiceType, &rule.service_type),
            wildcard(Field::Host, &rule.host),
            wildcard(Field::HttpMethod, &rule.http_method),
            wildcard(Field::UrlPath, &rule.url_path),
        ];
        let indices = wildcards.iter().enumerate();
        let asked = indices.filter(|(_, (_, wildcard))| !wildcard.is_any());
        Matcher {
            asked: asked.map(|(idx, _)| idx).collect(),
            wildcards,
            is_usable: is_usable(rule),
            resource_arn: rule.resource_arn.clone(),
            attributes: attributes.join(", "),
            version: rule.version,
        }
    }

    /// Tells whether the rule applies to `request`.
    pub fn matches(&self, request: &SamplingRequest<'_>) -> bool {
        self.matches_in(request, Case::Ignored)
    }

    /// The same for a client that takes case as `case` says.
    pub fn matches_in(&self, request: &SamplingRequest<'_>, case: Case) -> bool {
        let asked = self.asked.iter();
        let mut asked = asked.filter_map(|idx| self.wildcards.get(*idx));
        self.is_usable
            && asked.all(|(field, wildcard)| wildcard.matches(value_of(request, *field), case))
    }

    /// Returns every field, in the order of [`Field::ALL`]; the rule matches if all do.
    pub fn fields(&self, request: &SamplingRequest<'_>) -> Vec<FieldMatch> {
        let of_wildcard = |(field, wildcard): &(Field, Wildcard)| {
            let value = value_of(request, *field);
            let matched = wildcard.matches(value, Case::Ignored);
            let miss = match value {
                _ if matched => None,
                "" => Some(Miss::Unknown),
                _ => Some(Miss::Different),
            };
            FieldMatch {
                field: *field,
                pattern: wildcard.pattern().to_string(),
                value: value.to_string(),
                miss,
                is_same_in_any_case: matched == wildcard.matches(value, Case::Counts),
            }
        };
        let of_rule = |field, pattern: String, is_fine: bool| FieldMatch {
            field,
            pattern,
            value: String::new(),
            miss: (!is_fine).then_some(Miss::Ignored),
            is_same_in_any_case: true,
        };
        let mut fields: Vec<FieldMatch> = self.wildcards.iter().map(of_wildcard).collect();
        let any_resource = self.resource_arn == ANY;
        fields.push(of_rule(
            Field::ResourceArn,
            self.resource_arn.clone(),
            any_resource,
        ));
        let no_attributes = self.attributes.is_empty();
        fields.push(of_rule(
            Field::Attributes,
            self.attributes.clone(),
            no_attributes,
        ));
        let first_version = self.version == VERSION;
        fields.push(of_rule(
            Field::Version,
            self.version.to_string(),
            first_version,
        ));
        fields
    }
}

const ANY: &str = "*";
const VERSION: i64 = 1;

/// Tells whether SDKs look at the rule at all.
pub fn is_usable(rule: &SamplingRule) -> bool {
    rule.resource_arn == ANY && rule.attributes.is_empty() && rule.version == VERSION
}

fn value_of<'a>(request: &SamplingRequest<'a>, field: Field) -> &'a str {
    match field {
        Field::ServiceName => request.service_name,
        Field::ServiceType => request.service_type,
        Field::Host => request.host,
        Field::HttpMethod => request.http_method,
        Field::UrlPath => request.url_path,
        Field::ResourceArn | Field::Attributes | Field::Version => "",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    const REQUEST: SamplingRequest<'static> = SamplingRequest {
        service_name: "backend-flask",
        service_type: "",
        host: "127.0.0.1:4567",
        http_method: "GET",
        url_path: "/api/activities/home",
    };

    /// Returns a rule that a small request may or may not match.
    pub fn random_rule(rng: &mut StdRng, name: &str) -> SamplingRule {
        let mut one = |patterns: &[&str]| patterns[rng.random_range(0..patterns.len())].to_string();
        let (service_name, service_type) = (
            one(&[
                "*",
                "*",
                "backend-flask",
                "Cruddur",
                "back*",
                "BACKEND-FLASK",
            ]),
            one(&["*", "*", "*", "AWS::ECS::*"]),
        );
        let (host, http_method) = (
            one(&["*", "*", "127.*", "*:4567"]),
            one(&["*", "*", "GET", "P*T"]),
        );
        let url_path = one(&["*", "/api/*", "/api/activities/home", "/API/?ctivities/*"]);
        let resource_arn = one(&["*", "*", "*", "*", "*", "arn:aws:x"]);
        let has_attributes = rng.random_bool(0.1);
        let attributes = [("k".to_string(), "v".to_string())].into_iter();
        SamplingRule {
            rule_name: name.to_string(),
            priority: rng.random_range(1..5),
            service_name,
            service_type,
            host,
            http_method,
            url_path,
            resource_arn,
            version: if rng.random_bool(0.05) { 2 } else { 1 },
            attributes: attributes.filter(|_| has_attributes).collect(),
            ..SamplingRule::default_rule()
        }
    }

    /// Returns a request that some of those match.
    pub fn random_request(rng: &mut StdRng) -> SamplingRequest<'static> {
        let mut one = |values: &[&'static str]| values[rng.random_range(0..values.len())];
        SamplingRequest {
            service_name: one(&["backend-flask", "Cruddur", "other"]),
            service_type: one(&["", "AWS::ECS::Container"]),
            host: one(&["127.0.0.1:4567", "localhost", ""]),
            http_method: one(&["GET", "POST", "put"]),
            url_path: one(&["/api/activities/home", "/api/messages", "/"]),
        }
    }

    #[test]
    fn the_fast_form_says_what_the_fields_say() {
        let mut rng = StdRng::seed_from_u64(11);
        let (mut n_matches, n_rounds) = (0, 5_000);
        for _ in 0..n_rounds {
            let (rule, request) = (random_rule(&mut rng, "r"), random_request(&mut rng));
            let matcher = Matcher::new(&rule);
            let fields = matcher.fields(&request);
            let all = fields.iter().all(FieldMatch::matched);
            assert_eq!(rule.matches(&request), all, "{rule:?} {request:?}");
            assert_eq!(matcher.matches(&request), all, "{rule:?} {request:?}");
            let names: Vec<Field> = fields.iter().map(|it| it.field).collect();
            assert_eq!(names, Field::ALL);
            n_matches += usize::from(all);
        }
        assert!(n_matches > 500 && n_matches < n_rounds - 500, "{n_matches}");
    }

    #[test]
    fn a_field_says_why_it_does_not_match() {
        let rule = SamplingRule {
            service_name: "Cruddur".to_string(),
            service_type: "AWS::ECS::*".to_string(),
            http_method: "get".to_string(),
            resource_arn: "arn:aws:ecs:x".to_string(),
            attributes: BTreeMap::from([("plan".to_string(), "free".to_string())]),
            version: 2,
            ..SamplingRule::default_rule()
        };
        let fields = Matcher::new(&rule).fields(&REQUEST);
        let misses: Vec<Option<Miss>> = fields.iter().map(|it| it.miss).collect();
        let (different, unknown, ignored) = (Miss::Different, Miss::Unknown, Miss::Ignored);
        assert_eq!(
            misses,
            [
                Some(different),
                Some(unknown),
                None,
                None,
                None,
                Some(ignored),
                Some(ignored),
                Some(ignored)
            ]
        );
        assert_eq!(
            (&*fields[0].pattern, &*fields[0].value),
            ("Cruddur", "backend-flask")
        );
        assert_eq!(fields[6].pattern, "plan=free");
        let only_in_case: Vec<Field> = fields
            .iter()
            .filter(|it| !it.is_same_in_any_case)
            .map(|it| it.field)
            .collect();
        assert_eq!(only_in_case, [Field::HttpMethod]);
    }
}
