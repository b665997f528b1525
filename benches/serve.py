#!/usr/bin/env python3
"""Measures what telemetry costs the back end, and how far it is from the bootcamp's own application.

    cargo build --profile dist
    tests/clients/setup.sh && tests/clients/.venv/bin/pip install gunicorn
    CRUDDURCTL_BIN=target/dist/cruddurctl tests/clients/.venv/bin/python benches/serve.py [--memory SECONDS]

`serve` with all three lenses and `serve --without spans,logs,segments` take turns, with `cruddurctl load` on the same
cores. Telemetry goes to a stack, which takes its share of these cores, or to somebody who only acknowledges it, as if the
stack were on another machine. Requests a second come from a closed loop, times from a steady rate that all can keep. The
last application is Flask as the week's text instruments it, under gunicorn, with a stack of the same kind. `--memory`
runs at full speed for that long and says how memory went.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time

ROUTE = "/api/activities/home"
N_ROUNDS = 5
SECONDS = 6
STEADY_RATE = 2_000
# Short, so that some of them have the machine to themselves.
STEADY_SECONDS = 2
N_STEADY = 4
CONNECTIONS = 32
CLIENTS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "clients"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--memory", type=int, metavar="SECONDS")
    arguments.add_argument("--rounds", type=int, default=N_ROUNDS)
    arguments.add_argument("--no-flask", action="store_true")
    arguments = arguments.parse_args()
    if "CRUDDURCTL_BIN" not in os.environ:
        sys.exit("CRUDDURCTL_BIN must name the cruddurctl to be measured")
    binary = str(pathlib.Path(os.environ["CRUDDURCTL_BIN"]).resolve())
    if arguments.memory:
        return memory(binary, arguments.memory)

    rates = {"off": [], "acknowledged": [], "stack": []}
    p99s = {kind: [] for kind in rates}
    flask = []
    for round in range(arguments.rounds):
        # Whichever goes first has the quieter disk, so they take turns at that too.
        for kind in list(rates)[:: (-1) ** round]:
            with Serve(binary, kind) as serve:
                load(binary, serve.address, "--rps", STEADY_RATE, seconds=1)
                # Before it has ever been at full speed, of which there is something left to do afterwards.
                steady = [load(binary, serve.address, "--rps", STEADY_RATE, seconds=STEADY_SECONDS)["p99"]
                          for _ in range(N_STEADY)]
                load(binary, serve.address, "--connections", CONNECTIONS, seconds=1)
                full = load(binary, serve.address, "--connections", CONNECTIONS)
            rates[kind].append(full["rate"])
            p99s[kind].extend(steady)
            print(f"  {kind:12} {full['rate']:9,.0f} a second, P99 at {STEADY_RATE} a second "
                  f"{', '.join(f'{it:.2f}' for it in sorted(steady))} ms; {serve.said}", flush=True)
        if not arguments.no_flask:
            with Flask(binary, "stack") as app:
                load(binary, app.address, "--connections", CONNECTIONS, seconds=1)
                flask.append(load(binary, app.address, "--connections", CONNECTIONS)["rate"])

    row("requests a second, telemetry off", f"{statistics.median(rates['off']):,.0f}")
    for kind in ("acknowledged", "stack"):
        ratio = statistics.median(one / other for one, other in zip(rates[kind], rates["off"]))
        row(f"requests a second, all three lenses, {kind}", f"{statistics.median(rates[kind]):,.0f}", f"{100 * ratio:.0f} % of off")
    # What else goes on in a machine only ever adds to a P99, so the best quarter of the runs says what we add.
    for name, of in (("median", statistics.median), ("quarter", lambda runs: statistics.quantiles(runs, n=4)[0])):
        for kind in ("acknowledged", "stack"):
            one, other = of(p99s["off"]), of(p99s[kind])
            row(f"P99 at {STEADY_RATE} a second, {name}, ms, off / {kind}", f"{one:.2f} / {other:.2f}", f"{other - one:+.2f} ms")
    if flask:
        times = statistics.median(one / other for one, other in zip(rates["stack"], flask))
        row("requests a second, Flask under gunicorn", f"{statistics.median(flask):,.0f}", f"serve is {times:.0f} times as fast")


def row(name, *values):
    print(f"{name:56} " + "   ".join(values))


def load(binary, address, *how, seconds=SECONDS):
    """Returns requests a second, and the P99 from when a request was due, in milliseconds."""
    command = [binary, "load", address, "--path", ROUTE, "--for", f"{seconds}s", "--output", "json", "--no-marker"]
    done = subprocess.run(command + [str(it) for it in how], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"load failed: {done.stderr}")
    report = json.loads(done.stdout)
    if os.environ.get("SHOW"):
        print(json.dumps(report, indent=1))
    if report["all"]["errors"]:
        sys.exit(f"{report['all']['errors']} requests failed")
    return {"rate": report["achieved_rps"], "p99": report["all"]["response_time_ms"]["p99"]}


class Program:
    """A program that says its address, in a folder of its own, with another side of its own for its telemetry."""

    def __init__(self, binary, kind):
        self.folder = tempfile.TemporaryDirectory()
        home = self.folder.name
        self.environment = {"HOME": home, "CRUDDUR_DATA_DIR": home + "/data", "PATH": os.environ["PATH"]}
        side = [binary, "stack", "--port", "0", "--grpc-port", "0", "--daemon-port", "0"]
        if kind == "acknowledged":
            side = [sys.executable, str(pathlib.Path(__file__).with_name("acknowledge.py"))]
        self.stack = subprocess.Popen(
            side, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.stack_url = self.stack.stdout.readline().strip()
        if kind == "acknowledged":
            self.environment |= sdk_variables(self.stack_url)
        else:
            subprocess.run([binary, "setup", "--yes"], env=self.environment, check=True, capture_output=True)

    def __enter__(self):
        return self

    def end(self, process, errors):
        process.send_signal(signal.SIGTERM)
        process.wait()
        errors.seek(0)
        said = errors.read()
        self.stack.terminate()
        self.stack.wait()
        self.folder.cleanup()
        return said


class Serve(Program):
    def __init__(self, binary, kind):
        super().__init__(binary, kind)
        self.errors = tempfile.TemporaryFile("w+")
        command = [binary, "serve", "--port", "0"]
        if kind == "off":
            command += ["--without", "spans,logs,segments"]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, stderr=self.errors)
        self.address = wait_for(self.errors, r"back end: (http://[^/]+)")

    def __exit__(self, *_):
        said = self.end(self.process, self.errors)
        self.said = ", ".join(re.findall(r"delivered .*", said)) or "nothing told"


class Flask(Program):
    def __init__(self, binary, kind):
        super().__init__(binary, kind)
        self.errors = tempfile.TemporaryFile("w+")
        variables = sdk_variables(self.stack_url) | {"OTEL_SERVICE_NAME": "backend-flask"}
        # One worker for each core, as gunicorn's own advice is at the least.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--workers", "2", "--threads", "4", "--bind", "127.0.0.1:0", "flask_seed_app:app"],
            cwd=CLIENTS, env=self.environment | variables, stdout=subprocess.DEVNULL, stderr=self.errors)
        self.address = wait_for(self.errors, r"Listening at: (http://\S+)")
        wait_for(self.errors, r"(?s)Booting worker.*(Booting worker)")

    def __exit__(self, *_):
        self.end(self.process, self.errors)


def sdk_variables(url):
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_EXPORTER_OTLP_HEADERS": "x-honeycomb-team=bench",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }


def wait_for(errors, pattern):
    for _ in range(1000):
        with open(f"/proc/self/fd/{errors.fileno()}") as text:
            found = re.search(pattern, text.read())
        if found:
            return found[1]
        time.sleep(0.02)
    sys.exit(f"{pattern} was never said")


def memory(binary, seconds):
    with Serve(binary, "stack") as serve:
        load_process = subprocess.Popen(
            [binary, "load", serve.address, "--path", ROUTE, "--for", f"{seconds}s", "--connections", str(CONNECTIONS),
             "--output", "json", "--no-marker"], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL)
        step = max(1, seconds // 20)
        begun = time.monotonic()
        print("seconds   serve MB   stack MB (memory that no file backs)")
        while load_process.poll() is None:
            print(f"{time.monotonic() - begun:7.0f} {anonymous_mb(serve.process.pid):10.1f} "
                  f"{anonymous_mb(serve.stack.pid):10.1f}", flush=True)
            try:
                load_process.wait(step)
            except subprocess.TimeoutExpired:
                pass
        report = json.loads(load_process.stdout.read())
        print(f"{report['achieved_rps']:,.0f} requests a second")
    print(serve.said)


def anonymous_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", status)[1]) / 1024


if __name__ == "__main__":
    main()
