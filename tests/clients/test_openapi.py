"""Schemathesis reads the back end's OpenAPI document, and tries whether the back end does what it says."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from serving import Serving

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
N_EXAMPLES = 25


class OpenApi(unittest.TestCase):
    def judge(self, serving, *arguments):
        """Has Schemathesis try a back end; returns its exit code and what it says."""
        command = [
            *(SCHEMATHESIS, "run", f"{serving.url}/openapi.json", "--no-color", "--warnings", "off"),
            # All of them: statuses, types, schemas, what is wrong refused, what is right taken, other
            # methods answered with 405 and Allow, and never a 5xx.
            *("--checks", "all", "--mode", "all", "--continue-on-failure"),
            *("--seed", "7", "--generation-deterministic", *arguments),
        ]
        # It writes its caches into the folder that it runs in.
        with tempfile.TemporaryDirectory() as folder:
            ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        return ran.returncode, ran.stdout + ran.stderr

    def serve(self, *arguments):
        serving = Serving(*arguments)
        self.addCleanup(serving.stop)
        return serving

    def test_every_answer_is_as_the_document_says(self):
        code, said = self.judge(self.serve(), "--max-examples", str(N_EXAMPLES))
        self.assertEqual(code, 0, said)
        self.assertIn("15 selected / 15 total", said)
        for phase in ("Coverage", "Fuzzing"):
            self.assertRegex(said, rf"{phase} .*\n\n.* 15 passed\n")

    def test_an_answer_that_is_not_is_found(self):
        broken = self.serve("--errors", "message-groups=100%")
        code, said = self.judge(broken, "--phases", "coverage")
        self.assertEqual(code, 1, said)
        self.assertIn("GET /api/message_groups", said)
        self.assertRegex(said, r"14 passed .* 1 failed")


if __name__ == "__main__":
    unittest.main()
