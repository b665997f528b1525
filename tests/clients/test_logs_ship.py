"""`cruddurctl logs ship`, judged by boto3: what was shipped is read back, all of it and in order."""

import json
import os
import subprocess
import time
import unittest

from stack import Stack


class Ship(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        self.logs = self.stack.client("logs")
        self.addCleanup(self.logs.close)

    def ship(self, text, *words, code=0):
        """Ships text through a pipe and returns what became of it."""
        done = subprocess.run(
            [os.environ["CRUDDURCTL_BIN"], "logs", "ship", "--output", "json", *words],
            input=text if isinstance(text, bytes) else text.encode(),
            capture_output=True,
            timeout=120,
            env=self.stack.environment(CRUDDUR_DATA_DIR=str(self.stack.folder / "sink")),
        )
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)

    def read_back(self, group, stream):
        """Reads a stream from its beginning, page by page."""
        read, token = [], {}
        while True:
            page = self.logs.get_log_events(
                logGroupName=group, logStreamName=stream, startFromHead=True, **token
            )
            read += page["events"]
            if page["nextForwardToken"] == token.get("nextToken"):
                return read
            token = {"nextToken": page["nextForwardToken"]}

    def test_lines_come_back_all_and_in_order(self):
        lines = [f"{number} \N{CRAB} {'x' * (number % 500)}" for number in range(25_000)]
        begun = int(time.time() * 1000)
        shipped = self.ship("\n".join(lines) + "\n", "--stream", "web/1")
        self.assertEqual((shipped["accepted"], shipped["delivered"]), (25_000, 25_000))
        events = self.read_back("cruddur", "web/1")
        self.assertEqual([event["message"] for event in events], lines)
        times = [event["timestamp"] for event in events]
        self.assertEqual(times, sorted(times))
        self.assertTrue(begun <= times[0] and times[-1] <= int(time.time() * 1000))

    def test_group_and_stream_are_made_once_and_used_again(self):
        self.ship("one\n", "--group", "/ecs/web", "--stream", "s", "--retention-days", "3")
        self.ship("two\n", "--group", "/ecs/web", "--stream", "s")
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertEqual((group["logGroupName"], group["retentionInDays"]), ("/ecs/web", 3))
        (stream,) = self.logs.describe_log_streams(logGroupName="/ecs/web")["logStreams"]
        self.assertEqual(stream["logStreamName"], "s")
        messages = [event["message"] for event in self.read_back("/ecs/web", "s")]
        self.assertEqual(messages, ["one", "two"])

    def test_json_lines_keep_their_own_times_and_are_sorted_by_them(self):
        now = int(time.time() * 1000)
        lines = [json.dumps({"timestamp": now - back, "back": back}) for back in (0, 5_000, 1_000)]
        self.ship("\n".join(lines), "--stream", "s", "--json")
        events = self.read_back("cruddur", "s")
        self.assertEqual([event["timestamp"] for event in events], [now - 5_000, now - 1_000, now])
        self.assertEqual([json.loads(event["message"])["back"] for event in events], [5_000, 1_000, 0])

    def test_lines_of_three_days_come_in_batches_of_a_day_at_the_most(self):
        now = int(time.time() * 1000)
        hours = list(range(72, -1, -1))
        lines = [json.dumps({"at": (now - hour * 3_600_000) / 1000, "hour": hour}) for hour in hours]
        shipped = self.ship(
            "\n".join(lines), "--stream", "s", "--json", "--timestamp-field", "at"
        )
        self.assertEqual((shipped["delivered"], shipped["rejected"]), (73, 0))
        events = self.read_back("cruddur", "s")
        self.assertEqual([json.loads(event["message"])["hour"] for event in events], hours)

    def test_lines_outside_of_what_the_service_takes_are_counted_by_reason(self):
        now = int(time.time() * 1000)
        days = [20, 10, 1, -1]
        lines = [json.dumps({"timestamp": now - day * 86_400_000}) for day in days]
        shipped = self.ship("\n".join(lines), "--stream", "s", "--json", code=1)
        self.assertEqual((shipped["delivered"], shipped["rejected"]), (1, 3))
        reasons = {entry["reason"]: entry["lines"] for entry in shipped["rejected_by_reason"]}
        self.assertEqual(
            reasons,
            {
                "more than 14 days old": 1,
                "older than the group keeps lines": 1,
                "more than 2 hours ahead": 1,
            },
        )
        self.assertEqual(len(self.read_back("cruddur", "s")), 1)

    def test_what_waited_for_a_killed_stack_arrives_when_it_is_back(self):
        address = self.stack.url
        self.stack.kill()
        lines = [f"line {number}" for number in range(15_000)]
        shipped = self.ship("\n".join(lines), "--stream", "s", "--patience", "1s")
        self.assertEqual((shipped["delivered"], shipped["spooled"]), (0, 15_000))
        self.stack.start_at(address)
        shipped = self.ship("", "--drain")
        self.assertEqual((shipped["from_before"], shipped["delivered"]), (15_000, 15_000))
        events = self.read_back("cruddur", "s")
        self.assertEqual([event["message"] for event in events], lines)

    def test_the_region_is_the_environments(self):
        self.ship("here\n", "--stream", "s")
        elsewhere = self.stack.client("logs", "ca-central-1")
        self.addCleanup(elsewhere.close)
        self.assertEqual(elsewhere.describe_log_groups()["logGroups"], [])
        self.assertEqual(len(self.logs.describe_log_groups()["logGroups"]), 1)


if __name__ == "__main__":
    unittest.main()
