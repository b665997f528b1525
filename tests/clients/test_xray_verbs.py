"""The verbs of `xray` and `logs`, beside what AWS's own clients make and see."""

import json
import os
import subprocess
import unittest
from pathlib import Path

from stack import REGION, Stack
from test_xray import AWS, MISSPELT, RULE

WHOLE = {
    "SamplingRules": [
        {**RULE, "RuleName": "home", "Priority": 10, "URLPath": "/api/activities/home"},
        {
            "SamplingRule": {
                **RULE,
                "RuleName": "rest",
                "SamplingRateBoost": {"MaxRate": 0.5, "CooldownWindowMinutes": 5},
            },
            "Tags": [{"Key": "team", "Value": "a"}],
        },
    ],
    "Groups": [
        {
            "GroupName": "slow",
            "FilterExpression": "responsetime > 1",
            "InsightsConfiguration": {"InsightsEnabled": True, "NotificationsEnabled": True},
            "Tags": [{"Key": "team", "Value": "a"}],
        }
    ],
}


class Verbs(unittest.TestCase):
    """A stack that stands where AWS does, as the standard variables say."""

    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        self.xray = self.stack.client("xray")
        self.addCleanup(self.xray.close)
        self.logs = self.stack.client("logs")
        self.addCleanup(self.logs.close)
        self.folder = Path(self.stack.folder)

    def run_ours(self, *words, code=0):
        done = subprocess.run(
            [os.environ["CRUDDURCTL_BIN"], *words],
            env={**self.stack.environment(), "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
        )
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done

    def write(self, name, content):
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        (self.folder / name).write_text(text)
        return name

    def rule(self, name):
        pages = self.xray.get_paginator("get_sampling_rules").paginate()
        rules = [it["SamplingRule"] for page in pages for it in page["SamplingRuleRecords"]]
        return next((rule for rule in rules if rule["RuleName"] == name), None)

    def tags(self, arn):
        found = self.xray.list_tags_for_resource(ResourceARN=arn)["Tags"]
        return {tag["Key"]: tag["Value"] for tag in found}

    def test_the_misspelt_file_fails_there_and_is_set_up_here_with_two_warnings(self):
        name = self.write("xray.json", MISSPELT)
        theirs = subprocess.run(
            [AWS, "xray", "create-sampling-rule", "--cli-input-json", f"file://{self.folder / name}"],
            env=self.stack.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertNotEqual(theirs.returncode, 0)
        for missing in ("ResourceARN", "ReservoirSize"):
            self.assertIn(f'Missing required parameter in SamplingRule: "{missing}"', theirs.stderr)
        for unknown in ("ResourcesARN", "ResevoirSize"):
            self.assertIn(f'Unknown parameter in SamplingRule: "{unknown}"', theirs.stderr)
        self.assertIsNone(self.rule("Cruddur"))

        ours = self.run_ours("xray", "setup", "--file", name, "--yes")
        warnings = [line for line in ours.stderr.splitlines() if line.startswith("warning: ")]
        self.assertEqual(
            warnings,
            [
                "warning: unknown key `ResourcesARN`, read as `ResourceARN`",
                "warning: unknown key `ResevoirSize`, read as `ReservoirSize`",
            ],
        )
        rule = self.rule("Cruddur")
        self.assertEqual({key: rule[key] for key in RULE}, RULE)
        self.assertEqual(self.tags(rule["RuleARN"]), {"managed-by": "cruddurctl"})

    def test_check_says_in_json_what_the_cli_only_complains_about(self):
        name = self.write("xray.json", MISSPELT)
        done = self.run_ours("xray", "check", name, "--output", "json", code=6)
        found = [(it["line"], it["column"], it["severity"]) for it in json.loads(done.stdout)["findings"]]
        self.assertEqual(found, [(4, 5, "warning"), (7, 5, "warning")])

    def test_a_file_of_several_is_seen_by_boto3_as_it_was_written(self):
        name = self.write("all.json", WHOLE)
        self.run_ours("xray", "setup", "--file", name, "--tag", "week=2", "--yes")
        self.assertEqual(self.rule("home")["URLPath"], "/api/activities/home")
        boost = self.rule("rest")["SamplingRateBoost"]
        self.assertEqual(boost, {"MaxRate": 0.5, "CooldownWindowMinutes": 5})
        owned = {"managed-by": "cruddurctl", "week": "2"}
        self.assertEqual(self.tags(self.rule("home")["RuleARN"]), owned)
        group = self.xray.get_group(GroupName="slow")["Group"]
        insights = {"InsightsEnabled": True, "NotificationsEnabled": True}
        self.assertEqual(group["InsightsConfiguration"], insights)
        self.assertEqual(self.tags(group["GroupARN"]), {**owned, "team": "a"})

        # What somebody changes by hand is seen, and is brought back.
        self.xray.update_group(
            GroupName="slow",
            FilterExpression=group["FilterExpression"],
            InsightsConfiguration={"InsightsEnabled": True, "NotificationsEnabled": False},
        )
        planned = self.run_ours("xray", "plan", "--file", name, "--detailed-exitcode", code=2)
        self.assertIn("notifications_enabled: false -> true", planned.stdout)
        self.run_ours("xray", "setup", "--file", name, "--yes")
        self.run_ours("xray", "status", "--file", name, "--tag", "week=2")
        self.run_ours("xray", "teardown", "--file", name, "--yes")
        self.assertIsNone(self.rule("home"))

    def test_what_the_cli_and_boto3_made_is_taken_over_only_on_request(self):
        self.xray.create_sampling_rule(SamplingRule={**RULE, "FixedRate": 0.2})
        made = subprocess.run(
            [AWS, "xray", "create-group", "--group-name", "Cruddur", "--filter-expression", "fault"],
            env=self.stack.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertEqual(made.returncode, 0, made.stderr)
        self.logs.create_log_group(logGroupName="cruddur", tags={"managed-by": "terraform"})

        refused = self.run_ours("setup", "--yes", code=1)
        self.assertIn("something is not ours", refused.stderr)
        kept = self.run_ours("teardown", "--yes")
        self.assertEqual(kept.stdout.count("! not ours"), 3, kept.stdout)
        self.assertEqual(self.rule("Cruddur")["FixedRate"], 0.2)
        self.assertEqual(self.xray.get_group(GroupName="Cruddur")["Group"]["FilterExpression"], "fault")
        self.assertEqual(len(self.logs.describe_log_groups()["logGroups"]), 1)

        self.run_ours("setup", "--adopt", "--yes")
        self.run_ours("status")
        rule = self.rule("Cruddur")
        self.assertEqual((rule["FixedRate"], self.tags(rule["RuleARN"])), (0.1, {"managed-by": "cruddurctl"}))
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertEqual(group["retentionInDays"], 7)
        self.run_ours("teardown", "--yes")
        self.assertEqual(self.logs.describe_log_groups()["logGroups"], [])

    def test_a_log_group_is_as_asked_and_the_clients_agree(self):
        key = f"arn:aws:kms:{REGION}:123456789012:key/a"
        words = ("logs", "setup", "--class", "infrequent-access", "--kms-key", key)
        self.run_ours(*words, "--deletion-protection", "--tag", "team=a", "--yes")
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertEqual(
            (group["logGroupClass"], group["kmsKeyId"], group["deletionProtectionEnabled"]),
            ("INFREQUENT_ACCESS", key, True),
        )
        tags = self.logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"]
        self.assertEqual(tags, {"managed-by": "cruddurctl", "team": "a"})

        self.logs.disassociate_kms_key(logGroupName="cruddur")
        self.logs.put_log_group_deletion_protection(
            logGroupIdentifier="cruddur", deletionProtectionEnabled=False
        )
        planned = self.run_ours(*words[:1], "plan", *words[2:], "--deletion-protection")
        self.assertIn(f"kms_key: none -> {key}", planned.stdout)
        self.assertIn("deletion_protection: false -> true", planned.stdout)
        self.logs.associate_kms_key(resourceIdentifier=group["logGroupArn"], kmsKeyId=key)
        (group,) = self.logs.describe_log_groups()["logGroups"]
        self.assertEqual(group["kmsKeyId"], key)


if __name__ == "__main__":
    unittest.main()
