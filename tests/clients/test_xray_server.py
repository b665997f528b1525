"""X-Ray's settings, sampling targets and pages, judged by boto3, its model, and the AWS CLI."""

import json
import secrets
import subprocess
import sys
import time
import unittest
import urllib.request
from pathlib import Path

from botocore.exceptions import ClientError

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
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": ["xray:PutTraceSegments"],
                "Resource": "*",
            }
        ],
    }
)
UNKNOWN_INSIGHT = "a7d1c5e0-1f3b-4c2d-9e8f-0123456789ab"


class WithStack(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        self.xray = self.client()

    def client(self, region=REGION):
        client = self.stack.client("xray", region)
        self.addCleanup(client.close)
        shapes.attach(self, client)
        return client

    def assert_refused(self, code, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return caught.exception.response

    def until(self, status, ask):
        """Asks until the answer says `status`, and returns it."""
        deadline = time.monotonic() + 30
        while (answer := ask())["Status"] != status:
            self.assertLess(time.monotonic(), deadline, f"it stays {answer['Status']}")
        return answer


class Settings(WithStack):
    def test_encryption_is_updating_and_then_active(self):
        xray = self.xray
        ask = lambda: xray.get_encryption_config()["EncryptionConfig"]
        self.assertEqual(ask(), {"Type": "NONE", "Status": "ACTIVE"})
        put = xray.put_encryption_config(Type="KMS", KeyId="alias/mine")["EncryptionConfig"]
        self.assertEqual(put, {"Type": "KMS", "KeyId": "alias/mine", "Status": "UPDATING"})
        self.assertEqual(self.until("ACTIVE", ask)["KeyId"], "alias/mine")
        refuse = lambda **arguments: self.assert_refused(
            "InvalidRequestException", xray.put_encryption_config, **arguments
        )
        refuse(Type="KMS")
        for arguments in [{"Type": "AES"}, {"Type": "KMS", "KeyId": "x" * 3001}]:
            self.assert_refused("ValidationException", xray.put_encryption_config, **arguments)
        self.assertEqual(
            self.client("eu-west-1").get_encryption_config()["EncryptionConfig"]["Type"], "NONE"
        )

    def test_the_destination_is_pending_and_then_active(self):
        xray = self.xray
        ask = xray.get_trace_segment_destination
        self.assertEqual((ask()["Destination"], ask()["Status"]), ("XRay", "ACTIVE"))
        changed = xray.update_trace_segment_destination(Destination="CloudWatchLogs")
        self.assertEqual(
            (changed["Destination"], changed["Status"]), ("CloudWatchLogs", "PENDING")
        )
        self.assertEqual(self.until("ACTIVE", ask)["Destination"], "CloudWatchLogs")
        self.assert_refused(
            "ValidationException", xray.update_trace_segment_destination, Destination="S3"
        )
        elsewhere = self.client("eu-west-1").get_trace_segment_destination()
        self.assertEqual(elsewhere["Destination"], "XRay")

    def test_one_percent_is_indexed_unless_told_otherwise(self):
        xray = self.xray
        (rule,) = xray.get_indexing_rules()["IndexingRules"]
        self.assertEqual(rule["Name"], "Default")
        self.assertEqual(rule["Rule"]["Probabilistic"]["DesiredSamplingPercentage"], 1)
        wanted = {"Probabilistic": {"DesiredSamplingPercentage": 12.5}}
        changed = xray.update_indexing_rule(Name="Default", Rule=wanted)["IndexingRule"]
        self.assertEqual(changed["Rule"]["Probabilistic"]["DesiredSamplingPercentage"], 12.5)
        self.assertEqual(xray.get_indexing_rules()["IndexingRules"], [changed])
        refused = self.assert_refused(
            "ResourceNotFoundException", xray.update_indexing_rule, Name="Mine", Rule=wanted
        )
        self.assertEqual(refused["ResourceName"], "Mine")
        self.assertEqual(refused["ResponseMetadata"]["HTTPStatusCode"], 404)
        too_much = {"Probabilistic": {"DesiredSamplingPercentage": 101}}
        self.assert_refused(
            "InvalidRequestException", xray.update_indexing_rule, Name="Default", Rule=too_much
        )

    def test_policies_live_from_put_to_delete(self):
        xray = self.xray
        put = lambda **more: xray.put_resource_policy(
            **{"PolicyName": "one", "PolicyDocument": POLICY, **more}
        )
        first = put()["ResourcePolicy"]
        self.assertEqual(first["PolicyDocument"], POLICY)
        second = put(PolicyRevisionId=first["PolicyRevisionId"])["ResourcePolicy"]
        self.assertNotEqual(second["PolicyRevisionId"], first["PolicyRevisionId"])
        for number in range(4):
            put(PolicyName=f"{number}" + "n" * 127, PolicyRevisionId="0")
        pages = list(xray.get_paginator("list_resource_policies").paginate())
        names = [policy["PolicyName"] for page in pages for policy in page["ResourcePolicies"]]
        self.assertEqual(len(set(names)), 5)
        self.assertEqual(len(names), 5)
        deny = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "xray:*", "Resource": "*"}]}
        for code, more in [
            ("PolicyCountLimitExceededException", {"PolicyName": "six"}),
            ("InvalidPolicyRevisionIdException", {"PolicyRevisionId": "0"}),
            ("MalformedPolicyDocumentException", {"PolicyDocument": "no"}),
            ("PolicySizeLimitExceededException", {"PolicyDocument": POLICY + " " * 5120}),
            ("LockoutPreventionException", {"PolicyDocument": json.dumps(deny)}),
        ]:
            with self.subTest(code):
                self.assert_refused(code, put, **more)
        put(PolicyDocument=json.dumps(deny), BypassPolicyLockoutCheck=True)
        self.assert_refused(
            "InvalidPolicyRevisionIdException",
            xray.delete_resource_policy,
            PolicyName="one",
            PolicyRevisionId="1",
        )
        xray.delete_resource_policy(PolicyName="one")
        self.assert_refused("InvalidRequestException", xray.delete_resource_policy, PolicyName="one")
        self.assertEqual(self.client("eu-west-1").list_resource_policies()["ResourcePolicies"], [])

    def test_settings_survive_a_power_cut(self):
        self.xray.put_encryption_config(Type="KMS", KeyId="alias/mine")
        self.xray.update_trace_segment_destination(Destination="CloudWatchLogs")
        self.xray.put_resource_policy(PolicyName="one", PolicyDocument=POLICY)
        self.stack.kill()
        self.stack.start()
        xray = self.client()
        self.assertEqual(xray.get_encryption_config()["EncryptionConfig"]["KeyId"], "alias/mine")
        self.assertEqual(xray.get_trace_segment_destination()["Destination"], "CloudWatchLogs")
        (policy,) = xray.list_resource_policies()["ResourcePolicies"]
        self.assertEqual(policy["PolicyDocument"], POLICY)

    def test_there_are_no_insights(self):
        xray = self.xray
        now = time.time()
        times = {"StartTime": now - 60, "EndTime": now}
        self.assertEqual(
            xray.get_insight_summaries(GroupName="Default", **times)["InsightSummaries"], []
        )
        refuse = lambda call, **arguments: self.assert_refused(
            "InvalidRequestException", call, **arguments
        )
        refuse(xray.get_insight_summaries, GroupName="none", **times)
        refuse(xray.get_insight_summaries, **times)
        self.assert_refused(
            "ValidationException",
            xray.get_insight_summaries,
            GroupName="Default",
            States=["OPEN"],
            **times,
        )
        refuse(xray.get_insight, InsightId=UNKNOWN_INSIGHT)
        refuse(xray.get_insight_events, InsightId=UNKNOWN_INSIGHT)
        refuse(xray.get_insight_impact_graph, InsightId=UNKNOWN_INSIGHT, **times)

    def test_telemetry_is_added_up(self):
        record = {
            "Timestamp": time.time(),
            "SegmentsReceivedCount": 3,
            "BackendConnectionErrors": {"HTTPCode5XXCount": 1},
        }
        for _ in range(2):
            self.xray.put_telemetry_records(TelemetryRecords=[record, record], Hostname="one")
        with urllib.request.urlopen(self.stack.url + "/TelemetryRecords") as answer:
            (totals,) = json.load(answer)["TelemetryTotals"]
        self.assertEqual((totals["Hostname"], totals["RecordCount"]), ("one", 4))
        self.assertEqual(totals["SegmentsReceivedCount"], 12)
        self.assertEqual(totals["BackendConnectionErrors"]["HTTPCode5XXCount"], 4)
        self.assert_refused(
            "ValidationException",
            self.xray.put_telemetry_records,
            TelemetryRecords=[record],
            Hostname="x" * 256,
        )

    def test_traces_are_retrieved_in_two_steps(self):
        xray = self.xray
        start = time.time() - 60
        ids = [f"1-{int(start):08x}-{secrets.token_hex(12)}" for _ in range(7)]
        documents = {
            trace_id: {
                "name": "backend-flask",
                "id": secrets.token_hex(8),
                "trace_id": trace_id,
                "start_time": start,
                "end_time": start + 0.5,
            }
            for trace_id in ids
        }
        xray.put_trace_segments(
            TraceSegmentDocuments=[json.dumps(document) for document in documents.values()]
        )
        token = xray.start_trace_retrieval(
            TraceIds=ids, StartTime=start - 1, EndTime=start + 1
        )["RetrievalToken"]
        found, more = {}, {}
        while True:
            page = xray.list_retrieved_traces(RetrievalToken=token, **more)
            self.assertEqual(page["RetrievalStatus"], "COMPLETE")
            for trace in page["Traces"]:
                (span,) = trace["Spans"]
                found[trace["Id"]] = json.loads(span["Document"])
            if "NextToken" not in page:
                break
            more = {"NextToken": page["NextToken"]}
        self.assertEqual(found, documents)
        self.assert_refused(
            "InvalidRequestException",
            xray.list_retrieved_traces,
            RetrievalToken=token,
            TraceFormat="OTEL",
        )
        xray.cancel_trace_retrieval(RetrievalToken=token)
        page = xray.list_retrieved_traces(RetrievalToken=token)
        self.assertEqual((page["RetrievalStatus"], page["Traces"]), ("CANCELLED", []))
        self.assert_refused(
            "ResourceNotFoundException", xray.cancel_trace_retrieval, RetrievalToken="none"
        )
        self.assert_refused(
            "ResourceNotFoundException",
            self.client("eu-west-1").list_retrieved_traces,
            RetrievalToken=token,
        )


class Lists(WithStack):
    def test_paginators_turn_pages_and_end(self):
        xray = self.xray
        for number in range(25):
            xray.create_group(GroupName=f"g{number}", FilterExpression="ok")
            xray.create_sampling_rule(SamplingRule={**RULE, "RuleName": f"r{number}"})
        for operation, list_name, name in [
            ("get_groups", "Groups", lambda group: group["GroupName"]),
            ("get_sampling_rules", "SamplingRuleRecords", lambda record: record["SamplingRule"]["RuleName"]),
        ]:
            with self.subTest(operation):
                pages = list(xray.get_paginator(operation).paginate())
                # The service has no pages of groups.
                self.assertEqual(len(pages) > 1, operation != "get_groups")
                names = [name(element) for page in pages for element in page[list_name]]
                self.assertEqual(len(set(names)), 26)
                self.assertEqual(len(names), 26)
                self.assert_refused(
                    "InvalidRequestException", getattr(xray, operation), NextToken="nonsense"
                )

    def test_a_long_rule_name_is_refused_by_its_path(self):
        refused = self.assert_refused(
            "ValidationException",
            self.xray.create_sampling_rule,
            SamplingRule={**RULE, "RuleName": "x" * 33},
        )
        self.assertIn("at 'samplingRule.ruleName'", refused["Error"]["Message"])
        self.assertEqual(refused["ResponseMetadata"]["HTTPStatusCode"], 400)

    def test_what_is_no_operation_is_called_unknown(self):
        request = urllib.request.Request(
            self.stack.url + "/Nonsense",
            method="POST",
            data=b"{}",
            headers={"Authorization": f"AWS4-HMAC-SHA256 Credential=x/20261122/{REGION}/xray/aws4_request"},
        )
        with urllib.request.urlopen(request) as answer:
            kind = json.load(answer)["Output"]["__type"]
        self.assertEqual(kind, "com.amazon.coral.service#UnknownOperationException")


class Sampling(WithStack):
    def report(self, client_id, requests, rule="Cruddur", at=None, **more):
        return self.xray.get_sampling_targets(
            SamplingStatisticsDocuments=[
                {
                    "RuleName": rule,
                    "ClientID": client_id * 24,
                    "Timestamp": time.time() if at is None else at,
                    "RequestCount": requests,
                    "SampledCount": 2,
                    "BorrowCount": 1,
                }
            ],
            **more,
        )

    def test_a_boost_is_kept_and_shown_only_where_it_is_set(self):
        xray = self.xray
        boost = {"MaxRate": 0.5, "CooldownWindowMinutes": 10}
        plain = xray.create_sampling_rule(SamplingRule=RULE)["SamplingRuleRecord"]
        self.assertNotIn("SamplingRateBoost", plain["SamplingRule"])
        update = lambda **changes: xray.update_sampling_rule(
            SamplingRuleUpdate={"RuleName": "Cruddur", **changes}
        )["SamplingRuleRecord"]["SamplingRule"]
        self.assertEqual(update(SamplingRateBoost=boost)["SamplingRateBoost"], boost)
        # What an update leaves out stays, but not this.
        self.assertNotIn("SamplingRateBoost", update(Priority=3))
        self.assert_refused(
            "ValidationException", update, SamplingRateBoost={**boost, "MaxRate": 1.1}
        )
        other = {**RULE, "RuleName": "Other", "SamplingRateBoost": boost}
        made = xray.create_sampling_rule(SamplingRule=other)["SamplingRuleRecord"]
        self.assertEqual(made["SamplingRule"]["SamplingRateBoost"], boost)

    def test_reports_are_added_up_in_the_last_window_that_is_over_and_by_region(self):
        self.xray.create_sampling_rule(SamplingRule=RULE)
        for client_id, requests in [("a", 3), ("b", 4), ("b", 5)]:
            self.report(client_id, requests)
        deadline = time.monotonic() + 40
        while True:
            pages = self.xray.get_paginator("get_sampling_statistic_summaries").paginate()
            sums = [it for page in pages for it in page["SamplingStatisticSummaries"]]
            self.assertEqual([it["RuleName"] for it in sums], ["Cruddur", "Default"])
            self.assertEqual(sums[0]["Timestamp"].timestamp() % 10, 0)
            # The three may lie on both sides of a border between windows.
            if sums[0]["RequestCount"]:
                break
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)
        self.assertIn(sums[0]["RequestCount"], (12, 3, 7))
        elsewhere = self.client("eu-west-1").get_sampling_statistic_summaries()
        (default,) = elsewhere["SamplingStatisticSummaries"]
        self.assertEqual((default["RuleName"], default["RequestCount"]), ("Default", 0))

    def test_a_new_rule_has_a_rate_and_nothing_else(self):
        self.xray.create_sampling_rule(SamplingRule=RULE)
        (target,) = self.report("a", 3)["SamplingTargetDocuments"]
        self.assertEqual(target, {"RuleName": "Cruddur", "FixedRate": 0.1})

    def test_reports_of_any_time_are_taken_and_those_of_unknown_rules_are_named(self):
        for at in (time.time() - 3600, time.time() + 86_400):
            answer = self.report("a", 3, rule="Default", at=at)
            self.assertEqual(len(answer["SamplingTargetDocuments"]), 1)
            self.assertNotIn("UnprocessedBoostStatistics", answer)
        boost = {
            "RuleName": "none",
            "ServiceName": "backend-flask",
            "Timestamp": time.time(),
            "AnomalyCount": 1,
            "TotalCount": 1,
            "SampledAnomalyCount": 1,
        }
        answer = self.report(
            "a", 3, rule="Default", SamplingBoostStatisticsDocuments=[boost]
        )
        self.assertEqual(answer["UnprocessedStatistics"], [])
        (unknown,) = answer["UnprocessedBoostStatistics"]
        self.assertEqual(
            unknown, {"RuleName": "none", "ErrorCode": "400", "Message": "Unknown rule"}
        )
        self.assert_refused(
            "ValidationException",
            self.xray.get_sampling_targets,
            SamplingStatisticsDocuments=[],
            SamplingBoostStatisticsDocuments=[boost] * 26,
        )


class CommandLine(WithStack):
    """A call of each kind by the AWS CLI, which builds its requests in its own way."""

    def aws(self, *words):
        done = subprocess.run(
            [AWS, "xray", *words, "--output", "json"],
            env=self.stack.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def test_the_cli_sets_and_asks(self):
        aws = self.aws
        put = aws("put-encryption-config", "--type", "KMS", "--key-id", "alias/mine")
        self.assertEqual(put["EncryptionConfig"]["Status"], "UPDATING")
        self.assertEqual(aws("get-encryption-config")["EncryptionConfig"]["KeyId"], "alias/mine")
        words = ("--rule", "Probabilistic={DesiredSamplingPercentage=7}")
        aws("update-indexing-rule", "--name", "Default", *words)
        (rule,) = aws("get-indexing-rules")["IndexingRules"]
        self.assertEqual(rule["Rule"]["Probabilistic"]["DesiredSamplingPercentage"], 7)
        aws("put-resource-policy", "--policy-name", "one", "--policy-document", POLICY)
        (policy,) = aws("list-resource-policies")["ResourcePolicies"]
        self.assertEqual(policy["PolicyName"], "one")
        report = {
            "RuleName": "Default",
            "ClientID": "a" * 24,
            "Timestamp": int(time.time()),
            "RequestCount": 3,
            "SampledCount": 1,
        }
        words = ("--sampling-statistics-documents", json.dumps([report]))
        (target,) = aws("get-sampling-targets", *words)["SamplingTargetDocuments"]
        self.assertEqual((target["ReservoirQuota"], target["Interval"]), (1, 10))
        (summary,) = aws("get-sampling-statistic-summaries")["SamplingStatisticSummaries"]
        self.assertEqual(summary["RuleName"], "Default")


if __name__ == "__main__":
    unittest.main()
