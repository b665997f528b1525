"""Sends spans as AWS's OpenTelemetry distribution does in Lambda: OTLP in the place of a segment, by UDP.

Runs in `.venv-adot`. Takes the daemon's address; prints the id of the trace in X-Ray's form.
"""

import sys

from amazon.opentelemetry.distro.otlp_udp_exporter import OTLPUdpSpanExporter
from opentelemetry.sdk.extension.aws.trace import AwsXRayIdGenerator
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind


def main():
    provider = TracerProvider(
        resource=Resource.create({"service.name": "backend-flask"}),
        id_generator=AwsXRayIdGenerator(),
    )
    provider.add_span_processor(SimpleSpanProcessor(OTLPUdpSpanExporter(endpoint=sys.argv[1])))
    tracer = provider.get_tracer("judge")
    with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER) as span:
        with tracer.start_as_current_span("query", kind=SpanKind.CLIENT):
            pass
        trace_id = f"{span.get_span_context().trace_id:032x}"
    print(f"1-{trace_id[:8]}-{trace_id[8:]}", flush=True)


if __name__ == "__main__":
    main()
