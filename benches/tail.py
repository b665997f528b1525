#!/usr/bin/env python3
"""Measures how long a log line takes from being put to being printed by `cruddurctl logs tail`.

    cargo build --release
    CRUDDURCTL_BIN=target/release/cruddurctl benches/tail.py

Lines are put one at a time at uneven moments, over one kept connection; the clock starts before the call
and stops when the reader of the tail's pipe has the line. The last row is how fast a tail prints what was
there before. Needs Python and nothing else.
"""

import http.client
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

N_LINES = 200
N_HISTORY = 200_000
TARGET = "Logs_20140328."


def main():
    binary = os.environ.get("CRUDDURCTL_BIN")
    if not binary:
        sys.exit("CRUDDURCTL_BIN must name the cruddurctl to be measured")
    binary = str(pathlib.Path(binary).resolve())
    with tempfile.TemporaryDirectory() as home:
        environment = {"HOME": home, "CRUDDUR_DATA_DIR": home + "/data", "PATH": os.environ["PATH"]}
        stack = start(binary, environment, "stack", "--port", "0")
        address = stack.stdout.readline().strip().removeprefix("http://")
        try:
            logs = Logs(address)
            print(f"{'put to printed, ms':34} {'p50':>8} {'p90':>8} {'p99':>8} {'max':>8}")
            for how in ("--live", "--follow"):
                row(f"logs tail {how}", latencies(binary, environment, logs, how))
            history(binary, environment, logs)
        finally:
            stack.terminate()
            stack.wait()


class Logs:
    """A sender of lines that keeps its connection."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address)
        self.call("CreateLogGroup", logGroupName="cruddur")
        self.call("CreateLogStream", logGroupName="cruddur", logStreamName="bench")

    def call(self, operation, **body):
        headers = {"x-amz-target": TARGET + operation, "content-type": "application/x-amz-json-1.1"}
        self.connection.request("POST", "/", json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"{operation}: {answer.status} {text.decode()}")

    def put(self, messages, time_ms):
        events = [{"timestamp": time_ms, "message": message} for message in messages]
        self.call("PutLogEvents", logGroupName="cruddur", logStreamName="bench", logEvents=events)


def latencies(binary, environment, logs, how):
    tail = start(binary, environment, "logs", "tail", how, "--output", "raw", "--since", "1s")
    while not tail.stderr.readline().startswith("following"):
        pass
    seconds = []
    chance = random.Random(7)
    for n in range(N_LINES + 5):
        message = f"{how} {n}"
        begun = time.perf_counter()
        logs.put([message], int(time.time() * 1000))
        while tail.stdout.readline().strip() != message:
            pass
        if n >= 5:
            seconds.append(time.perf_counter() - begun)
        time.sleep(chance.uniform(0.0, 0.15))
    tail.terminate()
    tail.wait()
    return seconds


def history(binary, environment, logs):
    now = int(time.time() * 1000)
    message = "[2026-Nov-22 07:09] 127.0.0.1 GET http /api/activities/home? 200 OK"
    for _ in range(N_HISTORY // 5_000):
        logs.put([message] * 5_000, now)
    begun = time.perf_counter()
    printed = subprocess.run(
        [binary, "logs", "tail"], env=environment, capture_output=True, check=True
    )
    seconds = time.perf_counter() - begun
    n_lines = printed.stdout.count(b"\n")
    if n_lines < N_HISTORY:
        sys.exit(f"{n_lines} of {N_HISTORY} lines were printed")
    print(f"{n_lines} lines of before in {seconds:.2f} s, {n_lines / seconds:,.0f} a second")


def row(name, seconds):
    ordered = sorted(1000 * it for it in seconds)
    nth = lambda share: ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    numbers = [statistics.median(ordered), nth(0.9), nth(0.99), ordered[-1]]
    print(f"{name:34} " + " ".join(f"{number:8.1f}" for number in numbers))


def start(binary, environment, *arguments):
    return subprocess.Popen(
        [binary, *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


if __name__ == "__main__":
    main()
