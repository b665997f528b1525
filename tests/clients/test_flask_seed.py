"""The seed's Flask application, sending to the stack as a student's would."""

import subprocess
import sys
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from stack import Stack

APP = Path(__file__).with_name("flask_seed_app.py")
DATASET = "backend-flask"


class FlaskSeed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Runs the application once: three times home, once a path that is not there."""
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.stop)
        environment = cls.stack.environment(
            OTEL_SERVICE_NAME="backend-flask",
            OTEL_EXPORTER_OTLP_ENDPOINT=cls.stack.url,
            OTEL_EXPORTER_OTLP_HEADERS="x-honeycomb-team=local",
        )
        app = subprocess.Popen(
            [sys.executable, APP],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        cls.addClassCleanup(app.stdout.close)
        port = int(app.stdout.readline())
        for _ in range(3):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/activities/home") as answer:
                answer.read()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nope?x=1")
        except urllib.error.HTTPError as error:
            error.close()
        app.terminate()
        app.wait(timeout=60)

    def rows(self, **query):
        return self.stack.rows(DATASET, **query)

    def test_every_request_is_a_span_and_home_has_an_inner_one(self):
        rows = self.rows(calculations=[{"op": "COUNT"}], breakdowns=["name"])
        counts = {row["name"]: row["COUNT"] for row in rows}
        self.assertEqual(counts["home-activities-mock-data"], 3)
        self.assertEqual(counts["GET /api/activities/home"], 3)
        self.assertEqual(sum(counts.values()), 7)

    def test_the_inner_spans_attributes_are_columns(self):
        rows = self.rows(
            calculations=[{"op": "MAX", "column": "app.result_length"}],
            filters=[{"column": "app.now", "op": "exists"}],
        )
        self.assertEqual([row["MAX(app.result_length)"] for row in rows], [1])

    def test_the_seeds_lines_are_in_the_seeds_group(self):
        logs = self.stack.client("logs")
        self.addCleanup(logs.close)

        def messages(pattern):
            answer = logs.filter_log_events(logGroupName="cruddur", filterPattern=pattern)
            return [event["message"] for event in answer["events"]]

        self.assertEqual(messages("HomeActivities"), ["HomeActivities"] * 3)
        self.assertEqual(messages('"test log"'), ["test log"])
        served = '[time, ip, method = GET, scheme = http, path = "/api/activities/home?", status = 200, reason]'
        self.assertEqual(len(messages(served)), 3)
        (missing,) = messages("[time, ip, method, scheme, path, status = 4*, ...]")
        self.assertTrue(missing.endswith(" GET http /nope?x=1 404 NOT FOUND"), missing)


if __name__ == "__main__":
    unittest.main()
