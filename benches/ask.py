#!/usr/bin/env python3
"""Measures `cruddurctl query p90` over a million spans, from exec to the last byte.

    cargo build --release
    cargo bench --bench queries -- 1000000 FOLDER
    CRUDDURCTL_BIN=target/release/cruddurctl benches/ask.py FOLDER

Medians and worst of thirty runs, with a stack that runs and with an embedded one, beside a process that does nothing.
The answer is checked: all spans are counted. Needs Python and nothing else.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

N_RUNS = 30
# What benches/spans.rs fills.
RANGE = ["--since", "2026-11-24T00:00:00Z", "--until", "2026-11-24T02:00:00Z", "--dataset", "cruddur"]


def main():
    if len(sys.argv) != 2 or "CRUDDURCTL_BIN" not in os.environ:
        sys.exit(__doc__)
    binary = str(pathlib.Path(os.environ["CRUDDURCTL_BIN"]).resolve())
    folder = str(pathlib.Path(sys.argv[1]).resolve())
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "CRUDDUR_DATA_DIR": folder, "PATH": os.environ["PATH"]}
        environment |= {"CRUDDUR_KEEP_AGE": "3650d", "CRUDDUR_KEEP_SIZE": "1TiB"}
        ask = lambda *words: [binary, "query", *words, *RANGE, "--output", "csv"]
        questions = {"query p90": ask("p90"), "query p90 --by http.route": ask("p90", "--by", "http.route")}

        def rows(how):
            counted = run(environment, ask("count")).split()[-1]
            # The last traces reach past the range.
            if int(counted) < 999_000:
                sys.exit(f"{counted} spans, not a million")
            for name, command in questions.items():
                row(f"{name}, {how}", [seconds(environment, command) for _ in range(N_RUNS)])

        print(f"{'from exec to the last byte, ms':46} {'median':>8} {'worst':>8}")
        row("a process that does nothing", [seconds(environment, ["/usr/bin/env", "true"]) for _ in range(N_RUNS)])
        stack = subprocess.Popen(
            [binary, "stack", "--port", "0", "--grpc-port", "0", "--daemon-port", "0"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        stack.stdout.readline()
        try:
            rows("a stack runs")
        finally:
            stack.terminate()
            stack.wait()
        rows("embedded")


def run(environment, command):
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def seconds(environment, command):
    begun = time.perf_counter()
    run(environment, command)
    return time.perf_counter() - begun


def row(name, runs):
    print(f"{name:46} {1e3 * statistics.median(runs):8.1f} {1e3 * max(runs):8.1f}")


if __name__ == "__main__":
    main()
