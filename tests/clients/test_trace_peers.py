"""OpenTelemetry and AWS's X-Ray SDK for Python before and behind `serve`: one trace goes through all three.

Every caller calls `serve` twice over: once where that calls an application under OpenTelemetry, once one
under the X-Ray SDK. All of them send to one stack, which is then asked for what it has.
"""

import json
import os
import subprocess
import sys
import time
import unittest
import urllib.parse
import urllib.request
from pathlib import Path

from serving import Serving
from stack import Stack

APP = Path(__file__).with_name("trace_peer_app.py")
KINDS = ("otel", "xray")
RULE = {
    "RuleName": "All",
    "ResourceARN": "*",
    "Priority": 1,
    "FixedRate": 1,
    "ReservoirSize": 0,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}


class Peer:
    """The application, traced by one of the two."""

    def __init__(self, kind, environment):
        self._process = subprocess.Popen(
            [sys.executable, APP, kind],
            stdout=subprocess.PIPE,
            text=True,
            env={**environment, "OTEL_SERVICE_NAME": f"peer-{kind}"},
        )
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def call(self, url):
        """Has it call an address."""
        with urllib.request.urlopen(f"{self.url}/call?url={urllib.parse.quote(url)}") as answer:
            return json.load(answer)

    def called_with(self):
        """Returns the headers that it was called with next."""
        return json.loads(self._process.stdout.readline())

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=60)
        self._process.stdout.close()


class TracePeers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.stop)
        cls.xray = cls.stack.client("xray")
        cls.addClassCleanup(cls.xray.close)
        cls.xray.create_sampling_rule(SamplingRule=RULE)
        pointed = subprocess.run(
            [os.environ["CRUDDURCTL_BIN"], "env", "--output", "json", "--data-dir", cls.stack.data],
            check=True,
            capture_output=True,
        )
        environment = {**cls.stack.environment(), **json.loads(pointed.stdout)}
        peers, middles = {}, {}
        for kind in KINDS:
            peers[kind] = Peer(kind, environment)
            cls.addClassCleanup(peers[kind].stop)
            middles[kind] = Serving("--call", f"{peers[kind].url}/called", data=cls.stack.data)
            cls.addClassCleanup(middles[kind].stop)
        cls.calls = {}
        for caller in KINDS:
            for callee in KINDS:
                answer = peers[caller].call(f"{middles[callee].url}/api/activities/notifications")
                cls.calls[caller, callee] = answer, peers[callee].called_with()
        for running in (*middles.values(), *peers.values()):
            running.stop()

    def spans(self, dataset, trace_id):
        """Returns the spans of a trace in a dataset by their ids: kind, parent if there is one, and name."""
        names = ("trace.span_id", "span.kind", "trace.parent_id", "name")
        rows = self.stack.rows(
            dataset,
            calculations=[{"op": "COUNT"}],
            breakdowns=list(names),
            filters=[{"column": "trace.trace_id", "op": "=", "value": trace_id}],
        )
        self.assertEqual([row["COUNT"] for row in rows], [1] * len(rows))
        return {row[names[0]]: tuple(row.get(name) or None for name in names[1:]) for row in rows}

    def segments(self, trace_id, n_segments):
        """Waits until a trace has all of its segments, since UDP says nothing when they are there.

        Returns their documents by name and parent, None if there is no parent.
        """
        asked = f"1-{trace_id[:8]}-{trace_id[8:]}"
        deadline = time.monotonic() + 60
        found = []
        while len(found) < n_segments and time.monotonic() < deadline:
            (trace,) = self.xray.batch_get_traces(TraceIds=[asked])["Traces"]
            documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
            # What was called and is OpenTelemetry's sent no segment; X-Ray infers one.
            found = [document for document in documents if not document.get("inferred")]
        self.assertEqual(len(found), n_segments)
        return {(document["name"], document.get("parent_id")): document for document in found}

    def test_everyone_names_the_callers_trace(self):
        for answer, called in self.calls.values():
            trace_id = answer["trace_id"]
            self.assertEqual(answer["status"], 200)
            self.assertEqual(called["trace_id"], trace_id)
            self.assertIn(f"1-{trace_id[:8]}-{trace_id[8:]}", answer["answered"])

    def test_serve_sends_both_headers_and_they_agree(self):
        for answer, called in self.calls.values():
            trace_id = answer["trace_id"]
            (w3c,), (xray,) = called["traceparent"], called["x-amzn-trace-id"]
            version, trace, parent, flags = w3c.split("-")
            self.assertEqual((version, trace, flags), ("00", trace_id, "01"))
            pairs = dict(pair.split("=") for pair in xray.split(";"))
            root = f"1-{trace_id[:8]}-{trace_id[8:]}"
            self.assertEqual(pairs, {"Root": root, "Parent": parent, "Sampled": "1"})

    def test_every_span_and_every_segment_hangs_on_the_one_that_called(self):
        for (caller, callee), (answer, called) in self.calls.items():
            trace_id = answer["trace_id"]
            segments = self.segments(trace_id, 1 + (caller == "xray") + (callee == "xray"))
            peers = self.spans("peer-otel", trace_id)

            # The caller's end of the first call: a client span, or a remote subsegment.
            if caller == "otel":
                (first,) = [span for span, (kind, parent, _) in peers.items() if not parent]
                self.assertEqual(peers[first], ("server", None, "GET /call"))
                (calling,) = [span for span, (kind, _, _) in peers.items() if kind == "client"]
                self.assertEqual(peers[calling][1], first)
            else:
                (remote,) = segments["peer-xray", None]["subsegments"]
                self.assertEqual(remote["namespace"], "remote")
                calling = remote["id"]

            # What serve was asked, as a span and as a segment of the same id.
            spans = self.spans("backend-flask", trace_id)
            (server,) = [span for span, (kind, _, _) in spans.items() if kind == "server"]
            self.assertEqual(spans.pop(server), ("server", calling, "GET /api/activities/notifications"))
            segment = segments["backend-flask", calling]
            self.assertEqual(segment["id"], server)

            # What serve asked, again as both.
            ((client, span),) = spans.items()
            self.assertEqual(span, ("client", server, "GET"))
            (remote,) = [it for it in segment["subsegments"] if it.get("namespace") == "remote"]
            self.assertEqual(remote["id"], client)
            self.assertTrue(remote["http"]["request"]["url"].endswith("/called"))
            self.assertEqual(remote["http"]["response"]["status"], 200)

            # The callee's end of the second call.
            (w3c,) = called["traceparent"]
            self.assertEqual(w3c.split("-")[2], client)
            if callee == "otel":
                ends = [span for span in peers.values() if span[1] == client]
                self.assertEqual(ends, [("server", client, "GET /called")])
            else:
                self.assertIn("/called", segments["peer-xray", client]["http"]["request"]["url"])


if __name__ == "__main__":
    unittest.main()
