"""A page in a real Chromium sends with OpenTelemetry for the web; the browser decides what it may see."""

import functools
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.parse
from pathlib import Path

from stack import Stack

WEB = Path(__file__).with_name("web")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NODE = shutil.which("node")
MISSING = [
    what
    for what, is_there in (
        ("chromium (apt-get install chromium)", CHROMIUM),
        ("node (apt-get install nodejs npm)", NODE),
        ("tests/clients/web/node_modules (tests/clients/setup.sh)", (WEB / "node_modules").is_dir()),
    )
    if not is_there
]
PAGE = b'<!doctype html><meta charset="utf-8"><title>page</title><script src="bundle.js"></script>'
KEY = "s3cret-of_the+class/="


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Browser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if MISSING:
            what = f"there is no {', no '.join(MISSING)}"
            # CI has to have it all.
            if os.environ.get("CRUDDURCTL_BROWSER") == "required":
                raise RuntimeError(what)
            raise unittest.SkipTest(what)
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        site = Path(cls.folder.name)
        (site / "index.html").write_bytes(PAGE)
        bundling = [WEB / "node_modules/.bin/esbuild", WEB / "page.mjs", "--bundle"]
        subprocess.run(
            [*bundling, "--log-level=error", f"--outfile={site / 'bundle.js'}"], check=True, timeout=120
        )
        handler = functools.partial(Quiet, directory=site)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        cls.addClassCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.shutdown)
        cls.port = server.server_port

    def visit(self, stack, host="localhost", service="page", **more):
        """Returns what the page found out; it is served from `host`, on another port than the stack's."""
        asked = urllib.parse.urlencode({"stack": stack.url, "service": service, **more})
        with tempfile.TemporaryDirectory() as profile:
            visited = subprocess.run(
                [NODE, WEB / "visit.mjs", CHROMIUM, profile, f"http://{host}:{self.port}/?{asked}"],
                capture_output=True,
                text=True,
                timeout=120,
            )
        self.assertEqual(visited.returncode, 0, visited.stderr)
        found = json.loads(visited.stdout)
        self.assertNotIn("error", found)
        return found

    def stack(self, *arguments, key=None):
        stack = Stack(key, arguments)
        self.addCleanup(stack.stop)
        return stack

    def assert_sent(self, stack, found, service="page"):
        self.assertEqual(found["spans_json"], [{"code": 0}])
        self.assertEqual(found["spans_protobuf"], [{"code": 0}])
        self.assertEqual(found["logs"], [{"code": 0}])
        self.assertEqual(found["metrics"], [{"code": 0}])
        self.assertEqual(found["event"]["status"], 200)
        self.assertEqual(found["batch"], {"status": 200, "text": '[{"status":202}]'})
        self.assertEqual(found["refused"]["status"], 400)
        self.assertIn("failed to parse", found["refused"]["text"])
        self.assertTrue(found["beacon"])
        self.assertEqual(found["with_cookies"], {"status": 200, "text": "{}"})
        (row,) = stack.rows(service, calculations=[{"op": "COUNT"}], time_range=600)
        self.assertEqual(row["COUNT"], 5)
        health = stack.honeycomb("GET", "/healthz")
        self.assertEqual(health["metrics_not_kept"]["data_points"], 1)
        # What is stored stays hidden.
        self.assertIn("blocked", found["read"])
        self.assertIn("blocked", found["searched"])

    def test_a_page_of_this_machine_sends_everything_and_reads_nothing(self):
        for host in ("localhost", "127.0.0.1"):
            stack = self.stack()
            self.assert_sent(stack, self.visit(stack, host))

    def test_a_page_sends_to_a_stack_with_a_key_if_it_has_it(self):
        stack = self.stack(key=KEY)
        self.assert_sent(stack, self.visit(stack, key=KEY))
        found = self.visit(stack, key="wrong")
        self.assertEqual(found["event"]["status"], 401)
        self.assertEqual(found["spans_json"][0]["code"], 1)


if __name__ == "__main__":
    unittest.main()
