"""Holds answers of Honeycomb's API against Honeycomb's own description of them.

The description is `honeycomb_document.json`. Where we are known to answer otherwise, and why, is said here and
nowhere else.
"""

import json
from pathlib import Path
from unittest import mock

import httpx
from jsonschema import Draft202012Validator

DOCUMENT = json.loads(Path(__file__).with_name("honeycomb_document.json").read_text())
PROBLEM = "application/problem+json"

ERROR, DETAILED = {"$ref": "#/schemas/Error"}, {"$ref": "#/schemas/DetailedError"}
# The responses that the document has among its components and not at every endpoint that can give them.
GENERAL = {
    # Every body can be malformed.
    400: {"application/json": ERROR, PROBLEM: DETAILED},
    # Every request needs a key.
    401: {"application/json": ERROR},
    # A plan forbids the result of a query as it forbids the run.
    403: {"application/json": ERROR, PROBLEM: DETAILED},
    # Every dataset can be missing.
    404: {"application/json": ERROR, PROBLEM: DETAILED},
    # Every body can be too large. There, the detailed error has the type of any JSON.
    413: {"application/json": DETAILED, PROBLEM: DETAILED},
    # Every body can be invalid.
    422: {"application/json": ERROR, PROBLEM: {"$ref": "#/schemas/ValidationError"}},
    # Every request is limited.
    429: {"application/json": ERROR, PROBLEM: DETAILED},
}


def faults(method, path, status, content_type, text):
    """Returns what is wrong with an answer; `path` may have a query, `text` is the body's bytes."""
    responses = responses_of(method, path)
    if responses is None:
        # What is not served is not found.
        responses = {"404": {PROBLEM: {"$ref": "#/schemas/DetailedError"}}}
    general = GENERAL.get(status, responses.get("default") if status >= 400 else None)
    types = responses.get(str(status), general)
    if types is None:
        return [f"the status {status} is none of {sorted(responses)}"]
    if not types or not any(types.values()):
        return [f"there is a body: {text!r:.100}"] if text else []
    found = (content_type or "").split(";")[0]
    if found not in types:
        return [f"the type {found} of a {status} is none of {sorted(types)}"]
    return misfits(json.loads(text), types[found])


def responses_of(method, path):
    """Returns the responses of an endpoint by status; None if the document does not have it."""
    steps = path.split("?")[0].split("/")
    for template, methods in DOCUMENT["endpoints"].items():
        wanted = template.split("/")
        if len(wanted) == len(steps) and all(want in ("{}", step) for want, step in zip(wanted, steps)):
            return methods.get(method)
    return None


def misfits(value, schema):
    whole = {**schema, "schemas": DOCUMENT["schemas"]}
    found = Draft202012Validator(whole).iter_errors(without_heatmaps(value))
    return [f"{fault.json_path}: {fault.message}" for fault in found]


def without_heatmaps(value):
    """Returns the value without heatmaps, which the document does not have: its results hold nothing but
    texts, truths and numbers. The shape of ours is that of the service's own tools.
    """
    if isinstance(value, dict):
        kept = {name: it for name, it in value.items() if not is_heatmap(name, it)}
        return {name: without_heatmaps(it) for name, it in kept.items()}
    if isinstance(value, list):
        return [without_heatmaps(it) for it in value]
    return value


def is_heatmap(name, value):
    members = {"counts", "min_value", "max_value", "step_size"}
    return name.startswith("HEATMAP(") and isinstance(value, dict) and set(value) == members


def check(method, path, status, content_type, text):
    """Fails if anything is wrong with an answer of an address under `/1/`."""
    if path.startswith("/1/"):
        found = faults(method, path, status, content_type, text)
        if found:
            raise AssertionError(f"{method} {path}: {status} {found}\n{text!r:.2000}")


def watch_httpx(test):
    """Checks every answer that httpx gets while `test` runs."""
    send = httpx.Client.send

    def watched(client, request, **more):
        answer = send(client, request, **more)
        kind = answer.headers.get("content-type")
        path = request.url.raw_path.decode()
        check(request.method, path, answer.status_code, kind, answer.content)
        return answer

    patched = mock.patch.object(httpx.Client, "send", watched)
    patched.start()
    test.addCleanup(patched.stop)
