#!/usr/bin/env python3
"""Measures how long cruddurctl takes to start, and how much memory an idle stack keeps.

    cargo build --release
    CRUDDURCTL_BIN=target/release/cruddurctl benches/startup.py

Every number is from exec, so it holds what the system itself takes to start a process; the first line
says how much that is. Medians of twenty runs, after one that is not counted, so that the binary is in
the system's cache. Needs Python and nothing else.
"""

import http.client
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

N_RUNS = 20
IDLE_SECONDS = 10

# One span of one service, in OTLP's JSON.
SPAN = json.dumps(
    {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": "startup"}}]
                },
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": "0af7651916cd43dd8448eb211c80319c",
                                "spanId": "b7ad6b7169203331",
                                "name": "first",
                                "kind": 2,
                                "startTimeUnixNano": str(time.time_ns()),
                                "endTimeUnixNano": str(time.time_ns()),
                            }
                        ]
                    }
                ],
            }
        ]
    }
)


def main():
    binary = os.environ.get("CRUDDURCTL_BIN")
    if not binary:
        sys.exit("CRUDDURCTL_BIN must name the cruddurctl to be measured")
    binary = str(pathlib.Path(binary).resolve())

    rows = [("an empty process", "ms", median_of(lambda _: run("/usr/bin/env", "true")), None)]
    for words in (["--help"], ["completions", "bash"]):
        took = median_of(lambda _: run(binary, *words))
        rows.append((" ".join(words), "ms", took, 10))
    took = median_of(lambda folder: run(binary, "xray", "setup", "--data-dir", folder))
    rows.append(("xray setup, nothing there yet", "ms", took, 150))
    with tempfile.TemporaryDirectory() as folder:
        took = median_of(lambda _: run(binary, "xray", "setup", "--data-dir", folder))
    rows.append(("xray setup, nothing to do", "ms", took, 150))
    rows.append(("stack, to its first span", "ms", median_of(lambda at: first_span(binary, at)), 100))
    started, idle = memory(binary)
    rows.append(("stack, memory after its first span", "MB", started, 30))
    rows.append((f"stack, memory {IDLE_SECONDS} s later", "MB", idle, 30))
    show(binary, rows)


def median_of(measure):
    """Returns the median of what `measure` returns, given a new folder each time."""
    found = []
    for _ in range(N_RUNS + 1):
        with tempfile.TemporaryDirectory() as folder:
            found.append(measure(os.path.join(folder, "data")))
    return statistics.median(found[1:])


def run(*words):
    """Returns the milliseconds from exec to exit."""
    began = time.perf_counter()
    subprocess.run(
        words, env=environment(), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return (time.perf_counter() - began) * 1e3


def first_span(binary, folder):
    """Returns the milliseconds from exec until a span is acknowledged, which means: on disk."""
    began = time.perf_counter()
    stack, address = start(binary, folder)
    send(address)
    took = (time.perf_counter() - began) * 1e3
    stop(stack)
    return took


def memory(binary):
    """Returns the megabytes that a stack keeps resident, after its first span and a while later."""
    with tempfile.TemporaryDirectory() as folder:
        stack, address = start(binary, os.path.join(folder, "data"))
        send(address)
        started = resident(stack.pid)
        time.sleep(IDLE_SECONDS)
        idle = resident(stack.pid)
        stop(stack)
    return started, idle


def start(binary, folder):
    stack = subprocess.Popen(
        [binary, "stack", "--port", "0", "--data-dir", folder],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    # The first line is the address, and it comes when the door is open.
    address = stack.stdout.readline().strip().removeprefix("http://")
    return stack, address


def send(address):
    connection = http.client.HTTPConnection(address, timeout=10)
    connection.request("POST", "/v1/traces", SPAN, {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    if status != 200:
        sys.exit(f"the stack answered {status}")


def stop(stack):
    stack.terminate()
    stack.wait(timeout=30)
    stack.stdout.close()


def resident(pid):
    kilobytes = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True, text=True
    ).stdout
    return int(kilobytes) / 1024


def environment():
    """Nobody's credentials, so that every command stays on this machine."""
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.devnull}


def show(binary, rows):
    print(f"{binary}, {os.path.getsize(binary) / 2**20:.1f} MB")
    print(f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}\n")
    print(f"{'what':<38}{'median':>10}{'target':>10}{'ratio':>8}")
    for what, unit, value, target in rows:
        wanted = f"{target} {unit}" if target else ""
        ratio = f"{value / target:.2f}" if target else ""
        print(f"{what:<38}{f'{value:.1f} {unit}':>10}{wanted:>10}{ratio:>8}")


if __name__ == "__main__":
    main()
