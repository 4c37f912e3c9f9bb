# SPDX-License-Identifier: MIT
"""What a worker needs of a decoder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ByteArray, ReceivedLatents


class Pair(Protocol):
    """The two pictures that a decoder makes, u8 `[height, width, 3]`."""

    @property
    def picture(self) -> ByteArray: ...

    @property
    def jscc(self) -> ByteArray: ...


class PictureDecoder(Protocol):
    """Makes pictures of latents; `lrisc_sdr.diffusion.Decoder` is one. The same latents give the same pictures."""

    @property
    def model_id(self) -> str: ...

    def decode(
        self,
        received: ReceivedLatents,
        sampling: Sampling,
        *,
        watch: Callable[[int, list[ByteArray]], None] | None = None,
    ) -> Pair: ...


@runtime_checkable
class BatchDecoder(Protocol):
    """A `PictureDecoder` that also takes several pictures of one size at once."""

    def decode_batch(
        self,
        received: Sequence[ReceivedLatents],
        sampling: Sampling,
        *,
        watch: Callable[[int, list[ByteArray]], None] | None = None,
    ) -> Sequence[Pair]: ...
