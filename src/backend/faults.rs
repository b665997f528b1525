//! The classic failures of week 2, caused on purpose.

/// One failure. Several can be caused at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Segments are named by the Host header.
    DynamicNaming,
    /// The service has a name that nobody looks for.
    WrongServiceName,
    /// Every span is exported twice.
    DuplicateSpans,
    /// The exporter's header has a colon, so that no key is sent.
    ColonHeader,
    /// Segments and rules are in another region than everything else.
    WrongRegion,
    /// Segments go by UDP to where nobody is, and no rules come from there.
    DaemonUnreachable,
}

/// What there is to know of a failure.
pub struct Explained {
    /// Which one.
    pub fault: Fault,
    /// What a person calls it.
    pub name: &'static str,
    /// What breaks, and how that shows.
    pub shows: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// Every failure that a back end can show.
pub const FAULTS: [Explained; 6] = [
    Explained {
        fault: Fault::DynamicNaming,
        name: "dynamic-naming",
        shows: "the X-Ray middleware names segments after the Host header (127.0.0.1:4567); rule and group \
                for backend-flask match none of them",
        fix: "leave out dynamic_naming, or write the rule and service(\"...\") of the group for the Host",
    },
    Explained {
        fault: Fault::WrongServiceName,
        name: "wrong-service-name",
        shows: "OTEL_SERVICE_NAME says bakend-flask; spans land in a dataset of that name, and the rule for \
                backend-flask matches nothing",
        fix: "OTEL_SERVICE_NAME=backend-flask, the same name as in the sampling rule and the group",
    },
    Explained {
        fault: Fault::DuplicateSpans,
        name: "duplicate-spans",
        shows: "the batch processor is added twice, where the console's was meant; COUNT is twice the \
                requests, and each span id comes twice",
        fix: "add the batch processor once, and SimpleSpanProcessor(ConsoleSpanExporter()) beside it",
    },
    Explained {
        fault: Fault::ColonHeader,
        name: "colon-header",
        shows: "OTEL_EXPORTER_OTLP_HEADERS has x-honeycomb-team:KEY; the exporter sends no key, and every \
                batch of spans is refused with 401",
        fix: "write an equals sign: OTEL_EXPORTER_OTLP_HEADERS=x-honeycomb-team=KEY",
    },
    Explained {
        fault: Fault::WrongRegion,
        name: "wrong-region",
        shows: "the daemon works in another region; rule and group are not seen there, and the console of \
                your region has no traces",
        fix: "one region everywhere: AWS_REGION of the daemon as in AWS_DEFAULT_REGION of the rest",
    },
    Explained {
        fault: Fault::DaemonUnreachable,
        name: "daemon-unreachable",
        shows: "UDP port 2000 answers nothing and nobody says so; requests succeed, there are no segments, \
                and sampling is the SDK's own 1 a second + 5 %",
        fix: "publish 2000:2000/udp (and /tcp for rules), and AWS_XRAY_DAEMON_ADDRESS=xray-daemon:2000",
    },
];

/// The name that `wrong-service-name` uses, as a fork of the course has it.
pub const WRONG_SERVICE_NAME: &str = "bakend-flask";

/// Returns the region that `wrong-region` works in.
pub fn other_region(region: &str) -> &'static str {
    if region == "us-west-2" {
        "eu-west-1"
    } else {
        "us-west-2"
    }
}
