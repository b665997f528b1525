"""The check against Honeycomb's description finds what is wrong; a judge that never objects is none."""

import json
import unittest

from honeycomb_document import PROBLEM, faults

JSON = "application/json"


class Document(unittest.TestCase):
    def judge(self, method, path, status, body, content_type=JSON):
        text = b"" if body is None else json.dumps(body).encode()
        return faults(method, path, status, content_type, text)

    def test_what_is_right_has_no_fault(self):
        problem = {"status": 404, "type": "http://x/problems/not-found", "title": "t", "error": "e"}
        for method, path, status, body, kind in [
            ("GET", "/1/markers/app", 200, [{"start_time": 1, "type": "deploy"}], JSON),
            ("GET", "/1/columns/app?key_name=ms", 200, {"key_name": "ms"}, JSON),
            ("GET", "/1/columns/app", 200, [{"key_name": "ms"}], JSON),
            ("DELETE", "/1/columns/app/x", 204, None, None),
            ("POST", "/1/events/app", 200, None, None),
            ("GET", "/1/nothing", 404, problem, PROBLEM),
            ("GET", "/1/auth", 401, {"error": "e"}, JSON),
        ]:
            self.assertEqual(self.judge(method, path, status, body, kind), [], path)

    def test_each_kind_of_fault_is_named(self):
        for method, path, status, body, kind, wanted in [
            ("GET", "/1/markers/app", 204, None, None, "status 204"),
            ("GET", "/1/markers/app", 200, [], "text/plain", "type text/plain"),
            ("GET", "/1/markers/app", 200, [{"start_time": "1"}], JSON, "start_time"),
            ("GET", "/1/datasets/app", 200, {"slug": "app"}, JSON, "'name' is a required property"),
            ("DELETE", "/1/columns/app/x", 204, {}, JSON, "there is a body"),
            ("GET", "/1/datasets/app", 404, {"error": "e"}, PROBLEM, "required property"),
            ("PATCH", "/1/datasets/app", 200, {}, JSON, "status 200"),
            ("GET", "/1/nothing", 200, {}, JSON, "status 200"),
        ]:
            found = self.judge(method, path, status, body, kind)
            self.assertTrue(found and wanted in found[0], (path, found))

    def test_a_result_has_values_and_no_null(self):
        def result(data):
            body = {"query": {}, "id": "x", "complete": True, "data": {"results": [{"data": data}]}}
            return self.judge("GET", "/1/query_results/app/x", 200, body)

        heatmap = {"counts": [1], "min_value": 0, "max_value": 1, "step_size": 1}
        self.assertEqual(result({"route": "/", "COUNT": 1, "ok": True, "HEATMAP(ms)": heatmap}), [])
        for wrong in ({"route": None}, {"P90(ms)": heatmap}, {"HEATMAP(ms)": {"counts": [1]}}):
            self.assertTrue(result(wrong), wrong)


if __name__ == "__main__":
    unittest.main()
