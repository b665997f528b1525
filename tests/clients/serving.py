"""Starts the back end that the clients call."""

import os
import re
import subprocess
import tempfile
import threading


class Serving:
    """`serve` on a port that the system picks, over a stack's folder or one of its own."""

    def __init__(self, *arguments, data=None, environment=None):
        """Starts it with `arguments`; `data` is the folder of a stack that runs, so that it sends there.

        `environment` is what it has besides what every program has.
        """
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._folder = None if data else tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [
                os.environ["CRUDDURCTL_BIN"],
                "serve",
                *("--port", "0", "--stack-port", "0", "--target", "local"),
                *("--data-dir", data or self._folder.name, *arguments),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**kept, **(environment or {})},
        )
        self._said = []
        for line in self._process.stderr:
            self._said.append(line)
            if found := re.match(r"back end: (http://[^/ ]+)/", line):
                self.url = found[1]
                break
        else:
            raise RuntimeError(f"the back end did not say its address but {self._said}")
        # Whoever does not read on stops the other side from writing.
        self._reader = threading.Thread(target=lambda: self._said.extend(self._process.stderr))
        self._reader.start()

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def stop(self):
        """Ends it in order, if it runs: all that it has is then delivered. Returns what it said."""
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(timeout=60)
        self._reader.join()
        self._process.stderr.close()
        if self._folder:
            self._folder.cleanup()
        return "".join(self._said)
