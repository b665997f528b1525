"""Honeycomb's own ingest, judged by Honeycomb's own library and by the reference compressor."""

import datetime
import json
import time
import unittest
import urllib.request

import libhoney
import msgpack
import zstandard

from stack import Stack

COUNT = {"op": "COUNT"}


class Events(unittest.TestCase):
    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.stop)

    def test_a_batch_of_libhoney_is_accepted_event_by_event_and_counted_by_a_query(self):
        client = libhoney.Client(
            writekey="local", dataset="libhoney events", api_host=self.stack.url, sample_rate=1
        )
        for idx in range(250):
            event = client.new_event({"idx": idx, "route": f"/{idx % 2}", "took_ms": idx / 4})
            event.add_field("tags", ["a", {"b": idx}])
            event.sample_rate = 3 if idx % 2 else 1
            event.metadata = idx
            # What has gone through a sampler already is sent as it is.
            event.send_presampled()
        client.close()
        responses = list(iter(client.responses().get, None))
        self.assertEqual([response["error"] for response in responses if response["error"]], [])
        self.assertEqual({response["status_code"] for response in responses}, {202})
        self.assertEqual(sorted(response["metadata"] for response in responses), list(range(250)))

        rows = self.stack.rows(
            "libhoney-events",
            breakdowns=["route"],
            calculations=[COUNT, {"op": "MAX", "column": "took_ms"}],
            orders=[{"column": "route"}],
        )
        self.assertEqual(
            rows,
            [
                {"route": "/0", "COUNT": 125, "MAX(took_ms)": 62},
                {"route": "/1", "COUNT": 375, "MAX(took_ms)": 62.25},
            ],
        )
        (row,) = self.stack.rows(
            "libhoney-events",
            breakdowns=["tags"],
            filters=[{"column": "idx", "op": "=", "value": 7}],
        )
        self.assertEqual(row, {"tags": '["a",{"b":7}]', "COUNT": 3})

    def test_the_time_that_libhoney_gives_an_event_is_the_event_s(self):
        created = datetime.datetime(2026, 11, 22, 7, 9, 0, 123456, datetime.timezone.utc)
        client = libhoney.Client(writekey="local", dataset="dated", api_host=self.stack.url)
        event = client.new_event({"a": 1})
        event.created_at = created
        event.send()
        client.close()
        start = int(created.timestamp())
        data = self.stack.answer("dated", start_time=start, end_time=start + 1, granularity=1)
        self.assertEqual(data["results"], [{"data": {"COUNT": 1}}])

    def test_an_event_too_many_does_not_lose_its_neighbours(self):
        client = libhoney.Client(writekey="local", dataset="mixed", api_host=self.stack.url)
        client.new_event({"a": "good"}).send()
        client.new_event({"a": "x" * 1_000_000}).send()
        client.new_event({f"f{idx}": idx for idx in range(2001)}).send()
        client.new_event({"a": "good"}).send()
        client.close()
        responses = list(iter(client.responses().get, None))
        errors = sorted(response["error"] for response in responses if response["error"])
        self.assertEqual(
            errors, ["Event has too many columns.", "Request body is too large."], responses
        )
        rows = self.stack.rows("mixed", breakdowns=["a"], calculations=[COUNT])
        self.assertEqual(rows, [{"a": "good", "COUNT": 2}])

    def test_what_the_reference_zstd_compresses_is_read_at_every_level(self):
        now = int(time.time())
        batch = [
            {"data": {"idx": idx, "text": f"span {idx * idx} of {idx}" * 5}, "time": now}
            for idx in range(5000)
        ]
        body = json.dumps(batch).encode()
        for level in (-5, 1, 3, 9, 19, 22):
            compressor = zstandard.ZstdCompressor(level=level, write_checksum=level > 3)
            request = urllib.request.Request(
                f"{self.stack.url}/1/batch/level{level}",
                data=compressor.compress(body),
                headers={"X-Honeycomb-Team": "local", "Content-Encoding": "zstd"},
            )
            with urllib.request.urlopen(request) as answer:
                self.assertEqual(json.load(answer), [{"status": 202}] * 5000)
            calculations = [{"op": "SUM", "column": "idx"}]
            (row,) = self.stack.rows(f"level{level}", calculations=calculations)
            self.assertEqual(row["SUM(idx)"], 4999 * 5000 / 2)

    def test_what_the_reference_messagepack_packs_is_read_as_the_sampling_proxy_sends_it(self):
        created = datetime.datetime(2026, 11, 22, 7, 9, 0, 250000, datetime.timezone.utc)
        data = {
            "n": -70000,
            "large": 2**63,
            "float": 0.1,
            "truth": True,
            "none": None,
            "text": "é" * 300,
            "bytes": b"raw",
            "at": created,
            "nested": {"list": [1, {"x": None}], "é": "\"\n"},
        }
        batch = [
            {"time": created.isoformat(), "samplerate": 3, "data": data},
            {"time": created, "samplerate": 2**20, "data": {f"f{n}": n for n in range(2000)}},
            {"data": {f"f{n}": n for n in range(2001)}},
            {"samplerate": 1},
        ]
        packed = msgpack.packb(batch, datetime=True)
        request = urllib.request.Request(
            f"{self.stack.url}/1/batch/packed",
            data=zstandard.ZstdCompressor().compress(packed),
            headers={
                "X-Honeycomb-Team": "local",
                "Content-Type": "application/msgpack",
                "Content-Encoding": "zstd",
            },
        )
        with urllib.request.urlopen(request) as answer:
            statuses = json.load(answer)
        self.assertEqual([status["status"] for status in statuses], [202, 202, 400, 400])
        start = int(created.timestamp())
        names = [name for name in data if name not in ("none", "text")]
        (row,) = self.stack.rows(
            "packed",
            start_time=start,
            end_time=start + 1,
            granularity=1,
            breakdowns=names,
            filters=[{"column": "text", "op": "=", "value": "é" * 300}],
        )
        self.assertEqual(row.pop("COUNT"), 3)
        self.assertEqual(json.loads(row.pop("nested")), data["nested"])
        self.assertEqual(
            row,
            {
                "n": -70000,
                "large": 2.0**63,
                "float": 0.1,
                "truth": True,
                "bytes": "raw",
                "at": "2026-11-22T07:09:00.25Z",
            },
        )


if __name__ == "__main__":
    unittest.main()
