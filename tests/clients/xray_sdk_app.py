"""A Flask application under AWS's X-Ray SDK, which sends to whatever AWS_XRAY_DAEMON_ADDRESS says.

Waits for the sampling rules, which the SDK fetches by TCP; then makes a request of itself for each path that
it reads from stdin, and prints the status and the id of the trace.
"""

import sys
import time

from aws_xray_sdk.core import patch_all, xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask

app = Flask(__name__)
xray_recorder.configure(service="backend-flask")
XRayMiddleware(app, xray_recorder)
patch_all()
seen = []


@app.before_request
def remember():
    seen.append(xray_recorder.current_segment().trace_id)


@app.route("/activities/<int:number>")
def activities(number):
    segment = xray_recorder.current_segment()
    segment.put_annotation("number", number)
    segment.set_user("coco")
    with xray_recorder.in_subsegment("mock-data") as subsegment:
        subsegment.put_annotation("kind", "mock")
        subsegment.put_metadata("key", {"results-size": number}, "namespace")
        with xray_recorder.in_subsegment("deeper"):
            pass
    return "fine"


@app.route("/many")
def many():
    # More than the SDK keeps in one document: it sends them on their own.
    for number in range(60):
        with xray_recorder.in_subsegment(f"step {number}"):
            pass
    return "fine"


@app.route("/broken")
def broken():
    raise KeyError("no such activity")


def main():
    client = app.test_client()
    client.get("/activities/0")
    rules = xray_recorder.sampler._cache if hasattr(xray_recorder.sampler, "_cache") else None
    deadline = time.monotonic() + 30
    while rules is None or rules.last_updated is None:
        if time.monotonic() > deadline:
            sys.exit("the sampling rules did not come")
        time.sleep(0.01)
    print("ready", flush=True)
    for path in sys.stdin:
        status = client.get(path.strip()).status_code
        print(status, seen[-1], flush=True)


if __name__ == "__main__":
    main()
