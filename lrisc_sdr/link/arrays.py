# SPDX-License-Identifier: MIT
"""A received frame as the header and the body of its message, and back."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link.messages import MAX_CARRIERS, ArrayHead, FrameHead
from lrisc_sdr.types import ComplexArray, FloatArray, FrameHeader, ReceivedFrame

_ITEMSIZE = {"<c8": 8, "<f4": 4}
_LAYOUT = (("symbols", "<c8"), ("noise_var", "<f4"), ("channel", "<c8"))


def taken_apart(frame: ReceivedFrame, sequence: int, stream: str) -> tuple[FrameHead, bytes]:
    """Header and body of a frame of a stream; nothing is checked."""
    header = frame.header
    arrays = [np.ascontiguousarray(frame.symbols, "<c8"), np.ascontiguousarray(frame.noise_var, "<f4")]
    if frame.channel.size:
        arrays.append(np.ascontiguousarray(frame.channel, "<c8"))
    head = FrameHead(
        sequence=sequence,
        stream=stream,
        picture_id=header.picture_id,
        index=header.index,
        count=header.count,
        n_symbols=header.n_symbols,
        side_bytes=header.side_bytes,
        side_repetition=header.side_repetition,
        snr_db=float(frame.snr_db),
        cfo_hz=float(frame.cfo_hz),
        sco_ppm=float(frame.sco_ppm),
        evm_db=float(frame.evm_db),
        start_sample=int(frame.start_sample),
        arrays=tuple(
            ArrayHead(name=name, dtype=dtype, shape=array.shape)  # type: ignore[arg-type]
            for (name, dtype), array in zip(_LAYOUT, arrays, strict=False)
        ),
    )
    return head, b"".join(array.data for array in arrays)


def put_together(head: FrameHead, body: bytes) -> ReceivedFrame:
    """The frame of a header and a body; its arrays are views of the latter, and their values are not checked.

    Raises:
        InvalidMessage: header and body contradict themselves or each other.
    """
    if head.index >= head.count:
        raise InvalidMessage(f"frame {head.index} of {head.count}")
    layout = tuple((array.name, array.dtype) for array in head.arrays)
    if layout != _LAYOUT[: len(layout)]:
        raise InvalidMessage("the arrays must be symbols <c8, noise_var <f4 and, if any, channel <c8")
    sizes = [array.shape[0] for array in head.arrays]
    if sizes[0] != head.n_symbols or sizes[1] != head.n_symbols:
        raise InvalidMessage(f"arrays of {sizes[0]} and {sizes[1]} for {head.n_symbols} symbols")
    if sizes[2:] and sizes[2] > MAX_CARRIERS:
        raise InvalidMessage(f"a channel of {sizes[2]} carriers, at most {MAX_CARRIERS} are allowed")
    expected = sum(size * _ITEMSIZE[array.dtype] for size, array in zip(sizes, head.arrays, strict=True))
    if len(body) != expected:
        raise InvalidMessage(f"a body of {len(body)} bytes where the header announces {expected}")
    symbols: ComplexArray = np.frombuffer(body, "<c8", sizes[0]).astype(np.complex64, copy=False)
    noise_var: FloatArray = np.frombuffer(body, "<f4", sizes[1], 8 * sizes[0]).astype(np.float32, copy=False)
    channel: ComplexArray = np.frombuffer(body, "<c8", offset=12 * sizes[0]).astype(np.complex64, copy=False)
    return ReceivedFrame(
        header=FrameHeader(
            head.picture_id, head.index, head.count, head.n_symbols, head.side_bytes, head.side_repetition
        ),
        symbols=symbols,
        noise_var=noise_var,
        snr_db=head.snr_db,
        cfo_hz=head.cfo_hz,
        sco_ppm=head.sco_ppm,
        evm_db=head.evm_db,
        channel=channel,
        start_sample=head.start_sample,
    )


def check(frame: ReceivedFrame) -> None:
    """Raises `InvalidMessage` where symbols, channel or noise variances are not what a receiver may send."""
    if not (np.isfinite(frame.symbols).all() and np.isfinite(frame.channel).all()):
        raise InvalidMessage("symbols and channel must be finite")
    if not (frame.noise_var > 0).all():
        raise InvalidMessage("noise variances must be greater than 0 (inf for an erasure)")
