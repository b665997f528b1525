"""The calls of Cruddur's own front end, replayed at `serve` as a browser sends them.

The calls are in `front_end_calls.json`, recorded from the pages' sources. A browser asks first where the
rules of CORS want it, and hides an answer that does not allow the page's origin; so does this one.
"""

import http.client
import json
import unittest
from pathlib import Path

from jsonschema import Draft202012Validator

from serving import Serving

RECORDED = json.loads(Path(__file__).with_name("front_end_calls.json").read_text())
ORIGIN = RECORDED["origin"]
# Source: Fetch standard, "CORS-safelisted request-header" and "CORS-safelisted method".
SAFE_HEADERS = {"accept", "accept-language", "content-language"}
SAFE_TYPES = {"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"}
SAFE_METHODS = {"GET", "HEAD", "POST"}
# What a page that is traced adds. Source: OpenTelemetry's instrumentation of fetch.
TRACED = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


class Blocked(Exception):
    """The browser does not show the page the answer, and why."""


class Browser:
    """What a browser does about a page's `fetch`, as far as CORS goes."""

    def __init__(self, port, origin=ORIGIN):
        self._port = port
        self._origin = origin
        self.preflights = 0

    def fetch(self, method, path, headers, body=None):
        """Returns status, headers and text of an answer that the page may read.

        # Errors
        `Blocked` if it may not.
        """
        content = None if body is None else json.dumps(body, separators=(",", ":"))
        unsafe = sorted(
            name.lower()
            for name, value in headers.items()
            if name.lower() not in SAFE_HEADERS
            and not (name.lower() == "content-type" and value in SAFE_TYPES)
        )
        if unsafe or method not in SAFE_METHODS:
            self._ask_first(method, path, unsafe)
        status, answered, text = self._send(method, path, headers, content)
        self._check_origin(answered)
        return status, answered, text

    def _ask_first(self, method, path, unsafe):
        self.preflights += 1
        asked = {"Accept": "*/*", "Access-Control-Request-Method": method}
        if unsafe:
            asked["Access-Control-Request-Headers"] = ",".join(unsafe)
        status, answered, _ = self._send("OPTIONS", path, asked, None)
        self._check_origin(answered)
        if not 200 <= status < 300:
            raise Blocked(f"the preflight has status {status}")
        allowed = self._list(answered, "Access-Control-Allow-Methods")
        if method not in SAFE_METHODS and method not in allowed:
            raise Blocked(f"the method {method} is not among {allowed}")
        allowed = [name.lower() for name in self._list(answered, "Access-Control-Allow-Headers")]
        for name in unsafe:
            if name not in allowed:
                raise Blocked(f"the header {name} is not among {allowed}")

    def _check_origin(self, answered):
        # More than one such header is one value with a comma in it, which is no origin.
        origins = ", ".join(answered.get_all("Access-Control-Allow-Origin", []))
        if origins not in ("*", self._origin):
            raise Blocked(f"the origin {self._origin} is not allowed but {origins!r}")

    @staticmethod
    def _list(answered, name):
        return [it.strip() for it in ",".join(answered.get_all(name, [])).split(",") if it.strip()]

    def _send(self, method, path, headers, content):
        own = {
            "Origin": self._origin,
            "Referer": f"{self._origin}/",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:110.0) Gecko/20100101 Firefox/110.0",
            "Accept": "*/*",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Site": "cross-site",
            "Sec-Fetch-Dest": "empty",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request(method, path, body=content, headers={**own, **headers})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()


class FrontEnd(unittest.TestCase):
    ADDRESSES = {"FRONTEND_URL": ORIGIN, "BACKEND_URL": "http://localhost:4567"}

    def serve(self, *arguments):
        serving = Serving(*arguments, environment=self.ADDRESSES)
        self.addCleanup(serving.stop)
        return serving

    def replay(self, browser, call, headers=None):
        """Makes a recorded call and checks what the page reads of the answer."""
        headers = {**call["headers"], **(headers or {})}
        status, answered, text = browser.fetch(call["method"], call["path"], headers, call.get("body"))
        self.assertEqual(status, call["status"], text)
        self.assertEqual(answered.get_content_type(), "application/json")
        schema = {**call["reads"], "schemas": RECORDED["schemas"]}
        faults = Draft202012Validator(schema).iter_errors(json.loads(text))
        self.assertEqual([f"{fault.json_path}: {fault.message}" for fault in faults], [])

    def test_every_page_gets_what_it_reads(self):
        browser = Browser(self.serve().port)
        for call in RECORDED["calls"]:
            with self.subTest(call["page"]):
                self.replay(browser, call)
        asked_first = [it for it in RECORDED["calls"] if {"Content-Type", "Authorization"} & set(it["headers"])]
        self.assertEqual(browser.preflights, len(asked_first))

    def test_a_page_that_is_traced_gets_the_same(self):
        browser = Browser(self.serve().port)
        for call in RECORDED["calls"]:
            with self.subTest(call["page"]):
                self.replay(browser, call, TRACED)
        self.assertEqual(browser.preflights, len(RECORDED["calls"]))

    def test_week_2_as_it_was_published_serves_the_pages_of_week_2(self):
        browser = Browser(self.serve("--compat", "upstream").port)
        calls = [call for call in RECORDED["calls"] if not call.get("is_later")]
        for call in calls:
            with self.subTest(call["page"]):
                self.replay(browser, call)
        # One of the lesson's classic failures: a traced page's read is refused by the preflight.
        with self.assertRaisesRegex(Blocked, "traceparent is not among"):
            self.replay(browser, calls[0], TRACED)

    def test_a_stranger_is_shown_nothing(self):
        browser = Browser(self.serve().port, "http://stranger.example")
        for call in RECORDED["calls"]:
            with self.subTest(call["page"]), self.assertRaisesRegex(Blocked, "origin"):
                self.replay(browser, call)


if __name__ == "__main__":
    unittest.main()
