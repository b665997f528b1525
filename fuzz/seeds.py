#!/usr/bin/env python3
"""Writes the seeds that are bytes and not text: protobuf, gzip, zstd, journal records.

Needs nothing but Python: `fuzz/seeds.py`. The other seeds are text and were written by hand.
"""

import gzip
import pathlib
import struct
import zlib

SEEDS = pathlib.Path(__file__).parent / "seeds"


def write(decoder, name, content):
    folder = SEEDS / decoder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


# LEB128, for protobuf and journal alike.
def number(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


# OTLP: opentelemetry-proto, trace.proto and common.proto.
def field(n, content):
    if isinstance(content, int):
        return number(n << 3) + number(content)
    if isinstance(content, float):
        return number(n << 3 | 1) + struct.pack("<d", content)
    if isinstance(content, str):
        content = content.encode()
    return number(n << 3 | 2) + number(len(content)) + content


def fixed64(n, value):
    return number(n << 3 | 1) + struct.pack("<Q", value)


def attribute(key, value):
    if isinstance(value, bool):
        any_value = field(2, int(value))
    elif isinstance(value, int):
        any_value = field(3, value)
    elif isinstance(value, float):
        any_value = field(4, value)
    elif isinstance(value, list):
        items = b"".join(field(1, field(1, item)) for item in value)
        any_value = field(5, items)
    elif isinstance(value, dict):
        pairs = b"".join(field(1, attribute(k, v)) for k, v in value.items())
        any_value = field(6, pairs)
    elif isinstance(value, bytes):
        any_value = field(7, value)
    else:
        any_value = field(1, value)
    return field(1, key) + field(2, any_value)


START = 1_795_331_340_000_000_000


def span(more=b""):
    return (
        field(1, bytes(range(16)))
        + field(2, bytes(range(8)))
        + field(5, "GET /api")
        + field(6, 2)
        + fixed64(7, START)
        + fixed64(8, START + 1_500_000)
        + more
    )


def request(*spans, resource=b""):
    scope = field(1, field(1, "io.opentelemetry.flask") + field(2, "1.0"))
    scope_spans = scope + b"".join(field(2, it) for it in spans)
    return field(1, resource + field(2, scope_spans))


SERVICE = field(1, field(1, attribute("service.name", "backend-flask")))
EVENT = fixed64(1, START + 5) + field(2, "exception")
EVENT += field(3, attribute("exception.type", "KeyError")) + field(3, attribute("exception.message", "a"))
LINK = field(1, bytes(16)) + field(2, bytes(8)) + field(4, attribute("why", "retry"))
RICH = span(
    field(4, b"\1" * 8)
    + field(3, "ot=th:8;rv:1")
    + field(9, attribute("n", 7))
    + field(9, attribute("rows", 2.5))
    + field(9, attribute("ok", True))
    + field(9, attribute("list", ["a", "b"]))
    + field(9, attribute("map", {"a": 1, "b": {"c": "d"}}))
    + field(9, attribute("bytes", b"\0\1\2"))
    + field(9, attribute("SampleRate", 10))
    + field(11, EVENT)
    + field(13, LINK)
    + field(15, field(2, "no such table") + field(3, 2))
)
write("otlp_protobuf", "plain", request(span(), resource=SERVICE))
write("otlp_protobuf", "rich", request(RICH, span(), resource=SERVICE))
write("otlp_protobuf", "nameless", request(span()))
write("otlp_protobuf", "two-resources", request(span(), resource=SERVICE) + request(RICH))

# Log records: opentelemetry-proto, logs.proto; shaped like traces one level up.
def log(*more):
    return field(1, START) + field(2, 9) + field(3, "INFO") + b"".join(more)


def logs(*records, resource=b""):
    scope_logs = field(1, field(1, "cruddur")) + b"".join(field(2, record) for record in records)
    return field(1, field(1, resource) + field(2, scope_logs))


LINE = field(5, field(1, "GET /api/activities/home"))
MAP = field(5, field(6, field(1, field(1, "a") + field(2, field(3, 1)))))
write("otlp_logs_protobuf", "plain", logs(log(LINE), resource=SERVICE))
write("otlp_logs_protobuf", "map", logs(log(MAP, field(6, attribute("rows", 2.5))), log(LINE)))
write("otlp_logs_protobuf", "traced", logs(log(LINE, field(9, bytes(range(16))), field(10, bytes(range(8))))))
write(
    "otlp_logs_json",
    "plain",
    b'{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"a"}}]},"scopeLogs":'
    b'[{"logRecords":[{"timeUnixNano":"1700000000000000000","severityNumber":9,"body":{"stringValue":"x"},'
    b'"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7"}]}]}]}',
)

# Bodies. The zstd frames are of RFC 8878, section 3.1.1: raw, repeated, and one that a compressor made.
BODY = b'{"name":"GET /api","n":1}' * 20
write("body_gzip", "plain", gzip.compress(BODY, mtime=0))
write("body_gzip", "two-members", gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0))
write("body_gzip", "too-large-inside", gzip.compress(bytes(100_000), mtime=0))
HEAD = bytes.fromhex("28b52ffd0050")


def block(is_last, kind, length, content):
    return struct.pack("<I", is_last | kind << 1 | length << 3)[:3] + content


write("body_zstd", "raw", HEAD + block(1, 0, 5, b"hello"))
write("body_zstd", "repeated", HEAD + block(0, 1, 1000, b"a") + block(1, 0, 2, b"bc"))
write("body_zstd", "too-large-inside", HEAD + block(1, 1, 100_000, b"\0"))
write("body_zstd", "two-frames", 2 * (HEAD + block(1, 0, 1, b"a")))


# The journal: src/store/journal.rs and src/store/codec.rs.
def text(it):
    return number(len(it.encode())) + it.encode()


# Numbers as they stand in memory: a letter of the `struct` module for each of a column's values.
def values(letter, *numbers):
    return struct.pack(f"<{len(numbers)}{letter}", *numbers)


def bits(*are_set):
    return bytes([sum(is_set << idx for idx, is_set in enumerate(are_set))])


def texts(*each):
    ends, everything = [0], b""
    for it in each:
        everything += it.encode()
        ends.append(len(everything))
    return number(len(each)) + values("i", *ends) + number(len(everything)) + everything


# Columns are sorted by name, then by type: text, ids of 8 and 16 bytes, integer, double, truth. The byte
# behind the type says whether bits follow that tell which rows have a value.
def part(lens, dataset, times, columns, rates=b"\0", sequences=b"\0"):
    out = bytes([lens]) + text(dataset) + number(len(times)) + values("q", *times)
    out += rates + sequences + number(len(columns))
    return out + b"".join(text(name) + bytes([kind]) + rest for name, kind, rest in columns)


SOME = b"\1" + bits(1, 0)
PAYLOADS = {
    "every-type": part(
        0,
        "backend-flask",
        [START, START + 1],
        [
            ("a", 0, b"\0\1" + values("B", 0, 1) + texts("zoë", "b")),
            ("b", 1, b"\0" + bytes(range(16))),
            ("b", 2, SOME + bytes(range(32))),
            ("c", 3, b"\0\2" + values("h", -500, 7)),
            ("d", 4, b"\0" + values("d", 2.5, float("nan"))),
            ("e", 5, SOME + bits(1, 0)),
        ],
        rates=b"\1" + values("I", 1, 10),
        sequences=b"\1" + values("I", 1, 0),
    ),
    "wide": part(
        1,
        "us-east-1/cruddur",
        [-1, 0, 0],
        [
            ("i", 3, b"\0\1" + values("b", 1, 2, -3)),
            ("i4", 3, b"\0\4" + values("i", 1, 2, -3_000_000)),
            ("i8", 3, b"\0\x08" + values("q", 1, 2, -(1 << 60))),
            ("message", 0, b"\0\0" + texts("ERROR 1", "", "ERROR 2")),
            ("s2", 0, b"\0\2" + values("H", 1, 0, 1) + texts("a", "b")),
            ("s4", 0, b"\0\4" + values("I", 1, 0, 1) + texts("a", "b")),
        ],
    ),
    "plain": part(2, "us-east-1", [START], []),
}
for name, payload in PAYLOADS.items():
    write("journal_payload", name, payload)
    write("data_folder", name, b"\1" + payload)


def record(kind, sequence, payload):
    checked = bytes([kind]) + struct.pack("<Q", sequence) + payload
    return b"\xc5REC" + struct.pack("<II", len(payload), zlib.crc32(checked)) + checked


CHANGES = b'[["xray_group","us-east-1/a",{"GroupName":"a"}],["xray_group","us-east-1/b",null]]'
RECORDS = [record(3, 1, b"[]"), record(1, 1, PAYLOADS["every-type"]), record(2, 3, CHANGES), record(4, 3, b"\0d")]
WHOLE = b"".join(RECORDS)
DAMAGED = bytearray(WHOLE)
DAMAGED[len(RECORDS[0]) + 30] ^= 0x40
for decoder, before in [("journal_file", b""), ("data_folder", b"\0")]:
    write(decoder, "whole", before + WHOLE)
    write(decoder, "torn", before + WHOLE[:-3])
    write(decoder, "flipped", before + bytes(DAMAGED))
write("data_folder", "documents", b"\2" + CHANGES)
write("data_folder", "snapshot", b"\3" + CHANGES)
write("data_folder", "forget", b"\4\0d")
