"""Shows every request of the back end to Honeycomb, AWS X-Ray and CloudWatch Logs.

Written by `cruddurctl init`. In app.py, after `app = Flask(__name__)`:

    from lib.observability import observe

    observe(app)

It may stand before or after lines that instrument the application already. At the first request, when
all of them have run, it looks at what is there and adds only what is missing: a tracer provider, its
OTLP processor, the Flask instrumentation, X-Ray's middleware, the CloudWatch handler, the trace id at
the end of log lines. Nothing is sent twice. What it found and added is one line on stderr. A package
that is not installed takes its own signal away and no other.

Where everything goes is set in the environment and nowhere else, so that the same code runs on a
laptop (`cruddurctl run -- flask run`) and in the cloud:

    OTEL_SERVICE_NAME            backend-flask, if it is not set
    OTEL_EXPORTER_OTLP_ENDPOINT  Honeycomb if there is a HONEYCOMB_API_KEY, else this machine
    OTEL_EXPORTER_OTLP_HEADERS   x-honeycomb-team=KEY; made from HONEYCOMB_API_KEY if it is not set
    AWS_XRAY_DAEMON_ADDRESS      127.0.0.1:2000, if it is not set
    AWS_REGION                   or AWS_DEFAULT_REGION
    CLOUDWATCH_LOG_GROUP         cruddur, if it is not set

One id goes through all three: an OpenTelemetry trace has the id of the X-Ray trace, without the
dashes, and is at the end of each log line.
"""

import json
import logging
import os
import random
import re
import signal
import socket
import sys
import threading
import time

from flask import g, has_request_context, request

# What is not installed switches off its own signal and no other.
missing = {}
try:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
except ImportError as error:
    missing["spans"], trace, RandomIdGenerator = error, None, object
try:
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
except ImportError as error:
    missing["spans of outgoing calls"], RequestsInstrumentor = error, None
try:
    from aws_xray_sdk import global_sdk_config
    from aws_xray_sdk.core import xray_recorder
    from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
except ImportError as error:
    missing["segments"], xray_recorder, XRayMiddleware = error, None, None
try:
    import boto3
    import watchtower
except ImportError as error:
    missing["log lines in CloudWatch"], watchtower = error, None

HONEYCOMB = "https://api.honeycomb.io"
HEADER = "X-Amzn-Trace-Id"
ROOT = re.compile(r"(?:^|[;\s])Root=1-([0-9a-f]{8})-([0-9a-f]{24})", re.IGNORECASE)
PARENT = re.compile(r"(?:^|[;\s])Parent=([0-9a-f]{16})", re.IGNORECASE)
SAMPLED = re.compile(r"(?:^|[;\s])Sampled=([01])")

# For the application's own lines: `from lib.observability import logger`.
logger = logging.getLogger("cruddur")


def observe(app):
    """Wires the application. A second call for the same application does nothing."""
    if "cruddur-observability" in app.extensions:
        return
    headers = os.getenv("OTEL_EXPORTER_OTLP_HEADERS", "")
    if headers and "=" not in headers:
        # The exporter would leave it out, with a warning that is easily missed.
        raise SystemExit(
            "OTEL_EXPORTER_OTLP_HEADERS has no equals sign: write x-honeycomb-team=KEY, not x-honeycomb-team:KEY"
        )
    for signal_name, error in missing.items():
        report(f"no {signal_name}: {error}; pip install -r requirements.txt")
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    end_in_order()
    wiring = app.extensions["cruddur-observability"] = Wiring(app)
    # Now, for lines before the first request, and once more when a handler of the application may have come.
    wiring.wire_lines()


class Wiring:
    """A WSGI application around the one of Flask, which adds what is missing before the first request."""

    def __init__(self, app):
        self.app = app
        self.service = os.getenv("OTEL_SERVICE_NAME") or "backend-flask"
        self.lock = threading.Lock()
        self.is_wired = False
        self.found, self.added = [], []
        # Handlers of our own, as long as the application has none.
        self.console = self.handler = self.handler_error = None
        self.inner, app.wsgi_app = app.wsgi_app, self

    def __call__(self, environ, start_response):
        if not self.is_wired:
            with self.lock:
                if not self.is_wired:
                    self.wire()
                    self.is_wired = True
        continue_the_callers_trace(environ)
        return self.inner(environ, start_response)

    def wire(self):
        for signal_name, wire in (
            ("spans", self.wire_spans),
            ("segments", self.wire_segments),
            ("log lines", self.wire_lines),
        ):
            try:
                wire()
            except Exception as error:
                # The application still serves; without a word the reason would be hard to find.
                report(f"no {signal_name}: {error!r}")
        self.order_hooks()
        if watchtower and not self.handler_error:
            (self.added if self.handler else self.found).append("CloudWatch handler")
        report(f"found {', '.join(self.found) or 'nothing'}; added {', '.join(self.added) or 'nothing'}")

    def wire_spans(self):
        """OpenTelemetry, to Honeycomb or to the local stack."""
        if trace is None:
            return
        if os.getenv("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            report("no spans: OTEL_SDK_DISABLED is true")
            return
        provider = trace.get_tracer_provider()
        if isinstance(provider, trace.ProxyTracerProvider):
            provider = TracerProvider(
                resource=Resource.create({"service.name": self.service}), id_generator=XRayIds()
            )
            provider.add_span_processor(BatchSpanProcessor(exporter()))
            trace.set_tracer_provider(provider)
            self.added.append("tracer provider")
        else:
            self.found.append("tracer provider")
            self.complete(provider)
        if getattr(self.app, "_is_instrumented_by_opentelemetry", False):
            self.found.append("Flask instrumentation")
        else:
            # Inside of this object, so that it has the first request too.
            outer, self.app.wsgi_app = self.app.wsgi_app, self.inner
            FlaskInstrumentor().instrument_app(self.app)
            self.inner, self.app.wsgi_app = self.app.wsgi_app, outer
            self.added.append("Flask instrumentation")
        if RequestsInstrumentor and not RequestsInstrumentor().is_instrumented_by_opentelemetry:
            RequestsInstrumentor().instrument()

    def complete(self, provider):
        """Sees to it that a provider that is set already sends every span once."""
        if not hasattr(provider, "add_span_processor"):
            report(f"spans are left to {type(provider).__name__}, which takes no span processor")
            return
        active = getattr(provider, "_active_span_processor", None)
        processors = getattr(active, "_span_processors", None)
        if processors is None:
            report("whether spans are exported cannot be seen in this version of OpenTelemetry; nothing is added")
            return
        kept, endpoints = [], set()
        for processor in processors:
            endpoint = otlp_endpoint(processor)
            if endpoint is None or endpoint not in endpoints:
                kept.append(processor)
            else:
                report(f"a second span processor for {endpoint} was left out: it would send every span twice")
            endpoints.add(endpoint)
        if len(kept) < len(processors):
            active._span_processors = tuple(kept)
        if endpoints - {None}:
            self.found.append("OTLP processor")
        else:
            provider.add_span_processor(BatchSpanProcessor(exporter()))
            self.added.append("OTLP processor")
        resource = getattr(provider, "resource", None)
        name = resource.attributes.get("service.name", "") if resource else self.service
        if str(name).startswith("unknown_service"):
            report(f"spans are of service {name}: set OTEL_SERVICE_NAME={self.service}")

    def wire_segments(self):
        """X-Ray, through its daemon."""
        if xray_recorder is None:
            return
        if not global_sdk_config.sdk_enabled():
            report("no segments: AWS_XRAY_SDK_ENABLED is false")
            return
        middlewares = xray_middlewares(self.app)
        for surplus in middlewares[1:]:
            # Each would begin a segment and end the other's, and X-Ray would get none.
            remove_hooks(self.app, surplus)
            report("a second XRayMiddleware was left out: two end each other's segments")
        if middlewares:
            self.found.append("XRayMiddleware")
            recorder = middlewares[0]._recorder
        else:
            recorder = xray_recorder
            if not recorder.service:
                recorder.configure(service=self.service)
            # A call, not `XRayMiddleware = (app, xray_recorder)`, which installs nothing.
            XRayMiddleware(self.app, recorder)
            self.added.append("XRayMiddleware")
        keep_one_segment(recorder)
        fetch_rules(recorder)
        if recorder.dynamic_naming:
            report(
                "dynamic_naming names segments after the Host header where that matches: "
                f"rules and groups that name {recorder.service} do not match those"
            )

    def wire_lines(self):
        """CloudWatch Logs, and the console: one line for each request."""
        reached = [handler for handler in handlers_of(logger) if handler is not self.console]
        has_console = any(isinstance(handler, logging.StreamHandler) for handler in reached)
        if has_console and self.console:
            logger.removeHandler(self.console)
        elif not has_console and not self.console:
            self.console = logging.StreamHandler()
            logger.addHandler(self.console)
        if watchtower is None:
            return
        theirs = [handler for handler in cloudwatch_handlers() if handler is not self.handler]
        usable = [handler for handler in theirs if handler.level <= logging.INFO]
        is_reached = any(handler in usable for handler in reached)
        if usable and self.handler:
            logger.removeHandler(self.handler)
            self.handler.close()
            self.handler = None
        if usable and not is_reached:
            # The same object: another one would be another stream of the same lines.
            logger.addHandler(usable[0])
        if not usable and not self.handler and not self.handler_error:
            try:
                self.handler = cloudwatch_handler(self.service)
                logger.addHandler(self.handler)
            except Exception as error:
                # Without logs the application still serves; without a word the reason would be hard to find.
                self.handler_error = error
                logger.warning("CloudWatch Logs get nothing: %s", error)
        for handler in cloudwatch_handlers():
            if not isinstance(handler.formatter, WithTraceId):
                handler.setFormatter(WithTraceId(handler.formatter))

    def order_hooks(self):
        """Puts the hooks in the order that gives all three signals one id, whatever the order of the lines was.

        Before a request the span opens first, then the segment takes its id, then come all others: one that
        answers by itself would keep X-Ray from a segment that it ends later.
        """
        hooks = self.app.before_request_funcs.setdefault(None, [])
        opens_span = getattr(self.app, "_before_request", None)
        first = [hook for hook in hooks if hook is opens_span]
        xray = [hook for hook in hooks if is_of_xray(hook)]
        rest = [hook for hook in hooks if hook not in first and hook not in xray]
        hooks[:] = [*first, begin, *xray, *rest]
        # After a request the last one that was registered comes first.
        self.app.after_request_funcs.setdefault(None, []).insert(0, log_request)
        self.app.teardown_request_funcs.setdefault(None, []).append(finish)


class Seen:
    """What is known of the present request."""

    def __init__(self, trace_id):
        self.trace_id = trace_id
        # Whether a line of the application tells of it already, in CloudWatch Logs.
        self.has_line = False
        self.is_logged = False
        # How many segments were begun and not ended, and by whom.
        self.segments, self.recorder = 0, None
        method, path = re.escape(request.method), re.escape(request.path)
        self.line = re.compile(rf"\b{method}\b.*{path}.*\b[1-5]\d\d\b", re.DOTALL)


def begin():
    """Runs after OpenTelemetry's hook and before X-Ray's: the segment takes the id of the open span."""
    g.cruddur_seen = Seen(None)
    if trace is None:
        return
    span = trace.get_current_span()
    context = span.get_span_context()
    if not context.is_valid:
        return
    g.cruddur_seen.trace_id = f"{context.trace_id:032x}"
    header = request.headers.get(HEADER, "")
    decided = SAMPLED.search(header)
    # No rule decides then: `cruddurctl trace` says so where a segment is missing.
    if xray_recorder and not global_sdk_config.sdk_enabled():
        span.set_attribute("xray.sdk_enabled", False)
    elif decided:
        span.set_attribute("xray.caller_sampled", decided[1] == "1")
    if not ROOT.search(header):
        root = f"Root={xray_id(context.trace_id)}"
        request.environ["HTTP_X_AMZN_TRACE_ID"] = f"{root};{header or 'Sampled=?'}"


def continue_the_callers_trace(environ):
    """Lets OpenTelemetry go on with the trace of a caller that sends X-Ray's header and no `traceparent`."""
    root = ROOT.search(environ.get("HTTP_X_AMZN_TRACE_ID", ""))
    has_other = "HTTP_TRACEPARENT" in environ or "xray" in os.getenv("OTEL_PROPAGATORS", "")
    if not root or has_other or not int(root[1] + root[2], 16):
        return
    parent = PARENT.search(environ["HTTP_X_AMZN_TRACE_ID"])
    # A load balancer names no parent. `Sampled` is about segments, and spans are not kept back by it.
    parent_id = parent[1] if parent and int(parent[1], 16) else f"{random.randrange(1, 1 << 64):016x}"
    environ["HTTP_TRACEPARENT"] = f"00-{root[1]}{root[2]}-{parent_id}-01".lower()


def log_request(response):
    """Logs the request, unless a line of the application in CloudWatch Logs does that already."""
    seen = g.get("cruddur_seen") or Seen(None)
    g.cruddur_seen = seen
    root = ROOT.search(response.headers.get(HEADER, ""))
    if not seen.trace_id and root and int(root[1] + root[2], 16):
        seen.trace_id = (root[1] + root[2]).lower()
    if not seen.has_line:
        log(seen, response.status_code, response.status)
    seen.is_logged = True
    return response


def finish(exception):
    """Runs before X-Ray's hook ends the segment, and before the span ends."""
    seen = g.get("cruddur_seen")
    if seen is None:
        return
    if exception is not None and not seen.is_logged and not seen.has_line:
        # With a debugger an exception makes no response.
        log(seen, 500, "500 INTERNAL SERVER ERROR")
    if seen.segments:
        # An open subsegment would keep the segment from being sent.
        seen.segments = 1
        for _ in range(100):
            if seen.recorder.current_subsegment() is None:
                break
            seen.recorder.end_subsegment()


def fetch_rules(recorder):
    """Waits a moment for the sampling rules: the SDK fetches them at the first request, which then goes by other ones."""
    start, cache = getattr(recorder.sampler, "start", None), getattr(recorder.sampler, "_cache", None)
    if not recorder.sampling or start is None or cache is None:
        return
    start()
    for _ in range(100):
        if getattr(cache, "last_updated", True):
            return
        time.sleep(0.01)


def keep_one_segment(recorder):
    """Makes a subsegment of each segment that the application begins within a request.

    As a segment it would take the place of the middleware's, which would then never be sent.
    """
    if hasattr(recorder, "cruddur_begin_segment"):
        return
    recorder.cruddur_begin_segment, end = recorder.begin_segment, recorder.end_segment

    def begin_segment(name=None, *arguments, **options):
        seen = g.get("cruddur_seen") if has_request_context() else None
        if seen is None:
            return recorder.cruddur_begin_segment(name, *arguments, **options)
        seen.segments, seen.recorder = seen.segments + 1, recorder
        if seen.segments == 1:
            return recorder.cruddur_begin_segment(name, *arguments, **options)
        return recorder.begin_subsegment(name or recorder.service)

    def end_segment(*arguments, **options):
        seen = g.get("cruddur_seen") if has_request_context() else None
        if seen is not None and seen.segments > 1:
            seen.segments -= 1
            return recorder.end_subsegment(*arguments, **options)
        return end(*arguments, **options)

    recorder.begin_segment, recorder.end_segment = begin_segment, end_segment


def log(seen, status_code, status):
    trace_id = f" trace_id={seen.trace_id}" if seen.trace_id else ""
    logger.log(
        logging.ERROR if status_code >= 500 else logging.INFO,
        "%s %s %s %s %s %s%s",
        time.strftime("[%Y-%b-%d %H:%M]"),
        request.remote_addr,
        request.method,
        request.scheme,
        request.full_path,
        status,
        trace_id,
    )


class WithTraceId(logging.Formatter):
    """Another formatter, and the trace id at the end of what it makes."""

    def __init__(self, formatter):
        super().__init__()
        self.formatter = formatter or logging.Formatter()

    def format(self, record):
        text = self.formatter.format(record)
        seen = g.get("cruddur_seen") if has_request_context() else None
        if seen and seen.line.search(text):
            seen.has_line = True
        trace_id = (seen and seen.trace_id) or open_trace_id()
        if not trace_id or trace_id in text:
            return text
        if text.startswith("{"):
            try:
                return json.dumps({**json.loads(text), "trace_id": trace_id})
            except (TypeError, ValueError):
                pass
        return f"{text} trace_id={trace_id}"


def open_trace_id():
    """The trace of work outside of a request."""
    context = trace.get_current_span().get_span_context() if trace else None
    return f"{context.trace_id:032x}" if context and context.is_valid else None


def exporter():
    options = {}
    key = os.getenv("HONEYCOMB_API_KEY")
    if not os.getenv("OTEL_EXPORTER_OTLP_HEADERS") and key:
        options["headers"] = {"x-honeycomb-team": key}
    if not os.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") and not os.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        base = os.getenv("HONEYCOMB_API_ENDPOINT") or (HONEYCOMB if key else "http://127.0.0.1:4318")
        options["endpoint"] = base.rstrip("/") + "/v1/traces"
    return OTLPSpanExporter(**options)


def otlp_endpoint(processor):
    """Returns where a processor sends spans by OTLP, over HTTP or gRPC; None if it does not."""
    exporter = getattr(processor, "span_exporter", None)
    names = [base.__name__ for base in type(exporter).__mro__]
    return str(getattr(exporter, "_endpoint", id(exporter))) if "OTLPSpanExporter" in names else None


def xray_middlewares(app):
    """Returns the middlewares that X-Ray's SDK has on the application, the first one first."""
    found = []
    for hook in app.before_request_funcs.get(None, []):
        if is_of_xray(hook) and hook.__self__ not in found:
            found.append(hook.__self__)
    return found


def is_of_xray(hook):
    return XRayMiddleware is not None and isinstance(getattr(hook, "__self__", None), XRayMiddleware)


def remove_hooks(app, owner):
    for hooks in (app.before_request_funcs, app.after_request_funcs, app.teardown_request_funcs):
        if None in hooks:
            hooks[None][:] = [hook for hook in hooks[None] if getattr(hook, "__self__", None) is not owner]


def handlers_of(log):
    """Returns the handlers that a line of a logger reaches, its parents' too."""
    found = []
    while log:
        found.extend(log.handlers)
        log = log.parent if log.propagate else None
    return found


def cloudwatch_handlers():
    """Returns the CloudWatch handlers of all loggers."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    found = []
    for handler in (handler for log in loggers for handler in getattr(log, "handlers", [])):
        if isinstance(handler, watchtower.CloudWatchLogHandler) and handler not in found:
            found.append(handler)
    return found


def cloudwatch_handler(service):
    # boto3 does not read AWS_REGION.
    region = os.getenv("AWS_REGION") or os.getenv("AWS_DEFAULT_REGION")
    return watchtower.CloudWatchLogHandler(
        log_group_name=os.getenv("CLOUDWATCH_LOG_GROUP") or "cruddur",
        log_stream_name=f"{service}/{socket.gethostname()}/{os.getpid()}".replace(":", "-").replace("*", "-"),
        boto3_client=boto3.client("logs", region_name=region),
        # A minute, the default, is long to wait in front of an empty page.
        send_interval=5,
    )


class XRayIds(RandomIdGenerator):
    """Trace ids that begin with the second they were made in.

    X-Ray takes random ids too, since October 2023; these let it search by the time in the id as well.
    """

    def generate_trace_id(self):
        return int(time.time()) << 96 | random.getrandbits(96)


def xray_id(trace_id):
    digits = f"{trace_id:032x}"
    return f"1-{digits[:8]}-{digits[8:]}"


def end_in_order():
    """Lets SIGTERM, by which containers are stopped, end the process as Ctrl-C does: with everything sent."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def report(text):
    print(f"observability: {text}", file=sys.stderr, flush=True)
