"""A Flask application that calls another service and is called by one, traced by `otel` or by `xray`.

`GET /call?url=URL` asks that address and answers with the trace and what came back; `GET /called` is there
to be called, and prints the headers of the trace that it was called with. Prints its port when it is ready;
ends on SIGTERM.
"""

import json
import logging
import os
import signal
import sys

import requests
from flask import Flask, request
from werkzeug.serving import make_server

app = Flask(__name__)
NAME = os.environ["OTEL_SERVICE_NAME"]


def trace_with_otel():
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.instrumentation.requests import RequestsInstrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    provider = TracerProvider()
    # One by one: what has been answered has been exported.
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    FlaskInstrumentor().instrument_app(app)
    RequestsInstrumentor().instrument()
    return lambda: f"{trace.get_current_span().get_span_context().trace_id:032x}"


def trace_with_xray():
    from aws_xray_sdk.core import patch, xray_recorder
    from aws_xray_sdk.ext.flask.middleware import XRayMiddleware

    # Without its sampler it traces everything.
    xray_recorder.configure(service=NAME, sampling=False)
    XRayMiddleware(app, xray_recorder)
    patch(["requests"])
    return lambda: xray_recorder.current_segment().trace_id.replace("-", "")[1:]


current_trace = {"otel": trace_with_otel, "xray": trace_with_xray}[sys.argv[1]]()


@app.route("/call")
def call():
    answer = requests.get(request.args["url"], timeout=30)
    return {
        "trace_id": current_trace(),
        "status": answer.status_code,
        "answered": answer.headers.get("X-Amzn-Trace-Id"),
    }


@app.route("/called")
def called():
    names = ("traceparent", "X-Amzn-Trace-Id")
    seen = {name.lower(): request.headers.getlist(name) for name in names}
    print(json.dumps({**seen, "trace_id": current_trace()}), flush=True)
    return "fine"


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # Threaded: what it calls may call it.
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.port, flush=True)
    server.serve_forever()
