"""Starts the stack that the clients talk to."""

import os
import signal
import subprocess
import sys
import tempfile

REGION = "us-east-1"


class Stack:
    """A stack on a port that the system picks, over a folder that goes away with it."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        self._process = None
        self.start()

    def start(self):
        """Starts the stack over the same folder as before."""
        binary = os.environ.get("CRUDDURCTL_BIN")
        if not binary:
            sys.exit("CRUDDURCTL_BIN must name the cruddurctl to be tested")
        self._process = subprocess.Popen(
            [binary, "stack", "--port", "0", "--data-dir", self._folder.name],
            stdout=subprocess.PIPE,
            text=True,
        )
        # The first line is the address, and it comes when the door is open.
        self.url = self._process.stdout.readline().strip()
        if not self.url.startswith("http://"):
            raise RuntimeError(f"the stack did not say its address but {self.url!r}")

    def kill(self):
        """Ends the stack as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def stop(self):
        """Ends the stack in order and removes its folder."""
        self._process.terminate()
        self._end()
        self._folder.cleanup()

    def environment(self, **more):
        """Returns the environment that points any AWS client at the stack."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **more,
        }

    def _end(self):
        self._process.wait(timeout=30)
        self._process.stdout.close()
