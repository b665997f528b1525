"""A stack with a key: other people's clients get in with it, and are told in their own words without."""

import json
import logging
import os
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import botocore
import botocore.auth
import libhoney
from botocore.exceptions import ClientError
from honeycomb import HoneycombClient
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (
    OTLPMetricExporter as GrpcMetricExporter,
)
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from stack import Stack

# With what a shell, an address and a header could trip over.
KEY = "s3cret-of_the+class/=$'\""
SHOWN = {"x-honeycomb-team": KEY}


class Keyed(unittest.TestCase):
    key = KEY

    def setUp(self):
        self.stack = Stack(self.key)
        self.addCleanup(self.stack.stop)

    def refused(self, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception.response
        self.assertNotIn("s3cret", str(error))
        return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"], error["Error"]["Message"]

    def test_boto3_signs_with_the_key_as_its_secret(self):
        xray, logs, sts = (self.stack.client(it) for it in ("xray", "logs", "sts"))
        xray.create_group(GroupName="g", FilterExpression='service("a")')
        self.assertEqual([it["GroupName"] for it in xray.get_groups()["Groups"]], ["Default", "g"])
        xray.get_encryption_config()
        logs.create_log_group(logGroupName="cruddur/u")
        logs.create_log_stream(logGroupName="cruddur/u", logStreamName="a b%")
        event = {"timestamp": int(time.time() * 1000), "message": "grün \N{CRAB}"}
        logs.put_log_events(logGroupName="cruddur/u", logStreamName="a b%", logEvents=[event])
        (found,) = logs.filter_log_events(logGroupName="cruddur/u")["events"]
        self.assertEqual(found["message"], event["message"])
        self.assertEqual(sts.get_caller_identity()["Account"], "123456789012")

    def test_another_secret_is_refused_in_each_services_own_words(self):
        for service, operation, code in (
            ("xray", "get_groups", "InvalidSignatureException"),
            ("logs", "describe_log_groups", "InvalidSignatureException"),
            ("sts", "get_caller_identity", "SignatureDoesNotMatch"),
        ):
            client = self.stack.client(service, secret="wrong")
            status, found, message = self.refused(getattr(client, operation))
            self.assertEqual((status, found), (403, code))
            self.assertIn("does not match the signature you provided", message)
            unsigned = self.stack.client(service, signature_version=botocore.UNSIGNED)
            status, found, message = self.refused(getattr(unsigned, operation))
            self.assertEqual((status, found[:26]), (403, "MissingAuthenticationToken"))

    def test_a_clock_that_is_wrong_is_named(self):
        xray = self.stack.client("xray")
        whole = botocore.auth.SigV4Auth.add_auth

        def add_auth(self, request):
            moment = botocore.auth.get_current_datetime
            botocore.auth.get_current_datetime = lambda *a, **k: moment(*a, **k).replace(year=2020)
            try:
                whole(self, request)
            finally:
                botocore.auth.get_current_datetime = moment

        botocore.auth.SigV4Auth.add_auth = add_auth
        self.addCleanup(setattr, botocore.auth.SigV4Auth, "add_auth", whole)
        status, code, message = self.refused(xray.get_groups)
        self.assertEqual((status, code), (403, "InvalidSignatureException"))
        self.assertRegex(message, r"^Signature expired: 2020\d{4}T\d{6}Z is now earlier than ")

    def test_a_query_that_is_signed_is_for_others_to_use(self):
        sts = self.stack.client("sts")
        for method in ("GET", "POST"):
            url = sts.generate_presigned_url("get_caller_identity", HttpMethod=method, ExpiresIn=60)
            with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
                self.assertIn(b"<Account>123456789012</Account>", answer.read())
        other = self.stack.client("sts", secret="wrong").generate_presigned_url("get_caller_identity")
        with self.assertRaises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(urllib.request.Request(other, method="POST"))
        with caught.exception as refused:
            self.assertEqual(refused.status, 403)
            self.assertIn(b"<Code>SignatureDoesNotMatch</Code>", refused.read())

    def test_a_live_tail_is_signed_too(self):
        logs = self.stack.client("logs", inject_host_prefix=False)
        logs.create_log_group(logGroupName="tailed")
        (group,) = logs.describe_log_groups()["logGroups"]
        tail = logs.start_live_tail(logGroupIdentifiers=[group["logGroupArn"]])
        stream = tail["responseStream"]
        self.addCleanup(stream.close)
        self.assertIn("sessionStart", next(iter(stream)))

    def test_the_aws_cli_signs_with_the_key(self):
        def aws(*arguments, **environment):
            command = [os.path.join(os.path.dirname(sys.executable), "aws"), *arguments]
            return subprocess.run(
                command, env=self.stack.environment(**environment), capture_output=True, text=True, timeout=60
            )

        for arguments in (["xray", "get-sampling-rules"], ["logs", "describe-log-groups"], ["sts", "get-caller-identity"]):
            done = aws(*arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            json.loads(done.stdout)
            wrong = aws(*arguments, AWS_SECRET_ACCESS_KEY="wrong")
            self.assertNotEqual(wrong.returncode, 0)
            self.assertIn("does not match the signature you provided", wrong.stderr)

    def test_opentelemetry_sends_with_the_key_over_http_and_grpc_at_one_port(self):
        grpc = {name.lower(): value for name, value in SHOWN.items()}
        exporters = {
            "http": OTLPSpanExporter(endpoint=self.stack.url + "/v1/traces", headers=SHOWN),
            "grpc": GrpcSpanExporter(endpoint=self.stack.grpc, insecure=True, headers=grpc),
            "grpc-at-http": GrpcSpanExporter(endpoint=self.stack.url, insecure=True, headers=grpc),
            "http-at-grpc": OTLPSpanExporter(endpoint=self.stack.grpc + "/v1/traces", headers=SHOWN),
        }
        for service, exporter in exporters.items():
            self.assertEqual(exporter.export(self.spans(service)), SpanExportResult.SUCCESS, service)
            (row,) = self.stack.rows(service, calculations=[{"op": "COUNT"}])
            self.assertEqual(row["COUNT"], 1)
        logging.disable(logging.ERROR)
        self.addCleanup(logging.disable, logging.NOTSET)
        for exporter in (
            OTLPSpanExporter(endpoint=self.stack.url + "/v1/traces", timeout=5),
            GrpcSpanExporter(endpoint=self.stack.url, insecure=True, timeout=5),
        ):
            self.assertEqual(exporter.export(self.spans("none")), SpanExportResult.FAILURE)

    def spans(self, service):
        provider = TracerProvider(resource=Resource({"service.name": service}))
        kept = InMemorySpanExporter()
        provider.add_span_processor(SimpleSpanProcessor(kept))
        provider.get_tracer("t").start_span("work").end()
        provider.shutdown()
        return kept.get_finished_spans()

    def test_metrics_are_taken_without_an_error_and_counted(self):
        grpc = {name.lower(): value for name, value in SHOWN.items()}
        results = []
        for exporter in (
            OTLPMetricExporter(endpoint=self.stack.url + "/v1/metrics", headers=SHOWN),
            GrpcMetricExporter(endpoint=self.stack.url, insecure=True, headers=grpc),
            GrpcMetricExporter(endpoint=self.stack.grpc, insecure=True, headers=grpc),
        ):
            export = exporter.export

            def watched(*arguments, export=export, **more):
                results.append(export(*arguments, **more))
                return results[-1]

            exporter.export = watched
            provider = MeterProvider([PeriodicExportingMetricReader(exporter, 3_600_000)])
            meter = provider.get_meter("m")
            meter.create_counter("requests").add(1)
            meter.create_histogram("took").record(2.5, {"route": "a"})
            meter.create_up_down_counter("queue").add(-1)
            provider.force_flush()
            provider.shutdown()
        self.assertEqual(set(results), {MetricExportResult.SUCCESS})
        health = self.stack.honeycomb("GET", "/healthz")
        # Three points each, at the flush and again at the shutdown.
        self.assertEqual(health["metrics_not_kept"]["data_points"] % 9, 0)
        self.assertGreaterEqual(health["metrics_not_kept"]["data_points"], 9)

    def test_honeycombs_clients_show_the_key(self):
        for key, statuses in ((KEY, {202}), ("wrong", {401})):
            client = libhoney.Client(writekey=key, dataset="events", api_host=self.stack.url)
            client.send_now({"a": 1})
            client.flush()
            client.close()
            answered = []
            responses = client.responses()
            while not responses.empty():
                response = responses.get()
                if response is not None:
                    answered.append(response["status_code"])
            self.assertEqual(set(answered), statuses)
        with HoneycombClient(api_key=KEY, base_url=self.stack.url, sync=True) as client:
            self.assertEqual([it.slug for it in client.datasets.list()], ["events"])

    def test_the_x_ray_sdks_port_needs_no_key(self):
        health = self.stack.honeycomb("GET", "/healthz")
        url = f"http://{health['daemon_address']}/GetSamplingRules"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST", data=b"")) as answer:
            self.assertEqual(len(json.load(answer)["SamplingRuleRecords"]), 1)


class WithoutAKey(Keyed):
    """The same clients, whatever they show."""

    key = None
    test_another_secret_is_refused_in_each_services_own_words = None
    test_a_clock_that_is_wrong_is_named = None
    test_the_aws_cli_signs_with_the_key = None
    test_a_query_that_is_signed_is_for_others_to_use = None
    test_opentelemetry_sends_with_the_key_over_http_and_grpc_at_one_port = None
    test_honeycombs_clients_show_the_key = None


if __name__ == "__main__":
    unittest.main()
