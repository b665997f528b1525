"""X-Ray, judged by boto3, the AWS CLI and the X-Ray SDK's own models of what an answer may hold."""

import json
import os
import secrets
import subprocess
import sys
import time
import unittest
from pathlib import Path

from botocore.exceptions import ClientError, ParamValidationError
from botocore.validate import ParamValidator

import shapes
from stack import REGION, Stack

AWS = Path(sys.executable).with_name("aws")

RULE = {
    "RuleName": "Cruddur",
    "ResourceARN": "*",
    "Priority": 9000,
    "FixedRate": 0.1,
    "ReservoirSize": 5,
    "ServiceName": "backend-flask",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}

# The file of the bootcamp's second week, with both of its misspelt keys.
MISSPELT = """{
  "SamplingRule": {
    "RuleName": "Cruddur",
    "ResourcesARN": "*",
    "Priority": 9000,
    "FixedRate": 0.1,
    "ResevoirSize": 5,
    "ServiceName": "backend-flask",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1
  }
}
"""


def trace_id(start):
    return f"1-{int(start):08x}-{secrets.token_hex(12)}"


def segment(start, **more):
    """Returns a segment document of half a second, without its trace if `more` does not name one."""
    return {
        "name": "backend-flask",
        "id": secrets.token_hex(8),
        "trace_id": trace_id(start),
        "start_time": start,
        "end_time": start + 0.5,
        "http": {
            "request": {"method": "GET", "url": "http://127.0.0.1:4567/api/activities/home"},
            "response": {"status": 200},
        },
        **more,
    }


class WithStack(unittest.TestCase):
    """A stack of its own for each test, and a client that doubts every answer."""

    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        self.xray = self.client()

    def client(self, region=REGION):
        client = self.stack.client("xray", region)
        self.addCleanup(client.close)
        client.meta.events.register("after-call.xray", self.assert_well_formed)
        return client

    def assert_well_formed(self, http_response, model, **_):
        """Checks an answer against the service's model, of which botocore itself ignores the half.

        A member that the model does not know is a fault too: one of the OpenTelemetry samplers drops
        all its rules when it meets one.
        """
        if http_response.status_code == 200:
            body = shapes.without_nulls(json.loads(http_response.content))
            report = ParamValidator().validate(body, model.output_shape)
            self.assertFalse(report.has_errors(), f"{model.name}: {report.generate_report()}")
            return
        code = http_response.headers["x-amzn-errortype"]
        # The framework in front of the service refuses in its own words, which no model has.
        if code == "ValidationException":
            self.assertEqual(list(json.loads(http_response.content)), ["message"])
            return
        known = [shape.name for shape in model.error_shapes]
        self.assertIn(code, known, f"{model.name} does not fail like this")
        self.assertEqual(list(json.loads(http_response.content)), ["Message"])

    def assert_refused(self, text, call, **arguments):
        with self.assertRaises(self.xray.exceptions.InvalidRequestException) as caught:
            call(**arguments)
        response = caught.exception.response
        self.assertIn(text, response["Error"]["Message"])
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 400)

    def assert_invalid(self, path, call, **arguments):
        """Checks that a member is refused by its path, as the service's framework does."""
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception.response["Error"]
        self.assertEqual(error["Code"], "ValidationException")
        self.assertIn(f" at '{path}' failed to satisfy constraint: Member must ", error["Message"])

    def put(self, *documents):
        return self.xray.put_trace_segments(
            TraceSegmentDocuments=[json.dumps(document) for document in documents]
        )["UnprocessedTraceSegments"]

    def summaries(self, **asked):
        pages = self.xray.get_paginator("get_trace_summaries").paginate(**asked)
        return [summary for page in pages for summary in page["TraceSummaries"]]


class Groups(WithStack):
    def test_a_group_lives_from_create_to_delete(self):
        xray = self.xray
        made = xray.create_group(
            GroupName="Cruddur", FilterExpression='service("backend-flask")'
        )["Group"]
        self.assertRegex(made["GroupARN"], rf"^arn:aws:xray:{REGION}:\d{{12}}:group/Cruddur/[A-Z0-9]+$")
        self.assertEqual(xray.get_group(GroupName="Cruddur")["Group"], made)
        self.assertEqual(xray.get_group(GroupARN=made["GroupARN"])["Group"], made)
        changed = xray.update_group(
            GroupName="Cruddur",
            FilterExpression="fault",
            InsightsConfiguration={"InsightsEnabled": True, "NotificationsEnabled": True},
        )["Group"]
        self.assertEqual(changed["FilterExpression"], "fault")
        self.assertEqual(changed["GroupARN"], made["GroupARN"])
        names = [group["GroupName"] for group in xray.get_groups()["Groups"]]
        self.assertEqual(sorted(names), ["Cruddur", "Default"])
        xray.delete_group(GroupName="Cruddur")
        names = [group["GroupName"] for group in xray.get_groups()["Groups"]]
        self.assertEqual(names, ["Default"])

    def test_refusals_are_those_of_the_service(self):
        xray = self.xray
        xray.create_group(GroupName="Cruddur", FilterExpression="ok")
        self.assert_refused(
            "already exists", xray.create_group, GroupName="Cruddur", FilterExpression="ok"
        )
        self.assert_refused("Filter Expression is empty", xray.create_group, GroupName="x")
        self.assert_refused(
            "Filter Expression is empty",
            xray.update_group,
            GroupName="Cruddur",
            InsightsConfiguration={"InsightsEnabled": True},
        )
        self.assert_refused("Group not found", xray.get_group, GroupName="none")
        self.assert_refused("Group not found", xray.delete_group, GroupName="none")
        self.assert_invalid("groupName", xray.create_group, GroupName="x" * 33)
        self.assert_refused(
            "filter", xray.create_group, GroupName="x", FilterExpression='service("backend'
        )
        self.assert_refused("Default", xray.delete_group, GroupName="Default")

    def test_regions_are_kept_apart(self):
        self.xray.create_group(GroupName="Cruddur", FilterExpression="ok")
        elsewhere = self.client(region="ca-central-1")
        names = [group["GroupName"] for group in elsewhere.get_groups()["Groups"]]
        self.assertEqual(names, ["Default"])


class Rules(WithStack):
    def test_a_rule_lives_from_create_to_delete(self):
        xray = self.xray
        made = xray.create_sampling_rule(SamplingRule=RULE)["SamplingRuleRecord"]
        arn = made["SamplingRule"]["RuleARN"]
        self.assertRegex(arn, rf"^arn:aws:xray:{REGION}:\d{{12}}:sampling-rule/Cruddur$")
        self.assertEqual(made["SamplingRule"], {**RULE, "RuleARN": arn, "Attributes": {}})
        changed = xray.update_sampling_rule(
            SamplingRuleUpdate={"RuleName": "Cruddur", "ReservoirSize": 1}
        )["SamplingRuleRecord"]
        self.assertEqual(
            changed["SamplingRule"], {**made["SamplingRule"], "ReservoirSize": 1}
        )
        self.assertEqual(changed["CreatedAt"], made["CreatedAt"])
        pages = xray.get_paginator("get_sampling_rules").paginate()
        rules = [record["SamplingRule"] for page in pages for record in page["SamplingRuleRecords"]]
        self.assertEqual([rule["RuleName"] for rule in rules], ["Cruddur", "Default"])
        gone = xray.delete_sampling_rule(RuleARN=arn)["SamplingRuleRecord"]
        self.assertEqual(gone["SamplingRule"], changed["SamplingRule"])
        (default,) = xray.get_sampling_rules()["SamplingRuleRecords"]
        self.assertEqual(default["SamplingRule"]["Priority"], 10000)

    def test_refusals_are_those_of_the_service(self):
        xray = self.xray
        xray.create_sampling_rule(SamplingRule=RULE)
        create = xray.create_sampling_rule
        self.assert_refused("already exists", create, SamplingRule=RULE)
        # What the client lets through and the service has to find.
        for member, value in [
            ("Priority", 10000),
            ("FixedRate", 1.5),
            ("HTTPMethod", "x" * 11),
            ("URLPath", "x" * 129),
        ]:
            rule = {**RULE, "RuleName": "Other", member: value}
            path = f"samplingRule.{member[0].lower()}{member[1:]}"
            self.assert_invalid(path, create, SamplingRule=rule)
        self.assert_refused("does not exist", xray.delete_sampling_rule, RuleName="none")
        self.assert_refused("Default", xray.delete_sampling_rule, RuleName="Default")
        self.assert_refused(
            "Invalid update request for default sampling rule",
            xray.update_sampling_rule,
            SamplingRuleUpdate={"RuleName": "Default", "Priority": 1},
        )
        with self.assertRaises(ParamValidationError):
            create(SamplingRule=json.loads(MISSPELT)["SamplingRule"])

    def test_the_twenty_sixth_rule_is_over_the_limit(self):
        for number in range(25):
            self.xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": f"rule-{number}"})
        with self.assertRaises(self.xray.exceptions.RuleLimitExceededException):
            self.xray.create_sampling_rule(SamplingRule=RULE)

    def test_a_reservoir_is_shared_among_those_who_report(self):
        # A rule that was made a moment ago has no quota to share; the Default rule is always there.
        self.xray.update_sampling_rule(
            SamplingRuleUpdate={"RuleName": "Default", "FixedRate": 0.1, "ReservoirSize": 5}
        )

        def report(client_id, rule="Default"):
            return self.xray.get_sampling_targets(
                SamplingStatisticsDocuments=[
                    {
                        "RuleName": rule,
                        "ClientID": client_id * 24,
                        "Timestamp": time.time(),
                        "RequestCount": 3,
                        "SampledCount": 3,
                        "BorrowCount": 1,
                    }
                ]
            )

        (alone,) = report("a")["SamplingTargetDocuments"]
        self.assertEqual((alone["FixedRate"], alone["ReservoirQuota"]), (0.1, 5))
        report("b")
        quotas = [
            report(client_id)["SamplingTargetDocuments"][0]["ReservoirQuota"] for client_id in "ab"
        ]
        self.assertEqual(sorted(quotas), [2, 3])
        answer = report("a", rule="none")
        self.assertEqual(answer["SamplingTargetDocuments"], [])
        self.assertEqual(answer["UnprocessedStatistics"][0]["RuleName"], "none")


class Traces(WithStack):
    def test_a_trace_comes_back_as_it_was_sent(self):
        start = time.time() - 60
        root = segment(
            start, annotations={"handle": "andrew", "n": 3, "new": True}, user="andrew"
        )
        root["subsegments"] = [
            {"name": "mock-data", "id": secrets.token_hex(8), "start_time": start, "end_time": start + 0.1}
        ]
        child = segment(
            start + 0.1, name="api", trace_id=root["trace_id"], parent_id=root["id"], fault=True
        )
        self.assertEqual(self.put(root, child), [])
        (summary,) = self.summaries(StartTime=start - 1, EndTime=start + 1)
        self.assertEqual(summary["Id"], root["trace_id"])
        self.assertAlmostEqual(summary["Duration"], 0.6, places=3)
        self.assertAlmostEqual(summary["ResponseTime"], 0.5, places=3)
        self.assertEqual(summary["Http"]["HttpStatus"], 200)
        self.assertEqual(summary["EntryPoint"]["Name"], "backend-flask")
        self.assertFalse(summary["HasFault"], "the fault is not the root's")
        self.assertEqual(
            {key: values[0]["AnnotationValue"] for key, values in summary["Annotations"].items()},
            {
                "handle": {"StringValue": "andrew"},
                "n": {"NumberValue": 3.0},
                "new": {"BooleanValue": True},
            },
        )
        missing = trace_id(start)
        answer = self.xray.batch_get_traces(TraceIds=[root["trace_id"], missing])
        self.assertEqual(answer["UnprocessedTraceIds"], [], "what is not there is in no list")
        (trace,) = answer["Traces"]
        documents = {part["Id"]: json.loads(part["Document"]) for part in trace["Segments"]}
        self.assertEqual(documents, {root["id"]: root, child["id"]: child})

    def test_what_was_called_and_sent_nothing_has_a_segment(self):
        start = time.time() - 60
        call = {
            "name": "DynamoDB", "namespace": "aws", "id": secrets.token_hex(8),
            "start_time": start, "end_time": start + 0.1, "throttle": True, "error": True,
            "aws": {"operation": "Query", "table_name": "messages"},
        }
        root = segment(start, subsegments=[call], annotations={"a:b": 1, "plan": "free"})
        self.assertEqual(self.put(root), [])
        (trace,) = self.xray.batch_get_traces(TraceIds=[root["trace_id"]])["Traces"]
        _, made = (json.loads(part["Document"]) for part in trace["Segments"])
        self.assertEqual((made["inferred"], made["parent_id"]), (True, call["id"]))
        self.assertEqual(made["origin"], "AWS::DynamoDB::Table")
        (summary,) = self.summaries(StartTime=start - 1, EndTime=start + 1)
        types = {service.get("Type") for service in summary["ServiceIds"]}
        self.assertEqual(types, {None, "client", "AWS::DynamoDB::Table"})
        self.assertEqual(list(summary["Annotations"]), ["plan"])
        with self.assertRaises(self.xray.exceptions.InvalidRequestException) as caught:
            self.xray.batch_get_traces(TraceIds=[root["trace_id"]] * 2)
        self.assertEqual(caught.exception.response["Error"]["Message"], "Containing duplicate trace ids")

    def test_bad_documents_are_named_and_good_ones_kept(self):
        start = time.time() - 60
        good = segment(start)
        nameless = {key: value for key, value in segment(start).items() if key != "name"}
        odd_trace = segment(start, trace_id="5759e988bd862e3fe1be46a994272793")
        self.assertEqual(
            [(bad.get("Id"), bad["ErrorCode"]) for bad in self.put(nameless, good, odd_trace, [])],
            [
                (nameless["id"], "InvalidName"),
                (odd_trace["id"], "InvalidTraceId"),
                (None, "ParseError"),
            ],
        )
        found = self.summaries(StartTime=start - 1, EndTime=start + 1)
        self.assertEqual([summary["Id"] for summary in found], [good["trace_id"]])

    def test_filters_and_groups_choose_traces(self):
        start = time.time() - 60
        flask = segment(start)
        broken = segment(start, fault=True)
        broken["http"]["response"]["status"] = 500
        other = segment(start, name="frontend", annotations={"plan": "free"})
        self.put(flask, broken, other)
        self.xray.create_group(GroupName="Cruddur", FilterExpression='service("backend-flask")')

        def chosen(expression):
            found = self.summaries(
                StartTime=start - 1, EndTime=start + 1, FilterExpression=expression
            )
            return {summary["Id"] for summary in found}

        flask, broken, other = (document["trace_id"] for document in (flask, broken, other))
        self.assertEqual(chosen('service("backend-flask")'), {flask, broken})
        self.assertEqual(chosen('group.name = "Cruddur" AND fault'), {broken})
        self.assertEqual(chosen("http.status = 200"), {flask, other})
        self.assertEqual(chosen('annotation.plan = "free"'), {other})
        self.assertEqual(chosen("responsetime > 2"), set())
        self.assert_refused(
            "filter",
            self.xray.get_trace_summaries,
            StartTime=start,
            EndTime=start + 1,
            FilterExpression="service(",
        )

    def test_many_traces_come_in_pages_newest_first(self):
        start = int(time.time()) - 600
        documents = [segment(start + number) for number in range(250)]
        for first in range(0, len(documents), 50):
            self.assertEqual(self.put(*documents[first : first + 50]), [])
        found = self.summaries(StartTime=start, EndTime=start + 250)
        self.assertEqual(
            [summary["Id"] for summary in found],
            [document["trace_id"] for document in reversed(documents)],
        )

    def test_what_is_not_there_is_refused_in_the_service_s_way(self):
        start = time.time()
        self.assert_refused(
            "End time cannot be earlier than start time", self.xray.get_trace_summaries, StartTime=start, EndTime=start - 1
        )
        self.assert_refused("TraceIds", self.xray.batch_get_traces, TraceIds=["1-x"] * 6)

    def test_what_was_acknowledged_survives_a_power_cut(self):
        start = time.time() - 60
        self.xray.create_group(GroupName="Cruddur", FilterExpression="ok")
        self.xray.create_sampling_rule(SamplingRule=RULE)
        sent = [segment(start) for _ in range(20)]
        for document in sent:
            self.assertEqual(self.put(document), [])
        self.stack.kill()
        self.stack.start()
        self.xray = self.client()
        found = self.summaries(StartTime=start - 1, EndTime=start + 1)
        self.assertEqual(
            {summary["Id"] for summary in found}, {document["trace_id"] for document in sent}
        )
        self.assertEqual(self.xray.get_group(GroupName="Cruddur")["Group"]["GroupName"], "Cruddur")
        rules = self.xray.get_sampling_rules()["SamplingRuleRecords"]
        self.assertEqual(rules[0]["SamplingRule"]["RuleName"], "Cruddur")


class CommandLines(WithStack):
    """The AWS CLI and ours, one after the other, as the bootcamp's reader would."""

    def setUp(self):
        super().setUp()
        self.file = self.stack.folder / "xray.json"
        self.file.write_text(MISSPELT)

    def run_aws(self, *words):
        return subprocess.run(
            [AWS, "xray", *words, "--output", "json"],
            env=self.stack.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )

    def aws(self, *words):
        done = self.run_aws(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def cruddurctl(self, *words, **environment):
        """Runs our own tool over the stack's folder, without anybody's credentials."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        done = subprocess.run(
            [os.environ["CRUDDURCTL_BIN"], *words],
            env={**kept, "HOME": str(self.stack.folder), **environment},
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.stack.folder,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def assert_set_up(self):
        groups = {group["GroupName"]: group for group in self.aws("get-groups")["Groups"]}
        self.assertEqual(groups["Cruddur"]["FilterExpression"], 'service("backend-flask")')
        records = self.aws("get-sampling-rules")["SamplingRuleRecords"]
        (rule,) = [
            record["SamplingRule"]
            for record in records
            if record["SamplingRule"]["RuleName"] == "Cruddur"
        ]
        self.assertEqual({key: rule[key] for key in RULE}, RULE)

    def test_the_misspelt_file_fails_there_and_works_here(self):
        done = self.run_aws("create-sampling-rule", "--cli-input-json", f"file://{self.file}")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('Unknown parameter in SamplingRule: "ResevoirSize"', done.stderr)
        words = ("xray", "setup", "--rule-file", str(self.file))
        done = self.cruddurctl(*words, "--data-dir", self.stack.data)
        warnings = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
        self.assertEqual(
            warnings,
            [
                "warning: unknown key `ResourcesARN`, read as `ResourceARN`",
                "warning: unknown key `ResevoirSize`, read as `ReservoirSize`",
            ],
        )
        self.assertIn(f"{self.file}:4:5", done.stderr)
        self.assert_set_up()
        done = self.cruddurctl(*words, "--data-dir", self.stack.data)
        self.assertNotIn("+ create", done.stdout)
        self.assertNotIn("~", done.stdout)

    def test_the_cli_makes_a_rule_of_the_mended_file(self):
        self.cruddurctl("xray", "check", str(self.file), "--fix")
        self.aws("create-group", "--group-name", "Cruddur", "--filter-expression", 'service("backend-flask")')
        self.aws("create-sampling-rule", "--cli-input-json", f"file://{self.file}")
        self.assert_set_up()

    def test_setup_through_the_standard_endpoint_variable_is_seen_by_the_cli(self):
        done = self.cruddurctl("setup", "--yes", **self.stack.environment())
        self.assertIn("3 created", done.stderr)
        self.assert_set_up()
        logs = self.stack.client("logs")
        self.addCleanup(logs.close)
        (group,) = logs.describe_log_groups()["logGroups"]
        self.assertEqual((group["logGroupName"], group["retentionInDays"]), ("cruddur", 7))

    def test_the_cli_sends_a_segment_and_finds_it(self):
        start = time.time() - 60
        document = segment(start)
        self.aws("put-trace-segments", "--trace-segment-documents", json.dumps(document))
        words = ("--start-time", str(start - 1), "--end-time", str(start + 1))
        (summary,) = self.aws("get-trace-summaries", *words)["TraceSummaries"]
        self.assertEqual(summary["Id"], document["trace_id"])
        (trace,) = self.aws("batch-get-traces", "--trace-ids", document["trace_id"])["Traces"]
        self.assertEqual(json.loads(trace["Segments"][0]["Document"]), document)


if __name__ == "__main__":
    unittest.main()
