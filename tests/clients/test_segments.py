"""Segments and exports, judged by Arrow's own library."""

import subprocess
import os
import time
import unittest
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet

from stack import Stack

N_SPANS = 3_000
START = int(time.time()) - 600


def event(n):
    """One event of a kind of its own; some fields are there now and then, one changes its type."""
    data = {
        "n": n,
        "route": f"/api/{n % 7}",
        "trace.trace_id": f"{n // 5 + 1:032x}",
        "duration_ms": n / 8,
        "error": n % 2 == 0,
        "size": n if n % 3 else str(n),
        "line": f"line {n} of many",
    }
    if n % 10 == 0:
        data["rare"] = n * 1_000_000_000_000
    # Not in the order of time.
    return {"time": START + (n * 7919) % N_SPANS / 10, "samplerate": 1 + n % 2, "data": data}


class Segments(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(arguments=["--seal-rows", "1000"])
        cls.addClassCleanup(cls.stack.stop)
        for first in range(0, N_SPANS, 500):
            events = [event(n) for n in range(first, first + 500)]
            statuses = cls.stack.honeycomb("POST", "/1/batch/shop", events)
            assert statuses == [{"status": 202}] * 500, statuses
        cls.stack.rest()
        cls.run_tool("store", "compact")

    @classmethod
    def run_tool(cls, *arguments):
        command = [os.environ["CRUDDURCTL_BIN"], *arguments, "--data-dir", cls.stack.data]
        return subprocess.run(command, check=True, capture_output=True, text=True)

    def check(self, table):
        self.assertEqual(table.num_rows, N_SPANS)
        times = table["@time"].to_pylist()
        self.assertEqual(times, sorted(times))
        self.assertEqual(sorted(table["n"].to_pylist()), list(range(N_SPANS)))
        self.assertEqual(pc.sum(table["@sample_rate"]).as_py(), N_SPANS + N_SPANS // 2)
        self.assertEqual(pc.sum(table["duration_ms"]).as_py(), sum(range(N_SPANS)) / 8)
        routes = Counter(table["route"].to_pylist())
        self.assertEqual(routes, Counter(f"/api/{n % 7}" for n in range(N_SPANS)))
        rows = {row["n"]: row for row in table.to_pylist()}
        for n in (0, 1, 3, 10, 2_999):
            row, data = rows[n], event(n)["data"]
            self.assertEqual(row["error"], data["error"])
            self.assertEqual(row["line"], data["line"])
            self.assertEqual(row["rare"], data.get("rare"))
            trace_id = row["trace.trace_id"]
            trace_id = trace_id if isinstance(trace_id, str) else trace_id.hex()
            self.assertEqual(trace_id, data["trace.trace_id"])
            sizes = [value for name, value in row.items() if name.split(" ")[0] == "size"]
            self.assertEqual([size for size in sizes if size is not None], [data["size"]])

    def test_a_foreign_reader_opens_every_segment_and_counts_the_same_rows(self):
        files = sorted(Path(self.stack.data, "segments").glob("*.arrow"))
        self.assertTrue(files)
        tables = []
        for file in files:
            with pa.memory_map(str(file)) as source:
                table = pa.ipc.open_file(source).read_all()
                table.validate(full=True)
                self.assertEqual(table.schema.metadata[b"cruddurctl.dataset"], b"shop")
                tables.append(table)
        self.assertEqual(len(tables), 1, "compacting leaves one small segment")
        self.check(tables[0])

    def test_an_export_has_the_same_rows_in_plain_types(self):
        file = self.stack.folder / "shop.arrow"
        ran = self.run_tool("store", "export", "--dataset", "shop", str(file))
        self.assertEqual(ran.stdout, f"wrote {N_SPANS} events to {file}\n")
        with pa.memory_map(str(file)) as source:
            table = pa.ipc.open_file(source).read_all()
            table.validate(full=True)
            self.check(table)
        self.assertEqual(table.schema.field("route").type, pa.string())
        self.assertEqual(table.schema.field("n").type, pa.int64())

        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(START + 100))
        self.run_tool("store", "export", "--dataset", "shop", str(file), "--since", since)
        with pa.memory_map(str(file)) as source:
            table = pa.ipc.open_file(source).read_all()
        self.assertEqual(table.num_rows, N_SPANS - 1_000)

    @unittest.skipUnless("CRUDDURCTL_PARQUET_BIN" in os.environ, "needs a build with --features parquet")
    def test_a_build_with_parquet_exports_the_same_rows_as_parquet(self):
        file = self.stack.folder / "shop.parquet"
        tool = os.environ["CRUDDURCTL_PARQUET_BIN"]
        command = [tool, "store", "export", "--dataset", "shop", "--data-dir", self.stack.data, file]
        subprocess.run(command, check=True, capture_output=True)
        self.check(pyarrow.parquet.read_table(file))

    def test_a_stack_answers_from_segments_as_from_its_journal(self):
        self.stack.start()
        self.addCleanup(self.stack.rest)
        rows = self.stack.rows(
            "shop",
            calculations=[{"op": "COUNT"}, {"op": "MAX", "column": "duration_ms"}],
            breakdowns=["route"],
            usage_mode=True,
        )
        expected = Counter(f"/api/{n % 7}" for n in range(N_SPANS))
        self.assertEqual({row["route"]: row["COUNT"] for row in rows}, expected)
        self.assertEqual(max(row["MAX(duration_ms)"] for row in rows), (N_SPANS - 1) / 8)
