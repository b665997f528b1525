"""`hny`, the command-line tool of the `honeycomb-api` package: each of its commands that asks or arranges
what our server has.

Left out are its commands for triggers, SLOs, boards, recipients, keys and environments: what they arrange is
not there locally, and the answer is 404.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import warnings
from pathlib import Path
from unittest import mock

from honeycomb_document import watch_httpx
from stack import Stack
from typer.testing import CliRunner

HNY = Path(sys.executable).with_name("hny")

# Wide and plain, so that nothing is cut off; read when the tool is imported.
os.environ.update(COLUMNS="300", TERM="dumb")


class Hny(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)
        watch_httpx(self)
        # Its clients are closed when they are collected.
        warnings.simplefilter("ignore", ResourceWarning)
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.home = Path(home.name)
        # It takes an address from nowhere but a profile.
        profile = {"api_key": "local", "base_url": self.stack.url}
        config = "default_profile: here\nprofiles:\n  here:\n"
        config += "".join(f"    {name}: {value}\n" for name, value in profile.items())
        (self.home / ".honeycomb").mkdir()
        self.config = self.home / ".honeycomb" / "config.yaml"
        self.config.write_text(config)

    def run_hny(self, *arguments):
        """Runs it in this process, since it takes a second to start; returns its code and what it prints."""
        from honeycomb.cli import app, config

        with mock.patch.object(config, "CONFIG_FILE", self.config), mock.patch.dict(os.environ):
            # It would ask the real service if there were a key.
            os.environ.pop("HONEYCOMB_API_KEY", None)
            ran = CliRunner().invoke(app, [str(argument) for argument in arguments])
        return ran.exit_code, ran.output

    def hny(self, *arguments):
        """Runs it, which must end well, and returns what it prints."""
        code, printed = self.run_hny(*arguments)
        self.assertEqual(code, 0, f"{arguments}: {printed}")
        return printed

    def answer(self, *arguments):
        """Returns the JSON that it prints."""
        printed = self.hny(*arguments, "--output", "json")
        start = min(at for at in (printed.find("["), printed.find("{")) if at >= 0)
        return json.loads(printed[start:])

    def refused(self, *arguments):
        """Runs it, which must fail, and returns what it prints."""
        code, printed = self.run_hny(*arguments)
        self.assertEqual(code, 1, printed)
        return printed

    def file(self, **content):
        path = self.home / "given.json"
        path.write_text(json.dumps(content))
        return path

    def send(self):
        now = int(time.time())
        batch = [{"data": {"ms": n, "route": f"/{n % 2}"}, "time": now - n} for n in range(10)]
        self.stack.honeycomb("POST", "/1/batch/app", batch)

    def test_it_runs_as_a_command(self):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home)}
        command = [HNY, "auth", "get", "--output", "json"]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn('"cruddurctl"', ran.stdout)

    def test_who_one_is(self):
        auth = self.answer("auth", "get")
        self.assertEqual(auth["team"]["slug"], "cruddurctl")
        self.assertEqual(auth["environment"]["slug"], "local")

    def test_datasets(self):
        made = self.answer("datasets", "create", "--name", "Shop", "--slug", "shop", "--description", "d")
        self.assertEqual((made["slug"], made["description"]), ("shop", "d"))
        self.assertEqual([it["slug"] for it in self.answer("datasets", "list")], ["shop"])
        self.assertIn("slug='shop'", self.hny("datasets", "list", "--quiet"))
        self.assertEqual(self.answer("datasets", "get", "shop")["name"], "Shop")
        self.assertEqual(self.answer("datasets", "update", "shop", "--description", "e")["description"], "e")
        self.refused("datasets", "delete", "shop", "--yes")
        self.hny("datasets", "delete", "shop", "--yes", "--remove-delete-protection")
        self.assertIn("[404]", self.refused("datasets", "get", "shop"))

    def test_columns(self):
        self.send()
        names = [it["key_name"] for it in self.answer("columns", "list", "--dataset", "app")]
        self.assertEqual(sorted(names), ["ms", "route"])
        everywhere = [it["key_name"] for it in self.answer("columns", "list")]
        self.assertEqual(sorted(everywhere), ["ms", "route"])
        on = ("--dataset", "app")
        made = self.answer("columns", "create", *on, "--key-name", "new", "--type", "float", "--description", "d")
        self.assertEqual((made["key_name"], made["type"]), ("new", "float"))
        self.assertEqual(self.answer("columns", "get", made["id"], *on)["description"], "d")
        changed = self.answer("columns", "update", made["id"], *on, "--description", "e", "--hidden")
        self.assertEqual((changed["description"], changed["hidden"]), ("e", True))
        self.assertIn('"new"', self.hny("columns", "export", made["id"], *on))
        self.hny("columns", "export-all", *on, "--output-dir", str(self.home / "all"))
        self.assertEqual(len(list((self.home / "all").iterdir())), 3)
        self.hny("columns", "delete", made["id"], *on, "--yes")
        self.refused("columns", "get", made["id"], *on)

    def test_derived_columns(self):
        self.send()
        on = ("--dataset", "app")
        given = str(self.file(alias="slow", expression="$ms > 5", description="d"))
        made = self.answer("derived-columns", "create", *on, "--from-file", given)
        self.assertEqual(made["alias"], "slow")
        for where in (on, ()):
            listed = self.answer("derived-columns", "list", *where)
            self.assertEqual([it["id"] for it in listed], [made["id"]] if where else [])
        given = str(self.file(alias="slow", expression="$ms > 7"))
        changed = self.answer("derived-columns", "update", made["id"], *on, "--from-file", given)
        self.assertEqual(changed["expression"], "$ms > 7")
        self.assertEqual(self.answer("derived-columns", "get", made["id"], *on), changed)
        self.assertIn("$ms > 7", self.hny("derived-columns", "export", made["id"], *on))
        self.hny("derived-columns", "export-all", *on, "--output-dir", str(self.home / "all"))
        self.assertEqual(len(list((self.home / "all").iterdir())), 1)
        everywhere = str(self.file(alias="fast", expression="$ms < 2"))
        self.answer("derived-columns", "create", "--dataset", "__all__", "--from-file", everywhere)
        self.assertEqual([it["alias"] for it in self.answer("derived-columns", "list")], ["fast"])
        self.hny("derived-columns", "delete", made["id"], *on, "--yes")
        self.refused("derived-columns", "get", made["id"], *on)

    def test_queries(self):
        self.send()
        on = ("--dataset", "app")
        ran = self.answer("queries", "run", *on, "--count", "--p90", "ms", "--group-by", "route", "--last-1-hour")
        rows = sorted(self.rows(ran), key=lambda row: row["route"])
        self.assertEqual([(row["route"], row["COUNT"], row["P90(ms)"]) for row in rows], [("/0", 5, 8), ("/1", 5, 9)])
        slow = ("--where-gt", "ms,6", "--where-exists", "route", "--max", "ms", "--last-10-minutes")
        self.assertEqual(self.rows(self.answer("queries", "run", *on, "--count", *slow))[0]["COUNT"], 3)
        everywhere = self.answer("queries", "run", "--sum", "ms", "--time-range", "600")
        self.assertEqual(self.rows(everywhere)[0]["SUM(ms)"], 45)
        spec = json.dumps({"calculations": [{"op": "AVG", "column": "ms"}], "time_range": 600})
        self.assertEqual(self.rows(self.answer("queries", "run", *on, "--spec", spec))[0]["AVG(ms)"], 4.5)

        made = self.answer("queries", "create", *on, "--from-file", str(self.file(**json.loads(spec))))
        self.assertEqual(self.answer("queries", "get", made["id"], *on)["id"], made["id"])
        saved = self.answer("queries", "run", *on, "--query-id", made["id"])
        self.assertEqual(self.rows(saved)[0]["AVG(ms)"], 4.5)
        result = self.stack.honeycomb("POST", "/1/query_results/app", {"query_id": made["id"]})
        again = self.answer("queries", "get-result", result["id"], *on)
        self.assertEqual(self.rows(again)[0]["AVG(ms)"], 4.5)
        self.stack.honeycomb("POST", "/1/query_annotations/app", {"name": "mine", "query_id": made["id"]})
        self.assertEqual([it["name"] for it in self.answer("queries", "list", *on)], ["mine"])
        # A group without a value has no member of that name: this client fails on a null.
        nowhere = self.answer("queries", "run", *on, "--count", "--group-by", "nope", "--last-1-hour")
        self.assertEqual(self.rows(nowhere), [{"COUNT": 10}])

    def rows(self, ran):
        return [row.get("data", row) for row in (ran.get("data") or ran)["results"]]

    def test_markers(self):
        self.send()
        on = ("--dataset", "app")
        made = self.answer("markers", "create", *on, "--from-file", str(self.file(message="m", type="deploy")))
        self.assertEqual([it["id"] for it in self.answer("markers", "list", *on)], [made["id"]])
        given = str(self.file(message="n", type="deploy"))
        self.assertEqual(self.answer("markers", "update", made["id"], *on, "--from-file", given)["message"], "n")
        self.assertEqual(self.answer("markers", "get", made["id"], *on)["message"], "n")
        self.hny("markers", "delete", made["id"], *on, "--yes")
        self.refused("markers", "get", made["id"], *on)


if __name__ == "__main__":
    unittest.main()
