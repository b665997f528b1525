//! Trace requests in protobuf: 15 attributes a span, five of them the resource's, in the order in which the
//! spans ended.

use rand::Rng;
use rand::rngs::StdRng;

/// Spans in a request.
pub const SPANS: usize = 512;

/// Returns a request of [`SPANS`] spans, as a busy service's SDK sends it.
pub fn request(rng: &mut StdRng) -> Vec<u8> {
    let mut resource = Message::default();
    for (key, value) in [
        ("service.name", "backend-flask"),
        ("service.version", "1.4.2"),
        ("deployment.environment.name", "production"),
        ("host.name", "ip-10-0-3-17.ec2.internal"),
        ("telemetry.sdk.language", "python"),
    ] {
        resource.text_attribute(1, key, value);
    }
    let mut scope = Message::default();
    scope.bytes(1, b"opentelemetry.instrumentation.flask");
    scope.bytes(2, b"0.66b1");
    let mut scope_spans = Message::default();
    scope_spans.bytes(1, &scope.0);
    let mut end = 1_795_478_400_000_000_000;
    for _ in 0..SPANS {
        end += rng.random_range(0..200_000);
        scope_spans.bytes(2, &span(rng, end));
    }
    let mut resource_spans = Message::default();
    resource_spans.bytes(1, &resource.0);
    resource_spans.bytes(2, &scope_spans.0);
    let mut request = Message::default();
    request.bytes(1, &resource_spans.0);
    request.0
}

const ROUTES: [(&str, &str); 6] = [
    ("GET", "/api/activities/home"),
    ("GET", "/api/activities/notifications"),
    ("GET", "/api/activities/<handle>"),
    ("POST", "/api/activities"),
    ("GET", "/api/message_groups"),
    ("POST", "/api/messages"),
];

fn span(rng: &mut StdRng, end: u64) -> Vec<u8> {
    let (method, route) = ROUTES[rng.random_range(0..ROUTES.len())];
    let mut span = Message::default();
    span.bytes(1, &rng.random::<[u8; 16]>());
    span.bytes(2, &rng.random::<[u8; 8]>());
    span.bytes(4, &rng.random::<[u8; 8]>());
    span.bytes(5, format!("{method} {route}").as_bytes());
    span.number(6, 2);
    span.fixed(7, end - rng.random_range(100_000..300_000_000));
    span.fixed(8, end);
    let user = rng.random_range(0..10_000);
    span.text_attribute(9, "http.request.method", method);
    span.text_attribute(9, "http.route", route);
    span.text_attribute(9, "url.path", &format!("{route}/{user}"));
    span.text_attribute(9, "url.scheme", "https");
    span.number_attribute(9, "http.response.status_code", 200);
    span.text_attribute(9, "server.address", "api.cruddur.com");
    span.number_attribute(9, "server.port", 4567);
    span.text_attribute(9, "user_agent.original", AGENTS[user % AGENTS.len()]);
    span.text_attribute(9, "app.user_id", &format!("user-{user}"));
    span.number_attribute(9, "app.result_length", rng.random_range(0..100));
    span.0
}

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0",
    "curl/8.9.1",
];

/// A protobuf message under way.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn number(&mut self, field: u64, number: u64) {
        self.varint(field << 3);
        self.varint(number);
    }

    fn fixed(&mut self, field: u64, number: u64) {
        self.varint(field << 3 | 1);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    fn text_attribute(&mut self, field: u64, key: &str, text: &str) {
        let mut value = Message::default();
        value.bytes(1, text.as_bytes());
        self.attribute(field, key, &value);
    }

    fn number_attribute(&mut self, field: u64, key: &str, number: u64) {
        let mut value = Message::default();
        value.number(3, number);
        self.attribute(field, key, &value);
    }

    fn attribute(&mut self, field: u64, key: &str, value: &Message) {
        let mut attribute = Message::default();
        attribute.bytes(1, key.as_bytes());
        attribute.bytes(2, &value.0);
        self.bytes(field, &attribute.0);
    }
}
