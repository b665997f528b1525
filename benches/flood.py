"""Everything hostile at once against a stack: how much memory it takes, and whether it still answers.

For 45 seconds beside one writer and one health check after the other: 60 gzip bodies that hold 58 MB each, 60 bodies
of 20 MB that never end, 600 slow heads, and 520 queries with slow regular expressions over 200,000 events.
Prints the most memory, the slowest health check, and what became of the single events. Exits 1 if memory passes
600 MB, if a health check fails, or if no event is acknowledged.

Usage: CRUDDURCTL_BIN=target/release/cruddurctl python3 benches/flood.py
"""

import gzip
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

SECONDS = 45
MOST_MB = 600
JSON = {"content-type": "application/json", "x-honeycomb-team": "bench"}
BOMB = gzip.compress(b'{"resourceSpans":[' + b" " * 58_000_000 + b"]}")


class Stack:
    """A stack of its own, over a temporary folder."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        command = [os.environ["CRUDDURCTL_BIN"], "--data-dir", self.folder.name + "/data", "stack", "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        host, port = self.process.stdout.readline().strip().removeprefix("http://").split(":")
        self.address = (host, int(port))

    def call(self, method, path, body=None, headers=JSON, timeout=60):
        """Returns status and body; the status is 0 if the connection broke."""
        connection = http.client.HTTPConnection(*self.address, timeout=timeout)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError as error:
            return 0, str(error).encode()
        except http.client.HTTPException as error:
            return 0, str(error).encode()
        finally:
            connection.close()

    def memory_mb(self):
        """Returns the most memory that was ever resident, in MB. Linux alone says it."""
        with open(f"/proc/{self.process.pid}/status") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(60)
        self.folder.cleanup()


class Watch(threading.Thread):
    """Asks for health and writes one event, again and again."""

    def __init__(self, stack):
        super().__init__(daemon=True)
        self.stack, self.is_over = stack, threading.Event()
        self.slowest, self.failed, self.acknowledged, self.refused = 0.0, 0, 0, 0

    def run(self):
        while not self.is_over.wait(0.02):
            begun = time.monotonic()
            status, _ = self.stack.call("GET", "/healthz")
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.failed += status != 200
            status, _ = self.stack.call("POST", "/1/events/one", b'{"a":1}')
            self.acknowledged += status == 200
            self.refused += status != 200


def at_once(number, work):
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)


def fill(stack):
    for start in range(0, 200_000, 10_000):
        text = lambda number: f"abcdefghij klmnop {number} qrstuvwxyz {'a' * 60}"
        events = [{"data": {"t": text(start + n), "duration_ms": n % 100}} for n in range(10_000)]
        assert stack.call("POST", "/1/batch/full", json.dumps(events).encode())[0] == 200


def bombs(stack):
    headers = {**JSON, "content-encoding": "gzip"}
    at_once(60, lambda _: stack.call("POST", "/v1/traces", BOMB, headers))


def endless_bodies(stack, sockets):
    head = b"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    for _ in range(60):
        try:
            connection = socket.create_connection(stack.address, timeout=3)
            sockets.append(connection)
            connection.sendall(head + b"content-length: 20000000\r\n\r\n")
            for _ in range(19):
                connection.sendall(b" " * 1_000_000)
        except OSError:
            pass


def slow_heads(stack, sockets):
    for _ in range(600):
        try:
            connection = socket.create_connection(stack.address, timeout=3)
            sockets.append(connection)
            connection.sendall(b"GET /healthz HT")
        except OSError:
            pass


def regular_expressions(stack):
    def one(number):
        field = "REG_MATCH($t, `(a|b|c|d|e|f)*[a-z]{0,40}([x-z]|%d)?q{1,9}$`)" % number
        query = {
            "calculated_fields": [{"name": "m", "expression": field}],
            "calculations": [{"op": "COUNT"}],
            "breakdowns": ["m"],
            "time_range": 7200,
        }
        status, body = stack.call("POST", "/1/queries/full", json.dumps(query).encode())
        if status == 200:
            run = {"query_id": json.loads(body)["id"]}
            stack.call("POST", "/1/query_results/full", json.dumps(run).encode())

    at_once(520, one)


def main():
    stack, sockets = Stack(), []
    fill(stack)
    watch = Watch(stack)
    watch.start()
    floods = [(bombs, ()), (endless_bodies, (sockets,)), (slow_heads, (sockets,)), (regular_expressions, ())]
    threads = [threading.Thread(target=flood, args=(stack, *more), daemon=True) for flood, more in floods]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    time.sleep(max(0.0, SECONDS - (time.monotonic() - begun)))
    watch.is_over.set()
    watch.join(120)
    memory = stack.memory_mb()
    for connection in sockets:
        connection.close()
    stack.stop()
    print(f"memory: {memory} MB at the most")
    print(f"health: {watch.slowest * 1000:.0f} ms at the slowest, {watch.failed} failed")
    print(f"single events: {watch.acknowledged} acknowledged, {watch.refused} refused")
    if memory > MOST_MB or watch.failed or not watch.acknowledged:
        sys.exit(1)


main()
