"""The daemon's door and `xray daemon`, judged by AWS's X-Ray SDK for Python and its OpenTelemetry distribution."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from stack import REGION, Stack

HERE = Path(__file__).parent
ADOT_PYTHON = HERE / ".venv-adot" / "bin" / "python"
RULE = {
    "RuleName": "All",
    "ResourceARN": "*",
    "Priority": 1,
    "FixedRate": 1,
    "ReservoirSize": 0,
    "ServiceName": "backend-flask",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}


class App:
    """The application, with its daemon at an address."""

    def __init__(self, address):
        self._process = subprocess.Popen(
            [sys.executable, HERE / "xray_sdk_app.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], "AWS_XRAY_DAEMON_ADDRESS": address},
        )
        if self._process.stdout.readline() != "ready\n":
            raise RuntimeError("the application is not ready")

    def get(self, path):
        """Makes a request; returns the status and the id of its trace."""
        self._process.stdin.write(path + "\n")
        self._process.stdin.flush()
        status, trace_id = self._process.stdout.readline().split()
        return int(status), trace_id

    def stop(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()


class Daemon:
    """`xray daemon` over a folder, with `far` for its AWS."""

    def __init__(self, folder, far, *arguments):
        environment = {**far.environment(), "AWS_ENDPOINT_URL_XRAY": far.url}
        del environment["AWS_ENDPOINT_URL"]
        command = [os.environ["CRUDDURCTL_BIN"], "xray", "daemon", "--port", "0", *arguments]
        self._said = folder.with_suffix(".log")
        with open(self._said, "w") as said:
            self.process = subprocess.Popen(
                [*command, "--data-dir", folder],
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env=environment,
            )
        self.address = self.process.stdout.readline().strip()

    def said(self):
        """Returns what it has said so far."""
        return self._said.read_text()

    def stop(self):
        """Ends it in order, if it runs; returns what it said."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.communicate(timeout=60)
        return self.said()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def documents(xray, trace_ids, seconds=60):
    """Waits until all traces are there, and returns their documents by trace."""
    found = {}
    deadline = time.monotonic() + seconds
    while set(found) != set(trace_ids):
        missing = [trace_id for trace_id in trace_ids if trace_id not in found]
        if time.monotonic() > deadline:
            raise AssertionError(f"{len(missing)} traces did not come: {missing[:3]}")
        for first in range(0, len(missing), 5):
            answer = xray.batch_get_traces(TraceIds=missing[first : first + 5])
            for trace in answer["Traces"]:
                found[trace["Id"]] = [json.loads(it["Document"]) for it in trace["Segments"]]
        time.sleep(0.02)
    return found


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to that")
        time.sleep(0.02)


class DoorOfAStack(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        self.address = self.stack.honeycomb("GET", "/healthz")["daemon_address"]
        self.xray = self.stack.client("xray")
        self.addCleanup(self.xray.close)
        self.xray.create_sampling_rule(SamplingRule=RULE)

    def test_the_sdk_s_segments_are_there_whole_and_can_be_searched(self):
        app = App(self.address)
        self.addCleanup(app.stop)
        asked = [app.get(f"/activities/{number}") for number in range(1, 9)]
        asked += [app.get("/broken"), app.get("/nowhere"), app.get("/many")]
        self.assertEqual([status for status, _ in asked], [200] * 8 + [500, 404, 200])
        ids = [trace_id for _, trace_id in asked]
        found = documents(self.xray, ids)

        (segment,) = found[ids[2]]
        self.assertEqual(segment["name"], "backend-flask")
        self.assertEqual(segment["aws"]["xray"]["sampling_rule_name"], "All")
        self.assertEqual(segment["annotations"], {"number": 3})
        self.assertEqual(segment["user"], "coco")
        (mock,) = segment["subsegments"]
        self.assertEqual((mock["name"], mock["annotations"]), ("mock-data", {"kind": "mock"}))
        self.assertEqual(mock["metadata"], {"namespace": {"key": {"results-size": 3}}})
        self.assertEqual(mock["subsegments"][0]["name"], "deeper")
        (broken,) = found[ids[8]]
        self.assertTrue(broken["fault"])
        exception = broken["cause"]["exceptions"][0]
        self.assertEqual(exception["type"], "KeyError")
        self.assertIn("no such activity", exception["message"])
        self.assertLessEqual({"path", "line", "label"}, set(exception["stack"][0]))
        self.assertTrue(found[ids[9]][0]["error"])

        # What the SDK sent on its own comes one by one.
        def names():
            sent = documents(self.xray, [ids[10]])[ids[10]]
            inside = [below["name"] for it in sent for below in it.get("subsegments", [])]
            return {it["name"] for it in sent} | set(inside)

        until(lambda: {f"step {number}" for number in range(60)} <= names())

        def search(expression):
            now = time.time()
            pages = self.xray.get_paginator("get_trace_summaries").paginate(
                StartTime=now - 600, EndTime=now + 60, FilterExpression=expression
            )
            return {summary["Id"] for page in pages for summary in page["TraceSummaries"]}

        self.assertEqual(search("annotation.number = 5"), {ids[4]})
        self.assertEqual(search("annotation.number > 6"), {ids[6], ids[7]})
        self.assertEqual(search('service("backend-flask") { fault }'), {ids[8]})
        self.assertEqual(search("http.status = 404"), {ids[9]})
        self.assertEqual(search('user = "coco" AND annotation.number = 1'), {ids[0]})

    def test_the_address_works_in_both_its_forms_and_any_order(self):
        for form in ("{0}", "tcp:{0} udp:{0}", "udp:{0} tcp:{0}"):
            with self.subTest(form):
                app = App(form.format(self.address))
                status, trace_id = app.get("/activities/1")
                app.stop()
                self.assertEqual(status, 200)
                (segment,) = documents(self.xray, [trace_id])[trace_id]
                self.assertEqual(segment["aws"]["xray"]["sampling_rule_name"], "All")

    def test_spans_in_the_place_of_a_segment_become_one(self):
        self.assertTrue(ADOT_PYTHON.exists(), "tests/clients/setup.sh makes .venv-adot")
        command = [ADOT_PYTHON, HERE / "adot_udp.py", self.address]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        trace_id = ran.stdout.strip()

        def whole():
            return {it["name"] for it in documents(self.xray, [trace_id])[trace_id]}

        until(lambda: "backend-flask" in whole() and len(whole()) == 2)


class StandIn(unittest.TestCase):
    def setUp(self):
        # Its own port is the same after a restart; it need not take the usual ones of the others.
        self.far = Stack(arguments=["--grpc-port", "0", "--daemon-port", "0"], port=free_port())
        self.addCleanup(self.far.stop)
        self.xray = self.far.client("xray")
        self.addCleanup(self.xray.close)
        self.xray.create_sampling_rule(SamplingRule=RULE)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name) / "data"

    def test_nothing_is_lost_when_the_far_side_goes_and_comes_back(self):
        daemon = Daemon(self.folder, self.far, "--forward")
        self.addCleanup(daemon.stop)
        app = App(daemon.address)
        self.addCleanup(app.stop)
        ids = [app.get(f"/activities/{number}")[1] for number in range(60)]
        documents(self.xray, ids)
        self.far.kill()
        ids += [app.get(f"/activities/{number}")[1] for number in range(60, 180)]
        until(lambda: "they wait in the spool" in daemon.said())
        self.far.start()
        ids += [app.get(f"/activities/{number}")[1] for number in range(180, 200)]
        self.assertEqual(len(set(ids)), 200)
        found = documents(self.xray, ids)
        rules = {it["aws"]["xray"]["sampling_rule_name"] for trace in found.values() for it in trace}
        self.assertEqual(rules, {"All"}, "the rule is the far side's")
        numbers = sorted(it["annotations"]["number"] for trace in found.values() for it in trace)
        self.assertEqual(numbers, list(range(200)), "each once")

        said = daemon.stop()
        self.assertEqual(daemon.process.returncode, 0, said)
        self.assertIn("takes segments again", said)
        self.assertRegex(said, r"stored (\d+), forwarded \1, spooled 0, refused 0, dropped 0")
        # And all of it was stored at home as well.
        near = Stack(folder=self.folder)
        self.addCleanup(near.stop)
        at_home = near.client("xray")
        self.addCleanup(at_home.close)
        documents(at_home, ids)

    def test_what_the_real_daemon_is_called_with_works(self):
        daemon = Daemon(self.folder, self.far, "-o", "-n", REGION, "-l", "prod", "--forward-only")
        self.addCleanup(daemon.stop)
        app = App(daemon.address)
        self.addCleanup(app.stop)
        _, trace_id = app.get("/activities/1")
        documents(self.xray, [trace_id])
        command = [ADOT_PYTHON, HERE / "adot_udp.py", daemon.address]
        ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        documents(self.xray, [ran.stdout.strip()])


if __name__ == "__main__":
    unittest.main()
