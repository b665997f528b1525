"""Honeycomb's answers held against the shapes that its API description promises.

The shapes below are facts taken from the public OpenAPI document (schemas Auth, Dataset, Column,
CalculatedField, Query, QueryAnnotation, QueryResult, QueryResultDetails, Marker, Error, DetailedError,
ValidationError): which keys there must be, which there may be, and of what type.
"""

import json
import re
import time
import unittest
import urllib.error
import urllib.request

from honeycomb_document import DOCUMENT, check
from stack import Stack

# A shape is a type, None, a compiled pattern, a set of what it may be, a tuple of shapes of which one must
# fit, a list of one shape for every item, or a dictionary; a key that ends in `?` may be missing. What a
# dictionary does not name must not be there.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
URL = re.compile(r"https?://[^ ]+")
ID = re.compile(r"[0-9A-Za-z]{8,}")
NUMBER = (int, float)

NAMED = {"name": str, "slug": str}
ACCESS = (
    "events markers triggers boards queries columns createDatasets slos recipients privateBoards".split()
)
AUTH = {
    "id": str,
    "type": {"configuration", "ingest"},
    "api_key_access": {name: bool for name in ACCESS},
    "environment": NAMED,
    "team": NAMED,
}
DATASET = {
    "name": str,
    "slug": str,
    "description": str,
    "settings": {"delete_protected": bool},
    "expand_json_depth": int,
    "regular_columns_count": (None, int),
    "last_written_at": (None, TIME),
    "created_at?": TIME,
}
COLUMN = {
    "id": ID,
    "key_name": str,
    "type": {"string", "float", "integer", "boolean", "histogram"},
    "description": str,
    "hidden": bool,
    "last_written?": TIME,
    "created_at?": TIME,
    "updated_at?": TIME,
}
DERIVED = {
    "id": ID,
    "alias": str,
    "expression": str,
    "description": str,
    "created_at": TIME,
    "updated_at": TIME,
}
ANNOTATION = {
    "id": ID,
    "name": str,
    "description": str,
    "query_id": ID,
    "source": {"query", "board"},
    "created_at?": TIME,
    "updated_at?": TIME,
}
MARKER = {
    "id": re.compile(r"[0-9a-f]+"),
    "start_time": int,
    "end_time?": int,
    "message?": str,
    "type?": str,
    "url?": str,
    "color?": str,
    "created_at": TIME,
    "updated_at": TIME,
}
MARKER_SETTING = {
    "id": ID,
    "type": str,
    "color": re.compile("#[0-9a-f]{6}"),
    "created_at": TIME,
    "updated_at": TIME,
}
HEATMAP = {"counts": [int], "min_value": NUMBER, "max_value": NUMBER, "step_size": NUMBER}
CELLS = {"route?": str, "COUNT": int, "P90(ms)": NUMBER, "HEATMAP(ms)": HEATMAP}
TOTALS = {name: shape for name, shape in CELLS.items() if name != "route?"}
ROW = {"data": CELLS}
STEP = {"time": TIME, "data": CELLS}
LINKS = {"query_url": URL, "graph_image_url": URL}
STARTED = {"query": dict, "id": ID, "complete": {False}, "links": LINKS}
DATA = {"series": [STEP], "results": [ROW]}
DONE = {"query": dict, "id": ID, "complete": {True}, "links": LINKS, "data": DATA}
STATUSES = [({"status": {202}}, {"status": {400}, "error": str})]
LEGACY = {"error": str}
PROBLEM = "application/problem+json"


def problem(status, slug):
    """Returns the shape of an RFC 7807 problem; its type is an address under the asked server."""
    return {
        "status": {status},
        "type": re.compile(rf"http://127\.0\.0\.1:\d+/problems/{slug}"),
        "title": str,
        "error": str,
        "detail?": str,
        "instance?": str,
    }


def validation(*fields):
    """Returns the shape of a validation error about these fields, in this order or another."""
    detail = {
        "field": set(fields),
        "code": {"invalid", "missing", "incorrect_type", "already_exists"},
        "description": str,
    }
    return {**problem(422, "validation-failed"), "type_detail": [detail]}


def misfits(value, shape, path="$"):
    """Lists where a value does not have a shape."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path} is no object but {value!r}"]
        known = {name.rstrip("?"): inner for name, inner in shape.items()}
        found = [f"{path} has no {name}" for name in shape if name[-1] != "?" and name not in value]
        for name, inner in value.items():
            if name in known:
                found += misfits(inner, known[name], f"{path}.{name}")
            else:
                found.append(f"{path} has {name}, which nobody promised")
        return found
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path} is no array but {value!r}"]
        return [it for n, item in enumerate(value) for it in misfits(item, shape[0], f"{path}[{n}]")]
    if isinstance(shape, tuple):
        if any(not misfits(value, one, path) for one in shape):
            return []
    elif isinstance(shape, set):
        # 1 is not True here.
        if any(value == one and type(value) is type(one) for one in shape):
            return []
    elif isinstance(shape, re.Pattern):
        if isinstance(value, str) and shape.fullmatch(value):
            return []
    elif shape is None:
        if value is None:
            return []
    elif isinstance(value, shape) and (shape is bool or not isinstance(value, bool)):
        return []
    return [f"{path} does not fit: {value!r}"]


class Shapes(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)

    def ask(self, method, path, body=None, headers=()):
        """Returns status, headers and body of an answer; the body is None if there is none."""
        request = urllib.request.Request(
            self.stack.url + path,
            method=method,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body).encode(),
            headers={"X-Honeycomb-Team": "local", "Content-Type": "application/json", **dict(headers)},
        )
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            text = answer.read()
            # Twice judged: what the description says, and above what it leaves open.
            check(method, path, answer.status, answer.headers["Content-Type"], text)
            return answer.status, answer.headers, json.loads(text) if text else None

    def expect(self, method, path, body, status, shape, content_type="application/json"):
        """Asks, checks status, type and shape, and returns the body."""
        found, headers, answer = self.ask(method, path, body)
        asked = f"{method} {path} {body!r:.200}: {answer}"
        self.assertEqual(found, status, asked)
        if shape is None:
            self.assertIsNone(answer, asked)
        else:
            self.assertEqual(headers["Content-Type"], content_type, asked)
            self.assertEqual(misfits(answer, shape), [], asked)
        return answer

    def send_events(self):
        now = int(time.time())
        batch = [
            {"data": {"route": "/a" if n % 2 else "/b", "ms": n + 0.5, "n": n}, "time": now - n}
            for n in range(40)
        ] + [{"data": {}}]
        self.expect("POST", "/1/batch/app", batch, 200, STATUSES)

    def test_resources_have_their_shapes_from_first_to_last(self):
        self.expect("GET", "/1/auth", None, 200, AUTH)
        self.expect("GET", "/1/datasets", None, 200, [DATASET])
        self.expect("POST", "/1/datasets", {"name": "App"}, 201, DATASET)
        self.expect("POST", "/1/datasets", {"name": "app"}, 200, DATASET)
        self.expect("GET", "/1/datasets/app", None, 200, DATASET)
        self.send_events()
        self.expect("POST", "/1/events/from-events", {"a": 1}, 200, None)
        datasets = self.expect("GET", "/1/datasets", None, 200, [DATASET])
        self.assertEqual([dataset["slug"] for dataset in datasets], ["app", "from-events"])
        update = {"description": "d", "expand_json_depth": 1, "settings": {"delete_protected": False}}
        self.expect("PUT", "/1/datasets/app", update, 200, DATASET)

        column = {"key_name": "mine", "type": "boolean", "description": "d", "hidden": True}
        column = self.expect("POST", "/1/columns/app", column, 201, COLUMN)
        listed = self.expect("GET", "/1/columns/app", None, 200, [COLUMN])
        self.assertEqual({it["key_name"] for it in listed}, {"mine", "route", "ms", "n"})
        self.expect("GET", "/1/columns/__all__", None, 200, [COLUMN])
        self.expect("GET", "/1/columns/app?key_name=ms", None, 200, COLUMN)
        path = f"/1/columns/app/{column['id']}"
        self.expect("GET", path, None, 200, COLUMN)
        self.expect("PUT", path, {"description": "e"}, 200, COLUMN)
        self.expect("DELETE", path, None, 204, None)

        derived = {"alias": "slow", "expression": "$ms > 20"}
        derived = self.expect("POST", "/1/derived_columns/app", derived, 201, DERIVED)
        self.expect("GET", "/1/derived_columns/app", None, 200, [DERIVED])
        self.expect("GET", "/1/derived_columns/app?alias=slow", None, 200, DERIVED)
        path = f"/1/derived_columns/app/{derived['id']}"
        self.expect("GET", path, None, 200, DERIVED)
        self.expect("PUT", path, {"alias": "slow", "expression": "$ms > 30"}, 200, DERIVED)
        self.expect("DELETE", path, None, 204, None)

        query = self.expect("POST", "/1/queries/app", {"time_range": 60}, 200, {"time_range": int, "id": ID})
        annotation = {"name": "n", "query_id": query["id"]}
        all_of_them = "/1/query_annotations/app"
        annotation = self.expect("POST", all_of_them, annotation, 201, ANNOTATION)
        self.expect("GET", all_of_them, None, 200, [ANNOTATION])
        path = f"{all_of_them}/{annotation['id']}"
        self.expect("GET", path, None, 200, ANNOTATION)
        self.expect("PUT", path, {"name": "m", "query_id": query["id"]}, 200, ANNOTATION)
        self.expect("DELETE", path, None, 204, None)

        marker = {"start_time": 1, "end_time": 2, "message": "m", "type": "t", "url": "http://u"}
        for dataset in ("app", "__all__"):
            made = self.expect("POST", f"/1/markers/{dataset}", marker, 201, MARKER)
            self.expect("GET", f"/1/markers/{dataset}", None, 200, [MARKER])
            path = f"/1/markers/{dataset}/{made['id']}"
            self.expect("PUT", path, {"message": "n"}, 200, MARKER)
            self.expect("DELETE", path, None, 200, MARKER)

            setting = {"type": "t", "color": "#7b1fa2"}
            all_of_them = f"/1/marker_settings/{dataset}"
            made = self.expect("POST", all_of_them, setting, 201, MARKER_SETTING)
            self.expect("GET", all_of_them, None, 200, [MARKER_SETTING])
            self.expect("POST", f"/1/markers/{dataset}", marker, 201, MARKER)
            (listed,) = self.expect("GET", f"/1/markers/{dataset}", None, 200, [MARKER])
            self.assertEqual(listed["color"], "#7b1fa2")
            path = f"{all_of_them}/{made['id']}"
            self.expect("PUT", path, {**setting, "color": "#1fa297"}, 200, MARKER_SETTING)
            self.expect("DELETE", path, None, 200, MARKER_SETTING)

        self.expect("DELETE", "/1/datasets/app", None, 202, None)
        self.expect("GET", "/1/datasets/app", None, 404, problem(404, "not-found"), PROBLEM)

    def test_a_result_has_data_only_when_it_is_complete(self):
        self.send_events()
        asked = {
            "calculations": [
                {"op": "COUNT"},
                {"op": "P90", "column": "ms"},
                {"op": "HEATMAP", "column": "ms"},
            ],
            "breakdowns": ["route"],
            "orders": [{"op": "COUNT", "order": "descending"}],
            "limit": 100,
            "time_range": 600,
            "granularity": 60,
        }
        query = self.expect("POST", "/1/queries/app", asked, 200, dict)
        self.assertEqual(query, {**asked, "id": query["id"]})
        self.assertEqual(self.expect("GET", f"/1/queries/app/{query['id']}", None, 200, dict), query)
        totals = {
            **DATA,
            "total_by_aggregate": {"data": TOTALS},
            "total_by_aggregate_series": [{"time": TIME, "data": TOTALS}],
        }
        other = {**DATA, "other_by_aggregate": {"data": dict}}
        bare = {"series": [{}], "results": [ROW]}
        for run, data in [
            ({}, DATA),
            ({"disable_series": True, "limit": 10_000}, bare),
            ({"disable_total_by_aggregate": False}, totals),
            ({"disable_other_by_aggregate": False}, other),
        ]:
            path = "/1/query_results/app"
            status, headers, started = self.ask("POST", path, {"query_id": query["id"], **run})
            self.assertEqual(status, 201)
            self.assertEqual(misfits(started, STARTED), [])
            self.assertEqual(headers["Location"], f"{path}/{started['id']}")
            self.assertRegex(headers["RateLimit"], r"^limit=\d+, remaining=\d+, reset=\d+$")
            for name in ("RateLimitPolicy", "RateLimit-Policy"):
                self.assertRegex(headers[name], r"^\d+;w=60$")
            result = started
            while not result["complete"]:
                self.assertNotIn("data", result)
                # One client sends a parameter that nobody else knows.
                path = headers["Location"] + "?include_series=true"
                status, polled, result = self.ask("GET", path)
                self.assertEqual(status, 200)
            # The one member that is ours alone; the clients of the service pass it over.
            self.assertEqual(result["data"].pop("percentiles"), {"method": "exact, by nearest rank"})
            self.assertEqual(misfits(result, {**DONE, "data": data}), [], run)
            self.assertEqual(polled["Cache-Control"], "private, max-age=86400")
            self.assertRegex(polled["Last-Modified"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
            self.assertEqual(len(result["data"]["results"]), 2)
            self.assertEqual(result["data"]["series"] == [], run.get("disable_series", False))

    def test_errors_have_one_of_the_three_bodies(self):
        self.send_events()
        unknown = problem(404, "not-found")
        for method, path, body, status, shape in [
            ("POST", "/1/queries/app", b"", 400, problem(400, "unparseable")),
            ("POST", "/1/datasets", b"{", 400, problem(400, "unparseable")),
            ("POST", "/1/datasets", {}, 422, validation("name")),
            ("POST", "/1/queries/app", {"limit": 0}, 422, validation("limit")),
            ("POST", "/1/queries/app", {"colums": ["a"]}, 422, validation("colums")),
            ("POST", "/1/query_results/app", {}, 422, validation("query_id")),
            (
                "POST",
                "/1/query_results/app",
                {"query_id": "x", "disable_series": True, "limit": 10_001},
                422,
                validation("limit"),
            ),
            ("POST", "/1/query_results/app", {"query_id": "x"}, 404, unknown),
            ("GET", "/1/query_results/app/x", None, 404, unknown),
            ("GET", "/1/queries/app/x", None, 404, unknown),
            ("POST", "/1/queries/nope", {}, 404, unknown),
            ("GET", "/1/columns/nope", None, 404, unknown),
            ("PUT", "/1/columns/app/x", {}, 404, unknown),
            ("DELETE", "/1/columns/app/x", None, 404, unknown),
            ("GET", "/1/markers/nope", None, 404, unknown),
            ("POST", "/1/markers/nope", {}, 404, unknown),
            ("PUT", "/1/markers/app/x", {}, 404, unknown),
            ("DELETE", "/1/markers/app/x", None, 404, unknown),
            ("POST", "/1/markers/app", {"start_time": "now"}, 422, validation("start_time")),
            ("GET", "/1/marker_settings/nope", None, 404, unknown),
            ("POST", "/1/marker_settings/nope", {"type": "t", "color": "#7b1fa2"}, 404, unknown),
            ("PUT", "/1/marker_settings/app/x", {"color": "#7b1fa2"}, 404, unknown),
            ("DELETE", "/1/marker_settings/app/x", None, 404, unknown),
            ("POST", "/1/marker_settings/app", {}, 422, validation("type", "color")),
            ("PUT", "/1/marker_settings/app/x", {"color": "red"}, 422, validation("color")),
            ("GET", "/1/datasets/nope", None, 404, unknown),
            ("PUT", "/1/datasets/nope", {"description": "d", "expand_json_depth": 1}, 404, unknown),
            ("DELETE", "/1/datasets/nope", None, 404, unknown),
            ("POST", "/1/columns/nope", {"key_name": "a"}, 404, unknown),
            ("GET", "/1/columns/app/x", None, 404, unknown),
            ("GET", "/1/columns/app?key_name=nope", None, 404, unknown),
            ("DELETE", "/1/columns/nope/x", None, 404, unknown),
            ("GET", "/1/derived_columns/nope", None, 404, unknown),
            ("POST", "/1/derived_columns/nope", {"alias": "a", "expression": "1"}, 404, unknown),
            ("GET", "/1/derived_columns/app/x", None, 404, unknown),
            ("GET", "/1/derived_columns/app?alias=nope", None, 404, unknown),
            ("PUT", "/1/derived_columns/app/x", {"alias": "a", "expression": "1"}, 404, unknown),
            ("DELETE", "/1/derived_columns/app/x", None, 404, unknown),
            ("GET", "/1/query_annotations/nope", None, 404, unknown),
            ("POST", "/1/query_annotations/nope", {"name": "n", "query_id": "x"}, 404, unknown),
            ("GET", "/1/query_annotations/app/x", None, 404, unknown),
            ("PUT", "/1/query_annotations/app/x", {"name": "n", "query_id": "x"}, 404, unknown),
            ("DELETE", "/1/query_annotations/app/x", None, 404, unknown),
            ("POST", "/1/query_results/nope", {"query_id": "x"}, 404, unknown),
            ("PATCH", "/1/datasets/app", {}, 404, unknown),
            ("GET", "/1/nothing", None, 404, unknown),
            ("POST", "/1/columns/app", {"key_name": "ms"}, 409, problem(409, "conflict")),
            ("DELETE", "/1/datasets/app", None, 409, problem(409, "conflict")),
            ("POST", "/1/markers/app", {"message": "x" * 100_000}, 413, problem(413, "payload-too-large")),
        ]:
            self.expect(method, path, body, status, shape, PROBLEM)
        for method, path, body, status in [
            ("POST", "/1/columns/app", {"key_name": ""}, 400),
            ("POST", "/1/query_annotations/app", {"name": "n", "query_id": "x"}, 400),
            ("POST", "/1/query_annotations/app", {"name": "", "query_id": "x"}, 400),
            ("PUT", "/1/query_annotations/app/x", {"name": 7}, 400),
            ("POST", "/1/derived_columns/app", {"alias": "a", "expression": "1 +"}, 400),
            ("POST", "/1/events/app", b"", 400),
            ("POST", "/1/batch/app", b"{}", 400),
        ]:
            self.expect(method, path, body, status, LEGACY)
        status, headers, answer = self.ask("GET", "/1/auth", headers=[("X-Honeycomb-Team", "")])
        self.assertEqual((status, headers["Content-Type"]), (401, "application/json"))
        self.assertEqual(misfits(answer, LEGACY), [])

    def test_a_free_team_is_told_so_by_a_problem(self):
        self.stack = Stack(arguments=["--strict=free"])
        self.addCleanup(self.stack.stop)
        self.send_events()
        query = self.expect("POST", "/1/queries/app", {"time_range": 60}, 200, dict)
        body = {"query_id": query["id"]}
        shape = problem(403, "forbidden")
        self.expect("POST", "/1/query_results/app", body, 403, shape, PROBLEM)
        self.expect("GET", "/1/query_results/app/x", None, 403, shape, PROBLEM)

    def test_every_endpoint_wants_a_key(self):
        for method, path in self.endpoints():
            status, headers, answer = self.ask(method, path, headers=[("X-Honeycomb-Team", "")])
            self.assertEqual((status, headers["Content-Type"]), (401, "application/json"), path)
            self.assertEqual(misfits(answer, LEGACY), [], path)

    def test_every_body_can_be_malformed(self):
        self.send_events()
        for method, path in self.endpoints():
            if method in ("POST", "PUT"):
                status, _, answer = self.ask(method, path, b"{")
                self.assertEqual(status, 400, path)
                self.assertIsInstance(answer["error"], str)

    def endpoints(self):
        """Returns every method and path that the description has, of the dataset app."""
        for template, methods in DOCUMENT["endpoints"].items():
            path = template.replace("{}", "app", 1).replace("{}", "x")
            yield from ((method, path) for method in methods)

    def test_what_is_there_already_conflicts(self):
        self.send_events()
        conflict = problem(409, "conflict")
        one, other = ({"alias": alias, "expression": "$ms > 5"} for alias in ("one", "other"))
        self.expect("POST", "/1/derived_columns/app", one, 201, DERIVED)
        made = self.expect("POST", "/1/derived_columns/app", other, 201, DERIVED)
        for method, path, body in [
            ("POST", "/1/derived_columns/app", one),
            ("PUT", f"/1/derived_columns/app/{made['id']}", one),
            ("POST", "/1/columns/app", {"key_name": "ms"}),
            ("DELETE", "/1/datasets/app", None),
        ]:
            self.expect(method, path, body, 409, conflict, PROBLEM)

    def test_a_strict_server_says_when_it_is_enough(self):
        self.stack = Stack(arguments=["--strict"])
        self.addCleanup(self.stack.stop)
        self.send_events()
        query = self.expect("POST", "/1/queries/app", {"time_range": 60}, 200, dict)
        path, body = "/1/query_results/app", {"query_id": query["id"]}
        for _ in range(10):
            self.expect("POST", path, body, 201, STARTED)
        self.expect("POST", path, body, 429, problem(429, "rate-limited"), PROBLEM)

    def test_misfits_are_found(self):
        shape = {"a": int, "b?": [{True}], "c": (None, TIME)}
        well = [{"a": 1, "c": None}, {"a": 1, "b": [True], "c": "2026-11-22T07:09:00Z"}]
        wrong = [
            {"a": True, "c": None},
            {"a": 1},
            {"a": 1, "c": "now"},
            {"a": 1, "c": None, "d": 1},
            {"a": 1, "b": [1], "c": None},
            {"a": 1, "b": None, "c": None},
            [],
        ]
        for value in well:
            self.assertEqual(misfits(value, shape), [])
        for value in wrong:
            self.assertEqual(len(misfits(value, shape)), 1, value)


if __name__ == "__main__":
    unittest.main()
