"""CloudWatch Logs, judged by boto3, the AWS CLI and watchtower."""

import json
import logging
import subprocess
import sys
import time
import unittest
import warnings
from pathlib import Path

import watchtower
from botocore.exceptions import ClientError

import shapes
from stack import REGION, Stack

AWS = Path(sys.executable).with_name("aws")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def now_ms():
    return int(time.time() * 1000)


class WithStack(unittest.TestCase):
    """A stack of its own for each test, so that no test sees another's groups."""

    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        self.logs = self.client()

    def client(self, region=REGION, **config):
        """Returns a client of which every answer is held against the service's own model."""
        client = self.stack.client("logs", region, **config)
        shapes.attach(self, client)
        self.addCleanup(client.close)
        return client

    def with_stream(self):
        self.logs.create_log_group(logGroupName="cruddur")
        self.logs.create_log_stream(logGroupName="cruddur", logStreamName="s")

    def put(self, *lines, stream="s"):
        events = [{"timestamp": at, "message": message} for at, message in lines]
        return self.logs.put_log_events(
            logGroupName="cruddur", logStreamName=stream, logEvents=events
        )

    def messages(self, group="cruddur", **asked):
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group, **asked)
        return [event["message"] for page in pages for event in page["events"]]

    def assert_refused(self, code, text, call, **arguments):
        with self.assertRaises(ClientError) as caught:
            call(**arguments)
        error = caught.exception.response["Error"]
        self.assertEqual((error["Code"], error["Message"]), (code, text))
        self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 400)


class Boto3(WithStack):
    def test_a_group_lives_from_create_to_delete(self):
        self.logs.create_log_group(logGroupName="cruddur", tags={"week": "2"})
        self.logs.put_retention_policy(logGroupName="cruddur", retentionInDays=7)
        (group,) = self.logs.describe_log_groups(logGroupNamePrefix="crud")["logGroups"]
        self.assertEqual(group["retentionInDays"], 7)
        self.assertEqual(group["arn"], group["logGroupArn"] + ":*")
        tags = self.logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"]
        self.assertEqual(tags, {"week": "2"})
        self.logs.delete_retention_policy(logGroupName="cruddur")
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertNotIn("retentionInDays", group)
        self.logs.delete_log_group(logGroupName="cruddur")
        self.assertEqual(self.logs.describe_log_groups()["logGroups"], [])

    def test_refusals_are_those_of_the_service(self):
        self.with_stream()
        logs = self.logs
        self.assert_refused(
            "ResourceAlreadyExistsException",
            "The specified log group already exists",
            logs.create_log_group,
            logGroupName="cruddur",
        )
        self.assert_refused(
            "ResourceNotFoundException",
            "The specified log group does not exist.",
            logs.get_log_events,
            logGroupName="none",
            logStreamName="s",
        )
        self.assert_refused(
            "ResourceNotFoundException",
            "The specified log stream does not exist.",
            logs.put_log_events,
            logGroupName="cruddur",
            logStreamName="none",
            logEvents=[{"timestamp": now_ms(), "message": "x"}],
        )
        self.assert_refused(
            "InvalidParameterException",
            "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000",
            logs.filter_log_events,
            logGroupName="cruddur",
            limit=10001,
        )
        with self.assertRaises(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_stream(logGroupName="cruddur", logStreamName="s")
        with self.assertRaises(logs.exceptions.InvalidParameterException) as caught:
            logs.delete_metric_filter(logGroupName="cruddur", filterName="f")
        self.assertIn("DeleteMetricFilter", str(caught.exception))

    def test_groups_and_streams_come_in_pages(self):
        names = [f"group/{number:03}" for number in range(60)]
        for name in names:
            self.logs.create_log_group(logGroupName=name)
        pages = list(self.logs.get_paginator("describe_log_groups").paginate())
        found = [group["logGroupName"] for page in pages for group in page["logGroups"]]
        self.assertEqual((len(pages), found), (2, names))
        for name in names:
            self.logs.create_log_stream(logGroupName=names[0], logStreamName=name)
        pages = self.logs.get_paginator("describe_log_streams").paginate(logGroupName=names[0])
        found = [stream["logStreamName"] for page in pages for stream in page["logStreams"]]
        self.assertEqual(found, names)

    def test_lines_come_back_by_get_and_by_filter(self):
        self.with_stream()
        at = now_ms()
        answer = self.put((at, "one é"), (at, '{"status": 503}'), (at + 1, "three"))
        self.assertNotIn("rejectedLogEventsInfo", answer)
        self.assertEqual(self.messages(), ["one é", '{"status": 503}', "three"])
        self.assertEqual(self.messages(filterPattern="{ $.status >= 500 }"), ['{"status": 503}'])
        self.assertEqual(self.messages(startTime=at + 1, endTime=at + 1), ["three"])
        page = self.logs.get_log_events(
            logGroupName="cruddur", logStreamName="s", startTime=at, endTime=at + 1
        )
        self.assertEqual([event["message"] for event in page["events"]], ["one é", '{"status": 503}'])

    def test_reading_forward_ends_where_the_token_comes_back(self):
        self.with_stream()
        at = now_ms()
        self.put(*[(at, str(number)) for number in range(25)])
        read, token = [], {}
        while True:
            page = self.logs.get_log_events(
                logGroupName="cruddur", logStreamName="s", startFromHead=True, limit=10, **token
            )
            read += [event["message"] for event in page["events"]]
            if page["nextForwardToken"] == token.get("nextToken"):
                break
            token = {"nextToken": page["nextForwardToken"]}
        self.assertEqual(read, [str(number) for number in range(25)])

    def test_old_and_early_lines_are_turned_away_by_index(self):
        self.with_stream()
        at = now_ms()
        answer = self.put(
            (at - 15 * DAY_MS, "old"), (at - 15 * DAY_MS, "old"), (at, "x"), (at + 3 * HOUR_MS, "early")
        )
        self.assertEqual(
            answer["rejectedLogEventsInfo"],
            {"tooOldLogEventEndIndex": 2, "tooNewLogEventStartIndex": 3},
        )
        self.assertEqual(self.messages(), ["x"])

    def test_regions_are_kept_apart(self):
        self.with_stream()
        elsewhere = self.client(region="ca-central-1")
        self.assertEqual(elsewhere.describe_log_groups()["logGroups"], [])

    def test_what_was_acknowledged_survives_a_power_cut(self):
        self.with_stream()
        self.logs.put_retention_policy(logGroupName="cruddur", retentionInDays=7)
        at = now_ms()
        for number in range(50):
            self.put((at, str(number)))
        self.stack.kill()
        self.stack.start()
        self.logs = self.client()
        self.assertEqual(self.messages(), [str(number) for number in range(50)])
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertEqual(group["retentionInDays"], 7)


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

    def test_the_cli_makes_writes_and_reads(self):
        group = ("--log-group-name", "cruddur")
        stream = (*group, "--log-stream-name", "s")
        self.assertIsNone(self.aws("create-log-group", *group))
        self.assertIsNone(self.aws("put-retention-policy", *group, "--retention-in-days", "7"))
        self.assertIsNone(self.aws("create-log-stream", *stream))
        self.aws("put-log-events", *stream, "--log-events", f"timestamp={now_ms()},message=hello")
        (found,) = self.aws("describe-log-groups")["logGroups"]
        self.assertEqual((found["logGroupName"], found["retentionInDays"]), ("cruddur", 7))
        (found,) = self.aws("describe-log-streams", *group)["logStreams"]
        self.assertEqual(found["logStreamName"], "s")
        (found,) = self.aws("filter-log-events", *group, "--filter-pattern", "hell")["events"]
        self.assertEqual(found["message"], "hello")
        (found,) = self.aws("get-log-events", *stream)["events"]
        self.assertEqual(found["message"], "hello")
        self.assertIsNone(self.aws("delete-log-stream", *stream))
        self.assertIsNone(self.aws("delete-log-group", *group))
        self.assertEqual(self.aws("describe-log-groups")["logGroups"], [])


class Watchtower(WithStack):
    def logged(self, *messages, **arguments):
        """Logs through a handler and returns it closed, so that everything has been sent."""
        handler = watchtower.CloudWatchLogHandler(boto3_client=self.logs, **arguments)
        logger = logging.getLogger(self.id())
        logger.propagate = False
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
        try:
            for message in messages:
                logger.error(message)
        finally:
            logger.removeHandler(handler)
            handler.close()

    def test_lines_arrive_in_a_group_and_stream_that_were_missing(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.logged("one", {"two": 2}, log_group_name="cruddur", log_group_retention_days=7)
        self.assertEqual(self.messages(), ["one", '{"two": 2}'])
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertEqual(group["retentionInDays"], 7)

    def test_the_seeds_deprecated_argument_works_too(self):
        with self.assertWarns(DeprecationWarning):
            self.logged("test log", log_group="cruddur")
        self.assertEqual(self.messages(), ["test log"])

    def test_a_thousand_lines_all_arrive_in_order(self):
        lines = [f"line {number}" for number in range(1000)]
        self.logged(*lines, log_group_name="cruddur", log_stream_name="s")
        self.assertEqual(self.messages(), lines)


if __name__ == "__main__":
    unittest.main()
