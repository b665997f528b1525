"""The signature of what `cruddurctl logs ship` sends, judged by botocore: the body is written behind the SDK's back."""

import http.client
import http.server
import json
import os
import re
import subprocess
import tempfile
import threading
import unittest

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

SECRET = "not-a-secret"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes lines, after a first time at which it is not ready, and keeps the requests."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, dict(self.headers.items()), body))
        is_ready = len(self.server.requests) > 1
        answer = b"{}" if is_ready else b'{"__type":"ServiceUnavailableException"}'
        self.send_response(200 if is_ready else 503)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Signature(unittest.TestCase):
    def test_every_attempt_is_signed_over_the_body_that_it_has(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        server.requests = []
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        lines = ["plain", 'with "quotes" and \\', "\N{CRAB}"]
        done = subprocess.run(
            [os.environ["CRUDDURCTL_BIN"], "logs", "ship", "--stream", "s", "--output", "json"],
            input="\n".join(lines).encode(),
            capture_output=True,
            timeout=60,
            env={
                "PATH": os.environ["PATH"],
                "HOME": folder.name,
                "CRUDDUR_DATA_DIR": folder.name + "/data",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
                "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                "AWS_SECRET_ACCESS_KEY": SECRET,
                "AWS_REGION": "eu-west-1",
            },
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["delivered"], 3)
        self.assertEqual(len(server.requests), 2)
        for path, headers, body in server.requests:
            self.assertEqual([event["message"] for event in json.loads(body)["logEvents"]], lines)
            self.check_signature(path, headers, body)
            with self.assertRaises(AssertionError):
                self.check_signature(path, headers, body + b" ")

    def check_signature(self, path, headers, body):
        headers = {name.lower(): value for name, value in headers.items()}
        said = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d+/eu-west-1/logs/aws4_request, "
            r"SignedHeaders=(\S+), Signature=([0-9a-f]{64})",
            headers["authorization"],
        )
        self.assertIsNotNone(said, headers["authorization"])
        signed = {name: headers[name] for name in said[1].split(";")}
        request = AWSRequest("POST", f"http://{headers['host']}{path}", headers=signed, data=body)
        request.context["timestamp"] = headers["x-amz-date"]
        auth = SigV4Auth(Credentials("AKIDEXAMPLE", SECRET), "logs", "eu-west-1")
        auth.headers_to_sign = lambda _request: headers_of(signed)
        text = auth.string_to_sign(request, auth.canonical_request(request))
        self.assertEqual(auth.signature(text, request), said[2])


def headers_of(pairs):
    message = http.client.HTTPMessage()
    for name, value in pairs.items():
        message[name] = value
    return message
