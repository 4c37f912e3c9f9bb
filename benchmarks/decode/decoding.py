# SPDX-License-Identifier: MIT
"""One measurement of the decoder in this process, and the arithmetic floor beside it.

    floor = operations of the networks / matrix rate of the device

Operations count a multiplication and an addition as two; the matrix rate is that of the device's own product of two
square matrices, at the same precision and with the same threads: no network built of matrix products is faster.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import ReceivedLatents

if TYPE_CHECKING:
    from lrisc_sdr.diffusion.decoder import Precision

SNR_DB = 10.0
CBR = 1 / 48
_MATRIX = {"cpu": 1536, "cuda": 8192}
_HEADERS = 0.92
"""Share of the symbols that headers and side information leave for latents, nearly."""


def decode(
    device: str,
    threads: int,
    batch: int,
    steps: int,
    height: int,
    width: int,
    repeats: int,
    seed: int,
    model: str = "small",
    precision: Precision | None = None,
    compile: bool = False,  # noqa: A002 - as torch has it
) -> dict[str, Any]:
    """Decode batches; seconds and operations of one batch, and seconds of its floor.

    Args:
        device: as torch names it.
        threads: of the CPU.
        batch: pictures at once.
        steps: of the diffusion decoder.
        height, width: of the pictures `[pixels]`.
        repeats: batches, of which the median counts; one more goes ahead.
        seed: of the pictures and their noise.
        model: name or folder.
        precision: "float32" or "bfloat16"; None for what the decoder takes on such a device.
        compile: let torch compile the networks first.
    """
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from lrisc_sdr.diffusion import Decoder

    torch.set_num_threads(threads)
    decoder = Decoder.from_pretrained(model, device, compile=compile, precision=precision)
    received = _received(model, batch, height, width, seed)

    def once() -> None:
        decoder.decode_batch(received, Sampling(steps))

    seconds = timed(once, repeats, device)
    # Compiled code hides its operations from the counter.
    plain = Decoder.from_pretrained(model, device, precision=precision) if compile else decoder
    with FlopCounterMode(display=False) as counter:
        plain.decode_batch(received, Sampling(steps))
    rate = matrix_rate(device, decoder.precision, repeats)
    operations = counter.get_total_flops()
    return {"seconds": seconds, "operations": operations, "rate": rate, "floor": operations / rate}


def matrix_rate(device: str, precision: str, repeats: int) -> float:
    """Operations a second of a product of square matrices."""
    import torch

    side = _MATRIX[torch.device(device).type]
    one = torch.randn(side, side, device=device, dtype=getattr(torch, precision))
    other = one.T.contiguous()
    return 2 * side**3 / timed(lambda: one @ other, repeats, device)


def timed(function: Callable[[], object], repeats: int, device: str) -> float:
    """Median of the seconds that a call takes, the device's work included."""
    import torch

    def wait() -> None:
        if torch.device(device).type == "cuda":
            torch.cuda.synchronize()

    function()
    seconds = []
    for _ in range(repeats):
        wait()
        began = time.perf_counter()
        function()
        wait()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def _received(model: str, batch: int, height: int, width: int, seed: int) -> Sequence[ReceivedLatents]:
    """Latents of smooth random pictures in white noise."""
    from lrisc_sdr.codec import Codec

    codec = Codec.from_pretrained(model)
    rng = np.random.default_rng(seed)
    received = []
    for picture_id in range(batch):
        coarse = rng.integers(0, 256, (-(-height // 32), -(-width // 32), 3), dtype=np.uint8)
        image = coarse.repeat(32, axis=0).repeat(32, axis=1)[:height, :width]
        sent = codec.encode(image, SNR_DB, lambda _: int(_HEADERS * CBR * 3 * height * width))
        variance = 10 ** (-SNR_DB / 10)
        noise = rng.standard_normal((2, len(sent.symbols))) * np.sqrt(variance / 2)
        symbols = (sent.symbols + noise[0] + 1j * noise[1]).astype(np.complex64)
        noise_var = np.full(len(symbols), variance, dtype=np.float32)
        received.append(
            ReceivedLatents(
                picture_id, symbols, noise_var, sent.rate_map, height, width, sent.model_id, SNR_DB, 0.0, 1, 1
            )
        )
    return received
