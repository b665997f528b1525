#!/usr/bin/env python3
"""Says yes to spans, log lines and segments, and keeps nothing: the other side as it is when it is on another machine.

    python3 benches/acknowledge.py

Prints its address. Speaks what `cruddurctl serve` needs of OTLP over HTTP, X-Ray and CloudWatch Logs, and no more.
"""

import asyncio

PROTOBUF = ("application/x-protobuf", b"")
AWS_JSON = ("application/x-amz-json-1.1", b"{}")
ANSWERS = {
    "/v1/traces": PROTOBUF,
    "/GetSamplingRules": ("application/json", b'{"SamplingRuleRecords":[]}'),
    "/SamplingTargets": ("application/json", b'{"SamplingTargetDocuments":[]}'),
    "/TraceSegments": ("application/json", b'{"UnprocessedTraceSegments":[]}'),
}


class Acknowledging(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.head = bytearray()
        self.n_missing = None

    def data_received(self, data):
        if self.n_missing is None:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            lines = self.head[:end].decode("latin-1").split("\r\n")
            self.answer = ANSWERS.get(lines[0].split(" ")[1], AWS_JSON)
            headers = dict(line.lower().split(": ", 1) for line in lines[1:])
            self.n_missing = int(headers.get("content-length", 0)) - (len(self.head) - end - 4)
            self.head = bytearray()
        else:
            self.n_missing -= len(data)
        # Nobody sends a second request before the first is answered.
        if self.n_missing <= 0:
            self.n_missing = None
            kind, body = self.answer
            head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
            self.transport.write(head.encode() + body)


async def main():
    server = await asyncio.get_running_loop().create_server(Acknowledging, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
