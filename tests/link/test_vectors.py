# SPDX-License-Identifier: MIT
"""The published test vectors, in both directions: what the code writes, and what it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link import messages
from lrisc_sdr.link.wire import FrameRequest, unpack_reply, unpack_request
from tools.wire_vectors import arrays_of, frame_of, written

VECTORS = json.loads((Path(__file__).parents[2] / "docs" / "wire-vectors.json").read_text(encoding="utf-8"))


def parts_of(vector: dict[str, Any]) -> list[bytes]:
    return [bytes.fromhex(part) for part in vector["parts"]]


@pytest.mark.parametrize("vector", VECTORS["messages"], ids=lambda vector: vector["name"])
def test_the_code_writes_what_is_published(vector: dict[str, Any]) -> None:
    assert written(vector) == parts_of(vector)


@pytest.mark.parametrize("vector", VECTORS["messages"], ids=lambda vector: vector["name"])
def test_the_code_reads_what_is_published(vector: dict[str, Any]) -> None:
    message = (unpack_request if vector["from"] == "client" else unpack_reply)(parts_of(vector))
    if isinstance(message, FrameRequest):
        assert (message.sequence, message.stream) == (vector["header"]["sequence"], vector["header"]["stream"])
        for name, array in arrays_of(vector).items():
            np.testing.assert_array_equal(getattr(message.frame, name), array)
        assert message.frame.header == frame_of(vector).header
    else:
        assert json.loads(json.dumps(msgspec.to_builtins(message))) == vector["header"]


def test_there_is_a_vector_of_every_kind() -> None:
    kinds = {vector["header"]["kind"] for vector in VECTORS["messages"]}
    known = {struct.__struct_config__.tag for struct in (*messages.Request.__args__, *messages.Reply.__args__)}
    assert kinds == known


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_what_must_be_refused_is(vector: dict[str, Any]) -> None:
    with pytest.raises(InvalidMessage):
        unpack_request(parts_of(vector))
