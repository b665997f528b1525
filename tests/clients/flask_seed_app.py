"""A Flask application instrumented as the seed of the bootcamp's second week says.

Two things in the seed cannot run and are mended here: the import of the X-Ray middleware (its module
is `aws_xray_sdk.ext`, not `aws_xray_sdk.core.ext`) and the indentation of `HomeActivities`. One thing
runs and does nothing, and is left as it is: `XRayMiddleware = (app, xray_recorder)`.

Prints its port when it is ready; flushes and ends on SIGTERM.
"""

import logging
import os
import signal
import sys
from datetime import datetime, timedelta, timezone
from time import strftime

import watchtower
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask, request
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SimpleSpanProcessor,
)
from werkzeug.serving import make_server

# Honeycomb ----
provider = TracerProvider()
processor = BatchSpanProcessor(OTLPSpanExporter())
simple_processor = SimpleSpanProcessor(ConsoleSpanExporter())
provider.add_span_processor(processor)
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("home.activities")

# CloudWatch ----
logger = logging.getLogger(__name__)
logger.setLevel(logging.DEBUG)
console_handler = logging.StreamHandler()
cw_handler = watchtower.CloudWatchLogHandler(log_group="cruddur")
logger.addHandler(console_handler)
logger.addHandler(cw_handler)
logger.info("test log")

app = Flask(__name__)
FlaskInstrumentor().instrument_app(app)
RequestsInstrumentor().instrument()

# AWS XRay ----
xray_url = os.getenv("AWS_XRAY_URL")
xray_recorder.configure(service="backend-flask", dynamic_naming=xray_url)
XRayMiddleware = (app, xray_recorder)


class HomeActivities:
    def run(logger):
        logger.info("HomeActivities")
        with tracer.start_as_current_span("home-activities-mock-data"):
            span = trace.get_current_span()
            now = datetime.now(timezone.utc).astimezone()
            span.set_attribute("app.now", now.isoformat())
            results = [
                {
                    "uuid": "68f126b0-1ceb-4a33-88be-d90fa7109eee",
                    "handle": "Andrew Brown",
                    "message": "Cloud is fun!",
                    "created_at": (now - timedelta(days=2)).isoformat(),
                    "expires_at": (now + timedelta(days=5)).isoformat(),
                }
            ]
            span = trace.get_current_span()
            span.set_attribute("app.result_length", len(results))
            return results


@app.after_request
def after_request(response):
    timestamp = strftime("[%Y-%b-%d %H:%M]")
    logger.error(
        f"{timestamp} {request.remote_addr} {request.method} {request.scheme} "
        f"{request.full_path} {response.status}"
    )
    return response


@app.route("/api/activities/home", methods=["GET"])
def data_home():
    data = HomeActivities.run(logger=logger)
    return data, 200


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    server = make_server("127.0.0.1", 0, app)
    print(server.port, flush=True)
    server.serve_forever()
