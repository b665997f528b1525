#!/usr/bin/env python3
"""The same questions to cruddurctl and to DuckDB, about the same spans, in one run.

    pip install duckdb pyarrow
    python3 benches/queries.py [SPANS]

Fills a folder with SPANS spans (ten million), asks the engine (`cargo bench --bench queries`), exports the
spans with `cruddurctl store export`, loads them into a DuckDB table, asks that, and prints both beside
each other with their ratio, and whether the answers agree. Absolute times hold on no other machine.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.ipc

ROOT = Path(__file__).resolve().parent.parent
RUNS = 9
START_S = 1_795_478_400
# What has to be at least so many times as fast.
WANTED = 3

STEP = "(epoch_us(time) // 120000000)"
# The bucket of a heatmap: as wide as ours, whose rule is the finest 1e-7 * 2^k that needs at most fifty.
HEATMAP = f"""
    SELECT {STEP} AS step, CAST(floor(duration_ms / width) AS INTEGER) AS bucket, count(*)
    FROM spans, (SELECT 1e-7 * pow(2, ceil(log2(max(duration_ms) / 50 / 1e-7))) AS width FROM spans)
    GROUP BY ALL
"""


def nearest_rank(share):
    return f"quantile_disc(duration_ms, {share})"


def questions(trace_id):
    """Returns each question in SQL, by the name that the engine's bench gives it."""
    since, until = (f"make_timestamp({(START_S + s) * 1_000_000})" for s in (720, 6_480))
    return {
        "COUNT over four fifths of the range": f"SELECT count(*) FROM spans WHERE time >= {since} AND time < {until}",
        "HEATMAP of 60 steps": HEATMAP,
        "P90 by route, exact": f"SELECT route, {nearest_rank(0.9)} AS p90 FROM spans GROUP BY route ORDER BY p90 DESC",
        "P90 by route, sketch": "SELECT route, approx_quantile(duration_ms, 0.9) AS p90 FROM spans GROUP BY route ORDER BY p90 DESC",
        "P90 under two filters": f"SELECT {nearest_rank(0.9)} FROM spans WHERE service = 'backend-flask' AND status >= 500",
        "COUNT_DISTINCT of 100,000 users": "SELECT count(DISTINCT user_id) FROM spans",
        "a trace by its id": f"SELECT count(*), max(duration_ms) FROM spans WHERE trace_id = '{trace_id}'",
        "60 steps of COUNT, AVG, MAX, P90 by service": f"""
            SELECT {STEP} AS step, service, count(*), avg(duration_ms), max(duration_ms), {nearest_rank(0.9)}
            FROM spans GROUP BY ALL""",
    }


def run(*command, **more):
    return subprocess.run(command, cwd=ROOT, check=True, **more)


def load(file):
    """Returns a connection with the exported spans in a table of its own, all columns, sorted by time."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {os.cpu_count()}")
    with pa.memory_map(str(file)) as source:
        exported = pa.ipc.open_file(source).read_all()
        exported = exported.rename_columns([SHORT.get(name, name) for name in exported.column_names])
        # Microseconds without a zone, which DuckDB's own functions take as they are.
        times = exported["time"].cast(pa.timestamp("us", "UTC"), safe=False).cast(pa.timestamp("us"))
        exported = exported.set_column(0, "time", times)
        connection.register("exported", exported)
        connection.execute("CREATE TABLE spans AS SELECT * FROM exported ORDER BY time")
        connection.unregister("exported")
    return connection


SHORT = {
    "@time": "time",
    "http.route": "route",
    "service.name": "service",
    "http.response.status_code": "status",
    "app.user_id": "user_id",
    "trace.trace_id": "trace_id",
}


def median_ms(connection, sql):
    connection.execute(sql).fetchall()
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        rows = connection.execute(sql).fetchall()
        times.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(times), rows


def agrees(name, ours, theirs):
    """Tells whether two answers say the same, as far as they can: sketches only roughly, pictures by size."""
    if name.startswith("HEATMAP"):
        return ours["steps"] == len({step for step, *_ in theirs})
    if name.startswith("60 steps"):
        return ours["steps"] == len(theirs) and sum(cells[0] for _, cells in ours["rows"]) == sum(row[2] for row in theirs)
    slack = 0.05 if "sketch" in name else 1e-9
    width = len(theirs[0])
    mine = {tuple(group): cells for group, cells in ours["rows"]}
    other = {tuple(row[: width - len(ours["rows"][0][1])]): row[width - len(ours["rows"][0][1]) :] for row in theirs}
    if mine.keys() != other.keys():
        return False
    return all(
        abs(a - b) <= slack * abs(b) for group in mine for a, b in zip(mine[group], other[group])
    )


def main():
    n_spans = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        data, answers, file = (os.path.join(folder, name) for name in ("data", "answers.json", "spans.arrow"))
        run("cargo", "bench", "--quiet", "--bench", "queries", "--", str(n_spans), data, answers)
        # Once more in a process of its own: what it found in memory was not left over from filling.
        run("cargo", "bench", "--quiet", "--bench", "queries", "--", str(n_spans), data, answers, stdout=subprocess.DEVNULL)
        ours = json.loads(Path(answers).read_text())
        run("cargo", "run", "--quiet", "--release", "--", "store", "export", "--dataset", "cruddur", "--data-dir", data, file)
        begun = time.perf_counter()
        connection = load(file)
        os.unlink(file)
        print(f"\nDuckDB {duckdb.__version__} loaded the same spans in {time.perf_counter() - begun:.0f} s\n")
        trace_id = connection.execute("SELECT trace_id FROM spans WHERE epoch_us(time) >= ? LIMIT 1", [(START_S + 3_600) * 1_000_000]).fetchone()[0]
        print(f"{'question':<44} {'cruddurctl ms':>13} {'DuckDB ms':>10} {'times':>7}  answers")
        slow = []
        for name, sql in questions(trace_id).items():
            mine = ours["questions"][name]
            theirs, rows = median_ms(connection, sql)
            times = theirs / mine["ms"]
            same = name.startswith("a trace") or agrees(name, mine["answer"], rows)
            print(f"{name:<44} {mine['ms']:>13.2f} {theirs:>10.2f} {times:>7.1f}  {'agree' if same else 'DIFFER'}")
            if times < WANTED or not same:
                slow.append(name)
        print(f"\nopened in {ours['opened_ms']:.0f} ms, {ours['bytes_a_span']:.1f} bytes a span on disk, "
              f"{ours['anonymous_mb']:.0f} MB of anonymous memory at rest")
        if slow:
            sys.exit(f"not {WANTED} times as fast, or another answer: {', '.join(slow)}")


if __name__ == "__main__":
    main()
