"""PNG pictures as others read them: Pillow decodes them, and a terminal gets none."""

import io
import os
import pty
import subprocess
import time
import unittest

from PIL import Image

from stack import Stack

SECOND = 1_000_000_000


class Pictures(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        now = time.time_ns()
        spans = [
            {
                "traceId": f"{number + 1:032x}",
                "spanId": f"{number + 1:016x}",
                "name": "GET /",
                "startTimeUnixNano": str(now - (300 - number) * SECOND),
                "endTimeUnixNano": str(now - (300 - number) * SECOND + (number % 40 + 1) * 5_000_000),
            }
            for number in range(200)
        ]
        service = [{"key": "service.name", "value": {"stringValue": "backend-flask"}}]
        scopes = [{"spans": spans}]
        self.stack.honeycomb("POST", "/v1/traces", {"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": scopes}]})
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.stack.folder), "TERM": "xterm-256color"}

    def command(self, *arguments):
        heatmap = ["query", "heatmap", "--last", "10m", "--data-dir", str(self.stack.data)]
        return [os.environ["CRUDDURCTL_BIN"], *heatmap, *arguments]

    def drawn(self, *arguments):
        ran = subprocess.run(self.command("--output", "png", *arguments), env=self.environment, capture_output=True)
        self.assertEqual(ran.returncode, 0, ran.stderr.decode())
        image = Image.open(io.BytesIO(ran.stdout))
        image.load()
        return image

    def test_pillow_reads_size_resolution_words_and_both_grounds(self):
        for theme, ground in (("light", (255, 255, 255, 255)), ("dark", (0x10, 0x15, 0x1C, 255))):
            image = self.drawn("--theme", theme)
            self.assertEqual((image.format, image.mode, image.size), ("PNG", "RGBA", (1920, 1048)))
            self.assertEqual([round(dots) for dots in image.info["dpi"]], [144, 144])
            self.assertIn("HEATMAP(duration_ms)", image.info["Title"])
            self.assertIn("200 events", image.info["Description"])
            self.assertEqual(image.getpixel((20, 20)), ground)
            self.assertGreater(len(image.getcolors(1 << 20)), 50)

    def test_a_terminal_gets_a_sentence_and_no_bytes(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        ran = subprocess.run(
            self.command("--output", "png"), env=self.environment, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE
        )
        self.assertEqual(ran.returncode, 2)
        self.assertIn(b"a PNG is bytes, which a terminal cannot show\nhint: ", ran.stderr)
        os.set_blocking(ours, False)
        with self.assertRaises(BlockingIOError):
            os.read(ours, 1)
        os.close(theirs)


if __name__ == "__main__":
    unittest.main()
