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


def signed(n):
    return number((n << 1) ^ (n >> 63))


def batch(lens, dataset, names, events):
    out = bytes([lens]) + text(dataset) + number(len(names))
    out += b"".join(text(name) for name in names) + number(len(events))
    for time, rate, fields in events:
        out += signed(time) + number(rate) + number(len(fields))
        out += b"".join(number(names.index(name)) + value for name, value in fields)
    return out


ALL = [("a", b"\0" + text("zoë")), ("b", b"\1" + signed(-5)), ("c", b"\2" + struct.pack("<d", 2.5)), ("d", b"\3"), ("e", b"\4")]
PAYLOADS = {
    "every-type": batch(0, "backend-flask", list("abcde"), [(START, 1, ALL), (START + 1, 10, ALL[:2])]),
    "type-changes": batch(0, "d", ["a"], [(1, 1, [("a", value)]) for _, value in ALL]),
    "log": batch(1, "us-east-1/cruddur", ["message"], [(START, 1, [("message", b"\0" + text("ERROR 1"))])]),
    "no-event": batch(2, "us-east-1", [], []),
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
