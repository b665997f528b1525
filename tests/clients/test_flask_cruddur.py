"""`serve --compat upstream` beside Flask itself: the same requests, and answers without a difference.

Compared are status, body and headers, bytes for bytes. Not compared: Date, Server and Connection, which the
server before Flask adds; X-Amzn-Trace-Id, which is another in every answer; Allow's order, which Python's
sets make up anew in every process. Times and new identifiers are compared by their form, and times by how
far from now they are.

Two things are known to differ, and are not asked: a message that is a list with something in it comes back
as that list from Flask and as 500 from us, and we refuse bodies of more than a mebibyte.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import unittest
from datetime import datetime, timezone
from pathlib import Path

from serving import Serving

APP = Path(__file__).with_name("flask_cruddur_app.py")
ADDRESSES = {"FRONTEND_URL": "http://localhost:3000", "BACKEND_URL": "http://localhost:4567", "TZ": "UTC"}
FRONT, STRANGER = "http://localhost:3000", "http://stranger.example"
ACTIVITY = "/api/activities/68f126b0-1ceb-4a33-88be-d90fa7109eee"
READ = (
    "/api/activities/home",
    "/api/activities/notifications",
    "/api/activities/@andrewbrown",
    "/api/activities/@a%20b",
    "/api/activities/search?term=cloud",
    "/api/activities/search?term=%ff",
    "/api/activities/search?term=+",
    "/api/activities/search?term=a&term=",
    "/api/activities/search?term=&term=a",
    "/api/activities/search?term",
    "/api/activities/search?term=",
    "/api/activities/search",
    "/api/activities/search?Term=a",
    "/api/message_groups",
    "/api/messages/@worf",
    "/api/messages/@worf?user_reciever_handle=x",
    "/rollbar/test",
    # The first of the two crashes, also for what looks like another route.
    ACTIVITY,
    "/api/activities/@",
    "/api/activities/Home",
    "/api/activities/%C3%A9",
    "/api%2Factivities/home",
    "/api/activities/%40worf",
)
WRITTEN = ("/api/activities", f"{ACTIVITY}/reply", "/api/messages")
MISSING = (
    "/",
    "/api",
    "/api/",
    "/nope",
    "/nope?x=1",
    "/api/nope",
    "/api/activities/home/",
    "/api/activities/",
    "/api/activities/@a/",
    "/api/messages/",
    "/api/messages/@",
    "/api/messages/worf",
    "/api/messages/@a/b",
    "/rollbar/test/",
    "/API/activities/home",
    "/api/health-check",
    "/openapi.json",
    f"{ACTIVITY}/reply/",
    "/api/activities/a%2Fb",
    "/api//nope",
)
# Two slashes, as of a front end whose REACT_APP_BACKEND_URL ends in one.
DOUBLED = (
    "//api/activities/home",
    "//api/message_groups",
    "/api//activities/home",
    "/api///activities/home",
    "/api/activities//search?term=cloud",
    "/api/activities//a%22b%27",
    "/api/activities//reply",
    "/api//messages",
)
# Each is a body for every route that writes.
BODIES = (
    {"message": "hello", "ttl": "7-days", "user_receiver_handle": "worf"},
    {"message": "", "ttl": "7-days", "user_receiver_handle": "worf"},
    {"message": None, "ttl": None, "user_receiver_handle": None},
    {"message": "m", "ttl": "8-days", "user_receiver_handle": ""},
    {"message": "m", "ttl": 7, "user_receiver_handle": "worf"},
    {"message": "m", "ttl": [], "user_receiver_handle": "worf"},
    {"message": "x" * 280, "ttl": "1-day", "user_receiver_handle": "worf"},
    {"message": "x" * 281, "ttl": "1-day", "user_receiver_handle": "worf"},
    {"message": "é" * 1024, "ttl": "1-day", "user_receiver_handle": "worf"},
    {"message": "é" * 1025, "ttl": "1-day", "user_receiver_handle": "worf"},
    {"message": "é\U0001f984\u007f\u2028\"\\/<>&'\n\u0001", "ttl": "3-hours", "user_receiver_handle": "é"},
    {"message": 7, "ttl": "1-hour", "user_receiver_handle": "worf"},
    {"message": "m", "ttl": "1-hour", "user_receiver_handle": 7},
    {"message": {}, "ttl": "1-hour", "user_receiver_handle": []},
    {"message": "m"},
    {"ttl": "1-day", "user_receiver_handle": "worf"},
    {},
    [],
    ["message"],
    "message",
    7,
    7.5,
    True,
    None,
)
JSON = "application/json"
# Bodies as bytes, with their type; None is no type at all.
ODD = (
    (b"", JSON),
    (b"{", JSON),
    (b"message=m", JSON),
    (b"\xff", JSON),
    (b'{"message": "m", "message": "n", "ttl": "1-day", "user_receiver_handle": "worf"}', JSON),
    (b'{"message": "m", "ttl": "1-day", "user_receiver_handle": "worf"}', None),
    (b'{"message": "m", "ttl": "1-day", "user_receiver_handle": "worf"}', "text/plain"),
    (b'{"message": "m", "ttl": "1-day", "user_receiver_handle": "worf"}', "application/json; charset=utf-8"),
    (b'{"message": "m", "ttl": "1-day", "user_receiver_handle": "worf"}', "application/problem+json"),
    (b'{"message": "m", "ttl": "1-day", "user_receiver_handle": "worf"}', "APPLICATION/JSON"),
    (b"message=m&ttl=1-day&user_receiver_handle=worf", "application/x-www-form-urlencoded"),
    (b"", None),
)


class Flask:
    """The application in Flask."""

    def __init__(self):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, APP], stdout=subprocess.PIPE, text=True, env={**kept, **ADDRESSES}
        )
        self.port = int(self._process.stdout.readline())

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=60)
        self._process.stdout.close()


NOT_COMPARED = {"date", "server", "connection", "x-amzn-trace-id"}
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?(\+00:00)?")
NEW_UUID = re.compile(rb'"uuid":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"')


def answer(port, method, path, headers=(), body=None):
    """Returns what is compared of an answer: status and reason, headers, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            connection.putheader(name, value)
        if body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        text = response.read()
        now = datetime.now(timezone.utc)
    finally:
        connection.close()

    def in_minutes(found):
        time = datetime.fromisoformat(found[0].decode())
        is_aware = time.tzinfo is not None
        minutes = round((time.replace(tzinfo=timezone.utc) - now).total_seconds() / 60)
        return f"<{minutes} minutes, {is_aware}>".encode()

    text = TIME.sub(in_minutes, text).replace(f":{port}/".encode(), b":<port>/")
    if method == "POST":
        text = NEW_UUID.sub(b'"uuid":"<new>"', text)
    compared = []
    for name, value in response.getheaders():
        name = name.lower()
        # A body whose times have no microseconds, once in a million, is seven bytes shorter.
        if name == "content-length" and text.count(b" minutes, "):
            value = "as long as the body"
        if name == "location":
            value = value.replace(f":{port}/", ":<port>/")
        if name == "allow":
            value = ", ".join(sorted(value.split(", ")))
        if name not in NOT_COMPARED:
            compared.append((name, value))
    return {"status": f"{response.status} {response.reason}", "headers": sorted(compared), "body": text}


class FlaskCruddur(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.flask = Flask()
        cls.addClassCleanup(cls.flask.stop)
        cls.serving = Serving("--compat", "upstream", environment=ADDRESSES)
        cls.addClassCleanup(cls.serving.stop)

    def same(self, method, path, headers=(), body=None):
        """Checks that both answer alike; returns the status."""
        with self.subTest(f"{method} {path} {headers} {body!r:.80}"):
            wanted = answer(self.flask.port, method, path, headers, body)
            self.assertEqual(answer(self.serving.port, method, path, headers, body), wanted)
            return int(wanted["status"][:3])

    def test_what_is_read(self):
        statuses = {self.same(method, path) for path in READ for method in ("GET", "HEAD")}
        self.assertEqual(statuses, {200, 422, 500})

    def test_what_is_not_there(self):
        for path in MISSING:
            for method in ("GET", "HEAD", "POST", "OPTIONS", "DELETE"):
                self.assertEqual(self.same(method, path), 404)

    def test_two_slashes(self):
        methods = ("GET", "HEAD", "POST", "OPTIONS", "DELETE")
        statuses = {self.same(method, path) for path in DOUBLED for method in methods}
        self.assertEqual(statuses, {200, 308, 405})

    def test_other_methods(self):
        for path in READ:
            for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"):
                self.assertEqual(self.same(method, path), 405)
        for path in WRITTEN:
            for method in ("PUT", "PATCH", "DELETE", "TRACE", "BREW"):
                self.assertEqual(self.same(method, path), 405)
        for method in ("GET", "HEAD"):
            self.assertEqual(self.same(method, "/api/messages"), 405)
            self.assertEqual(self.same(method, f"{ACTIVITY}/reply"), 405)

    def test_options(self):
        for path in (*READ, *WRITTEN):
            self.assertEqual(self.same("OPTIONS", path), 200)

    def test_cors(self):
        for path in (*READ, *WRITTEN, *MISSING):
            for origin in (FRONT, STRANGER, "null"):
                said = ("Origin", origin)
                self.same("GET", path, [said])
                self.same("OPTIONS", path, [said])
                for method, names in [
                    ("GET", "traceparent"),
                    ("POST", "content-type"),
                    ("POST", "Content-Type, traceparent,x-other"),
                    ("DELETE", None),
                ]:
                    asked = [said, ("Access-Control-Request-Method", method)]
                    if names:
                        asked.append(("Access-Control-Request-Headers", names))
                    self.same("OPTIONS", path, asked)

    def test_what_is_written(self):
        statuses = set()
        for path in WRITTEN:
            for body in BODIES:
                statuses.add(
                    self.same("POST", path, [("Content-Type", JSON)], json.dumps(body).encode("ascii"))
                )
        self.assertEqual(statuses, {200, 422, 500})

    def test_what_is_posted_wrongly(self):
        statuses = set()
        for path in (*WRITTEN, "/api/activities//reply"):
            for body, kind in ODD:
                statuses.add(self.same("POST", path, [("Content-Type", kind)] if kind else [], body))
        self.assertLessEqual({200, 400, 415}, statuses)

    def test_a_difference_is_found(self):
        wanted = answer(self.flask.port, "GET", "/api/activities/home")
        self.assertNotEqual(answer(self.flask.port, "GET", "/api/activities/notifications"), wanted)
        self.assertNotEqual(answer(self.flask.port, "HEAD", "/api/activities/home"), wanted)


if __name__ == "__main__":
    unittest.main()
