"""What `init` writes runs: one request to a Flask application is seen in all three signals, once in each.

Also where the application is instrumented already, as far as the course has come: nothing is doubled and
nothing is missing, wherever the line that calls `observe` stands.
"""

import json
import os
import re
import subprocess
import sys
import time
import unittest
import urllib.request
from pathlib import Path

import yaml
from stack import Stack

DATASET = "backend-flask"

APP = '''
import sys
from flask import Flask
from werkzeug.serving import make_server

app = Flask(__name__)
from lib.observability import observe
observe(app)
observe(app)

@app.route("/api/activities/home")
def home():
    return [{"handle": "Andrew Brown"}]

@app.route("/api/boom")
def boom():
    raise RuntimeError("boom")

server = make_server("127.0.0.1", 0, app)
print(server.port, flush=True)
server.serve_forever()
'''


def init(folder, app=APP):
    """Makes a checkout of the back end and has `init` write into it."""
    backend = folder / "cruddur" / "backend-flask"
    backend.mkdir(parents=True)
    (backend / "requirements.txt").write_text("flask\nflask-cors\n")
    (backend / "app.py").write_text(app)
    binary = os.environ["CRUDDURCTL_BIN"]
    subprocess.run([binary, "init", "--yes", backend.parent], check=True, capture_output=True)
    return backend


class Init(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Calls the application once, and once where it fails, under `cruddurctl run`, and stops it."""
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.stop)
        cls.backend = init(cls.stack.folder)
        cls.began = time.time()
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        app = subprocess.Popen(
            [os.environ["CRUDDURCTL_BIN"], "run", "--data-dir", cls.stack.data, "--", sys.executable, "app.py"],
            cwd=cls.backend,
            env={**kept, "AWS_EC2_METADATA_DISABLED": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        cls.addClassCleanup(app.stdout.close)
        cls.addClassCleanup(app.stderr.close)
        port = int(app.stdout.readline())
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/activities/home?x=1") as answer:
            cls.header = answer.headers["X-Amzn-Trace-Id"]
            answer.read()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/boom")
        except urllib.error.HTTPError as error:
            error.close()
        app.terminate()
        _, cls.said = app.communicate(timeout=60)
        cls.code = app.returncode

    def test_it_ends_well_and_everything_came_in(self):
        self.assertEqual(self.code, 0, self.said)
        self.assertIn("came in: 2 spans, ", self.said)
        self.assertIn(" 2 log lines; next: ", self.said)

    def test_one_request_has_one_id_in_all_three_lenses(self):
        rows = self.stack.rows(
            DATASET,
            calculations=[{"op": "COUNT"}],
            breakdowns=["trace.trace_id"],
            filters=[{"column": "name", "op": "=", "value": "GET /api/activities/home"}],
        )
        (row,) = rows
        self.assertEqual(row["COUNT"], 1)
        trace_id = row["trace.trace_id"]
        xray_id = f"1-{trace_id[:8]}-{trace_id[8:]}"
        self.assertIn(xray_id, self.header)

        xray = self.stack.client("xray")
        self.addCleanup(xray.close)
        (trace,) = xray.batch_get_traces(TraceIds=[xray_id])["Traces"]
        (segment,) = trace["Segments"]
        self.assertIn('"name":"backend-flask"', segment["Document"].replace(": ", ":"))

        logs = self.stack.client("logs")
        self.addCleanup(logs.close)
        lines = logs.filter_log_events(logGroupName="cruddur", filterPattern=f'"{trace_id}"')["events"]
        (line,) = lines
        self.assertIn(" 127.0.0.1 GET http /api/activities/home?x=1 200 OK ", line["message"])

    def test_a_group_that_names_the_service_matches(self):
        xray = self.stack.client("xray")
        self.addCleanup(xray.close)
        answer = xray.get_trace_summaries(
            StartTime=self.began - 60,
            EndTime=time.time() + 60,
            FilterExpression='service("backend-flask")',
        )
        self.assertGreaterEqual(len(answer["TraceSummaries"]), 1)

    def test_the_compose_file_says_what_it_should(self):
        compose = yaml.safe_load((self.backend.parent / "docker-compose.override.yml").read_text())
        daemon = compose["services"]["xray-daemon"]
        self.assertEqual(daemon["command"], ["-o"])
        environment = compose["services"]["backend-flask"]["environment"]
        self.assertTrue(environment["OTEL_EXPORTER_OTLP_HEADERS"].startswith("x-honeycomb-team=${"))
        self.assertEqual(environment["AWS_REGION"], environment["AWS_DEFAULT_REGION"])

    def test_a_colon_in_the_header_is_said_at_once(self):
        ran = subprocess.run(
            [sys.executable, "app.py"],
            cwd=self.backend,
            env=self.stack.environment(OTEL_EXPORTER_OTLP_HEADERS="x-honeycomb-team:key"),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(ran.returncode, 1)
        self.assertIn("has no equals sign", ran.stderr)

    def test_without_cloudwatch_the_application_still_starts(self):
        environment = self.stack.environment(
            OTEL_EXPORTER_OTLP_ENDPOINT=self.stack.url, AWS_ENDPOINT_URL="http://127.0.0.1:9"
        )
        app = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=self.backend,
            env={**environment, "AWS_MAX_ATTEMPTS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(app.stdout.close)
        self.addCleanup(app.stderr.close)
        self.assertGreater(int(app.stdout.readline()), 0)
        app.terminate()
        _, said = app.communicate(timeout=60)
        self.assertIn("CloudWatch Logs get nothing: ", said)


OBSERVE = """
from lib.observability import observe
observe(app)
"""
HEAD = """
import logging
import sys
from time import strftime
from flask import Flask, request
from werkzeug.serving import make_server
"""
PROVIDER = """
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
provider = TracerProvider()
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
trace.set_tracer_provider(provider)
"""
MADE = "app = Flask(__name__)\n"
SPANS = """
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
FlaskInstrumentor().instrument_app(app)
RequestsInstrumentor().instrument()
"""
XRAY = """
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
xray_recorder.configure(service="backend-flask", dynamic_naming=None)
"""
MIDDLEWARE = "XRayMiddleware(app, xray_recorder)\n"
ASSIGNED = "XRayMiddleware = (app, xray_recorder)\n"
LINES = """
import watchtower
LOGGER = logging.getLogger("theirs")
LOGGER.setLevel(logging.DEBUG)
LOGGER.addHandler(watchtower.CloudWatchLogHandler(log_group="cruddur"))
LOGGER.info("test log")

@app.after_request
def after_request(response):
    timestamp = strftime("[%Y-%b-%d %H:%M]")
    LOGGER.error("%s %s %s %s %s %s", timestamp, request.remote_addr, request.method, request.scheme, request.full_path, response.status)
    return response
"""
HANDLER_ALONE = """
import watchtower
logging.getLogger().addHandler(watchtower.CloudWatchLogHandler(log_group="cruddur"))
"""
ANSWERS_ITSELF = """
@app.before_request
def refuse():
    if request.path == "/refused":
        return "no", 401
"""
# Work for X-Ray: a subsegment in order, one that is left open, and a segment in the place of the
# middleware's. They come after the recorder, wherever the middleware is.
ROUTES = """
@app.route("/api/activities/home")
def home():
    return [{"handle": "Andrew Brown"}]

@app.route("/api/boom")
def boom():
    raise RuntimeError("boom")

@app.route("/api/activities/@<handle>")
def user(handle):
    from aws_xray_sdk.core import xray_recorder
    segment = xray_recorder.begin_segment("user_activities")
    subsegment = xray_recorder.begin_subsegment("mock-data")
    subsegment.put_metadata("key", {"results-size": 1}, "namespace")
    return [{"handle": handle}]
"""
SERVED = """
server = make_server("127.0.0.1", 0, app)
print(server.port, flush=True)
server.serve_forever()
"""

# By what the application has, in the order of its lines.
APPS = {
    "nothing": [HEAD, MADE, OBSERVE, ROUTES],
    "a provider and no middleware": [HEAD, PROVIDER, MADE, OBSERVE, SPANS, ROUTES],
    "a provider that exports nothing": [HEAD, PROVIDER.replace("provider.add_span", "0 and provider.add_span"), MADE, OBSERVE, ROUTES],
    "two exporters": [HEAD, PROVIDER, "provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))\n", MADE, SPANS, OBSERVE, ROUTES],
    "the middleware before": [HEAD, PROVIDER, MADE, XRAY, MIDDLEWARE, SPANS, OBSERVE, ROUTES],
    "the middleware after": [HEAD, PROVIDER, MADE, OBSERVE, XRAY, MIDDLEWARE, SPANS, ROUTES],
    "the middleware after all": [HEAD, MADE, OBSERVE, ROUTES, PROVIDER, SPANS, XRAY, MIDDLEWARE],
    "two middlewares": [HEAD, MADE, OBSERVE, ROUTES, PROVIDER, SPANS, XRAY, MIDDLEWARE * 2],
    "an assignment": [HEAD, PROVIDER, MADE, XRAY, ASSIGNED, SPANS, OBSERVE, ROUTES],
    "its own lines": [HEAD, PROVIDER, MADE, SPANS, XRAY, MIDDLEWARE, LINES, ROUTES, OBSERVE],
    "its own lines after": [HEAD, MADE, OBSERVE, PROVIDER, SPANS, LINES, XRAY, MIDDLEWARE, ROUTES],
    "a handler and no lines": [HEAD, HANDLER_ALONE, MADE, OBSERVE, ROUTES],
    "a handler and no lines, after": [HEAD, MADE, OBSERVE, HANDLER_ALONE, ROUTES],
    "a hook that answers": [HEAD, MADE, ANSWERS_ITSELF, XRAY, MIDDLEWARE, OBSERVE, ROUTES],
}
PATHS = [
    "/api/activities/home",
    "/api/activities/@andrewbrown",
    "/api/boom",
    "/nope",
    "/refused",
    "/api/activities/home?x=1",
    "/api/activities/@andrewbrown",
]
ALL = {
    "SamplingRule": {
        **{"RuleName": "Cruddur", "ResourceARN": "*", "Priority": 9000, "FixedRate": 1.0, "ReservoirSize": 0},
        **{"ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1},
    }
}


class Ran:
    """One run of an application, and what the stack got of it."""

    def __init__(self, test, app, without=(), **environment):
        self.stack = Stack()
        test.addCleanup(self.stack.stop)
        backend = init(self.stack.folder, app)
        for name in without:
            (backend / f"{name}.py").write_text(f'raise ImportError("No module named {name}")\n')
        rule = self.stack.folder / "rule.json"
        rule.write_text(json.dumps(ALL))
        binary = os.environ["CRUDDURCTL_BIN"]
        data = ("--data-dir", self.stack.data)
        subprocess.run(
            [binary, "xray", "setup", "--yes", "--target", "local", "--file", rule, *data],
            check=True,
            capture_output=True,
        )
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        process = subprocess.Popen(
            [binary, "run", *data, "--", sys.executable, "app.py"],
            cwd=backend,
            env={**kept, "AWS_EC2_METADATA_DISABLED": "true", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        test.addCleanup(process.stdout.close)
        test.addCleanup(process.stderr.close)
        port = int(process.stdout.readline())
        for path in PATHS:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}").close()
            except urllib.error.HTTPError as error:
                error.close()
        process.terminate()
        _, self.said = process.communicate(timeout=60)
        self.code = process.returncode

    def spans(self):
        """How many spans of requests each trace has."""
        rows = self.stack.rows(
            DATASET,
            calculations=[{"op": "COUNT"}],
            breakdowns=["trace.trace_id"],
            filters=[{"column": "http.method", "op": "exists"}],
        )
        return {row["trace.trace_id"]: row["COUNT"] for row in rows}

    def segments(self, traces):
        """How many segments each of these traces has in X-Ray."""
        client = self.stack.client("xray")
        ids = [f"1-{trace[:8]}-{trace[8:]}" for trace in traces]
        found = {}
        for at in range(0, len(ids), 5):
            for trace in client.batch_get_traces(TraceIds=ids[at : at + 5])["Traces"]:
                found[trace["Id"][2:].replace("-", "")] = len(trace["Segments"])
        client.close()
        return found

    def lines(self):
        """How many lines of requests there are by the trace id that they carry; "" is none."""
        client = self.stack.client("logs")
        found = {}
        for event in client.filter_log_events(logGroupName="cruddur")["events"]:
            if re.search(r" (GET|POST) http /", event["message"]):
                trace = re.search(r"trace_id=([0-9a-f]{32})$", event["message"])
                key = trace[1] if trace else ""
                found[key] = found.get(key, 0) + 1
        client.close()
        return found


class InstrumentedAlready(unittest.TestCase):
    maxDiff = None

    def test_each_signal_has_each_request_once(self):
        for name, parts in APPS.items():
            with self.subTest(name):
                ran = Ran(self, "".join([*parts, SERVED]))
                self.assertEqual(ran.code, 0, ran.said)
                spans = ran.spans()
                self.assertEqual(sorted(spans.values()), [1] * len(PATHS), ran.said)
                self.assertEqual(ran.segments(spans), spans, ran.said)
                self.assertEqual(ran.lines(), spans, ran.said)

    def test_what_is_left_out_is_said(self):
        for name, said in {
            "two exporters": "a second span processor for ",
            "two middlewares": "a second XRayMiddleware was left out",
        }.items():
            with self.subTest(name):
                self.assertIn(said, Ran(self, "".join([*APPS[name], SERVED])).said)

    def test_a_package_that_is_missing_takes_its_own_signal_away(self):
        app = "".join([HEAD, MADE, OBSERVE, ROUTES.split("@app.route(\"/api/activities/@")[0], SERVED])
        for package, said in {
            "opentelemetry": "no spans: No module named opentelemetry",
            "aws_xray_sdk": "no segments: No module named aws_xray_sdk",
            "watchtower": "no log lines in CloudWatch: No module named watchtower",
        }.items():
            with self.subTest(package):
                ran = Ran(self, app, without=[package])
                self.assertEqual(ran.code, 0, ran.said)
                self.assertIn(said, ran.said)
                if package == "watchtower":
                    self.assertEqual(len(ran.segments(ran.spans())), len(PATHS))
                else:
                    self.assertEqual(sum(ran.lines().values()), len(PATHS))

    def test_what_is_switched_off_stays_off_and_trace_says_so(self):
        app = "".join([*APPS["nothing"], SERVED])
        ran = Ran(self, app, AWS_XRAY_SDK_ENABLED="false")
        self.assertIn("no segments: AWS_XRAY_SDK_ENABLED is false", ran.said)
        spans = ran.spans()
        self.assertEqual((len(spans), ran.segments(spans)), (len(PATHS), {}))
        shown = subprocess.run(
            [os.environ["CRUDDURCTL_BIN"], "trace", "--last", "--target", "local", "--data-dir", ran.stack.data],
            check=True,
            capture_output=True,
            text=True,
        )
        self.assertIn("X-Ray was off in the application", shown.stdout)


if __name__ == "__main__":
    unittest.main()
