"""Asks the remote sampler of AWS's OpenTelemetry distribution 140 times in 14 seconds.

Runs in `.venv-adot`. Takes the address of X-Ray; prints a line after each second, and at last how many
requests the sampler kept.
"""

import random
import sys
import time

from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import SpanKind

ATTRIBUTES = {"http.request.method": "GET", "url.path": "/", "server.address": "127.0.0.1"}


def main():
    sampler = AwsXRayRemoteSampler(
        resource=Resource.create({"service.name": "backend-flask"}), endpoint=sys.argv[1]
    )
    start = time.monotonic()
    # The first timer, which has no delay, gives way to another when the rules are there. Until then
    # the sampler follows rules of its own.
    while sampler._rules_timer.interval == 0:
        time.sleep(0.001)
    kept = 0
    for number in range(1, 141):
        time.sleep(max(0.0, start + number / 10 - time.monotonic()))
        result = sampler.should_sample(
            None, random.getrandbits(128), "GET /", SpanKind.SERVER, ATTRIBUTES
        )
        kept += result.decision is Decision.RECORD_AND_SAMPLE
        if number % 10 == 0:
            print(f"second {number // 10}", flush=True)
    print(f"kept {kept}", flush=True)


if __name__ == "__main__":
    main()
