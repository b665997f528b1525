"""Shows every request of the back end to Honeycomb, AWS X-Ray and CloudWatch Logs.

Written by `cruddurctl init`. In app.py, right after `app = Flask(__name__)`:

    from lib.observability import observe

    observe(app)

Where everything goes is said by the environment and nowhere else, so that the same code runs on a
laptop (`cruddurctl run -- flask run`) and in the cloud:

    OTEL_SERVICE_NAME            backend-flask, if it is not set
    OTEL_EXPORTER_OTLP_ENDPOINT  Honeycomb if there is a HONEYCOMB_API_KEY, else this machine
    OTEL_EXPORTER_OTLP_HEADERS   x-honeycomb-team=KEY; made from HONEYCOMB_API_KEY if it is not set
    AWS_XRAY_DAEMON_ADDRESS      127.0.0.1:2000, if it is not set
    AWS_REGION                   or AWS_DEFAULT_REGION
    CLOUDWATCH_LOG_GROUP         cruddur, if it is not set

One id goes through all three: a trace of OpenTelemetry has the id of the X-Ray trace, without the
dashes, and is at the end of each log line.
"""

import logging
import os
import random
import signal
import socket
import sys
import threading
import time

import boto3
import watchtower
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import request
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

HONEYCOMB = "https://api.honeycomb.io"

# For the application's own lines: `from lib.observability import logger`.
logger = logging.getLogger("cruddur")


def observe(app):
    """Wires the application. To be called once, before the first request."""
    if app.extensions.get("cruddur-observability"):
        return
    app.extensions["cruddur-observability"] = True
    service = os.getenv("OTEL_SERVICE_NAME") or "backend-flask"
    end_in_order()
    # In this order: a segment takes the id of the span that is open by then.
    send_spans(app, service)
    send_segments(app, service)
    send_lines(app, service)


def send_spans(app, service):
    """OpenTelemetry, to Honeycomb or to the local stack."""
    headers = os.getenv("OTEL_EXPORTER_OTLP_HEADERS", "")
    key = os.getenv("HONEYCOMB_API_KEY")
    if headers and "=" not in headers:
        # The exporter would leave it out without a word that anybody sees.
        raise SystemExit(
            "OTEL_EXPORTER_OTLP_HEADERS has no equals sign: write x-honeycomb-team=KEY, not x-honeycomb-team:KEY"
        )
    options = {}
    if not headers and key:
        options["headers"] = {"x-honeycomb-team": key}
    if not os.getenv("OTEL_EXPORTER_OTLP_ENDPOINT") and not os.getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        base = os.getenv("HONEYCOMB_API_ENDPOINT") or (HONEYCOMB if key else "http://127.0.0.1:4318")
        options["endpoint"] = base.rstrip("/") + "/v1/traces"
    provider = TracerProvider(
        resource=Resource.create({"service.name": service}),
        id_generator=XRayIds(),
    )
    # Once: a second processor would send every span twice.
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**options)))
    trace.set_tracer_provider(provider)
    FlaskInstrumentor().instrument_app(app)
    RequestsInstrumentor().instrument()


def send_segments(app, service):
    """X-Ray, through its daemon."""

    @app.before_request
    def continue_the_trace():
        # Who sent a header of X-Ray's goes on with that trace; else it is the span's.
        context = trace.get_current_span().get_span_context()
        if context.is_valid and "X-Amzn-Trace-Id" not in request.headers:
            request.environ["HTTP_X_AMZN_TRACE_ID"] = f"Root={xray_id(context.trace_id)};Sampled=?"

    # No `dynamic_naming`: it names the segment after the Host header, and then no sampling rule and no
    # group that says `backend-flask` ever matches.
    xray_recorder.configure(service=service)
    # A call, not `XRayMiddleware = (app, xray_recorder)`, which installs nothing.
    XRayMiddleware(app, xray_recorder)


def send_lines(app, service):
    """CloudWatch Logs, and the console: one line for each request."""
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.StreamHandler())
    try:
        logger.addHandler(cloudwatch_handler(service))
    except Exception as error:
        # Without logs the application still serves; without a word nobody would look for them.
        logger.warning("CloudWatch Logs get nothing: %s", error)

    @app.after_request
    def say(response):
        level = logging.ERROR if response.status_code >= 500 else logging.INFO
        context = trace.get_current_span().get_span_context()
        logger.log(
            level,
            "%s %s %s %s %s %s trace_id=%032x",
            time.strftime("[%Y-%b-%d %H:%M]"),
            request.remote_addr,
            request.method,
            request.scheme,
            request.full_path,
            response.status,
            context.trace_id,
        )
        return response


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
    """Trace ids that X-Ray takes: they begin with the second they were made in."""

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
