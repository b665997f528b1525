"""Every operation of CloudWatch Logs, by boto3 and by the AWS CLI, and what is odd."""

import json
import subprocess
import time
import unittest
import unittest.mock
import urllib.request

import botocore.session
from botocore.exceptions import ClientError

import shapes
from test_logs import AWS, DAY_MS, HOUR_MS, WithStack, now_ms

GROUP_ARN = "arn:aws:logs:us-east-1:123456789012:log-group:cruddur"


class Operations(WithStack):
    def test_every_operation_of_the_model_answers_or_refuses_in_its_own_words(self):
        model = botocore.session.get_session().get_service_model("logs")
        self.assertGreater(len(model.operation_names), 100)
        for name in model.operation_names:
            request = urllib.request.Request(
                self.stack.url,
                data=b"{}",
                headers={"X-Amz-Target": f"Logs_20140328.{name}"},
            )
            with self.subTest(name):
                try:
                    answer = urllib.request.urlopen(request)
                except urllib.error.HTTPError as error:
                    answer = error
                with answer:
                    content = answer.read()
                    operation = model.operation_model(name)
                    # Without a name these refuse with an error that is not theirs; botocore does not ask so.
                    if name in ("ListTagsLogGroup", "UntagLogGroup"):
                        continue
                    faults = shapes.of_json_answer(operation, answer.status, answer.headers, content)
                    self.assertEqual(faults, [], content)
                    self.assertTrue(answer.status == 200 or b"validation error" in content
                                    or name.encode() in content or b"must be given" in content
                                    or b"exactly one" in content, content)

    def test_class_key_protection_and_tags_come_back(self):
        logs = self.logs
        logs.create_log_group(
            logGroupName="cruddur",
            logGroupClass="INFREQUENT_ACCESS",
            kmsKeyId="arn:aws:kms:us-east-1:123456789012:key/1",
            deletionProtectionEnabled=True,
            tags={"a": "1"},
        )
        (group,) = logs.describe_log_groups(logGroupClass="INFREQUENT_ACCESS")["logGroups"]
        self.assertEqual(group["kmsKeyId"], "arn:aws:kms:us-east-1:123456789012:key/1")
        self.assertTrue(group["deletionProtectionEnabled"])
        self.assertEqual(logs.describe_log_groups(logGroupClass="STANDARD")["logGroups"], [])
        with self.assertRaises(ClientError) as caught:
            logs.delete_log_group(logGroupName="cruddur")
        self.assertEqual(caught.exception.response["Error"]["Code"], "ValidationException")
        logs.put_log_group_deletion_protection(
            logGroupIdentifier=GROUP_ARN, deletionProtectionEnabled=False
        )
        logs.disassociate_kms_key(logGroupName="cruddur")
        logs.associate_kms_key(resourceIdentifier=GROUP_ARN, kmsKeyId="another")
        logs.tag_log_group(logGroupName="cruddur", tags={"b": "2"})
        logs.untag_resource(resourceArn=GROUP_ARN, tagKeys=["a"])
        logs.tag_resource(resourceArn=GROUP_ARN, tags={"c": "3"})
        logs.untag_log_group(logGroupName="cruddur", tags=["b"])
        self.assertEqual(logs.list_tags_log_group(logGroupName="cruddur")["tags"], {"c": "3"})
        self.assertEqual(logs.list_tags_for_resource(resourceArn=GROUP_ARN)["tags"], {"c": "3"})
        (group,) = logs.describe_log_groups(logGroupIdentifiers=[GROUP_ARN])["logGroups"]
        self.assertEqual(group["kmsKeyId"], "another")
        with self.assertRaises(logs.exceptions.InvalidOperationException):
            self.client(inject_host_prefix=False).start_live_tail(logGroupIdentifiers=[GROUP_ARN])
        with self.assertRaises(logs.exceptions.TooManyTagsException):
            logs.tag_resource(resourceArn=GROUP_ARN, tags={str(n): "x" for n in range(50)})
        logs.delete_log_group(logGroupName="cruddur")

    def test_groups_are_listed_and_metric_filters_tested(self):
        for name in ("cruddur", "/aws/lambda/a", "/aws/lambda/b"):
            self.logs.create_log_group(logGroupName=name)
        names, token = [], {}
        while token is not None:
            page = self.logs.list_log_groups(logGroupNamePattern="^/aws|udd", limit=2, **token)
            names += [group["logGroupName"] for group in page["logGroups"]]
            token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
        self.assertEqual(names, ["/aws/lambda/a", "/aws/lambda/b", "cruddur"])
        tested = self.logs.test_metric_filter(
            filterPattern="[..., status = 5*, bytes]", logEventMessages=["GET /a 200 1", "GET /b 503 2"]
        )
        (match,) = tested["matches"]
        self.assertEqual(match["eventNumber"], 2)
        expected = {"$1": "GET", "$2": "/b", "$status": "503", "$bytes": "2"}
        self.assertEqual(match["extractedValues"], expected)

    def test_an_arn_that_ends_in_a_star_is_taken_by_keys_only(self):
        self.with_stream()
        arn = f"{GROUP_ARN}:*"
        self.logs.associate_kms_key(resourceIdentifier=arn, kmsKeyId="key")
        expected = (
            "1 validation error detected: Value at 'logGroupIdentifier' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\w#+=/:,.@-]*"
        )
        for ask in (
            lambda: self.logs.describe_log_streams(logGroupIdentifier=arn),
            lambda: self.logs.get_log_events(logGroupIdentifier=arn, logStreamName="s"),
            lambda: self.logs.filter_log_events(logGroupIdentifier=arn),
        ):
            with self.assertRaises(ClientError) as caught:
                ask()
            error = caught.exception.response["Error"]
            self.assertEqual((error["Code"], error["Message"]), ("InvalidParameterException", expected))

    def test_streams_are_described_by_their_newest_line(self):
        self.with_stream()
        self.logs.create_log_stream(logGroupName="cruddur", logStreamName="t")
        at = now_ms()
        self.put((at - HOUR_MS, "a"), (at, "b"), stream="s")
        self.put((at - 5, "c"), stream="t")
        found = self.logs.describe_log_streams(
            logGroupIdentifier=GROUP_ARN, orderBy="LastEventTime", descending=True
        )["logStreams"]
        times = [(it["logStreamName"], it["firstEventTimestamp"], it["lastEventTimestamp"]) for it in found]
        self.assertEqual(times, [("s", at - HOUR_MS, at), ("t", at - 5, at - 5)])
        self.assertTrue(all(it["lastIngestionTime"] >= at for it in found))
        self.assertEqual([it["storedBytes"] for it in found], [0, 0])
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertEqual(group["storedBytes"], 3 * 27)

    def test_what_has_expired_is_not_read(self):
        self.with_stream()
        at = now_ms()
        self.put((at - DAY_MS // 2, "kept"))
        self.put((at - 2 * DAY_MS, "two days old"), stream="s")
        self.logs.put_retention_policy(logGroupName="cruddur", retentionInDays=1)
        self.assertEqual(self.messages(), ["kept"])
        answer = self.put((at - DAY_MS - HOUR_MS, "expired"), (at - DAY_MS // 2, "also kept"))
        self.assertEqual(answer["rejectedLogEventsInfo"], {"expiredLogEventEndIndex": 1})
        page = self.logs.get_log_events(logGroupName="cruddur", logStreamName="s", startFromHead=True)
        self.assertEqual([event["message"] for event in page["events"]], ["kept", "also kept"])
        (stream,) = self.logs.describe_log_streams(logGroupName="cruddur")["logStreams"]
        self.assertEqual(stream["firstEventTimestamp"], at - DAY_MS // 2)

    def test_a_query_runs_from_start_to_results(self):
        self.with_stream()
        at = now_ms()
        lines = [json.dumps({"status": status, "route": "/api"}) for status in (200, 500, 200)]
        self.put(*[(at, line) for line in lines])
        now = int(time.time())
        asked = {"logGroupName": "cruddur", "startTime": now - 600, "endTime": now + 600}
        query = self.logs.start_query(queryString="stats count(*) as n by status | sort n desc", **asked)
        results = self.logs.get_query_results(queryId=query["queryId"])
        rows = [{pair["field"]: pair["value"] for pair in row} for row in results["results"]]
        self.assertEqual(rows, [{"status": "200", "n": "2"}, {"status": "500", "n": "1"}])
        self.assertEqual((results["status"], results["statistics"]["recordsScanned"]), ("Complete", 3.0))
        (described,) = self.logs.describe_queries(logGroupName="cruddur")["queries"]
        self.assertEqual(described["queryId"], query["queryId"])
        query = self.logs.start_query(queryString="fields @message | limit 1", **asked)
        self.assertEqual(self.logs.stop_query(queryId=query["queryId"]), {"success": True, "ResponseMetadata": unittest.mock.ANY})
        query = self.logs.start_query(queryString="fields @message | limit 1", **asked)
        self.assertEqual(
            self.logs.list_log_groups_for_query(queryId=query["queryId"])["logGroupIdentifiers"], ["cruddur"]
        )
        (row,) = self.logs.get_query_results(queryId=query["queryId"])["results"]
        pointer = {pair["field"]: pair["value"] for pair in row}["@ptr"]
        record = self.logs.get_log_record(logRecordPointer=pointer)["logRecord"]
        self.assertEqual((record["@message"], record["status"]), (lines[2], "200"))
        with self.assertRaises(self.logs.exceptions.MalformedQueryException) as caught:
            self.logs.start_query(queryString="fields @message | anomaly", **asked)
        location = caught.exception.response["queryCompileError"]["location"]
        self.assertEqual(location, {"startCharOffset": 18, "endCharOffset": 25})

    def test_pages_of_get_end_where_the_same_token_comes_back_both_ways(self):
        self.with_stream()
        at = now_ms()
        self.put(*[(at + number // 4, str(number)) for number in range(23)])
        for way, expected in [("nextForwardToken", list(range(23))), ("nextBackwardToken", None)]:
            read, token = [], {}
            while True:
                page = self.logs.get_log_events(
                    logGroupName="cruddur",
                    logStreamName="s",
                    startFromHead=way == "nextForwardToken",
                    limit=7,
                    **token,
                )
                for name in ("nextForwardToken", "nextBackwardToken"):
                    self.assertRegex(page[name], r"^[fb]/\d{56}$")
                lines = [int(event["message"]) for event in page["events"]]
                read = read + lines if expected else lines + read
                if page[way] == token.get("nextToken"):
                    break
                token = {"nextToken": page[way]}
            self.assertEqual(read, list(range(23)), way)


class Odd(WithStack):
    """What no sender should send: it is kept as it is, or refused in a sentence, and the stack goes on."""

    def raw(self, body, operation="PutLogEvents"):
        request = urllib.request.Request(
            self.stack.url, data=body, headers={"X-Amz-Target": f"Logs_20140328.{operation}"}
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def test_odd_texts_come_back_the_same(self):
        self.with_stream()
        at = now_ms()
        lines = ["nul \0 in it", "two\nlines\r\n", "\u2028 \U0001f980 é", "\x1b[31mred\x1b[0m", " ", "x" * (1 << 20)]
        lines[-1] = "x" * ((1 << 20) - 26)
        for line in lines:
            self.put((at, line))
        self.assertEqual(self.messages(), lines)
        self.assertEqual(self.messages(filterPattern='"nul \0 in"'), lines[:1])
        page = self.logs.get_log_events(logGroupName="cruddur", logStreamName="s", startFromHead=True)
        self.assertEqual([event["message"] for event in page["events"]], lines[:5])

    def test_broken_requests_are_refused_and_nothing_of_them_is_kept(self):
        self.with_stream()
        at = now_ms()
        start = b'{"logGroupName":"cruddur","logStreamName":"s","logEvents":[{"timestamp":%d,"message":' % at
        for body in [
            start + b'"\xff\xfe"}]}',
            start + b'"\xed\xa0\x80"}]}',
            start + b'"\\ud800"}]}',
            start + b'"never ends',
            start + b"7}]}",
            start + b"null}]}",
            b"[" * 100_000,
            b"\0" * 1000,
            b"",
            b"null",
            b"[]",
        ]:
            with self.subTest(body[-20:]):
                status, content = self.raw(body)
                self.assertEqual(status, 400, content)
                error = json.loads(content)
                self.assertIn(error["__type"], ("SerializationException", "InvalidParameterException"))
                self.assertTrue(error["message"])
        self.assertEqual(self.messages(), [])

    def test_too_much_at_once_is_refused(self):
        self.with_stream()
        at = now_ms()
        for lines, says in [
            (["x" * ((1 << 20) - 25)], "Log event too large: 1048577 bytes exceeds limit of 1048576"),
            (["x" * 600_000] * 2, "Upload too large: 1200052 bytes exceeds limit of 1048576"),
            (["x"] * 10_001, "less than or equal to 10000"),
        ]:
            events = [{"timestamp": at, "message": line} for line in lines]
            body = {"logGroupName": "cruddur", "logStreamName": "s", "logEvents": events}
            status, content = self.raw(json.dumps(body).encode())
            self.assertEqual(status, 400)
            self.assertIn(says, json.loads(content)["message"])
        self.assertEqual(self.messages(), [])

    def test_names_that_cannot_be_are_refused_in_the_services_words(self):
        self.with_stream()
        constraint = "failed to satisfy constraint: Member must satisfy regular expression pattern: "
        for name in ["a:b", "*", "a*b"]:
            self.assert_refused(
                "InvalidParameterException",
                f"1 validation error detected: Value at 'logStreamName' {constraint}[^:*]*",
                self.logs.create_log_stream,
                logGroupName="cruddur",
                logStreamName=name,
            )
        for name in ["a b", "é", "a\0b", "a:b"]:
            self.assert_refused(
                "InvalidParameterException",
                f"1 validation error detected: Value at 'logGroupName' {constraint}"
                r"[\.\-_/#A-Za-z0-9]+",
                self.logs.create_log_group,
                logGroupName=name,
            )
        for stream in ["$LATEST]x[", "0123456789abcdef", "a/b c", "é"]:
            self.logs.create_log_stream(logGroupName="cruddur", logStreamName=stream)
            self.put((now_ms(), stream), stream=stream)
            self.assertEqual(self.messages(logStreamNames=[stream]), [stream])


class Cli(WithStack):
    def aws(self, *words):
        done = subprocess.run(
            [AWS, "logs", *words, "--output", "json"],
            env=self.stack.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def test_the_cli_sets_a_group_up_and_queries_it(self):
        group = ("--log-group-name", "cruddur")
        self.aws("create-log-group", *group, "--tags", "week=2", "--deletion-protection-enabled")
        self.aws("create-log-stream", *group, "--log-stream-name", "s")
        self.aws("associate-kms-key", *group, "--kms-key-id", "k")
        self.aws("disassociate-kms-key", *group)
        self.aws("tag-resource", "--resource-arn", GROUP_ARN, "--tags", "a=b")
        self.aws("untag-log-group", *group, "--tags", "week")
        self.assertEqual(self.aws("list-tags-for-resource", "--resource-arn", GROUP_ARN), {"tags": {"a": "b"}})
        self.assertEqual(self.aws("list-tags-log-group", *group), {"tags": {"a": "b"}})
        at = now_ms()
        self.put((at, "hello"))
        window = ("--start-time", str(at // 1000 - 60), "--end-time", str(at // 1000 + 60))
        query = ("--query-id", self.aws("start-query", *group, *window, "--query-string", "display @message")["queryId"])
        results = self.aws("get-query-results", *query)
        self.assertEqual(results["results"][0][0], {"field": "@message", "value": "hello"})
        self.assertEqual(len(self.aws("describe-queries")["queries"]), 1)
        another = self.aws("start-query", *group, *window, "--query-string", "stats count(*)")["queryId"]
        self.assertEqual(self.aws("stop-query", "--query-id", another), {"success": True})
        self.aws(
            "put-log-group-deletion-protection",
            "--log-group-identifier", "cruddur",
            "--no-deletion-protection-enabled",
        )
        self.aws("put-retention-policy", *group, "--retention-in-days", "1")
        self.aws("delete-retention-policy", *group)
        self.aws("delete-log-group", *group)


if __name__ == "__main__":
    unittest.main()
