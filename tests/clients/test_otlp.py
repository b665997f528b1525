"""OTLP in and Honeycomb's answers out, judged by the OpenTelemetry SDK and a Honeycomb client of PyPI."""

import base64
import concurrent.futures
import gzip
import http.client
import json
import logging
import math
import random
import time
import unittest
import urllib.error
import urllib.request

from honeycomb import HoneycombClient, QueryBuilder
from honeycomb.exceptions import HoneycombAPIError
from grpc import Compression as GrpcCompression
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import (
    OTLPLogExporter as GrpcLogExporter,
)
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
    OTLPSpanExporter as GrpcSpanExporter,
)
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, set_span_in_context

from stack import Stack

MS = 1_000_000
ROUTES = ["/api/activities/home", "/api/activities/notifications", "/api/message_groups"]
COUNT = {"op": "COUNT"}


def nearest_rank(values, share):
    """Returns the smallest value that at least `share` of all values do not exceed."""
    return sorted(values)[max(math.ceil(round(share * len(values), 6)), 1) - 1]


class WithStack(unittest.TestCase):
    key = None

    def setUp(self):
        self.stack = Stack(self.key)
        self.addCleanup(self.stack.stop)

    def exporter(self, compression=Compression.NoCompression, **arguments):
        return OTLPSpanExporter(
            endpoint=self.stack.url + "/v1/traces", compression=compression, **arguments
        )

    def provider(self, service, **more):
        provider = TracerProvider(resource=Resource({"service.name": service, **more}))
        self.addCleanup(provider.shutdown)
        return provider

    def sent(self, service, compression=Compression.NoCompression, **more):
        """Returns a tracer that sends in batches, and what makes it send all."""
        provider = self.provider(service, **more)
        provider.add_span_processor(BatchSpanProcessor(self.exporter(compression)))
        return provider.get_tracer("home.activities", "1.0"), provider.force_flush

    def post(self, body, content_type="application/json", **headers):
        """Returns status, content type and body."""
        request = urllib.request.Request(
            self.stack.url + "/v1/traces",
            data=body,
            headers={"Content-Type": content_type, **headers},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers["content-type"], answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["content-type"], error.read()

    def count(self, dataset):
        (row,) = self.stack.rows(dataset, calculations=[COUNT])
        return row["COUNT"]


class Answers(WithStack):
    """What was sent is known to the nanosecond, so every answer is too."""

    def setUp(self):
        super().setUp()
        chance = random.Random(7)
        # Whole steps of the clock in the test's own past, so that no span lies on a query's edge.
        self.end = int(time.time()) // 60 * 60
        self.start = self.end - 600
        self.spans = []
        for _ in range(300):
            began = self.start * 10**9 + chance.randrange(600 * 10**9)
            took = round(chance.lognormvariate(3, 1) * MS)
            self.spans.append((chance.choice(ROUTES), began, took))

    def send(self, service="backend-flask", compression=Compression.NoCompression):
        tracer, flush = self.sent(service, compression)
        for route, began, took in self.spans:
            span = tracer.start_span(
                f"GET {route}",
                kind=SpanKind.SERVER,
                start_time=began,
                attributes={"http.route": route},
            )
            span.end(end_time=began + took)
        self.assertTrue(flush())

    def answer(self, dataset="backend-flask", **query):
        return self.stack.answer(dataset, start_time=self.start, end_time=self.end, **query)

    def rows(self, dataset="backend-flask", **query):
        return [row["data"] for row in self.answer(dataset, **query)["results"]]

    def durations(self, route=None):
        return [took / MS for its, _, took in self.spans if route in (None, its)]

    def test_counts_and_percentiles_are_those_of_the_spans(self):
        self.send()
        calculations = [
            COUNT,
            {"op": "P90", "column": "duration_ms"},
            {"op": "P50", "column": "duration_ms"},
            {"op": "MAX", "column": "duration_ms"},
            {"op": "AVG", "column": "duration_ms"},
        ]
        self.assert_calculated(self.rows(calculations=calculations), [None])
        rows = self.rows(calculations=calculations, breakdowns=["http.route"])
        self.assertEqual({row["http.route"] for row in rows}, set(ROUTES))
        self.assert_calculated(rows, [row["http.route"] for row in rows])

    def assert_calculated(self, rows, routes):
        self.assertEqual(len(rows), len(routes))
        for row, route in zip(rows, routes):
            durations = self.durations(route)
            self.assertEqual(row["COUNT"], len(durations))
            self.assertEqual(row["P90(duration_ms)"], nearest_rank(durations, 0.9))
            self.assertEqual(row["P50(duration_ms)"], nearest_rank(durations, 0.5))
            self.assertEqual(row["MAX(duration_ms)"], max(durations))
            self.assertAlmostEqual(row["AVG(duration_ms)"], sum(durations) / len(durations))

    def test_every_cell_of_the_heatmap_counts_its_spans(self):
        self.send()
        heatmap = "HEATMAP(duration_ms)"
        answer = self.answer(
            calculations=[{"op": "HEATMAP", "column": "duration_ms"}, COUNT], granularity=60
        )
        ((whole),) = [row["data"][heatmap] for row in answer["results"]]
        low, step, n_buckets = whole["min_value"], whole["step_size"], len(whole["counts"])
        self.assertLessEqual(n_buckets, 50)
        self.assertLessEqual(low, min(self.durations()))
        self.assertGreaterEqual(whole["max_value"], max(self.durations()))

        def counted(spans):
            counts = [0] * n_buckets
            for _, _, took in spans:
                counts[min(int((took / MS - low) / step), n_buckets - 1)] += 1
            return counts

        self.assertEqual(whole["counts"], counted(self.spans))
        for minute in range(10):
            began = self.start + 60 * minute
            inside = [span for span in self.spans if began <= span[1] / 1e9 < began + 60]
            wanted = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
            (cell,) = [item["data"] for item in answer["series"] if item["time"] == wanted]
            self.assertEqual(cell["COUNT"], len(inside))
            self.assertEqual(cell[heatmap]["counts"], counted(inside))

    def test_gzip_changes_nothing(self):
        self.send("plain")
        self.send("squeezed", Compression.Gzip)
        query = {
            "calculations": [COUNT, {"op": "P90", "column": "duration_ms"}],
            "breakdowns": ["name", "span.kind", "library.name", "library.version"],
        }
        self.assertEqual(self.rows("plain", **query), self.rows("squeezed", **query))
        self.assertEqual(self.count("squeezed"), len(self.spans))

    def test_the_whole_environment_is_both_datasets(self):
        self.send("one")
        self.send("two")
        rows = self.rows("__all__", calculations=[COUNT], breakdowns=["service.name"])
        self.assertEqual({row["service.name"]: row["COUNT"] for row in rows}, {"one": 300, "two": 300})


class Rows(WithStack):
    """What the SDK says becomes the columns that Honeycomb's own ingest makes of it."""

    def one(self, *breakdowns, **filters):
        rows = self.stack.rows(
            "backend-flask",
            calculations=[COUNT],
            breakdowns=list(breakdowns),
            filters=[{"column": name, "op": "=", "value": value} for name, value in filters.items()],
        )
        self.assertEqual(len(rows), 1, rows)
        return [rows[0].get(name) for name in breakdowns]

    def test_attributes_of_every_kind_are_columns(self):
        tracer, flush = self.sent("backend-flask", **{"deployment.environment": "test"})
        with tracer.start_as_current_span("home-activities-mock-data") as span:
            span.set_attribute("app.now", "2026-11-22T07:09:00+00:00")
            span.set_attribute("app.result_length", 3)
            span.set_attribute("app.ratio", 0.25)
            span.set_attribute("app.cached", False)
            span.set_attribute("app.handles", ["andrew", "worf & <garek>"])
        self.assertTrue(flush())
        wanted = {
            "name": "home-activities-mock-data",
            "span.kind": "internal",
            "library.name": "home.activities",
            "deployment.environment": "test",
            "app.now": "2026-11-22T07:09:00+00:00",
            "app.result_length": 3,
            "app.ratio": 0.25,
            "app.cached": False,
            "app.handles": '["andrew","worf & <garek>"]\n',
            "status_code": 0,
            "error": None,
            "trace.parent_id": None,
        }
        self.assertEqual(self.one(*wanted), list(wanted.values()))
        columns = self.stack.honeycomb("GET", "/1/columns/backend-flask")
        kinds = {column["key_name"]: column["type"] for column in columns}
        self.assertEqual(kinds["app.result_length"], "integer")
        self.assertEqual(kinds["app.ratio"], "float")
        self.assertEqual(kinds["app.cached"], "boolean")
        self.assertEqual(kinds["duration_ms"], "float")

    def test_an_exception_is_a_row_of_its_own_and_comes_up_to_its_span(self):
        tracer, flush = self.sent("backend-flask")
        with self.assertRaises(ZeroDivisionError):
            with tracer.start_as_current_span("divide"):
                1 / 0
        self.assertTrue(flush())
        self.assertEqual(
            self.one("error", "status_code", "exception.type", name="divide"),
            [True, 2, "ZeroDivisionError"],
        )
        annotation, parent, trace = self.one(
            "meta.annotation_type", "trace.parent_id", "trace.trace_id", name="exception"
        )
        self.assertEqual(annotation, "span_event")
        self.assertEqual(self.one("trace.span_id", "trace.trace_id", name="divide"), [parent, trace])

    def test_a_link_is_a_row_of_its_own(self):
        tracer, flush = self.sent("backend-flask")
        cause = tracer.start_span("cause")
        cause.end()
        context = cause.get_span_context()
        tracer.start_span("effect", links=[Link(context, {"why": "retry"})]).end()
        self.assertTrue(flush())
        self.assertEqual(
            self.one(
                "trace.link.trace_id", "trace.link.span_id", "parent_name", "why",
                **{"meta.annotation_type": "link"},
            ),
            [f"{context.trace_id:032x}", f"{context.span_id:016x}", "effect", "retry"],
        )

    def test_parents_and_children_are_of_one_trace(self):
        tracer, flush = self.sent("backend-flask")
        root = tracer.start_span("root")
        child = tracer.start_span("child", context=set_span_in_context(root))
        child.set_status(Status(StatusCode.ERROR, "no"))
        child.end()
        root.end()
        self.assertTrue(flush())
        trace, span = self.one("trace.trace_id", "trace.span_id", name="root")
        self.assertEqual(
            self.one("trace.trace_id", "trace.parent_id", "status_message", name="child"),
            [trace, span, "no"],
        )
        self.assertEqual(self.one("error", name="root"), [None])

    def test_a_sample_rate_makes_one_span_stand_for_many(self):
        tracer, flush = self.sent("backend-flask")
        tracer.start_span("kept", attributes={"sampleRate": 20}).end()
        tracer.start_span("kept").end()
        self.assertTrue(flush())
        self.assertEqual(self.count("backend-flask"), 21)
        (row,) = self.stack.rows("backend-flask", calculations=[COUNT], usage_mode=True)
        self.assertEqual(row["COUNT"], 2)

    def test_spans_of_nobody_land_in_unknown_service(self):
        for service in ["unknown_service", "unknown_service:java", " "]:
            tracer, flush = self.sent(service)
            tracer.start_span("x").end()
            self.assertTrue(flush())
        self.assertEqual(self.count("unknown_service"), 3)


class JsonByHand(WithStack):
    def test_json_and_protobuf_of_one_span_are_one(self):
        kept = InMemorySpanExporter()
        provider = self.provider("protobuf")
        provider.add_span_processor(SimpleSpanProcessor(kept))
        span = provider.get_tracer("home.activities", "1.0").start_span(
            "GET /é", kind=SpanKind.CLIENT, attributes={"n": 2**53 + 1, "list": [1.5, True]}
        )
        span.add_event("seen", {"by": "worf"})
        span.end()
        (span,) = kept.get_finished_spans()
        self.assertEqual(self.exporter().export([span]), SpanExportResult.SUCCESS)

        body = {
            "resourceSpans": [
                {
                    "resource": {"attributes": [attribute("service.name", {"stringValue": "json"})]},
                    "scopeSpans": [
                        {
                            "scope": {"name": "home.activities", "version": "1.0"},
                            "spans": [
                                {
                                    "traceId": f"{span.context.trace_id:032X}",
                                    "spanId": f"{span.context.span_id:016x}",
                                    "name": span.name,
                                    "kind": 3,
                                    "startTimeUnixNano": str(span.start_time),
                                    "endTimeUnixNano": span.end_time,
                                    "attributes": [
                                        attribute("n", {"intValue": str(2**53 + 1)}),
                                        attribute(
                                            "list",
                                            {
                                                "arrayValue": {
                                                    "values": [
                                                        {"doubleValue": 1.5},
                                                        {"boolValue": True},
                                                    ]
                                                }
                                            },
                                        ),
                                    ],
                                    "events": [
                                        {
                                            "timeUnixNano": str(span.events[0].timestamp),
                                            "name": "seen",
                                            "attributes": [attribute("by", {"stringValue": "worf"})],
                                        }
                                    ],
                                    "status": {},
                                    "futureField": [1],
                                }
                            ],
                        }
                    ],
                }
            ]
        }
        body = json.dumps(body).encode()
        answer = self.post(gzip.compress(body), **{"Content-Encoding": "gzip"})
        self.assertEqual(answer, (200, "application/json", b"{}"))

        breakdowns = [
            column["key_name"]
            for column in self.stack.honeycomb("GET", "/1/columns/protobuf")
            if column["key_name"] not in ("service.name", "trace.trace_state")
        ]
        self.assertIn("meta.time_since_span_start_ms", breakdowns)
        rows = [
            self.stack.rows(dataset, calculations=[COUNT], breakdowns=breakdowns)
            for dataset in ("protobuf", "json")
        ]
        self.assertEqual(len(rows[0]), 2)
        self.assertEqual(*rows)
        self.assertIn(2**53 + 1, [row.get("n") for row in rows[1]])

    def test_bytes_are_base64_in_and_out(self):
        text = base64.b64encode(bytes(range(256))).decode()
        body = {
            "resourceSpans": [
                {
                    "scopeSpans": [
                        {
                            "spans": [
                                {
                                    "name": "x",
                                    "startTimeUnixNano": time.time_ns(),
                                    "attributes": [attribute("b", {"bytesValue": text})],
                                }
                            ]
                        }
                    ]
                }
            ]
        }
        self.assertEqual(self.post(json.dumps(body).encode())[0], 200)
        (row,) = self.stack.rows("unknown_service", calculations=[COUNT], breakdowns=["b"])
        self.assertEqual(row["b"], f'"{text}"\n')


def varint(number):
    """Returns protobuf's form of a number."""
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def attribute(key, value):
    return {"key": key, "value": value}


class Refusals(WithStack):
    """Every refusal is the protocol's own, and the stack goes on."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.assert_goes_on)
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def assert_goes_on(self):
        tracer, flush = self.sent("afterwards")
        tracer.start_span("x").end()
        self.assertTrue(flush())
        self.assertEqual(self.count("afterwards"), 1)

    def test_what_is_not_otlp_is_a_bad_request(self):
        for body in [b"", b"[]", b"null", b"{", b'{"resourceSpans": 1}', b"\xff\xfe", b"[" * 100_000]:
            status, content_type, answer = self.post(body)
            self.assertEqual((status, content_type), (400, "application/json"), body[:20])
            self.assertIn("failed to parse OTLP request body", json.loads(answer)["message"])
        for body in [b"{}", b"\x0a", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 100]:
            status, content_type, answer = self.post(body, "application/x-protobuf")
            self.assertEqual((status, content_type), (400, "application/x-protobuf"), body[:20])
            self.assertIn(b"failed to parse OTLP request body", answer)

    def test_other_content_types_and_encodings_are_not_taken(self):
        for content_type in ["text/plain", "application/x-www-form-urlencoded", ""]:
            self.assertEqual(self.post(b"{}", content_type)[0], 415)
        self.assertEqual(self.post(b"{}", **{"Content-Encoding": "br"})[0], 415)
        exporter = self.exporter(Compression.Deflate)
        tracer = self.provider("x").get_tracer("x")
        span = tracer.start_span("x")
        span.end()
        self.assertEqual(exporter.export([span]), SpanExportResult.FAILURE)

    def test_cut_gzip_and_bombs_are_refused(self):
        squeezed = gzip.compress(b'{"resourceSpans": []}' + b" " * 1000)
        encoding = {"Content-Encoding": "gzip"}
        self.assertEqual(self.post(squeezed, **encoding)[0], 200)
        self.assertEqual(self.post(squeezed[:-5], **encoding)[0], 400)
        self.assertEqual(self.post(b"{}", **encoding)[0], 400)
        bomb = gzip.compress(b" " * (100 << 20))
        self.assertLess(len(bomb), 1 << 20)
        self.assertEqual(self.post(bomb, **encoding)[0], 413)

    def test_small_bodies_that_would_fill_the_memory_are_refused(self):
        encoding = {"Content-Encoding": "gzip"}
        # Two bytes a span: an empty one, thirty million times, in one ScopeSpans of one ResourceSpans.
        n_bytes = 60 << 20
        spans = b"\x12\x00" * (n_bytes // 2)
        for tag in [b"\x12", b"\x0a"]:
            spans = tag + varint(len(spans)) + spans
        bomb = gzip.compress(spans)
        self.assertLess(len(bomb), 1 << 20)
        self.assertEqual(self.post(bomb, "application/x-protobuf", **encoding)[0], 413)
        spans = b",".join([b"{}"] * (20 << 20))
        bomb = gzip.compress(b'{"resourceSpans":[{"scopeSpans":[{"spans":[%b]}]}]}' % spans)
        self.assertEqual(self.post(bomb, **encoding)[0], 413)

    def test_a_long_body_that_does_not_say_its_length_is_refused_too(self):
        address = self.stack.url.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=30)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/v1/traces")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        chunk = b"%x\r\n%b\r\n" % (1 << 20, b" " * (1 << 20))
        # A single byte more than is taken: nothing is left unread that could break the connection.
        for _ in range(20):
            connection.send(chunk)
        connection.send(b"1\r\n \r\n0\r\n\r\n")
        self.assertEqual(connection.getresponse().status, 413)

    def test_a_body_of_a_hundred_megabytes_is_refused_before_it_is_sent(self):
        address = self.stack.url.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=30)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/v1/traces")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(100 << 20))
        connection.endheaders()
        answer = connection.getresponse()
        self.assertEqual(answer.status, 413)
        self.assertIn("message", json.load(answer))


class WithKey(WithStack):
    key = "hcaik_" + "0" * 58

    def test_a_wrong_key_is_refused_and_the_right_one_taken(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        tracer = self.provider("backend-flask").get_tracer("x")
        span = tracer.start_span("x")
        span.end()
        for headers, wanted in [
            ({}, SpanExportResult.FAILURE),
            ({"x-honeycomb-team": "wrong"}, SpanExportResult.FAILURE),
            ({"x-honeycomb-team": self.key}, SpanExportResult.SUCCESS),
        ]:
            self.assertEqual(self.exporter(headers=headers).export([span]), wanted, headers)
        self.assertEqual(self.count("backend-flask"), 1)
        status, _, body = self.post(b"{}", **{"x-honeycomb-team": "wrong"})
        self.assertEqual(status, 401)
        self.assertEqual(
            json.loads(body)["message"], "unknown API key - check your credentials"
        )


class Logs(WithStack):
    """Log records lie beside the spans they were written in, whichever way they came."""

    def exporters(self):
        """Returns every log exporter, each with the dataset that its records go to."""
        grpc = {"endpoint": self.stack.grpc, "insecure": True}
        http = {"endpoint": self.stack.url + "/v1/logs"}
        return {
            "http": OTLPLogExporter(**http),
            "http-gzip": OTLPLogExporter(**http, compression=Compression.Gzip),
            "grpc": GrpcLogExporter(**grpc),
            "grpc-gzip": GrpcLogExporter(**grpc, compression=GrpcCompression.Gzip),
        }

    def test_records_have_the_ids_of_their_span(self):
        for service, exporter in self.exporters().items():
            tracer, flush = self.sent(service)
            provider = LoggerProvider(resource=Resource({"service.name": service}))
            self.addCleanup(provider.shutdown)
            provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
            logger = provider.get_logger("app.logger")
            with tracer.start_as_current_span("work") as span:
                logger.emit(
                    LogRecord(
                        timestamp=time.time_ns(),
                        severity_number=SeverityNumber.WARN,
                        severity_text="WARN",
                        body={"message": "no such handle", "handle": "worf"},
                        attributes={"app.tries": 3},
                    )
                )
            self.assertTrue(flush())
            self.assertTrue(provider.force_flush())
            wanted = {
                "severity": "warn",
                "severity_code": 13,
                "severity_text": "WARN",
                "body.message": "no such handle",
                "body.handle": "worf",
                "app.tries": 3,
                "library.name": "app.logger",
                "trace.trace_id": f"{span.get_span_context().trace_id:032x}",
                "trace.parent_id": f"{span.get_span_context().span_id:016x}",
                "meta.annotation_type": "span_event",
            }
            (row,) = self.stack.rows(
                service,
                calculations=[COUNT],
                breakdowns=[*wanted, "body"],
                filters=[{"column": "meta.signal_type", "op": "=", "value": "log"}],
            )
            self.assertEqual({name: row.get(name) for name in wanted}, wanted, service)
            self.assertEqual(
                json.loads(row["body"]), {"message": "no such handle", "handle": "worf"}
            )

    def test_records_of_nobody_go_where_their_sender_says(self):
        for header, dataset in [({}, "unknown_log_source"), ({"x-honeycomb-dataset": "app"}, "app")]:
            exporter = OTLPLogExporter(endpoint=self.stack.url + "/v1/logs", headers=header)
            provider = LoggerProvider(resource=Resource({"service.name": "unknown_service"}))
            self.addCleanup(provider.shutdown)
            provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
            provider.get_logger("x").emit(LogRecord(body="hello"))
            self.assertTrue(provider.force_flush())
            self.assertEqual(self.count(dataset), 1)


class Grpc(WithStack):
    """The gRPC exporter says in two calls what the HTTP one says."""

    def test_spans_come_in_plain_and_compressed(self):
        for compression in [GrpcCompression.NoCompression, GrpcCompression.Gzip]:
            service = f"grpc-{compression.name}"
            provider = self.provider(service)
            exporter = GrpcSpanExporter(
                endpoint=self.stack.grpc, insecure=True, compression=compression
            )
            provider.add_span_processor(BatchSpanProcessor(exporter))
            tracer = provider.get_tracer("home.activities")
            for number in range(1500):
                tracer.start_span("work", attributes={"app.n": number}).end()
            self.assertTrue(provider.force_flush())
            (row,) = self.stack.rows(
                service, calculations=[COUNT, {"op": "COUNT_DISTINCT", "column": "app.n"}]
            )
            self.assertEqual((row["COUNT"], row["COUNT_DISTINCT(app.n)"]), (1500, 1500))

    def test_many_exporters_at_once_are_all_served(self):
        exporters = [
            GrpcSpanExporter(endpoint=self.stack.grpc, insecure=True) for _ in range(20)
        ]
        tracer = self.provider("crowd").get_tracer("x")
        spans = [tracer.start_span("x") for _ in exporters]
        for span in spans:
            span.end()
        with concurrent.futures.ThreadPoolExecutor(len(exporters)) as pool:
            sent = list(pool.map(lambda pair: pair[0].export([pair[1]]), zip(exporters, spans)))
        self.assertEqual(sent, [SpanExportResult.SUCCESS] * len(exporters))
        for exporter in exporters:
            exporter.shutdown()
        self.assertEqual(self.count("crowd"), len(exporters))


class GrpcWithKey(WithStack):
    key = "hcaik_" + "0" * 58

    def test_a_wrong_key_is_refused_and_the_right_one_taken(self):
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        span = self.provider("keyed").get_tracer("x").start_span("x")
        span.end()
        for headers, wanted in [
            ({}, SpanExportResult.FAILURE),
            ({"x-honeycomb-team": "wrong"}, SpanExportResult.FAILURE),
            ({"x-honeycomb-team": self.key}, SpanExportResult.SUCCESS),
        ]:
            exporter = GrpcSpanExporter(endpoint=self.stack.grpc, insecure=True, headers=headers)
            self.addCleanup(exporter.shutdown)
            self.assertEqual(exporter.export([span]), wanted, headers)
        self.assertEqual(self.count("keyed"), 1)


class HoneycombApi(WithStack):
    """The client of PyPI's `honeycomb-api`, whose models check what they are given."""

    def setUp(self):
        super().setUp()
        tracer, flush = self.sent("backend-flask")
        now = time.time_ns()
        for number in range(1, 101):
            route = ROUTES[number % 2]
            span = tracer.start_span(
                "GET", start_time=now - number * MS, attributes={"http.route": route, "app.n": number}
            )
            span.end(end_time=now)
        self.assertTrue(flush())
        self.client = HoneycombClient(api_key="local", base_url=self.stack.url, sync=True)
        self.client.__enter__()
        self.addCleanup(self.client.__exit__, None, None, None)

    def test_count_and_p90_by_route(self):
        question = QueryBuilder().dataset("backend-flask").last_1_hour().count().p90("duration_ms")
        query, result = self.client.query_results.create_and_run(question.group_by("http.route"))
        self.assertEqual(self.client.queries.get("backend-flask", query.id).id, query.id)
        rows = {row["http.route"]: row for row in result.data.rows}
        # Odd and even numbers of milliseconds; the forty-fifth of fifty is the ninetieth percentile.
        self.assertEqual((rows[ROUTES[0]]["COUNT"], rows[ROUTES[0]]["P90(duration_ms)"]), (50, 90))
        self.assertEqual((rows[ROUTES[1]]["COUNT"], rows[ROUTES[1]]["P90(duration_ms)"]), (50, 89))
        self.assertEqual(result.data.series, [])
        self.assertTrue(result.links.query_url.startswith("http"))

    def test_filters_orders_and_havings(self):
        question = (
            QueryBuilder().dataset("backend-flask").last_10_minutes().count()
            .gte("app.n", 41).starts_with("http.route", "/api").group_by("http.route")
            .order_by_count("ascending")
        )
        _, result = self.client.query_results.create_and_run(question)
        self.assertEqual([row["COUNT"] for row in result.data.rows], [30, 30])
        # The limit of the run counts, not that of the query, which the client always overrides.
        _, result = self.client.query_results.create_and_run(question, limit=1)
        self.assertEqual([row["COUNT"] for row in result.data.rows], [30])

    def test_the_series_adds_up_to_the_rows(self):
        question = QueryBuilder().dataset("backend-flask").last_10_minutes().count()
        _, result = self.client.query_results.create_and_run(question, disable_series=False)
        self.assertEqual(sum(step.data["COUNT"] for step in result.data.series), 100)

    def test_who_am_i_and_what_is_there(self):
        self.assertEqual(self.client.auth.get().team.slug, "cruddurctl")
        (dataset,) = self.client.datasets.list()
        self.assertEqual((dataset.name, dataset.slug), ("backend-flask", "backend-flask"))
        self.assertEqual(self.client.datasets.get("backend-flask").name, "backend-flask")
        names = {column.key_name for column in self.client.columns.list("backend-flask")}
        self.assertLessEqual({"duration_ms", "http.route", "trace.trace_id", "app.n"}, names)
        self.assertEqual(dataset.regular_columns_count, len(names))

    def test_what_is_not_there_is_an_error_it_knows(self):
        with self.assertRaises(HoneycombAPIError) as caught:
            self.client.datasets.get("none")
        self.assertEqual(caught.exception.status_code, 404)
        question = QueryBuilder().dataset("none").last_1_hour().count()
        with self.assertRaises(HoneycombAPIError) as caught:
            self.client.queries.create(question)
        self.assertEqual(caught.exception.status_code, 404)


if __name__ == "__main__":
    unittest.main()
