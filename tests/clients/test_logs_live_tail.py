"""Live tails of the local CloudWatch Logs, judged by botocore and by the AWS CLI."""

import select
import subprocess
import unittest

from botocore.exceptions import ClientError

from shapes import of_value
from test_logs import AWS, WithStack, now_ms


class LiveTail(WithStack):
    """The address of a live tail begins with `stream-`, unless the client is told to leave that away."""

    def client(self, **config):
        return super().client(inject_host_prefix=False, **config)

    def setUp(self):
        super().setUp()
        self.with_stream()
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.arn = group["logGroupArn"]

    def tail(self, **asked):
        """Starts a live tail and returns its events; the first is `sessionStart`."""
        answer = self.logs.start_live_tail(**{"logGroupIdentifiers": [self.arn], **asked})
        stream = answer["responseStream"]
        self.addCleanup(stream.close)
        shape = self.logs.meta.service_model.shape_for("StartLiveTailResponseStream")
        for event in stream:
            self.assertEqual(of_value(shape, event), [])
            yield event

    def lines(self, events, count):
        """Returns the first `count` lines of a tail, with whatever else is told of them."""
        found = []
        for event in events:
            update = event["sessionUpdate"]
            self.assertLessEqual(len(update["sessionResults"]), 500)
            self.assertFalse(update["sessionMetadata"]["sampled"])
            found += update["sessionResults"]
            if len(found) >= count:
                return found
        self.fail(f"the tail ended after {len(found)} lines")

    def test_lines_arrive_with_all_that_is_known_of_them(self):
        self.put((now_ms(), "before the tail"))
        events = self.tail()
        start = next(events)["sessionStart"]
        self.assertEqual(start["logGroupIdentifiers"], [self.arn])
        self.assertTrue(start["sessionId"] and start["requestId"])
        at = now_ms()
        self.put((at, "one é"), (at + 1, "two"))
        one, two = self.lines(events, 2)
        self.assertGreaterEqual(one.pop("ingestionTime"), at)
        self.assertEqual(
            one,
            {"logStreamName": "s", "logGroupIdentifier": self.arn, "message": "one é", "timestamp": at},
        )
        self.assertEqual(two["message"], "two")

    def test_something_comes_when_nothing_happens(self):
        events = self.tail()
        next(events)
        for _ in range(2):
            self.assertEqual(next(events)["sessionUpdate"]["sessionResults"], [])

    def test_patterns_and_streams_choose(self):
        self.logs.create_log_stream(logGroupName="cruddur", logStreamName="t/1")
        by_pattern = self.tail(logEventFilterPattern="{ $.status >= 500 }")
        by_name = self.tail(logStreamNames=["s"])
        by_prefix = self.tail(logStreamNamePrefixes=["t/"])
        start = [next(events)["sessionStart"] for events in (by_pattern, by_name, by_prefix)]
        self.assertEqual(start[0]["logEventFilterPattern"], "{ $.status >= 500 }")
        self.assertEqual(start[1]["logStreamNames"], ["s"])
        self.assertEqual(start[2]["logStreamNamePrefixes"], ["t/"])
        self.put((now_ms(), '{"status": 200}'), stream="t/1")
        self.put((now_ms(), '{"status": 503}'), stream="s")
        self.put((now_ms(), '{"status": 504}'), stream="t/1")
        for events, expected in [
            (by_pattern, ["503", "504"]),
            (by_name, ["503"]),
            (by_prefix, ["200", "504"]),
        ]:
            found = [line["message"] for line in self.lines(events, len(expected))]
            self.assertEqual(found, [f'{{"status": {status}}}' for status in expected])

    def test_many_lines_come_in_updates_of_at_most_500(self):
        events = self.tail()
        next(events)
        self.put(*[(now_ms(), str(number)) for number in range(1_234)])
        found = [line["message"] for line in self.lines(events, 1_234)]
        self.assertEqual(found, [str(number) for number in range(1_234)])

    def test_several_groups_are_told_apart(self):
        self.logs.create_log_group(logGroupName="other")
        self.logs.create_log_stream(logGroupName="other", logStreamName="s")
        other = self.arn.replace(":cruddur", ":other")
        events = self.tail(logGroupIdentifiers=[self.arn, other])
        next(events)
        self.put((now_ms(), "here"))
        self.logs.put_log_events(
            logGroupName="other",
            logStreamName="s",
            logEvents=[{"timestamp": now_ms(), "message": "there"}],
        )
        found = [(line["logGroupIdentifier"], line["message"]) for line in self.lines(events, 2)]
        self.assertEqual(found, [(self.arn, "here"), (other, "there")])

    def test_what_is_wrong_is_said_before_the_stream_begins(self):
        for code, asked in [
            ("ResourceNotFoundException", {"logGroupIdentifiers": [self.arn + "x"]}),
            ("InvalidParameterException", {"logGroupIdentifiers": [self.arn + ":*"]}),
            ("InvalidParameterException", {"logGroupIdentifiers": ["cruddur"]}),
            ("InvalidParameterException", {"logEventFilterPattern": "{"}),
            ("InvalidParameterException", {"logGroupIdentifiers": [self.arn] * 11}),
            (
                "InvalidParameterException",
                {"logStreamNames": ["s"], "logGroupIdentifiers": [self.arn, self.arn]},
            ),
            (
                "InvalidParameterException",
                {"logStreamNames": ["s"], "logStreamNamePrefixes": ["s"]},
            ),
        ]:
            with self.subTest(asked), self.assertRaises(ClientError) as caught:
                list(self.tail(**asked))
            self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_a_stack_that_stops_says_so(self):
        events = self.tail()
        next(events)
        self.stack.rest()
        with self.assertRaises(ClientError) as caught:
            list(events)
        self.assertEqual(caught.exception.response["Error"]["Code"], "SessionStreamingException")


class Cli(WithStack):
    def test_the_cli_prints_lines_as_they_come(self):
        self.with_stream()
        (group,) = self.logs.describe_log_groups()["logGroups"]
        words = ["logs", "start-live-tail", "--log-group-identifiers", group["logGroupArn"]]
        tail = subprocess.Popen(
            [AWS, *words],
            env=self.stack.environment(AWS_DISABLE_HOST_PREFIX_INJECTION="true"),
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(tail.stdout.close)
        self.addCleanup(tail.wait)
        self.addCleanup(tail.kill)
        # What was put before the tail began is not told, so something is put until a line comes.
        while not select.select([tail.stdout], [], [], 0.2)[0]:
            self.assertIsNone(tail.poll())
            self.put((now_ms(), "hello from the stack"))
        self.assertIn("hello from the stack", tail.stdout.readline())


if __name__ == "__main__":
    unittest.main()
