# SPDX-License-Identifier: MIT
"""Send a picture's frame to `lrisc decode` and wait for the result: written from docs/wire-format.md alone.

    python examples/plain_client.py ipc:///run/lrisc/decoder frame.json

Needs pyzmq and msgpack, and nothing of lrisc_sdr. frame.json holds the keys of a `frame` header without `kind`,
`sequence`, `stream` and `arrays`, and besides `symbols` as pairs of numbers and `noise_var`.
"""

import hashlib
import json
import pathlib
import secrets
import struct
import sys
import time

import msgpack
import zmq

MAGIC = b"LRISC\x02"
SILENT_S = 30


def message(body=b"", **header):
    packed = msgpack.packb(header)
    return [MAGIC + checksum(packed, body), packed, body]


def checksum(header, body):
    return hashlib.sha256(header + hashlib.sha256(body).digest()).digest()[:16]


def frame(fields, sequence, stream):
    fields = dict(fields)
    symbols, noise_var = fields.pop("symbols"), fields.pop("noise_var")
    n = len(symbols)
    arrays = [{"name": "symbols", "dtype": "<c8", "shape": [n]}, {"name": "noise_var", "dtype": "<f4", "shape": [n]}]
    body = struct.pack(f"<{2 * n}f", *(part for symbol in symbols for part in symbol))
    body += struct.pack(f"<{n}f", *noise_var)
    return message(body, **fields, kind="frame", sequence=sequence, stream=stream, n_symbols=n, arrays=arrays)


def answers(socket):
    while socket.poll(1000 * SILENT_S):
        magic, header, body = socket.recv_multipart()
        if magic[:6] != MAGIC:
            raise SystemExit(f"the decoder speaks another version: {magic!r}")
        if magic[6:] == checksum(header, body):
            yield msgpack.unpackb(header)
    raise SystemExit(f"the decoder has been silent for {SILENT_S} s")


def main(endpoint, file):
    fields = json.loads(pathlib.Path(file).read_text())
    socket = zmq.Context().socket(zmq.DEALER)
    socket.setsockopt(zmq.LINGER, 0)
    socket.connect(endpoint)
    stream = secrets.token_hex(8)
    waiting = {2: frame(fields, 2, stream), 3: message(kind="flush", sequence=3, stream=stream)}
    for request in (message(kind="watch", sequence=1), *waiting.values()):
        socket.send_multipart(request)
    for answer in answers(socket):
        if answer["kind"] == "accepted":  # it is on the decoder's disk
            waiting.pop(answer["sequence"], None)
        elif answer["kind"] == "busy" or answer.get("damaged"):  # no room, or changed on its way: again
            if answer["sequence"] in waiting:
                time.sleep(0.5)
                socket.send_multipart(waiting[answer["sequence"]])
        elif answer["kind"] == "refused":
            raise SystemExit(f"refused: {answer['reason']}")
        elif answer["kind"] == "result" and answer["stream"] == stream:
            print(json.dumps(answer))
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
