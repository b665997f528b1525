"""Holds an answer against the service's own model, member by member, in the JSON as it travelled.

botocore drops what its model does not know and takes numbers for texts without a word, so what it
returns proves little; a typed SDK fails on the same answer.
"""

import json
import re


def attach(test, client):
    """Makes `test` fail as soon as any answer to `client` is not of the shape that it should have."""
    service = client.meta.service_model.service_name

    protocol = client.meta.service_model.metadata["protocol"]
    of = of_json_answer if protocol == "json" else of_answer

    def check(http_response, model, **_):
        # A stream of events goes on, and is read elsewhere.
        if model.has_event_stream_output and http_response.status_code == 200:
            return
        faults = of(model, http_response.status_code, http_response.headers, http_response.content)
        test.assertEqual(faults, [], f"{model.name} answered {http_response.content!r}")

    client.meta.events.register(f"after-call.{service}", check)


def of_answer(operation, status, headers, content):
    """Returns what is wrong with an answer to `operation`, an operation of a botocore service model."""
    faults = of_headers(headers, "application/json")
    # X-Ray writes null for what is absent, and every SDK drops it.
    body = without_nulls(json.loads(content))
    if status == 200:
        return faults + of_value(operation.output_shape, body)
    return faults + of_error(operation, status, headers.get("x-amzn-errortype"), body)


def without_nulls(value):
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [without_nulls(inner) for inner in value]
    return value


def of_json_answer(operation, status, headers, content):
    """The same in AWS JSON 1.1, where an error's code is in the body, and no output is no body."""
    faults = of_headers(headers, "application/x-amz-json-1.1")
    if status == 200 and operation.output_shape is None:
        return faults + ([f"there is a body: {content!r}"] if content else [])
    body = json.loads(content)
    if status == 200:
        return faults + of_value(operation.output_shape, body)
    # The models of such services do not mention the text that every error has.
    code, text = body.pop("__type", None), body.pop("message", None)
    if not text:
        faults.append(f"{code} has no message")
    return faults + of_error(operation, status, code, body)


def of_headers(headers, content_type):
    faults = []
    if headers.get("content-type") != content_type:
        faults.append(f"content-type is {headers.get('content-type')}")
    if not headers.get("x-amzn-requestid"):
        faults.append("there is no request id")
    return faults


def of_error(operation, status, code, body):
    known = {shape.name: shape for shape in operation.error_shapes}
    # The framework's own refusals, which no model has.
    if code in ("ValidationException", "SerializationException"):
        return []
    if code not in known:
        return [f"{code} is not among {sorted(known)}"]
    faults = []
    wanted = known[code].metadata.get("error", {}).get("httpStatusCode", 400)
    if status != wanted:
        faults.append(f"{code} has status {status}, not {wanted}")
    return faults + of_value(known[code], body)


def of_value(shape, value, path="answer"):
    """Returns what is wrong with a JSON value of `shape`; empty if nothing is."""
    check = _CHECKS.get(shape.type_name)
    if check is None:
        return [f"{path}: no check for {shape.type_name}"]
    return check(shape, value, path)


def _structure(shape, value, path):
    if not isinstance(value, dict):
        return [f"{path} is {value!r} and not an object"]
    faults = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
    names = {member.serialization.get("name", name): member for name, member in shape.members.items()}
    for name, member in value.items():
        if name in names:
            faults += of_value(names[name], member, f"{path}.{name}")
        else:
            faults.append(f"{path}.{name} is not in the model")
    return faults


def _list(shape, value, path):
    if not isinstance(value, list):
        return [f"{path} is {value!r} and not a list"]
    faults = _bounds(shape, len(value), f"the length of {path}")
    for index, element in enumerate(value):
        faults += of_value(shape.member, element, f"{path}[{index}]")
    return faults


def _map(shape, value, path):
    if not isinstance(value, dict):
        return [f"{path} is {value!r} and not an object"]
    faults = _bounds(shape, len(value), f"the length of {path}")
    for key, element in value.items():
        faults += of_value(shape.key, key, f"the key {key!r} of {path}")
        faults += of_value(shape.value, element, f"{path}.{key}")
    return faults


def _string(shape, value, path):
    if not isinstance(value, str):
        return [f"{path} is {value!r} and not a text"]
    faults = _bounds(shape, len(value), f"the length of {path}")
    if shape.enum and value not in shape.enum:
        faults.append(f"{path} is {value!r} and none of {shape.enum}")
    # Python has no names for kinds of letters; without them these patterns say little.
    pattern = (shape.metadata.get("pattern") or "").replace(r"\p{L}\p{Z}\p{N}", r"\w\s")
    if pattern and not re.fullmatch(pattern, value):
        faults.append(f"{path} is {value!r} and does not match {pattern}")
    # A paginator that meets one goes on for ever, or is refused.
    if path.endswith("NextToken") and not value:
        faults.append(f"{path} is empty")
    return faults


def _integer(bits):
    def check(shape, value, path):
        if isinstance(value, bool) or not isinstance(value, int):
            return [f"{path} is {value!r} and not a whole number"]
        if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
            return [f"{path} is {value} and has more than {bits} bits"]
        # X-Ray's own Default rule has the priority 10000, one more than its model allows.
        if path.endswith("SamplingRule.Priority") and value == 10000:
            return []
        return _bounds(shape, value, path)

    return check


def _number(shape, value, path):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return [f"{path} is {value!r} and not a number"]
    return _bounds(shape, value, path)


def _boolean(_, value, path):
    return [] if isinstance(value, bool) else [f"{path} is {value!r} and not true or false"]


def _bounds(shape, number, path):
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < least:
        return [f"{path} is {number} and below {least}"]
    if most is not None and number > most:
        return [f"{path} is {number} and above {most}"]
    return []


_CHECKS = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _integer(32),
    "long": _integer(64),
    "double": _number,
    "float": _number,
    # REST-JSON: seconds since the epoch.
    "timestamp": _number,
    "boolean": _boolean,
}
