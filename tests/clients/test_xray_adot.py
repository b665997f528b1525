"""Sampling, judged by the remote sampler of AWS's OpenTelemetry distribution in 14 seconds of traffic."""

import subprocess
import time
import unittest
from pathlib import Path

import shapes
from stack import Stack

HERE = Path(__file__).parent
PYTHON = HERE / ".venv-adot" / "bin" / "python"


class RemoteSampler(unittest.TestCase):
    def test_a_quota_of_three_keeps_twenty_or_twenty_one_of_140(self):
        self.assertTrue(PYTHON.exists(), "tests/clients/setup.sh makes .venv-adot")
        stack = Stack()
        self.addCleanup(stack.stop)
        xray = stack.client("xray")
        self.addCleanup(xray.close)
        shapes.attach(self, xray)
        xray.create_sampling_rule(
            SamplingRule={
                "RuleName": "Cruddur",
                "ResourceARN": "*",
                "Priority": 1,
                "FixedRate": 0,
                "ReservoirSize": 5,
                "ServiceName": "backend-flask",
                "ServiceType": "*",
                "Host": "*",
                "HTTPMethod": "*",
                "URLPath": "*",
                "Version": 1,
            }
        )

        def report(requests):
            (target,) = xray.get_sampling_targets(
                SamplingStatisticsDocuments=[
                    {
                        "RuleName": "Cruddur",
                        "ClientID": "a" * 24,
                        "Timestamp": time.time(),
                        "RequestCount": requests,
                        "SampledCount": 0,
                        "BorrowCount": 0,
                    }
                ]
            )["SamplingTargetDocuments"]
            return target.get("ReservoirQuota")

        # The rule is new, and for some seconds has a rate and no quota.
        deadline = time.monotonic() + 30
        while report(0) is None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.5)
        # Alone it could have all; with one and a half requests a second it is content with two, and
        # the sampler, which has ten, gets the three that are left.
        self.assertEqual(report(0), 5)
        began = time.monotonic()
        sampler = subprocess.Popen(
            [PYTHON, HERE / "adot_traffic.py", stack.url], stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(sampler.stdout.close)
        self.addCleanup(sampler.wait)
        self.addCleanup(sampler.kill)
        lines = iter(sampler.stdout.readline, "")
        for line in lines:
            if line == "second 5\n":
                report(int(1.5 * (time.monotonic() - began)))
            if line.startswith("kept "):
                self.assertIn(int(line.removeprefix("kept ")), (20, 21))
                break
        else:
            self.fail("the sampler did not say what it kept")

        # What it reported after ten seconds: a request each tenth, one borrowed each second, under
        # its own name for it.
        # It is counted in the window in which it came, which can be read once it is over.
        deadline = time.monotonic() + 30
        borrowed = 0
        while not borrowed:
            self.assertLess(time.monotonic(), deadline)
            sums = xray.get_sampling_statistic_summaries()["SamplingStatisticSummaries"]
            borrowed = sum(summary["BorrowCount"] for summary in sums)
            time.sleep(0.2)
        self.assertIn(borrowed, (9, 10))
        self.assertEqual(sum(summary["SampledCount"] for summary in sums), borrowed)


if __name__ == "__main__":
    unittest.main()
