"""What `init` writes runs: one request to a Flask application is seen in all three lenses."""

import os
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


def init(folder):
    """Makes a checkout of the back end and has `init` write into it."""
    backend = folder / "cruddur" / "backend-flask"
    backend.mkdir(parents=True)
    (backend / "requirements.txt").write_text("flask\nflask-cors\n")
    (backend / "app.py").write_text(APP)
    binary = os.environ["CRUDDURCTL_BIN"]
    subprocess.run([binary, "init", backend.parent], check=True, capture_output=True)
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


if __name__ == "__main__":
    unittest.main()
