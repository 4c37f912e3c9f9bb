# SPDX-License-Identifier: MIT
"""A worker: batches of pictures of one shape, and each for itself where a batch fails."""

from __future__ import annotations

from lrisc_sdr.link.dispatch import prepare
from lrisc_sdr.link.spool import Lease
from lrisc_sdr.link.wire import pack_frame
from lrisc_sdr.link.worker import Worker
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ReceivedFrame, ReceivedLatents


class BatchingDecoder:
    """Takes several pictures of one size at once, and fails as a whole where one is broken."""

    def __init__(self, decoder) -> None:
        self.model_id = decoder.model_id
        self.decode = decoder.decode
        self.batches: list[list[int]] = []

    def decode_batch(self, received: list[ReceivedLatents], sampling: Sampling) -> list[object]:
        self.batches.append([latents.picture_id for latents in received])
        assert len({(latents.height, latents.width, latents.model_id) for latents in received}) == 1
        return [self.decode(latents, sampling) for latents in received]


def test_pictures_of_one_shape_are_decoded_in_batches_and_a_broken_one_fails_alone(frames_of, grey_decoder) -> None:
    decoder = BatchingDecoder(grey_decoder)
    leases = [
        Lease(number, 16 * "0", frames[0].header, f"{number:05d}", len(frames), 0, packed(frames))
        for number, frames in enumerate(
            [frames_of(0), frames_of(1, height=48), frames_of(2), frames_of(3, rate_map=b"break"), frames_of(4)]
        )
    ]
    prepared = prepare(leases, max_batch=3)
    worker = Worker(decoder, Sampling(2), max_batch=3)
    outcomes = [outcome for batch in prepared.batches for outcome in worker.decode(batch)]
    assert decoder.batches == [[0, 2, 3]]
    assert {outcome.picture: outcome.failure is None for outcome in outcomes} == {
        0: True, 1: True, 2: True, 3: False, 4: True
    }  # fmt: skip


def packed(frames: list[ReceivedFrame]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((head, body) for _, head, body in (pack_frame(frame, 0, 16 * "0") for frame in frames))
