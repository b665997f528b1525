"""Starts the stack that the clients talk to."""

import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.config import Config

import honeycomb_document

REGION = "us-east-1"

# Tests run it from other folders too.
if "CRUDDURCTL_BIN" in os.environ:
    os.environ["CRUDDURCTL_BIN"] = os.path.abspath(os.environ["CRUDDURCTL_BIN"])


class Stack:
    """A stack on a port that the system picks unless one is named, over a folder that goes away with it."""

    def __init__(self, key=None, arguments=(), port=0, folder=None):
        """Starts a stack that takes only `key`, or any if there is none.

        `arguments` are what its command line has besides; a `port` of its own is the same after a restart;
        `folder` is where its data is, if there is some already.
        """
        self._key = key
        self._arguments = arguments
        self._port = port
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        self.data = folder or self.folder / "data"
        self._process = None
        self.start()

    def start(self):
        """Starts the stack over the same folder as before."""
        self._start(str(self._port))

    def start_at(self, url):
        """Starts the stack over the same folder as before, at an address that it had."""
        self._start(url.rsplit(":", 1)[1], "--grpc-port", "0", "--daemon-port", "0")

    def _start(self, port, *arguments):
        binary = os.environ.get("CRUDDURCTL_BIN")
        if not binary:
            sys.exit("CRUDDURCTL_BIN must name the cruddurctl to be tested")
        self._process = subprocess.Popen(
            [binary, "stack", "--port", port, "--data-dir", self.data, *arguments, *self._arguments],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **({"CRUDDUR_STACK_KEY": self._key} if self._key else {})},
        )
        # The first line is the address, and it comes when the door is open.
        self.url = self._process.stdout.readline().strip()
        if not self.url.startswith("http://"):
            raise RuntimeError(f"the stack did not say its address but {self.url!r}")

    @property
    def grpc(self):
        """The address of the gRPC door."""
        return "http://" + self.honeycomb("GET", "/healthz")["grpc_address"]

    def kill(self):
        """Ends the stack as a power cut would."""
        self._process.send_signal(signal.SIGKILL)
        self._end()

    def rest(self):
        """Ends the stack in order; its folder stays."""
        self._process.terminate()
        self._end()

    def stop(self):
        """Ends the stack in order, if it runs, and removes its folder."""
        if self._process.poll() is None:
            self.rest()
        self._folder.cleanup()

    def environment(self, **more):
        """Returns the environment that points any AWS client at the stack."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": self._key or "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **more,
        }

    def client(self, service, region=REGION, secret=None, **config):
        """Returns a boto3 client that asks once: what fails here is not to be healed by a retry.

        It signs with the stack's key, or with another `secret`; `config` is what botocore's configuration has besides.
        """
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key=self._key or "local" if secret is None else secret,
            config=Config(retries={"total_max_attempts": 1}, **config),
        )

    def honeycomb(self, method, path, body=None):
        """Returns what Honeycomb's API answers, asked without any client in between.

        What it answers is held against Honeycomb's own description, an error too.
        """
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"X-Honeycomb-Team": self._key or "local", "Content-Type": "application/json"},
        )
        try:
            answer = urllib.request.urlopen(request)
        except urllib.error.HTTPError as refused:
            text = refused.read()
            honeycomb_document.check(method, path, refused.status, refused.headers["Content-Type"], text)
            # Whoever catches it may read it too.
            again = (refused.url, refused.status, refused.reason, refused.headers, io.BytesIO(text))
            raise urllib.error.HTTPError(*again) from None
        with answer:
            text = answer.read()
        honeycomb_document.check(method, path, answer.status, answer.headers["Content-Type"], text)
        return json.loads(text)

    def answer(self, dataset, **query):
        """Runs a query as Honeycomb's API wants it: make it, start it, ask until it is done.

        The stack holds its answer back for a moment while it works, so nothing need wait in between.
        """
        query_id = self.honeycomb("POST", f"/1/queries/{dataset}", query)["id"]
        result = self.honeycomb("POST", f"/1/query_results/{dataset}", {"query_id": query_id})
        while not result["complete"]:
            result = self.honeycomb("GET", f"/1/query_results/{dataset}/{result['id']}")
        return result["data"]

    def rows(self, dataset, **query):
        """Runs a query and returns its rows, one dictionary each."""
        return [row["data"] for row in self.answer(dataset, **query)["results"]]

    def _end(self):
        self._process.wait(timeout=30)
        self._process.stdout.close()
